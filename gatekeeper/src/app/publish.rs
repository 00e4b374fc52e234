//! Publishing: new and changed rows become versions of records on the chain.

use super::{backoff::Backoff, pause, report_once::ReportOnce, App};
use crate::{
	chain::{Fresh, RelationshipFacts, Until, Write, WriteError},
	metrics,
	records::{state::Progress, Error, Post, RecordVersion},
};
use medrec_client::now;
use medrec_primitives::{
	bounty::Offer,
	identity::SubjectId,
	record::{RecordId, RecordPointer},
	relationship::RelationshipId,
	Moment,
};
use medrec_protocol::wire::BlockRef;
use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc, time::Duration};
use tokio::sync::watch;

/// The number of due versions that are read at a time.
const WINDOW: u32 = 4_096;

/// The wait after a version was not accepted by the chain, in milliseconds; the same each time.
const FAILED: RangeInclusive<Moment> = 600_000..=600_000;

/// The number of blocks after which a version that was in a block, and is not any more, is sent again.
const MISSING: u32 = 3;

/// What is kept from one round to the next while the service runs.
#[derive(Default)]
struct Memory {
	failed: Backoff<RecordVersion>,
	reports: ReportOnce,
}

/// Publishes until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	if !app.config().publish.enabled {
		return;
	}
	let mut memory = Memory::default();
	loop {
		let more = round(&app, &mut memory).await.unwrap_or_else(|error| {
			tracing::error!(target: "medrec::publish", %error, "publishing was interrupted");
			false
		});
		let span = match more {
			true => Duration::from_millis(10),
			false => app.config().publish.poll_interval,
		};
		if !pause(&app, span, &mut stop).await {
			return;
		}
	}
}

/// Sends due versions and plans new ones, which the next round sends: planning reads the provider's
/// database and takes time, and links are checked shortly before anything is sent. True if there is more
/// to do at once.
async fn round(app: &App, memory: &mut Memory) -> Result<bool, Error> {
	let Ok(fresh) = app.fresh() else { return Ok(false) };
	let Memory { failed, reports } = memory;
	let active = link(app, &app.services.chain.relationships()).await?;
	settle(app, &fresh).await?;
	let due = due(app, &fresh, &active, failed).await?;
	let batch = due.len().min(app.config().publish.batch);
	let sent = batch > 0 && send(app, &due[..batch], failed).await?;
	let planned = app.services.planner.plan(&active).await?;
	reports.skipped(&planned.skipped);
	reports.failed(&planned.failed);
	Ok(planned.more || !planned.posts.is_empty() || (sent && due.len() > batch))
}

/// Links new relationships to patients who were linked before they had one. Returns the relationships
/// whose link matches the chain: no patient's rows are ever published in the relationship of another.
async fn link(
	app: &App,
	relationships: &[(RelationshipId, Arc<RelationshipFacts>)],
) -> Result<BTreeSet<RelationshipId>, Error> {
	let state = &app.services.state;
	let mut linked = state.linked().await?;
	let mut active = BTreeSet::new();
	for (id, facts) in relationships {
		let subject = &facts.relationship.patient;
		if !linked.contains_key(id) {
			let patient = state.link_relationship(id, subject).await?;
			linked.extend(patient.map(|patient| (*id, patient)));
		}
		if linked.get(id).is_some_and(|patient| app.check_link(id, patient, subject)) {
			active.insert(*id);
		}
	}
	app.retain_links(|id| linked.contains_key(id));
	Ok(active)
}

/// A record at the final and at the best block.
fn on_chain(
	app: &App,
	relationship: &RelationshipId,
	record: &RecordId,
) -> (Option<RecordPointer>, Option<RecordPointer>) {
	let Some(context) = app.services.chain.context(&SubjectId::default(), relationship) else {
		return (None, None);
	};
	let find = |facts: Option<Arc<RelationshipFacts>>| facts?.records.get(record).cloned();
	(find(context.finalized.relationship), find(context.best.relationship))
}

/// Looks up the versions that were in a block that was not final.
async fn settle(app: &App, fresh: &Fresh) -> Result<(), Error> {
	let state = &app.services.state;
	for kept in state.unfinished().await? {
		let Progress::InBlock(block) = kept.progress else { continue };
		let id = kept.post.id;
		let (finalized, best) = on_chain(app, &id.relationship, &id.record);
		let holds = |pointer: Option<RecordPointer>| {
			pointer.is_some_and(|pointer| pointer.version >= id.version)
		};
		let progress = if holds(finalized) {
			Progress::Final(fresh.finalized.into())
		} else if holds(best) || fresh.best.number < block.number.saturating_add(MISSING) {
			continue;
		} else {
			Progress::Planned
		};
		state.mark_posted(&id, progress).await?;
	}
	Ok(())
}

