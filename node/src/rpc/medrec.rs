//! `medrec_*`: the functions of the runtime's `MedrecApi`.

use super::runtime_error;
use crate::types::Client;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use medrec_primitives::{
	access::Decision,
	bounty::BountyId,
	identity::{Identifier, MiningKey, SubjectId},
	record::RecordId,
	relationship::{Purpose, RelationshipId},
	runtime_api::MedrecApi,
	summary::Entry,
	AccountId, Moment,
};
use medrec_runtime::Hash;
use parity_scale_codec::Encode;
use serde::Serialize;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_core::Bytes;
use std::sync::Arc;

/// A miner with its mining key.
#[derive(Clone, Debug, Serialize)]
pub struct MinerInfo {
	/// The subject of the miner.
	pub subject: SubjectId,
	/// The key that signs its seals.
	pub key: MiningKey,
}

/// Implements [`MedrecServer`] by calls of the runtime.
pub struct Medrec {
	/// The client of the chain.
	pub client: Arc<Client>,
}

/// Declares RPC methods and implements each by the function of `MedrecApi` with the same Rust name.
/// Every method has one more parameter, `at`: the block at which the runtime is called, by default the
/// best block. A closure after the result type converts the result of the runtime.
macro_rules! runtime_methods {
	($(
		$(#[$doc:meta])*
		$method:literal: $function:ident($($argument:ident: $kind:ident $(<$inner:ident>)?),*)
			-> $result:ty $(, $convert:expr)?;
	)*) => {
		/// The functions of the runtime's `MedrecApi`, at the block `at` or at the best block.
		#[rpc(server, namespace = "medrec")]
		pub trait Medrec {
			$(
				$(#[$doc])*
				#[method(name = $method, blocking)]
				fn $function(
					&self,
					$($argument: $kind $(<$inner>)?,)*
					at: Option<Hash>,
				) -> RpcResult<$result>;
			)*
		}

		impl MedrecServer for Medrec {
			$(
				fn $function(
					&self,
					$($argument: $kind $(<$inner>)?,)*
					at: Option<Hash>,
				) -> RpcResult<$result> {
					let at = at.unwrap_or_else(|| self.client.info().best_hash);
					let result = self.client.runtime_api().$function(at, $($argument.into()),*);
					result$(.map($convert))?.map_err(runtime_error)
				}
			)*
		}
	};
}

runtime_methods! {
	/// The organisation with this name.
	"resolve": resolve(name: String) -> Option<SubjectId>;

	/// The subject to which a provider has bound this identifier.
	"resolveIdentifier": resolve_identifier(identifier: Identifier) -> Option<SubjectId>;

	/// The subject that this account controls.
	"subjectOf": subject_of(account: AccountId) -> Option<SubjectId>;

	/// The access decision: whether the requester may see the record for the purpose, and which fields.
	"checkAccess": check_access(
		requester: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose
	) -> Decision;

	/// A page of the relationships in a subject's summary, after `cursor`.
	"relationshipsOf": relationships_of(subject: SubjectId, cursor: Option<RelationshipId>)
		-> Vec<(RelationshipId, Entry)>;

	/// The number of notifications that a subject has not acknowledged.
	"pendingFor": pending_for(subject: SubjectId) -> u32;

	/// A page of the bounties that a miner owns, after `cursor`; each bounty in SCALE.
	"bountiesOf": bounties_of(miner: SubjectId, cursor: Option<BountyId>)
		-> Vec<(BountyId, Bytes)>,
		|bounties| bounties.into_iter().map(|(id, bounty)| (id, bounty.encode().into())).collect();

	/// The active miners.
	"miners": miners() -> Vec<MinerInfo>,
		|miners| miners.into_iter().map(|(subject, key)| MinerInfo { subject, key }).collect();

	/// The earliest timestamp of a block of this miner after `at`, `None` unless it is an active miner.
	"eligible": eligible(miner: SubjectId) -> Option<Moment>;
}
