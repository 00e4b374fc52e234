//! Reads the records of a chart.

use super::{filter::Wanted, Chart, ChartEntry, ChartGap, ChartPart, Filter};
use crate::{
	catalogue::RecordNames,
	context::{self, Context, Session},
	directory::Directory,
	failure::{Failure, Result},
	gatekeeper::Url,
	parties::Parties,
	requests::{is_unverified, Pace, ReadAnswer, Reader},
};
use futures::{stream, StreamExt};
use medrec_client::now;
use medrec_primitives::{
	access::{decide, Decision, DenyReason, Fields, Record, RelationshipView, Requester},
	identity::SubjectId,
	record::{FieldNumber, RecordId, RecordPointer},
	relationship::{Grant, GrantId, Grantee, Purpose, Relationship, RelationshipId},
	summary::{EntryRole, EntryState},
};
use medrec_protocol::{template::PublicTemplate, wire::QueryRequest};
use std::{
	collections::BTreeMap,
	sync::atomic::{AtomicUsize, Ordering},
};

/// How many requests are under way at once.
const CONCURRENT: usize = 8;

/// The relationships whose records the key in use may read: those of the patient, and those in which the
/// patient gave a permission.
pub async fn readable(session: &Session<'_>) -> Result<Vec<RelationshipId>> {
	let (_, at) = session.finalized().await?;
	let entries = at.relationships_of(session.me().await?).await?;
	let is_readable = |role, state| match role {
		EntryRole::Patient => matches!(state, EntryState::Active | EntryState::Terminated),
		EntryRole::Viewer => state == EntryState::Shared,
		EntryRole::Provider => false,
	};
	let readable = entries.into_iter().filter(|(_, entry)| is_readable(entry.role, entry.state));
	let readable = Vec::from_iter(readable.map(|(id, _)| id));
	match readable.is_empty() {
		true => Err(Failure::not_found(
			"there are no records that you may read here: you are the patient of no active or ended \
			 relationship, and no permission of a patient for you is final; a provider reads its own \
			 database; medrec summary show lists your relationships",
		)),
		false => Ok(readable),
	}
}

/// Reads the wanted records of relationships. Without a purpose, a patient reads as such.
pub async fn read(
	session: &Session<'_>,
	relationships: &[RelationshipId],
	filter: &Filter,
	purpose: Option<Purpose>,
	url: &Url,
) -> Result<Chart> {
	let mut directory = session.directory().await?;
	let mut parts = Vec::with_capacity(relationships.len());
	for relationship in relationships {
		parts.push(part(session, &mut directory, *relationship, filter, purpose, url).await?);
	}
	filter.arrange(&mut parts);
	let node = session.context.globals.node.clone();
	Ok(Chart { relationships: parts, saved_to: None, node })
}

async fn part(
	session: &Session<'_>,
	directory: &mut Directory<'_>,
	relationship: RelationshipId,
	filter: &Filter,
	purpose: Option<Purpose>,
	url: &Url,
) -> Result<ChartPart> {
	let (_, at) = session.finalized().await?;
	let found = context::relationship(at, relationship).await?;
	let parties = (found.patient, found.provider);
	let mut part = ChartPart::new(Parties::of(directory, relationship, parties).await?);
	if let Err(failure) = fill(session, &mut part, filter, purpose, url).await {
		part.problem = Some(failure.to_string());
		part.failure = Some(failure);
	}
	Ok(part)
}

/// Reads the wanted records of one relationship.
async fn fill(
	session: &Session<'_>,
	part: &mut ChartPart,
	filter: &Filter,
	purpose: Option<Purpose>,
	url: &Url,
) -> Result<()> {
	let relationship = part.parties.relationship;
	let reader = Reader::open(session, relationship, url).await?;
	let purpose = reader.purpose(purpose)?;
	let (_, at) = session.finalized().await?;
	let mut records = at.records(relationship).await?;
	let of = (relationship, &reader.relationship);
	let names = RecordNames::fetch(&reader.client, of, &records).await?;
	let category = match &filter.category {
		Some(category) => Some(names.find_category(category)?),
		None => None,
	};
	records.retain(|(_, pointer)| category.is_none_or(|category| pointer.category == category));
	let requester = Grantee::Subject(reader.requester);
	let grants = at.grants_to(relationship, requester).await?;

	let mut gaps = Gaps::default();
	let mut tasks = Vec::new();
	for (id, pointer) in records {
		let parties = (reader.requester, &reader.relationship);
		match task(parties, &names, &grants, (id, &pointer), purpose) {
			Ok(fields) => tasks.push((id, pointer, fields)),
			Err(reason) => gaps.add(reason.to_owned(), false, id),
		}
	}
	for (id, pointer, result) in read_all(&reader, tasks, purpose).await {
		match result {
			Err(failure) => {
				gaps.add(failure.to_string(), is_unverified(&failure), id);
				part.failure.get_or_insert(failure);
			},
			Ok(read) => {
				part.read += usize::from(read.is_some());
				part.keep(entry(&names, id, &pointer, read), filter);
			},
		}
	}
	part.unread = gaps.into_list();
	Ok(())
}

