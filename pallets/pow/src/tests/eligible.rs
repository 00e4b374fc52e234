//! Miners are told when they may mine.

use crate::mock::*;

#[test]
fn whoever_keeps_the_spacing_may_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Pow::eligible(&miner(0)), Some(1));
		mine(miner(0), START);
		for other in 1..5 {
			assert_eq!(Pow::eligible(&miner(other)), Some(START + 1));
		}
	});
}

#[test]
fn whoever_mined_recently_may_once_the_spacing_is_relaxed() {
	ExtBuilder::default().build_and_execute(|| {
		mine(miner(0), START);
		assert_eq!(Pow::eligible(&miner(0)), Some(START + 10 * TARGET));
		mine(miner(1), START + 5);
		assert_eq!(Pow::eligible(&miner(0)), Some(START + 5 + 10 * TARGET));
		mine(miner(2), START + 7);
		assert_eq!(Pow::eligible(&miner(0)), Some(START + 8));
	});
}

#[test]
fn whoever_is_no_active_miner_never_may() {
	ExtBuilder::default().build_and_execute(|| {
		mine(miner(0), START);
		assert_eq!(Pow::eligible(&miner(5)), None);
		ActiveMiners::mutate(|miners| miners.retain(|one| *one != miner(0)));
		assert_eq!(Pow::eligible(&miner(0)), None);
	});
}
