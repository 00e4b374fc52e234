//! What the chain says, by a node that can fall silent at a moment that a test chooses.

use async_trait::async_trait;
use medrec_gatekeeper::chain::{
	Anchored, BountyFacts, AccessContext, ChainReader, RelationshipFacts, Requester, Stale, Status, View,
};
use medrec_primitives::{
	bounty::BountyId, identity::SubjectId, relationship::RelationshipId, AccountId,
};
use parking_lot::Mutex;
use std::sync::{
	atomic::{AtomicBool, Ordering},
	Arc,
};

/// A view that no longer hears the node once it was asked about a certain requester.
pub struct Wavering {
	view: Arc<View>,
	after: Mutex<Option<SubjectId>>,
	silent: AtomicBool,
}

impl Wavering {
	pub fn new(view: Arc<View>) -> Wavering {
		Wavering { view, after: Mutex::default(), silent: AtomicBool::new(false) }
	}

	/// Lets the node fall silent as soon as something is decided about `requester`.
	pub fn fall_silent_after_deciding(&self, requester: SubjectId) {
		*self.after.lock() = Some(requester);
	}
}

#[async_trait]
impl ChainReader for Wavering {
	fn status(&self) -> Status {
		let status = self.view.status();
		Status { connected: status.connected && !self.silent.load(Ordering::SeqCst), ..status }
	}

	fn requester(&self, account: &AccountId) -> Option<Requester> {
		self.view.requester(account)
	}

	fn case(&self, requester: &SubjectId, relationship: &RelationshipId) -> Option<AccessContext> {
		if *self.after.lock() == Some(*requester) {
			self.silent.store(true, Ordering::SeqCst);
		}
		self.view.case(requester, relationship)
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
