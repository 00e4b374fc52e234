//! Each broken invariant is found.

use super::enter;
use crate::{mock::*, Activity, ActivityHeads, AnchorHead, AnchorHeads, Anchors, Entries, Pending};
use frame_support::assert_ok;
use medrec_primitives::{
	summary::{ActivityHash, ActivityHead, ActivityKind, LogRoot},
	traits::Summaries,
};

/// Breaks a valid state by `breaking` and expects the check to fail.
fn finds(breaking: impl FnOnce()) {
	ExtBuilder.build().execute_with(|| {
		enter(2);
		for _ in 0..3 {
			Summary::note(&subject(PATIENT), None, Some(&RELATIONSHIP), ActivityKind::Proposed);
		}
		for first in 0..3 {
			let origin = signed(PROVIDER);
			assert_ok!(Summary::anchor_access_log(origin, LogRoot::default(), first, 1));
		}
		assert_ok!(Summary::do_try_state());
		breaking();
		assert!(Summary::do_try_state().is_err());
	});
}

#[test]
fn a_wrong_sum_of_notifications_is_found() {
	finds(|| Pending::<Test>::insert(subject(PATIENT), 1));
	finds(|| Pending::<Test>::remove(subject(PATIENT)));
	finds(|| Pending::<Test>::insert(subject(CLINICIAN), 0));
	finds(|| Pending::<Test>::insert(subject(CLINICIAN), 1));
	finds(|| Entries::<Test>::remove(subject(PATIENT), RELATIONSHIP));
}

#[test]
fn a_broken_history_is_found() {
	finds(|| Activity::<Test>::remove(subject(PATIENT), 1));
	finds(|| Activity::<Test>::remove(subject(PATIENT), 2));
	finds(|| ActivityHeads::<Test>::remove(subject(PATIENT)));
	finds(|| {
		ActivityHeads::<Test>::mutate(subject(PATIENT), |head| head.hash = ActivityHash::default())
	});
	finds(|| ActivityHeads::<Test>::mutate(subject(PATIENT), |head| head.next = 4));
	finds(|| ActivityHeads::<Test>::insert(subject(CLINICIAN), ActivityHead::default()));
	finds(|| Retention::set(2));
}

#[test]
fn a_broken_log_is_found() {
	let change = |size| {
		let provider = subject(PROVIDER);
		Anchors::<Test>::mutate(provider, 1, |anchor| anchor.as_mut().unwrap().size = size)
	};
	finds(|| change(1));
	finds(|| change(3));
	finds(|| {
		Anchors::<Test>::mutate(subject(PROVIDER), 1, |anchor| anchor.as_mut().unwrap().at = 1)
	});
	finds(|| Anchors::<Test>::remove(subject(PROVIDER), 1));
	finds(|| Anchors::<Test>::remove(subject(PROVIDER), 2));
	finds(|| AnchorHeads::<Test>::remove(subject(PROVIDER)));
	finds(|| AnchorHeads::<Test>::insert(subject(PROVIDER), AnchorHead { next: 3, size: 4 }));
	finds(|| AnchorHeads::<Test>::insert(subject(CLINICIAN), AnchorHead::default()));
	finds(|| AnchorRetention::set(2));
}
