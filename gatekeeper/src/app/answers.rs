//! Bounties are answered: each once, in time, whether or not its owner has asked yet.

use super::{clock, pause, App};
use crate::{
	aggregate::{compute, Question},
	chain::{BountyFacts, Fresh, Wait, Write, WriteError},
	records::state::Progress,
};
use medrec_primitives::bounty::BountyId;
use std::{
	collections::{BTreeSet, HashSet},
	sync::Arc,
};
use tokio::sync::watch;

/// Answers bounties until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	// What was answered, or cannot be, while the service runs.
	let mut settled = HashSet::new();
	loop {
		round(&app, &mut settled).await;
		if !pause(&app, app.parts.publish.poll_interval(), &mut stop).await {
			return;
		}
	}
}

async fn round(app: &App, settled: &mut HashSet<BountyId>) {
	let Ok(fresh) = app.fresh() else { return };
	for (id, facts) in app.parts.facts.owed() {
		let in_time = facts.bounty.offer.expires_at > clock::now();
		if !in_time || settled.contains(&id) || !app.answers_for(&facts) {
			continue;
		}
		match answer(app, &id, &facts, &fresh).await {
			Ok(true) => drop(settled.insert(id)),
			Ok(false) => return,
			Err(error) => {
				tracing::error!(
					target: "medrec::bounties",
					bounty = ?id,
					%error,
					"a bounty cannot be answered"
				);
				settled.insert(id);
			},
		}
	}
}

/// Why a bounty cannot be answered.
#[derive(Debug, thiserror::Error)]
enum AnswerError {
	#[error(transparent)]
	Aggregate(#[from] crate::aggregate::Error),
	#[error(transparent)]
	Records(#[from] crate::records::Error),
}

/// Computes the answer unless it was computed before, and commits to it. False if that should be
/// tried again later.
async fn answer(
	app: &App,
	id: &BountyId,
	facts: &BountyFacts,
	fresh: &Fresh,
) -> Result<bool, AnswerError> {
	let state = &app.parts.state;
	let saved = match state.answer(id).await? {
		Some(saved) => saved,
		None => {
			let canonical = canonical(app, id, facts, fresh).await?;
			state.save_answer(id, &canonical).await?
		},
	};
	let write = Write::Answer { bounty: *id, commitment: saved.commitment };
	match app.write(write, Wait::Final).await {
		Ok(block) => {
			state.mark_answer(id, Progress::Final(block)).await?;
			Ok(true)
		},
		// It was answered meanwhile, or its deadline has passed.
		Err(WriteError::Refused(_)) => Ok(true),
		Err(WriteError::NotIncluded(_)) => Ok(false),
	}
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
	let linked = app.parts.state.relationships().await?;
	let consenting: BTreeSet<String> = app
		.parts
		.facts
		.relationships()
		.into_iter()
		.filter(|(_, facts)| facts.relationship.research.covers(template.category()))
		.filter_map(|(relationship, _)| linked.get(&relationship).cloned())
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
