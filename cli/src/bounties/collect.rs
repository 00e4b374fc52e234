//! `medrec bounties collect`: the aggregate of a bounty, verified against the chain.

use super::Collect;
use crate::{
	context::Context,
	failure::{Exit, Failure},
	gate,
	party::not_found,
	report::{self, clean, count, full, row, Report},
};
use medrec_protocol::{keys::Key, wire::{Aggregate, CollectResponse, Statistic}};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyState},
	commitment::canonical_json,
	H256,
};
use serde_json::{json, Value};

pub(super) async fn run(context: &Context, args: Collect) -> Result<Report, Failure> {
	let id = args.bounty;
	let chain = context.connect().await?;
	let key: Key = context.unlock()?;
	let head = chain.finalized().await?;
	let at = chain.at(head.hash);
	let bounty = at.bounty(id).await?;
	let bounty = bounty.ok_or_else(|| not_found("the final chain has no such bounty (yet)"))?;
	let url = gate::address(&at, bounty.provider, args.gatekeeper.as_deref()).await?;
	let client = gate::client(&chain, &url, key)?;
	let CollectResponse { aggregate, commitment } = client.collect(id).await?;

	// The chain may have moved since: the commitment is read when the answer is there.
	let head = chain.finalized().await?;
	let bounty = chain.at(head.hash).bounty(id).await?.unwrap_or(bounty);
	check(id, &bounty, &aggregate, commitment)?;
	if let Some(path) = &args.out {
		let canonical =
			serde_json::to_value(&aggregate).ok().and_then(|json| canonical_json(&json));
		std::fs::write(path, canonical.unwrap_or_default()).map_err(|error| {
			Failure::failed("cannot_write", format!("cannot write {}: {error}", path.display()))
		})?;
	}
	let text = format!(
		"{}\nVerified at block {}, against the commitment {}.",
		render(&aggregate),
		head.number,
		full(&commitment)
	);
	let json = json!({
		"aggregate": aggregate,
		"commitment": commitment,
		"verification": {
			"verified": true,
			"block": { "number": head.number, "hash": head.hash },
		},
	});
	Ok(Report::new(text, json))
}

/// Checks that an aggregate is what the chain is committed to, and of what was offered. That it
/// hashes to `commitment` was checked where it was received.
fn check(
	id: BountyId,
	bounty: &Bounty,
	aggregate: &Aggregate,
	commitment: H256,
) -> Result<(), Failure> {
	let wrong = |what: &str| Err(Failure::new(Exit::Unverified, "verification_failed", what));
	match bounty.state {
		BountyState::Answered { commitment: on_chain, .. } if on_chain == commitment => {},
		BountyState::Answered { .. } => return wrong("the chain is committed to another answer"),
		_ => return wrong("the chain is not committed to any answer"),
	}
	let offer = &bounty.offer;
	let asked = (aggregate.bounty, aggregate.dataset, aggregate.template);
	if asked != (id, offer.dataset, offer.template) {
		return wrong("the aggregate is of another bounty, dataset or template");
	}
	match aggregate.group_by.len() == offer.parameters.group_by.len() {
		true => Ok(()),
		false => wrong("the aggregate is grouped otherwise than was offered"),
	}
}

fn render(aggregate: &Aggregate) -> String {
	let what = match &aggregate.statistic {
		Statistic::Count => "patients".to_owned(),
		Statistic::Mean { field } => format!("mean of {field}"),
	};
	let mut columns: Vec<String> = aggregate.group_by.iter().map(|name| clean(name)).collect();
	columns.push("patients".to_owned());
	let has_means = aggregate.cells.iter().any(|cell| cell.mean.is_some());
	if has_means {
		columns.push(clean(&what));
	}
	let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
	let mut table = report::table(&columns);
	for cell in &aggregate.cells {
		let mut cells: Vec<String> = cell.group.iter().map(|value| clean(&group(value))).collect();
		cells.push(cell.count.map_or_else(|| "-".to_owned(), |count| count.to_string()));
		if has_means {
			cells.push(cell.mean.map_or_else(|| "-".to_owned(), |mean| mean.to_string()));
		}
		table.add_row(cells);
	}
	if aggregate.cells.is_empty() {
		row(&mut table, ["every cell was cut".to_owned()]);
	}
	let rules = aggregate.rules;
	format!(
		"{table}\n{} cut, for fewer than {} patients or to hide one that is; counts are rounded \
		 to {}.\nComputed at block {}.",
		count(
			usize::try_from(aggregate.suppressed).unwrap_or(usize::MAX),
			"cell was",
			"cells were"
		),
		rules.smallest_group,
		rules.rounding,
		aggregate.computed_at.number
	)
}

fn group(value: &Value) -> String {
	match value {
		Value::Null => "-".to_owned(),
		Value::String(text) => text.clone(),
		other => other.to_string(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_protocol::wire::{AggregateRules, BlockRef, Cell};
	use medrec_primitives::bounty::{Offer, Parameters, Statistic as OfferedStatistic};

	fn aggregate() -> Aggregate {
		let cell =
			|group: &str, count| Cell { group: vec![json!(group)], count: Some(count), mean: None };
		Aggregate {
			bounty: H256::repeat_byte(1),
			dataset: H256::repeat_byte(2),
			template: H256::repeat_byte(3),
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
			provider: H256::repeat_byte(4),
			owner: H256::repeat_byte(5),
			offer: Offer {
				dataset: H256::repeat_byte(2),
				template: H256::repeat_byte(3),
				parameters: Parameters { statistic: OfferedStatistic::Count, group_by },
				cost: 1,
				expires_at: 9,
			},
			offered_at: 1,
			state,
		}
	}

	#[test]
	fn only_what_the_chain_is_committed_to_is_believed() {
		let aggregate = aggregate();
		let id = aggregate.bounty;
		let commitment = aggregate.commitment().unwrap();
		let answered = |commitment| bounty(BountyState::Answered { commitment, at: 5 });
		assert!(check(id, &answered(commitment), &aggregate, commitment).is_ok());

		let other = H256::repeat_byte(9);
		for bad in [
			check(id, &answered(other), &aggregate, commitment),
			check(id, &bounty(BountyState::Open), &aggregate, commitment),
			check(other, &answered(commitment), &aggregate, commitment),
			check(
				id,
				&answered(commitment),
				&Aggregate { dataset: other, ..aggregate.clone() },
				commitment,
			),
			check(
				id,
				&answered(commitment),
				&Aggregate { group_by: vec![], ..aggregate.clone() },
				commitment,
			),
		] {
			assert_eq!(bad.unwrap_err().exit, Exit::Unverified);
		}
	}

	#[test]
	fn an_aggregate_is_a_table_and_tells_what_was_cut() {
		let text = render(&aggregate());
		for part in ["│ iron  ┆ 20 ", "1 cell was cut, for fewer than 11 patients", "block 7"] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		let none = Aggregate { cells: Vec::new(), ..aggregate() };
		assert!(render(&none).contains("every cell was cut"));
	}
}
