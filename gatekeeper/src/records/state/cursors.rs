use super::{bytes, from_json, to_json, Error, State};
use crate::records::source::Cursor;
use medrec_primitives::{record::TemplateHash, relationship::RelationshipId};
use sqlx::{Sqlite, Transaction};
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
		let saved: Option<(String, bool)> = sqlx::query_as(
			"SELECT position, done FROM cursors WHERE template = ?1 AND relationship = ?2",
		)
		.bind(template.as_bytes())
		.bind(watch.key())
		.fetch_optional(&self.readers)
		.await?;
		saved.map(|(position, done)| Ok((from_json(&position)?, done))).transpose()
	}

	/// Begins the watch over all rows of a template at `cursor`, unless it began before. Returns its
	/// position.
	pub async fn begin_watch(
		&self,
		template: &TemplateHash,
		cursor: &Cursor,
	) -> Result<Cursor, Error> {
		// An update that changes nothing returns the line that is there.
		let position: String = sqlx::query_scalar(
			"INSERT INTO cursors (template, relationship, position) VALUES (?1, ?2, ?3) \
			 ON CONFLICT DO UPDATE SET position = position RETURNING position",
		)
		.bind(template.as_bytes())
		.bind(Watch::All.key())
		.bind(to_json(cursor)?)
		.fetch_one(&self.writer)
		.await?;
		from_json(&position)
	}

	/// The relationships whose backfill of a template is done.
	pub async fn backfilled(
		&self,
		template: &TemplateHash,
	) -> Result<BTreeSet<RelationshipId>, Error> {
		let done = sqlx::query(
			"SELECT relationship FROM cursors \
			 WHERE template = ?1 AND done = 1 AND relationship <> x''",
		)
		.bind(template.as_bytes())
		.try_map(|row| bytes(&row, "relationship"))
		.fetch_all(&self.readers)
		.await?;
		Ok(done.into_iter().collect())
	}
}

pub(super) async fn write_cursor(
	transaction: &mut Transaction<'static, Sqlite>,
	template: &TemplateHash,
	watch: &Watch,
	cursor: &Cursor,
	done: bool,
) -> Result<(), Error> {
	sqlx::query(
		"INSERT INTO cursors (template, relationship, position, done) VALUES (?1, ?2, ?3, ?4) \
		 ON CONFLICT DO UPDATE SET position = excluded.position, done = excluded.done",
	)
	.bind(template.as_bytes())
	.bind(watch.key())
	.bind(to_json(cursor)?)
	.bind(done)
	.execute(&mut **transaction)
	.await?;
	Ok(())
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
