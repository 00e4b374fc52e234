use super::{hash, signed, unsigned, Progress, State};
use crate::records::Error;
use medrec_primitives::{
	bounty::BountyId, merkle::sha3, record::RecordId, relationship::RelationshipId, Moment, H256,
};
use sqlx::{sqlite::SqliteRow, Row};

/// The answer to a bounty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SavedAnswer {
	/// The bounty.
	pub bounty: BountyId,
	/// The canonical JSON of the aggregate.
	pub canonical: String,
	/// The SHA3-256 of it.
	pub commitment: H256,
	/// Whether the commitment is on the chain.
	pub progress: Progress,
}

impl SavedAnswer {
	fn read(row: &SqliteRow) -> Result<SavedAnswer, Error> {
		Ok(SavedAnswer {
			bounty: hash(row.try_get("bounty")?)?,
			canonical: row.try_get("canonical")?,
			commitment: hash(row.try_get("commitment")?)?,
			progress: Progress::read(row)?,
		})
	}

	/// The canonical JSON of the same answer to another bounty. No figure is read and written again,
	/// which could alter it.
	fn in_the_name_of(&self, bounty: &BountyId) -> Result<String, Error> {
		// The members of canonical JSON are sorted, and this one is the first.
		let head = |bounty: &BountyId| format!("{{\"bounty\":\"{bounty:?}\",");
		let rest = self.canonical.strip_prefix(&head(&self.bounty));
		let rest = rest.ok_or(Error::Damaged("an answer does not begin with its bounty"))?;
		Ok(head(bounty) + rest)
	}
}

/// A head of the log that was or will be anchored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anchor {
	/// How many receipts it covers.
	pub size: u64,
	/// The root over them.
	pub root: H256,
	/// When the chain took it; none before.
	pub at: Option<Moment>,
	/// Whether it is on the chain.
	pub progress: Progress,
}

impl Anchor {
	fn read(row: &SqliteRow) -> Result<Anchor, Error> {
		let at: Option<i64> = row.try_get("at")?;
		Ok(Anchor {
			size: unsigned(row.try_get("size")?)?,
			root: hash(row.try_get("root")?)?,
			at: at.map(unsigned).transpose()?,
			progress: Progress::read(row)?,
		})
	}
}

/// An alarm that is not on the chain yet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AlarmToRaise {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// For which record.
	pub record: RecordId,
	/// For which version of it.
	pub version: u32,
}

impl State {
	/// Saves the answer to a bounty, once: a second answer is not saved, and the first is returned.
	/// `canonical` is the canonical JSON of the aggregate, and `question` the hash of what is asked.
	/// A question that was answered for another bounty is not answered otherwise: what is saved is
	/// then that answer, in the name of this bounty.
	pub async fn save_answer(
		&self,
		bounty: &BountyId,
		question: &H256,
		canonical: &str,
	) -> Result<SavedAnswer, Error> {
		self.save(bounty, question, Some(canonical))
			.await?
			.ok_or(Error::Damaged("an answer vanished"))
	}

	/// The answer to a bounty, if one was saved; else, if its question was answered for another
	/// bounty, that answer, saved in the name of this one.
	pub async fn repeat_answer(
		&self,
		bounty: &BountyId,
		question: &H256,
	) -> Result<Option<SavedAnswer>, Error> {
		self.save(bounty, question, None).await
	}

	async fn save(
		&self,
		bounty: &BountyId,
		question: &H256,
		new: Option<&str>,
	) -> Result<Option<SavedAnswer>, Error> {
		let mut transaction = self.write().await?;
		let saved = sqlx::query("SELECT * FROM answers WHERE bounty = ?1")
			.bind(bounty.as_bytes())
			.fetch_optional(&mut *transaction)
			.await?;
		if let Some(saved) = saved {
			return SavedAnswer::read(&saved).map(Some);
		}
		let before =
			sqlx::query("SELECT * FROM answers WHERE question = ?1 ORDER BY rowid LIMIT 1")
				.bind(question.as_bytes())
				.fetch_optional(&mut *transaction)
				.await?;
		let canonical = match (before, new) {
			(Some(before), _) => SavedAnswer::read(&before)?.in_the_name_of(bounty)?,
			(None, Some(new)) => new.to_owned(),
			(None, None) => return Ok(None),
		};
		let commitment = sha3(&[canonical.as_bytes()]);
		sqlx::query(
			"INSERT INTO answers (bounty, question, canonical, commitment) \
			 VALUES (?1, ?2, ?3, ?4)",
		)
		.bind(bounty.as_bytes())
		.bind(question.as_bytes())
		.bind(&canonical)
		.bind(commitment.as_bytes())
		.execute(&mut *transaction)
		.await?;
		transaction.commit().await?;
		let progress = Progress::Planned;
		Ok(Some(SavedAnswer { bounty: *bounty, canonical, commitment, progress }))
	}

	/// The answer to a bounty, if one was saved.
	pub async fn answer(&self, bounty: &BountyId) -> Result<Option<SavedAnswer>, Error> {
		sqlx::query("SELECT * FROM answers WHERE bounty = ?1")
			.bind(bounty.as_bytes())
			.fetch_optional(&self.readers)
			.await?
			.map(|row| SavedAnswer::read(&row))
			.transpose()
	}

