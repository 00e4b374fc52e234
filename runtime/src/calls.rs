//! The calls that transactions may contain, and what they contain in turn.

use crate::{Hash, RuntimeCall};
use alloc::{vec, vec::Vec};
use frame_support::{traits::Contains, weights::Weight};
use medrec_primitives::authority::CallKind;
use pallet_collective::Call as Council;
use pallet_mining_bounty::Call as MiningBounty;
use pallet_ppr::Call as Ppr;
use pallet_registrar::Call as Registrar;
use pallet_utility::Call as Utility;

/// What the call does, for [`CallKind::is_protective`]. A call that contains others is
/// [`CallKind::Other`], whatever it contains.
pub fn kind(call: &RuntimeCall) -> CallKind {
	match call {
		RuntimeCall::Ppr(Ppr::decline { .. }) => CallKind::Decline,
		RuntimeCall::Ppr(Ppr::terminate { .. }) => CallKind::Terminate,
		RuntimeCall::Ppr(Ppr::deny { .. }) => CallKind::Deny,
		RuntimeCall::Ppr(Ppr::revoke { .. }) => CallKind::Revoke,
		RuntimeCall::Ppr(Ppr::revoke_all { .. }) => CallKind::RevokeAll,
		RuntimeCall::Registrar(Registrar::set_status { status, .. }) => {
			CallKind::SetStatus(*status)
		},
		RuntimeCall::Registrar(Registrar::rotate_account { .. }) => CallKind::RotateAccount,
		_ => CallKind::Other,
	}
}

/// Whether transactions may contain this call, regardless of the calls that it contains. The list is
/// an allowlist: a call that a new release of a pallet adds is rejected until it is listed.
///
/// Not listed are remarks, which would write arbitrary data into permanent blocks; calls of
/// Root, which does not exist; and calls by derived accounts, which belong to no subject.
fn is_listed(call: &RuntimeCall) -> bool {
	matches!(
		call,
		RuntimeCall::Registrar(_)
			| RuntimeCall::Ppr(_)
			| RuntimeCall::Summary(_)
			| RuntimeCall::MiningBounty(_)
			| RuntimeCall::Council(Council::propose { .. } | Council::vote { .. })
			| RuntimeCall::Council(Council::close { .. })
			| RuntimeCall::Utility(Utility::batch { .. } | Utility::batch_all { .. })
			| RuntimeCall::Utility(Utility::force_batch { .. } | Utility::if_else { .. })
	)
}

/// The calls that `call` dispatches, now or as a motion of the council.
fn children(call: &RuntimeCall) -> Vec<&RuntimeCall> {
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

/// A call and all calls that it contains, at any depth.
pub struct CallTree<'a>(Vec<&'a RuntimeCall>);

impl<'a> From<&'a RuntimeCall> for CallTree<'a> {
	fn from(call: &'a RuntimeCall) -> Self {
		let mut calls = vec![call];
		let mut next = 0usize;
		while let Some(call) = calls.get(next).copied() {
			calls.extend(children(call));
			next = next.saturating_add(1);
		}
		Self(calls)
	}
}

impl CallTree<'_> {
	/// Whether transactions may contain all of its calls.
	pub fn is_listed(&self) -> bool {
		self.0.iter().all(|call| is_listed(call))
	}

	/// Whether it contains a call of the council.
	pub fn addresses_council(&self) -> bool {
		self.0.iter().any(|call| matches!(call, RuntimeCall::Council(_)))
	}

	/// The motions that it closes, each with the weight bound of the call.
	pub fn closings(&self) -> impl Iterator<Item = (Hash, Weight)> + '_ {
		self.0.iter().filter_map(|call| match call {
			RuntimeCall::Council(Council::close {
				proposal_hash, proposal_weight_bound, ..
			}) => Some((*proposal_hash, *proposal_weight_bound)),
			_ => None,
		})
	}
}

/// The filter of every dispatch: of transactions, of the calls that they contain, of passed motions,
/// and of the timestamp inherent. It checks the call alone, because the calls that it contains pass
/// the filter at their own dispatch.
pub struct CallFilter;

impl Contains<RuntimeCall> for CallFilter {
	fn contains(call: &RuntimeCall) -> bool {
		is_listed(call) || matches!(call, RuntimeCall::Timestamp(_))
	}
}
