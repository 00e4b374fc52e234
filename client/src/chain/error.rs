use super::{Included, Incompatibility};
use medrec_primitives::{runtime_api::tx_error, H256};
use std::fmt;

/// Why the chain does not do or tell what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The node cannot be reached.
	#[error("cannot reach the node at {url}: {reason}; is it running, and does it listen there?")]
	Unreachable {
		/// Where.
		url: String,
		/// Why.
		reason: String,
	},
	/// The node took too long to answer, or was away for too long.
	#[error("the node did not answer {0} in time")]
	Timeout(String),
	/// The node answered with an error.
	#[error("the node refused: {0}")]
	Rpc(#[from] subxt_rpcs::Error),
	/// The node's chain is not one that this crate understands.
	#[error("this node's chain is not one that this program understands: {0}")]
	Incompatible(#[from] Incompatibility),
	/// The node's answer cannot be read.
	#[error("the node's answer cannot be read: {0}")]
	Malformed(&'static str),
	/// The node does not have this block.
	#[error("the node does not have the block {0:?}")]
	BlockNotFound(H256),
	/// The transaction cannot be built.
	#[error("the transaction cannot be built: {0}")]
	Unbuildable(String),
	/// The pool rejected the transaction.
	#[error(transparent)]
	Rejected(#[from] PoolRejection),
	/// The transaction is in a block, and what it asked for failed.
	#[error(transparent)]
	Failed(#[from] DispatchFailure),
	/// The transaction did not get into a block in time. It may still.
	#[error("the transaction is not in a block yet; it may still get into one")]
	NotIncluded,
	/// The transaction is in a block that did not become final in time. It may still.
	#[error("the transaction is in the block {}, which is not final yet; it may still become so",
		.0.block.number)]
	NotFinal(Box<Included>),
}

impl Error {
	/// Whether no answer came from the node that can be read. It may have done what it was asked all
	/// the same, and may well answer when it is asked again.
	pub(super) fn is_unanswered(&self) -> bool {
		use subxt_rpcs::Error as Rpc;
		match self {
			Error::Timeout(_) => true,
			// The first is an answer; the others are noticed before anything is sent.
			Error::Rpc(error) => {
				!matches!(error, Rpc::User(_) | Rpc::Serialization(_) | Rpc::InsecureUrl(_))
			},
			_ => false,
		}
	}
}

/// Why a transaction does not enter the pool.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PoolRejection {
	/// No subject is bound to the account.
	#[error(
		"no subject is bound to this account; a provider enrols people and devices, and the \
		 council admits organisations"
	)]
	NotRegistered,
	/// The subject is suspended or retired.
	#[error("the subject of this account is suspended or retired, and may send nothing")]
	NotActive,
	/// The subject has sent as much as it may for now.
	#[error("this account has sent as much as it may for now; try again in some minutes")]
	QuotaExhausted,
	/// The call addresses the council, in which the account has no seat.
	#[error("only the providers' own accounts move, vote and close in the council")]
	NotInCouncil,
	/// The pool is full, or holds it as banned for a while.
	#[error("the node's pool takes no more transactions for now; try again in some minutes")]
	PoolFull,
	/// Refused for another reason, in the node's own words.
	#[error("the transaction is not valid: {0}")]
	Invalid(String),
}

impl PoolRejection {
	/// The refusal with this code of `InvalidTransaction::Custom`.
	pub(super) fn from_code(code: u8) -> PoolRejection {
		match code {
			tx_error::NOT_REGISTERED => PoolRejection::NotRegistered,
			tx_error::NOT_ACTIVE => PoolRejection::NotActive,
			tx_error::QUOTA_EXHAUSTED => PoolRejection::QuotaExhausted,
			tx_error::NOT_IN_COUNCIL => PoolRejection::NotInCouncil,
			other => PoolRejection::Invalid(format!("the chain refuses it with the code {other}")),
		}
	}
}

/// What a call failed with.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct DispatchFailure {
	/// The pallet whose error it is; none where the system itself refused.
	pub pallet: Option<String>,
	/// The name of the error, as `NotActive`.
	pub name: String,
	/// What the runtime's documentation says of it.
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
