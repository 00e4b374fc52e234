//! A node, through the client of the chain.

use super::{
	Anchored, Block, Genesis, Head, HeadHashes, Poster, Registration, Source, SourceError, Sponsor,
	Touched, Update, View,
};
use async_trait::async_trait;
use futures::{
	stream::{self, BoxStream},
	FutureExt, StreamExt, TryStreamExt,
};
use medrec_client::chain::{self as client, At, Chain, RuntimeCall};
use medrec_primitives::{
	identity::{Subject, SubjectId},
	relationship::RelationshipId,
	AccountId, H256,
};
use medrec_protocol::keys::Key;
use std::{sync::Arc, time::Duration};
use tokio::{
	sync::{Mutex, OnceCell},
	time::timeout,
};

/// The number of concurrent reads.
const AT_ONCE: usize = 16;

/// The interval at which the node is read without a notification.
const POLL: Duration = Duration::from_secs(1);

/// A node that the view follows and the poster sends transactions to.
pub struct Node {
	/// The view of the chain.
	pub view: Arc<View>,
	/// The sender of transactions.
	pub poster: Arc<Poster>,
}

/// Starts to follow the node at `url`, which may still be unreachable, until the runtime stops. `key` is that of the
/// gatekeeper. The state of a node of another chain than `genesis` allows is not used.
pub fn open(url: &str, key: &Key, genesis: Genesis) -> Node {
	let connection = Arc::new(NodeConnection::new(url));
	let view = Arc::new(View::new(connection.clone()));
	let (following, account) = (view.clone(), key.account());
	tokio::spawn(async move { following.follow(&account, genesis).await });
	Node { view, poster: Arc::new(Poster { connection, key: key.clone() }) }
}

/// A node for single reads ([`super::read_final`]). The connection is made by the first of them.
pub fn connect(url: &str) -> impl Source {
	NodeConnection::new(url)
}

/// A connection that the first request makes.
pub(super) struct NodeConnection {
	url: String,
	chain: OnceCell<Chain>,
	/// Notifications of new blocks and transactions.
	signals: Mutex<Option<BoxStream<'static, ()>>>,
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

	async fn heads(&self) -> Result<HeadHashes, SourceError> {
		let chain = self.chain().await?;
		// In this order the final block is never ahead of the best one.
		let finalized = chain.finalized().await?.hash;
		let best = chain.best().await?.hash;
		Ok(HeadHashes { best, finalized })
	}

	async fn block(&self, hash: &H256) -> Result<Block, SourceError> {
		let chain = self.chain().await?;
		let client::BlockHeader { number, hash, parent } = chain.head(*hash).await?;
		let at = chain.at(hash);
		let touched = at.events().await?.iter().flat_map(touched).collect();
		let head = Head { number, hash, time: at.timestamp().await? };
		Ok(Block { head, parent, touched })
	}

