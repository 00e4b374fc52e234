//! What the chain says, in memory.

use super::{
	Anchored, BountyFacts, AccessContext, ChainReader, ChainState, PendingCalls, RelationshipFacts, Requester, Snapshot,
	Source, Stale, Status,
};
use async_trait::async_trait;
use medrec_primitives::{
	bounty::{BountyId, BountyState},
	identity::{Subject, SubjectId},
	relationship::{RelationshipId, RelationshipState, ResearchConsent},
	AccountId,
};
use parking_lot::RwLock;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// For how long a node that told what its pool holds counts as heard. It is asked every second; what
/// was taken back since then is not known.
pub(super) const HEARD: Duration = Duration::from_secs(10);

/// The part of the chain's state that concerns this gatekeeper, at the best and at the final block.
/// [`View::follow`](View::follow) keeps it up to date.
pub struct View {
	pub(super) source: Arc<dyn Source>,
	pub(super) shared: RwLock<Shared>,
}

#[derive(Default)]
pub(super) struct Shared {
	/// What is known of the chain; `connected` is whether following it goes well.
	pub status: Status,
	/// When the node was last asked what its pool holds, and answered.
	pub heard: Option<Instant>,
	pub best: ChainState,
	pub finalized: ChainState,
	pub pending: PendingCalls,
}

impl View {
	/// A view that has seen nothing yet of the chain behind `source`.
	pub fn new(source: Arc<dyn Source>) -> View {
		View { source, shared: RwLock::default() }
	}
}

impl Shared {
	/// Whether `subject` may act at the best block, and nothing in the pool suspends it.
	fn is_active_at_best(&self, subject: &SubjectId) -> bool {
		self.best.is_active(subject) && !self.pending.suspends(&self.best, subject)
	}

	/// A relationship at the best block, less what the pool takes away.
	fn narrowed(&self, id: &RelationshipId) -> Option<Arc<RelationshipFacts>> {
		let facts = self.best.relationship(id)?;
		Some(self.pending.narrow(&self.best, id, facts))
	}
}

#[async_trait]
impl ChainReader for View {
	fn status(&self) -> Status {
		let shared = self.shared.read();
		let heard = shared.heard.is_some_and(|heard| heard.elapsed() < HEARD);
		Status { connected: shared.status.connected && heard, ..shared.status }
	}

	fn requester(&self, account: &AccountId) -> Option<Requester> {
		let shared = self.shared.read();
		let (subject, facts) = shared.finalized.subject_of(account)?;
		let (now, _) = shared.best.subject_of(account)?;
		// The key of an answer is the one that is final: another could be somebody else's.
		(now == subject).then(|| Requester {
			subject,
			encryption_key: facts.encryption_key,
			active: facts.is_active() && shared.is_active_at_best(&subject),
		})
	}

	fn case(&self, requester: &SubjectId, relationship: &RelationshipId) -> Option<AccessContext> {
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
			let active = |mirror: &ChainState| mirror.subject(patient).is_some_and(Subject::is_active);
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

/// The consent that both give.
fn common(left: &ResearchConsent, right: &ResearchConsent) -> ResearchConsent {
	match (left, right) {
		(ResearchConsent::Categories(left), ResearchConsent::Categories(right)) => {
			let both: BTreeSet<u16> = left.intersection(right).copied().collect();
			match both.is_empty() {
				true => ResearchConsent::None,
				// No larger than either of the two.
				false => both.try_into().map_or(ResearchConsent::None, ResearchConsent::Categories),
			}
		},
		(ResearchConsent::None, _) | (_, ResearchConsent::None) => ResearchConsent::None,
	}
}
