//! Admits transactions of active subjects within their quotas, and gives priority to protective calls.

use crate::{
	calls::{kind, CallTree},
	configs::{MaxProposalWeight, RuntimeBlockLength, RuntimeBlockWeights},
	Council, Registrar, Runtime, RuntimeCall, RuntimeOrigin, System,
};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo},
	ensure,
	pallet_prelude::TransactionSource,
	weights::Weight,
};
use medrec_primitives::{runtime_api::tx_error, AccountId};
use pallet_collective::{Instance1, ProposalOf};
use pallet_registrar::{AdmissionError, QuotaClass, WeightInfo};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{
		AsSystemOriginSigner, DispatchInfoOf, Implication, TransactionExtension, ValidateResult,
	},
	transaction_validity::{
		InvalidTransaction, TransactionPriority, TransactionValidityError, ValidTransaction,
	},
};

/// The priority of protective calls, above that of all others.
const PROTECTIVE_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// Admits a transaction if an active subject signed it, its quota is not used up, and all calls that it
/// contains are allowed.
///
/// It carries no data, so wallets sign it without configuration. It precedes the check of nonces, so
/// that an unknown account gets the error of this extension. A rejected transaction enters no block:
/// - [`InvalidTransaction::Custom`] with a code of [`medrec_primitives::runtime_api::tx_error`]: the
///   sender may not send it. Calls of the council are for its members, because a failed `close` or
///   `propose` is charged the whole weight or length that the sender names.
/// - [`InvalidTransaction::Call`]: a call that it contains is not allowed ([`CallTree::is_listed`]), or
///   closes a motion that is not open, or has a weight bound above that of motions.
/// - [`InvalidTransaction::ExhaustsResources`]: the call is ordinary, and the rest of the block is
///   reserved for protective calls. It may be valid in the next block.
///
/// Members of the council are accounts of active providers, so they are active subjects.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct AdmitSubject;

/// Whether an ordinary call of this weight and length fits into the share of the open block that is
/// not reserved, and alone within the limit of a normal call.
///
/// [`frame_system::CheckWeight`] reserves a share of the block for the operational class. Calls of the
/// council are of that class and are not protective, so this check holds ordinary calls of any class to
/// the limits of the normal class, counted over all classes.
fn fits_unreserved_share(info: &DispatchInfo, length: usize) -> bool {
	let weights = RuntimeBlockWeights::get();
	let normal = weights.get(DispatchClass::Normal);
	let max_length = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
	let weight = info.total_weight();
	let block_weight = System::block_weight()
		.total()
		.saturating_add(weights.get(info.class).base_extrinsic)
		.saturating_add(weight);
	// A length beyond `u32` exceeds every block.
	let length = u32::try_from(length).unwrap_or(u32::MAX);
	normal.max_extrinsic.is_none_or(|max| weight.all_lte(max))
		&& normal.max_total.is_none_or(|max| block_weight.all_lte(max))
		&& System::block_size().saturating_add(length) <= max_length
}

/// Whether all motions that are closed are open, with a weight bound within that of motions.
fn closes_open_motions(calls: &CallTree<'_>) -> bool {
	calls.closings().all(|(motion, weight)| {
		weight.all_lte(MaxProposalWeight::get())
			&& ProposalOf::<Runtime, Instance1>::contains_key(motion)
	})
}

fn rejection(error: AdmissionError) -> TransactionValidityError {
	let code = match error {
		AdmissionError::Unknown => tx_error::NOT_REGISTERED,
		AdmissionError::NotActive => tx_error::NOT_ACTIVE,
		AdmissionError::QuotaExhausted => tx_error::QUOTA_EXHAUSTED,
	};
	InvalidTransaction::Custom(code).into()
}

impl TransactionExtension<RuntimeCall> for AdmitSubject {
	const IDENTIFIER: &'static str = "AdmitSubject";
	type Implicit = ();
	/// The account and the quota to charge, `None` for unsigned transactions.
	type Val = Option<(AccountId, QuotaClass)>;
	type Pre = ();

	/// The weight of the charge, and one read for the members of the council and for each motion.
	fn weight(&self, call: &RuntimeCall) -> Weight {
		let calls = CallTree::from(call);
		let motions = u64::try_from(calls.closings().count()).unwrap_or(u64::MAX);
		let reads = motions.saturating_add(u64::from(calls.addresses_council()));
		<Runtime as pallet_registrar::Config>::WeightInfo::charge()
			.saturating_add(<Runtime as frame_system::Config>::DbWeight::get().reads(reads))
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
		let class = match kind(call).is_protective() {
			true => QuotaClass::Protective,
			false => QuotaClass::Ordinary,
		};
		Registrar::check_quota(&account, class).map_err(rejection)?;
		let calls = CallTree::from(call);
		ensure!(calls.is_listed(), InvalidTransaction::Call);
		ensure!(
			!calls.addresses_council() || Council::is_member(&account),
			InvalidTransaction::Custom(tx_error::NOT_IN_COUNCIL)
		);
		let priority = match class {
			QuotaClass::Protective => PROTECTIVE_PRIORITY,
			QuotaClass::Ordinary => {
				ensure!(fits_unreserved_share(info, length), InvalidTransaction::ExhaustsResources);
				0
			},
		};
		// Comes last, because the weight of the call bounds the number of motions to look up.
		ensure!(closes_open_motions(&calls), InvalidTransaction::Call);
		let validity = ValidTransaction { priority, ..Default::default() };
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
			Registrar::charge(&account, class).map_err(rejection)?;
		}
		Ok(())
	}
}
