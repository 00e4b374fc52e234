use super::{
	bytes,
	cursors::{restart_backfill, write_cursor},
	signed, to_json, Bytes, Error, Progress, State, Watch,
};
use crate::records::{
	post::{Candidate, Post, RecordVersion},
	scalar::Scalar,
	source::Cursor,
};
use medrec_primitives::{
	commitment::RecordSalt,
	record::{Category, Pointer, Posting, RecordId, Release, TemplateHash},
	relationship::RelationshipId,
};
use rand::{rngs::OsRng, RngCore};
use sqlx::{
	error::BoxDynError, sqlite::SqliteRow, FromRow, Row, Sqlite, SqliteExecutor, Transaction,
};

/// A version of a record as the gatekeeper saved it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptRecord {
	/// The values that the chain stores of it.
	pub post: Post,
	/// The local ID of the patient to whom the row belonged.
	pub local_id: String,
	/// The handle of the row (see [`Scalar::to_bytes`]).
	pub row_handle: Vec<u8>,
	/// The changed column of the row.
	pub row_changed: Scalar,
	/// The salt; none if the record was erased.
	pub salt: Option<RecordSalt>,
	/// Whether it is on the chain.
	pub progress: Progress,
}

impl FromRow<'_, SqliteRow> for KeptRecord {
	fn from_row(row: &SqliteRow) -> sqlx::Result<KeptRecord> {
		let changed: &str = row.try_get("row_changed")?;
		let handle: Vec<u8> = row.try_get("handle")?;
		let handle = handle.try_into().map_err(|_| damaged("handle", "it is too long"))?;
		let salt: Option<Bytes<[u8; 32]>> = row.try_get("salt")?;
		let posting = Posting {
			commitment: bytes(row, "commitment")?,
			pointer: Pointer { template: bytes(row, "template")?, handle },
			category: Category(row.try_get("category")?),
			release: match row.try_get("release")? {
				"withheld" => Release::Withheld,
				_ => Release::Released,
			},
		};
		Ok(KeptRecord {
			post: Post { id: RecordVersion::from_row(row)?, posting },
			local_id: row.try_get("local_id")?,
			row_handle: row.try_get("row_handle")?,
			row_changed: serde_json::from_str(changed)
				.map_err(|error| damaged("row_changed", error))?,
			salt: salt.map(|Bytes(salt)| RecordSalt(salt)),
			progress: Progress::from_row(row)?,
		})
	}
}

fn damaged(column: &str, source: impl Into<BoxDynError>) -> sqlx::Error {
	sqlx::Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}

impl State {
	/// Plans the versions that `candidates` need, and saves that `watch` over `template` has come to
	/// `cursor`, in one transaction. `missed` are relationships of which rows were skipped, so that
	/// their backfill must begin again. A row whose content is on the chain or planned needs no version:
	/// planning the same again changes nothing. Returns what is new.
	pub async fn plan_posts(
		&self,
		template: &TemplateHash,
		watch: &Watch,
		cursor: &Cursor,
		done: bool,
		candidates: &[Candidate<'_>],
		missed: &[RelationshipId],
	) -> Result<Vec<Post>, Error> {
		let mut transaction = self.write().await?;
		let mut planned = Vec::new();
		for candidate in candidates {
			planned.extend(plan(&mut transaction, candidate).await?);
		}
		for relationship in missed {
			restart_backfill(&mut transaction, template, relationship).await?;
		}
		write_cursor(&mut transaction, template, watch, cursor, done).await?;
		transaction.commit().await?;
		Ok(planned)
	}

	/// The versions to send to the chain next, oldest first: at most `limit` of those planned after the
	/// place `after`, of which 0 is before all, each with its place. Of each record only the lowest
	/// version that is in no block. A retracted version is due again. A version that cannot be sent for
	/// long stays first, so a caller reads on behind the last place.
	pub async fn due_posts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Post)>, Error> {
		Ok(sqlx::query(
			"SELECT due.* FROM records AS due \
			 JOIN relationships USING (relationship, local_id) \
			 WHERE progress = 'planned' AND salt IS NOT NULL \
			 AND sequence > ?2 AND NOT EXISTS (SELECT 1 FROM records AS earlier \
			 WHERE earlier.relationship = due.relationship AND earlier.record = due.record \
			 AND earlier.version < due.version AND earlier.progress = 'planned') \
			 ORDER BY sequence LIMIT ?1",
		)
		.bind(limit)
		.bind(signed(after))
		.try_map(|row| Ok((row.try_get("sequence")?, KeptRecord::from_row(&row)?.post)))
		.fetch_all(&self.readers)
		.await?)
	}

