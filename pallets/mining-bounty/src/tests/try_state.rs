//! Each broken invariant is found.

use super::*;
use crate::{BountiesOf, NextBounty, Standings};
use medrec_primitives::bounty::{AnswerCommitment, BountyStanding};

/// Makes a valid state with one bounty in each state, breaks it by `breaking`, which takes the open
/// bounty, and expects the check to fail.
fn finds(breaking: impl FnOnce(BountyId)) {
	ExtBuilder.build().execute_with(|| {
		register_dataset();
		let (bounty, answered, defaulted) = (open(1), open(2), open(3));
		let origin = signed(GATEKEEPER);
		assert_ok!(MiningBounty::commit_answer(origin, answered, AnswerCommitment::default()));
		MockTime::advance(500);
		assert_ok!(MiningBounty::mark_defaulted(signed(MINER), defaulted));
		assert_ok!(MiningBounty::do_try_state());
		breaking(bounty);
		assert!(MiningBounty::do_try_state().is_err());
	});
}

fn change(id: BountyId, with: impl FnOnce(&mut Bounty)) {
	Bounties::<Test>::mutate(id, |bounty| with(bounty.as_mut().unwrap()));
}

#[test]
fn a_broken_index_is_found() {
	finds(|bounty| BountiesOf::<Test>::remove(subject(MINER), bounty));
	finds(|bounty| BountiesOf::<Test>::insert(subject(OTHER_MINER), bounty, ()));
	finds(Bounties::<Test>::remove);
	finds(|_| NextBounty::<Test>::put(2));
}

#[test]
fn a_bounty_without_a_dataset_of_its_provider_is_found() {
	finds(|_| Datasets::<Test>::remove(DATASET));
	finds(|bounty| change(bounty, |bounty| bounty.provider = subject(OTHER_PROVIDER)));
	finds(|bounty| change(bounty, |bounty| bounty.offer.dataset = DatasetId::default()));
}

#[test]
fn an_inconsistent_bounty_is_found() {
	finds(|bounty| change(bounty, |bounty| bounty.offer.expires_at = bounty.offered_at));
	finds(|bounty| {
		change(bounty, |bounty| bounty.offer.cost = 0);
		Datasets::<Test>::mutate(DATASET, |dataset| dataset.as_mut().unwrap().spent = 0);
	});
	finds(|bounty| {
		change(bounty, |bounty| {
			bounty.state = BountyState::Answered { commitment: AnswerCommitment::default(), at: 0 }
		});
		Standings::<Test>::mutate(subject(PROVIDER), |standing| standing.answered = 2);
	});
}

#[test]
fn a_wrong_standing_is_found() {
	finds(|bounty| change(bounty, |bounty| bounty.state = BountyState::Defaulted));
	finds(|_| Standings::<Test>::remove(subject(PROVIDER)));
	finds(|_| Standings::<Test>::insert(subject(MINER), BountyStanding::default()));
}

#[test]
fn an_inconsistent_dataset_is_found() {
	let change = |with: fn(&mut Dataset)| {
		Datasets::<Test>::mutate(DATASET, |dataset| with(dataset.as_mut().unwrap()))
	};
	finds(|_| change(|dataset| dataset.spent = 7));
	finds(|_| change(|dataset| dataset.rules.budget = 0));
	finds(|_| change(|dataset| dataset.period_start = NOW + 1));
}
