//! Words every part of MedRec shares.
//!
//! This crate holds what the chain, the node, the gatekeeper and the clients must agree on to the
//! bit: who a subject is ([`identity`]), what a relationship, a record and a grant are
//! ([`relationship`], [`record`]), the one function that decides access ([`access`]), what a
//! commitment proves ([`merkle`], [`commitment`]), what work is ([`work`]), what a bounty asks for
//! ([`bounty`]), and how pallets speak to one another without naming one another ([`traits`]).
//!
//! It does no I/O, allocates little, and never panics.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

pub mod access;
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

/// Unix time in milliseconds. Patients think in time and not in blocks.
pub type Moment = u64;

/// Block numbers of a MedRec chain.
pub type BlockNumber = u32;

/// How many transactions an account has sent.
pub type Nonce = u32;

/// Signatures: sr25519, ed25519 or ecdsa, so that ordinary wallets work unchanged.
pub type Signature = sp_runtime::MultiSignature;

/// Accounts, as Substrate derives them from [`Signature`].
pub type AccountId = sp_runtime::AccountId32;