	/// The number of versions of linked relationships that are in no block.
	pub async fn count_planned(&self) -> Result<u64, Error> {
		let count: i64 = sqlx::query_scalar(
			"SELECT count(*) FROM records JOIN relationships USING (relationship, local_id) \
			 WHERE progress = 'planned' AND salt IS NOT NULL",
		)
		.fetch_one(&self.readers)
		.await?;
		Ok(count.unsigned_abs())
	}

	/// The versions that are in a block that is not final, oldest first, with that block.
	pub async fn unfinished(&self) -> Result<Vec<KeptRecord>, Error> {
		let sql = "SELECT * FROM records WHERE progress = 'in_block' ORDER BY sequence";
		Ok(sqlx::query_as(sql).fetch_all(&self.readers).await?)
	}

	/// Saves the progress of a version. What is final stays final.
	pub async fn mark_posted(&self, id: &RecordVersion, progress: Progress) -> Result<(), Error> {
		let missing = Error::UnknownRecord { record: id.record, version: id.version };
		self.mark("records", RecordVersion::CONDITION, &id.key(), progress, missing).await
	}

	/// A version of a record.
	pub async fn kept(&self, id: &RecordVersion) -> Result<KeptRecord, Error> {
		sqlx::query_as(
			"SELECT * FROM records WHERE relationship = ?1 AND record = ?2 AND version = ?3",
		)
		.bind(id.relationship.as_bytes())
		.bind(id.record.as_bytes())
		.bind(id.version)
		.fetch_optional(&self.readers)
		.await?
		.ok_or(Error::UnknownRecord { record: id.record, version: id.version })
	}

	/// The last version of a record, planned or posted.
	pub async fn latest(
		&self,
		relationship: &RelationshipId,
		record: &RecordId,
	) -> Result<Option<KeptRecord>, Error> {
		Ok(latest(&self.readers, relationship, record).await?)
	}

	/// Every version of every record of a relationship, in the order in which they were planned.
	pub async fn records_of(
		&self,
		relationship: &RelationshipId,
	) -> Result<Vec<KeptRecord>, Error> {
		Ok(sqlx::query_as("SELECT * FROM records WHERE relationship = ?1 ORDER BY sequence")
			.bind(relationship.as_bytes())
			.fetch_all(&self.readers)
			.await?)
	}

	/// Destroys the salts of all versions of a record. Its commitments then say nothing of the content,
	/// and it is never planned again.
	pub async fn erase(
		&self,
		relationship: &RelationshipId,
		record: &RecordId,
	) -> Result<(), Error> {
		let done =
			sqlx::query("UPDATE records SET salt = NULL WHERE relationship = ?1 AND record = ?2")
				.bind(relationship.as_bytes())
				.bind(record.as_bytes())
				.execute(&self.writer)
				.await?;
		if done.rows_affected() == 0 {
			return Err(Error::UnknownRecord { record: *record, version: 1 });
		}
		// The write-ahead log still holds the salts.
		sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await?;
		Ok(())
	}
}

