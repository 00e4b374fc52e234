use super::{bytes, signed, Error, State};
use medrec_primitives::{identity::SubjectId, merkle, relationship::RelationshipId, Moment, H256};
use sqlx::{sqlite::SqliteRow, FromRow, Row};

/// A receipt to append.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewReceipt {
	/// The canonical JSON of the signed receipt.
	pub canonical: String,
	/// The relationship that it is about.
	pub relationship: RelationshipId,
	/// The subject that asked.
	pub requester: SubjectId,
	/// The time of the decision.
	pub at: Moment,
}

/// A receipt in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredReceipt {
	/// Its position: 0, 1, 2 and so on without gaps.
	pub sequence: u64,
	/// The canonical JSON of the signed receipt.
	pub canonical: String,
	/// Its leaf in the Merkle tree of the log.
	pub leaf: H256,
}

impl FromRow<'_, SqliteRow> for StoredReceipt {
	fn from_row(row: &SqliteRow) -> sqlx::Result<StoredReceipt> {
		Ok(StoredReceipt {
			sequence: row.try_get("sequence")?,
			canonical: row.try_get("canonical")?,
			leaf: bytes(row, "leaf")?,
		})
	}
}

impl State {
	/// Appends the receipt that `make` builds for the next sequence number. If that fails, the number is
	/// used for the next receipt. Numbers have no gaps, also with concurrent writers.
	pub async fn append_receipt<E: From<Error>>(
		&self,
		make: impl FnOnce(u64) -> Result<NewReceipt, E> + Send,
	) -> Result<StoredReceipt, E> {
		let mut transaction = self.write().await?;
		let sequence = sqlx::query_scalar("SELECT coalesce(max(sequence) + 1, 0) FROM receipts")
			.fetch_one(&mut *transaction)
			.await
			.map_err(Error::from)?;
		let receipt = make(sequence)?;
		let leaf = merkle::leaf(receipt.canonical.as_bytes());
		sqlx::query(
			"INSERT INTO receipts (sequence, canonical, leaf, relationship, requester, at) \
			 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		)
		.bind(signed(sequence))
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

	/// The receipts of a relationship after the sequence number `after` and from the time `since` on, at
	/// most `limit`, ascending; of `requester` alone if one is given.
	pub async fn receipts_of(
		&self,
		relationship: &RelationshipId,
		requester: Option<&SubjectId>,
		(after, since): (Option<u64>, Option<Moment>),
		limit: u32,
	) -> Result<Vec<StoredReceipt>, Error> {
		Ok(sqlx::query_as(
			"SELECT * FROM receipts WHERE relationship = ?1 AND sequence > ?2 \
			 AND (?3 IS NULL OR requester = ?3) AND at >= ?4 ORDER BY sequence LIMIT ?5",
		)
		.bind(relationship.as_bytes())
		.bind(after.map_or(-1, signed))
		.bind(requester.map(|subject| subject.as_bytes()))
		.bind(since.map_or(0, signed))
		.bind(limit)
		.fetch_all(&self.readers)
		.await?)
	}

	/// The leaves of the log from the sequence number `from` on, in order.
	pub async fn leaves(&self, from: u64) -> Result<Vec<H256>, Error> {
		Ok(sqlx::query("SELECT leaf FROM receipts WHERE sequence >= ?1 ORDER BY sequence")
			.bind(signed(from))
			.try_map(|row| bytes(&row, "leaf"))
			.fetch_all(&self.readers)
			.await?)
	}
}
