//! Motions: calls that the council of providers makes.

use crate::{
	context::{submitted, Session, Wait},
	failure::{Exit, Failure, Result},
	output::Output,
};
use medrec_client::chain::{Chain, Included, RuntimeCall};
use medrec_primitives::{identity::SubjectId, H256};
use serde_json::json;

/// Proposes that the council makes a call. A council with one member makes it at once.
pub async fn propose(session: &Session<'_>, call: impl Into<RuntimeCall>) -> Result<Output> {
	let call = call.into();
	let members = session.at().council().await?.len();
	let motion = call.motion_hash();
	let default = Wait::default_for(call.kind().is_protective());
	let threshold = majority(members);
	let included = session.submit_with(call.as_motion(threshold), default).await?;
	if is_executed(&session.chain, &included).await? {
		let text = "The council has one member, and the call was made at once.";
		return Ok(executed(&included, motion, text));
	}
	let event = included.event("Council", "Proposed");
	let index = event.and_then(|event| event.get::<u32>("proposal_index"));
	let text = format!(
		"Proposed; passes with {threshold} of {members} votes: {motion:?}\nMembers vote with: medrec \
		 council vote {motion:?} --approve\nThen any member closes it with: medrec council close \
		 {motion:?}"
	);
	let json = json!({
		"motion": motion,
		"index": index,
		"threshold": threshold,
		"members": members,
		"executed": false,
		"subject": null,
	});
	Ok(submitted(&included, text, json))
}

/// The output of the transaction that closed a motion.
pub async fn closed(chain: &Chain, included: &Included, motion: H256) -> Result<Output> {
	if is_executed(chain, included).await? {
		return Ok(executed(included, motion, "The motion passed, and its call was made."));
	}
	let json = json!({ "motion": motion, "executed": false, "subject": null });
	Ok(submitted(included, "The motion did not pass.", json))
}

/// The output of the transaction that made the call of a motion.
fn executed(included: &Included, motion: H256, text: &str) -> Output {
	let event = included
		.event("Registrar", "Admitted")
		.or_else(|| included.event("Registrar", "StatusSet"));
	let subject = event.and_then(|event| event.get::<SubjectId>("subject"));
	let subject_text = subject.map(|subject| format!("\nThe subject is {subject}."));
	let text = format!("{text}{}", subject_text.unwrap_or_default());
	let json = json!({ "motion": motion, "executed": true, "subject": subject });
	submitted(included, text, json)
}

/// More than half of the members.
fn majority(members: usize) -> u32 {
	u32::try_from(members / 2).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whether the transaction made the call of a motion. A call that was made and failed is a failure,
/// although the transaction succeeded.
async fn is_executed(chain: &Chain, included: &Included) -> Result<bool> {
	match outcome(included) {
		None => Ok(false),
		Some(Ok(())) => Ok(true),
		Some(Err(error)) => {
			let reason = chain.at(included.block.hash).explain(error).await?;
			Err(failed(&reason.to_string()))
		},
	}
}

/// The outcome of the call of a motion, if it was made. The error is a `DispatchError` in SCALE.
fn outcome(included: &Included) -> Option<Result<(), &[u8]>> {
	let executed = included.event("Council", "Executed")?;
	let result = executed.fields.iter().find(|field| field.name == "result");
	Some(match result.and_then(|field| field.bytes.split_first()) {
		Some((0, _)) => Ok(()),
		Some((_, error)) => Err(error),
		None => Err(&[]),
	})
}

fn failed(reason: &str) -> Failure {
	let message = format!("the motion passed, but its call failed and changed nothing: {reason}");
	Failure::new(Exit::Refused, "motion_failed", message)
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_client::chain::{BlockHeader, ChainEvent, EventField};

	fn included(result: Option<&[u8]>) -> Included {
		let event = |result: &[u8]| ChainEvent {
			pallet: "Council".into(),
			name: "Executed".into(),
			extrinsic: Some(1),
			fields: vec![EventField { name: "result".into(), bytes: result.to_vec() }],
		};
		Included {
			extrinsic: H256::zero(),
			index: 1,
			block: BlockHeader { number: 1, hash: H256::zero(), parent: H256::zero() },
			is_final: true,
			events: result.map(event).into_iter().collect(),
		}
	}

	#[test]
	fn a_motion_whose_call_failed_is_told_from_an_open_one() {
		assert_eq!(outcome(&included(None)), None);
		assert_eq!(outcome(&included(Some(&[0]))), Some(Ok(())));
		let error: &[u8] = &[3, 10, 6, 0, 0, 0];
		assert_eq!(outcome(&included(Some(&[1, 3, 10, 6, 0, 0, 0]))), Some(Err(error)));
		assert_eq!(outcome(&included(Some(&[]))), Some(Err(&[][..])));
		let failure = failed("Registrar.NameTaken: another subject has this name");
		assert_eq!((failure.exit, &*failure.code), (Exit::Refused, "motion_failed"));
		assert!(failure.message.contains("Registrar.NameTaken"), "{}", failure.message);
	}

	#[test]
	fn a_majority_is_more_than_half() {
		for (members, votes) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (100, 51)] {
			assert_eq!(majority(members), votes);
		}
	}
}
