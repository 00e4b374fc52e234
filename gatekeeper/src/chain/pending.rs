//! Protective calls in the transaction pool. They count from the moment at which they are seen there,
//! if [`authority`] allows them to their signer.

use super::{ChainState, RelationshipFacts};
use medrec_client::chain::{PprCall, RegistrarCall, RuntimeCall};
use medrec_primitives::{
	authority::{self, StatusOrigin},
	identity::{Status, SubjectId},
	merkle::sha3,
	relationship::{Effect, Grant, GrantId, Purposes, RelationshipId},
	AccountId, BlockNumber,
};
use parity_scale_codec::Encode;
use std::sync::Arc;

/// The number of blocks for which a call still counts after it left the pool. Either a block that was
/// not read yet holds it, or it was dropped and counts slightly too long. Neither widens access.
const LINGER: BlockNumber = 2;

#[derive(Clone, Debug)]
struct PendingCall {
	signer: AccountId,
	call: RuntimeCall,
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
		pool: impl IntoIterator<Item = (AccountId, RuntimeCall)>,
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

	/// Whether a pending call suspends or retires `subject`.
	pub fn suspends(&self, state: &ChainState, subject: &SubjectId) -> bool {
		let Some(stored) = state.subject(subject) else { return false };
		self.calls.iter().any(|pending| match (&pending.call, state.actor(&pending.signer)) {
			(
				RuntimeCall::Registrar(RegistrarCall::set_status { subject: named, status }),
				Some(actor),
			) => {
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
		for PendingCall { signer, call, .. } in &self.calls {
			apply(state, &mut narrowed, id, signer, call);
		}
		narrowed
	}
}

/// Applies a call to relationship `id` if its signer may make it and it opens nothing.
fn apply(
	state: &ChainState,
	facts: &mut Arc<RelationshipFacts>,
	id: &RelationshipId,
	signer: &AccountId,
	call: &RuntimeCall,
) {
	let revoked = match call {
		RuntimeCall::Ppr(PprCall::revoke { grant, .. }) => facts.grants.get(grant).cloned(),
		_ => None,
	};
	let (Some((relationship, act)), Some(actor)) =
		(call.act(|_, _| revoked.as_ref(), |_, _| None), state.actor(signer))
	else {
		return;
	};
	let may_act = || authority::authorize(&actor, &facts.relationship, act).is_ok();
	if relationship != *id || !act.narrows() || !may_act() {
		return;
	}
	let RelationshipFacts { relationship, grants, .. } = Arc::make_mut(facts);
	match call {
		RuntimeCall::Ppr(PprCall::revoke { grant, .. }) => drop(grants.remove(grant)),
		RuntimeCall::Ppr(PprCall::deny { grantee, scope, not_before, expires_at, .. }) => {
			let denial = Grant {
				grantee: *grantee,
				effect: Effect::Deny,
				scope: scope.clone(),
				purposes: Purposes::new(),
				not_before: not_before.unwrap_or(0),
				expires_at: *expires_at,
				given_at: 0,
			};
			grants.insert(GrantId(sha3(&[b"pending", &denial.encode()]).0), denial);
		},
		_ => {
			grants.retain(|_, grant| !act.ends(grant));
			relationship.state = act.state_after(relationship.state).unwrap_or(relationship.state);
		},
	}
}

#[cfg(test)]
mod tests;
