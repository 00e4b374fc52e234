use super::*;
use crate::{Bounties, BountiesOf, Call, Error, NextBounty};
use frame_support::{assert_err_ignore_postinfo, assert_noop};
use medrec_primitives::summary::ActivityKind;
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	DispatchError, StateVersion,
};

/// Expects the call to fail with `error` and to leave the storage unchanged.
fn assert_fails(who: u64, call: RuntimeCall, offer: Offer, error: impl Into<DispatchError>) {
	let before = sp_io::storage::root(StateVersion::V1);
	assert_err_ignore_postinfo!(send(who, call, offer), error.into());
	assert_eq!(sp_io::storage::root(StateVersion::V1), before);
}

#[test]
fn the_call_is_dispatched_and_the_author_owns_the_bounty() {
	for who in [PROVIDER, GATEKEEPER] {
		ExtBuilder.build_and_execute(|| {
			register_dataset();
			assert_ok!(send(who, set(7), offer()));

			assert_eq!(probe::Number::<Test>::get(), 7);
			assert_eq!(probe::Sender::<Test>::get(), Some(who));
			let (id, bounty) = only_bounty();
			let (provider, owner) = (subject(PROVIDER), subject(MINER));
			let state = BountyState::Open;
			let expected = Bounty { provider, owner, offer: offer(), offered_at: NOW, state };
			assert_eq!(bounty, expected);
			assert_eq!(Bounties::<Test>::get(id), Some(expected));
			assert!(BountiesOf::<Test>::contains_key(owner, id));
			let earned = ActivityKind::BountyEarned(id);
			assert_eq!(MockSummaries::notes(), [(owner, Some(provider), None, earned)]);
			System::assert_last_event(
				Event::Offered { bounty: id, provider, owner, dataset: DATASET }.into(),
			);
		});
	}
}

#[test]
fn the_owner_is_the_author_of_the_block_that_holds_the_offer() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let first = open(1);
		MockAuthorship::set(Some(subject(OTHER_MINER)));
		let second = open(1);
		assert_eq!(Bounties::<Test>::get(first).unwrap().owner, subject(MINER));
		assert_eq!(Bounties::<Test>::get(second).unwrap().owner, subject(OTHER_MINER));
	});
}

#[test]
fn bounty_ids_are_hashes_of_the_provider_and_a_counter() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		for number in 0u64..3 {
			let hash = BlakeTwo256::hash_of(&(b"medrec-bounty", subject(PROVIDER), number));
			assert_eq!(open(1), BountyId(hash.0));
		}
		assert_eq!(NextBounty::<Test>::get(), 3);
	});
}

#[test]
fn an_exhausted_counter_is_an_error() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		NextBounty::<Test>::put(u64::MAX);
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::Overflow);
		NextBounty::<Test>::put(0);
	});
}

#[test]
fn a_failed_call_offers_no_bounty_and_debits_nothing() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let before = dataset();
		let fail = RuntimeCall::Probe(probe::Call::fail {});
		assert_fails(GATEKEEPER, fail, offer(), probe::Error::<Test>::Failed);
		assert_eq!(dataset(), before);
		assert_eq!(probe::Number::<Test>::get(), 0);
		assert!(MockSummaries::notes().is_empty());
	});
}

#[test]
fn a_call_that_the_runtime_filters_stays_filtered() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let forbidden = RuntimeCall::Probe(probe::Call::forbidden {});
		assert_fails(GATEKEEPER, forbidden, offer(), frame_system::Error::<Test>::CallFiltered);
	});
}

#[test]
fn a_failed_offer_rolls_the_call_back() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		assert_fails(GATEKEEPER, set(7), Offer { cost: 0, ..offer() }, Error::<Test>::InvalidOffer);
		assert_eq!(probe::Number::<Test>::get(), 0);
	});
}

#[test]
fn an_offer_has_a_cost_and_expires_in_time() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let now = NOW;
		for expires_at in [0, now, now + MAX_PERIOD + 1, u64::MAX] {
			let late = Offer { expires_at, ..offer() };
			assert_fails(GATEKEEPER, set(1), late, Error::<Test>::InvalidOffer);
		}
		assert_fails(GATEKEEPER, set(1), Offer { cost: 0, ..offer() }, Error::<Test>::InvalidOffer);
		for expires_at in [now + 1, now + MAX_PERIOD] {
			assert_ok!(send(GATEKEEPER, set(1), Offer { expires_at, ..offer() }));
		}
	});
}

