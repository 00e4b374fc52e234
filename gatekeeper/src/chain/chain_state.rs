//! The part of the chain's state that concerns this gatekeeper, at one block.

use super::{BountyFacts, Head, RelationshipFacts};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyState, Dataset, DatasetId},
	identity::{Subject, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Relationship, RelationshipId},
	AccountId, H256,
};
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
};

/// A storage entry as it was read at some block; none where there is none.
#[derive(Clone, Debug)]
pub enum Update {
	/// A subject.
	Subject(SubjectId, Option<Subject<AccountId>>),
	/// A relationship.
	Relationship(RelationshipId, Option<Relationship>),
	/// A record of a relationship.
	Record(RelationshipId, RecordId, Option<RecordPointer>),
	/// A grant in a relationship.
	Grant(RelationshipId, GrantId, Option<Grant>),
	/// A dataset.
	Dataset(DatasetId, Option<Dataset>),
	/// A bounty.
	Bounty(BountyId, Option<Bounty>),
}

/// The state at one block.
#[derive(Clone, Debug, Default)]
pub struct ChainState {
	/// The block.
	pub head: Head,
	provider: SubjectId,
	subjects: HashMap<SubjectId, Subject<AccountId>>,
	accounts: HashMap<AccountId, SubjectId>,
	relationships: HashMap<RelationshipId, Arc<RelationshipFacts>>,
	datasets: HashMap<DatasetId, Dataset>,
	bounties: HashMap<BountyId, Bounty>,
}

impl ChainState {
	/// An empty state at `head`, which will hold what is of `provider`, and of others their subjects
	/// alone.
	pub fn new(provider: SubjectId, head: Head) -> ChainState {
		ChainState { head, provider, ..ChainState::default() }
	}

	/// A subject.
	pub fn subject(&self, id: &SubjectId) -> Option<&Subject<AccountId>> {
		self.subjects.get(id)
	}

	/// The subject that `account` controls.
	pub fn subject_of(&self, account: &AccountId) -> Option<(SubjectId, &Subject<AccountId>)> {
		let id = self.accounts.get(account)?;
		Some((*id, self.subjects.get(id)?))
	}

	/// Whether `subject` may act.
	pub fn is_active(&self, subject: &SubjectId) -> bool {
		self.subjects.get(subject).is_some_and(Subject::is_active)
	}

	/// A relationship of the provider.
	pub fn relationship(&self, id: &RelationshipId) -> Option<&Arc<RelationshipFacts>> {
		self.relationships.get(id)
	}

	/// All relationships of the provider.
	pub fn relationships(
		&self,
	) -> impl Iterator<Item = (&RelationshipId, &Arc<RelationshipFacts>)> {
		self.relationships.iter()
	}

	/// A bounty of the provider, with its dataset.
	pub fn bounty(&self, id: &BountyId) -> Option<BountyFacts> {
		let bounty = self.bounties.get(id)?.clone();
		let dataset = self.datasets.get(&bounty.offer.dataset)?.clone();
		Some(BountyFacts { bounty, dataset })
	}

	/// The bounties of the provider that are not answered.
	pub fn open_bounties(&self) -> impl Iterator<Item = &BountyId> {
		let open = |bounty: &Bounty| bounty.state == BountyState::Open;
		self.bounties.iter().filter(move |(_, bounty)| open(bounty)).map(|(id, _)| id)
	}

	/// Moves to `head`, at which what has changed reads as `updates` say. An update of a
	/// relationship must come before those of what is in it.
	pub fn advance(&mut self, head: Head, updates: impl IntoIterator<Item = Update>) {
		self.head = head;
		updates.into_iter().for_each(|update| self.apply(update));
	}

	fn apply(&mut self, update: Update) {
		match update {
			Update::Subject(id, subject) => self.set_subject(id, subject),
			Update::Relationship(id, relationship) => self.set_relationship(id, relationship),
			Update::Record(relationship, id, record) => {
				if let Some(facts) = self.relationships.get_mut(&relationship) {
					set(&mut Arc::make_mut(facts).records, id, record);
				}
			},
			Update::Grant(relationship, id, grant) => {
				if let Some(facts) = self.relationships.get_mut(&relationship) {
					let grants = &mut Arc::make_mut(facts).grants;
					match grant {
						Some(grant) => drop(grants.insert(id, grant)),
						None => drop(grants.remove(&id)),
					}
				}
			},
			Update::Dataset(id, dataset) => {
				let ours = dataset.filter(|dataset| dataset.provider == self.provider);
				set(&mut self.datasets, id, ours);
			},
			Update::Bounty(id, bounty) => {
				let ours = bounty.filter(|bounty| bounty.provider == self.provider);
				set(&mut self.bounties, id, ours);
			},
		}
	}

	fn set_subject(&mut self, id: SubjectId, subject: Option<Subject<AccountId>>) {
		if let Some(previous) = self.subjects.remove(&id) {
			// The account may control somebody else by now.
			if self.accounts.get(&previous.account) == Some(&id) {
				self.accounts.remove(&previous.account);
			}
		}
		if let Some(subject) = subject {
			// A retired subject has given its account back.
			if subject.status != medrec_primitives::identity::Status::Retired {
				self.accounts.insert(subject.account.clone(), id);
			}
			self.subjects.insert(id, subject);
		}
	}

