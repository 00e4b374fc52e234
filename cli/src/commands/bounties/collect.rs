//! `medrec bounties collect`: the aggregate of a bounty, verified against the chain.

use crate::{
	answer::trust,
	context::Session,
	failure::{Failure, OrNotFound, Result},
	files,
	gatekeeper::{self, Url},
	output::{Output, Report},
	page::{Cell, Page},
	reference::IdRef,
	text::{count, plain},
};
use clap::Args;
use medrec_primitives::{
	bounty::{AnswerCommitment, Bounty, BountyId, BountyState},
	commitment::canonical_json,
	identity::SubjectId,
};
use medrec_protocol::wire::{self, Aggregate, BlockRef, CollectResponse, Statistic};
use serde::Serialize;
use serde_json::json;
use std::{path::PathBuf, time::Duration};

/// The pause between two looks at a bounty that is not answered yet.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct Collect {
	/// The bounty: its ID, or the first digits; by default your latest answered one.
	bounty: Option<IdRef<BountyId>>,
	#[command(flatten)]
	gatekeeper: Url,
	/// Write the aggregate to this new file too, as canonical JSON.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
	/// Wait until you own a bounty and its answer is final.
	#[arg(long)]
	until_answered: bool,
}

/// An aggregate that matches the commitment on the chain.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Collected {
	/// The aggregate.
	aggregate: Aggregate,
	/// Its hash, which the chain holds.
	commitment: AnswerCommitment,
	/// The provider that computed it.
	provider: SubjectId,
	/// Its name.
	provider_name: String,
	/// How it was verified.
	verification: Verification,
}

/// The verification of an aggregate.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = AggregateVerification)]
struct Verification {
	/// True: an aggregate to which the provider is not committed is an error.
	verified: bool,
	/// The final block.
	block: BlockRef,
	/// The node whose word is taken for what is on chain.
	node: String,
}

impl Report for Collected {
	fn page(&self) -> Page {
		let Collected { provider_name, verification: Verification { block, node, .. }, .. } = self;
		table(&self.aggregate)
			.line(format!(
				"Verified: {provider_name} committed on chain to exactly these figures (as of block {}, \
				 which is final). That they are right is the word of {provider_name}.",
				block.number
			))
			.line(trust(node))
	}
}

pub(super) async fn run(session: &Session<'_>, args: Collect) -> Result<Output> {
	if let Some(path) = &args.out {
		files::check_new(path)?;
	}
	let id = choose(session, args.bounty.as_ref(), args.until_answered).await?;
	let bounty = match args.until_answered {
		true => answered(session, id).await?,
		false => final_bounty(session, id).await?,
	};
	if bounty.state == BountyState::Defaulted {
		let provider = session.directory().await?.name(bounty.provider).await?;
		let message = format!(
			"{provider} did not answer this bounty in time, so there is nothing to collect; medrec \
			 bounties list --mine lists yours"
		);
		return Err(Failure::failed("bounty_defaulted", message));
	}
	let (_, at) = session.finalized().await?;
	let client = gatekeeper::client(session, at, bounty.provider, &args.gatekeeper).await?;
	let CollectResponse { aggregate, commitment } = client.collect(id).await?;

	// The commitment is read after the answer, which may be newer than the first read.
	let (block, at) = session.finalized().await?;
	let bounty = at.bounty(id).await?.unwrap_or(bounty);
	check(id, &bounty, &aggregate, commitment)?;
	if let Some(path) = &args.out {
		files::write_new(path, canonical_json(&json!(aggregate)).unwrap_or_default())?;
	}
	let provider_name = session.directory().await?.name(bounty.provider).await?;
	Ok(Output::of(&Collected {
		aggregate,
		commitment,
		provider: bounty.provider,
		provider_name,
		verification: Verification {
			verified: true,
			block,
			node: session.context.globals.node.clone(),
		},
	}))
}

