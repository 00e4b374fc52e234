//! Reads the records of a chart.

use super::{filter::Wanted, Chart, ChartEntry, ChartGap, ChartPart, Filter};
use crate::{
	catalogue::RecordNames,
	context::{self, Context, Notices, Session},
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
use medrec_protocol::{
	template::PublicTemplate,
	wire::{Answer, QueryRequest},
};
use std::{
	collections::BTreeMap,
	rc::Rc,
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
		match permitted(parties, &names, &grants, (id, &pointer), purpose) {
			Ok(permitted) => {
				let fields = names.template(&pointer).map(|template| needed(template, &permitted));
				tasks.push(Task { record: id, pointer, permitted, fields });
			},
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

/// The fields of a record that the requester may read, or the reason why it is not requested. The
/// gatekeeper decides again: what is not requested here leaves no receipt.
fn permitted(
	(requester, relationship): (SubjectId, &Relationship),
	names: &RecordNames,
	grants: &[(GrantId, Grant)],
	(id, pointer): (RecordId, &RecordPointer),
	purpose: Purpose,
) -> Result<Fields, &'static str> {
	let requester = Requester { subject: requester, active: true, groups: &[], custodian: false };
	let record = Record { id, category: pointer.category, release: pointer.release };
	let view = RelationshipView { patient: relationship.patient, state: relationship.state };
	let grants = grants.iter().map(|(id, grant)| (*id, grant));
	match decide(now(), &requester, purpose, &record, &view, grants, None) {
		_ if names.is_note(pointer) => Err("notes of the patient, whose text only the patient has"),
		Decision::Permit { fields, .. } => Ok(fields),
		Decision::Deny { reason } => Err(match reason {
			DenyReason::Withheld => "the provider withholds them",
			DenyReason::Denied => "the patient denied them to you",
			DenyReason::RelationshipNotActive => "the relationship is not active",
			_ => "no permission for this purpose covers them",
		}),
	}
}

/// The numbers of the fields that a line needs, as far as they are permitted.
fn needed(template: &PublicTemplate, permitted: &Fields) -> Vec<FieldNumber> {
	let fields = template.line_fields().into_iter();
	fields.filter(|number| permitted.contains(*number)).collect()
}

/// Checks that an answer has all fields that its line needs and that are permitted. A request that names no
/// fields, since the catalogue has no such template, is answered by any of them; a gatekeeper could leave
/// out what the record is about, and so hide it from a search.
fn check_line(answer: &Answer, permitted: &Fields) -> Result<()> {
	let template = &answer.template.public;
	let is_missing =
		|number: &FieldNumber| answer.fields.iter().all(|field| field.number != *number);
	let Some(missing) = needed(template, permitted).into_iter().find(is_missing) else {
		return Ok(());
	};
	let field =
		template.field(missing).map_or_else(|| missing.to_string(), |field| field.name.clone());
	let message = format!("the answer leaves out the field {field}, which you may read");
	Err(Failure::unverified("incomplete_answer", message))
}

/// A record to request.
struct Task {
	record: RecordId,
	pointer: RecordPointer,
	/// The fields that may be read.
	permitted: Fields,
	/// The fields that the line needs, perhaps not one; none if the template is not known: all are requested.
	fields: Option<Vec<FieldNumber>>,
}

type Done = (RecordId, RecordPointer, Result<Option<ReadAnswer>>);

/// Requests the fields, some records at once, and verifies the answers. A record whose line needs no field
/// is not requested.
async fn read_all(reader: &Reader<'_>, tasks: Vec<Task>, purpose: Purpose) -> Vec<Done> {
	let context = reader.context();
	let (pace, progress) = (&Pace::new(context), &Progress::new(tasks.len(), context));
	let requests = tasks.into_iter().map(|task| async move {
		let Task { record, pointer, permitted, fields } = task;
		let relationship = reader.id;
		let result = match fields.as_deref() {
			Some([]) => Ok(None),
			_ => {
				let request = QueryRequest { relationship, record, fields, purpose };
				let read = reader.read_paced(request, pace).await;
				read.and_then(|read| {
					check_line(&read.saved.answer, &permitted).map(|()| Some(read))
				})
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
	notices: Rc<Notices>,
}

impl Progress {
	fn new(all: usize, context: &Context) -> Progress {
		Progress { all, done: AtomicUsize::new(0), notices: Rc::clone(&context.notices) }
	}

	fn advance(&self) {
		let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
		if self.all > 1 {
			self.notices.count(&format!("reading records: {done} of {}", self.all));
		}
	}

	/// Removes the line.
	fn end(&self) {
		self.notices.end_count();
	}
}

#[cfg(test)]
mod tests;