	fn set_relationship(&mut self, id: RelationshipId, relationship: Option<Relationship>) {
		match relationship.filter(|relationship| relationship.provider == self.provider) {
			None => drop(self.relationships.remove(&id)),
			Some(relationship) => match self.relationships.get_mut(&id) {
				Some(facts) => Arc::make_mut(facts).relationship = relationship,
				None => {
					let facts = RelationshipFacts {
						relationship,
						records: HashMap::new(),
						grants: BTreeMap::new(),
					};
					self.relationships.insert(id, Arc::new(facts));
				},
			},
		}
	}
}

fn set<V>(map: &mut HashMap<H256, V>, id: H256, value: Option<V>) {
	match value {
		Some(value) => drop(map.insert(id, value)),
		None => drop(map.remove(&id)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::fixtures::{grant, id, relationship};
	use medrec_primitives::{
		identity::{Role, Status},
		relationship::Effect,
	};

	fn subject(account: u8, status: Status) -> Subject<AccountId> {
		Subject {
			role: Role::Patient,
			account: AccountId::new([account; 32]),
			sponsor: None,
			status,
			encryption_key: None,
			registered_at: 0,
		}
	}

	fn mirror() -> ChainState {
		ChainState::new(id(9), Head::default())
	}

	fn head(number: u32) -> Head {
		Head { number, hash: H256::from_low_u64_be(number.into()), time: 0 }
	}

	#[test]
	fn a_rotated_account_no_longer_leads_to_its_subject() {
		let mut mirror = mirror();
		let of = |mirror: &ChainState, account: u8| {
			mirror.subject_of(&AccountId::new([account; 32])).map(|(id, _)| id)
		};
		mirror.advance(head(1), [Update::Subject(id(1), Some(subject(7, Status::Active)))]);
		assert_eq!(of(&mirror, 7), Some(id(1)));
		mirror.advance(head(2), [Update::Subject(id(1), Some(subject(8, Status::Active)))]);
		assert_eq!((of(&mirror, 7), of(&mirror, 8)), (None, Some(id(1))));
		mirror.advance(head(3), [Update::Subject(id(1), None)]);
		assert_eq!(of(&mirror, 8), None);
	}

	#[test]
	fn an_account_that_was_taken_over_stays_with_its_new_subject() {
		let mut mirror = mirror();
		mirror.advance(head(1), [Update::Subject(id(1), Some(subject(7, Status::Active)))]);
		mirror.advance(
			head(2),
			[
				Update::Subject(id(2), Some(subject(7, Status::Active))),
				Update::Subject(id(1), Some(subject(8, Status::Active))),
			],
		);
		let (found, _) = mirror.subject_of(&AccountId::new([7; 32])).unwrap();
		assert_eq!(found, id(2));
	}

	#[test]
	fn suspended_and_retired_subjects_are_told_apart() {
		let mut mirror = mirror();
		mirror.advance(head(1), [Update::Subject(id(1), Some(subject(7, Status::Suspended)))]);
		assert!(mirror.subject_of(&AccountId::new([7; 32])).is_some());
		assert!(!mirror.is_active(&id(1)));
		mirror.advance(head(2), [Update::Subject(id(1), Some(subject(7, Status::Retired)))]);
		assert!(mirror.subject_of(&AccountId::new([7; 32])).is_none());
		assert!(!mirror.is_active(&id(1)));
	}

	#[test]
	fn relationships_of_other_providers_are_not_kept() {
		let mut mirror = mirror();
		mirror.advance(
			head(1),
			[
				Update::Relationship(id(3), Some(relationship(id(1), id(8)))),
				Update::Relationship(id(4), Some(relationship(id(1), id(9)))),
				Update::Grant(id(3), id(5), Some(grant(id(2), Effect::Permit))),
				Update::Grant(id(4), id(5), Some(grant(id(2), Effect::Permit))),
			],
		);
		assert!(mirror.relationship(&id(3)).is_none());
		assert_eq!(mirror.relationship(&id(4)).unwrap().grants.len(), 1);
		assert_eq!(mirror.head.number, 1);
	}

	#[test]
	fn what_others_hold_of_the_state_does_not_change_under_them() {
		let mut mirror = mirror();
		mirror.advance(
			head(1),
			[
				Update::Relationship(id(4), Some(relationship(id(1), id(9)))),
				Update::Grant(id(4), id(5), Some(grant(id(2), Effect::Permit))),
			],
		);
		let before = mirror.relationship(&id(4)).unwrap().clone();
		mirror.advance(head(2), [Update::Grant(id(4), id(5), None)]);
		assert_eq!(before.grants.len(), 1);
		assert_eq!(mirror.relationship(&id(4)).unwrap().grants.len(), 0);
		mirror.advance(head(3), [Update::Relationship(id(4), None)]);
		assert!(mirror.relationship(&id(4)).is_none());
	}
}