/// The bounty that is meant. By default it is the latest one that the user owns, of those that are
/// answered if there are any; with `wait` the first one is waited for.
async fn choose(
	session: &Session<'_>,
	reference: Option<&IdRef<BountyId>>,
	wait: bool,
) -> Result<BountyId> {
	if let Some(reference) = reference {
		return Ok(super::find(session.at(), reference).await?.0);
	}
	let me = session.me().await?;
	if wait {
		let owned = async {
			loop {
				if let Some(id) = latest(session, me).await? {
					return Ok(id);
				}
				tokio::time::sleep(PAUSE).await;
			}
		};
		return session.context.explained("Waiting until you own a bounty.", owned).await;
	}
	latest(session, me).await?.or_not_found(
		"you own no bounty; a bounty belongs to the miner of the block in which a provider offers it; \
		 --until-answered waits for one",
	)
}

/// The latest bounty of a subject, of those that are answered if there are any.
async fn latest(session: &Session<'_>, owner: SubjectId) -> Result<Option<BountyId>> {
	let best = session.chain.best().await?;
	let owned = session.chain.at(best.hash).bounties_of(owner).await?;
	let latest = owned.into_iter().max_by_key(|(id, bounty)| {
		let is_answered = matches!(bounty.state, BountyState::Answered { .. });
		(is_answered, bounty.offered_at, *id)
	});
	Ok(latest.map(|(id, _)| id))
}

async fn final_bounty(session: &Session<'_>, id: BountyId) -> Result<Bounty> {
	let (_, at) = session.finalized().await?;
	let missing = format!(
		"the bounty {id} is in no final block yet; try again soon, or give --until-answered"
	);
	at.bounty(id).await?.or_not_found(missing)
}

/// Waits until a bounty is answered in a final block.
async fn answered(session: &Session<'_>, id: BountyId) -> Result<Bounty> {
	let answered = async {
		loop {
			let (_, at) = session.finalized().await?;
			match at.bounty(id).await? {
				Some(bounty) if bounty.state != BountyState::Open => return Ok(bounty),
				_ => tokio::time::sleep(PAUSE).await,
			}
		}
	};
	session.context.explained("Waiting until the provider's answer is final.", answered).await
}

/// Checks that an aggregate is the one to which the chain is committed, and that it matches the
/// offer. The client has checked that it hashes to `commitment`.
fn check(
	id: BountyId,
	bounty: &Bounty,
	aggregate: &Aggregate,
	commitment: AnswerCommitment,
) -> Result<()> {
	let wrong = |what: &str| Err(Failure::unverified("verification_failed", what));
	match bounty.state {
		BountyState::Answered { commitment: on_chain, .. } if on_chain == commitment => {},
		BountyState::Answered { .. } => return wrong("the chain is committed to another answer"),
		_ => return wrong("the chain is not committed to any answer"),
	}
	let offer = &bounty.offer;
	let named = (aggregate.bounty, aggregate.dataset, aggregate.template);
	if named != (id, offer.dataset, offer.template) {
		return wrong("the aggregate belongs to another bounty, dataset or template");
	}
	match aggregate.group_by.len() == offer.parameters.group_by.len() {
		true => Ok(()),
		false => wrong("the aggregate has other groups than the offer"),
	}
}

