//! The calls that this crate sends and decodes: what they contain and do. The calls of each pallet are
//! generated (see [`super::bindings`]).

use super::bindings::{
	CouncilCall, MiningBountyCall, PprCall, RegistrarCall, SummaryCall, UtilityCall,
};
use medrec_primitives::{
	authority::{Act, CallKind},
	bounty::Offer,
	identity::SubjectId,
	record::RecordId,
	relationship::{Effect, Grant, GrantId, RelationshipId},
	H256,
};
use parity_scale_codec::{Decode, DecodeLimit, Encode};

/// Declares [`RuntimeCall`] by the names and indices of pallets in the runtime.
macro_rules! runtime_calls {
	($($(#[$doc:meta])+ $pallet:ident = $index:tt: $call:ident;)+) => {
		/// A call of the runtime, of a pallet whose calls are compared with those of the chain
		/// ([`super::check_compatibility`]). Calls of other pallets do not decode.
		#[derive(Clone, Debug, Eq, PartialEq)]
		#[derive(Encode, Decode)]
		pub enum RuntimeCall {
			$($(#[$doc])+ #[codec(index = $index)] $pallet($call),)+
		}

		/// The pallets of these calls.
		pub(super) const PALLETS: &[&str] = &[$(stringify!($pallet)),+];

		impl RuntimeCall {
			/// The name of the pallet.
			pub fn pallet(&self) -> &'static str {
				match self {
					$(RuntimeCall::$pallet(_) => stringify!($pallet),)+
				}
			}
		}

		$(impl From<$call> for RuntimeCall {
			fn from(call: $call) -> RuntimeCall {
				RuntimeCall::$pallet(call)
			}
		})+
	};
}

runtime_calls! {
	/// Motions of the council and votes on them.
	Council = 4: CouncilCall;
	/// Batches of calls.
	Utility = 5: UtilityCall;
	/// Subjects, their accounts, identifiers and keys.
	Registrar = 10: RegistrarCall;
	/// Relationships, records and grants.
	Ppr = 11: PprCall;
	/// Notifications, anchors of access logs and alarms.
	Summary = 12: SummaryCall;
	/// Datasets and bounties.
	MiningBounty = 13: MiningBountyCall;
}

/// The largest depth of nested calls that are decoded.
const MAX_DEPTH: u32 = 16;

impl RuntimeCall {
	/// Decodes a call; none if the bytes are not one call or its nesting is too deep.
	pub fn read(bytes: &[u8]) -> Option<RuntimeCall> {
		RuntimeCall::decode_all_with_depth_limit(MAX_DEPTH, &mut &*bytes).ok()
	}

	/// Visits this call and the calls that it dispatches for the same sender, outer calls first.
	pub fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a RuntimeCall)) {
		visitor(self);
		match self {
			RuntimeCall::Utility(
				UtilityCall::batch { calls }
				| UtilityCall::batch_all { calls }
				| UtilityCall::force_batch { calls },
			) => calls.iter().for_each(|call| call.visit(visitor)),
			RuntimeCall::Utility(UtilityCall::if_else { main, fallback }) => {
				main.visit(visitor);
				fallback.visit(visitor);
			},
			RuntimeCall::MiningBounty(MiningBountyCall::with_bounty { call, .. }) => {
				call.visit(visitor)
			},
			_ => {},
		}
	}

	/// What the call does, for [`CallKind::is_protective`]. A call that contains others is
	/// [`CallKind::Other`], whatever it contains.
	pub fn kind(&self) -> CallKind {
		match self {
			RuntimeCall::Ppr(PprCall::decline { .. }) => CallKind::Decline,
			RuntimeCall::Ppr(PprCall::terminate { .. }) => CallKind::Terminate,
			RuntimeCall::Ppr(PprCall::deny { .. }) => CallKind::Deny,
			RuntimeCall::Ppr(PprCall::revoke { .. }) => CallKind::Revoke,
			RuntimeCall::Ppr(PprCall::revoke_all { .. }) => CallKind::RevokeAll,
			RuntimeCall::Registrar(RegistrarCall::set_status { status, .. }) => {
				CallKind::SetStatus(*status)
			},
			RuntimeCall::Registrar(RegistrarCall::rotate_account { .. }) => CallKind::RotateAccount,
			_ => CallKind::Other,
		}
	}

	/// The act of the call in a relationship; none if it is no such call or names a grant or record
	/// that does not exist. `grant` and `author` look up the stored grant and the author of the stored
	/// record.
	pub fn act<'a>(
		&'a self,
		grant: impl FnOnce(RelationshipId, GrantId) -> Option<&'a Grant>,
		author: impl FnOnce(RelationshipId, RecordId) -> Option<&'a SubjectId>,
	) -> Option<(RelationshipId, Act<'a>)> {
		let (relationship, act) = match self {
			RuntimeCall::Ppr(PprCall::withdraw { relationship }) => (relationship, Act::Withdraw),
			RuntimeCall::Ppr(PprCall::accept { relationship }) => (relationship, Act::Accept),
			RuntimeCall::Ppr(PprCall::decline { relationship }) => (relationship, Act::Decline),
			RuntimeCall::Ppr(PprCall::terminate { relationship }) => (relationship, Act::Terminate),
			RuntimeCall::Ppr(PprCall::post_record { relationship, .. }) => {
				(relationship, Act::PostRecord)
			},
			RuntimeCall::Ppr(PprCall::amend_record { relationship, record, .. }) => {
				(relationship, Act::AmendRecord { author: author(*relationship, *record)? })
			},
			RuntimeCall::Ppr(PprCall::grant { relationship, .. }) => {
				(relationship, Act::Give(Effect::Permit))
			},
			RuntimeCall::Ppr(PprCall::deny { relationship, .. }) => {
				(relationship, Act::Give(Effect::Deny))
			},
			RuntimeCall::Ppr(PprCall::revoke { relationship, grant: id }) => {
				(relationship, Act::Revoke(grant(*relationship, *id)?))
			},
			RuntimeCall::Ppr(PprCall::revoke_all { relationship, grantee }) => {
				(relationship, Act::RevokeAll(grantee))
			},
			RuntimeCall::Ppr(PprCall::set_research_consent { relationship, .. }) => {
				(relationship, Act::SetResearchConsent)
			},
			RuntimeCall::Summary(SummaryCall::raise_alarm { relationship, .. }) => {
				(relationship, Act::RaiseAlarm)
			},
			_ => return None,
		};
		Some((*relationship, act))
	}

	/// One call that makes all of these, or none.
	pub fn batch_all(calls: Vec<RuntimeCall>) -> RuntimeCall {
		RuntimeCall::Utility(UtilityCall::batch_all { calls })
	}

	/// This call with the offer of a bounty.
	pub fn with_bounty(self, offer: Offer) -> RuntimeCall {
		RuntimeCall::MiningBounty(MiningBountyCall::with_bounty { call: Box::new(self), offer })
	}

	/// The call that proposes a motion of the council to make this call, which passes with
	/// `threshold` votes.
	pub fn as_motion(self, threshold: u32) -> RuntimeCall {
		let length_bound = u32::try_from(self.encoded_size()).unwrap_or(u32::MAX);
		let proposal = Box::new(self);
		RuntimeCall::Council(CouncilCall::propose { threshold, proposal, length_bound })
	}

	/// The hash by which the council identifies a motion to make this call.
	pub fn motion_hash(&self) -> H256 {
		H256(sp_crypto_hashing::blake2_256(&self.encode()))
	}
}
