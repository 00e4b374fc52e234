//! The state of the chain in memory.

use super::{
	pending::PendingCalls, AccessContext, Anchored, BountyFacts, ChainState, Enrolment,
	NotEnrolled, RelationshipFacts, RequesterFacts, Snapshot, Source, Stale, Status,
};
use medrec_primitives::{
	bounty::BountyId,
	identity::{Identifier, SubjectId},
	record::Category,
	relationship::{RelationshipId, RelationshipState, ResearchConsent},
	AccountId,
};
use parking_lot::RwLock;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{
	sync::watch,
	time::{sleep, timeout, Instant},
};

/// The time for which the node counts as connected after it listed its pool. The pool is read every
/// second; later revocations in it are unknown.
pub(super) const POOL_VALID: Duration = Duration::from_secs(10);

/// The time after which a node that does not answer counts as lost. One that runs answers sooner.
const LOST: Duration = Duration::from_secs(3);

/// The interval at which a node that may be lost is asked.
const ASK: Duration = Duration::from_millis(500);

/// The part of the chain's state that concerns this gatekeeper, at the best and at the final block.
/// [`View::follow`] keeps it up to date. All but [`View::anchored`] is answered from memory.
pub struct View {
	pub(super) source: Arc<dyn Source>,
	pub(super) shared: RwLock<Shared>,
	/// Replaced whenever everything was read.
	pub(super) enrolment: watch::Sender<Option<Result<Enrolment, NotEnrolled>>>,
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
		View { source, shared: RwLock::default(), enrolment: watch::Sender::new(None) }
	}

	/// The gatekeeper's enrolment; none until the state was read. It is notified of each time that
	/// everything is read.
	pub fn enrolment(&self) -> watch::Receiver<Option<Result<Enrolment, NotEnrolled>>> {
		self.enrolment.subscribe()
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

impl View {
	/// The progress of the view.
	pub fn status(&self) -> Status {
		let shared = self.shared.read();
		let current = shared.pool_read.is_some_and(|read| read.elapsed() < POOL_VALID);
		Status { connected: shared.status.connected && current, ..shared.status }
	}

	/// The subject that `account` controls at the final block and still at the best one. It may be
	/// suspended.
	pub fn requester(&self, account: &AccountId) -> Option<RequesterFacts> {
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

	/// The subject to which `identifier` is bound at the final block and still at the best one.
	pub fn resolve(&self, identifier: &Identifier) -> Option<SubjectId> {
		let shared = self.shared.read();
		let subject = shared.finalized.resolve(identifier)?;
		(shared.best.resolve(identifier) == Some(subject)).then_some(subject)
	}

	/// The state of `requester` and `relationship` at both heads; `None` until the state was read.
	pub fn context(
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

	/// The provider's relationships that are active with an active patient at the final and at the
	/// best block, as they are at the final one. Consent to research is that of both blocks.
	pub fn relationships(&self) -> Vec<(RelationshipId, Arc<RelationshipFacts>)> {
		let shared = self.shared.read();
		let both = |(id, finalized): (&RelationshipId, &Arc<RelationshipFacts>)| {
			let best = shared.narrowed(id)?;
			let patient = &finalized.relationship.patient;
			let usable = finalized.relationship.state == RelationshipState::Active
				&& best.relationship.state == RelationshipState::Active
				&& shared.finalized.is_active(patient)
				&& shared.best.is_active(patient);
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

	/// The number of protective calls in the pool.
	pub fn pending(&self) -> usize {
		self.shared.read().pending.len()
	}

	/// The anchored part of the access log of `provider` at the best block. This asks the node.
	pub async fn anchored(&self, provider: &SubjectId) -> Result<Anchored, Stale> {
		let best = self.status().best.ok_or(Stale::Loading)?;
		self.source.anchored(&best.hash, provider).await.map_err(|_| Stale::Unreachable)
	}

	/// Completes when the node does not answer. This asks the node again and again.
	pub async fn lost(&self) {
		while matches!(timeout(LOST, self.source.heads()).await, Ok(Ok(_))) {
			sleep(ASK).await;
		}
	}

	/// A bounty of the provider at the final block.
	pub fn bounty(&self, bounty: &BountyId) -> Option<BountyFacts> {
		self.shared.read().finalized.bounty(bounty)
	}

	/// The provider's bounties that are open at the final and at the best block, the nearest deadline
	/// first.
	pub fn owed(&self) -> Vec<(BountyId, BountyFacts)> {
		let shared = self.shared.read();
		let open_at_best = |(id, _): &(BountyId, _)| shared.best.open_bounty(id).is_some();
		let mut owed: Vec<_> = shared.finalized.open_bounties().filter(open_at_best).collect();
		owed.sort_by_key(|(id, facts)| (facts.bounty.offer.expires_at, *id));
		owed
	}
}

/// The consent in both.
fn common(left: &ResearchConsent, right: &ResearchConsent) -> ResearchConsent {
	match (left, right) {
		(ResearchConsent::Categories(left), ResearchConsent::Categories(right)) => {
			let both: BTreeSet<Category> = left.intersection(right).copied().collect();
			// The intersection is within the bound of either set.
			let both = (!both.is_empty()).then(|| both.try_into().ok()).flatten();
			both.map_or(ResearchConsent::None, ResearchConsent::Categories)
		},
		(ResearchConsent::None, _) | (_, ResearchConsent::None) => ResearchConsent::None,
	}
}
