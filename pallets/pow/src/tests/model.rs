//! The pallet and a simple model of its rules accept the same blocks.

use crate::mock::*;
use medrec_primitives::{
	work::{difficulty_of, target_of, Schedule, ScheduleAnchor, U256},
	Moment,
};
use proptest::prelude::*;

/// Attempts at the next block: the miner, and the time since the last block.
fn attempts() -> impl Strategy<Value = Vec<(u64, Moment)>> {
	let pause = prop_oneof![
		6 => 1..4 * TARGET,
		1 => 9 * TARGET..11 * TARGET,
		1 => Just(10 * TARGET),
		1 => Just(10 * TARGET - 1),
	];
	prop::collection::vec((0u64..7, pause), 1..60)
}

/// Whether `author` is an active miner and keeps the spacing after `blocks`.
fn may(miners: u64, blocks: &[(u64, Moment)], author: u64, time: Moment) -> bool {
	let gap = miners.div_ceil(2) as usize - 1;
	let relaxed = blocks.last().is_none_or(|(_, last)| time >= last + 10 * TARGET);
	author < miners && (relaxed || blocks.iter().rev().take(gap).all(|(other, _)| *other != author))
}

proptest! {
	#![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

	#[test]
	fn blocks_are_accepted_as_the_rules_say(miners in 1u64..6, attempts in attempts()) {
		ExtBuilder::default().miners(miners).build_and_execute(|| {
			let mut blocks: Vec<(u64, Moment)> = Vec::new();
			for (author, pause) in attempts {
				let last = blocks.last().map_or(NOW, |(_, time)| *time);
				let time = last + pause;
				let allowed = may(miners, &blocks, author, time);
				if blocks.is_empty() {
					assert_eq!(Pow::eligible(&miner(author)).is_some(), allowed);
				} else {
					let eligible = Pow::eligible(&miner(author)).is_some_and(|from| time >= from);
					assert_eq!(eligible, allowed);
				}
				let message = panic_message(|| mine(miner(author), time));
				assert_eq!(message.is_none(), allowed, "{message:?}");
				if allowed {
					blocks.push((author, time));
				}
				Pow::do_try_state().expect("the invariants hold");
				assert_eq!(System::block_number(), blocks.len() as u64);
			}

			let schedule = Schedule {
				spacing: TARGET,
				half_life: 20 * TARGET,
				limit: target_of(U256::from(FLOOR)),
			};
			if let (Some((_, first)), Some((_, last))) = (blocks.first(), blocks.last()) {
				let anchor = ScheduleAnchor {
					height: 1,
					parent_time: first - TARGET,
					target: target_of(U256::from(INITIAL)),
				};
				let target = schedule.next_target(&anchor, blocks.len() as u64, *last);
				assert_eq!(Pow::difficulty(), difficulty_of(target));
			}
		});
	}
}
