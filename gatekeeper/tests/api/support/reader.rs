//! A view of the chain whose node stops answering at a moment that a test chooses.

use async_trait::async_trait;
use medrec_gatekeeper::chain::{
	AccessContext, Anchored, BountyFacts, ChainReader, RelationshipFacts, RequesterFacts, Stale,
	Status, View,
};
use medrec_primitives::{
	bounty::BountyId,
	identity::{Identifier, SubjectId},
	relationship::RelationshipId,
	AccountId,
};
use parking_lot::Mutex;
use std::sync::{
	atomic::{AtomicBool, Ordering},
	Arc,
};

/// A view that is disconnected after the first decision about a certain requester.
pub struct DisconnectingView {
	view: Arc<View>,
	after: Mutex<Option<SubjectId>>,
	disconnected: AtomicBool,
}

impl DisconnectingView {
	pub fn new(view: Arc<View>) -> DisconnectingView {
		DisconnectingView { view, after: Mutex::default(), disconnected: AtomicBool::new(false) }
	}

	/// Disconnects after the next decision about `requester`.
	pub fn disconnect_after_deciding(&self, requester: SubjectId) {
		*self.after.lock() = Some(requester);
	}
}

#[async_trait]
impl ChainReader for DisconnectingView {
	fn status(&self) -> Status {
		let status = self.view.status();
		let disconnected = self.disconnected.load(Ordering::SeqCst);
		Status { connected: status.connected && !disconnected, ..status }
	}

	fn context(
		&self,
		requester: &SubjectId,
		relationship: &RelationshipId,
	) -> Option<AccessContext> {
		if *self.after.lock() == Some(*requester) {
			self.disconnected.store(true, Ordering::SeqCst);
		}
		self.view.context(requester, relationship)
	}

	fn requester(&self, account: &AccountId) -> Option<RequesterFacts> {
		self.view.requester(account)
	}

	fn resolve(&self, identifier: &Identifier) -> Option<SubjectId> {
		self.view.resolve(identifier)
	}

	fn relationships(&self) -> Vec<(RelationshipId, Arc<RelationshipFacts>)> {
		self.view.relationships()
	}

	fn pending(&self) -> usize {
		self.view.pending()
	}

	async fn anchored(&self, provider: &SubjectId) -> Result<Anchored, Stale> {
		self.view.anchored(provider).await
	}

	fn bounty(&self, bounty: &BountyId) -> Option<BountyFacts> {
		self.view.bounty(bounty)
	}

	fn owed(&self) -> Vec<(BountyId, BountyFacts)> {
		self.view.owed()
	}
}