#[test]
fn the_dataset_exists_belongs_to_the_provider_and_names_the_template() {
	ExtBuilder.build_and_execute(|| {
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::DatasetNotFound);
		register_dataset();
		assert_fails(OTHER_PROVIDER, set(1), offer(), Error::<Test>::NotAuthorized);
		let other = Offer { template: TemplateHash::repeat_byte(2), ..offer() };
		assert_fails(GATEKEEPER, set(1), other, Error::<Test>::TemplateNotInDataset);
	});
}

#[test]
fn an_offer_in_a_block_without_an_author_fails() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		MockAuthorship::set(None);
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::NoAuthor);
	});
}

#[test]
fn the_budget_is_not_exceeded() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		open(BUDGET - 1);
		for cost in [2, BUDGET, u64::MAX] {
			let dear = Offer { cost, ..offer() };
			assert_fails(GATEKEEPER, set(1), dear, Error::<Test>::BudgetExhausted);
		}
		open(1);
		assert_eq!(dataset().spent, BUDGET);
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::BudgetExhausted);
	});
}

#[test]
fn the_budget_renews_with_the_period() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		open(BUDGET);
		MockTime::advance(PERIOD - 1);
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::BudgetExhausted);
		MockTime::advance(1);
		open(3);
		assert_eq!((dataset().period_start, dataset().spent), (NOW + PERIOD, 3));

		// Unspent budgets of earlier periods do not add up.
		MockTime::advance(10 * PERIOD);
		let dear = Offer { cost: BUDGET + 1, ..offer() };
		assert_fails(GATEKEEPER, set(1), dear, Error::<Test>::BudgetExhausted);
		open(BUDGET);
	});
}

#[test]
fn a_period_that_ends_beyond_the_last_moment_never_renews() {
	ExtBuilder.build_and_execute(|| {
		let rules = Rules { period: u64::MAX, ..rules() };
		assert_ok!(MiningBounty::register_dataset(signed(PROVIDER), DATASET, rules));
		open(BUDGET);
		MockTime::advance(1 << 60);
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::BudgetExhausted);
	});
}

#[test]
fn a_dataset_may_be_registered_by_the_call_itself() {
	ExtBuilder.build_and_execute(|| {
		let call = Call::register_dataset { dataset: DATASET, rules: rules() };
		assert_ok!(send(PROVIDER, call.into(), offer()));
		assert_eq!(dataset().spent, 1);
	});
}

#[test]
fn a_bounty_within_a_bounty_fails() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let inner =
			RuntimeCall::MiningBounty(Call::with_bounty { call: Box::new(set(1)), offer: offer() });
		assert_fails(GATEKEEPER, inner.clone(), offer(), Error::<Test>::Nested);

		let hidden = RuntimeCall::Probe(probe::Call::forward { call: Box::new(inner.clone()) });
		assert_fails(GATEKEEPER, hidden, offer(), frame_system::Error::<Test>::CallFiltered);

		// A bounty alone succeeds, and so does another call within a call.
		let forward = |call| RuntimeCall::Probe(probe::Call::forward { call: Box::new(call) });
		assert_ok!(send(GATEKEEPER, forward(set(1)), offer()));
		let origin = signed(GATEKEEPER);
		assert_ok!(Probe::forward(origin, Box::new(inner)));
	});
}

#[test]
fn a_call_that_takes_the_senders_rights_away_fails_with_its_bounty() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let call = RuntimeCall::Probe(probe::Call::suspend_provider {});
		assert_fails(GATEKEEPER, call, offer(), Error::<Test>::NotAuthorized);
	});
}

#[test]
fn only_a_provider_and_its_gatekeeper_offer() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		for who in [MINER, PATIENT] {
			assert_fails(who, set(1), offer(), Error::<Test>::NotAuthorized);
		}
		set_suspended(PROVIDER, true);
		assert_fails(GATEKEEPER, set(1), offer(), Error::<Test>::NotAuthorized);
		for who in [PROVIDER, STRANGER] {
			assert_fails(who, set(1), offer(), DispatchError::BadOrigin);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				MiningBounty::with_bounty(origin, Box::new(set(1)), offer()),
				DispatchError::BadOrigin
			);
		}
	});
}
