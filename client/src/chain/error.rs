use super::{Included, Incompatibility};
use medrec_primitives::{runtime_api::tx_error, H256};
use std::fmt;

/// An error of reading a chain or of sending it a transaction.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The node cannot be reached.
	#[error("cannot reach the node at {url}: {reason}; check that it runs and listens there")]
	Unreachable {
		/// The address that was tried.
		url: String,
		/// The causes of the failure.
		reason: String,
	},
	/// The node did not answer this method in time, or the connection was lost for too long.
	#[error("the node did not answer {0} in time")]
	Timeout(String),
	/// The node answered with an error.
	#[error("the node returned an error: {0}")]
	Rpc(#[from] subxt_rpcs::Error),
	/// The runtime of the chain differs from the one that this crate is built for.
	#[error("the chain of this node is not compatible with this program: {0}")]
	Incompatible(#[from] Incompatibility),
	/// The node's answer cannot be decoded.
	#[error("the node's answer cannot be decoded: {0}")]
	Malformed(&'static str),
	/// The node does not have this block.
	#[error("the node does not have block {0:?}")]
	BlockNotFound(H256),
	/// The transaction cannot be built.
	#[error("the transaction cannot be built: {0}")]
	Unbuildable(String),
	/// The pool rejected the transaction.
	#[error(transparent)]
	Rejected(#[from] PoolRejection),
	/// The transaction is in a block, and its call failed.
	#[error(transparent)]
	Failed(#[from] DispatchFailure),
	/// The transaction was in no block when the time ran out. A later block may hold it.
	#[error("the transaction is not in a block yet; a later block may still hold it")]
	NotIncluded,
	/// The transaction is in a block that was not final when the time ran out.
	#[error("the transaction is in block {}, which is not final yet; it may still become final",
		.0.block.number)]
	NotFinal(Box<Included>),
}

impl Error {
	/// Whether the node may have received the request though no readable answer came. A second request
	/// may succeed.
	pub(super) fn is_unanswered(&self) -> bool {
		use subxt_rpcs::Error as Rpc;
		match self {
			Error::Timeout(_) => true,
			// `User` is an answer; the other two are found before anything is sent.
			Error::Rpc(error) => {
				!matches!(error, Rpc::User(_) | Rpc::Serialization(_) | Rpc::InsecureUrl(_))
			},
			_ => false,
		}
	}
}

/// The reason why the pool of a node rejects a transaction.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PoolRejection {
	/// No subject is bound to the account.
	#[error(
		"no subject is bound to this account; providers enrol people and devices, and the council \
		 admits organisations"
	)]
	NotRegistered,
	/// The subject is suspended or retired.
	#[error("the subject of this account is suspended or retired, and may not send transactions")]
	NotActive,
	/// The subject has used up its quota for this window.
	#[error("the quota of this account is used up for now; try again in some minutes")]
	QuotaExhausted,
	/// The call addresses the council, in which the account has no seat.
	#[error("only accounts of providers may propose, vote and close motions in the council")]
	NotInCouncil,
	/// The pool is full, or has banned the transaction for a while.
	#[error("the node's pool accepts no more transactions for now; try again in some minutes")]
	PoolFull,
	/// The transaction is invalid for another reason, in the node's words.
	#[error("the transaction is not valid: {0}")]
	Invalid(String),
}

impl PoolRejection {
	/// The rejection with this code of `InvalidTransaction::Custom`.
	pub(super) fn from_code(code: u8) -> PoolRejection {
		match code {
			tx_error::NOT_REGISTERED => PoolRejection::NotRegistered,
			tx_error::NOT_ACTIVE => PoolRejection::NotActive,
			tx_error::QUOTA_EXHAUSTED => PoolRejection::QuotaExhausted,
			tx_error::NOT_IN_COUNCIL => PoolRejection::NotInCouncil,
			other => PoolRejection::Invalid(format!("the chain rejects it with code {other}")),
		}
	}
}

/// The error with which a call failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct DispatchFailure {
	/// The pallet whose error it is; none for errors of the system, as `BadOrigin`.
	pub pallet: Option<String>,
	/// The name of the error, as `NotActive`.
	pub name: String,
	/// Its documentation in the metadata.
	pub docs: String,
}

impl fmt::Display for DispatchFailure {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match &self.pallet {
			Some(pallet) => write!(formatter, "{pallet}.{}", self.name)?,
			None => formatter.write_str(&self.name)?,
		}
		if !self.docs.is_empty() {
			write!(formatter, ": {}", self.docs)?;
		}
		Ok(())
	}
}
