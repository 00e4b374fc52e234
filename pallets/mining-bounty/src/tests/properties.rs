//! Properties that hold after any sequence of operations.

use super::*;
use crate::Error;
use medrec_primitives::bounty::AnswerCommitment;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An operation.
#[derive(Clone, Debug)]
enum Step {
	Offer { cost: u64, fails: bool },
	Answer(prop::sample::Index),
	Default(prop::sample::Index),
	Rules { budget: u64, period: u64 },
	Mine(u64),
	Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		6 => (0u64..8, prop::bool::weighted(0.2))
			.prop_map(|(cost, fails)| Step::Offer { cost, fails }),
		3 => any::<prop::sample::Index>().prop_map(Step::Answer),
		3 => any::<prop::sample::Index>().prop_map(Step::Default),
		1 => (0u64..20, 0u64..200).prop_map(|(budget, period)| Step::Rules { budget, period }),
		1 => prop::sample::select(vec![MINER, OTHER_MINER]).prop_map(Step::Mine),
		3 => (0u64..300).prop_map(Step::Wait),
	]
}

/// One of the bounties in the state.
fn choose(index: prop::sample::Index) -> Option<BountyId> {
	let mut ids: Vec<_> = Bounties::<Test>::iter_keys().collect();
	ids.sort();
	(!ids.is_empty()).then(|| ids[index.index(ids.len())])
}

/// Takes a step. Calls may fail.
fn take(step: Step) {
	match step {
		Step::Offer { cost, fails } => {
			let call = if fails { RuntimeCall::Probe(probe::Call::fail {}) } else { set(1) };
			let _ = send(GATEKEEPER, call, Offer { cost, ..offer() });
		},
		Step::Answer(index) => {
			if let Some(bounty) = choose(index) {
				let origin = signed(PROVIDER);
				let _ = MiningBounty::commit_answer(origin, bounty, AnswerCommitment::default());
			}
		},
		Step::Default(index) => {
			if let Some(bounty) = choose(index) {
				let _ = MiningBounty::mark_defaulted(signed(PATIENT), bounty);
			}
		},
		Step::Rules { budget, period } => {
			let rules = Rules { budget, period, ..rules() };
			let origin = signed(PROVIDER);
			let _ = MiningBounty::register_dataset(origin, DATASET, rules);
		},
		Step::Mine(miner) => MockAuthorship::set(Some(subject(miner))),
		Step::Wait(time) => MockTime::advance(time),
	}
}

proptest! {
	#[test]
	fn invariants_hold_after_every_step(steps in prop::collection::vec(step(), 0..50)) {
		ExtBuilder.build_and_execute(|| {
			register_dataset();
			for step in steps {
				take(step);
				assert_ok!(MiningBounty::do_try_state());
			}
		});
	}

	/// The offers of one period cost no more than the budget. An offer fails only if it would have
	/// cost more. Periods do not overlap.
	#[test]
	fn the_budget_is_never_exceeded_within_a_period(
		budget in 1u64..30,
		period in 1u64..100,
		offers in prop::collection::vec((0u64..60, 1u64..12), 0..60),
	) {
		ExtBuilder.build_and_execute(|| {
			let rules = Rules { budget, period, ..rules() };
			let origin = signed(PROVIDER);
			assert_ok!(MiningBounty::register_dataset(origin, DATASET, rules));
			let mut periods = BTreeMap::from([(dataset().period_start, 0u64)]);
			for (pause, cost) in offers {
				MockTime::advance(pause);
				match send(GATEKEEPER, set(1), Offer { cost, ..offer() }) {
					Ok(_) => {
						*periods.entry(dataset().period_start).or_default() += cost;
					},
					Err(failed) => {
						assert_eq!(failed.error, Error::<Test>::BudgetExhausted.into());
						let (start, spent) = periods.last_key_value().unwrap();
						let spent = if MockTime::now() < start + period { *spent } else { 0 };
						assert!(spent + cost > budget);
					},
				}
			}
			assert!(periods.values().all(|spent| *spent <= budget));
			let starts: Vec<_> = periods.into_keys().collect();
			assert!(starts.windows(2).all(|pair| pair[0] + period <= pair[1]));

			// The stored bounties give the same result.
			for start in starts {
				let within = Bounties::<Test>::iter_values().filter(|bounty| {
					(start..start + period).contains(&bounty.offered_at)
				});
				assert!(within.map(|bounty| bounty.offer.cost).sum::<u64>() <= budget);
			}
		});
	}
}
