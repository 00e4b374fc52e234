//! Records: posting, permissions, revocation, and the rotation of accounts.

use crate::chain::*;
use medrec_primitives::{
	access::{Basis, Decision, DenyReason},
	identity::{Gatekeeper, Profile, Role, Status},
	record::RecordId,
	relationship::{Grantee, Purpose, RelationshipId},
	summary::{EntryState, LogRoot},
	traits::Subjects,
};
use medrec_runtime::{Ppr, Registrar, Runtime, RuntimeCall, Summary};
use sp_core::Pair;
use sp_runtime::{DispatchError, MultiSignature};

const RECORD: RecordId = RecordId::repeat_byte(1);

fn access(
	chain: &Chain,
	requester: &str,
	relationship: RelationshipId,
	purpose: Purpose,
) -> Decision {
	let requester = subject(requester);
	let active = Registrar::role(&requester).is_some();
	Ppr::check_access(chain.now(), requester, active, relationship, RECORD, purpose)
}

fn denied(reason: DenyReason) -> Decision {
	Decision::Deny { reason }
}

/// A provider with a gatekeeper, a patient with a record, and a clinician.
fn hospital(chain: &mut Chain) -> RelationshipId {
	let device = chain.enroll("ProviderA", "Gate", Role::Device);
	chain.enroll("ProviderA", "PatientP", Role::Patient);
	chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
	chain.act(
		"ProviderA",
		pallet_registrar::Call::set_profile {
			profile: Profile {
				gatekeeper: Some(Gatekeeper {
					url: b"http://127.0.0.1:1".to_vec().try_into().expect("it is short"),
					device,
				}),
				finality_key: Some(medrec_runtime::genesis::development::PROVIDER_A_FINALITY),
				..Default::default()
			},
		},
	);
	let relationship = chain.relate("ProviderA", "PatientP");
	chain.act("Gate", post(relationship, RECORD));
	relationship
}

#[test]
fn a_permission_holds_for_its_purpose_until_it_expires_or_is_revoked() {
	on_a_chain(|chain| {
		let relationship = hospital(chain);
		let clinician = subject("ClinicianC");
		assert!(Summary::pending_for(&subject("PatientP")) > 0, "the patient is notified");
		assert_eq!(
			access(chain, "PatientP", relationship, Purpose::Patrqt),
			Decision::Permit {
				fields: medrec_primitives::access::Fields::All,
				until: None,
				by: Basis::Own
			}
		);
		assert_eq!(
			access(chain, "ClinicianC", relationship, Purpose::Treat),
			denied(DenyReason::NotPermitted)
		);

		chain.next_block();
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		assert!(access(chain, "ClinicianC", relationship, Purpose::Treat).is_permit());
		assert!(!access(chain, "ClinicianC", relationship, Purpose::Hresch).is_permit());
		assert_eq!(Summary::relationships_of(&clinician, None)[0].1.state, EntryState::Shared);

		chain.next_block_by(subject("ResearcherOne"), 3_600_001);
		assert_eq!(
			access(chain, "ClinicianC", relationship, Purpose::Treat),
			denied(DenyReason::NotPermitted),
			"the hour is over"
		);
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		assert!(access(chain, "ClinicianC", relationship, Purpose::Treat).is_permit());
		chain.act(
			"PatientP",
			pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) },
		);
		assert_eq!(
			access(chain, "ClinicianC", relationship, Purpose::Treat),
			denied(DenyReason::NotPermitted)
		);
	});
}

#[test]
fn a_suspended_clinician_is_denied_despite_a_permission() {
	on_a_chain(|chain| {
		let relationship = hospital(chain);
		let clinician = subject("ClinicianC");
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		chain.act(
			"ProviderA",
			pallet_registrar::Call::set_status { subject: clinician, status: Status::Suspended },
		);
		assert_eq!(
			access(chain, "ClinicianC", relationship, Purpose::Treat),
			denied(DenyReason::RequesterNotActive)
		);
	});
}

