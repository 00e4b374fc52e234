//! The author is taken from the header.

use crate::{
	mock::*,
	pallet::{CurrentAuthor, CurrentTime, LastMined, LastTime, Pallet},
	types::{Rule, POW_ENGINE_ID},
};
use frame_support::{
	assert_noop,
	traits::{Hooks, OnTimestampSet},
};
use medrec_primitives::traits::Authorship;
use parity_scale_codec::Encode;
use sp_runtime::DigestItem;

fn refused_at_the_beginning(logs: Vec<DigestItem>, rule: Rule) {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		let begin = || {
			begin_with(logs.clone());
		};
		assert_eq!(refusal(begin), Some(rule.to_string()));
		// The block is as if it had never been.
		assert_eq!(System::block_number(), 1);
		assert_eq!(CurrentAuthor::<Test>::get(), Some(miner(0)));

		System::initialize(&2, &Default::default(), &sp_runtime::Digest { logs });
		assert_noop!(Pallet::<Test>::do_set_author(), rule);
	});
}

#[test]
fn the_author_is_known_throughout_the_block_and_until_the_next() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(<Pallet<Test> as Authorship>::author(), None);
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		assert_eq!(<Pallet<Test> as Authorship>::author(), Some(miner(1)));
		assert_eq!(LastMined::<Test>::get(miner(0)), Some(1));
		assert_eq!(LastMined::<Test>::get(miner(1)), Some(2));
		assert_eq!(LastMined::<Test>::get(miner(2)), None);
		assert_eq!(LastTime::<Test>::get(), START + TARGET);
		assert_eq!(CurrentTime::<Test>::get(), None);
	});
}

#[test]
fn items_that_a_miner_does_not_write_are_passed_over() {
	ExtBuilder::default().build_and_execute(|| {
		begin_with(vec![
			DigestItem::Consensus(POW_ENGINE_ID, miner(2).encode()),
			names(miner(0)),
			DigestItem::Seal(POW_ENGINE_ID, miner(3).encode()),
			DigestItem::Other(vec![]),
		]);
		assert_eq!(CurrentAuthor::<Test>::get(), Some(miner(0)));
	});
}

#[test]
fn what_the_whole_block_costs_is_charged_at_its_beginning() {
	ExtBuilder::default().build_and_execute(|| {
		use crate::WeightInfo;
		let sum = <() as WeightInfo>::on_initialize()
			+ <() as WeightInfo>::on_timestamp_set()
			+ <() as WeightInfo>::on_finalize();
		assert_eq!(begin_with(vec![names(miner(0))]), sum);
	});
}

#[test]
fn a_block_without_author_is_refused() {
	refused_at_the_beginning(vec![], Rule::AuthorMissing);
	refused_at_the_beginning(vec![DigestItem::Other(vec![1])], Rule::AuthorMissing);
}

#[test]
fn a_block_that_says_anything_beside_its_author_is_refused() {
	let foreign = DigestItem::PreRuntime(*b"note", b"anything at all".to_vec());
	let author = names(miner(1));
	refused_at_the_beginning(vec![author.clone(), foreign.clone()], Rule::AuthorTwice);
	refused_at_the_beginning(vec![foreign.clone(), author], Rule::AuthorTwice);
	refused_at_the_beginning(vec![foreign], Rule::AuthorForeign);
	refused_at_the_beginning(
		vec![DigestItem::PreRuntime(*b"aura", miner(1).encode())],
		Rule::AuthorForeign,
	);
}

#[test]
fn a_block_with_two_authors_is_refused() {
	refused_at_the_beginning(vec![names(miner(1)), names(miner(2))], Rule::AuthorTwice);
	refused_at_the_beginning(vec![names(miner(1)), names(miner(1))], Rule::AuthorTwice);
}

#[test]
fn an_author_that_is_not_exactly_a_subject_is_refused() {
	let mut longer = miner(1).encode();
	longer.push(0);
	for data in [vec![], miner(1).encode()[..31].to_vec(), longer] {
		refused_at_the_beginning(
			vec![DigestItem::PreRuntime(POW_ENGINE_ID, data)],
			Rule::AuthorMalformed,
		);
	}
}

#[test]
fn an_unknown_author_is_refused() {
	refused_at_the_beginning(vec![names(miner(5))], Rule::AuthorNotMiner);
}

#[test]
fn a_miner_that_was_suspended_is_refused_from_the_next_block() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		ActiveMiners::mutate(|miners| miners.retain(|one| *one != miner(2)));
		assert_eq!(refusal(|| mine_on_time(miner(2))), Some(Rule::AuthorNotMiner.to_string()));
		mine_on_time(miner(3));
	});
}

#[test]
#[should_panic = "the block names no author"]
fn the_hook_panics_without_author() {
	ExtBuilder::default().build_and_execute(|| begin_with(vec![]));
}

#[test]
#[should_panic = "the block has more than one pre-runtime digest"]
fn the_hook_panics_with_two_authors() {
	ExtBuilder::default().build_and_execute(|| begin_with(vec![names(miner(0)), names(miner(0))]));
}

#[test]
#[should_panic = "the block's author is not an active miner"]
fn the_hook_panics_with_an_unknown_author() {
	ExtBuilder::default().build_and_execute(|| begin_with(vec![names(miner(5))]));
}

#[test]
fn a_block_without_time_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		let close = || Pow::on_finalize(System::block_number());
		begin_with(vec![names(miner(1))]);
		assert_noop!(Pallet::<Test>::do_close_block(2), Rule::TimeMissing);
		assert_eq!(refusal(close), Some(Rule::TimeMissing.to_string()));
		Pow::on_timestamp_set(START + TARGET);
		assert_eq!(refusal(close), None);
	});
}

#[test]
fn nothing_is_closed_that_nobody_began() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Pallet::<Test>::do_close_block(1), Rule::AuthorMissing);
	});
}
