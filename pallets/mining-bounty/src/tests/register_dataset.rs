use super::*;
use crate::Error;
use frame_support::assert_noop;
use sp_runtime::DispatchError;

fn register(who: u64, rules: Rules) -> sp_runtime::DispatchResult {
	MiningBounty::register_dataset(signed(who), DATASET, rules)
}

#[test]
fn a_new_dataset_has_spent_nothing() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(register(PROVIDER, rules()));
		let provider = subject(PROVIDER);
		let expected = Dataset { provider, rules: rules(), period_start: NOW, spent: 0 };
		assert_eq!(dataset(), expected);
		System::assert_last_event(Event::DatasetRegistered { dataset: DATASET, provider }.into());
	});
}

#[test]
fn new_rules_keep_the_period_and_what_was_spent_in_it() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		open(7);
		MockTime::advance(10);
		let larger = Rules { budget: 20, smallest_group: 30, ..rules() };
		assert_ok!(register(PROVIDER, larger.clone()));
		let provider = subject(PROVIDER);
		assert_eq!(dataset(), Dataset { provider, rules: larger, period_start: NOW, spent: 7 });
	});
}

#[test]
fn a_budget_below_what_was_spent_stops_offers_until_the_next_period() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		open(7);
		assert_ok!(register(PROVIDER, Rules { budget: 3, ..rules() }));
		assert_eq!(dataset().spent, 7);
		assert_ok!(MiningBounty::do_try_state());
		let failed = send(GATEKEEPER, set(1), offer()).unwrap_err();
		assert_eq!(failed.error, Error::<Test>::BudgetExhausted.into());
		MockTime::advance(PERIOD);
		open(3);
	});
}

#[test]
fn a_period_shortened_in_the_block_of_an_offer_leaves_a_valid_state() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		MockTime::advance(50);
		open(7);
		assert_ok!(register(PROVIDER, Rules { period: 1, ..rules() }));
		open(5);
		assert_eq!((dataset().period_start, dataset().spent), (NOW + 50, 5));
	});
}

#[test]
fn the_dataset_of_another_provider_cannot_be_replaced() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		assert_noop!(register(OTHER_PROVIDER, rules()), Error::<Test>::NotAuthorized);
	});
}

#[test]
fn only_providers_register_datasets() {
	ExtBuilder.build_and_execute(|| {
		for who in [GATEKEEPER, MINER, PATIENT] {
			assert_noop!(register(who, rules()), Error::<Test>::NotAuthorized);
		}
		set_suspended(PROVIDER, true);
		for who in [PROVIDER, STRANGER] {
			assert_noop!(register(who, rules()), DispatchError::BadOrigin);
		}
		assert_noop!(
			MiningBounty::register_dataset(RuntimeOrigin::root(), DATASET, rules()),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn rules_must_be_valid() {
	ExtBuilder.build_and_execute(|| {
		for invalid in [
			Rules { templates: BoundedVec::new(), ..rules() },
			Rules { smallest_group: SMALLEST_GROUP - 1, ..rules() },
			Rules { budget: 0, ..rules() },
			Rules { period: 0, ..rules() },
		] {
			assert_noop!(register(PROVIDER, invalid), Error::<Test>::InvalidRules);
		}
	});
}
