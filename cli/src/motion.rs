//! Motions: calls that the council of providers makes.

use crate::{
	context::{Sent, Session, Submitted, Wait},
	directory::{address_of, Directory},
	failure::{Exit, Failure, Result},
	output::Report,
	page::{Cell, Page},
	text::{short, word},
};
use medrec_client::chain::{Chain, Included, RegistrarCall, RuntimeCall};
use medrec_primitives::{bytes32, identity::SubjectId, AccountId, H256};
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
	/// What its call does, in words.
	what: String,
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
		let Proposal { motion, what, threshold, members, executed, subject, .. } = self;
		if *executed {
			return Page::of(format!("Done at once, as the council has one member: {what}."))
				.facts([("subject", Cell::maybe(*subject, Cell::id))]);
		}
		let short = short(motion);
		Page::of(format!("Proposed to the council: {what}."))
			.line(format!("It passes with {threshold} of {members} votes."))
			.facts([("motion", Cell::id(motion))])
			.line(format!("Members vote, you too, with:\n  medrec council vote {short} --approve"))
			.line(format!("Then any member closes it with:\n  medrec council close {short}"))
	}
}

/// A motion that was closed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ClosedMotion {
	/// The motion.
	motion: MotionHash,
	/// What its call does, in words.
	what: String,
	/// Whether it passed, and its call was made.
	executed: bool,
	/// The subject that the call admitted or changed.
	subject: Option<SubjectId>,
}

impl Report for ClosedMotion {
	fn page(&self) -> Page {
		match self.executed {
			true => Page::of(format!("The motion passed, and its call was made: {}.", self.what)),
			false => Page::of(format!("The motion did not pass: {}.", self.what)),
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
	let what = what(&mut Directory::new(&session.book, session.at(), None), Some(&call)).await?;
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
	let proposal = Proposal { motion, what, index, threshold, members, executed, subject };
	Ok(Submitted::new(&included, proposal))
}

/// The report on the transaction that closed a motion.
pub async fn closed(
	chain: &Chain,
	included: &Sent,
	motion: MotionHash,
	what: String,
) -> Result<Submitted<ClosedMotion>> {
	let executed = is_executed(chain, included).await?;
	let subject = subject_of(included);
	Ok(Submitted::new(included, ClosedMotion { motion, what, executed, subject }))
}

/// The subject that the call of a motion admitted, or whose status it set.
fn subject_of(included: &Included) -> Option<SubjectId> {
	let event = included
		.event("Registrar", "Admitted")
		.or_else(|| included.event("Registrar", "StatusSet"));
	event.and_then(|event| event.get::<SubjectId>("subject"))
}

/// What the call of a motion does, in words. A call that this program does not know does not decode.
pub async fn what(directory: &mut Directory<'_>, call: Option<&RuntimeCall>) -> Result<String> {
	use RegistrarCall::{admit_provider, admit_researcher, set_status};
	use RuntimeCall::Registrar;
	Ok(match call {
		Some(Registrar(admit_provider { account, name, .. })) => {
			admission("provider", name, account)
		},
		Some(Registrar(admit_researcher { account, name, .. })) => {
			admission("researcher", name, account)
		},
		Some(Registrar(set_status { subject, status })) => {
			let name = directory.name(*subject).await?;
			let id = match name.contains(&subject.to_string()) {
				true => String::new(),
				false => format!(" ({subject})"),
			};
			format!("set the status of {name}{id} to {}", word(status))
		},
		Some(other) => format!("make the call {other:?}"),
		None => "make a call that this program does not know".to_owned(),
	})
}

fn admission(role: &str, name: &[u8], account: &AccountId) -> String {
	let name = String::from_utf8_lossy(name);
	format!("admit the {role} {name} with the account {}", address_of(account))
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
			what: "admit the provider lake-hospital with the account 5G".to_owned(),
			index: Some(0),
			threshold: 2,
			members: 3,
			executed: false,
			subject: None,
		};
		proposal.page().shows(&[
			"Proposed to the council: admit the provider lake-hospital",
			"2 of 3 votes",
			"vote 0x1f1f1f1f --approve",
			"close 0x1f1f1f1f",
		]);
		let subject = Some(SubjectId::repeat_byte(2));
		let text = Proposal { executed: true, subject, ..proposal }.page();
		text.shows(&["at once", "admit the provider lake-hospital", "0x0202"]);
	}

	#[test]
	fn an_admission_is_described_by_name_and_account() {
		let text = admission("provider", b"hospital-b", &AccountId::from([1; 32]));
		assert!(text.starts_with("admit the provider hospital-b with the account "), "{text}");
	}
}
