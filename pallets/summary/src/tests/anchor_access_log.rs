use crate::{mock::*, AnchorHead, AnchorHeads, Anchors, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	merkle::{self, MAX_LEAVES},
	summary::{LogAnchor, LogRoot},
	H256,
};
use sp_runtime::DispatchError;

fn anchor(first: u64, count: u32) -> sp_runtime::DispatchResult {
	Summary::anchor_access_log(signed(GATEKEEPER), LogRoot::from_low_u64_be(first), first, count)
}

#[test]
fn anchors_follow_one_another_without_a_gap() {
	ExtBuilder.build_and_execute(|| {
		let provider = subject(PROVIDER);
		assert_ok!(anchor(0, 5));
		System::assert_last_event(
			Event::Anchored { provider, root: LogRoot::default(), first: 0, count: 5, size: 5 }
				.into(),
		);
		MockTime::advance(10);
		assert_ok!(anchor(5, 2));

		assert_eq!(AnchorHeads::<Test>::get(provider), AnchorHead { next: 2, size: 7 });
		assert_eq!(
			Anchors::<Test>::get(provider, 1),
			Some(LogAnchor { root: LogRoot::from_low_u64_be(5), size: 7, at: NOW + 10 })
		);
	});
}

#[test]
fn an_anchored_log_is_proven_to_be_a_prefix_of_a_later_one() {
	ExtBuilder.build_and_execute(|| {
		let leaves: Vec<H256> = (0u64..11).map(|i| merkle::leaf(&i.to_le_bytes())).collect();
		for (first, count) in [(0usize, 4u32), (4, 7)] {
			let root = LogRoot(merkle::root(&leaves[..first + count as usize]).0);
			let origin = signed(PROVIDER);
			assert_ok!(Summary::anchor_access_log(origin, root, first as u64, count));
		}

		let earlier = Anchors::<Test>::get(subject(PROVIDER), 0).unwrap();
		let later = Anchors::<Test>::get(subject(PROVIDER), 1).unwrap();
		let proof = merkle::prove_consistency(&leaves, earlier.size).unwrap();
		assert_eq!(
			merkle::verify_consistency(
				earlier.size,
				&H256(earlier.root.0),
				later.size,
				&H256(later.root.0),
				&proof
			),
			Ok(())
		);
	});
}

#[test]
fn the_provider_and_its_gatekeeper_continue_one_log() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(anchor(0, 1));
		let root = LogRoot::repeat_byte(1);
		assert_ok!(Summary::anchor_access_log(signed(PROVIDER), root, 1, 1));
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)).size, 2);
	});
}

#[test]
fn the_logs_of_two_providers_are_independent() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(anchor(0, 3));
		let origin = signed(OTHER_PROVIDER);
		assert_ok!(Summary::anchor_access_log(origin, LogRoot::default(), 0, 1));
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)).size, 3);
		assert_eq!(AnchorHeads::<Test>::get(subject(OTHER_PROVIDER)).size, 1);
	});
}

#[test]
fn above_the_retention_bound_the_oldest_anchor_is_removed() {
	ExtBuilder.build_and_execute(|| {
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
fn with_a_retention_of_zero_only_the_head_is_stored() {
	ExtBuilder.build_and_execute(|| {
		AnchorRetention::set(0);
		assert_ok!(anchor(0, 3));
		assert_ok!(anchor(3, 1));
		assert_eq!(Anchors::<Test>::iter().count(), 0);
		assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)), AnchorHead { next: 2, size: 4 });
	});
}

#[test]
fn a_gap_or_an_overlap_fails() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(anchor(1, 1), Error::<Test>::Gap);
		assert_ok!(anchor(0, 3));
		for first in [0, 2, 4, u64::MAX] {
			assert_noop!(anchor(first, 1), Error::<Test>::Gap);
		}
	});
}

#[test]
fn an_anchor_without_receipts_fails() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(anchor(0, 0), Error::<Test>::Empty);
	});
}

#[test]
fn a_log_longer_than_a_proof_can_span_fails() {
	ExtBuilder.build_and_execute(|| {
		let (provider, size) = (subject(PROVIDER), MAX_LEAVES - 1);
		Anchors::<Test>::insert(provider, 0, LogAnchor { size, ..Default::default() });
		AnchorHeads::<Test>::insert(provider, AnchorHead { next: 1, size });
		assert_noop!(anchor(size, 2), Error::<Test>::Full);
		assert_ok!(anchor(size, 1));
		assert_noop!(anchor(MAX_LEAVES, 1), Error::<Test>::Full);
	});
}

#[test]
fn only_a_provider_and_its_gatekeeper_anchor() {
	ExtBuilder.build_and_execute(|| {
		let call = |origin| Summary::anchor_access_log(origin, LogRoot::default(), 0, 1);
		for who in [PATIENT, CLINICIAN] {
			assert_noop!(call(signed(who)), Error::<Test>::NotAuthorized);
		}
		set_suspended(PROVIDER, true);
		assert_noop!(call(signed(GATEKEEPER)), Error::<Test>::NotAuthorized);
		for who in [PROVIDER, STRANGER] {
			assert_noop!(call(signed(who)), DispatchError::BadOrigin);
		}
		assert_noop!(call(RuntimeOrigin::root()), DispatchError::BadOrigin);
	});
}
