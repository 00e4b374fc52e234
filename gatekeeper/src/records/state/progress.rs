use super::{bytes, unsigned, Error, State};
use medrec_protocol::wire::BlockRef;
use sqlx::{sqlite::SqliteRow, AssertSqlSafe, Row};

/// How far something that belongs on the chain has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Progress {
	/// It is not on the chain, or its block was retracted.
	#[default]
	Planned,
	/// It is in a block that is not final.
	InBlock(BlockRef),
	/// It is in a final block. This never changes again.
	Final(BlockRef),
}

impl Progress {
	/// Reads the columns `progress`, `block_number` and `block_hash`.
	pub(super) fn read(row: &SqliteRow) -> Result<Progress, Error> {
		let progress: String = row.try_get("progress")?;
		let number: Option<i64> = row.try_get("block_number")?;
		let block = match number {
			Some(number) => {
				Some(BlockRef { number: unsigned(number)?, hash: bytes(row, "block_hash")? })
			},
			None => None,
		};
		match (progress.as_str(), block) {
			("planned", _) => Ok(Progress::Planned),
			("in_block", Some(block)) => Ok(Progress::InBlock(block)),
			("final", Some(block)) => Ok(Progress::Final(block)),
			_ => Err(Error::Damaged("a progress has no block")),
		}
	}
}

/// A part of a primary key.
pub(super) enum Key<'a> {
	Bytes(&'a [u8]),
	Number(i64),
}

impl State {
	/// Sets the progress of the line of `table` whose columns `key` have these values, unless it is
	/// final. False if there is no such line.
	pub(super) async fn mark(
		&self,
		table: &str,
		key: &[(&str, Key<'_>)],
		progress: Progress,
	) -> Result<bool, Error> {
		let (word, block) = match progress {
			Progress::Planned => ("planned", None),
			Progress::InBlock(block) => ("in_block", Some(block)),
			Progress::Final(block) => ("final", Some(block)),
		};
		let columns = [("progress", 1), ("block_number", 2), ("block_hash", 3)];
		let set = columns.map(|(column, at)| {
			format!("{column} = CASE progress WHEN 'final' THEN {column} ELSE ?{at} END")
		});
		let condition: Vec<String> =
			key.iter().zip(4..).map(|((column, _), at)| format!("{column} = ?{at}")).collect();
		let sql =
			format!("UPDATE {table} SET {} WHERE {}", set.join(", "), condition.join(" AND "));
		let mut query = sqlx::query(AssertSqlSafe(sql))
			.bind(word)
			.bind(block.map(|block| i64::from(block.number)))
			.bind(block.map(|block| block.hash.as_bytes().to_vec()));
		for (_, value) in key {
			query = match value {
				Key::Bytes(bytes) => query.bind(bytes.to_vec()),
				Key::Number(number) => query.bind(*number),
			};
		}
		Ok(query.execute(&self.writer).await?.rows_affected() > 0)
	}
}
