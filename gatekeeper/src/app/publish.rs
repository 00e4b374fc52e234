//! New and changed rows come to the chain.

use super::{clock, pause, report_once::ReportOnce, App};
use crate::{
	chain::{RecordPost, RelationshipFacts, Wait, Write, WriteError},
	metrics,
	records::{state::Progress, Error, Post, PostKind},
};
use medrec_primitives::{
	record::{RecordId, RecordPointer},
	relationship::RelationshipId,
	Moment, H256,
};
use std::{
	collections::{BTreeSet, HashMap},
	sync::Arc,
	time::Duration,
};
use tokio::sync::watch;

/// How many due posts are read at a time.
const WINDOW: u32 = 4_096;

/// How long a post that the chain refused is left alone, in milliseconds.
const BACKOFF: Moment = 10 * 60 * 1000;

/// How many blocks may pass before a post that is not in them is sent again.
const MISSING: u32 = 3;

/// Posts that the chain refused, and when each may be tried again.
type Refused = HashMap<(RelationshipId, RecordId, u32), Moment>;

/// What is kept from one round to the next while the service runs.
#[derive(Default)]
struct Memory {
	refused: Refused,
	told: ReportOnce,
}

/// Publishes until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	if !app.parts.publish.enabled {
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
			false => app.parts.publish.poll_interval(),
		};
		if !pause(&app, span, &mut stop).await {
			return;
		}
	}
}

/// Plans and sends what is due. Whether there is more to do at once.
async fn round(app: &App, memory: &mut Memory) -> Result<bool, Error> {
	if app.fresh().is_err() {
		return Ok(false);
	}
	let Memory { refused, told } = memory;
	let active = link(app, &app.parts.facts.relationships(), told).await?;
	let more = plan(app, &active, told).await;
	settle(app).await?;
	let due = due(app, &active, refused).await?;
	let batch = due.len().min(app.parts.publish.batch);
	let sent = batch > 0 && send(app, &due[..batch], refused).await?;
	Ok(more || (sent && due.len() > batch))
}

/// Plans what is new. Whether there is more to read at once. Where that fails, what was planned
/// before is sent all the same.
async fn plan(app: &App, active: &BTreeSet<RelationshipId>, told: &mut ReportOnce) -> bool {
	match app.parts.planner.plan(active).await {
		Ok(planned) => {
			told.skipped(&planned.skipped);
			told.failed(&planned.failed);
			planned.more
		},
		Err(error) => {
			tracing::error!(target: "medrec::publish", %error, "nothing new was planned");
			false
		},
	}
}

/// Recognises the relationships of patients who were linked before they had one. Returns those whose
/// patient on the chain is the one that they are linked to here: nobody's rows are ever published in
/// the relationship of another.
async fn link(
	app: &App,
	relationships: &[(RelationshipId, Arc<RelationshipFacts>)],
	told: &mut ReportOnce,
) -> Result<BTreeSet<RelationshipId>, Error> {
	let state = &app.parts.state;
	let linked = state.linked().await?;
	let mut active = BTreeSet::new();
	let mut strangers = BTreeSet::new();
	for (id, facts) in relationships {
		let subject = &facts.relationship.patient;
		let theirs = match linked.get(id) {
			Some(patient) => patient.subject == *subject,
			None => match state.link_relationship(subject, id).await {
				Ok(true) => true,
				// They are no patient that is linked here.
				Ok(false) => continue,
				// Somebody was faster, with another patient.
				Err(Error::AlreadyLinked) => false,
				Err(error) => return Err(error),
			},
		};
		match theirs {
			true => active.insert(*id),
			false => strangers.insert(*id),
		};
	}
	told.strangers(strangers);
	Ok(active)
}

/// A record at the final and at the best block.
fn on_chain(
	app: &App,
	relationship: &RelationshipId,
	record: &RecordId,
) -> (Option<RecordPointer>, Option<RecordPointer>) {
	let Some(case) = app.parts.facts.case(&H256::zero(), relationship) else {
		return (None, None);
	};
	let find = |facts: Option<Arc<RelationshipFacts>>| facts?.records.get(record).cloned();
	(find(case.finalized.relationship), find(case.best.relationship))
}

/// Looks what became of posts that were on a block that was not final.
async fn settle(app: &App) -> Result<(), Error> {
	let Ok(fresh) = app.fresh() else { return Ok(()) };
	let state = &app.parts.state;
	for kept in state.unfinished().await? {
		let Progress::InBlock(block) = kept.progress else { continue };
		let (finalized, best) = on_chain(app, &kept.relationship, &kept.record);
		let holds = |pointer: Option<RecordPointer>| {
			pointer.is_some_and(|pointer| pointer.version >= kept.version)
		};
		let progress = if holds(finalized) {
			Progress::Final(fresh.finalized.into())
		} else if holds(best) || fresh.best.number < block.number.saturating_add(MISSING) {
			continue;
		} else {
			Progress::Planned
		};
		state.mark_posted(&kept.relationship, &kept.record, kept.version, progress).await?;
	}
	Ok(())
}

