//! Motions: calls that the council of providers makes.

use crate::{
	context::{Sent, Session, Submitted, Wait},
	failure::{Exit, Failure, Result},
	output::Report,
	page::{Cell, Page},
	text::short,
};
use medrec_client::chain::{Chain, Included, RuntimeCall};
use medrec_primitives::{bytes32, identity::SubjectId, H256};
use serde::Serialize;

bytes32! {
	/// The hash of a motion.
	MotionHash;
}

impl From<H256> for MotionHash {
	fn from(hash: H256) -> MotionHash {
		MotionHash(hash.0)
	}
}

impl MotionHash {
	/// The hash as the chain's own.
	pub fn hash(&self) -> H256 {
		H256(self.0)
	}
}

/// A call that was proposed to the council.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Proposal {
	/// The motion.
	motion: MotionHash,
	/// Its number; none if the call was made at once.
	index: Option<u32>,
	/// The number of votes with which it passes.
	threshold: u32,
	/// The number of members of the council.
	members: u32,
	/// Whether the call was made at once, since the council has one member.
	executed: bool,
	/// The subject that the call admitted or changed.
	subject: Option<SubjectId>,
}

impl Report for Proposal {
	fn page(&self) -> Page {
		let Proposal { motion, threshold, members, executed, subject, .. } = self;
		if *executed {
			let text = "The council has one member, and the call was made at once.";
			return Page::of(text).facts([("subject", Cell::maybe(*subject, Cell::id))]);
		}
		let short = short(motion);
		Page::of(format!("Proposed to the council; passes with {threshold} of {members} votes."))
			.facts([("motion", Cell::id(motion))])
			.line(format!("Members vote with:\n  medrec council vote {short} --approve"))
			.line(format!("Then any member closes it with:\n  medrec council close {short}"))
	}
}

/// A motion that was closed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ClosedMotion {
	/// The motion.
	motion: MotionHash,
	/// Whether it passed, and its call was made.
	executed: bool,
	/// The subject that the call admitted or changed.
	subject: Option<SubjectId>,
}

impl Report for ClosedMotion {
	fn page(&self) -> Page {
		match self.executed {
			true => Page::of("The motion passed, and its call was made."),
			false => Page::of("The motion did not pass."),
		}
		.facts([("subject", Cell::maybe(self.subject, Cell::id))])
	}
}

/// Proposes that the council makes a call. A council with one member makes it at once.
pub async fn propose(
	session: &Session<'_>,
	call: impl Into<RuntimeCall>,
) -> Result<Submitted<Proposal>> {
	let call = call.into();
	let members = u32::try_from(session.at().council().await?.len()).unwrap_or(u32::MAX);
	let motion = call.motion_hash().into();
	let default = Wait::default_for(call.kind().is_protective());
	let threshold = majority(members);
	let mut included = session.submit_with(call.as_motion(threshold), default).await?;
	let executed = is_executed(&session.chain, &included).await?;
	let event = included.event("Council", "Proposed");
	let index = event.and_then(|event| event.get::<u32>("proposal_index"));
	let subject = subject_of(&included);
	// An open motion takes nothing away.
	included.takes_away &= executed;
	let proposal = Proposal { motion, index, threshold, members, executed, subject };
	Ok(Submitted::new(&included, proposal))
}

/// The report on the transaction that closed a motion.
pub async fn closed(
	chain: &Chain,
	included: &Sent,
	motion: MotionHash,
) -> Result<Submitted<ClosedMotion>> {
	let executed = is_executed(chain, included).await?;
	let subject = subject_of(included);
	Ok(Submitted::new(included, ClosedMotion { motion, executed, subject }))
}

/// The subject that the call of a motion admitted, or whose status it set.
fn subject_of(included: &Included) -> Option<SubjectId> {
	let event = included
		.event("Registrar", "Admitted")
		.or_else(|| included.event("Registrar", "StatusSet"));
	event.and_then(|event| event.get::<SubjectId>("subject"))
}

/// More than half of the members.
fn majority(members: u32) -> u32 {
	(members / 2).saturating_add(1)
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

	#[test]
	fn a_proposal_says_how_to_vote_and_to_close_it() {
		let proposal = Proposal {
			motion: MotionHash::repeat_byte(0x1f),
			index: Some(0),
			threshold: 2,
			members: 3,
			executed: false,
			subject: None,
		};
		let parts = ["2 of 3 votes", "vote 0x1f1f1f1f --approve", "close 0x1f1f1f1f"];
		proposal.page().shows(&parts);
		let subject = Some(SubjectId::repeat_byte(2));
		Proposal { executed: true, subject, ..proposal }.page().shows(&["at once", "0x0202"]);
	}
}
