use super::*;
use crate::{Error, Standings};
use frame_support::assert_noop;
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyStanding},
	summary::ActivityKind,
};
use sp_runtime::DispatchError;

fn mark(who: u64, bounty: BountyId) -> sp_runtime::DispatchResult {
	MiningBounty::mark_defaulted(signed(who), bounty)
}

#[test]
fn an_expired_bounty_counts_against_its_provider() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		MockSummaries::clear_notes();
		MockTime::advance(500);

		assert_ok!(mark(PATIENT, bounty));

		assert_eq!(state(bounty), BountyState::Defaulted);
		let standing = Standings::<Test>::get(subject(PROVIDER));
		assert_eq!(standing, BountyStanding { answered: 0, defaulted: 1 });
		let (by, kind) = (Some(subject(PATIENT)), ActivityKind::BountyDefaulted(bounty));
		let provider = subject(PROVIDER);
		assert_eq!(
			MockSummaries::notes(),
			[(provider, by, None, kind.clone()), (subject(MINER), by, None, kind)]
		);
		System::assert_last_event(Event::Defaulted { bounty, provider }.into());
	});
}

#[test]
fn any_active_subject_may_mark() {
	for who in [PROVIDER, GATEKEEPER, OTHER_PROVIDER, MINER, OTHER_MINER, PATIENT] {
		ExtBuilder.build_and_execute(|| {
			register_dataset();
			let bounty = open(1);
			MockTime::advance(500);
			assert_ok!(mark(who, bounty));
		});
	}
}

#[test]
fn a_bounty_that_has_not_expired_is_not_marked() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		assert_noop!(mark(MINER, bounty), Error::<Test>::NotExpired);
		MockTime::advance(499);
		assert_noop!(mark(MINER, bounty), Error::<Test>::NotExpired);
		MockTime::advance(1);
		assert_ok!(mark(MINER, bounty));
	});
}

#[test]
fn a_bounty_that_is_not_open_is_not_marked() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let (answered, defaulted) = (open(1), open(1));
		let origin = signed(GATEKEEPER);
		assert_ok!(MiningBounty::commit_answer(origin, answered, AnswerCommitment::default()));
		MockTime::advance(500);
		assert_ok!(mark(MINER, defaulted));
		for bounty in [answered, defaulted] {
			assert_noop!(mark(MINER, bounty), Error::<Test>::NotOpen);
		}
	});
}

#[test]
fn an_unknown_bounty_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(mark(MINER, BountyId::default()), Error::<Test>::NotFound);
	});
}

#[test]
fn only_active_subjects_mark() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let bounty = open(1);
		MockTime::advance(500);
		set_suspended(MINER, true);
		for who in [STRANGER, MINER] {
			assert_noop!(mark(who, bounty), DispatchError::BadOrigin);
		}
		assert_noop!(
			MiningBounty::mark_defaulted(RuntimeOrigin::none(), bounty),
			DispatchError::BadOrigin
		);
	});
}
