//! Admits active subjects, holds each to a quota, and gives protective calls a class of their own.

use crate::{
	calls::CallTree,
	configs::{MaxProposalWeight, RuntimeBlockLength, RuntimeBlockWeights},
	Council, Registrar, Runtime, RuntimeCall, RuntimeOrigin, System,
};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo},
	ensure,
	pallet_prelude::TransactionSource,
	weights::Weight,
};
use medrec_primitives::{identity::Status, runtime_api::tx_error, AccountId};
use pallet_collective::{Instance1, ProposalOf};
use pallet_registrar::{QuotaClass, AdmissionError, WeightInfo};
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

/// Admits a transaction if an active subject signed it, its quota is not used up, and the call is
/// one that may be made.
///
/// It carries no data, so that wallets sign without configuration. It stands before the check of
/// nonces, so that a stranger reads why. Of a transaction that is refused nothing enters a block:
/// - [`InvalidTransaction::Custom`] with a code of [`medrec_primitives::runtime_api::tx_error`]: it is
///   the sender that is refused. The council is its members' alone: whoever closes a motion or moves
///   one names a weight or a length, and is charged all of it on failure.
/// - [`InvalidTransaction::Call`]: the call, or one that it holds, is not one that may be made
///   ([`CallTree::is_listed`]), or closes a motion that is not open or with more weight than motions may
///   have.
/// - [`InvalidTransaction::ExhaustsResources`]: the call is ordinary, and what is left of the block
///   is kept for protective ones. It may be valid in the next block.
///
/// Members of the council are the accounts of active providers and so are active subjects
/// themselves.
#[derive(Clone, Debug, Default, Eq, PartialEq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct AdmitSubject;

/// Whether `call` takes access or power away, or guards against the loss of an account: such calls
/// have a quota of their own, the highest priority, and a reserved share of the block. To make a
/// subject active again gives power and is none of them.
///
/// `revoke` names a grant by its number, which may be that of a tx_error. To take that back widens
/// access; the patient alone can do it, and must name it (ADR 7).
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
		) | RuntimeCall::Registrar(
			Registrar::set_status { status: Status::Suspended | Status::Retired, .. }
				| Registrar::rotate_account { .. }
		)
	)
}

fn class(call: &RuntimeCall) -> QuotaClass {
	if is_protective(call) {
		QuotaClass::Protective
	} else {
		QuotaClass::Ordinary
	}
}

/// Whether an ordinary call of this weight and length fits into the open block, and alone into any,
/// as the calls of the normal class do.
///
/// [`frame_system::CheckWeight`] keeps the reserve of a block for calls of the operational class.
/// Calls of the council are of that class and nothing in them protects anybody, so that the reserve
/// is kept here, by class: whatever their class, ordinary calls end where the share of normal ones
/// ends, counted over all that is in the block.
fn leaves_the_reserve(info: &DispatchInfo, length: usize) -> bool {
	let (weights, lengths) = (RuntimeBlockWeights::get(), RuntimeBlockLength::get());
	let (normal, longest) =
		(weights.get(DispatchClass::Normal), *lengths.max.get(DispatchClass::Normal));
	let alone = info.total_weight();
	let together = System::block_weight()
		.total()
		.saturating_add(weights.get(info.class).base_extrinsic)
		.saturating_add(alone);
	// A length that is no `u32` is that of no block.
	let length = u32::try_from(length).unwrap_or(u32::MAX);
	normal.max_extrinsic.is_none_or(|most| alone.all_lte(most))
		&& normal.max_total.is_none_or(|share| together.all_lte(share))
		&& System::block_size().saturating_add(length) <= longest
}

/// Whether all motions that are closed are open, with no more weight than motions may have.
fn closes_what_is_open(sent: &CallTree<'_>) -> bool {
	sent.closings().all(|(motion, weight)| {
		weight.all_lte(MaxProposalWeight::get())
			&& ProposalOf::<Runtime, Instance1>::contains_key(motion)
	})
}

fn refused(tx_error: AdmissionError) -> TransactionValidityError {
	match tx_error {
		AdmissionError::Unknown => InvalidTransaction::Custom(tx_error::NOT_REGISTERED),
		AdmissionError::NotActive => InvalidTransaction::Custom(tx_error::NOT_ACTIVE),
		// It will be valid again when the window has passed.
		AdmissionError::QuotaExhausted => InvalidTransaction::Custom(tx_error::QUOTA_EXHAUSTED),
	}
	.into()
}

impl TransactionExtension<RuntimeCall> for AdmitSubject {
	const IDENTIFIER: &'static str = "AdmitSubject";
	type Implicit = ();
	/// The account to charge, and its class; none for what nobody signed.
	type Val = Option<(AccountId, QuotaClass)>;
	type Pre = ();

	fn weight(&self, call: &RuntimeCall) -> Weight {
		// The members of the council, and each motion.
		let sent = CallTree::from(call);
		let motions = u64::try_from(sent.closings().count()).unwrap_or(u64::MAX);
		let looked_up = motions.saturating_add(u64::from(sent.is_for_the_council()));
		let looked_up = <Runtime as frame_system::Config>::DbWeight::get().reads(looked_up);
		<Runtime as pallet_registrar::Config>::WeightInfo::charge().saturating_add(looked_up)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		length: usize,
		_: (),
		_: &impl Implication,
		_: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		let Some(account) = origin.as_system_origin_signer().cloned() else {
			return Ok((ValidTransaction::default(), None, origin));
		};
		let class = class(call);
		Registrar::check_quota(&account, class).map_err(refused)?;
		let sent = CallTree::from(call);
		ensure!(sent.is_listed(), InvalidTransaction::Call);
		ensure!(
			!sent.is_for_the_council() || Council::is_member(&account),
			InvalidTransaction::Custom(tx_error::NOT_IN_COUNCIL)
		);
		ensure!(
			class == QuotaClass::Protective || leaves_the_reserve(info, length),
			InvalidTransaction::ExhaustsResources
		);
		// Only now, when its weight bounds how many motions there are to look up.
		ensure!(closes_what_is_open(&sent), InvalidTransaction::Call);
		let validity = ValidTransaction {
			priority: match class {
				QuotaClass::Protective => PROTECTIVE_PRIORITY,
				QuotaClass::Ordinary => 0,
			},
			..Default::default()
		};
		Ok((validity, Some((account, class)), origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		_: &RuntimeOrigin,
		_: &RuntimeCall,
		_: &DispatchInfoOf<RuntimeCall>,
		_: usize,
	) -> Result<(), TransactionValidityError> {
		if let Some((account, class)) = val {
			Registrar::charge(&account, class).map_err(refused)?;
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
