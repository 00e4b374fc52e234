use super::{reads::decode, At, Error};
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

/// What the runtime itself answers ([`medrec_primitives::runtime_api::MedrecApi`]).
impl At<'_> {
	/// Calls a function of the runtime and decodes what it returns.
	pub async fn state_call<R: Decode>(
		&self,
		function: &str,
		arguments: &impl Encode,
	) -> Result<R, Error> {
		let arguments = format!("0x{}", hex::encode(arguments.encode()));
		let params = rpc_params![function, arguments, self.block];
		let Bytes(answer) = self.chain.connection().request("state_call", params).await?;
		decode(&answer)
	}

	/// The organisation of this name.
	pub async fn resolve(&self, name: &str) -> Result<Option<SubjectId>, Error> {
		self.state_call("MedrecApi_resolve", &name.as_bytes()).await
	}

	/// The subject to which a provider bound this identifier.
	pub async fn resolve_identifier(
		&self,
		identifier: Identifier,
	) -> Result<Option<SubjectId>, Error> {
		self.state_call("MedrecApi_resolve_identifier", &identifier).await
	}

	/// What [`medrec_primitives::access::decide`] says on the chain.
	pub async fn check_access(
		&self,
		requester: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose,
	) -> Result<Decision, Error> {
		let arguments = (requester, relationship, record, purpose);
		self.state_call("MedrecApi_check_access", &arguments).await
	}

	/// The relationships in a subject's summary.
	pub async fn relationships_of(
		&self,
		subject: SubjectId,
	) -> Result<Vec<(RelationshipId, Entry)>, Error> {
		self.pages("MedrecApi_relationships_of", subject).await
	}

	/// How many notifications a subject has not acknowledged.
	pub async fn pending_for(&self, subject: SubjectId) -> Result<u32, Error> {
		self.state_call("MedrecApi_pending_for", &subject).await
	}

	/// The bounties that a miner owns.
	pub async fn bounties_of(&self, miner: SubjectId) -> Result<Vec<(BountyId, Bounty)>, Error> {
		self.pages("MedrecApi_bounties_of", miner).await
	}

	/// The active miners and the keys that sign their seals.
	pub async fn miners(&self) -> Result<Vec<(SubjectId, MiningKey)>, Error> {
		self.state_call("MedrecApi_miners", &()).await
	}

	/// The first time at which a block of this miner may follow this block; none if it is not an
	/// active miner.
	pub async fn eligible(&self, miner: SubjectId) -> Result<Option<Moment>, Error> {
		self.state_call("MedrecApi_eligible", &miner).await
	}

	/// How many transactions of this account are on the chain.
	pub async fn nonce(&self, account: &AccountId) -> Result<u32, Error> {
		self.state_call("AccountNonceApi_account_nonce", account).await
	}

	async fn pages<K: Copy + Decode + Encode, V: Decode>(
		&self,
		function: &str,
		subject: SubjectId,
	) -> Result<Vec<(K, V)>, Error> {
		let mut all = Vec::new();
		loop {
			let cursor = all.last().map(|(last, _)| *last);
			let page: Vec<(K, V)> = self.state_call(function, &(subject, cursor)).await?;
			let full = page.len() >= PAGE as usize;
			all.extend(page);
			if !full {
				return Ok(all);
			}
		}
	}
}