async fn latest(
	executor: impl SqliteExecutor<'_>,
	relationship: &RelationshipId,
	record: &RecordId,
) -> sqlx::Result<Option<KeptRecord>> {
	sqlx::query_as(
		"SELECT * FROM records WHERE relationship = ?1 AND record = ?2 \
		 ORDER BY version DESC LIMIT 1",
	)
	.bind(relationship.as_bytes())
	.bind(record.as_bytes())
	.fetch_optional(executor)
	.await
}

/// The next version of a candidate's record, and its pointer; none if it needs no version.
async fn next_version(
	transaction: &mut Transaction<'static, Sqlite>,
	candidate: &Candidate<'_>,
) -> Result<Option<(u32, Pointer)>, Error> {
	let Candidate { relationship, record, template, at, canonical, follows, .. } = candidate;
	let Some(before) = latest(&mut **transaction, relationship, record).await? else {
		let mut handle = vec![0; 16];
		OsRng.fill_bytes(&mut handle);
		let handle = handle.try_into().map_err(|_| Error::Damaged("a handle is too long"))?;
		return Ok(Some((1, Pointer { template: template.hash(), handle })));
	};
	// What was erased stays erased, and an older state of the row does not come back. A change
	// without announcement does not count: the changed column is what it was.
	let Some(salt) = before.salt else { return Ok(None) };
	let Post { id, posting } = before.post;
	if posting.pointer.template == template.hash() {
		let unchanged = template.tree(&salt, canonical).root() == posting.commitment;
		if unchanged && at.changed > before.row_changed {
			touch(transaction, &id, &at.changed).await?;
		}
		if unchanged || at.changed <= before.row_changed {
			return Ok(None);
		}
	} else if *follows != Some(posting.commitment) {
		return Ok(None);
	}
	let pointer = Pointer { template: template.hash(), handle: posting.pointer.handle };
	Ok(Some((id.version.saturating_add(1), pointer)))
}

async fn plan(
	transaction: &mut Transaction<'static, Sqlite>,
	candidate: &Candidate<'_>,
) -> Result<Option<Post>, Error> {
	let Some((version, pointer)) = next_version(transaction, candidate).await? else {
		return Ok(None);
	};
	let Candidate { relationship, local_id, record, template, at, canonical, .. } = candidate;
	let mut salt = RecordSalt([0; 32]);
	OsRng.fill_bytes(&mut salt.0);
	let id = RecordVersion { relationship: *relationship, record: *record, version };
	let posting = Posting {
		commitment: template.tree(&salt, canonical).root(),
		pointer,
		category: template.category(),
		release: template.release(),
	};
	sqlx::query(
		"INSERT INTO records (relationship, record, version, local_id, template, row_handle, \
		 row_changed, handle, salt, commitment, category, release) \
		 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	)
	.bind(id.relationship.as_bytes())
	.bind(id.record.as_bytes())
	.bind(id.version)
	.bind(*local_id)
	.bind(posting.pointer.template.as_bytes())
	.bind(at.handle.to_bytes())
	.bind(to_json(&at.changed)?)
	.bind(posting.pointer.handle.as_slice())
	.bind(salt.0.as_slice())
	.bind(posting.commitment.as_bytes())
	.bind(posting.category.0)
	.bind(match posting.release {
		Release::Released => "released",
		Release::Withheld => "withheld",
	})
	.execute(&mut **transaction)
	.await?;
	Ok(Some(Post { id, posting }))
}

/// Saves that a row was announced as changed and has the content that it had.
async fn touch(
	transaction: &mut Transaction<'static, Sqlite>,
	id: &RecordVersion,
	changed: &Scalar,
) -> Result<(), Error> {
	sqlx::query(
		"UPDATE records SET row_changed = ?4 \
		 WHERE relationship = ?1 AND record = ?2 AND version = ?3",
	)
	.bind(id.relationship.as_bytes())
	.bind(id.record.as_bytes())
	.bind(id.version)
	.bind(to_json(changed)?)
	.execute(&mut **transaction)
	.await?;
	Ok(())
}