fn table(aggregate: &Aggregate) -> Page {
	let mean = match &aggregate.statistic {
		Statistic::Mean { field } => format!("mean of {field}"),
		Statistic::Count => "mean".to_owned(),
	};
	let has_means = aggregate.cells.iter().any(|cell| cell.mean.is_some());
	let mut columns = aggregate.group_by.clone();
	columns.push("patients".to_owned());
	columns.extend(has_means.then_some(mean));
	let row = |cell: &wire::Cell| {
		let mut row = Vec::from_iter(cell.group.iter().map(|value| Cell::Words(plain(value))));
		row.push(Cell::maybe(cell.count, Cell::word));
		row.extend(has_means.then(|| Cell::maybe(cell.mean, Cell::word)));
		row
	};
	let rules = aggregate.rules;
	Page::default()
		.columns("Figures", columns, aggregate.cells.iter().map(row).collect())
		.line(format!(
			"{} suppressed, for fewer than {} patients or to hide a cell with fewer; counts are rounded \
			 to {}.",
			count(aggregate.suppressed, "cell was", "cells were"),
			rules.smallest_group,
			rules.rounding
		))
		.line(format!("Computed at block {}.", aggregate.computed_at.number))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::failure::Exit;
	use medrec_primitives::{
		bounty::{DatasetId, Offer, Parameters, Statistic as OfferedStatistic},
		identity::SubjectId,
		record::TemplateHash,
		H256,
	};
	use medrec_protocol::wire::AggregateRules;

	fn aggregate() -> Aggregate {
		let cell = |group: &str, count| wire::Cell {
			group: vec![json!(group)],
			count: Some(count),
			mean: None,
		};
		Aggregate {
			bounty: BountyId::repeat_byte(1),
			dataset: DatasetId::repeat_byte(2),
			template: TemplateHash::repeat_byte(3),
			statistic: Statistic::Count,
			group_by: vec!["code".into()],
			cells: vec![cell("iron", 20), cell("sugar", 35)],
			suppressed: 1,
			computed_at: BlockRef { number: 7, hash: H256::zero() },
			rules: AggregateRules { smallest_group: 11, rounding: 5 },
		}
	}

	fn bounty(state: BountyState) -> Bounty {
		let group_by = vec![0].try_into().unwrap();
		Bounty {
			provider: SubjectId::repeat_byte(4),
			owner: SubjectId::repeat_byte(5),
			offer: Offer {
				dataset: DatasetId::repeat_byte(2),
				template: TemplateHash::repeat_byte(3),
				parameters: Parameters { statistic: OfferedStatistic::Count, group_by },
				cost: 1,
				expires_at: 9,
			},
			offered_at: 1,
			state,
		}
	}

	#[test]
	fn only_the_aggregate_to_which_the_chain_is_committed_verifies() {
		let aggregate = aggregate();
		let id = aggregate.bounty;
		let commitment = aggregate.commitment().unwrap();
		let answered = |commitment| bounty(BountyState::Answered { commitment, at: 5 });
		assert!(check(id, &answered(commitment), &aggregate, commitment).is_ok());

		let other_dataset = Aggregate { dataset: DatasetId::repeat_byte(9), ..aggregate.clone() };
		let other_groups = Aggregate { group_by: vec![], ..aggregate.clone() };
		for bad in [
			check(id, &answered(AnswerCommitment::repeat_byte(9)), &aggregate, commitment),
			check(id, &bounty(BountyState::Open), &aggregate, commitment),
			check(BountyId::repeat_byte(9), &answered(commitment), &aggregate, commitment),
			check(id, &answered(commitment), &other_dataset, commitment),
			check(id, &answered(commitment), &other_groups, commitment),
		] {
			assert_eq!(bad.unwrap_err().exit, Exit::Unverified);
		}
	}

	#[test]
	fn a_verification_names_the_node_that_it_relies_on() {
		let aggregate = aggregate();
		let collected = Collected {
			commitment: aggregate.commitment().unwrap(),
			provider: SubjectId::repeat_byte(4),
			provider_name: "hospital-a".into(),
			verification: Verification {
				verified: true,
				block: aggregate.computed_at,
				node: "ws://127.0.0.1:9944".into(),
			},
			aggregate,
		};
		let verified = "hospital-a committed on chain to exactly these figures";
		collected.page().shows(&[verified, "the word of the node ws://127.0.0.1:9944"]);
		assert_eq!(json!(collected)["verification"]["node"], "ws://127.0.0.1:9944");
	}

	#[test]
	fn an_aggregate_shows_its_cells_and_how_many_were_suppressed() {
		let cut = "1 cell was suppressed, for fewer than 11 patients";
		table(&aggregate()).shows(&["iron   20", cut, "block 7"]);
		let none = Aggregate { cells: Vec::new(), ..aggregate() };
		table(&none).shows(&["Figures: none"]);
	}
}
