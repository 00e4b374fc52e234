use super::{
	bytes,
	progress::{Key, Progress},
	Error, State,
};
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyId},
	bytes32,
	merkle::sha3,
};
use sqlx::{sqlite::SqliteRow, FromRow, Row, SqliteExecutor};

bytes32! {
	/// The hash of what a bounty asks for, the same for all bounties that ask for the same.
	QuestionHash;
}

/// The answer to a bounty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SavedAnswer {
	/// The bounty.
	pub bounty: BountyId,
	/// The canonical JSON of the aggregate.
	pub canonical: String,
	/// Its SHA3-256.
	pub commitment: AnswerCommitment,
	/// The progress of the commitment.
	pub progress: Progress,
}

impl FromRow<'_, SqliteRow> for SavedAnswer {
	fn from_row(row: &SqliteRow) -> sqlx::Result<SavedAnswer> {
		Ok(SavedAnswer {
			bounty: bytes(row, "bounty")?,
			canonical: row.try_get("canonical")?,
			commitment: bytes(row, "commitment")?,
			progress: Progress::from_row(row)?,
		})
	}
}

impl SavedAnswer {
	/// The canonical JSON of the same answer to another bounty. No figure is parsed and printed again,
	/// which could change it.
	fn for_bounty(&self, bounty: &BountyId) -> Result<String, Error> {
		// The members of canonical JSON are sorted, and this one is the first.
		let member = |bounty: &BountyId| format!("{{\"bounty\":\"{bounty}\",");
		let rest = self.canonical.strip_prefix(&member(&self.bounty));
		let rest = rest.ok_or(Error::Damaged("an answer does not begin with its bounty"))?;
		Ok(member(bounty) + rest)
	}
}

impl State {
	/// Saves the answer to a bounty, once: a second answer is not saved, and the first is returned.
	/// `canonical` is the canonical JSON of the aggregate. A question that was answered for another
	/// bounty keeps its answer: that one is saved for this bounty too, and returned.
	pub async fn save_answer(
		&self,
		bounty: &BountyId,
		question: &QuestionHash,
		canonical: &str,
	) -> Result<SavedAnswer, Error> {
		self.save(bounty, question, Some(canonical))
			.await?
			.ok_or(Error::Damaged("an answer that was saved is missing"))
	}

	/// The answer to a bounty, if one is saved; else the answer to its question for another bounty,
	/// which is then saved for this one too.
	pub async fn repeat_answer(
		&self,
		bounty: &BountyId,
		question: &QuestionHash,
	) -> Result<Option<SavedAnswer>, Error> {
		self.save(bounty, question, None).await
	}

	async fn save(
		&self,
		bounty: &BountyId,
		question: &QuestionHash,
		new: Option<&str>,
	) -> Result<Option<SavedAnswer>, Error> {
		let mut transaction = self.write().await?;
		if let Some(saved) = answer(&mut *transaction, bounty).await? {
			return Ok(Some(saved));
		}
		let earlier: Option<SavedAnswer> =
			sqlx::query_as("SELECT * FROM answers WHERE question = ?1 ORDER BY rowid LIMIT 1")
				.bind(question.as_bytes())
				.fetch_optional(&mut *transaction)
				.await?;
		let canonical = match (earlier, new) {
			(Some(earlier), _) => earlier.for_bounty(bounty)?,
			(None, Some(new)) => new.to_owned(),
			(None, None) => return Ok(None),
		};
		let commitment = AnswerCommitment(sha3(&[canonical.as_bytes()]).0);
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

	/// The answer to a bounty, if one is saved.
	pub async fn answer(&self, bounty: &BountyId) -> Result<Option<SavedAnswer>, Error> {
		Ok(answer(&self.readers, bounty).await?)
	}

	/// Saves the progress of the commitment to an answer.
	pub async fn mark_answer(&self, bounty: &BountyId, progress: Progress) -> Result<(), Error> {
		let key = [Key::Bytes(bounty.as_bytes())];
		let missing = Error::NothingSaved("a bounty");
		self.mark("answers", "bounty = ?4", &key, progress, missing).await
	}
}

async fn answer(
	executor: impl SqliteExecutor<'_>,
	bounty: &BountyId,
) -> sqlx::Result<Option<SavedAnswer>> {
	sqlx::query_as("SELECT * FROM answers WHERE bounty = ?1")
		.bind(bounty.as_bytes())
		.fetch_optional(executor)
		.await
}
