use super::{
	cursors::{restart_backfill, write_cursor},
	hash, signed, unsigned, Progress, State, Watch,
};
use crate::records::{Cursor, Error, Post, PostKind, Scalar, Template};
use medrec_primitives::{
	commitment::RecordSalt,
	record::{Commitment, Pointer, RecordId, Release},
	relationship::RelationshipId,
	H256,
};
use rand::{rngs::OsRng, RngCore};
use sqlx::{sqlite::SqliteRow, Row, Sqlite, Transaction};

/// A row that belongs on the chain, if it is not there yet.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// As which record.
	pub record: RecordId,
	/// By which template.
	pub template: &'a Template,
	/// Where the row stands.
	pub at: &'a Cursor,
	/// The canonical JSON of its fields.
	pub canonical: Vec<Vec<u8>>,
	/// What the record's last version is committed to, if that is of another template and the row
	/// was found to match it there, or to be announced as changed since. Without it such a record is
	/// not amended.
	pub follows: Option<Commitment>,
}

/// What the gatekeeper remembers of one version of a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptRecord {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// Which record.
	pub record: RecordId,
	/// Which version of it.
	pub version: u32,
	/// The hash of its template.
	pub template: H256,
	/// The handle of its row (see [`Scalar::to_bytes`]).
	pub row_handle: Vec<u8>,
	/// The changed column of its row.
	pub row_changed: Scalar,
	/// The opaque handle that the chain holds.
	pub handle: Vec<u8>,
	/// The salt; none if the record was erased.
	pub salt: Option<RecordSalt>,
	/// What it is committed to.
	pub commitment: Commitment,
	/// Its category.
	pub category: u16,
	/// Whether its content may be shown.
	pub release: Release,
	/// Whether it is on the chain.
	pub progress: Progress,
}

impl KeptRecord {
	fn read(row: &SqliteRow) -> Result<KeptRecord, Error> {
		let salt: Option<Vec<u8>> = row.try_get("salt")?;
		let changed: String = row.try_get("row_changed")?;
		let release: String = row.try_get("release")?;
		Ok(KeptRecord {
			relationship: hash(row.try_get("relationship")?)?,
			record: hash(row.try_get("record")?)?,
			version: unsigned(row.try_get("version")?)?,
			template: hash(row.try_get("template")?)?,
			row_handle: row.try_get("row_handle")?,
			row_changed: serde_json::from_str(&changed)
				.map_err(|_| Error::Damaged("a changed column cannot be read"))?,
			handle: row.try_get("handle")?,
			salt: salt.map(|salt| hash(salt).map(|salt| salt.0)).transpose()?,
			commitment: hash(row.try_get("commitment")?)?,
			category: unsigned(row.try_get("category")?)?,
			release: match release.as_str() {
				"withheld" => Release::Withheld,
				_ => Release::Released,
			},
			progress: Progress::read(row)?,
		})
	}

	/// What is to be sent to the chain.
	fn post(self) -> Result<Post, Error> {
		let handle = self.handle.try_into().map_err(|_| Error::Damaged("a handle is too long"))?;
		Ok(Post {
			relationship: self.relationship,
			record: self.record,
			kind: if self.version == 1 { PostKind::New } else { PostKind::Amend },
			version: self.version,
			commitment: self.commitment,
			pointer: Pointer { template: self.template, handle },
			category: self.category,
			release: self.release,
		})
	}
}

