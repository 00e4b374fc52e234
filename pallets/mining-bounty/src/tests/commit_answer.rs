use super::*;
use crate::{Error, Standings};
use frame_support::assert_noop;
use medrec_primitives::{bounty::BountyStanding, summary::ActivityKind};
use sp_runtime::DispatchError;

const ANSWER: H256 = H256::repeat_byte(0xa5);

fn commit(who: u64, bounty: BountyId) -> sp_runtime::DispatchResult {
	MiningBounty::commit_answer(RuntimeOrigin::signed(who), bounty, ANSWER)
}

#[test]
fn an_answer_is_committed_to_and_counted() {
	for who in [PROVIDER, GATEKEEPER] {
		ExtBuilder::build_and_execute(|| {
			register_dataset();
			let bounty = open(1);
			Notes::set(Vec::new());
			wait(10);

			assert_ok!(commit(who, bounty));

			assert_eq!(state(bounty), BountyState::Answered { commitment: ANSWER, at: 1_010 });
			let standing = Standings::<Test>::get(subject(PROVIDER));
			assert_eq!(standing, BountyStanding { answered: 1, defaulted: 0 });
			let kind = ActivityKind::BountyAnswered(bounty);
			assert_eq!(Notes::get(), [(subject(MINER), Some(subject(PROVIDER)), kind)]);
			System::assert_last_event(Event::Answered { bounty, commitment: ANSWER }.into());
		});
	}
}

#[test]
fn an_answer_may_come_late_if_nobody_marked_the_bounty() {
	ExtBuilder::build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		wait(10_000);
		assert_ok!(commit(GATEKEEPER, bounty));
	});
}

#[test]
fn a_bounty_is_answered_once() {
	ExtBuilder::build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		assert_ok!(commit(GATEKEEPER, bounty));
		assert_noop!(commit(GATEKEEPER, bounty), Error::<Test>::NotOpen);
	});
}

#[test]
fn a_defaulted_bounty_is_not_answered_any_more() {
	ExtBuilder::build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		wait(500);
		assert_ok!(MiningBounty::mark_defaulted(RuntimeOrigin::signed(MINER), bounty));
		assert_noop!(commit(GATEKEEPER, bounty), Error::<Test>::NotOpen);
	});
}

#[test]
fn an_unknown_bounty_is_not_found() {
	ExtBuilder::build_and_execute(|| {
		assert_noop!(commit(GATEKEEPER, H256::zero()), Error::<Test>::NotFound);
	});
}

#[test]
fn only_the_stewards_of_the_bounty_answer() {
	ExtBuilder::build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		for who in [OTHER_PROVIDER, MINER, PATIENT, STRANGER] {
			assert_noop!(commit(who, bounty), Error::<Test>::NotAuthorized);
		}
		Suspended::set([subject(PROVIDER)].into());
		for who in [PROVIDER, GATEKEEPER] {
			assert_noop!(commit(who, bounty), Error::<Test>::NotAuthorized);
		}
		assert_noop!(
			MiningBounty::commit_answer(RuntimeOrigin::root(), bounty, ANSWER),
			DispatchError::BadOrigin
		);
	});
}
