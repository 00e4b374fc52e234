//! The part of the chain's state that concerns this gatekeeper, at one block.

use super::{BountyFacts, Head, RelationshipFacts};
use medrec_primitives::{
	authority::Actor,
	bounty::{Bounty, BountyId, BountyState, Dataset, DatasetId},
	identity::{Identifier, Status, Subject, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Relationship, RelationshipId},
	AccountId,
};
use std::{
	collections::{BTreeMap, HashMap},
	hash::Hash,
	sync::Arc,
};

/// The value of a storage entry at a block, `None` if the entry does not exist.
#[derive(Clone, Debug)]
pub enum Update {
	/// A subject.
	Subject(SubjectId, Option<Subject<AccountId>>),
	/// An identifier, with the subject to which it is bound.
	Identifier(Identifier, Option<SubjectId>),
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
	identifiers: HashMap<Identifier, SubjectId>,
	relationships: HashMap<RelationshipId, Arc<RelationshipFacts>>,
	datasets: HashMap<DatasetId, Dataset>,
	bounties: HashMap<BountyId, Bounty>,
}

impl ChainState {
	/// An empty state at `head`. Relationships, datasets and bounties are kept if they are of
	/// `provider`.
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

	/// The active subject that `account` controls. Its acting provider is not known here: none of the
	/// acts that the view looks at is open to a gatekeeper.
	pub fn actor(&self, account: &AccountId) -> Option<Actor> {
		let (id, subject) = self.subject_of(account)?;
		subject.is_active().then(|| Actor::new(id, subject.role, || None))
	}

	/// The subject to which an identifier is bound.
	pub fn resolve(&self, identifier: &Identifier) -> Option<SubjectId> {
		self.identifiers.get(identifier).copied()
	}

	/// Whether `subject` is active.
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

	/// A bounty of the provider, if it is open.
	pub fn open_bounty(&self, id: &BountyId) -> Option<BountyFacts> {
		self.bounty(id).filter(|facts| facts.bounty.state == BountyState::Open)
	}

	/// The open bounties of the provider.
	pub fn open_bounties(&self) -> impl Iterator<Item = (BountyId, BountyFacts)> + '_ {
		self.bounties.keys().filter_map(|id| Some((*id, self.open_bounty(id)?)))
	}

	/// Moves to `head` and applies `updates`, the values at `head` of all entries that changed. The
	/// update of a relationship comes before those of its records and grants.
	pub fn advance(&mut self, head: Head, updates: impl IntoIterator<Item = Update>) {
		self.head = head;
		updates.into_iter().for_each(|update| self.apply(update));
	}

	fn apply(&mut self, update: Update) {
		match update {
			Update::Subject(id, subject) => self.set_subject(id, subject),
			Update::Identifier(id, subject) => set(&mut self.identifiers, id, subject),
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
			// The account may control another subject by now.
			if self.accounts.get(&previous.account) == Some(&id) {
				self.accounts.remove(&previous.account);
			}
		}
		if let Some(subject) = subject {
			// The account of a retired subject is released.
			if subject.status != Status::Retired {
				self.accounts.insert(subject.account.clone(), id);
			}
			self.subjects.insert(id, subject);
		}
	}

	fn set_relationship(&mut self, id: RelationshipId, relationship: Option<Relationship>) {
		match relationship.filter(|relationship| relationship.provider == self.provider) {
			None => drop(self.relationships.remove(&id)),
			Some(relationship) => {
				let facts = self.relationships.entry(id).or_insert_with(|| {
					let (records, grants) = (HashMap::new(), BTreeMap::new());
					Arc::new(RelationshipFacts {
						relationship: relationship.clone(),
						records,
						grants,
					})
				});
				Arc::make_mut(facts).relationship = relationship;
			},
		}
	}
}

