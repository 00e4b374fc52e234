//! The runtime of a MedRec chain.
//!
//! It has no balances and no fees: a transaction needs an active subject of the registrar as its sender
//! ([`extensions::AdmitSubject`]). Proof of work orders blocks, and the votes of providers finalise them.
//!
//! - [`calls`]: the calls that transactions may contain, and which of them are protective
//! - [`configs`]: the configuration of the pallets
//! - [`genesis`]: the genesis and the presets of development chains
//! - [`apis`]: the runtime APIs
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
use medrec_primitives::{AccountId, BlockNumber, Signature};
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256, MultiAddress};
use sp_version::RuntimeVersion;

/// An account in a call or a transaction: always its ID.
pub type Address = MultiAddress<AccountId, ()>;

/// Hashes of blocks and transactions: BLAKE2b-256.
pub type Hash = sp_core::H256;

/// The header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;

/// A block with decoded transactions.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// The transaction extensions, in the order of their checks. Of their data, a wallet sets only the era
/// and the nonce.
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

/// A transaction before its signature is checked.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Blocks with opaque transactions, which the node uses: it need not decode them, so it can follow a
/// chain whose runtime is newer than the node.
pub mod opaque {
	use super::*;

	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// A block with opaque transactions.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
	/// The session keys of a provider's node.
	pub struct SessionKeys {
		/// The finality key.
		pub grandpa: pallet_grandpa::Pallet<Runtime>,
	}
}

/// The version of the runtime.
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
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
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
