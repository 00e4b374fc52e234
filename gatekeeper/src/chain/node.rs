//! A real node, by the chain's client.

use super::{
	Anchored, Block, Ends, Enrolment, ChainReader, Head, Poster, Protective, Source, SourceError,
	Touched, Update, View, Writer,
};
use async_trait::async_trait;
use futures::{stream, FutureExt, StreamExt, TryStreamExt};
use medrec_client::chain::{At, Chain, Heads, PoolSignals, PprCall, RegistrarCall, RuntimeCall, self as client};
use medrec_protocol::keys::Key;
use medrec_primitives::{
	identity::{Role, Subject, SubjectId},
	relationship::RelationshipId,
	AccountId, H256,
};
use std::{sync::Arc, time::Duration};
use tokio::{
	sync::{Mutex, OnceCell},
	task::JoinHandle,
};

/// How many things are read at once.
const AT_ONCE: usize = 16;

/// After how much time the node is looked at though it told of nothing.
const LOOK: Duration = Duration::from_secs(1);

/// A node that is being followed, and through which transactions are sent.
pub struct Node {
	view: Arc<View>,
	poster: Arc<Poster>,
	following: JoinHandle<()>,
}

/// Begins to follow the node at `url` on behalf of the gatekeeper with this `key`. It need not be
/// reachable yet. With a `genesis`, a node of another chain is refused.
pub fn open(url: &str, key: &Key, genesis: Option<H256>) -> Node {
	let link = Arc::new(NodeConnection::new(url));
	let view = Arc::new(View::new(link.clone()));
	let following = tokio::spawn({
		let (view, account) = (view.clone(), key.account());
		async move { view.follow(&account, genesis).await }
	});
	Node { view, poster: Arc::new(Poster::new(link, key.clone())), following }
}

impl Node {
	/// What the chain says.
	pub fn facts(&self) -> Arc<dyn ChainReader> {
		self.view.clone()
	}

	/// What the chain is told.
	pub fn writer(&self) -> Arc<dyn Writer> {
		self.poster.clone()
	}

	/// Follows no longer.
	pub async fn close(self) {
		self.following.abort();
		let _ = self.following.await;
	}
}

/// A connection that is made when it is first needed.
pub(super) struct NodeConnection {
	url: String,
	chain: OnceCell<Chain>,
	signals: Mutex<Option<Signals>>,
}

/// What tells that something may have changed.
struct Signals {
	best: Heads,
	finalized: Heads,
	pool: PoolSignals,
}

impl NodeConnection {
	fn new(url: &str) -> NodeConnection {
		NodeConnection { url: url.to_owned(), chain: OnceCell::new(), signals: Mutex::default() }
	}

	pub(super) async fn chain(&self) -> Result<&Chain, client::Error> {
		self.chain.get_or_try_init(|| Chain::connect(&self.url)).await
	}
}

impl From<client::Error> for SourceError {
	fn from(error: client::Error) -> SourceError {
		SourceError(error.to_string())
	}
}

#[async_trait]
impl Source for NodeConnection {
	async fn genesis(&self) -> Result<H256, SourceError> {
		Ok(self.chain().await?.genesis_hash())
	}

	async fn ends(&self) -> Result<Ends, SourceError> {
		let chain = self.chain().await?;
		// In this order, so that the final block is never ahead of the best one.
		let finalized = chain.finalized().await?.hash;
		let best = chain.best().await?.hash;
		Ok(Ends { best, finalized })
	}

	async fn block(&self, hash: &H256) -> Result<Block, SourceError> {
		let chain = self.chain().await?;
		let client::Head { number, hash, parent } = chain.head(*hash).await?;
		let at = chain.at(hash);
		let touched = at.events().await?.iter().flat_map(touched).collect();
		let head = Head { number, hash, time: at.timestamp().await? };
		Ok(Block { head, parent, touched })
	}

