//! The bindings to the metadata of the runtime (`client/metadata.scale`, which a test of the runtime
//! compares with the runtime): the types of calls and of some values, and the hashers of storage keys.
//!
//! The types of `medrec_primitives` replace generated ones. A bounded collection in a call
//! is the plain collection, since metadata does not name bounds.

use super::Error;
use medrec_primitives::{AccountId, BlockNumber};
use std::sync::LazyLock;
use subxt::metadata::{Metadata, StorageEntryMetadata};

pub use generated::runtime_types::{
	pallet_collective::pallet::Call as CouncilCall,
	pallet_mining_bounty::pallet::Call as MiningBountyCall,
	pallet_pow::types::Parameters as PowParameters,
	pallet_ppr::pallet::Call as PprCall,
	pallet_registrar::pallet::Call as RegistrarCall,
	pallet_summary::{pallet::Call as SummaryCall, types::AnchorHead},
	pallet_utility::pallet::Call as UtilityCall,
	sp_weights::weight_v2::Weight,
};

/// The votes on a motion of the council.
pub type Votes = generated::runtime_types::pallet_collective::Votes<AccountId, BlockNumber>;

/// Generates types from the metadata, with these types of `medrec_primitives` in place of generated
/// ones. [`super::RuntimeCall`] replaces the call of the runtime, which has more pallets.
macro_rules! generate {
	($($module:ident: $($type:ident),+;)+) => {
		#[subxt::subxt(
			runtime_metadata_path = "metadata.scale",
			runtime_types_only,
			generate_docs,
			no_default_derives,
			derive_for_all_types = "Clone, Debug, Eq, PartialEq, \
				::subxt::ext::codec::Encode, ::subxt::ext::codec::Decode",
			derive_for_type(
				path = "pallet_summary::types::AnchorHead",
				derive = "Copy, Default, ::scale_info::TypeInfo"
			),
			derive_for_type(
				path = "pallet_pow::types::Parameters",
				derive = "Copy, ::scale_info::TypeInfo"
			),
			derive_for_type(path = "pallet_collective::Votes", derive = "::scale_info::TypeInfo"),
			$($(substitute_type(
				path = medrec_primitives::$module::$type,
				with = ::medrec_primitives::$module::$type
			),)+)+
			substitute_type(
				path = medrec_runtime::RuntimeCall,
				with = crate::chain::RuntimeCall
			),
			substitute_type(path = primitive_types::H256, with = ::medrec_primitives::H256),
			substitute_type(path = primitive_types::U256, with = ::medrec_primitives::work::Difficulty),
			substitute_type(path = sp_core::crypto::AccountId32, with = ::medrec_primitives::AccountId),
			substitute_type(path = sp_runtime::MultiSignature, with = ::medrec_primitives::Signature),
			substitute_type(
				path = "bounded_collections::bounded_vec::BoundedVec<T>",
				with = "::std::vec::Vec<T>"
			),
			substitute_type(
				path = "bounded_collections::bounded_btree_set::BoundedBTreeSet<T>",
				with = "::std::collections::BTreeSet<T>"
			)
		)]
		#[allow(unused_qualifications, rustdoc::all)]
		mod generated {}
	};
}

generate! {
	bounty: AnswerCommitment, BountyId, DatasetId, Offer, Rules;
	identity: EncryptionKey, Identifier, Profile, Role, Status, SubjectId;
	record: Category, Commitment, Pointer, RecordId, Release;
	relationship: GrantId, Grantee, Purpose, RelationshipId, ResearchConsent, Scope;
	summary: LogRoot;
}

/// The file in SCALE.
pub(super) const METADATA: &[u8] = include_bytes!("../../metadata.scale");

/// The metadata in the file.
pub(super) fn metadata() -> &'static Metadata {
	static DECODED: LazyLock<Metadata> =
		LazyLock::new(|| Metadata::decode_from(METADATA).expect("tests decode this file; qed"));
	&DECODED
}

/// A storage item of a pallet.
pub(super) fn storage_entry(
	pallet: &str,
	item: &str,
) -> Result<&'static StorageEntryMetadata, Error> {
	metadata()
		.pallet_by_name(pallet)
		.and_then(|pallet| pallet.storage())
		.and_then(|storage| storage.entry_by_name(item))
		.ok_or(Error::Malformed("a storage item that the metadata does not have"))
}
