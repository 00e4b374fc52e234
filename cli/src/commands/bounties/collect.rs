//! `medrec bounties collect`: the aggregate of a bounty, verified against the chain.

use crate::{
	context::Session,
	failure::{Failure, OrNotFound, Result},
	files,
	gatekeeper::{self, Url},
	output::{count, or, plain, wrapped, Output},
};
use clap::Args;
use medrec_primitives::{
	bounty::{AnswerCommitment, Bounty, BountyId, BountyState},
	commitment::canonical_json,
};
use medrec_protocol::wire::{Aggregate, Cell, CollectResponse, Statistic};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Collect {
	/// The bounty.
	bounty: BountyId,
	#[command(flatten)]
	gatekeeper: Url,
	/// Write the aggregate to this file too, as canonical JSON.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

pub(super) async fn run(session: &Session<'_>, args: Collect) -> Result<Output> {
	let id = args.bounty;
	let (_, at) = session.finalized().await?;
	let bounty = at.bounty(id).await?.or_not_found("the final block has no such bounty (yet)")?;
	let client = gatekeeper::client(session, at, bounty.provider, &args.gatekeeper).await?;
	let CollectResponse { aggregate, commitment } = client.collect(id).await?;

	// The commitment is read after the answer, which may be newer than the first read.
	let (block, at) = session.finalized().await?;
	let bounty = at.bounty(id).await?.unwrap_or(bounty);
	check(id, &bounty, &aggregate, commitment)?;
	if let Some(path) = &args.out {
		files::write(path, canonical_json(&json!(aggregate)).unwrap_or_default())?;
	}
	let text = format!(
		"{}\nVerified at block {}, against the commitment {commitment}.",
		render(&aggregate),
		block.number
	);
	let json = json!({
		"aggregate": aggregate,
		"commitment": commitment,
		"verification": { "verified": true, "block": block },
	});
	Ok(Output::new(text, json))
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

fn render(aggregate: &Aggregate) -> String {
	let mean = match &aggregate.statistic {
		Statistic::Mean { field } => format!("mean of {field}"),
		Statistic::Count => "mean".to_owned(),
	};
	let has_means = aggregate.cells.iter().any(|cell| cell.mean.is_some());
	let groups = aggregate.group_by.iter().map(String::as_str);
	let columns = groups.chain(["patients"]).chain(has_means.then_some(mean.as_str()));
	let row = |cell: &Cell| {
		let means = has_means.then(|| or(cell.mean, "-"));
		cell.group.iter().map(plain).chain([or(cell.count, "-")]).chain(means).collect()
	};
	let mut rows: Vec<Vec<String>> = aggregate.cells.iter().map(row).collect();
	if rows.is_empty() {
		rows.push(vec!["every cell was suppressed".to_owned()]);
	}
	let rules = aggregate.rules;
	let suppressed = usize::try_from(aggregate.suppressed).unwrap_or(usize::MAX);
	format!(
		"{}\n{} suppressed, for fewer than {} patients or to hide a cell with fewer; counts are \
		 rounded to {}.\nComputed at block {}.",
		wrapped(&Vec::from_iter(columns), &rows),
		count(suppressed, "cell was", "cells were"),
		rules.smallest_group,
		rules.rounding,
		aggregate.computed_at.number
	)
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
	use medrec_protocol::wire::{AggregateRules, BlockRef};

	fn aggregate() -> Aggregate {
		let cell =
			|group: &str, count| Cell { group: vec![json!(group)], count: Some(count), mean: None };
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
	fn an_aggregate_shows_its_cells_and_how_many_were_suppressed() {
		let text = render(&aggregate());
		let cut = "1 cell was suppressed, for fewer than 11 patients";
		for part in ["│ iron  ┆ 20 ", cut, "block 7"] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		let none = Aggregate { cells: Vec::new(), ..aggregate() };
		assert!(render(&none).contains("every cell was suppressed"));
	}
}
