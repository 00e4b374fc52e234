//! Bounties are answered: each once, in time, whether or not its owner has asked yet.

use super::{backoff::Backoff, clock, pause, App};
use crate::{
	aggregate::{self, compute, Question},
	chain::{BountyFacts, Fresh, Wait, Write, WriteError},
	records::{self, state::Progress},
};
use medrec_primitives::{bounty::BountyId, merkle::sha3, Moment, H256};
use parity_scale_codec::Encode;
use std::{
	collections::{BTreeSet, HashSet},
	sync::Arc,
};
use tokio::sync::watch;

/// How long a bounty over records that cannot be read again and again is left alone at most, in
/// milliseconds: its deadline does not wait.
const UNREADABLE: Moment = 60 * 1000;

/// How long an answer that the chain refuses again and again is left alone at most, in milliseconds.
const REFUSED: Moment = 10 * 60 * 1000;

/// What is kept from one round to the next while the service runs.
#[derive(Default)]
struct Memory {
	/// What was answered, or never can be.
	settled: HashSet<BountyId>,
	/// What could not be answered for the time being.
	failed: Backoff<BountyId>,
}

/// Answers bounties until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	let mut memory = Memory::default();
	loop {
		round(&app, &mut memory).await;
		if !pause(&app, app.parts.publish.poll_interval(), &mut stop).await {
			return;
		}
	}
}

async fn round(app: &App, memory: &mut Memory) {
	let Memory { settled, failed } = memory;
	let Ok(fresh) = app.fresh() else { return };
	for (id, facts) in app.parts.facts.owed() {
		let now = clock::now();
		let due = facts.bounty.offer.expires_at > now && failed.may_try(&id, now);
		if !due || settled.contains(&id) || !app.answers_for(&facts) {
			continue;
		}
		match answer(app, &id, &facts, &fresh).await {
			Ok(Outcome::Final) => {
				failed.succeeded(&id);
				settled.insert(id);
			},
			// Where it was answered meanwhile, it is soon no longer owed.
			Ok(Outcome::Refused) => failed.failed(id, clock::now(), REFUSED),
			Ok(Outcome::NotIncluded) => return,
			Err(error) if error.is_lasting() => {
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
					"a bounty cannot be answered yet; this is tried again"
				);
				failed.failed(id, clock::now(), UNREADABLE);
			},
		}
	}
}

/// What became of the commitment to an answer.
enum Outcome {
	/// It is on a final block.
	Final,
	/// The chain refused it.
	Refused,
	/// The chain cannot be told anything now.
	NotIncluded,
}

/// Why a bounty cannot be answered.
#[derive(Debug, thiserror::Error)]
enum AnswerError {
	#[error(transparent)]
	Aggregate(#[from] aggregate::Error),
	#[error(transparent)]
	Records(#[from] records::Error),
}

impl AnswerError {
	/// Whether it is the question that is at fault, and asking again changes nothing. What is wrong
	/// with a database may be put right.
	fn is_lasting(&self) -> bool {
		match self {
			AnswerError::Aggregate(aggregate::Error::Records(_)) | AnswerError::Records(_) => false,
			AnswerError::Aggregate(_) => true,
		}
	}
}

/// Computes the answer, unless the bounty or another one with the same question was answered before,
/// and commits to it.
async fn answer(
	app: &App,
	id: &BountyId,
	facts: &BountyFacts,
	fresh: &Fresh,
) -> Result<Outcome, AnswerError> {
	let state = &app.parts.state;
	let question = question(facts);
	let saved = match state.repeat_answer(id, &question).await? {
		Some(saved) => saved,
		None => {
			let canonical = canonical(app, id, facts, fresh).await?;
			state.save_answer(id, &question, &canonical).await?
		},
	};
	let write = Write::Answer { bounty: *id, commitment: saved.commitment };
	match app.write(write, Wait::Final).await {
		Ok(block) => {
			state.mark_answer(id, Progress::Final(block)).await?;
			Ok(Outcome::Final)
		},
		Err(WriteError::Refused(_)) => Ok(Outcome::Refused),
		Err(WriteError::NotIncluded(_)) => Ok(Outcome::NotIncluded),
	}
}

/// The SHA3-256 of everything that an answer depends on but for the records themselves. Within one
/// period of the dataset's budget, all who ask the same are answered the same: how an answer changes
/// from day to day would tell of single patients.
fn question(facts: &BountyFacts) -> H256 {
	let (offer, dataset) = (&facts.bounty.offer, &facts.dataset);
	let asked = (offer.dataset, offer.template, &offer.parameters);
	let rules = (dataset.rules.smallest_group, dataset.period_start);
	sha3(&[b"medrec-question", &(asked, rules).encode()])
}

async fn canonical(
	app: &App,
	id: &BountyId,
	facts: &BountyFacts,
	fresh: &Fresh,
) -> Result<String, AnswerError> {
	let offer = &facts.bounty.offer;
	let template = app.parts.templates.get(&offer.template)?;
	let question = Question {
		bounty: *id,
		dataset: offer.dataset,
		template,
		parameters: &offer.parameters,
		smallest_group: facts.dataset.rules.smallest_group,
		computed_at: fresh.finalized.into(),
	};
	// Nobody counts by the consent of another to whose relationship they were linked.
	let linked = app.parts.state.linked().await?;
	let consenting: BTreeSet<String> = app
		.parts
		.facts
		.relationships()
		.into_iter()
		.filter(|(_, facts)| facts.relationship.research.covers(template.category()))
		.filter_map(|(relationship, facts)| {
			let patient = linked.get(&relationship)?;
			let theirs = patient.subject == facts.relationship.patient;
			theirs.then(|| patient.local_id.clone())
		})
		.collect();
	Ok(compute(&app.parts.ehr, &question, &consenting).await?.canonical)
}

impl App {
	/// Whether bounties over this dataset are answered here: it is the provider's own, it allows the
	/// template, and the operator did not leave it out.
	fn answers_for(&self, facts: &BountyFacts) -> bool {
		let offer = &facts.bounty.offer;
		facts.dataset.provider == facts.bounty.provider
			&& facts.dataset.rules.templates.contains(&offer.template)
			&& self.parts.datasets.as_ref().is_none_or(|datasets| datasets.contains(&offer.dataset))
	}
}
