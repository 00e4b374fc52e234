//! From rows to versions of records on the chain.
//!
//! The watch reads, for every current template, the rows that changed since its last round, and plans
//! a version for each row of a patient with an active relationship. When a relationship becomes active,
//! the rows of its patient are read once from the start: its backfill. What is planned is saved with
//! its salt before it is sent, so a restart plans nothing twice.
//!
//! An amendment states that the provider changed the row, so a change without announcement is not
//! amended. A new version of a template reads everything again: a row must then match its commitment
//! under the version before, or be announced as changed since. Where that can no longer be checked,
//! because the file is missing or the database no longer fits it, only announced changes are amended.

use super::{
	error::Error,
	ids::{record_id, Secret},
	post::{Candidate, Post},
	source::{Cursor, EhrSource, Page, Row},
	state::{KeptRecord, Patient, State, Watch},
	template::{Template, Templates},
};
use medrec_primitives::relationship::RelationshipId;
use serde_json::Value;
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
};

/// The largest number of pages of one round.
const PAGES: usize = 16;

/// The result of a round of the planner.
#[derive(Debug, Default)]
pub struct Planned {
	/// The new versions to send. [`State::due_posts`] has those of earlier rounds too.
	pub posts: Vec<Post>,
	/// The reasons for which rows were skipped.
	pub skipped: Vec<Error>,
	/// The templates, by their IDs, whose rows could not be read, and the reason. The next round
	/// continues from their position.
	pub failed: BTreeMap<String, Error>,
	/// Whether there is more to read at once.
	pub more: bool,
}

/// Plans the versions of records that belong on the chain.
#[derive(Clone, Debug)]
pub struct Planner {
	state: State,
	source: Arc<dyn EhrSource>,
	templates: Arc<Templates>,
	secret: Secret,
}

/// The links and the budget of one round.
struct Round<'a> {
	/// The patient of every linked relationship.
	linked: BTreeMap<RelationshipId, Patient>,
	/// The linked relationships of every patient, by local ID.
	of_patient: BTreeMap<String, Vec<RelationshipId>>,
	active: &'a BTreeSet<RelationshipId>,
	/// The number of pages that are left.
	pages: usize,
	planned: Planned,
}

impl Round<'_> {
	/// Counts a page. False if the round has read enough.
	fn take_page(&mut self) -> bool {
		self.planned.more = self.pages == 0;
		self.pages = self.pages.saturating_sub(1);
		!self.planned.more
	}

	/// Adds the new versions of a page, and the errors of its rows if they are of a linked patient.
	fn add(&mut self, posts: Vec<Post>, page: Page) {
		self.planned.posts.extend(posts);
		for Row { local_id, fields, .. } in page.rows {
			let is_linked = local_id.is_some_and(|id| self.of_patient.contains_key(&id));
			self.planned.skipped.extend(fields.err().filter(|_| is_linked));
		}
	}
}

impl Planner {
	/// A planner that derives record IDs from `secret`.
	pub fn new(
		state: State,
		source: Arc<dyn EhrSource>,
		templates: Arc<Templates>,
		secret: Secret,
	) -> Planner {
		Planner { state, source, templates, secret }
	}

	/// Continues from the position of the last round, and plans new versions for the relationships in
	/// `active`. A round reads a bounded number of rows; [`Planned::more`] says that the next one should
	/// follow at once. A template that fails does not stop the others.
	pub async fn plan(&self, active: &BTreeSet<RelationshipId>) -> Result<Planned, Error> {
		let linked = self.state.linked().await?;
		let mut of_patient: BTreeMap<String, Vec<RelationshipId>> = BTreeMap::new();
		for (relationship, patient) in &linked {
			of_patient.entry(patient.local_id.clone()).or_default().push(*relationship);
		}
		let planned = Planned::default();
		let mut round = Round { linked, of_patient, active, pages: PAGES, planned };
		for template in self.templates.current() {
			if let Err(error) = self.read_on(template, &mut round).await {
				round.planned.failed.insert(template.id().to_owned(), error);
			}
		}
		Ok(round.planned)
	}

	async fn read_on(&self, template: &Template, round: &mut Round<'_>) -> Result<(), Error> {
		// The watch begins behind all existing rows: backfills read those.
		let start = match self.state.cursor(&template.hash(), &Watch::All).await? {
			Some((cursor, _)) => cursor,
			None => {
				let last = self.source.last(template).await?;
				self.state.begin_watch(&template.hash(), &last).await?
			},
		};
		// A patient whose rows cannot be read does not stop the watch over the others.
		let filled = self.backfill(template, round).await;
		self.read(template, Watch::All, None, start, round).await?;
		filled
	}

