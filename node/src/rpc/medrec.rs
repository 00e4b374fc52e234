//! `medrec_*`: the functions of `MedrecApi`, and a subscription to the transaction pool.

use super::runtime_error;
use crate::{
	pool,
	types::{Client, Pool},
};
use jsonrpsee::{core::RpcResult, proc_macros::rpc, PendingSubscriptionSink, RpcModule};
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
use medrec_runtime::{opaque::Block, Hash};
use parity_scale_codec::Encode;
use sc_rpc::{
	utils::{spawn_subscription_task, PendingSubscription, RingBuffer},
	SubscriptionTaskExecutor,
};
use serde::Serialize;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::Bytes;
use std::sync::Arc;

/// The buffer of a slow subscriber, in notifications. Beyond it the oldest are dropped: each says only
/// that the pool has changed, so the last one is enough.
const NOTIFICATION_BUFFER: usize = 64;

/// A miner with its mining key.
#[derive(Clone, Debug, Serialize)]
pub struct MinerInfo {
	/// The subject of the miner.
	pub subject: SubjectId,
	/// The key that signs its seals.
	pub key: MiningKey,
}

/// The functions of the runtime's `MedrecApi`, at the block `at` or at the best block, and a
/// subscription to the pool.
#[rpc(server, namespace = "medrec")]
pub trait Medrec {
	/// The organisation with this name.
	#[method(name = "resolve", blocking)]
	fn resolve(&self, name: String, at: Option<Hash>) -> RpcResult<Option<SubjectId>>;

	/// The subject to which a provider has bound this identifier.
	#[method(name = "resolveIdentifier", blocking)]
	fn resolve_identifier(
		&self,
		identifier: Identifier,
		at: Option<Hash>,
	) -> RpcResult<Option<SubjectId>>;

	/// The subject that this account controls.
	#[method(name = "subjectOf", blocking)]
	fn subject_of(&self, account: AccountId, at: Option<Hash>) -> RpcResult<Option<SubjectId>>;

	/// The access decision.
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

	/// The number of notifications that a subject has not acknowledged.
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

	/// The earliest timestamp of a block of this miner after `at`, `None` unless it is an active miner.
	#[method(name = "eligible", blocking)]
	fn eligible(&self, miner: SubjectId, at: Option<Hash>) -> RpcResult<Option<Moment>>;

	/// Notifies of changes of the pool by the hashes of transactions that become ready, submitted here
	/// or received from a peer. A subscriber that falls behind gets the latest hashes only.
	#[subscription(name = "subscribePool" => "pool", unsubscribe = "unsubscribePool", item = Hash)]
	fn subscribe_pool(&self);
}

/// Implements [`MedrecServer`].
pub struct Medrec {
	client: Arc<Client>,
	pool: Arc<Pool>,
	executor: SubscriptionTaskExecutor,
}

/// The methods `medrec_*`.
pub fn methods(
	client: Arc<Client>,
	pool: Arc<Pool>,
	executor: SubscriptionTaskExecutor,
) -> RpcModule<Medrec> {
	Medrec { client, pool, executor }.into_rpc()
}

type Api<'a> = ApiRef<'a, <Client as ProvideRuntimeApi<Block>>::Api>;

impl Medrec {
	/// Calls the runtime at the block `at`, by default the best block.
	fn call<R>(
		&self,
		at: Option<Hash>,
		call: impl FnOnce(Api<'_>, Hash) -> Result<R, ApiError>,
	) -> RpcResult<R> {
		let at = at.unwrap_or_else(|| self.client.info().best_hash);
		call(self.client.runtime_api(), at).map_err(runtime_error)
	}
}

impl MedrecServer for Medrec {
	fn resolve(&self, name: String, at: Option<Hash>) -> RpcResult<Option<SubjectId>> {
		self.call(at, |api, at| api.resolve(at, name.into_bytes()))
	}

	fn resolve_identifier(
		&self,
		identifier: Identifier,
		at: Option<Hash>,
	) -> RpcResult<Option<SubjectId>> {
		self.call(at, |api, at| api.resolve_identifier(at, identifier))
	}

	fn subject_of(&self, account: AccountId, at: Option<Hash>) -> RpcResult<Option<SubjectId>> {
		self.call(at, |api, at| api.subject_of(at, account))
	}

	fn check_access(
		&self,
		requester: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose,
		at: Option<Hash>,
	) -> RpcResult<Decision> {
		self.call(at, |api, at| api.check_access(at, requester, relationship, record, purpose))
	}

	fn relationships_of(
		&self,
		subject: SubjectId,
		cursor: Option<RelationshipId>,
		at: Option<Hash>,
	) -> RpcResult<Vec<(RelationshipId, Entry)>> {
		self.call(at, |api, at| api.relationships_of(at, subject, cursor))
	}

	fn pending_for(&self, subject: SubjectId, at: Option<Hash>) -> RpcResult<u32> {
		self.call(at, |api, at| api.pending_for(at, subject))
	}

	fn bounties_of(
		&self,
		miner: SubjectId,
		cursor: Option<BountyId>,
		at: Option<Hash>,
	) -> RpcResult<Vec<(BountyId, Bytes)>> {
		let bounties = self.call(at, |api, at| api.bounties_of(at, miner, cursor))?;
		Ok(bounties.into_iter().map(|(id, bounty)| (id, bounty.encode().into())).collect())
	}

	fn miners(&self, at: Option<Hash>) -> RpcResult<Vec<MinerInfo>> {
		let miners = self.call(at, |api, at| api.miners(at))?;
		Ok(miners.into_iter().map(|(subject, key)| MinerInfo { subject, key }).collect())
	}

	fn eligible(&self, miner: SubjectId, at: Option<Hash>) -> RpcResult<Option<Moment>> {
		self.call(at, |api, at| api.eligible(at, miner))
	}

	fn subscribe_pool(&self, pending: PendingSubscriptionSink) {
		let transactions = pool::ready_transactions(self.pool.clone());
		let pipe = PendingSubscription::from(pending)
			.pipe_from_stream(transactions, RingBuffer::new(NOTIFICATION_BUFFER));
		spawn_subscription_task(&self.executor, pipe);
	}
}