/// The versions that can be sent now. Those that turn out to be on the chain are marked as such.
async fn due(
	app: &App,
	fresh: &Fresh,
	active: &BTreeSet<RelationshipId>,
	failed: &mut Backoff<RecordVersion>,
) -> Result<Vec<Post>, Error> {
	let time = now();
	let state = &app.services.state;
	let (mut due, mut found) = (Vec::new(), Vec::new());
	let mut after = 0;
	// A version that cannot be sent (for example, because its relationship was terminated) stays planned
	// and must not block later ones. One version more than a batch says that there is more to send.
	while due.len() <= app.config().publish.batch {
		let window = state.due_posts(after, WINDOW).await?;
		let Some((last, _)) = window.last() else { break };
		after = *last;
		for (_, post) in window {
			if !failed.may_try(&post.id, time) || !active.contains(&post.id.relationship) {
				continue;
			}
			match look_up(app, &post) {
				Lookup::Next => due.push(post),
				Lookup::TooEarly => {},
				Lookup::Posted => found.push(post),
				Lookup::Another => failed.failed(post.id, time, FAILED),
			}
		}
	}
	// The answer to their transaction was lost, or the service ended before it.
	if !found.is_empty() {
		mark(app, &found, fresh.best.into(), None).await?;
	}
	Ok(due)
}

/// What the best block holds in the place of a version.
enum Lookup {
	/// The version before it, or nothing before the first.
	Next,
	/// An earlier version: the one before it is in a block that is not read yet.
	TooEarly,
	/// The version itself, or a later one.
	Posted,
	/// Another commitment.
	Another,
}

fn look_up(app: &App, post: &Post) -> Lookup {
	let RecordVersion { relationship, record, version } = &post.id;
	let (_, best) = on_chain(app, relationship, record);
	let last = best.as_ref().map_or(0, |pointer| pointer.version);
	if *version == last.saturating_add(1) {
		Lookup::Next
	} else if *version > last {
		Lookup::TooEarly
	} else if last > *version
		|| best.is_some_and(|pointer| pointer.commitment == post.posting.commitment)
	{
		Lookup::Posted
	} else {
		tracing::error!(
			target: "medrec::publish",
			version,
			"a record is not amended: the chain holds another commitment than the one that is planned"
		);
		Lookup::Another
	}
}

/// Sends a batch: with the bounty, else without it, else each version alone, so that one that the chain
/// does not accept does not stop the others. False if nothing can be sent now.
async fn send(
	app: &App,
	batch: &[Post],
	failed: &mut Backoff<RecordVersion>,
) -> Result<bool, Error> {
	let offer = app.services.bounty.as_ref().map(|bounty| bounty.at(now()));
	for offer in offer.map(Some).into_iter().chain([None]) {
		match send_all(app, batch, offer).await? {
			Some(false) => {},
			done => return Ok(done.is_some()),
		}
	}
	for post in batch {
		// The only version of a batch was sent alone already.
		let sent = match batch.len() {
			1 => Some(false),
			_ => send_all(app, std::slice::from_ref(post), None).await?,
		};
		match sent {
			Some(true) => {},
			Some(false) => failed.failed(post.id, now(), FAILED),
			None => return Ok(false),
		}
	}
	Ok(true)
}

/// Sends versions in one transaction. False if it failed, `None` if it was not included.
async fn send_all(app: &App, batch: &[Post], offer: Option<Offer>) -> Result<Option<bool>, Error> {
	let bounty = offer.is_some();
	match app.write(Write::Records(batch.to_vec(), offer), Until::InBlock).await {
		Ok(block) => {
			mark(app, batch, block, Some(bounty)).await?;
			Ok(Some(true))
		},
		Err(WriteError::Failed(_)) => Ok(Some(false)),
		Err(WriteError::NotIncluded(_)) => Ok(None),
	}
}

/// Keeps, counts and logs that versions are in a block. `bounty` says whether one was offered with them,
/// if that is known.
async fn mark(
	app: &App,
	batch: &[Post],
	block: BlockRef,
	bounty: Option<bool>,
) -> Result<(), Error> {
	for post in batch {
		app.services.state.mark_posted(&post.id, Progress::InBlock(block)).await?;
	}
	metrics::posted(batch.len(), now());
	let amended = batch.iter().filter(|post| post.id.version > 1).count();
	tracing::info!(
		target: "medrec::publish",
		posted = batch.len().saturating_sub(amended),
		amended,
		bounty,
		block = block.number,
		"records are in a block"
	);
	Ok(())
}
