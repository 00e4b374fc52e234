use super::{from_bytes, Error, State};
use crate::records::source::Cursor;
use medrec_primitives::{record::TemplateHash, relationship::RelationshipId};
use sqlx::{Row, Sqlite, Transaction};
use std::collections::BTreeSet;

/// The rows that a watch over a template reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Watch {
	/// The rows of all patients, as they change.
	All,
	/// The rows of one relationship's patient, once from the beginning.
	Backfill(RelationshipId),
}

impl Watch {
	fn key(&self) -> &[u8] {
		match self {
			Watch::All => &[],
			Watch::Backfill(relationship) => relationship.as_bytes(),
		}
	}
}

impl State {
	/// The position of a watch over a template, and whether it is done; none if it never began.
	pub async fn cursor(
		&self,
		template: &TemplateHash,
		watch: &Watch,
	) -> Result<Option<(Cursor, bool)>, Error> {
		let row = sqlx::query(
			"SELECT position, done FROM cursors WHERE template = ?1 AND relationship = ?2",
		)
		.bind(template.as_bytes())
		.bind(watch.key())
		.fetch_optional(&self.readers)
		.await?;
		let Some(row) = row else { return Ok(None) };
		let position: String = row.try_get("position")?;
		let done: bool = row.try_get("done")?;
		Ok(Some((from_json(&position)?, done)))
	}

	/// Begins the watch over all rows of a template at `cursor`, unless it began before. Returns its
	/// position.
	pub async fn begin_watch(
		&self,
		template: &TemplateHash,
		cursor: &Cursor,
	) -> Result<Cursor, Error> {
		let mut transaction = self.write().await?;
		let position = to_json(cursor)?;
		sqlx::query(
			"INSERT INTO cursors (template, relationship, position) VALUES (?1, ?2, ?3) \
			 ON CONFLICT DO NOTHING",
		)
		.bind(template.as_bytes())
		.bind(Watch::All.key())
		.bind(position)
		.execute(&mut *transaction)
		.await?;
		let position: String = sqlx::query_scalar(
			"SELECT position FROM cursors WHERE template = ?1 AND relationship = ?2",
		)
		.bind(template.as_bytes())
		.bind(Watch::All.key())
		.fetch_one(&mut *transaction)
		.await?;
		transaction.commit().await?;
		from_json(&position)
	}

	/// The relationships whose backfill of a template is done.
	pub async fn backfilled(
		&self,
		template: &TemplateHash,
	) -> Result<BTreeSet<RelationshipId>, Error> {
		sqlx::query_scalar(
			"SELECT relationship FROM cursors \
			 WHERE template = ?1 AND done = 1 AND relationship <> x''",
		)
		.bind(template.as_bytes())
		.fetch_all(&self.readers)
		.await?
		.into_iter()
		.map(from_bytes)
		.collect()
	}
}

pub(super) async fn write_cursor(
	transaction: &mut Transaction<'static, Sqlite>,
	template: &TemplateHash,
	watch: &Watch,
	cursor: &Cursor,
	done: bool,
) -> Result<(), Error> {
	let position = to_json(cursor)?;
	sqlx::query(
		"INSERT INTO cursors (template, relationship, position, done) VALUES (?1, ?2, ?3, ?4) \
		 ON CONFLICT DO UPDATE SET position = excluded.position, done = excluded.done",
	)
	.bind(template.as_bytes())
	.bind(watch.key())
	.bind(position)
	.bind(done)
	.execute(&mut **transaction)
	.await?;
	Ok(())
}

fn to_json(cursor: &Cursor) -> Result<String, Error> {
	serde_json::to_string(cursor).map_err(|_| Error::Damaged("a cursor cannot be written"))
}

fn from_json(text: &str) -> Result<Cursor, Error> {
	serde_json::from_str(text).map_err(|_| Error::Damaged("a cursor cannot be read"))
}

/// Makes a finished backfill begin again.
pub(super) async fn restart_backfill(
	transaction: &mut Transaction<'static, Sqlite>,
	template: &TemplateHash,
	relationship: &RelationshipId,
) -> Result<(), Error> {
	sqlx::query("DELETE FROM cursors WHERE template = ?1 AND relationship = ?2 AND done = 1")
		.bind(template.as_bytes())
		.bind(relationship.as_bytes())
		.execute(&mut **transaction)
		.await?;
	Ok(())
}
