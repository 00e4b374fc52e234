//! Which calls can be made on this chain, and which calls a call holds.

use crate::{Hash, RuntimeCall};
use alloc::{vec, vec::Vec};
use frame_support::{traits::Contains, weights::Weight};

/// Whether anybody may make this call, apart from what it holds. The list says what may be made, so
/// that a call which the next release of a pallet brings along is nobody's until it is looked at.
///
/// Among what is left out are remarks, which would write anything into blocks that are kept for
/// ever; what only Root could do, whom there is not; and acting as an account that derives from
/// another, which is no subject's.
fn is_listed(call: &RuntimeCall) -> bool {
	use pallet_collective::Call as Council;
	use pallet_utility::Call as Utility;
	match call {
		RuntimeCall::Registrar(_)
		| RuntimeCall::Ppr(_)
		| RuntimeCall::Summary(_)
		| RuntimeCall::MiningBounty(_) => true,
		RuntimeCall::Council(call) => {
			matches!(call, Council::propose { .. } | Council::vote { .. } | Council::close { .. })
		},
		RuntimeCall::Utility(call) => matches!(
			call,
			Utility::batch { .. }
				| Utility::batch_all { .. }
				| Utility::force_batch { .. }
				| Utility::if_else { .. }
		),
		RuntimeCall::System(_) | RuntimeCall::Timestamp(_) | RuntimeCall::Grandpa(_) => false,
	}
}

/// The calls that `call` makes if it is made, or that it moves the council to make.
fn held(call: &RuntimeCall) -> Vec<&RuntimeCall> {
	use pallet_collective::Call as Council;
	use pallet_mining_bounty::Call as MiningBounty;
	use pallet_utility::Call as Utility;
	match call {
		RuntimeCall::MiningBounty(MiningBounty::with_bounty { call, .. }) => vec![call.as_ref()],
		RuntimeCall::Council(Council::propose { proposal, .. }) => vec![proposal.as_ref()],
		RuntimeCall::Utility(
			Utility::batch { calls }
			| Utility::batch_all { calls }
			| Utility::force_batch { calls },
		) => calls.iter().collect(),
		RuntimeCall::Utility(Utility::if_else { main, fallback }) => {
			vec![main.as_ref(), fallback.as_ref()]
		},
		_ => Vec::new(),
	}
}

/// A call, and every call that it holds at whatever depth.
pub struct CallTree<'a>(Vec<&'a RuntimeCall>);

impl<'a> From<&'a RuntimeCall> for CallTree<'a> {
	fn from(call: &'a RuntimeCall) -> Self {
		let mut calls = vec![call];
		let mut next = 0usize;
		while let Some(call) = calls.get(next).copied() {
			calls.extend(held(call));
			next = next.saturating_add(1);
		}
		Self(calls)
	}
}

impl CallTree<'_> {
	/// Whether a transaction may bring it: all of it may be made.
	pub fn is_listed(&self) -> bool {
		self.0.iter().all(|call| is_listed(call))
	}

	/// Whether any of it addresses the council.
	pub fn is_for_the_council(&self) -> bool {
		self.0.iter().any(|call| matches!(call, RuntimeCall::Council(_)))
	}

	/// The motions that it closes, each with the weight that is said to be enough for it.
	pub fn closings(&self) -> impl Iterator<Item = (Hash, Weight)> + '_ {
		use pallet_collective::Call as Council;
		self.0.iter().filter_map(|call| match call {
			RuntimeCall::Council(Council::close {
				proposal_hash, proposal_weight_bound, ..
			}) => Some((*proposal_hash, *proposal_weight_bound)),
			_ => None,
		})
	}
}

/// What every call must pass when it is dispatched: those of transactions, those that they hold,
/// those of motions that passed, and the one that sets the time of a block, which nobody signs.
///
/// It looks at the call alone, since what that holds is dispatched in its turn and looked at then.
pub struct Allowed;

impl Contains<RuntimeCall> for Allowed {
	fn contains(call: &RuntimeCall) -> bool {
		is_listed(call) || matches!(call, RuntimeCall::Timestamp(_))
	}
}
