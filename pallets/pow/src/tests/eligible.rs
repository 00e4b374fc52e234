//! The earliest time of a miner's next block.

use crate::mock::*;

#[test]
fn a_miner_that_keeps_the_spacing_is_eligible_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Pow::eligible(&miner(0)), Some(1));
		mine(miner(0), NOW);
		for other in 1..5 {
			assert_eq!(Pow::eligible(&miner(other)), Some(NOW + 1));
		}
	});
}

#[test]
fn a_miner_that_mined_recently_is_eligible_once_the_spacing_is_relaxed() {
	ExtBuilder::default().build_and_execute(|| {
		mine(miner(0), NOW);
		assert_eq!(Pow::eligible(&miner(0)), Some(NOW + 10 * TARGET));
		mine(miner(1), NOW + 5);
		assert_eq!(Pow::eligible(&miner(0)), Some(NOW + 5 + 10 * TARGET));
		mine(miner(2), NOW + 7);
		assert_eq!(Pow::eligible(&miner(0)), Some(NOW + 8));
	});
}

#[test]
fn a_subject_that_is_not_an_active_miner_is_never_eligible() {
	ExtBuilder::default().build_and_execute(|| {
		mine(miner(0), NOW);
		assert_eq!(Pow::eligible(&miner(5)), None);
		suspend_miner(0);
		assert_eq!(Pow::eligible(&miner(0)), None);
	});
}
