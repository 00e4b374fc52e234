//! The state of the chain in memory.

use super::{
	AccessContext, Anchored, BountyFacts, ChainReader, ChainState, PendingCalls, RelationshipFacts,
	RequesterFacts, Snapshot, Source, Stale, Status,
};
use async_trait::async_trait;
use medrec_primitives::{
	bounty::{BountyId, BountyState},
	identity::{Identifier, Subject, SubjectId},
	record::Category,
	relationship::{RelationshipId, RelationshipState, ResearchConsent},
	AccountId,
};
use parking_lot::RwLock;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The time for which the node counts as connected after it listed its pool. The pool is read every
/// second; later revocations in it are unknown.
pub(super) const POOL_VALID: Duration = Duration::from_secs(10);

/// The part of the chain's state that concerns this gatekeeper, at the best and at the final block.
/// [`View::follow`] keeps it up to date.
pub struct View {
	pub(super) source: Arc<dyn Source>,
	pub(super) shared: RwLock<Shared>,
}

#[derive(Default)]
pub(super) struct Shared {
	/// `connected` is whether the last step of following succeeded.
	pub status: Status,
	/// The time of the last request for the pool that was answered.
	pub pool_read: Option<Instant>,
	pub best: ChainState,
	pub finalized: ChainState,
	pub pending: PendingCalls,
}

impl View {
	/// A view of the chain behind `source`. It is empty until it is followed.
	pub fn new(source: Arc<dyn Source>) -> View {
		View { source, shared: RwLock::default() }
	}
}

impl Shared {
	/// Whether `subject` is active at the best block, and no pending call suspends it.
	fn is_active_at_best(&self, subject: &SubjectId) -> bool {
		self.best.is_active(subject) && !self.pending.suspends(&self.best, subject)
	}

	/// A relationship at the best block, narrowed by the pending calls.
	fn narrowed(&self, id: &RelationshipId) -> Option<Arc<RelationshipFacts>> {
		let facts = self.best.relationship(id)?;
		Some(self.pending.narrow(&self.best, id, facts))
	}
}

#[async_trait]
impl ChainReader for View {
	fn status(&self) -> Status {
		let shared = self.shared.read();
		let current = shared.pool_read.is_some_and(|read| read.elapsed() < POOL_VALID);
		Status { connected: shared.status.connected && current, ..shared.status }
	}

	fn requester(&self, account: &AccountId) -> Option<RequesterFacts> {
		let shared = self.shared.read();
		let (subject, facts) = shared.finalized.subject_of(account)?;
		let (at_best, _) = shared.best.subject_of(account)?;
		// Answers are sealed to the final key: a reorganisation may undo another one.
		(at_best == subject).then(|| RequesterFacts {
			subject,
			encryption_key: facts.encryption_key,
			active: facts.is_active() && shared.is_active_at_best(&subject),
		})
	}

	fn resolve(&self, identifier: &Identifier) -> Option<SubjectId> {
		let shared = self.shared.read();
		let subject = shared.finalized.resolve(identifier)?;
		(shared.best.resolve(identifier) == Some(subject)).then_some(subject)
	}

	fn context(
		&self,
		requester: &SubjectId,
		relationship: &RelationshipId,
	) -> Option<AccessContext> {
		let shared = self.shared.read();
		shared.status.best?;
		let finalized = Snapshot {
			head: shared.finalized.head,
			active: shared.finalized.is_active(requester),
			relationship: shared.finalized.relationship(relationship).cloned(),
		};
		let best = Snapshot {
			head: shared.best.head,
			active: shared.is_active_at_best(requester),
			relationship: shared.narrowed(relationship),
		};
		Some(AccessContext { finalized, best })
	}

	fn relationships(&self) -> Vec<(RelationshipId, Arc<RelationshipFacts>)> {
		let shared = self.shared.read();
		let both = |(id, finalized): (&RelationshipId, &Arc<RelationshipFacts>)| {
			let best = shared.narrowed(id)?;
			let patient = &finalized.relationship.patient;
			let active =
				|state: &ChainState| state.subject(patient).is_some_and(Subject::is_active);
			let usable = finalized.relationship.state == RelationshipState::Active
				&& best.relationship.state == RelationshipState::Active
				&& active(&shared.finalized)
				&& active(&shared.best);
			usable.then(|| {
				let mut facts = finalized.clone();
				let consent = common(&finalized.relationship.research, &best.relationship.research);
				if facts.relationship.research != consent {
					Arc::make_mut(&mut facts).relationship.research = consent;
				}
				(*id, facts)
			})
		};
		shared.finalized.relationships().filter_map(both).collect()
	}

	fn pending(&self) -> usize {
		self.shared.read().pending.len()
	}

	async fn anchored(&self, provider: &SubjectId) -> Result<Anchored, Stale> {
		let best = self.status().best.ok_or(Stale::Loading)?;
		self.source.anchored(&best.hash, provider).await.map_err(|_| Stale::Unreachable)
	}

	fn bounty(&self, bounty: &BountyId) -> Option<BountyFacts> {
		self.shared.read().finalized.bounty(bounty)
	}

	fn owed(&self) -> Vec<(BountyId, BountyFacts)> {
		let shared = self.shared.read();
		let open_at_best = |id: &BountyId| {
			let bounty = shared.best.bounty(id);
			bounty.is_some_and(|facts| facts.bounty.state == BountyState::Open)
		};
		let mut owed: Vec<_> = shared
			.finalized
			.open_bounties()
			.filter(|id| open_at_best(id))
			.filter_map(|id| Some((*id, shared.finalized.bounty(id)?)))
			.collect();
		owed.sort_by_key(|(id, facts)| (facts.bounty.offer.expires_at, *id));
		owed
	}
}

/// The consent in both.
fn common(left: &ResearchConsent, right: &ResearchConsent) -> ResearchConsent {
	match (left, right) {
		(ResearchConsent::Categories(left), ResearchConsent::Categories(right)) => {
			let both: BTreeSet<Category> = left.intersection(right).copied().collect();
			match both.is_empty() {
				true => ResearchConsent::None,
				// The intersection is within the bound of either set.
				false => both.try_into().map_or(ResearchConsent::None, ResearchConsent::Categories),
			}
		},
		(ResearchConsent::None, _) | (_, ResearchConsent::None) => ResearchConsent::None,
	}
}