	/// Answers that are not final on the chain.
	pub async fn due_answers(&self) -> Result<Vec<SavedAnswer>, Error> {
		sqlx::query("SELECT * FROM answers WHERE progress <> 'final' ORDER BY rowid")
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(SavedAnswer::read)
			.collect()
	}

	/// Remembers how far the commitment to an answer has come.
	pub async fn mark_answer(&self, bounty: &BountyId, progress: Progress) -> Result<(), Error> {
		let columns = progress.columns();
		let done = sqlx::query(
			"UPDATE answers SET progress = CASE progress WHEN 'final' THEN progress ELSE ?2 END, \
			 block_number = CASE progress WHEN 'final' THEN block_number ELSE ?3 END, \
			 block_hash = CASE progress WHEN 'final' THEN block_hash ELSE ?4 END WHERE bounty = ?1",
		)
		.bind(bounty.as_bytes())
		.bind(columns.progress)
		.bind(columns.number)
		.bind(columns.hash)
		.execute(&self.writer)
		.await?;
		found(done.rows_affected(), || format!("the bounty {bounty:?}"))
	}

	/// Remembers that a head of the log is to be anchored. The same size has always the same root,
	/// so that saving it again changes nothing.
	pub async fn save_anchor(&self, size: u64, root: &H256) -> Result<(), Error> {
		sqlx::query("INSERT INTO anchors (size, root) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
			.bind(signed(size))
			.bind(root.as_bytes())
			.execute(&self.writer)
			.await?;
		Ok(())
	}

	/// Remembers how far an anchor has come, and when the chain took it.
	pub async fn mark_anchor(
		&self,
		size: u64,
		progress: Progress,
		at: Option<Moment>,
	) -> Result<(), Error> {
		let columns = progress.columns();
		let done = sqlx::query(
			"UPDATE anchors SET progress = CASE progress WHEN 'final' THEN progress ELSE ?2 END, \
			 block_number = CASE progress WHEN 'final' THEN block_number ELSE ?3 END, \
			 block_hash = CASE progress WHEN 'final' THEN block_hash ELSE ?4 END, \
			 at = CASE progress WHEN 'final' THEN at ELSE ?5 END WHERE size = ?1",
		)
		.bind(signed(size))
		.bind(columns.progress)
		.bind(columns.number)
		.bind(columns.hash)
		.bind(at.map(signed))
		.execute(&self.writer)
		.await?;
		found(done.rows_affected(), || format!("the size {size}"))
	}

	/// The largest anchor that is final on the chain.
	pub async fn anchored(&self) -> Result<Option<Anchor>, Error> {
		sqlx::query("SELECT * FROM anchors WHERE progress = 'final' ORDER BY size DESC LIMIT 1")
			.fetch_optional(&self.readers)
			.await?
			.map(|row| Anchor::read(&row))
			.transpose()
	}

	/// The anchors that are not final, ascending by size.
	pub async fn due_anchors(&self) -> Result<Vec<Anchor>, Error> {
		sqlx::query("SELECT * FROM anchors WHERE progress <> 'final' ORDER BY size")
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(Anchor::read)
			.collect()
	}

	/// Remembers that a version of a record does not match its commitment. False if that was known.
	pub async fn note_alarm(&self, alarm: &AlarmToRaise) -> Result<bool, Error> {
		let done = sqlx::query(
			"INSERT INTO alarms (relationship, record, version) VALUES (?1, ?2, ?3) \
			 ON CONFLICT DO NOTHING",
		)
		.bind(alarm.relationship.as_bytes())
		.bind(alarm.record.as_bytes())
		.bind(i64::from(alarm.version))
		.execute(&self.writer)
		.await?;
		Ok(done.rows_affected() == 1)
	}

	/// Alarms that are on no block.
	pub async fn due_alarms(&self) -> Result<Vec<AlarmToRaise>, Error> {
		sqlx::query("SELECT * FROM alarms WHERE progress = 'planned' ORDER BY rowid")
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(|row| {
				Ok(AlarmToRaise {
					relationship: hash(row.try_get("relationship")?)?,
					record: hash(row.try_get("record")?)?,
					version: unsigned(row.try_get("version")?)?,
				})
			})
			.collect()
	}

	/// Remembers how far an alarm has come.
	pub async fn mark_alarm(&self, alarm: &AlarmToRaise, progress: Progress) -> Result<(), Error> {
		let columns = progress.columns();
		let done = sqlx::query(
			"UPDATE alarms SET progress = CASE progress WHEN 'final' THEN progress ELSE ?4 END, \
			 block_number = CASE progress WHEN 'final' THEN block_number ELSE ?5 END, \
			 block_hash = CASE progress WHEN 'final' THEN block_hash ELSE ?6 END \
			 WHERE relationship = ?1 AND record = ?2 AND version = ?3",
		)
		.bind(alarm.relationship.as_bytes())
		.bind(alarm.record.as_bytes())
		.bind(i64::from(alarm.version))
		.bind(columns.progress)
		.bind(columns.number)
		.bind(columns.hash)
		.execute(&self.writer)
		.await?;
		found(done.rows_affected(), || format!("the record {:?}", alarm.record))
	}
}

fn found(rows: u64, name: impl FnOnce() -> String) -> Result<(), Error> {
	match rows {
		0 => Err(Error::NothingSaved(name())),
		_ => Ok(()),
	}
}