/// What can be sent now. What turns out to be on the chain already is noted as such.
async fn due(
	app: &App,
	active: &BTreeSet<RelationshipId>,
	refused: &mut Refused,
) -> Result<Vec<Post>, Error> {
	let Ok(fresh) = app.fresh() else { return Ok(Vec::new()) };
	let now = clock::now();
	refused.retain(|_, until| now < *until);
	let state = &app.parts.state;
	let mut due = Vec::new();
	let mut after = 0;
	// What cannot be sent, as of a relationship that ended, stays planned and must not hide what
	// comes behind it. One more than a batch says that there is more to send.
	while due.len() <= app.parts.publish.batch {
		let window = state.due_posts_after(after, WINDOW).await?;
		let Some((last, _)) = window.last() else { break };
		after = *last;
		for (_, post) in window {
			if refused.contains_key(&key(&post)) || !active.contains(&post.relationship) {
				continue;
			}
			match look_up(app, &post) {
				Lookup::Next => due.push(post),
				Lookup::TooEarly => {},
				Lookup::There => {
					let progress = Progress::InBlock(fresh.best.into());
					state
						.mark_posted(&post.relationship, &post.record, post.version, progress)
						.await?;
				},
				Lookup::Another => drop(refused.insert(key(&post), now.saturating_add(BACKOFF))),
			}
		}
	}
	Ok(due)
}

/// What the best block says of a post.
enum Lookup {
	/// It is the next version of its record.
	Next,
	/// The version before it is on a block that is not read here yet.
	TooEarly,
	/// It is there.
	There,
	/// Something else is there in its place.
	Another,
}

fn look_up(app: &App, post: &Post) -> Lookup {
	let (_, best) = on_chain(app, &post.relationship, &post.record);
	let version = best.as_ref().map_or(0, |pointer| pointer.version);
	if post.version == version.saturating_add(1) {
		Lookup::Next
	} else if post.version > version {
		Lookup::TooEarly
	} else if best.is_some_and(|pointer| {
		pointer.version > post.version || pointer.commitment == post.commitment
	}) {
		Lookup::There
	} else {
		tracing::error!(
			target: "medrec::publish",
			record = ?post.record,
			version,
			"the chain holds another commitment than the one that is planned"
		);
		Lookup::Another
	}
}

fn key(post: &Post) -> (RelationshipId, RecordId, u32) {
	(post.relationship, post.record, post.version)
}

/// Sends a batch: with the bounty, else without it, else each post alone, so that one that the chain
/// refuses does not hold up the others. False if the chain cannot be told anything now.
async fn send(app: &App, batch: &[Post], refused: &mut Refused) -> Result<bool, Error> {
	let posts: Vec<_> = batch.iter().map(record_post).collect();
	let offer = app.parts.bounty.as_ref().map(|bounty| bounty.at(clock::now()));
	let mut attempts = vec![None];
	attempts.extend(offer.map(Some));
	while let Some(offer) = attempts.pop() {
		match app.write(Write::Records(posts.clone(), offer), Wait::Included).await {
			Ok(block) => return posted(app, batch, Progress::InBlock(block)).await.map(|()| true),
			Err(WriteError::NotIncluded(_)) => return Ok(false),
			Err(WriteError::Refused(_)) => {},
		}
	}
	let until = clock::now().saturating_add(BACKOFF);
	if let [post] = batch {
		refused.insert(key(post), until);
		return Ok(true);
	}
	for (post, record) in batch.iter().zip(posts) {
		match app.write(Write::Records(vec![record], None), Wait::Included).await {
			Ok(block) => {
				posted(app, std::slice::from_ref(post), Progress::InBlock(block)).await?;
			},
			Err(WriteError::NotIncluded(_)) => return Ok(false),
			Err(WriteError::Refused(_)) => drop(refused.insert(key(post), until)),
		}
	}
	Ok(true)
}

async fn posted(app: &App, batch: &[Post], progress: Progress) -> Result<(), Error> {
	for post in batch {
		let state = &app.parts.state;
		state.mark_posted(&post.relationship, &post.record, post.version, progress).await?;
	}
	metrics::posted(batch.len());
	Ok(())
}

fn record_post(post: &Post) -> RecordPost {
	RecordPost {
		amends: post.kind == PostKind::Amend,
		relationship: post.relationship,
		record: post.record,
		commitment: post.commitment,
		pointer: post.pointer.clone(),
		category: post.category,
		release: post.release,
	}
}