impl State {
	/// Plans what `drafts` need, and remembers that `watch` over `template` has come to `cursor`, in
	/// one transaction. `missed` are relationships of which rows were passed over, whose backfill
	/// must therefore begin anew. A row whose content is on the chain or planned already needs
	/// nothing, so that planning the same again changes nothing. Returns what is new.
	pub async fn plan_posts(
		&self,
		template: &H256,
		watch: &Watch,
		cursor: &Cursor,
		done: bool,
		drafts: &[Draft<'_>],
		missed: &[RelationshipId],
	) -> Result<Vec<Post>, Error> {
		let mut transaction = self.write().await?;
		let mut planned = Vec::new();
		for draft in drafts {
			planned.extend(plan(&mut transaction, draft).await?);
		}
		for relationship in missed {
			restart_backfill(&mut transaction, template, relationship).await?;
		}
		write_cursor(&mut transaction, template, watch, cursor, done).await?;
		transaction.commit().await?;
		Ok(planned)
	}

	/// What is to be sent to the chain next, oldest first, at most `limit`. Of each record only its
	/// lowest version that is on no block; a retracted one comes again.
	pub async fn due_posts(&self, limit: u32) -> Result<Vec<Post>, Error> {
		let due = self.due_posts_after(0, limit).await?;
		Ok(due.into_iter().map(|(_, post)| post).collect())
	}

	/// A window of what [`State::due_posts`] returns: those planned after the place `after`, of which
	/// 0 is before all, at most `limit`, each with its place. What cannot be sent for long stays at
	/// the head, and whoever looks for what can must read on behind the last of a window.
	pub async fn due_posts_after(&self, after: u64, limit: u32) -> Result<Vec<(u64, Post)>, Error> {
		sqlx::query(
			"SELECT * FROM records AS due WHERE progress = 'planned' AND salt IS NOT NULL \
			 AND sequence > ?2 AND NOT EXISTS (SELECT 1 FROM records AS earlier \
			 WHERE earlier.relationship = due.relationship AND earlier.record = due.record \
			 AND earlier.version < due.version AND earlier.progress = 'planned') \
			 ORDER BY sequence LIMIT ?1",
		)
		.bind(i64::from(limit))
		.bind(signed(after))
		.fetch_all(&self.readers)
		.await?
		.iter()
		.map(|row| Ok((unsigned(row.try_get("sequence")?)?, KeptRecord::read(row)?.post()?)))
		.collect()
	}

	/// Versions that are on a block that is not final, oldest first.
	pub async fn unfinished(&self) -> Result<Vec<KeptRecord>, Error> {
		sqlx::query("SELECT * FROM records WHERE progress = 'in_block' ORDER BY sequence")
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(KeptRecord::read)
			.collect()
	}

	/// Remembers how far a version of a record has come. What is final stays final.
	pub async fn mark_posted(
		&self,
		relationship: &RelationshipId,
		record: &RecordId,
		version: u32,
		progress: Progress,
	) -> Result<(), Error> {
		let columns = progress.columns();
		let done = sqlx::query(
			"UPDATE records SET progress = CASE progress WHEN 'final' THEN progress ELSE ?4 END, \
			 block_number = CASE progress WHEN 'final' THEN block_number ELSE ?5 END, \
			 block_hash = CASE progress WHEN 'final' THEN block_hash ELSE ?6 END \
			 WHERE relationship = ?1 AND record = ?2 AND version = ?3",
		)
		.bind(relationship.as_bytes())
		.bind(record.as_bytes())
		.bind(i64::from(version))
		.bind(columns.progress)
		.bind(columns.number)
		.bind(columns.hash)
		.execute(&self.writer)
		.await?;
		match done.rows_affected() {
			0 => Err(Error::UnknownRecord { record: *record, version }),
			_ => Ok(()),
		}
	}

	/// What is remembered of a version of a record.
	pub async fn kept(
		&self,
		relationship: &RelationshipId,
		record: &RecordId,
		version: u32,
	) -> Result<KeptRecord, Error> {
		sqlx::query(
			"SELECT * FROM records WHERE relationship = ?1 AND record = ?2 AND version = ?3",
		)
		.bind(relationship.as_bytes())
		.bind(record.as_bytes())
		.bind(i64::from(version))
		.fetch_optional(&self.readers)
		.await?
		.map(|row| KeptRecord::read(&row))
		.transpose()?
		.ok_or(Error::UnknownRecord { record: *record, version })
	}

	/// The last version of a record, planned or posted.
	pub async fn latest(
		&self,
		relationship: &RelationshipId,
		record: &RecordId,
	) -> Result<Option<KeptRecord>, Error> {
		let mut connection = self.readers.acquire().await?;
		latest(&mut connection, relationship, record).await
	}

	/// Every version of every record of a relationship, in the order in which they were planned.
	pub async fn records_of(
		&self,
		relationship: &RelationshipId,
	) -> Result<Vec<KeptRecord>, Error> {
		sqlx::query("SELECT * FROM records WHERE relationship = ?1 ORDER BY sequence")
			.bind(relationship.as_bytes())
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(KeptRecord::read)
			.collect()
	}

	/// Destroys the salts of all versions of a record, which makes its commitments say nothing. It
	/// is never planned again.
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
		// The salts would live on in the log of writes.
		sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await?;
		Ok(())
	}
}

