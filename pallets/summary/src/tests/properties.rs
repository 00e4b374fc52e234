//! Properties that hold after any sequence of operations.

use super::kept;
use crate::{mock::*, ActivityHeads, AnchorHeads};
use frame_support::assert_ok;
use medrec_primitives::{
	record::RecordId,
	relationship::RelationshipId,
	summary::{ActivityEntry, ActivityHead, ActivityKind, EntryRole, EntryState, LogRoot},
	traits::Summaries,
	Moment,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An operation on one of three subjects, in one of four relationships.
#[derive(Clone, Debug)]
enum Step {
	SetEntry { who: u64, relationship: RelationshipId, state: EntryState, notify: bool },
	Notify { who: u64, relationship: RelationshipId },
	RemoveEntry { who: u64, relationship: RelationshipId },
	Note { who: u64, by: Option<u64>, relationship: Option<RelationshipId>, record: u64 },
	Acknowledge { who: u64, relationship: RelationshipId },
	Anchor { who: u64, first: u64, count: u32 },
	Alarm { who: u64, relationship: RelationshipId },
	Wait(Moment),
}

fn who() -> impl Strategy<Value = u64> {
	prop::sample::select(vec![PATIENT, PROVIDER, CLINICIAN])
}

fn relationship() -> impl Strategy<Value = RelationshipId> {
	prop_oneof![Just(RELATIONSHIP), (0u64..3).prop_map(RelationshipId::from_low_u64_be)]
}

fn state() -> impl Strategy<Value = EntryState> {
	use EntryState::*;
	prop::sample::select(vec![Proposed, Active, Declined, Terminated, Shared])
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		3 => (who(), relationship(), state(), any::<bool>()).prop_map(
			|(who, relationship, state, notify)| Step::SetEntry { who, relationship, state, notify }
		),
		3 => (who(), relationship())
			.prop_map(|(who, relationship)| Step::Notify { who, relationship }),
		1 => (who(), relationship())
			.prop_map(|(who, relationship)| Step::RemoveEntry { who, relationship }),
		6 => (who(), prop::option::of(who()), prop::option::of(relationship()), any::<u64>())
			.prop_map(|(who, by, relationship, record)| Step::Note { who, by, relationship, record }),
		2 => (who(), relationship())
			.prop_map(|(who, relationship)| Step::Acknowledge { who, relationship }),
		3 => (who(), 0u64..6, 0u32..3)
			.prop_map(|(who, first, count)| Step::Anchor { who, first, count }),
		1 => (who(), relationship())
			.prop_map(|(who, relationship)| Step::Alarm { who, relationship }),
		1 => (0u64..1_000).prop_map(Step::Wait),
	]
}

/// Takes a step. Calls may fail.
fn take(step: Step) {
	match step {
		Step::SetEntry { who, relationship, state, notify } => {
			Summary::set_entry(&subject(who), &relationship, EntryRole::Viewer, state, notify)
		},
		Step::Notify { who, relationship } => Summary::notify(&subject(who), &relationship),
		Step::RemoveEntry { who, relationship } => {
			Summary::remove_entry(&subject(who), &relationship)
		},
		Step::Note { who, by, relationship, record } => {
			let kind = ActivityKind::RecordPosted(RecordId::from_low_u64_be(record));
			let by = by.map(subject);
			Summary::note(&subject(who), by.as_ref(), relationship.as_ref(), kind)
		},
		Step::Acknowledge { who, relationship } => {
			let _ = Summary::acknowledge(signed(who), relationship);
		},
		Step::Anchor { who, first, count } => {
			let (origin, root) = (signed(who), LogRoot::default());
			let _ = Summary::anchor_access_log(origin, root, first, count);
		},
		Step::Alarm { who, relationship } => {
			let _ = Summary::raise_alarm(signed(who), relationship, RECORD);
		},
		Step::Wait(time) => MockTime::advance(time),
	}
}

proptest! {
	#[test]
	fn invariants_hold_after_every_step(
		retention in 0u32..6,
		anchors in 0u32..4,
		steps in prop::collection::vec(step(), 0..60),
	) {
		ExtBuilder.build_and_execute(|| {
			Retention::set(retention);
			AnchorRetention::set(anchors);
			for step in steps {
				take(step.clone());
				assert_ok!(Summary::do_try_state());
			}
		});
	}

	/// A client that saves every entry as it is added can prove all of them. The entries in storage
	/// are the last ones of its copy.
	#[test]
	fn an_exported_history_hashes_to_the_head(
		retention in 1u32..6,
		steps in prop::collection::vec(step(), 0..60),
	) {
		ExtBuilder.build_and_execute(|| {
			Retention::set(retention);
			let mut exported = BTreeMap::<u64, Vec<ActivityEntry>>::new();
			for step in steps {
				take(step);
				for who in [PATIENT, PROVIDER, CLINICIAN] {
					let history = exported.entry(who).or_default();
					for (number, entry) in kept(&subject(who)) {
						if number == history.len() as u64 {
							history.push(entry);
						}
					}
				}
			}
			for (who, history) in exported {
				let proven = history.iter().fold(ActivityHead::default(), ActivityHead::push);
				assert_eq!(ActivityHeads::<Test>::get(subject(who)), proven);

				let dropped = history.len().saturating_sub(retention as usize);
				let expected: Vec<_> = (0u64..).zip(history).skip(dropped).collect();
				assert_eq!(kept(&subject(who)), expected);
			}
		});
	}

	/// Successful anchors cover the log from its first receipt without a gap.
	#[test]
	fn successful_anchors_cover_the_log_without_a_gap(
		steps in prop::collection::vec((0u64..8, 0u32..4), 0..40),
	) {
		ExtBuilder.build_and_execute(|| {
			let mut covered = 0u64;
			for (first, count) in steps {
				let origin = signed(GATEKEEPER);
				let accepted = Summary::anchor_access_log(origin, LogRoot::default(), first, count).is_ok();
				assert_eq!(accepted, first == covered && count > 0);
				if accepted {
					covered += u64::from(count);
				}
			}
			assert_eq!(AnchorHeads::<Test>::get(subject(PROVIDER)).size, covered);
		});
	}
}
