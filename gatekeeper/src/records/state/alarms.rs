use super::{
	bytes,
	progress::{Key, Progress},
	Error, State,
};
use crate::records::post::RecordVersion;
use sqlx::{sqlite::SqliteRow, FromRow, Row};

impl State {
	/// Saves that a version of a record does not match its commitment. False if that was saved before.
	pub async fn note_alarm(&self, id: &RecordVersion) -> Result<bool, Error> {
		let done = sqlx::query(
			"INSERT INTO alarms (relationship, record, version) VALUES (?1, ?2, ?3) \
			 ON CONFLICT DO NOTHING",
		)
		.bind(id.relationship.as_bytes())
		.bind(id.record.as_bytes())
		.bind(id.version)
		.execute(&self.writer)
		.await?;
		Ok(done.rows_affected() == 1)
	}

	/// The alarms that are in no block, oldest first.
	pub async fn due_alarms(&self) -> Result<Vec<RecordVersion>, Error> {
		Ok(sqlx::query_as("SELECT * FROM alarms WHERE progress = 'planned' ORDER BY rowid")
			.fetch_all(&self.readers)
			.await?)
	}

	/// All alarms, oldest first, each with its progress.
	pub async fn alarms(&self) -> Result<Vec<(RecordVersion, Progress)>, Error> {
		let rows =
			sqlx::query("SELECT * FROM alarms ORDER BY rowid").fetch_all(&self.readers).await?;
		let read = |row: &SqliteRow| Ok((RecordVersion::from_row(row)?, Progress::from_row(row)?));
		rows.iter().map(read).collect()
	}

	/// Saves the progress of an alarm.
	pub async fn mark_alarm(&self, id: &RecordVersion, progress: Progress) -> Result<(), Error> {
		let missing = Error::NothingSaved("an alarm");
		self.mark("alarms", RecordVersion::CONDITION, &id.key(), progress, missing).await
	}
}

impl FromRow<'_, SqliteRow> for RecordVersion {
	fn from_row(row: &SqliteRow) -> sqlx::Result<RecordVersion> {
		Ok(RecordVersion {
			relationship: bytes(row, "relationship")?,
			record: bytes(row, "record")?,
			version: row.try_get("version")?,
		})
	}
}

impl RecordVersion {
	/// The condition for its line in a table, for [`State::mark`].
	pub(super) const CONDITION: &'static str = "relationship = ?4 AND record = ?5 AND version = ?6";

	/// The values of that condition.
	pub(super) fn key(&self) -> [Key<'_>; 3] {
		let (relationship, record) = (self.relationship.as_bytes(), self.record.as_bytes());
		[Key::Bytes(relationship), Key::Bytes(record), Key::Number(self.version)]
	}
}