	async fn backfill(&self, template: &Template, round: &mut Round<'_>) -> Result<(), Error> {
		let hash = template.hash();
		let done = self.state.backfilled(&hash).await?;
		let due: Vec<(RelationshipId, String)> = round
			.linked
			.iter()
			.filter(|(id, _)| round.active.contains(id) && !done.contains(id))
			.map(|(id, patient)| (*id, patient.local_id.clone()))
			.collect();
		for (relationship, local_id) in due {
			let watch = Watch::Backfill(relationship);
			let saved = self.state.cursor(&hash, &watch).await?;
			let at = saved.map_or_else(|| Cursor::start(template), |(cursor, _)| cursor);
			self.read(template, watch, Some(&local_id), at, round).await?;
		}
		Ok(())
	}

	/// Reads on from `at`, the rows of one local ID or of all, and plans the versions that they need.
	async fn read(
		&self,
		template: &Template,
		watch: Watch,
		local_id: Option<&str>,
		mut at: Cursor,
		round: &mut Round<'_>,
	) -> Result<(), Error> {
		let hash = template.hash();
		let mut more = true;
		while more && round.take_page() {
			let page = match local_id {
				Some(local_id) => self.source.current(template, local_id, &at).await?,
				None => self.source.changed_since(template, &at).await?,
			};
			if page.rows.is_empty() && watch == Watch::All {
				return Ok(());
			}
			let mut candidates = Vec::new();
			let mut missed = Vec::new();
			for row in &page.rows {
				let Some(local_id) = &row.local_id else { continue };
				for relationship in round.of_patient.get(local_id).into_iter().flatten() {
					match watch {
						Watch::Backfill(only) if only != *relationship => {},
						_ if !round.active.contains(relationship) => missed.push(*relationship),
						_ => {
							let of = (relationship, local_id.as_str());
							let skipped = &mut round.planned.skipped;
							candidates.extend(self.candidate(template, row, of, skipped).await?);
						},
					}
				}
			}
			let done = watch != Watch::All && !page.more;
			let posts = self
				.state
				.plan_posts(&hash, &watch, &page.next, done, &candidates, &missed)
				.await?;
			(at, more) = (page.next.clone(), page.more);
			round.add(posts, page);
		}
		Ok(())
	}

	/// The row as a candidate in this relationship of this patient. None if a field is not as the
	/// template says, or if the row does not match its commitment under an earlier version of the
	/// template, which is added to `skipped`.
	async fn candidate<'a>(
		&self,
		template: &'a Template,
		row: &'a Row,
		(relationship, local_id): (&RelationshipId, &'a str),
		skipped: &mut Vec<Error>,
	) -> Result<Option<Candidate<'a>>, Error> {
		let Ok(fields) = &row.fields else { return Ok(None) };
		let Ok(canonical) = template.canonical(fields) else { return Ok(None) };
		let record = record_id(&self.secret, template.id(), &row.at.handle.to_bytes());
		let before = self.state.latest(relationship, &record).await?;
		let mut follows = None;
		if let Some(before) =
			before.filter(|before| before.post.posting.pointer.template != template.hash())
		{
			match self.check(&before, local_id).await {
				Ok(()) => {},
				Err(error) if is_passing(&error) => return Err(error),
				Err(error) if may_follow(&error, row, &before) => {},
				Err(error) => {
					let (template, reason) = (template.id().to_owned(), Box::new(error));
					skipped.push(Error::NotAmended { template, reason });
					return Ok(None);
				},
			}
			follows = Some(before.post.posting.commitment);
		}
		let (relationship, at) = (*relationship, &row.at);
		Ok(Some(Candidate { relationship, local_id, record, template, at, canonical, follows }))
	}

	/// Checks that the row of a version matches its commitment, by the template of that version, or is
	/// announced as changed since.
	async fn check(&self, before: &KeptRecord, local_id: &str) -> Result<(), Error> {
		// An erased record is not planned again, whatever its row holds.
		let Some(salt) = &before.salt else { return Ok(()) };
		let Post { id, posting } = &before.post;
		let template = self.templates.get(&posting.pointer.template)?;
		let row = self.source.fetch(template, local_id, &before.row_handle).await?;
		let row = row.ok_or(Error::RowMissing(id.record))?;
		let is_same = |fields: Vec<Value>| {
			let canonical = template.canonical(&fields);
			canonical
				.is_ok_and(|canonical| template.tree(salt, &canonical).root() == posting.commitment)
		};
		match row.at.changed > before.row_changed || row.fields.is_ok_and(is_same) {
			true => Ok(()),
			false => Err(Error::IntegrityMismatch(id.record)),
		}
	}
}

/// Whether a row may be a new version though its check failed with `error`: the earlier template cannot
/// tell any more, and the row is announced as changed.
fn may_follow(error: &Error, row: &Row, before: &KeptRecord) -> bool {
	let changed = &row.at.changed;
	let announced = changed.kind() == before.row_changed.kind() && *changed > before.row_changed;
	announced && !matches!(error, Error::IntegrityMismatch(_))
}

/// Whether an error is not of the row, and may be gone when the row is read again.
fn is_passing(error: &Error) -> bool {
	matches!(error, Error::EhrUnavailable(_) | Error::QueryTimeout { .. } | Error::Database(_))
}
