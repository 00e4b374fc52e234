//! From changed rows to posts.
//!
//! The watch reads, for every current template, the rows that changed since it last looked, and
//! plans a post for each that belongs to a patient with an active relationship. A relationship that
//! becomes active is read once from the beginning: its backfill. What was planned is remembered with
//! its salt before anything is sent, so that a restart plans nothing anew.
//!
//! An amendment says that the provider changed the row, so none is made of a change that was not
//! announced. A new version of a template reads everything anew: there a row must match what it was
//! committed to under the version before, or be announced as changed since. Where the version before
//! can no longer tell, because its file is gone or the database no longer fits it, only what is
//! announced is amended.

use super::{
	record_id,
	state::{Draft, KeptRecord, Watch},
	Changed, Cursor, Ehr, Error, Page, Secret, State, Template, Templates,
};
use medrec_primitives::{
	record::{Commitment, Pointer, RecordId, Release},
	relationship::RelationshipId,
};
use serde_json::Value;
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
};

/// How many pages one round reads at most.
const PAGES: usize = 16;

/// Something to send to the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Post {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// Which record.
	pub record: RecordId,
	/// Whether it is new there.
	pub kind: PostKind,
	/// Which version of it: 1 if it is new.
	pub version: u32,
	/// What it is committed to.
	pub commitment: Commitment,
	/// Where it is found.
	pub pointer: Pointer,
	/// Its category.
	pub category: u16,
	/// Whether its content may be shown.
	pub release: Release,
}

/// Which call a post needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PostKind {
	/// `post_record`.
	New,
	/// `amend_record`.
	Amend,
}

/// What a round of the planner found.
#[derive(Debug, Default)]
pub struct Planned {
	/// What is new to send. [`State::due_posts`] also has what earlier rounds left.
	pub posts: Vec<Post>,
	/// Why rows were passed over that should have been posted.
	pub skipped: Vec<Error>,
	/// The templates, by their IDs, whose rows could not be read on, and why. The next round tries
	/// them again from where they stand.
	pub failed: BTreeMap<String, Error>,
	/// Whether there is more to read at once.
	pub more: bool,
}

/// Plans what must be posted.
#[derive(Clone, Debug)]
pub struct Planner {
	state: State,
	ehr: Ehr,
	templates: Arc<Templates>,
	secret: Secret,
}

/// Who is who in one round.
struct Round<'a> {
	/// The local patient of every linked relationship.
	linked: BTreeMap<RelationshipId, String>,
	/// The linked relationships of every local patient.
	of_patient: BTreeMap<String, Vec<RelationshipId>>,
	active: &'a BTreeSet<RelationshipId>,
	pages: usize,
	planned: Planned,
}

impl Round<'_> {
	/// Counts a page. False if the round has read enough.
	fn take_page(&mut self) -> bool {
		match self.pages.checked_sub(1) {
			Some(left) => {
				self.pages = left;
				true
			},
			None => {
				self.planned.more = true;
				false
			},
		}
	}
}

impl Planner {
	/// A planner over these. `secret` is that from which record IDs are derived.
	pub fn new(state: State, ehr: Ehr, templates: Arc<Templates>, secret: Secret) -> Planner {
		Planner { state, ehr, templates, secret }
	}

