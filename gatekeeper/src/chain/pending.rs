//! Protective calls in the transaction pool. They count from the moment at which they are seen there,
//! if [`authority`] allows them to their signer.

use super::{ChainState, RelationshipFacts};
use medrec_primitives::{
	authority::{self, Act, Actor, StatusOrigin},
	identity::{Status, SubjectId},
	merkle::sha3,
	relationship::{Effect, Grant, GrantId, Grantee, Purposes, RelationshipId, Scope},
	AccountId, BlockNumber, Moment,
};
use parity_scale_codec::Encode;
use std::sync::Arc;

/// The number of blocks for which a call still counts after it left the pool. Either a block that was
/// not read yet holds it, or it was dropped and counts slightly too long. Neither widens access.
const LINGER: BlockNumber = 2;

/// A protective call that narrows access to records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProtectiveCall {
	/// `ppr.revoke`.
	Revoke(RelationshipId, GrantId),
	/// `ppr.revoke_all`.
	RevokeAll(RelationshipId, Grantee),
	/// `ppr.deny`, with its `not_before` and `expires_at`.
	Deny(RelationshipId, Grantee, Scope, Option<Moment>, Option<Moment>),
	/// `ppr.terminate`.
	Terminate(RelationshipId),
	/// `registrar.set_status`.
	SetStatus(SubjectId, Status),
}

impl ProtectiveCall {
	fn relationship(&self) -> Option<&RelationshipId> {
		match self {
			ProtectiveCall::Revoke(relationship, _)
			| ProtectiveCall::RevokeAll(relationship, _)
			| ProtectiveCall::Deny(relationship, ..)
			| ProtectiveCall::Terminate(relationship) => Some(relationship),
			ProtectiveCall::SetStatus(..) => None,
		}
	}
}

#[derive(Clone, Debug)]
struct PendingCall {
	signer: AccountId,
	call: ProtectiveCall,
	/// The number of the best block when the call was last seen in the pool.
	seen_at: BlockNumber,
}

/// The protective calls of the pool.
#[derive(Clone, Debug, Default)]
pub struct PendingCalls {
	calls: Vec<PendingCall>,
}

impl PendingCalls {
	/// Replaces the calls by the present ones of the `pool`. Those that are missing still count for
	/// two blocks. `best` is the number of the best block.
	pub fn refresh(
		&mut self,
		best: BlockNumber,
		pool: impl IntoIterator<Item = (AccountId, ProtectiveCall)>,
	) {
		for (signer, call) in pool {
			let known =
				self.calls.iter_mut().find(|known| known.signer == signer && known.call == call);
			match known {
				Some(known) => known.seen_at = best,
				None => self.calls.push(PendingCall { signer, call, seen_at: best }),
			}
		}
		self.forget(best);
	}

	/// Removes the calls that left the pool at least two blocks before the best block, whose number is
	/// `best`.
	pub fn forget(&mut self, best: BlockNumber) {
		self.calls.retain(|pending| best < pending.seen_at.saturating_add(LINGER));
	}

	/// The number of calls that count.
	pub fn len(&self) -> usize {
		self.calls.len()
	}

	/// Whether no call counts.
	pub fn is_empty(&self) -> bool {
		self.calls.is_empty()
	}

	/// Whether a pending call suspends or retires `subject`.
	pub fn suspends(&self, state: &ChainState, subject: &SubjectId) -> bool {
		let Some(stored) = state.subject(subject) else { return false };
		self.calls.iter().any(|pending| match (&pending.call, state.actor(&pending.signer)) {
			(ProtectiveCall::SetStatus(named, status), Some(actor)) => {
				let origin = StatusOrigin::Actor(actor);
				named == subject
					&& *status != Status::Active
					&& authority::may_set_status(&origin, subject, stored, *status)
			},
			_ => false,
		})
	}

	/// The relationship as it is after the pending calls.
	pub fn narrow(
		&self,
		state: &ChainState,
		id: &RelationshipId,
		facts: &Arc<RelationshipFacts>,
	) -> Arc<RelationshipFacts> {
		let mut narrowed = facts.clone();
		for pending in self.calls.iter().filter(|pending| pending.call.relationship() == Some(id)) {
			if let Some(actor) = state.actor(&pending.signer) {
				apply(&mut narrowed, &pending.call, &actor);
			}
		}
		narrowed
	}
}

/// Applies `call` by `actor` if the actor may make it and it opens nothing.
fn apply(facts: &mut Arc<RelationshipFacts>, call: &ProtectiveCall, actor: &Actor) {
	let revoked;
	let act = match call {
		ProtectiveCall::Revoke(_, id) => {
			let Some(grant) = facts.grants.get(id) else { return };
			revoked = grant.clone();
			Act::Revoke(&revoked)
		},
		ProtectiveCall::RevokeAll(_, grantee) => Act::RevokeAll(grantee),
		ProtectiveCall::Deny(..) => Act::Give(Effect::Deny),
		ProtectiveCall::Terminate(_) => Act::Terminate,
		ProtectiveCall::SetStatus(..) => return,
	};
	if !act.narrows() || authority::authorize(actor, &facts.relationship, act).is_err() {
		return;
	}
	let facts = Arc::make_mut(facts);
	match call {
		ProtectiveCall::Revoke(_, id) => drop(facts.grants.remove(id)),
		ProtectiveCall::RevokeAll(..) => facts.grants.retain(|_, grant| !act.ends(grant)),
		ProtectiveCall::Deny(_, grantee, scope, not_before, expires_at) => {
			let denial = Grant {
				grantee: *grantee,
				effect: Effect::Deny,
				scope: scope.clone(),
				purposes: Purposes::new(),
				not_before: not_before.unwrap_or(0),
				expires_at: *expires_at,
				given_at: 0,
			};
			facts.grants.insert(GrantId(sha3(&[b"pending", &denial.encode()]).0), denial);
		},
		ProtectiveCall::Terminate(_) | ProtectiveCall::SetStatus(..) => {
			if let Some(state) = act.state_after(facts.relationship.state) {
				facts.relationship.state = state;
			}
		},
	}
}

#[cfg(test)]
mod tests;