	async fn enrolment(
		&self,
		at: &H256,
		account: &AccountId,
	) -> Result<Option<Enrolment>, SourceError> {
		let at = self.chain().await?.at(*at);
		let Some(device) = at.subject_of(account).await? else { return Ok(None) };
		let is_device =
			|subject: &Subject<AccountId>| subject.is_active() && subject.role == Role::Device;
		let subject = at.subject(device).await?.filter(is_device);
		let Some(provider) = subject.and_then(|subject| subject.sponsor) else { return Ok(None) };
		if !at.subject(provider).await?.is_some_and(|subject| subject.is_active()) {
			return Ok(None);
		}
		let gatekeeper = at.profile(provider).await?.and_then(|profile| profile.gatekeeper);
		let named = gatekeeper.is_some_and(|gatekeeper| gatekeeper.device == device);
		Ok(named.then_some(Enrolment { device, provider }))
	}

	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError> {
		let at = self.chain().await?.at(*at);
		let subjects = at.subjects().await?.into_iter();
		let mut updates: Vec<_> =
			subjects.map(|(id, subject)| Update::Subject(id, Some(subject))).collect();
		if provider.is_zero() {
			return Ok(updates);
		}
		let relationships = at.relationships_of(*provider).await?;
		let relationships: Vec<Vec<Update>> = stream::iter(relationships)
			.map(|(relationship, _)| everything(at, provider, relationship))
			.buffered(AT_ONCE)
			.try_collect()
			.await?;
		updates.extend(relationships.into_iter().flatten());
		for (id, dataset) in at.datasets().await? {
			updates.push(Update::Dataset(id, Some(dataset)));
		}
		for (id, bounty) in at.bounties().await? {
			updates.push(Update::Bounty(id, Some(bounty)));
		}
		Ok(updates)
	}

	async fn read(
		&self,
		at: &H256,
		provider: &SubjectId,
		touched: &[Touched],
	) -> Result<Vec<Update>, SourceError> {
		let at = self.chain().await?.at(*at);
		let updates: Vec<Vec<Update>> = stream::iter(touched.to_vec())
			.map(|touched| read_one(at, provider, touched))
			.buffered(AT_ONCE)
			.try_collect()
			.await?;
		Ok(updates.into_iter().flatten().collect())
	}

	async fn pending(&self) -> Result<Vec<(AccountId, Protective)>, SourceError> {
		let mut protective = Vec::new();
		for transaction in self.chain().await?.pending().await? {
			let (Some(signer), Some(call)) = (transaction.signer, transaction.call) else {
				continue;
			};
			call.visit(&mut |call| {
				protective.extend(protection(call).map(|call| (signer.clone(), call)));
			});
		}
		Ok(protective)
	}

	async fn anchored(&self, at: &H256, provider: &SubjectId) -> Result<Anchored, SourceError> {
		let at = self.chain().await?.at(*at);
		let head = at.anchor_head(*provider).await?;
		let last = at.latest_anchor(*provider).await?;
		Ok(Anchored { size: head.size, last })
	}

	async fn changed(&self) {
		let Ok(chain) = self.chain().await else { return tokio::time::sleep(LOOK).await };
		let mut signals = self.signals.lock().await;
		let signals = signals.get_or_insert_with(|| Signals {
			best: chain.best_heads(),
			finalized: chain.finalized_heads(),
			pool: chain.pool_signals(),
		});
		tokio::select! {
			_ = signals.best.next() => {},
			_ = signals.finalized.next() => {},
			_ = signals.pool.next() => {},
			() = tokio::time::sleep(LOOK) => {},
		}
		// Whatever else was told meanwhile is looked at together.
		while signals.best.next().now_or_never().flatten().is_some() {}
		while signals.finalized.next().now_or_never().flatten().is_some() {}
		while signals.pool.next().now_or_never().flatten().is_some() {}
	}
}

/// What an event says that a block may have changed.
fn touched(event: &client::ChainEvent) -> Vec<Touched> {
	const WHOLE: [&str; 5] = ["Proposed", "Withdrawn", "Accepted", "Declined", "Terminated"];
	let whole = WHOLE.iter().any(|name| event.is("Ppr", name));
	let one = |touched| match touched {
		client::Touched::Subject(id) => Some(Touched::Subject(id)),
		client::Touched::Relationship(id) if whole => Some(Touched::Everything(id)),
		client::Touched::Relationship(id) => Some(Touched::Relationship(id)),
		client::Touched::Record(relationship, id) => Some(Touched::Record(relationship, id)),
		client::Touched::Grant(relationship, id) => Some(Touched::Grant(relationship, id)),
		client::Touched::Dataset(id) => Some(Touched::Dataset(id)),
		client::Touched::Bounty(id) => Some(Touched::Bounty(id)),
		client::Touched::Summary(_) | client::Touched::Anchors(_) => None,
	};
	event.touched().into_iter().filter_map(one).collect()
}

