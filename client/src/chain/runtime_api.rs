//! Functions of the runtime ([`medrec_primitives::runtime_api::MedrecApi`]), called at one block.

use super::{
	reads::{decode, to_hex},
	At, Error,
};
use medrec_primitives::{
	access::Decision,
	bounty::{Bounty, BountyId},
	identity::{Identifier, MiningKey, SubjectId},
	record::RecordId,
	relationship::{Purpose, RelationshipId},
	runtime_api::PAGE,
	summary::Entry,
	AccountId, Moment,
};
use parity_scale_codec::{Decode, Encode};
use subxt_rpcs::{methods::legacy::Bytes, rpc_params};

/// Declares methods of [`At`] that call one function of the runtime each. The word before the function
/// is the method that calls it: by one `state_call`, or in `pages` until one is not full.
macro_rules! functions {
	($($(#[$doc:meta])+
		$method:ident($($key:ident: $type:ty),*) -> $value:ty = $call:ident $api:ident.$function:ident;
	)+) => {
		/// The functions that [`At`] calls, each by its API and its name.
		pub(super) const FUNCTIONS: &[(&str, &str)] =
			&[$((stringify!($api), stringify!($function)),)+];

		/// The types into which the results of these functions are decoded.
		#[cfg(test)]
		pub(super) fn function_types() -> Vec<scale_info::MetaType> {
			vec![$(scale_info::meta_type::<$value>(),)+]
		}

		impl At<'_> {
			$($(#[$doc])+
			pub async fn $method(&self $(, $key: $type)*) -> Result<$value, Error> {
				let function = concat!(stringify!($api), "_", stringify!($function));
				self.$call(function, ($($key),*)).await
			})+
		}
	};
}

functions! {
	/// The organisation of this name.
	resolve(name: &str) -> Option<SubjectId> = state_call MedrecApi.resolve;
	/// The subject to which a provider bound this identifier.
	resolve_identifier(identifier: Identifier) -> Option<SubjectId>
		= state_call MedrecApi.resolve_identifier;
	/// The result of [`medrec_primitives::access::decide`] on the state of the block.
	check_access(
		requester: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose
	) -> Decision = state_call MedrecApi.check_access;
	/// The relationships in a subject's summary.
	relationships_of(subject: SubjectId) -> Vec<(RelationshipId, Entry)>
		= pages MedrecApi.relationships_of;
	/// How many notifications a subject has not acknowledged.
	pending_for(subject: SubjectId) -> u32 = state_call MedrecApi.pending_for;
	/// The bounties that a miner owns.
	bounties_of(miner: SubjectId) -> Vec<(BountyId, Bounty)> = pages MedrecApi.bounties_of;
	/// The active miners and the keys that sign their seals.
	miners() -> Vec<(SubjectId, MiningKey)> = state_call MedrecApi.miners;
	/// The earliest timestamp that a block of this miner on this block may have; none if the miner is
	/// not active.
	eligible(miner: SubjectId) -> Option<Moment> = state_call MedrecApi.eligible;
	/// How many transactions of this account are on the chain.
	nonce(account: &AccountId) -> u32 = state_call AccountNonceApi.account_nonce;
}

impl At<'_> {
	/// Calls a function of the runtime and decodes what it returns.
	pub async fn state_call<R: Decode>(
		&self,
		function: &str,
		arguments: impl Encode,
	) -> Result<R, Error> {
		let params = rpc_params![function, to_hex(&arguments.encode()), self.block];
		let Bytes(answer) = self.chain.connection().request("state_call", params).await?;
		decode(&answer)
	}

	/// Joins the pages of a function that takes a subject and the last key of the page before.
	async fn pages<K: Copy + Decode + Encode, V: Decode>(
		&self,
		function: &str,
		subject: SubjectId,
	) -> Result<Vec<(K, V)>, Error> {
		let mut all: Vec<(K, V)> = Vec::new();
		loop {
			let cursor = all.last().map(|(last, _)| *last);
			let page: Vec<(K, V)> = self.state_call(function, (subject, cursor)).await?;
			let is_last = page.len() < PAGE as usize;
			all.extend(page);
			if is_last {
				return Ok(all);
			}
		}
	}
}
