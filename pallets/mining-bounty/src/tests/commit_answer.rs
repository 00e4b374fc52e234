use super::*;
use crate::{Error, Standings};
use frame_support::assert_noop;
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyStanding},
	summary::ActivityKind,
};
use sp_runtime::DispatchError;

const ANSWER: AnswerCommitment = AnswerCommitment::repeat_byte(0xa5);

fn commit(who: u64, bounty: BountyId) -> sp_runtime::DispatchResult {
	MiningBounty::commit_answer(signed(who), bounty, ANSWER)
}

#[test]
fn a_commitment_is_stored_and_counted() {
	for who in [PROVIDER, GATEKEEPER] {
		ExtBuilder.build_and_execute(|| {
			register_dataset();
			let bounty = open(1);
			MockSummaries::clear_notes();
			MockTime::advance(10);

			assert_ok!(commit(who, bounty));

			assert_eq!(state(bounty), BountyState::Answered { commitment: ANSWER, at: NOW + 10 });
			let standing = Standings::<Test>::get(subject(PROVIDER));
			assert_eq!(standing, BountyStanding { answered: 1, defaulted: 0 });
			let kind = ActivityKind::BountyAnswered(bounty);
			assert_eq!(
				MockSummaries::notes(),
				[(subject(MINER), Some(subject(PROVIDER)), None, kind)]
			);
			System::assert_last_event(Event::Answered { bounty, commitment: ANSWER }.into());
		});
	}
}

#[test]
fn a_late_answer_succeeds_if_nobody_marked_the_bounty() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		MockTime::advance(10_000);
		assert_ok!(commit(GATEKEEPER, bounty));
	});
}

#[test]
fn a_bounty_is_answered_once() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		assert_ok!(commit(GATEKEEPER, bounty));
		assert_noop!(commit(GATEKEEPER, bounty), Error::<Test>::NotOpen);
	});
}

#[test]
fn a_defaulted_bounty_cannot_be_answered() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		MockTime::advance(500);
		assert_ok!(MiningBounty::mark_defaulted(signed(MINER), bounty));
		assert_noop!(commit(GATEKEEPER, bounty), Error::<Test>::NotOpen);
	});
}

#[test]
fn an_unknown_bounty_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(commit(GATEKEEPER, BountyId::default()), Error::<Test>::NotFound);
	});
}

#[test]
fn only_the_provider_of_the_bounty_and_its_gatekeeper_answer() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		for who in [OTHER_PROVIDER, MINER, PATIENT] {
			assert_noop!(commit(who, bounty), Error::<Test>::NotAuthorized);
		}
		set_suspended(PROVIDER, true);
		assert_noop!(commit(GATEKEEPER, bounty), Error::<Test>::NotAuthorized);
		for who in [PROVIDER, STRANGER] {
			assert_noop!(commit(who, bounty), DispatchError::BadOrigin);
		}
		assert_noop!(
			MiningBounty::commit_answer(RuntimeOrigin::root(), bounty, ANSWER),
			DispatchError::BadOrigin
		);
	});
}
