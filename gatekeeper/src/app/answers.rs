//! Answers to bounties. Each is computed once and committed to before its deadline, whether or not the
//! owner has asked for it.

use super::{backoff::Backoff, pause, App};
use crate::{
	aggregate::{self, compute, AggregateSpec},
	chain::{BountyFacts, Fresh, Until, Write, WriteError},
	records::{
		self,
		state::{Progress, QuestionHash},
	},
};
use medrec_client::now;
use medrec_primitives::{bounty::BountyId, merkle::sha3, Moment};
use parity_scale_codec::Encode;
use std::{
	collections::{BTreeSet, HashSet},
	ops::RangeInclusive,
	sync::Arc,
};
use tokio::sync::watch;

/// The waits after records could not be read, in milliseconds. They are short because of the deadline.
const UNREADABLE: RangeInclusive<Moment> = 2_000..=60_000;

/// The waits after a failed transaction, in milliseconds.
const FAILED: RangeInclusive<Moment> = 2_000..=600_000;

/// The state between two rounds. A restart forgets it.
#[derive(Default)]
struct Memory {
	/// Bounties that are answered, or never can be.
	settled: HashSet<BountyId>,
	/// Bounties that could not be answered yet.
	failed: Backoff<BountyId>,
}

/// Answers bounties until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	let mut memory = Memory::default();
	loop {
		round(&app, &mut memory).await;
		if !pause(&app, app.config().publish.poll_interval, &mut stop).await {
			return;
		}
	}
}

async fn round(app: &App, memory: &mut Memory) {
	let Memory { settled, failed } = memory;
	let Ok(fresh) = app.fresh() else { return };
	for (id, facts) in app.services.chain.owed() {
		let time = now();
		let due = facts.bounty.offer.expires_at > time && failed.may_try(&id, time);
		if !due || settled.contains(&id) || !app.answers_for(&facts) {
			continue;
		}
		match answer(app, &id, &facts, &fresh).await {
			Ok(()) => {
				failed.succeeded(&id);
				settled.insert(id);
			},
			// A bounty that was answered meanwhile is not owed any more after the next block.
			Err(AnswerError::Write(WriteError::Failed(_))) => failed.failed(id, now(), FAILED),
			Err(AnswerError::Write(WriteError::NotIncluded(_))) => return,
			// An error of a database may pass. All others are lasting.
			Err(AnswerError::Aggregate(error))
				if !matches!(error, aggregate::Error::Records(_)) =>
			{
				tracing::error!(
					target: "medrec::bounties",
					bounty = ?id,
					%error,
					"a bounty cannot be answered"
				);
				settled.insert(id);
			},
			Err(error) => {
				tracing::warn!(
					target: "medrec::bounties",
					bounty = ?id,
					%error,
					"a bounty cannot be answered yet; retrying"
				);
				failed.failed(id, now(), UNREADABLE);
			},
		}
	}
}

/// The reason why a bounty cannot be answered.
#[derive(Debug, thiserror::Error)]
enum AnswerError {
	#[error(transparent)]
	Aggregate(#[from] aggregate::Error),
	#[error(transparent)]
	Records(#[from] records::Error),
	#[error(transparent)]
	Write(#[from] WriteError),
}

/// Commits to the answer. It is computed unless this bounty, or another one with the same question, was
/// answered before.
async fn answer(
	app: &App,
	id: &BountyId,
	facts: &BountyFacts,
	fresh: &Fresh,
) -> Result<(), AnswerError> {
	let state = &app.services.state;
	let question = question(facts);
	let saved = match state.repeat_answer(id, &question).await? {
		Some(saved) => saved,
		None => {
			let canonical = canonical(app, id, facts, fresh).await?;
			state.save_answer(id, &question, &canonical).await?
		},
	};
	let write = Write::Answer { bounty: *id, commitment: saved.commitment };
	let block = app.write(write, Until::Final).await?;
	Ok(state.mark_answer(id, Progress::Final(block)).await?)
}

/// The SHA3-256 of all that an answer depends on except the records. Within one period of the dataset's
/// budget, the same question has the same answer: the change of an answer from one day to the next would
/// reveal single patients.
fn question(facts: &BountyFacts) -> QuestionHash {
	let (offer, dataset) = (&facts.bounty.offer, &facts.dataset);
	let terms = (offer.dataset, offer.template, &offer.parameters);
	let rules = (dataset.rules.smallest_group, dataset.period_start);
	QuestionHash(sha3(&[b"medrec-question", &(terms, rules).encode()]).0)
}

async fn canonical(
	app: &App,
	id: &BountyId,
	facts: &BountyFacts,
	fresh: &Fresh,
) -> Result<String, AnswerError> {
	let offer = &facts.bounty.offer;
	let template = app.services.templates.get(&offer.template)?;
	let spec = AggregateSpec {
		bounty: *id,
		dataset: offer.dataset,
		template,
		parameters: &offer.parameters,
		smallest_group: facts.dataset.rules.smallest_group,
		computed_at: fresh.finalized.into(),
	};
	let linked = app.services.state.linked().await?;
	let consenting: BTreeSet<String> = app
		.services
		.chain
		.relationships()
		.into_iter()
		.filter(|(_, facts)| facts.relationship.research.covers(template.category()))
		.filter_map(|(relationship, facts)| {
			let patient = linked.get(&relationship)?;
			// The consent of one patient must not count for the rows of another.
			let matches = app.check_link(&relationship, patient, &facts.relationship.patient);
			matches.then(|| patient.local_id.clone())
		})
		.collect();
	Ok(compute(app.services.ehr.as_ref(), &spec, &consenting).await?.canonical)
}

impl App {
	/// Whether this gatekeeper answers a bounty: the dataset is the provider's own and allows the
	/// template, and the configuration does not leave it out.
	fn answers_for(&self, facts: &BountyFacts) -> bool {
		let offer = &facts.bounty.offer;
		facts.dataset.provider == facts.bounty.provider
			&& facts.dataset.rules.templates.contains(&offer.template)
			&& self
				.config()
				.datasets
				.as_ref()
				.is_none_or(|datasets| datasets.contains(&offer.dataset))
	}
}