fn set<K: Eq + Hash, V>(map: &mut HashMap<K, V>, id: K, value: Option<V>) {
	match value {
		Some(value) => drop(map.insert(id, value)),
		None => drop(map.remove(&id)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::fixtures::{grant, id, relationship};
	use medrec_primitives::{identity::Role, relationship::Effect, H256};

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

	fn empty() -> ChainState {
		ChainState::new(id(9), Head::default())
	}

	fn head(number: u32) -> Head {
		Head { number, hash: H256::from_low_u64_be(number.into()), time: 0 }
	}

	#[test]
	fn a_rotated_account_no_longer_leads_to_its_subject() {
		let mut state = empty();
		let of = |state: &ChainState, account: u8| {
			state.subject_of(&AccountId::new([account; 32])).map(|(id, _)| id)
		};
		state.advance(head(1), [Update::Subject(id(1), Some(subject(7, Status::Active)))]);
		assert_eq!(of(&state, 7), Some(id(1)));
		state.advance(head(2), [Update::Subject(id(1), Some(subject(8, Status::Active)))]);
		assert_eq!((of(&state, 7), of(&state, 8)), (None, Some(id(1))));
		state.advance(head(3), [Update::Subject(id(1), None)]);
		assert_eq!(of(&state, 8), None);
	}

	#[test]
	fn an_account_of_a_new_subject_stays_with_it() {
		let mut state = empty();
		state.advance(head(1), [Update::Subject(id(1), Some(subject(7, Status::Active)))]);
		state.advance(
			head(2),
			[
				Update::Subject(id(2), Some(subject(7, Status::Active))),
				Update::Subject(id(1), Some(subject(8, Status::Active))),
			],
		);
		let (found, _) = state.subject_of(&AccountId::new([7; 32])).unwrap();
		assert_eq!(found, id(2));
	}

	#[test]
	fn suspended_subjects_keep_their_account_and_retired_ones_do_not() {
		let mut state = empty();
		state.advance(head(1), [Update::Subject(id(1), Some(subject(7, Status::Suspended)))]);
		assert!(state.subject_of(&AccountId::new([7; 32])).is_some());
		assert!(!state.is_active(&id(1)));
		state.advance(head(2), [Update::Subject(id(1), Some(subject(7, Status::Retired)))]);
		assert!(state.subject_of(&AccountId::new([7; 32])).is_none());
		assert!(!state.is_active(&id(1)));
	}

	#[test]
	fn an_unbound_identifier_resolves_to_nothing() {
		let mut state = empty();
		let identifier = Identifier::repeat_byte(5);
		state.advance(head(1), [Update::Identifier(identifier, Some(id(1)))]);
		assert_eq!(state.resolve(&identifier), Some(id(1)));
		state.advance(head(2), [Update::Identifier(identifier, None)]);
		assert_eq!(state.resolve(&identifier), None);
	}

	#[test]
	fn relationships_of_other_providers_are_not_kept() {
		let mut state = empty();
		state.advance(
			head(1),
			[
				Update::Relationship(id(3), Some(relationship(id(1), id(8)))),
				Update::Relationship(id(4), Some(relationship(id(1), id(9)))),
				Update::Grant(id(3), id(5), Some(grant(id(2), Effect::Permit))),
				Update::Grant(id(4), id(5), Some(grant(id(2), Effect::Permit))),
			],
		);
		assert!(state.relationship(&id(3)).is_none());
		assert_eq!(state.relationship(&id(4)).unwrap().grants.len(), 1);
		assert_eq!(state.head.number, 1);
	}

	#[test]
	fn shared_parts_of_the_state_do_not_change() {
		let mut state = empty();
		state.advance(
			head(1),
			[
				Update::Relationship(id(4), Some(relationship(id(1), id(9)))),
				Update::Grant(id(4), id(5), Some(grant(id(2), Effect::Permit))),
			],
		);
		let before = state.relationship(&id(4)).unwrap().clone();
		state.advance(head(2), [Update::Grant(id(4), id(5), None)]);
		assert_eq!(before.grants.len(), 1);
		assert_eq!(state.relationship(&id(4)).unwrap().grants.len(), 0);
		state.advance(head(3), [Update::Relationship(id(4), None)]);
		assert!(state.relationship(&id(4)).is_none());
	}
}
