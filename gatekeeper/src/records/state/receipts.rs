use super::{hash, signed, unsigned, State};
use crate::records::Error;
use medrec_primitives::{identity::SubjectId, merkle, relationship::RelationshipId, Moment, H256};
use sqlx::{sqlite::SqliteRow, Row};

/// A receipt to append.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewReceipt {
	/// The canonical JSON of the signed receipt.
	pub canonical: String,
	/// In which relationship.
	pub relationship: RelationshipId,
	/// Who asked.
	pub requester: SubjectId,
	/// When.
	pub at: Moment,
}

/// A receipt in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredReceipt {
	/// Its position, without gaps from 0 on.
	pub sequence: u64,
	/// The canonical JSON of the signed receipt.
	pub canonical: String,
	/// Its leaf in the log's tree.
	pub leaf: H256,
}

impl StoredReceipt {
	fn read(row: &SqliteRow) -> Result<StoredReceipt, Error> {
		Ok(StoredReceipt {
			sequence: unsigned(row.try_get("sequence")?)?,
			canonical: row.try_get("canonical")?,
			leaf: hash(row.try_get("leaf")?)?,
		})
	}
}

impl State {
	/// Appends the receipt that `make` builds for the next sequence number. Either it is in the log
	/// under that number when this returns, or the number is given to the next. Numbers have no
	/// gaps, whoever appends at the same time.
	pub async fn append_receipt<E: From<Error>>(
		&self,
		make: impl FnOnce(u64) -> Result<NewReceipt, E> + Send,
	) -> Result<StoredReceipt, E> {
		let mut transaction = self.write().await?;
		let next: i64 = sqlx::query_scalar("SELECT coalesce(max(sequence) + 1, 0) FROM receipts")
			.fetch_one(&mut *transaction)
			.await
			.map_err(Error::from)?;
		let sequence = unsigned(next)?;
		let receipt = make(sequence)?;
		let leaf = merkle::leaf(receipt.canonical.as_bytes());
		sqlx::query(
			"INSERT INTO receipts (sequence, canonical, leaf, relationship, requester, at) \
			 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		)
		.bind(next)
		.bind(&receipt.canonical)
		.bind(leaf.as_bytes())
		.bind(receipt.relationship.as_bytes())
		.bind(receipt.requester.as_bytes())
		.bind(signed(receipt.at))
		.execute(&mut *transaction)
		.await
		.map_err(Error::from)?;
		transaction.commit().await.map_err(Error::from)?;
		Ok(StoredReceipt { sequence, canonical: receipt.canonical, leaf })
	}

	/// Receipts of a relationship after the sequence number `after`, at most `limit`, ascending;
	/// only those of `requester` where one is given.
	pub async fn receipts_of(
		&self,
		relationship: &RelationshipId,
		requester: Option<&SubjectId>,
		after: Option<u64>,
		limit: u32,
	) -> Result<Vec<StoredReceipt>, Error> {
		sqlx::query(
			"SELECT * FROM receipts WHERE relationship = ?1 AND sequence > ?2 \
			 AND (?3 IS NULL OR requester = ?3) ORDER BY sequence LIMIT ?4",
		)
		.bind(relationship.as_bytes())
		.bind(after.map_or(-1, signed))
		.bind(requester.map(|subject| subject.as_bytes()))
		.bind(i64::from(limit))
		.fetch_all(&self.readers)
		.await?
		.iter()
		.map(StoredReceipt::read)
		.collect()
	}

	/// The receipt of this sequence number.
	pub async fn receipt(&self, sequence: u64) -> Result<Option<StoredReceipt>, Error> {
		sqlx::query("SELECT * FROM receipts WHERE sequence = ?1")
			.bind(signed(sequence))
			.fetch_optional(&self.readers)
			.await?
			.map(|row| StoredReceipt::read(&row))
			.transpose()
	}

	/// The leaves of the log from the sequence number `from` on, in order.
	pub async fn leaves(&self, from: u64) -> Result<Vec<H256>, Error> {
		sqlx::query_scalar("SELECT leaf FROM receipts WHERE sequence >= ?1 ORDER BY sequence")
			.bind(signed(from))
			.fetch_all(&self.readers)
			.await?
			.into_iter()
			.map(hash)
			.collect()
	}

	/// How many receipts the log holds.
	pub async fn log_size(&self) -> Result<u64, Error> {
		let size: i64 = sqlx::query_scalar("SELECT coalesce(max(sequence) + 1, 0) FROM receipts")
			.fetch_one(&self.readers)
			.await?;
		unsigned(size)
	}
}
