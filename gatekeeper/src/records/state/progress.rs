use super::{bytes, Error, State};
use medrec_protocol::wire::BlockRef;
use sqlx::{sqlite::SqliteRow, AssertSqlSafe, FromRow, Row};

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

impl FromRow<'_, SqliteRow> for Progress {
	fn from_row(row: &SqliteRow) -> sqlx::Result<Progress> {
		let progress: &str = row.try_get("progress")?;
		if progress == "planned" {
			return Ok(Progress::Planned);
		}
		let (number, hash) = (row.try_get("block_number")?, bytes(row, "block_hash")?);
		let block = BlockRef { number, hash };
		Ok(if progress == "final" { Progress::Final(block) } else { Progress::InBlock(block) })
	}
}

/// A part of a primary key.
pub(super) enum Key<'a> {
	Bytes(&'a [u8]),
	Number(u32),
}

impl State {
	/// Sets the progress of the line of `table` that has this key under `condition`, unless it is final.
	/// The placeholders of the condition begin with `?4`. Fails with `missing` if there is no such line.
	pub(super) async fn mark(
		&self,
		table: &str,
		condition: &str,
		key: &[Key<'_>],
		progress: Progress,
		missing: Error,
	) -> Result<(), Error> {
		let (word, block) = match progress {
			Progress::Planned => ("planned", None),
			Progress::InBlock(block) => ("in_block", Some(block)),
			Progress::Final(block) => ("final", Some(block)),
		};
		let columns = [("progress", 1), ("block_number", 2), ("block_hash", 3)];
		let set = columns.map(|(column, at)| {
			format!("{column} = CASE progress WHEN 'final' THEN {column} ELSE ?{at} END")
		});
		let sql = format!("UPDATE {table} SET {} WHERE {condition}", set.join(", "));
		let mut query = sqlx::query(AssertSqlSafe(sql))
			.bind(word)
			.bind(block.map(|block| block.number))
			.bind(block.map(|block| block.hash.as_bytes().to_vec()));
		for value in key {
			query = match value {
				Key::Bytes(bytes) => query.bind(bytes.to_vec()),
				Key::Number(number) => query.bind(*number),
			};
		}
		match query.execute(&self.writer).await?.rows_affected() {
			0 => Err(missing),
			_ => Ok(()),
		}
	}
}
