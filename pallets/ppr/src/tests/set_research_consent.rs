use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{RelationshipId, ResearchConsent},
	summary::ActivityKind,
	H256,
};
use sp_runtime::DispatchResult;
use std::collections::BTreeSet;

fn categories<const N: usize>(categories: [u16; N]) -> ResearchConsent {
	ResearchConsent::Categories(BTreeSet::from(categories).try_into().unwrap())
}

fn consent(account: AccountId, id: RelationshipId) -> DispatchResult {
	Ppr::set_research_consent(RuntimeOrigin::signed(account), id, categories([1]))
}

#[test]
fn patient_gives_changes_and_withdraws_consent() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_eq!(stored(id).research, ResearchConsent::None);
		for value in [categories([3]), categories([3, 4]), ResearchConsent::None] {
			clear_notes();
			let origin = RuntimeOrigin::signed(PATIENT);
			assert_ok!(Ppr::set_research_consent(origin, id, value.clone()));
			assert_eq!(stored(id).research, value);
			System::assert_last_event(Event::ResearchConsentSet { relationship: id }.into());
			let patient = subject(PATIENT);
			let kind = ActivityKind::ResearchConsentChanged;
			assert_eq!(notes(id), [(patient, patient, kind)]);
		}
	});
}

#[test]
fn nobody_else_consents() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for account in [STRANGER, HOSPITAL, GATEKEEPER, OTHER_PATIENT, RESEARCHER] {
			assert_noop!(consent(account, id), Error::<Test>::NotAuthorized);
		}
		set_suspended(PATIENT, true);
		assert_noop!(consent(PATIENT, id), Error::<Test>::NotAuthorized);
	});
}

#[test]
fn consent_is_for_active_relationships() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		assert_noop!(consent(PATIENT, id), Error::<Test>::NotActive);
		assert_ok!(Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id));
		let id = terminated();
		assert_noop!(consent(PATIENT, id), Error::<Test>::NotActive);
		assert_noop!(consent(PATIENT, H256::zero()), Error::<Test>::NotFound);
	});
}