#[test]
fn permissions_and_relationships_survive_the_rotation_of_both_accounts() {
	on_a_chain(|chain| {
		let relationship = hospital(chain);
		let (patient, clinician) = (subject("PatientP"), subject("ClinicianC"));
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		for (old, new, who) in
			[("PatientP", "PatientNew", patient), ("ClinicianC", "ClinicianNew", clinician)]
		{
			let message =
				pallet_registrar::Pallet::<Runtime>::rotation_message(&who, &account(old));
			let proof = MultiSignature::Sr25519(key(new).sign(&message));
			chain.act(
				old,
				pallet_registrar::Call::rotate_account { new_account: account(new), proof },
			);
			assert!(chain
				.validate(old, RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] }))
				.is_err());
		}
		assert_eq!(subject("PatientNew"), patient);
		assert!(access(chain, "ClinicianNew", relationship, Purpose::Treat).is_permit());
		chain.act(
			"PatientNew",
			pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) },
		);
		assert!(!access(chain, "ClinicianNew", relationship, Purpose::Treat).is_permit());
	});
}

#[test]
fn a_terminated_relationship_is_read_only_and_only_for_the_patient() {
	on_a_chain(|chain| {
		let relationship = hospital(chain);
		chain.act("PatientP", grant_all(relationship, subject("ClinicianC"), chain.now()));
		chain.act("PatientP", pallet_ppr::Call::terminate { relationship });
		assert!(access(chain, "PatientP", relationship, Purpose::Patrqt).is_permit());
		assert_eq!(
			access(chain, "ClinicianC", relationship, Purpose::Treat),
			denied(DenyReason::RelationshipNotActive)
		);
		chain.fails("Gate", post(relationship, RecordId::repeat_byte(2)));
	});
}

#[test]
fn a_provider_cannot_raise_an_alarm_in_a_declined_relationship() {
	on_a_chain(|chain| {
		let active = hospital(chain);
		let patient = chain.enroll("ProviderA", "PatientQ", Role::Patient);
		chain.act("ProviderA", pallet_ppr::Call::propose { patient });
		let declined = pallet_ppr::Pairs::<Runtime>::get(subject("ProviderA"), patient)
			.expect("it was proposed");
		chain.act("PatientQ", pallet_ppr::Call::decline { relationship: declined });
		let (before, head) = (
			Summary::pending_for(&patient),
			pallet_summary::ActivityHeads::<Runtime>::get(patient),
		);
		let unknown = DispatchError::from(pallet_summary::Error::<Runtime>::RecordNotFound);
		for (relationship, record) in [(declined, RECORD), (active, RecordId::repeat_byte(9))] {
			let alarm = pallet_summary::Call::raise_alarm { relationship, record };
			for who in ["ProviderA", "Gate"] {
				assert_eq!(chain.fails(who, alarm.clone()), unknown);
			}
		}
		assert_eq!(Summary::pending_for(&patient), before);
		assert_eq!(pallet_summary::ActivityHeads::<Runtime>::get(patient), head);
	});
}

#[test]
fn the_gatekeeper_posts_anchors_and_raises_alarms_and_nothing_else() {
	on_a_chain(|chain| {
		let relationship = hospital(chain);
		chain.act(
			"Gate",
			pallet_summary::Call::anchor_access_log {
				root: LogRoot::repeat_byte(5),
				first: 0,
				count: 3,
			},
		);
		let before = Summary::pending_for(&subject("PatientP"));
		chain.act("Gate", pallet_summary::Call::raise_alarm { relationship, record: RECORD });
		assert_eq!(Summary::pending_for(&subject("PatientP")), before + 1);
		chain.fails("Gate", pallet_ppr::Call::propose { patient: subject("PatientP") });
		chain.fails("Gate", pallet_ppr::Call::terminate { relationship });
		chain.fails("Gate", grant_all(relationship, subject("ClinicianC"), chain.now()));
		chain.fails(
			"Gate",
			pallet_registrar::Call::enroll {
				account: account("Another"),
				role: Role::Patient,
				identifier: None,
				encryption_key: None,
			},
		);
	});
}
