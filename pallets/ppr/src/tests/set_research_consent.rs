use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	record::Category,
	relationship::{RelationshipId, ResearchConsent},
	summary::ActivityKind,
};
use sp_runtime::{traits::BadOrigin, DispatchResult};
use std::collections::BTreeSet;

fn categories<const N: usize>(categories: [u16; N]) -> ResearchConsent {
	ResearchConsent::Categories(BTreeSet::from(categories.map(Category)).try_into().unwrap())
}

fn consent(account: AccountId, id: RelationshipId) -> DispatchResult {
	Ppr::set_research_consent(signed(account), id, categories([1]))
}

#[test]
fn patient_gives_changes_and_withdraws_consent() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_eq!(stored(id).research, ResearchConsent::None);
		for value in [categories([3]), categories([3, 4]), ResearchConsent::None] {
			MockSummaries::clear_notes();
			let origin = signed(PATIENT);
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
		for account in [PROVIDER, GATEKEEPER, OTHER_PATIENT, MINER] {
			assert_noop!(consent(account, id), Error::<Test>::NotAuthorized);
		}
		set_suspended(PATIENT, true);
		for account in [STRANGER, PATIENT] {
			assert_noop!(consent(account, id), BadOrigin);
		}
	});
}

#[test]
fn consent_is_set_in_active_relationships_only() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		assert_noop!(consent(PATIENT, id), Error::<Test>::NotActive);
		assert_ok!(Ppr::withdraw(signed(PROVIDER), id));
		let id = terminated();
		assert_noop!(consent(PATIENT, id), Error::<Test>::NotActive);
		assert_noop!(consent(PATIENT, Default::default()), Error::<Test>::NotFound);
	});
}
