//! `medrec_*`: what the runtime knows of subjects, relationships and access, and when to look into
//! the pool.

use super::runtime_error;
use crate::{
	pool,
	service::{Client, Pool},
};
use jsonrpsee::{core::RpcResult, proc_macros::rpc, PendingSubscriptionSink, RpcModule};
use medrec_primitives::{
	access::Decision,
	bounty::BountyId,
	identity::{Identifier, SubjectId},
	record::RecordId,
	relationship::{Purpose, RelationshipId},
	runtime_api::MedrecApi,
	summary::Entry,
	AccountId, Moment,
};
use medrec_runtime::Hash;
use parity_scale_codec::Encode;
use sc_rpc::{
	utils::{spawn_subscription_task, PendingSubscription, RingBuffer},
	SubscriptionTaskExecutor,
};
use serde::{Deserialize, Serialize};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_core::Bytes;
use std::sync::Arc;

/// How many signals of the pool wait for a slow subscriber; where it is slower still, the oldest make
/// room. Each says only that there is something to look at, so that the last is the one that counts.
const SIGNALS: usize = 64;

/// A miner and the key that signs its seals.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MinerInfo {
	/// Who it is.
	pub subject: SubjectId,
	/// Its Ed25519 public key.
	pub key: Hash,
}

/// Mirrors the runtime's `MedrecApi`. Each method answers as of the block `at`, or of the best block
/// if none is given.
#[rpc(server, namespace = "medrec")]
pub trait Medrec {
	/// The organisation of this name.
	#[method(name = "resolve", blocking)]
	fn resolve(&self, name: String, at: Option<Hash>) -> RpcResult<Option<SubjectId>>;

	/// The subject to which a provider bound this identifier.
	#[method(name = "resolveIdentifier", blocking)]
	fn resolve_identifier(
		&self,
		identifier: Identifier,
		at: Option<Hash>,
	) -> RpcResult<Option<SubjectId>>;

	/// The subject that this account controls.
	#[method(name = "subjectOf", blocking)]
	fn subject_of(&self, account: AccountId, at: Option<Hash>) -> RpcResult<Option<SubjectId>>;

	/// What the access decision is.
	#[method(name = "checkAccess", blocking)]
	fn check_access(
		&self,
		requester: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose,
		at: Option<Hash>,
	) -> RpcResult<Decision>;

	/// A page of the relationships in a subject's summary, after `cursor`.
	#[method(name = "relationshipsOf", blocking)]
	fn relationships_of(
		&self,
		subject: SubjectId,
		cursor: Option<RelationshipId>,
		at: Option<Hash>,
	) -> RpcResult<Vec<(RelationshipId, Entry)>>;

	/// How many notifications a subject has not acknowledged.
	#[method(name = "pendingFor", blocking)]
	fn pending_for(&self, subject: SubjectId, at: Option<Hash>) -> RpcResult<u32>;

	/// A page of the bounties that a miner owns, after `cursor`; each bounty in SCALE.
	#[method(name = "bountiesOf", blocking)]
	fn bounties_of(
		&self,
		miner: SubjectId,
		cursor: Option<BountyId>,
		at: Option<Hash>,
	) -> RpcResult<Vec<(BountyId, Bytes)>>;

	/// The active miners.
	#[method(name = "miners", blocking)]
	fn miners(&self, at: Option<Hash>) -> RpcResult<Vec<MinerInfo>>;

	/// The first time at which a block of this miner may follow; none if it is not an active miner.
	#[method(name = "eligible", blocking)]
	fn eligible(&self, miner: SubjectId, at: Option<Hash>) -> RpcResult<Option<Moment>>;

	/// Signals that the pool is worth a look: the hash of a transaction that became ready, whether
	/// it was submitted here or came from a peer. A subscriber that falls behind is spared the older
	/// hashes and gets the latest.
	#[subscription(name = "subscribePool" => "pool", unsubscribe = "unsubscribePool", item = Hash)]
	fn subscribe_pool(&self);
}

/// Answers from the chain and the pool.
pub struct Medrec {
	client: Arc<Client>,
	pool: Arc<Pool>,
	executor: SubscriptionTaskExecutor,
}

/// The methods, answered from these.
pub fn methods(
	client: Arc<Client>,
	pool: Arc<Pool>,
	executor: SubscriptionTaskExecutor,
) -> RpcModule<Medrec> {
	Medrec { client, pool, executor }.into_rpc()
}

impl Medrec {
	/// The block to answer as of.
	fn at(&self, at: Option<Hash>) -> Hash {
		at.unwrap_or_else(|| self.client.info().best_hash)
	}
}

impl MedrecServer for Medrec {
	fn resolve(&self, name: String, at: Option<Hash>) -> RpcResult<Option<SubjectId>> {
		let at = self.at(at);
		self.client.runtime_api().resolve(at, name.into_bytes()).map_err(runtime_error)
	}

	fn resolve_identifier(
		&self,
		identifier: Identifier,
		at: Option<Hash>,
	) -> RpcResult<Option<SubjectId>> {
		let at = self.at(at);
		self.client.runtime_api().resolve_identifier(at, identifier).map_err(runtime_error)
	}

	fn subject_of(&self, account: AccountId, at: Option<Hash>) -> RpcResult<Option<SubjectId>> {
		let at = self.at(at);
		self.client.runtime_api().subject_of(at, account).map_err(runtime_error)
	}

	fn check_access(
		&self,
		requester: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose,
		at: Option<Hash>,
	) -> RpcResult<Decision> {
		let at = self.at(at);
		let api = self.client.runtime_api();
		api.check_access(at, requester, relationship, record, purpose).map_err(runtime_error)
	}

	fn relationships_of(
		&self,
		subject: SubjectId,
		cursor: Option<RelationshipId>,
		at: Option<Hash>,
	) -> RpcResult<Vec<(RelationshipId, Entry)>> {
		let at = self.at(at);
		self.client.runtime_api().relationships_of(at, subject, cursor).map_err(runtime_error)
	}

	fn pending_for(&self, subject: SubjectId, at: Option<Hash>) -> RpcResult<u32> {
		let at = self.at(at);
		self.client.runtime_api().pending_for(at, subject).map_err(runtime_error)
	}

	fn bounties_of(
		&self,
		miner: SubjectId,
		cursor: Option<BountyId>,
		at: Option<Hash>,
	) -> RpcResult<Vec<(BountyId, Bytes)>> {
		let at = self.at(at);
		let bounties =
			self.client.runtime_api().bounties_of(at, miner, cursor).map_err(runtime_error)?;
		Ok(bounties.into_iter().map(|(id, bounty)| (id, bounty.encode().into())).collect())
	}

	fn miners(&self, at: Option<Hash>) -> RpcResult<Vec<MinerInfo>> {
		let at = self.at(at);
		let miners = self.client.runtime_api().miners(at).map_err(runtime_error)?;
		let info = |(subject, key): (SubjectId, [u8; 32])| MinerInfo { subject, key: key.into() };
		Ok(miners.into_iter().map(info).collect())
	}

	fn eligible(&self, miner: SubjectId, at: Option<Hash>) -> RpcResult<Option<Moment>> {
		let at = self.at(at);
		self.client.runtime_api().eligible(at, miner).map_err(runtime_error)
	}

	fn subscribe_pool(&self, pending: PendingSubscriptionSink) {
		let arrivals = pool::arrivals(self.pool.clone());
		let pipe =
			PendingSubscription::from(pending).pipe_from_stream(arrivals, RingBuffer::new(SIGNALS));
		spawn_subscription_task(&self.executor, pipe);
	}
}
