use super::{unsigned, Error};
use medrec_protocol::wire::BlockRef;
use sqlx::{sqlite::SqliteRow, Row};

/// How far something has come that must be on the chain.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Progress {
	/// It is not on the chain, or the block that held it was retracted.
	#[default]
	Planned,
	/// A block holds it that is not final.
	InBlock(BlockRef),
	/// A final block holds it. This never changes again.
	Final(BlockRef),
}

/// The columns of a [`Progress`].
pub struct Columns {
	pub progress: &'static str,
	pub number: Option<i64>,
	pub hash: Option<Vec<u8>>,
}

impl Progress {
	/// As the database holds it.
	pub(super) fn columns(self) -> Columns {
		let (progress, block) = match self {
			Progress::Planned => ("planned", None),
			Progress::InBlock(block) => ("in_block", Some(block)),
			Progress::Final(block) => ("final", Some(block)),
		};
		Columns {
			progress,
			number: block.map(|block| i64::from(block.number)),
			hash: block.map(|block| block.hash.as_bytes().to_vec()),
		}
	}

	/// From the columns `progress`, `block_number` and `block_hash`.
	pub(super) fn read(row: &SqliteRow) -> Result<Progress, Error> {
		let progress: String = row.try_get("progress")?;
		let number: Option<i64> = row.try_get("block_number")?;
		let hash: Option<Vec<u8>> = row.try_get("block_hash")?;
		let block = match (number, hash) {
			(Some(number), Some(hash)) => {
				Some(BlockRef { number: unsigned(number)?, hash: super::hash(hash)? })
			},
			_ => None,
		};
		match (progress.as_str(), block) {
			("planned", _) => Ok(Progress::Planned),
			("in_block", Some(block)) => Ok(Progress::InBlock(block)),
			("final", Some(block)) => Ok(Progress::Final(block)),
			_ => Err(Error::Damaged("a posting has no block")),
		}
	}
}
