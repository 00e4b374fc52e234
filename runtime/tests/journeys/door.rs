//! Who may send, how much, and what goes first.

use crate::chain::*;
use medrec_primitives::{identity::Role, relationship::Grantee, runtime_api::refusal};
use medrec_runtime::{RuntimeCall, System};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};

fn custom(code: u8) -> TransactionValidityError {
	InvalidTransaction::Custom(code).into()
}

fn nothing() -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] })
}

#[test]
fn a_stranger_is_refused_and_reads_why() {
	on_a_chain(|chain| {
		assert_eq!(chain.validate("Stranger", nothing()), Err(custom(refusal::NOT_REGISTERED)));
		assert_eq!(chain.send("Stranger", nothing()), Err(custom(refusal::NOT_REGISTERED)));
	});
}

#[test]
fn remarks_are_nobodys_to_make() {
	on_a_chain(|chain| {
		let remark = frame_system::Call::remark { remark: vec![1] };
		assert_eq!(
			chain.fails("ProviderA", RuntimeCall::System(remark)),
			DispatchError::from(frame_system::Error::<medrec_runtime::Runtime>::CallFiltered)
		);
	});
}

#[test]
fn who_used_up_the_ordinary_quota_can_still_protect_themselves() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
		let relationship = chain.relate("ProviderA", "PatientP");
		let clinician = subject("ClinicianC");
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		let refused = loop {
			match chain.send("PatientP", nothing()) {
				Ok(outcome) => outcome.expect("an empty batch succeeds"),
				// A full block is no refusal of the quota.
				Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => {
					chain.next_block()
				},
				Err(refused) => break refused,
			}
		};
		assert_eq!(refused, custom(refusal::QUOTA_EXHAUSTED));
		chain.act(
			"PatientP",
			pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) },
		);
		// Another's quota is their own, and a window ends.
		chain.act("ProviderA", nothing());
		chain.next_block_by(subject("ResearcherOne"), 10 * 60_000);
		chain.act("PatientP", nothing());
	});
}

#[test]
fn protective_calls_go_first_and_have_room_in_a_full_block() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
		let relationship = chain.relate("ProviderA", "PatientP");
		let clinician = subject("ClinicianC");
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		let revoke =
			pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) };
		let ordinary = chain.validate("PatientP", nothing()).expect("it is valid");
		let protective = chain.validate("PatientP", revoke.clone()).expect("it is valid");
		assert!(protective.priority > ordinary.priority);

		// Fill the block with ordinary calls.
		let limits = medrec_runtime::configs::RuntimeBlockWeights::get();
		let normal = limits.get(frame_support::dispatch::DispatchClass::Normal);
		System::register_extra_weight_unchecked(
			normal.max_total.expect("ordinary calls have a limit"),
			frame_support::dispatch::DispatchClass::Normal,
		);
		assert_eq!(
			chain.send("PatientP", nothing()),
			Err(InvalidTransaction::ExhaustsResources.into())
		);
		chain.act("PatientP", revoke);
	});
}

#[test]
fn every_protective_call_is_of_the_operational_class() {
	use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
	on_a_chain(|chain| {
		let clinician = subject("ProviderA");
		let relationship = Default::default();
		let grantee = Grantee::Subject(clinician);
		let calls: [RuntimeCall; 7] = [
			pallet_ppr::Call::revoke { relationship, grant: Default::default() }.into(),
			pallet_ppr::Call::revoke_all { relationship, grantee }.into(),
			pallet_ppr::Call::deny {
				relationship,
				grantee,
				scope: medrec_primitives::relationship::Scope::All,
				not_before: None,
				expires_at: None,
			}
			.into(),
			pallet_ppr::Call::decline { relationship }.into(),
			pallet_ppr::Call::terminate { relationship }.into(),
			pallet_registrar::Call::set_status {
				subject: clinician,
				status: medrec_primitives::identity::Status::Suspended,
			}
			.into(),
			pallet_registrar::Call::rotate_account {
				new_account: account("Another"),
				proof: sp_runtime::MultiSignature::Sr25519(Default::default()),
			}
			.into(),
		];
		for call in calls {
			assert!(medrec_runtime::extensions::is_protective(&call), "{call:?}");
			assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational, "{call:?}");
		}
		let ordinary: RuntimeCall = grant_all(relationship, clinician, chain.now()).into();
		assert!(!medrec_runtime::extensions::is_protective(&ordinary));
		assert_eq!(ordinary.get_dispatch_info().class, DispatchClass::Normal);
	});
}
