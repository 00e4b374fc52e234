use crate::{mock::*, AnchorHead, AnchorHeads, Anchors, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	merkle::{self, MAX_LEAVES},
	summary::Anchor,
	H256,
};
use sp_runtime::DispatchError;

fn anchor(first: u64, count: u32) -> sp_runtime::DispatchResult {
	Summary::anchor_access_log(
		RuntimeOrigin::signed(GATEKEEPER),
		H256::from_low_u64_be(first),
		first,
		count,
	)
}

#[test]
fn anchors_follow_one_another_without_a_gap() {
	ExtBuilder::build_and_execute(|| {
		let provider = subject(PROVIDER);
		assert_ok!(anchor(0, 5));
		System::assert_last_event(
			Event::Anchored { provider, root: H256::zero(), first: 0, count: 5, size: 5 }.into(),
		);
		wait(10);
		assert_ok!(anchor(5, 2));

		assert_eq!(AnchorHeads::<Test>::get(provider), AnchorHead { next: 2, size: 7 });
		assert_eq!(
			Anchors::<Test>::get(provider, 1),
			Some(Anchor { root: H256::from_low_u64_be(5), size: 7, at: 1_010 })
		);
	});
}

#[test]
fn an_anchored_log_is_proven_to_be_a_prefix_of_a_later_one() {
	ExtBuilder::build_and_execute(|| {
		let leaves: Vec<H256> = (0u64..11).map(|i| merkle::leaf(&i.to_le_bytes())).collect();
		for (first, count) in [(0usize, 4u32), (4, 7)] {
			let root = merkle::root(&leaves[..first + count as usize]);
			let origin = RuntimeOrigin::signed(PROVIDER);
			assert_ok!(Summary::anchor_access_log(origin, root, first as u64, count));
		}

		let earlier = Anchors::<Test>::get(subject(PROVIDER), 0).unwrap();
		let later = Anchors::<Test>::get(subject(PROVIDER), 1).unwrap();
		let proof = merkle::prove_consistency(&leaves, earlier.size).unwrap();
		assert_eq!(
			merkle::verify_consistency(
				earlier.size,
				&earlier.root,
				later.size,
				&later.root,
				&proof
			),
			Ok(())
		);
	});
}

#[test]
fn the_provider_and_its_gatekeeper_continue_one_log() {
	ExtBuilder::build_and_execute(|| {
		assert_ok!(anchor(0, 1));
		let root = H256::repeat_byte(1);
		assert_ok!(Summary::anchor_access_log(RuntimeOrigin::signed(PROVIDER), root, 1, 1));
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)).size, 2);
	});
}

#[test]
fn logs_of_two_providers_do_not_touch() {
	ExtBuilder::build_and_execute(|| {
		assert_ok!(anchor(0, 3));
		let origin = RuntimeOrigin::signed(OTHER_PROVIDER);
		assert_ok!(Summary::anchor_access_log(origin, H256::zero(), 0, 1));
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)).size, 3);
		assert_eq!(AnchorHeads::<Test>::get(subject(OTHER_PROVIDER)).size, 1);
	});
}

#[test]
fn beyond_the_bound_the_oldest_anchor_leaves() {
	ExtBuilder::build_and_execute(|| {
		for first in 0..5 {
			assert_ok!(anchor(first, 1));
		}
		let mut kept: Vec<u64> = Anchors::<Test>::iter_key_prefix(subject(PROVIDER)).collect();
		kept.sort();
		assert_eq!(kept, [2, 3, 4]);
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)), AnchorHead { next: 5, size: 5 });
	});
}

#[test]
fn with_a_bound_of_zero_only_the_head_tells() {
	ExtBuilder::build_and_execute(|| {
		AnchorRetention::set(0);
		assert_ok!(anchor(0, 3));
		assert_ok!(anchor(3, 1));
		assert_eq!(Anchors::<Test>::iter().count(), 0);
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)), AnchorHead { next: 2, size: 4 });
	});
}

#[test]
fn a_gap_and_an_overlap_are_refused() {
	ExtBuilder::build_and_execute(|| {
		assert_noop!(anchor(1, 1), Error::<Test>::Gap);
		assert_ok!(anchor(0, 3));
		for first in [0, 2, 4, u64::MAX] {
			assert_noop!(anchor(first, 1), Error::<Test>::Gap);
		}
	});
}

#[test]
fn an_anchor_without_receipts_is_refused() {
	ExtBuilder::build_and_execute(|| {
		assert_noop!(anchor(0, 0), Error::<Test>::Empty);
	});
}

#[test]
fn a_log_that_no_proof_can_span_is_refused() {
	ExtBuilder::build_and_execute(|| {
		let (provider, size) = (subject(PROVIDER), MAX_LEAVES - 1);
		Anchors::<Test>::insert(provider, 0, Anchor { size, ..Default::default() });
		AnchorHeads::<Test>::insert(provider, AnchorHead { next: 1, size });
		assert_noop!(anchor(size, 2), Error::<Test>::Full);
		assert_ok!(anchor(size, 1));
		assert_noop!(anchor(MAX_LEAVES, 1), Error::<Test>::Full);
	});
}

#[test]
fn only_stewards_anchor() {
	ExtBuilder::build_and_execute(|| {
		let call = |origin| Summary::anchor_access_log(origin, H256::zero(), 0, 1);
		for who in [PATIENT, VIEWER, STRANGER] {
			assert_noop!(call(RuntimeOrigin::signed(who)), Error::<Test>::NotAuthorized);
		}
		Suspended::set([subject(PROVIDER)].into());
		for who in [PROVIDER, GATEKEEPER] {
			assert_noop!(call(RuntimeOrigin::signed(who)), Error::<Test>::NotAuthorized);
		}
		assert_noop!(call(RuntimeOrigin::root()), DispatchError::BadOrigin);
	});
}