	/// Reads on from where the last round ended, and plans what changed for patients with a
	/// relationship in `active`. A round reads a bounded number of rows; [`Planned::more`] says that
	/// the next should follow at once. A template that fails holds up no other.
	pub async fn plan(&self, active: &BTreeSet<RelationshipId>) -> Result<Planned, Error> {
		let linked = self.state.relationships().await?;
		let mut of_patient: BTreeMap<String, Vec<RelationshipId>> = BTreeMap::new();
		for (relationship, local_id) in &linked {
			of_patient.entry(local_id.clone()).or_default().push(*relationship);
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
		// The watch begins behind all rows that are there: backfills read those.
		let start = match self.state.cursor(&template.hash(), &Watch::All).await? {
			Some((cursor, _)) => cursor,
			None => self.begin(template).await?,
		};
		// A patient whose rows cannot be read holds up nothing that is new of the others.
		let filled = self.backfill(template, round).await;
		self.watch(template, start, round).await?;
		filled
	}

	async fn begin(&self, template: &Template) -> Result<Cursor, Error> {
		let last = self.ehr.last(template).await?;
		self.state.begin_watch(&template.hash(), &last).await
	}

	async fn backfill(&self, template: &Template, round: &mut Round<'_>) -> Result<(), Error> {
		let hash = template.hash();
		let done = self.state.backfilled(&hash).await?;
		let due: Vec<(RelationshipId, String)> = round
			.linked
			.iter()
			.filter(|(relationship, _)| round.active.contains(relationship))
			.filter(|(relationship, _)| !done.contains(relationship))
			.map(|(relationship, local_id)| (*relationship, local_id.clone()))
			.collect();
		for (relationship, local_id) in due {
			let watch = Watch::Backfill(relationship);
			let mut at = match self.state.cursor(&hash, &watch).await? {
				Some((cursor, _)) => cursor,
				None => Cursor::start(template),
			};
			loop {
				if !round.take_page() {
					return Ok(());
				}
				let page = self.ehr.changed_of(template, &local_id, &at).await?;
				let mut drafts = Vec::new();
				for row in &page.rows {
					let of = (&relationship, local_id.as_str());
					let skipped = &mut round.planned.skipped;
					drafts.extend(self.draft(template, row, of, skipped).await?);
				}
				let posts = self
					.state
					.plan_posts(&hash, &watch, &page.next, !page.more, &drafts, &[])
					.await?;
				round.planned.posts.extend(posts);
				at = page.next.clone();
				let more = page.more;
				complain(page, round);
				if !more {
					break;
				}
			}
		}
		Ok(())
	}

	async fn watch(
		&self,
		template: &Template,
		mut at: Cursor,
		round: &mut Round<'_>,
	) -> Result<(), Error> {
		let hash = template.hash();
		loop {
			if !round.take_page() {
				return Ok(());
			}
			let page = self.ehr.changed_since(template, &at).await?;
			if page.rows.is_empty() {
				return Ok(());
			}
			let mut drafts = Vec::new();
			let mut missed = Vec::new();
			for row in &page.rows {
				let Some(local_id) = &row.local_subject else { continue };
				for relationship in round.of_patient.get(local_id).into_iter().flatten() {
					if !round.active.contains(relationship) {
						missed.push(*relationship);
						continue;
					}
					let of = (relationship, local_id.as_str());
					let skipped = &mut round.planned.skipped;
					drafts.extend(self.draft(template, row, of, skipped).await?);
				}
			}
			let posts = self
				.state
				.plan_posts(&hash, &Watch::All, &page.next, false, &drafts, &missed)
				.await?;
			round.planned.posts.extend(posts);
			at = page.next.clone();
			let more = page.more;
			complain(page, round);
			if !more {
				return Ok(());
			}
		}
	}

	/// What a row should be on the chain, in this relationship with this local patient; none if one
	/// of its fields is not as the template says, or if it is not the row that was committed to under
	/// an earlier version of the template, which is told in `skipped`.
	async fn draft<'a>(
		&self,
		template: &'a Template,
		row: &'a Changed,
		(relationship, local_id): (&RelationshipId, &str),
		skipped: &mut Vec<Error>,
	) -> Result<Option<Draft<'a>>, Error> {
		let Ok(fields) = &row.fields else { return Ok(None) };
		let Ok(canonical) = template.canonical(fields) else { return Ok(None) };
		let record = record_id(&self.secret, template.id(), &row.at.handle.to_bytes());
		let before = self.state.latest(relationship, &record).await?;
		let mut follows = None;
		if let Some(before) = before.filter(|before| before.template != template.hash()) {
			match self.check(&before, local_id).await {
				Ok(()) => {},
				Err(error) if is_passing(&error) => return Err(error),
				Err(error) if may_follow(&error, row, &before) => {},
				Err(error) => {
					skipped.push(error);
					return Ok(None);
				},
			}
			follows = Some(before.commitment);
		}
		let relationship = *relationship;
		Ok(Some(Draft { relationship, record, template, at: &row.at, canonical, follows }))
	}

	/// Checks that the row of a record still is what the record is committed to, by the template that
	/// it was committed to under, or is announced as changed since.
	async fn check(&self, before: &KeptRecord, local_id: &str) -> Result<(), Error> {
		// An erased record is not planned again, whatever its row holds.
		let Some(salt) = &before.salt else { return Ok(()) };
		let template = self.templates.get(&before.template)?;
		let row = self.ehr.fetch(template, local_id, &before.row_handle).await?;
		let row = row.ok_or(Error::RowMissing(before.record))?;
		let is_same = |fields: Vec<Value>| {
			let canonical = template.canonical(&fields).ok()?;
			(template.tree(salt, &canonical).root() == before.commitment).then_some(())
		};
		let announced = row.changed > before.row_changed;
		match announced || row.fields.ok().and_then(is_same).is_some() {
			true => Ok(()),
			false => Err(Error::IntegrityMismatch(before.record)),
		}
	}
}

/// Whether a row may be a new version of a record though its check ended with `error`: the template
/// of that time can no longer tell, and the row is announced as changed.
fn may_follow(error: &Error, row: &Changed, before: &KeptRecord) -> bool {
	let changed = &row.at.changed;
	let announced = changed.kind() == before.row_changed.kind() && *changed > before.row_changed;
	announced && !matches!(error, Error::IntegrityMismatch(_))
}

/// Whether an error has nothing to do with the row, and may be gone when it is read again.
fn is_passing(error: &Error) -> bool {
	matches!(error, Error::EhrUnavailable(_) | Error::QueryTimeout { .. } | Error::Database(_))
}

/// Tells of the rows of a page that could not be planned, if they are of a linked patient.
fn complain(page: Page, round: &mut Round<'_>) {
	for row in page.rows {
		let linked =
			row.local_subject.is_some_and(|local_id| round.of_patient.contains_key(&local_id));
		if let (Err(error), true) = (row.fields, linked) {
			round.planned.skipped.push(error);
		}
	}
}
