//! Reads of the state at one block.

use super::{
	bindings::{storage_entry, AnchorHead, PowParameters, Votes},
	Chain, Error, RuntimeCall,
};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyStanding, Dataset, DatasetId},
	identity::{Identifier, Name, Profile, Subject, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Grantee, Relationship, RelationshipId},
	summary::{ActivityEntry, ActivityHead, Entry, LogAnchor},
	work::Difficulty,
	AccountId, BlockNumber, Moment, H256,
};
use parity_scale_codec::{Decode, DecodeAll, Encode};
use sp_crypto_hashing::{blake2_128, twox_128, twox_64};
use subxt::metadata::{StorageEntryMetadata, StorageHasher};
use subxt_rpcs::{
	methods::legacy::{Bytes, StorageChangeSet},
	rpc_params,
};

/// How many entries of a map are fetched at once.
const PAGE: u32 = 256;

/// The state of a chain at one block.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
	pub(super) chain: &'a Chain,
	pub(super) block: H256,
}

/// Declares methods of [`At`] that read one storage item each. The word before the item is the method
/// that reads it: what is there as an `option`, by `default` nothing, `required`, or all `entries` of a
/// map under the first parts of its key (`numbered` ones in their order).
macro_rules! storage {
	($($(#[$doc:meta])+
		$method:ident($($key:ident: $type:ty),*) -> $value:ty = $read:ident $pallet:ident.$item:ident;
	)+) => {
		/// The storage items that [`At`] reads, each by its pallet and its name.
		pub(super) const STORAGE: &[(&str, &str)] = &[$((stringify!($pallet), stringify!($item)),)+];

		/// The types of the parts of their keys, and of the values into which they are decoded.
		#[cfg(test)]
		pub(super) fn storage_types() -> Vec<(Vec<scale_info::MetaType>, scale_info::MetaType)> {
			use super::tests::values;
			use std::marker::PhantomData;
			vec![$({
				let (key, value) = values::$read(PhantomData::<$value>);
				let keys = [$(Some(scale_info::meta_type::<$type>()),)* key];
				(keys.into_iter().flatten().collect(), value)
			},)+]
		}

		impl At<'_> {
			$($(#[$doc])+
			pub async fn $method(&self $(, $key: $type)*) -> Result<$value, Error> {
				self.$read(stringify!($pallet), stringify!($item), &[$($key.encode()),*]).await
			})+
		}
	};
}

storage! {
	/// The timestamp of the block, in Unix milliseconds; 0 of the first block.
	timestamp() -> Moment = default Timestamp.Now;

	/// A subject.
	subject(id: SubjectId) -> Option<Subject<AccountId>> = option Registrar.Subjects;
	/// All subjects.
	subjects() -> Vec<(SubjectId, Subject<AccountId>)> = entries Registrar.Subjects;
	/// The subject that an account controls.
	subject_of(account: &AccountId) -> Option<SubjectId> = option Registrar.SubjectOf;
	/// Whether an account controlled a subject before another account replaced it.
	former_account(account: &AccountId) -> Option<()> = option Registrar.FormerAccounts;
	/// The subject to which an identifier is bound.
	identifier(id: Identifier) -> Option<SubjectId> = option Registrar.Identifiers;
	/// All identifiers.
	identifiers() -> Vec<(Identifier, SubjectId)> = entries Registrar.Identifiers;
	/// The name of an organisation, in the bytes of the registry.
	name_bytes(id: SubjectId) -> Option<Name> = option Registrar.NameOf;
	/// The profile of an organisation.
	profile(id: SubjectId) -> Option<Profile> = option Registrar.Profiles;
	/// The active providers.
	providers() -> Vec<SubjectId> = default Registrar.Providers;

	/// A relationship.
	relationship(id: RelationshipId) -> Option<Relationship> = option Ppr.Relationships;
	/// The latest relationship of a provider with a patient.
	relationship_between(provider: SubjectId, patient: SubjectId) -> Option<RelationshipId>
		= option Ppr.Pairs;
	/// The patients of a provider, each with their latest relationship.
	patients_of(provider: SubjectId) -> Vec<(SubjectId, RelationshipId)> = entries Ppr.Pairs;
	/// A record.
	record(relationship: RelationshipId, record: RecordId) -> Option<RecordPointer>
		= option Ppr.Records;
	/// The records of a relationship.
	records(relationship: RelationshipId) -> Vec<(RecordId, RecordPointer)> = entries Ppr.Records;
	/// A permission or denial.
	grant(relationship: RelationshipId, grant: GrantId) -> Option<Grant> = option Ppr.Grants;
	/// The permissions and denials of a relationship.
	grants(relationship: RelationshipId) -> Vec<(GrantId, Grant)> = entries Ppr.Grants;
	/// The identifiers of the permissions and denials that name a grantee.
	grant_ids_of(relationship: RelationshipId, grantee: Grantee) -> Vec<GrantId>
		= default Ppr.GrantsOf;

	/// A relationship in the summary of a subject.
	summary_entry(subject: SubjectId, relationship: RelationshipId) -> Option<Entry>
		= option Summary.Entries;
	/// The length and the hash of a subject's history.
	activity_head(subject: SubjectId) -> ActivityHead = default Summary.ActivityHeads;
	/// One entry of a subject's history. Old entries leave the state.
	activity_entry(subject: SubjectId, number: u64) -> Option<ActivityEntry>
		= option Summary.Activity;
	/// The entries of a subject's history that are in the state, by number.
	activity(subject: SubjectId) -> Vec<(u64, ActivityEntry)> = numbered Summary.Activity;
	/// The number of a provider's anchors, and how many receipts they cover.
	anchor_head(provider: SubjectId) -> AnchorHead = default Summary.AnchorHeads;
	/// An anchor by its number. Old anchors leave the state.
	anchor(provider: SubjectId, number: u64) -> Option<LogAnchor> = option Summary.Anchors;
	/// The anchors of a provider that are in the state, by number.
	anchors(provider: SubjectId) -> Vec<(u64, LogAnchor)> = numbered Summary.Anchors;

	/// A dataset.
	dataset(id: DatasetId) -> Option<Dataset> = option MiningBounty.Datasets;
	/// All datasets.
	datasets() -> Vec<(DatasetId, Dataset)> = entries MiningBounty.Datasets;
	/// A bounty.
	bounty(id: BountyId) -> Option<Bounty> = option MiningBounty.Bounties;
	/// All bounties.
	bounties() -> Vec<(BountyId, Bounty)> = entries MiningBounty.Bounties;
	/// How many bounties a provider answered and defaulted on.
	standing(provider: SubjectId) -> BountyStanding = default MiningBounty.Standings;
	/// The same of all providers that ever owed an answer.
	standings() -> Vec<(SubjectId, BountyStanding)> = entries MiningBounty.Standings;

	/// The difficulty of the next block.
	difficulty() -> Difficulty = required Pow.CurrentDifficulty;
	/// The constants of proof of work.
	pow_parameters() -> PowParameters = required Pow.Parameters;
	/// The number of the last block of a miner.
	last_mined(miner: SubjectId) -> Option<BlockNumber> = option Pow.LastMined;

	/// The accounts of the council.
	council() -> Vec<AccountId> = default Council.Members;
	/// The hashes of the council's motions.
	motions() -> Vec<H256> = default Council.Proposals;
	/// The votes on a motion.
	votes(motion: H256) -> Option<Votes> = option Council.Voting;
}

impl<'a> At<'a> {
	pub(super) fn new(chain: &'a Chain, block: H256) -> At<'a> {
		At { chain, block }
	}

	/// The hash of the block.
	pub fn block(&self) -> H256 {
		self.block
	}

	/// The call that a motion would make.
	pub async fn motion(&self, motion: H256) -> Result<Option<RuntimeCall>, Error> {
		self.option("Council", "ProposalOf", &[motion.encode()]).await
	}

	/// The name of an organisation.
	pub async fn name_of(&self, id: SubjectId) -> Result<Option<String>, Error> {
		let name = self.name_bytes(id).await?;
		Ok(name.map(|name| String::from_utf8_lossy(&name).into_owned()))
	}

	/// The permissions and denials of a relationship that name this grantee.
	pub async fn grants_to(
		&self,
		relationship: RelationshipId,
		grantee: Grantee,
	) -> Result<Vec<(GrantId, Grant)>, Error> {
		let mut grants = Vec::new();
		for id in self.grant_ids_of(relationship, grantee).await? {
			grants.extend(self.grant(relationship, id).await?.map(|grant| (id, grant)));
		}
		Ok(grants)
	}

	/// The latest anchor of a provider.
	pub async fn latest_anchor(&self, provider: SubjectId) -> Result<Option<LogAnchor>, Error> {
		match self.anchor_head(provider).await?.next.checked_sub(1) {
			Some(last) => self.anchor(provider, last).await,
			None => Ok(None),
		}
	}

	/// The raw bytes under a key of the state.
	pub(super) async fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
		let params = rpc_params![to_hex(key), self.block];
		let bytes: Option<Bytes> =
			self.chain.connection().request("state_getStorage", params).await?;
		Ok(bytes.map(|bytes| bytes.0))
	}

	/// The value of a storage item under the parts of its key, each in SCALE.
	async fn option<V: Decode>(
		&self,
		pallet: &str,
		item: &str,
		parts: &[Vec<u8>],
	) -> Result<Option<V>, Error> {
		let key = storage_key(pallet, storage_entry(pallet, item)?, parts);
		self.raw(&key).await?.map(|bytes| decode(&bytes)).transpose()
	}

	async fn default<V: Decode + Default>(
		&self,
		pallet: &str,
		item: &str,
		parts: &[Vec<u8>],
	) -> Result<V, Error> {
		Ok(self.option(pallet, item, parts).await?.unwrap_or_default())
	}

	async fn required<V: Decode>(
		&self,
		pallet: &str,
		item: &'static str,
		parts: &[Vec<u8>],
	) -> Result<V, Error> {
		self.option(pallet, item, parts).await?.ok_or(Error::Malformed(item))
	}

	/// The entries of a map under all but the last part of its key, each with that last part, in the
	/// order of storage.
	async fn entries<K: Decode, V: Decode>(
		&self,
		pallet: &str,
		item: &str,
		parts: &[Vec<u8>],
	) -> Result<Vec<(K, V)>, Error> {
		let entry = storage_entry(pallet, item)?;
		let prefix = storage_key(pallet, entry, parts);
		let hash = entry.keys().nth(parts.len()).map_or(0, |key| key.hasher.len_excluding_key());
		let key_at = prefix.len().saturating_add(hash);
		let connection = self.chain.connection();
		let mut entries = Vec::new();
		let mut start: Option<String> = None;
		loop {
			let params = rpc_params![to_hex(&prefix), PAGE, start, self.block];
			let keys: Vec<Bytes> = connection.request("state_getKeysPaged", params).await?;
			let keys: Vec<String> = keys.iter().map(|key| to_hex(&key.0)).collect();
			let is_last = keys.len() < PAGE as usize;
			start = keys.last().cloned();
			if !keys.is_empty() {
				let sets: Vec<StorageChangeSet<H256>> = connection
					.request("state_queryStorageAt", rpc_params![keys, self.block])
					.await?;
				for (key, value) in sets.into_iter().flat_map(|set| set.changes) {
					let Some(value) = value else { continue };
					let key = key.0.get(key_at..).ok_or(Error::Malformed("a key of the state"))?;
					entries.push((decode(key)?, decode(&value.0)?));
				}
			}
			if is_last {
				return Ok(entries);
			}
		}
	}

	async fn numbered<V: Decode>(
		&self,
		pallet: &str,
		item: &str,
		parts: &[Vec<u8>],
	) -> Result<Vec<(u64, V)>, Error> {
		let mut entries = self.entries(pallet, item, parts).await?;
		entries.sort_by_key(|(number, _)| *number);
		Ok(entries)
	}
}

/// Decodes the whole of a value.
pub(super) fn decode<V: Decode>(bytes: &[u8]) -> Result<V, Error> {
	V::decode_all(&mut &*bytes).map_err(|_| Error::Malformed("a value of the state"))
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// The first 32 bytes of all keys of a storage item.
pub(super) fn prefix(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// The key of a storage item for these parts of its key, each in SCALE. The metadata names the hashers.
fn storage_key(pallet: &str, entry: &StorageEntryMetadata, parts: &[Vec<u8>]) -> Vec<u8> {
	let mut key = prefix(pallet, entry.name());
	for (part, info) in parts.iter().zip(entry.keys()) {
		match info.hasher {
			StorageHasher::Blake2_128Concat => key.extend(blake2_128(part)),
			StorageHasher::Twox64Concat => key.extend(twox_64(part)),
			// Identity. The maps that are read use no other hasher, as a test checks.
			_ => {},
		}
		key.extend(part);
	}
	key
}
