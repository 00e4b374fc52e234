//! Calls that take access away and still wait in the transaction pool. They count as soon as they
//! are seen there, provided that their sender has the right to make them.

use super::{ChainState, RelationshipFacts};
use medrec_primitives::{
	identity::{Role, Status, SubjectId},
	merkle::sha3,
	relationship::{
		Effect, Grant, GrantId, Grantee, Purposes, RelationshipId, RelationshipState, Scope,
	},
	AccountId, BlockNumber, Moment,
};
use std::sync::Arc;

/// For how many blocks a call that left the pool still counts. It left for a block that is not read
/// yet, or it was dropped and counts a little too long; neither opens anything.
const LINGER: BlockNumber = 2;

/// A call that takes access away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Protective {
	/// `ppr.revoke`.
	Revoke(RelationshipId, GrantId),
	/// `ppr.revoke_all`.
	RevokeAll(RelationshipId, Grantee),
	/// `ppr.deny`; the last two are its `not_before` and `expires_at`.
	Deny(RelationshipId, Grantee, Scope, Option<Moment>, Option<Moment>),
	/// `ppr.terminate`.
	Terminate(RelationshipId),
	/// `registrar.set_status`.
	SetStatus(SubjectId, Status),
}

impl Protective {
	fn relationship(&self) -> Option<&RelationshipId> {
		match self {
			Protective::Revoke(relationship, _)
			| Protective::RevokeAll(relationship, _)
			| Protective::Deny(relationship, ..)
			| Protective::Terminate(relationship) => Some(relationship),
			Protective::SetStatus(..) => None,
		}
	}
}

#[derive(Clone, Debug)]
struct Waiting {
	signer: AccountId,
	call: Protective,
	/// The best block that was known when the call was last seen in the pool.
	seen_at: BlockNumber,
}

/// The protective calls of the pool.
#[derive(Clone, Debug, Default)]
pub struct PendingCalls {
	waiting: Vec<Waiting>,
}

impl PendingCalls {
	/// Takes in what the pool holds now, while the best block has the number `best`.
	pub fn refresh(
		&mut self,
		best: BlockNumber,
		pool: impl IntoIterator<Item = (AccountId, Protective)>,
	) {
		for (signer, call) in pool {
			let known = self
				.waiting
				.iter_mut()
				.find(|waiting| waiting.signer == signer && waiting.call == call);
			match known {
				Some(waiting) => waiting.seen_at = best,
				None => self.waiting.push(Waiting { signer, call, seen_at: best }),
			}
		}
		self.forget(best);
	}

	/// Forgets the calls that left the pool long enough before the best block with number `best`.
	pub fn forget(&mut self, best: BlockNumber) {
		self.waiting.retain(|waiting| best < waiting.seen_at.saturating_add(LINGER));
	}

	/// How many calls count.
	pub fn len(&self) -> usize {
		self.waiting.len()
	}

	/// Whether none does.
	pub fn is_empty(&self) -> bool {
		self.waiting.is_empty()
	}

	/// Whether a call that counts takes from `subject` that it may act.
	pub fn suspends(&self, mirror: &ChainState, subject: &SubjectId) -> bool {
		self.waiting.iter().any(|waiting| match &waiting.call {
			Protective::SetStatus(named, status) if named == subject => {
				*status != Status::Active
					&& may_set_status(mirror, &waiting.signer, subject, *status)
			},
			_ => false,
		})
	}

	/// The relationship as it will be when the calls that count are executed.
	pub fn narrow(
		&self,
		mirror: &ChainState,
		id: &RelationshipId,
		facts: &Arc<RelationshipFacts>,
	) -> Arc<RelationshipFacts> {
		let mut narrowed = facts.clone();
		for waiting in &self.waiting {
			if waiting.call.relationship() != Some(id) {
				continue;
			}
			let Some((sender, subject)) = mirror.subject_of(&waiting.signer) else { continue };
			if subject.is_active() {
				apply(&mut narrowed, &waiting.call, sender);
			}
		}
		narrowed
	}
}

/// The registrar's rule: the sponsor, or oneself to retire. The council acts by motions, which are
/// not seen in the pool for what they are.
fn may_set_status(
	mirror: &ChainState,
	signer: &AccountId,
	subject: &SubjectId,
	status: Status,
) -> bool {
	let Some((sender, sending)) = mirror.subject_of(signer) else { return false };
	let Some(target) = mirror.subject(subject) else { return false };
	let sponsor = target.sponsor == Some(sender) && sending.role == Role::Provider;
	let retires_itself = sender == *subject && status == Status::Retired;
	sending.is_active() && (sponsor || retires_itself)
}

/// Executes `call` by `sender`, if the sender has the right to it.
fn apply(facts: &mut Arc<RelationshipFacts>, call: &Protective, sender: SubjectId) {
	let patient = facts.relationship.patient == sender;
	let provider = facts.relationship.provider == sender;
	match call {
		// To take a refusal back opens something, which nothing in the pool can do.
		Protective::Revoke(_, id) => {
			let permit = facts.grants.get(id).filter(|grant| grant.effect == Effect::Permit);
			if permit.is_some_and(|grant| patient || grant.grantee == Grantee::Subject(sender)) {
				Arc::make_mut(facts).grants.remove(id);
			}
		},
		Protective::RevokeAll(_, grantee) => {
			if patient || *grantee == Grantee::Subject(sender) {
				Arc::make_mut(facts)
					.grants
					.retain(|_, grant| grant.grantee != *grantee || grant.effect == Effect::Deny);
			}
		},
		Protective::Deny(_, grantee, scope, not_before, expires_at) => {
			if patient {
				let refusal = Grant {
					grantee: *grantee,
					effect: Effect::Deny,
					scope: scope.clone(),
					purposes: Purposes::new(),
					not_before: not_before.unwrap_or(0),
					expires_at: *expires_at,
					given_at: 0,
				};
				let id = sha3(&[b"pending", format!("{refusal:?}").as_bytes()]);
				Arc::make_mut(facts).grants.insert(id, refusal);
			}
		},
		Protective::Terminate(_) => {
			if (patient || provider) && facts.relationship.state == RelationshipState::Active {
				Arc::make_mut(facts).relationship.state = RelationshipState::Terminated;
			}
		},
		Protective::SetStatus(..) => {},
	}
}

#[cfg(test)]
mod tests;