impl ChartPart {
	fn keep(&mut self, entry: ChartEntry, filter: &Filter) {
		match filter.wants(&entry.title, &entry.line) {
			Wanted::Yes => self.entries.push(entry),
			Wanted::Undated => self.undated += 1,
			Wanted::No => {},
		}
	}
}

/// The fields of a record to request for its line, empty if its line needs none; or the reason why it is
/// not requested. The gatekeeper decides again: what is not requested here leaves no receipt.
fn task(
	(requester, relationship): (SubjectId, &Relationship),
	names: &RecordNames,
	grants: &[(GrantId, Grant)],
	(id, pointer): (RecordId, &RecordPointer),
	purpose: Purpose,
) -> Result<Option<Vec<FieldNumber>>, &'static str> {
	let requester = Requester { subject: requester, active: true, groups: &[], custodian: false };
	let record = Record { id, category: pointer.category, release: pointer.release };
	let view = RelationshipView { patient: relationship.patient, state: relationship.state };
	let grants = grants.iter().map(|(id, grant)| (*id, grant));
	match decide(now(), &requester, purpose, &record, &view, grants, None) {
		_ if names.is_note(pointer) => Err("notes of the patient, whose text only the patient has"),
		Decision::Permit { fields, .. } => Ok(needed(names.template(pointer), &fields)),
		Decision::Deny { reason } => Err(match reason {
			DenyReason::Withheld => "the provider withholds them",
			DenyReason::Denied => "the patient denied them to you",
			DenyReason::RelationshipNotActive => "the relationship is not active",
			_ => "no permission for this purpose covers them",
		}),
	}
}

/// The numbers of the fields that a line needs, as far as they are permitted; none for all permitted ones,
/// where the template is not known.
fn needed(template: Option<&PublicTemplate>, permitted: &Fields) -> Option<Vec<FieldNumber>> {
	let fields = template?.line_fields().into_iter();
	Some(fields.filter(|number| permitted.contains(*number)).collect())
}

type Task = (RecordId, RecordPointer, Option<Vec<FieldNumber>>);
type Done = (RecordId, RecordPointer, Result<Option<ReadAnswer>>);

/// Requests the fields, some records at once, and verifies the answers. A record whose line needs no field
/// is not requested.
async fn read_all(reader: &Reader<'_>, tasks: Vec<Task>, purpose: Purpose) -> Vec<Done> {
	let context = reader.context();
	let (pace, progress) = (&Pace::new(context), &Progress::new(tasks.len(), context));
	let requests = tasks.into_iter().map(|(record, pointer, fields)| async move {
		let relationship = reader.id;
		let result = match fields.as_deref() {
			Some([]) => Ok(None),
			_ => {
				let request = QueryRequest { relationship, record, fields, purpose };
				reader.read_paced(request, pace).await.map(Some)
			},
		};
		progress.advance();
		(record, pointer, result)
	});
	let done = stream::iter(requests).buffer_unordered(CONCURRENT).collect().await;
	progress.end();
	done
}

fn entry(
	names: &RecordNames,
	record: RecordId,
	pointer: &RecordPointer,
	read: Option<ReadAnswer>,
) -> ChartEntry {
	let answer = read.as_ref().map(|read| &read.saved.answer);
	let template = answer.map(|answer| &answer.template.public).or(names.template(pointer));
	ChartEntry {
		record,
		title: template.map_or_else(|| names.what(pointer), |template| template.title.clone()),
		category: pointer.category,
		category_name: names.category(pointer.category),
		line: answer.map(|answer| answer.line()).unwrap_or_default(),
		version: pointer.version,
		posted_at: pointer.posted_at,
		receipt: read.as_ref().map(|read| read.saved.receipt.receipt.sequence),
		block: answer.map(|answer| answer.decided_at),
		read: read.map(Box::new),
	}
}

/// Records by the reason for which they could not be read.
#[derive(Default)]
struct Gaps(BTreeMap<(bool, String), Vec<RecordId>>);

