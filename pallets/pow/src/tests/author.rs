//! The author of a block, from its header.

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

/// Expects a block with this digest to panic with `rule` and to be rolled back.
fn assert_invalid(logs: Vec<DigestItem>, rule: Rule) {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		let begin = || {
			begin_with(logs.clone());
		};
		assert_eq!(panic_message(begin), Some(rule.to_string()));
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
		assert_eq!(LastTime::<Test>::get(), NOW + TARGET);
		assert_eq!(CurrentTime::<Test>::get(), None);
	});
}

#[test]
fn items_other_than_pre_runtime_digests_are_ignored() {
	ExtBuilder::default().build_and_execute(|| {
		begin_with(vec![
			DigestItem::Consensus(POW_ENGINE_ID, miner(2).encode()),
			author_digest(miner(0)),
			DigestItem::Seal(POW_ENGINE_ID, miner(3).encode()),
			DigestItem::Other(vec![]),
		]);
		assert_eq!(CurrentAuthor::<Test>::get(), Some(miner(0)));
	});
}

#[test]
fn the_weight_of_all_hooks_is_charged_at_the_beginning() {
	ExtBuilder::default().build_and_execute(|| {
		use crate::WeightInfo;
		let sum = <() as WeightInfo>::on_initialize()
			+ <() as WeightInfo>::on_timestamp_set()
			+ <() as WeightInfo>::on_finalize();
		assert_eq!(begin_with(vec![author_digest(miner(0))]), sum);
	});
}

#[test]
fn a_block_without_an_author_is_invalid() {
	assert_invalid(vec![], Rule::AuthorMissing);
	assert_invalid(vec![DigestItem::Other(vec![1])], Rule::AuthorMissing);
}

#[test]
fn a_block_with_a_pre_runtime_digest_of_another_engine_is_invalid() {
	let foreign = DigestItem::PreRuntime(*b"note", b"anything at all".to_vec());
	let author = author_digest(miner(1));
	assert_invalid(vec![author.clone(), foreign.clone()], Rule::AuthorTwice);
	assert_invalid(vec![foreign.clone(), author], Rule::AuthorTwice);
	assert_invalid(vec![foreign], Rule::AuthorForeign);
	assert_invalid(vec![DigestItem::PreRuntime(*b"aura", miner(1).encode())], Rule::AuthorForeign);
}

#[test]
fn a_block_with_two_authors_is_invalid() {
	assert_invalid(vec![author_digest(miner(1)), author_digest(miner(2))], Rule::AuthorTwice);
	assert_invalid(vec![author_digest(miner(1)), author_digest(miner(1))], Rule::AuthorTwice);
}

#[test]
fn an_author_that_is_not_exactly_a_subject_id_is_invalid() {
	let mut longer = miner(1).encode();
	longer.push(0);
	for data in [vec![], miner(1).encode()[..31].to_vec(), longer] {
		assert_invalid(vec![DigestItem::PreRuntime(POW_ENGINE_ID, data)], Rule::AuthorMalformed);
	}
}

#[test]
fn an_unknown_author_is_invalid() {
	assert_invalid(vec![author_digest(miner(5))], Rule::AuthorNotMiner);
}

#[test]
fn a_suspended_miner_cannot_mine_the_next_block() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		suspend_miner(2);
		assert_eq!(
			panic_message(|| mine_on_time(miner(2))),
			Some(Rule::AuthorNotMiner.to_string())
		);
		mine_on_time(miner(3));
	});
}

#[test]
#[should_panic = "the block names no author"]
fn the_hook_panics_without_an_author() {
	ExtBuilder::default().build_and_execute(|| begin_with(vec![]));
}

#[test]
#[should_panic = "the block has more than one pre-runtime digest"]
fn the_hook_panics_with_two_authors() {
	ExtBuilder::default()
		.build_and_execute(|| begin_with(vec![author_digest(miner(0)), author_digest(miner(0))]));
}

#[test]
#[should_panic = "the block's author is not an active miner"]
fn the_hook_panics_with_an_unknown_author() {
	ExtBuilder::default().build_and_execute(|| begin_with(vec![author_digest(miner(5))]));
}

#[test]
fn a_block_without_a_time_is_invalid() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		let close = || Pow::on_finalize(System::block_number());
		begin_with(vec![author_digest(miner(1))]);
		assert_noop!(Pallet::<Test>::do_close_block(2), Rule::TimeMissing);
		assert_eq!(panic_message(close), Some(Rule::TimeMissing.to_string()));
		Pow::on_timestamp_set(NOW + TARGET);
		assert_eq!(panic_message(close), None);
	});
}

#[test]
fn a_block_that_has_not_begun_cannot_be_closed() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Pallet::<Test>::do_close_block(1), Rule::AuthorMissing);
	});
}
