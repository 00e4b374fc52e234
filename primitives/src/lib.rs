//! Types shared by all MedRec crates.
//!
//! - [`identity`], [`relationship`], [`record`], [`bounty`], [`summary`]: the stored types, and
//!   [`bytes`], the newtypes of their identifiers, keys and hashes.
//! - [`authority`]: who may perform which act. [`access`]: who may read which fields of a record.
//! - [`merkle`], [`commitment`]: proofs over parts of a record. [`work`]: the arithmetic of proof of
//!   work.
//! - [`traits`]: the interfaces between pallets. [`runtime_api`]: the interface of the runtime to
//!   nodes and clients.
//!
//! All functions are pure. The crate does no I/O and never panics.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;
// Attributes that `bytes32!` writes name this crate by its path, also inside of it.
extern crate self as medrec_primitives;

pub mod access;
pub mod authority;
pub mod bounty;
pub mod bytes;
pub mod commitment;
pub mod identity;
pub mod merkle;
pub mod record;
pub mod relationship;
pub mod runtime_api;
pub mod summary;
pub mod traits;
pub mod work;

pub use sp_core::H256;

/// Unix time in milliseconds.
pub type Moment = u64;

/// The number of a block.
pub type BlockNumber = u32;

/// The number of transactions that an account has sent.
pub type Nonce = u32;

/// A signature by sr25519, ed25519 or ecdsa.
pub type Signature = sp_runtime::MultiSignature;

/// An account, derived from the public key of a [`Signature`].
pub type AccountId = sp_runtime::AccountId32;