impl Gaps {
	fn add(&mut self, reason: String, unverified: bool, record: RecordId) {
		self.0.entry((unverified, reason)).or_default().push(record);
	}

	fn into_list(self) -> Vec<ChartGap> {
		let gap = |((unverified, reason), records)| ChartGap { reason, unverified, records };
		self.0.into_iter().map(gap).collect()
	}
}

/// Counts the records that were read, for a person at a terminal.
struct Progress {
	all: usize,
	done: AtomicUsize,
	is_shown: bool,
}

impl Progress {
	fn new(all: usize, context: &Context) -> Progress {
		Progress { all, done: AtomicUsize::new(0), is_shown: context.shows_progress() && all > 1 }
	}

	fn advance(&self) {
		let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
		if self.is_shown {
			eprint!("\rreading records: {done} of {}", self.all);
		}
	}

	/// Removes the line.
	fn end(&self) {
		if self.is_shown {
			eprint!("\r{:60}\r", "");
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		catalogue::fixture,
		grants::fixture::{grant, GRANTEE as DOCTOR},
	};
	use medrec_primitives::{
		record::Release,
		relationship::{Effect, RelationshipState, ResearchConsent, Scope},
	};
	use medrec_protocol::template::Line;
	use std::collections::BTreeSet;

	#[test]
	fn only_the_permitted_fields_of_the_line_are_requested() {
		let template = fixture::laboratory().public;
		let all = needed(Some(&template), &Fields::All);
		assert_eq!(all, Some(vec![0, 1, 2, 3, 4]));
		let some = Fields::Only([1, 4, 9].into());
		assert_eq!(needed(Some(&template), &some), Some(vec![1, 4]));
		let others = Fields::Only([9].into());
		assert_eq!(needed(Some(&template), &others), Some(Vec::new()));
		// All permitted ones.
		assert_eq!(needed(None, &some), None);
	}

	#[test]
	fn what_may_not_be_read_is_not_requested() {
		const RECORD: RecordId = RecordId::repeat_byte(1);
		let relationship = Relationship {
			patient: fixture::PATIENT,
			provider: fixture::PROVIDER,
			state: RelationshipState::Active,
			since: 0,
			research: ResearchConsent::None,
			records: 1,
			notes: 0,
			grants: 0,
		};
		let grant = |effect, scope| (GrantId::default(), grant(effect, scope));
		let (names, record) = (fixture::names(), fixture::record());
		let task = |who, grants: &[(GrantId, Grant)], record: &RecordPointer| {
			task((who, &relationship), &names, grants, (RECORD, record), Purpose::Treat)
		};
		let all = Ok(Some(vec![0, 1, 2, 3, 4]));
		assert_eq!(task(fixture::PATIENT, &[], &record), all);
		assert!(task(DOCTOR, &[], &record).unwrap_err().contains("no permission"));
		let permitted = [grant(Effect::Permit, Scope::All)];
		assert_eq!(task(DOCTOR, &permitted, &record), all);
		let fields = BTreeSet::from([2, 9]).try_into().unwrap();
		let some = [grant(Effect::Permit, Scope::Fields { record: RECORD, fields })];
		assert_eq!(task(DOCTOR, &some, &record), Ok(Some(vec![2])));
		let denied = [permitted[0].clone(), grant(Effect::Deny, Scope::All)];
		assert!(task(DOCTOR, &denied, &record).unwrap_err().contains("denied"));

		let withheld = RecordPointer { release: Release::Withheld, ..record.clone() };
		assert!(task(fixture::PATIENT, &[], &withheld).unwrap_err().contains("withholds"));
		let note = RecordPointer { author: fixture::PATIENT, ..record };
		assert!(task(fixture::PATIENT, &[], &note).unwrap_err().contains("notes"));
	}

	#[test]
	fn a_record_that_was_not_read_has_the_title_of_its_template() {
		let one = entry(&fixture::names(), RecordId::default(), &fixture::record(), None);
		assert_eq!((one.about(), one.category_name.as_str()), ("Laboratory result", "laboratory"));
		assert_eq!((one.receipt, one.line), (None, Line::default()));
	}

	#[test]
	fn records_that_could_not_be_read_are_counted_by_reason() {
		let mut gaps = Gaps::default();
		for (reason, unverified) in [("a", false), ("b", true), ("a", false)] {
			gaps.add(reason.to_owned(), unverified, RecordId::default());
		}
		let gaps = gaps.into_list();
		let counted = Vec::from_iter(gaps.iter().map(|gap| (&*gap.reason, gap.records.len())));
		assert_eq!(counted, [("a", 2), ("b", 1)]);
	}
}