	async fn registration(
		&self,
		at: &H256,
		account: &AccountId,
	) -> Result<Registration, SourceError> {
		let at = self.chain().await?.at(*at);
		let Some(id) = at.subject_of(account).await? else { return Ok(Registration::default()) };
		let subject = at.subject(id).await?;
		let sponsor = subject.as_ref().and_then(|subject| subject.sponsor);
		let provider = match sponsor {
			Some(sponsor) => read_sponsor(at, sponsor).await?,
			None => None,
		};
		Ok(Registration { device: subject.map(|subject| (id, subject)), provider })
	}

	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError> {
		let at = self.chain().await?.at(*at);
		let mut updates = Vec::new();
		for (id, subject) in at.subjects().await? {
			updates.push(Update::Subject(id, Some(subject)));
		}
		for (id, subject) in at.identifiers().await? {
			updates.push(Update::Identifier(id, Some(subject)));
		}
		if *provider == SubjectId::default() {
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

	async fn pending(&self) -> Result<Vec<(AccountId, RuntimeCall)>, SourceError> {
		let mut protective = Vec::new();
		for transaction in self.chain().await?.pending().await? {
			let (Some(signer), Some(call)) = (transaction.signer, transaction.call) else {
				continue;
			};
			let calls = protective_calls(&call).into_iter();
			protective.extend(calls.map(|call| (signer.clone(), call)));
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
		let Ok(chain) = self.chain().await else { return tokio::time::sleep(POLL).await };
		let mut signals = self.signals.lock().await;
		let signals = signals.get_or_insert_with(|| {
			let best = chain.best_heads().map(drop).boxed();
			let finalized = chain.finalized_heads().map(drop).boxed();
			stream::select_all([best, finalized, chain.pool_signals().map(drop).boxed()]).boxed()
		});
		let _ = timeout(POLL, signals.next()).await;
		// All notifications that arrived meanwhile are handled together.
		while signals.next().now_or_never().flatten().is_some() {}
	}
}

async fn read_sponsor(at: At<'_>, id: SubjectId) -> Result<Option<Sponsor>, SourceError> {
	let Some(Subject { status, .. }) = at.subject(id).await? else { return Ok(None) };
	let gatekeeper = at.profile(id).await?.and_then(|profile| profile.gatekeeper);
	Ok(Some(Sponsor { id, status, name: at.name_of(id).await?, gatekeeper }))
}

/// The entries that an event says were changed.
fn touched(event: &client::ChainEvent) -> Vec<Touched> {
	const WHOLE: [&str; 5] = ["Proposed", "Withdrawn", "Accepted", "Declined", "Terminated"];
	let whole = WHOLE.iter().any(|name| event.is("Ppr", name));
	let one = |change| match change {
		client::StateChange::Subject(id) => Some(Touched::Subject(id)),
		client::StateChange::Identifier(id) => Some(Touched::Identifier(id)),
		client::StateChange::Relationship(id) if whole => Some(Touched::Everything(id)),
		client::StateChange::Relationship(id) => Some(Touched::Relationship(id)),
		client::StateChange::Record(relationship, id) => Some(Touched::Record(relationship, id)),
		client::StateChange::Grant(relationship, id) => Some(Touched::Grant(relationship, id)),
		client::StateChange::Dataset(id) => Some(Touched::Dataset(id)),
		client::StateChange::Bounty(id) => Some(Touched::Bounty(id)),
		client::StateChange::Summary(_) | client::StateChange::Anchors(_) => None,
	};
	event.changes().into_iter().filter_map(one).collect()
}

/// The protective calls that `call` is or contains.
fn protective_calls(call: &RuntimeCall) -> Vec<RuntimeCall> {
	let mut protective = Vec::new();
	call.visit(&mut |call| {
		if call.kind().is_protective() {
			protective.push(call.clone());
		}
	});
	protective
}

/// A relationship with its records and grants, in place of the previous ones, if it is of `provider`.
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
		Touched::Identifier(id) => Update::Identifier(id, at.identifier(id).await?),
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
	use crate::chain::fixtures::id;
	use medrec_client::chain::{PprCall, RegistrarCall, UtilityCall};
	use medrec_primitives::{identity::Status, relationship::Grantee};

	#[test]
	fn protective_calls_are_found_within_batches() {
		let revoke: RuntimeCall = PprCall::revoke { relationship: id(1), grant: id(2) }.into();
		let grantee = Grantee::Subject(id(3));
		let all: RuntimeCall = PprCall::revoke_all { relationship: id(1), grantee }.into();
		let status = RegistrarCall::set_status { subject: id(4), status: Status::Suspended };
		let status: RuntimeCall = status.into();
		let batch = RuntimeCall::Utility(UtilityCall::batch {
			calls: vec![
				revoke.clone(),
				RuntimeCall::batch_all(vec![all.clone(), status.clone()]),
				PprCall::accept { relationship: id(5) }.into(),
			],
		});
		assert_eq!(protective_calls(&batch), [revoke, all, status]);
	}
}