async fn latest(
	connection: &mut sqlx::SqliteConnection,
	relationship: &RelationshipId,
	record: &RecordId,
) -> Result<Option<KeptRecord>, Error> {
	sqlx::query(
		"SELECT * FROM records WHERE relationship = ?1 AND record = ?2 \
		 ORDER BY version DESC LIMIT 1",
	)
	.bind(relationship.as_bytes())
	.bind(record.as_bytes())
	.fetch_optional(connection)
	.await?
	.map(|row| KeptRecord::read(&row))
	.transpose()
}

async fn plan(
	transaction: &mut Transaction<'static, Sqlite>,
	draft: &Draft<'_>,
) -> Result<Option<Post>, Error> {
	/// The length of a handle, in bytes.
	const HANDLE: usize = 16;

	let template = draft.template;
	let before = latest(transaction, &draft.relationship, &draft.record).await?;
	let (version, handle) = match before {
		None => {
			let mut handle = vec![0u8; HANDLE];
			OsRng.fill_bytes(&mut handle);
			(1, handle)
		},
		Some(before) => {
			// What was erased stays erased, and an older state of the row does not come back. Nor
			// does a change count that was not announced: its changed column is what it was.
			let Some(salt) = before.salt else { return Ok(None) };
			if before.template == template.hash() {
				let unchanged = template.tree(&salt, &draft.canonical).root() == before.commitment;
				if unchanged {
					touch(transaction, &before, &draft.at.changed).await?;
				}
				if unchanged || draft.at.changed <= before.row_changed {
					return Ok(None);
				}
			} else if draft.follows != Some(before.commitment) {
				return Ok(None);
			}
			(before.version.saturating_add(1), before.handle)
		},
	};
	let mut salt: RecordSalt = [0; 32];
	OsRng.fill_bytes(&mut salt);
	let kept = KeptRecord {
		relationship: draft.relationship,
		record: draft.record,
		version,
		template: template.hash(),
		row_handle: draft.at.handle.to_bytes(),
		row_changed: draft.at.changed.clone(),
		handle,
		salt: Some(salt),
		commitment: template.tree(&salt, &draft.canonical).root(),
		category: template.category(),
		release: template.release(),
		progress: Progress::Planned,
	};
	insert(transaction, &kept).await?;
	kept.post().map(Some)
}

/// Remembers that a row was announced as changed with the content that it had.
async fn touch(
	transaction: &mut Transaction<'static, Sqlite>,
	kept: &KeptRecord,
	changed: &Scalar,
) -> Result<(), Error> {
	if *changed <= kept.row_changed {
		return Ok(());
	}
	sqlx::query(
		"UPDATE records SET row_changed = ?4 \
		 WHERE relationship = ?1 AND record = ?2 AND version = ?3",
	)
	.bind(kept.relationship.as_bytes())
	.bind(kept.record.as_bytes())
	.bind(i64::from(kept.version))
	.bind(to_json(changed)?)
	.execute(&mut **transaction)
	.await?;
	Ok(())
}

fn to_json(changed: &Scalar) -> Result<String, Error> {
	serde_json::to_string(changed).map_err(|_| Error::Damaged("a changed column cannot be written"))
}

async fn insert(
	transaction: &mut Transaction<'static, Sqlite>,
	kept: &KeptRecord,
) -> Result<(), Error> {
	let changed = to_json(&kept.row_changed)?;
	sqlx::query(
		"INSERT INTO records (relationship, record, version, template, row_handle, row_changed, \
		 handle, salt, commitment, category, release) \
		 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	)
	.bind(kept.relationship.as_bytes())
	.bind(kept.record.as_bytes())
	.bind(i64::from(kept.version))
	.bind(kept.template.as_bytes())
	.bind(&kept.row_handle)
	.bind(changed)
	.bind(&kept.handle)
	.bind(kept.salt.as_ref().map(|salt| salt.as_slice()))
	.bind(kept.commitment.as_bytes())
	.bind(i64::from(kept.category))
	.bind(match kept.release {
		Release::Released => "released",
		Release::Withheld => "withheld",
	})
	.execute(&mut **transaction)
	.await?;
	Ok(())
}
