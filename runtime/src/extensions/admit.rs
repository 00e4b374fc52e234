//! Admits active subjects, holds each to a quota, and gives protective calls a lane of their own.

use crate::{Registrar, Runtime, RuntimeCall, RuntimeOrigin};
use frame_support::{dispatch::DispatchInfo, pallet_prelude::TransactionSource, weights::Weight};
use medrec_primitives::{runtime_api::refusal, AccountId};
use pallet_registrar::{Lane, Refusal, WeightInfo};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{
		AsSystemOriginSigner, DispatchInfoOf, Implication, PostDispatchInfoOf,
		TransactionExtension, ValidateResult,
	},
	transaction_validity::{
		InvalidTransaction, TransactionPriority, TransactionValidityError, ValidTransaction,
	},
	DispatchResult,
};

/// The priority of protective calls, above everything ordinary.
const PROTECTIVE_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// Admits a transaction if an active subject signed it and its quota is not used up.
///
/// It carries no data, so that wallets sign without configuration. It stands before the check of
/// nonces, so that a stranger reads why. Refusals are [`InvalidTransaction::Custom`] with a code of
/// [`medrec_primitives::runtime_api::refusal`].
///
/// Members of the council are the accounts of active providers and so are active subjects
/// themselves.
#[derive(Clone, Debug, Default, Eq, PartialEq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct AdmitSubject;

/// Whether `call` only ever takes access or power away, or guards against its loss: such calls have
/// a quota of their own, the highest priority, and a reserved share of the block.
pub fn is_protective(call: &RuntimeCall) -> bool {
	use pallet_ppr::Call as Ppr;
	use pallet_registrar::Call as Registrar;
	matches!(
		call,
		RuntimeCall::Ppr(
			Ppr::revoke { .. }
				| Ppr::revoke_all { .. }
				| Ppr::deny { .. }
				| Ppr::decline { .. }
				| Ppr::terminate { .. }
		) | RuntimeCall::Registrar(Registrar::set_status { .. } | Registrar::rotate_account { .. })
	)
}

fn lane(call: &RuntimeCall) -> Lane {
	if is_protective(call) {
		Lane::Protective
	} else {
		Lane::Ordinary
	}
}

fn refused(refusal: Refusal) -> TransactionValidityError {
	match refusal {
		Refusal::Unknown => InvalidTransaction::Custom(refusal::NOT_REGISTERED),
		Refusal::NotActive => InvalidTransaction::Custom(refusal::NOT_ACTIVE),
		// It will be valid again when the window has passed.
		Refusal::QuotaExhausted => InvalidTransaction::Custom(refusal::QUOTA_EXHAUSTED),
	}
	.into()
}

impl TransactionExtension<RuntimeCall> for AdmitSubject {
	const IDENTIFIER: &'static str = "AdmitSubject";
	type Implicit = ();
	/// The account to charge, and its lane; none for what nobody signed.
	type Val = Option<(AccountId, Lane)>;
	type Pre = ();

	fn weight(&self, _: &RuntimeCall) -> Weight {
		<Runtime as pallet_registrar::Config>::WeightInfo::charge()
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		_: &DispatchInfo,
		_: usize,
		_: (),
		_: &impl Implication,
		_: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		let Some(account) = origin.as_system_origin_signer().cloned() else {
			return Ok((ValidTransaction::default(), None, origin));
		};
		let lane = lane(call);
		Registrar::check_quota(&account, lane).map_err(refused)?;
		let validity = ValidTransaction {
			priority: match lane {
				Lane::Protective => PROTECTIVE_PRIORITY,
				Lane::Ordinary => 0,
			},
			..Default::default()
		};
		Ok((validity, Some((account, lane)), origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		_: &RuntimeOrigin,
		_: &RuntimeCall,
		_: &DispatchInfoOf<RuntimeCall>,
		_: usize,
	) -> Result<(), TransactionValidityError> {
		if let Some((account, lane)) = val {
			Registrar::charge(&account, lane).map_err(refused)?;
		}
		Ok(())
	}

	fn post_dispatch_details(
		_: (),
		_: &DispatchInfo,
		_: &PostDispatchInfoOf<RuntimeCall>,
		_: usize,
		_: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		Ok(Weight::zero())
	}
}