/// The call, if it takes access away.
fn protection(call: &RuntimeCall) -> Option<Protective> {
	match call {
		RuntimeCall::Ppr(PprCall::Revoke { relationship, grant }) => {
			Some(Protective::Revoke(*relationship, *grant))
		},
		RuntimeCall::Ppr(PprCall::RevokeAll { relationship, grantee }) => {
			Some(Protective::RevokeAll(*relationship, *grantee))
		},
		RuntimeCall::Ppr(PprCall::Deny {
			relationship,
			grantee,
			scope,
			not_before,
			expires_at,
		}) => {
			Some(Protective::Deny(*relationship, *grantee, scope.clone(), *not_before, *expires_at))
		},
		RuntimeCall::Ppr(PprCall::Terminate { relationship }) => {
			Some(Protective::Terminate(*relationship))
		},
		RuntimeCall::Registrar(RegistrarCall::SetStatus { subject, status }) => {
			Some(Protective::SetStatus(*subject, *status))
		},
		_ => None,
	}
}

/// A relationship with everything in it, in place of whatever was there, if it is of `provider`.
async fn everything(
	at: At<'_>,
	provider: &SubjectId,
	id: RelationshipId,
) -> Result<Vec<Update>, SourceError> {
	let mut updates = vec![Update::Relationship(id, None)];
	let relationship = at.relationship(id).await?;
	let Some(relationship) = relationship.filter(|found| found.provider == *provider) else {
		return Ok(updates);
	};
	updates.push(Update::Relationship(id, Some(relationship)));
	for (record, pointer) in at.records(id).await? {
		updates.push(Update::Record(id, record, Some(pointer)));
	}
	for (grant, entry) in at.grants(id).await? {
		updates.push(Update::Grant(id, grant, Some(entry)));
	}
	Ok(updates)
}

async fn read_one(
	at: At<'_>,
	provider: &SubjectId,
	touched: Touched,
) -> Result<Vec<Update>, SourceError> {
	let update = match touched {
		Touched::Everything(id) => return everything(at, provider, id).await,
		Touched::Subject(id) => Update::Subject(id, at.subject(id).await?),
		Touched::Relationship(id) => Update::Relationship(id, at.relationship(id).await?),
		Touched::Record(id, record) => Update::Record(id, record, at.record(id, record).await?),
		Touched::Grant(id, grant) => Update::Grant(id, grant, at.grant(id, grant).await?),
		Touched::Dataset(id) => Update::Dataset(id, at.dataset(id).await?),
		Touched::Bounty(id) => Update::Bounty(id, at.bounty(id).await?),
	};
	Ok(vec![update])
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_client::chain::UtilityCall;
	use medrec_primitives::{identity::Status, relationship::Grantee};

	fn id(byte: u8) -> H256 {
		H256::repeat_byte(byte)
	}

	#[test]
	fn calls_that_take_access_away_are_found_within_others() {
		let revoke = PprCall::Revoke { relationship: id(1), grant: id(2) };
		let all = PprCall::RevokeAll { relationship: id(1), grantee: Grantee::Subject(id(3)) };
		let status = RegistrarCall::SetStatus { subject: id(4), status: Status::Suspended };
		let batch = RuntimeCall::Utility(UtilityCall::Batch {
			calls: vec![
				revoke.into(),
				RuntimeCall::batch_all(vec![all.into(), status.into()]),
				PprCall::Accept { relationship: id(5) }.into(),
			],
		});
		let mut found = Vec::new();
		batch.visit(&mut |call| found.extend(protection(call)));
		assert_eq!(
			found,
			[
				Protective::Revoke(id(1), id(2)),
				Protective::RevokeAll(id(1), Grantee::Subject(id(3))),
				Protective::SetStatus(id(4), Status::Suspended),
			]
		);
	}
}
