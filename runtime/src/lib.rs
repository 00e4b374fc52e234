//! The runtime of a MedRec chain: which pallets there are, in which order, and who may call what.
//!
//! Nothing here holds value: there are no balances and no fees. Whoever sends a transaction must be
//! an active subject of the registrar ([`extensions::AdmitSubject`]), and blocks are ordered by
//! work and made final by the votes of providers.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![recursion_limit = "256"]
// The macros that compose a runtime write items without documentation.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "std")]
pub use apis::RuntimeApi;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod calls;
pub mod configs;
pub mod extensions;
pub mod genesis;

use alloc::vec::Vec;
use medrec_primitives::{AccountId, BlockNumber, Nonce, Signature};
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256, MultiAddress};
use sp_version::RuntimeVersion;

/// How an account is named in a call.
pub type Address = MultiAddress<AccountId, ()>;

/// The hash of a block.
pub type Hash = sp_core::H256;

/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;

/// A block with its transactions.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What is checked of every transaction, in this order. None of it but the era and the nonce is
/// data that a wallet must know of.
pub type TxExtension = (
	extensions::AdmitSubject,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
);

/// A transaction as it travels.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What is signed of a transaction.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Runs blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Blocks as the node sees them: it need not understand transactions, and so can follow a chain
/// whose runtime is newer than itself.
pub mod opaque {
	use super::*;

	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// A block with transactions that are not decoded.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;

	/// The identity of a block.
	pub type BlockId = generic::BlockId<Block>;
}

impl_opaque_keys! {
	/// The keys that a provider's node holds.
	pub struct SessionKeys {
		/// Its vote on finality.
		pub grandpa: pallet_grandpa::Pallet<Runtime>,
	}
}

/// Which runtime this is.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("medrec"),
	impl_name: alloc::borrow::Cow::Borrowed("medrec"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;

	#[runtime::pallet_index(2)]
	pub type Pow = pallet_pow;

	#[runtime::pallet_index(3)]
	pub type Grandpa = pallet_grandpa;

	#[runtime::pallet_index(4)]
	pub type Council = pallet_collective<Instance1>;

	#[runtime::pallet_index(5)]
	pub type Utility = pallet_utility;

	#[runtime::pallet_index(10)]
	pub type Registrar = pallet_registrar;

	#[runtime::pallet_index(11)]
	pub type Ppr = pallet_ppr;

	#[runtime::pallet_index(12)]
	pub type Summary = pallet_summary;

	#[runtime::pallet_index(13)]
	pub type MiningBounty = pallet_mining_bounty;
}
