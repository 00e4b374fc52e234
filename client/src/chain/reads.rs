use super::{Chain, Error, RuntimeCall};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyStanding, Dataset, DatasetId},
	identity::{Name, Profile, Subject, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Grantee, Relationship, RelationshipId},
	summary::{ActivityEntry, ActivityHead, Entry, LogAnchor},
	work::Difficulty,
	AccountId, BlockNumber, Moment, H256,
};
use parity_scale_codec::{Decode, DecodeAll, Encode};
use scale_info::TypeInfo;
use sp_crypto_hashing::{blake2_128, twox_128, twox_64};
use subxt_rpcs::{
	methods::legacy::{Bytes, StorageChangeSet},
	rpc_params,
};

/// How many entries of a map are fetched at once.
const PAGE: u32 = 256;

/// The lengths of the hashes that stand before the parts of keys.
const BLAKE: usize = 16;
const TWOX: usize = 8;

/// Where the anchors of a provider's access log stand.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Decode, Encode, TypeInfo)]
pub struct AnchorHead {
	/// The number of the next anchor.
	pub next: u64,
	/// How many receipts the anchors cover so far.
	pub size: u64,
}

/// What is fixed about the work of a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Decode, Encode, TypeInfo)]
pub struct PowParameters {
	/// The time between blocks that is aimed at.
	pub target_block_time: Moment,
	/// The difficulty never falls below this.
	pub minimum_difficulty: Difficulty,
}

/// How the council votes on a motion.
#[derive(Clone, Debug, Eq, PartialEq, Decode, Encode, TypeInfo)]
pub struct Votes {
	/// The number of the motion.
	pub index: u32,
	/// How many must be for it.
	pub threshold: u32,
	/// Who is for it.
	pub ayes: Vec<AccountId>,
	/// Who is against it.
	pub nays: Vec<AccountId>,
	/// The block at which voting ends.
	pub end: BlockNumber,
}

/// The state of a chain at one block.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
	pub(super) chain: &'a Chain,
	pub(super) block: H256,
}

impl<'a> At<'a> {
	pub(super) fn new(chain: &'a Chain, block: H256) -> At<'a> {
		At { chain, block }
	}

	/// Of which block.
	pub fn block(&self) -> H256 {
		self.block
	}

	/// The time of the block, in Unix milliseconds; 0 of the first one.
	pub async fn timestamp(&self) -> Result<Moment, Error> {
		Ok(self.value("Timestamp", "Now").await?.unwrap_or_default())
	}

	/// A subject.
	pub async fn subject(&self, id: SubjectId) -> Result<Option<Subject<AccountId>>, Error> {
		self.entry("Registrar", "Subjects", &blake(&id)).await
	}

	/// All subjects.
	pub async fn subjects(&self) -> Result<Vec<(SubjectId, Subject<AccountId>)>, Error> {
		self.entries_under("Registrar", "Subjects", &[], BLAKE).await
	}

	/// The subject that an account controls.
	pub async fn subject_of(&self, account: &AccountId) -> Result<Option<SubjectId>, Error> {
		self.entry("Registrar", "SubjectOf", &blake(account)).await
	}

	/// The name of an organisation.
	pub async fn name_of(&self, id: SubjectId) -> Result<Option<String>, Error> {
		let name: Option<Name> = self.entry("Registrar", "NameOf", &blake(&id)).await?;
		Ok(name.map(|name| String::from_utf8_lossy(&name).into_owned()))
	}

	/// What an organisation tells of itself.
	pub async fn profile(&self, id: SubjectId) -> Result<Option<Profile>, Error> {
		self.entry("Registrar", "Profiles", &blake(&id)).await
	}

	/// The active providers.
	pub async fn providers(&self) -> Result<Vec<SubjectId>, Error> {
		Ok(self.value("Registrar", "Providers").await?.unwrap_or_default())
	}

	/// A relationship.
	pub async fn relationship(&self, id: RelationshipId) -> Result<Option<Relationship>, Error> {
		self.entry("Ppr", "Relationships", &blake(&id)).await
	}

	/// The latest relationship of a provider with a patient.
	pub async fn relationship_between(
		&self,
		provider: SubjectId,
		patient: SubjectId,
	) -> Result<Option<RelationshipId>, Error> {
		self.entry("Ppr", "Pairs", &[blake(&provider), blake(&patient)].concat()).await
	}

	/// The patients of a provider, each with the latest relationship to them.
	pub async fn patients_of(
		&self,
		provider: SubjectId,
	) -> Result<Vec<(SubjectId, RelationshipId)>, Error> {
		self.entries_under("Ppr", "Pairs", &blake(&provider), BLAKE).await
	}

	/// A record.
	pub async fn record(
		&self,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<Option<RecordPointer>, Error> {
		self.entry("Ppr", "Records", &[blake(&relationship), blake(&record)].concat()).await
	}

	/// The records of a relationship.
	pub async fn records(
		&self,
		relationship: RelationshipId,
	) -> Result<Vec<(RecordId, RecordPointer)>, Error> {
		self.entries_under("Ppr", "Records", &blake(&relationship), BLAKE).await
	}

	/// A grant or refusal.
	pub async fn grant(
		&self,
		relationship: RelationshipId,
		grant: GrantId,
	) -> Result<Option<Grant>, Error> {
		self.entry("Ppr", "Grants", &[blake(&relationship), blake(&grant)].concat()).await
	}

	/// The grants and refusals of a relationship.
	pub async fn grants(
		&self,
		relationship: RelationshipId,
	) -> Result<Vec<(GrantId, Grant)>, Error> {
		self.entries_under("Ppr", "Grants", &blake(&relationship), BLAKE).await
	}

	/// The grants and refusals of a relationship that name this grantee.
	pub async fn grants_to(
		&self,
		relationship: RelationshipId,
		grantee: Grantee,
	) -> Result<Vec<(GrantId, Grant)>, Error> {
		let key = [blake(&relationship), blake(&grantee)].concat();
		let ids: Vec<GrantId> = self.entry("Ppr", "GrantsOf", &key).await?.unwrap_or_default();
		let mut grants = Vec::with_capacity(ids.len());
		for id in ids {
			if let Some(grant) = self.grant(relationship, id).await? {
				grants.push((id, grant));
			}
		}
		Ok(grants)
	}

	/// A relationship as it stands in a subject's summary.
	pub async fn summary_entry(
		&self,
		subject: SubjectId,
		relationship: RelationshipId,
	) -> Result<Option<Entry>, Error> {
		self.entry("Summary", "Entries", &[blake(&subject), blake(&relationship)].concat()).await
	}

	/// Where a subject's history stands.
	pub async fn activity_head(&self, subject: SubjectId) -> Result<ActivityHead, Error> {
		Ok(self.entry("Summary", "ActivityHeads", &blake(&subject)).await?.unwrap_or_default())
	}

	/// One entry of a subject's history. Old ones leave the state.
	pub async fn activity_entry(
		&self,
		subject: SubjectId,
		number: u64,
	) -> Result<Option<ActivityEntry>, Error> {
		self.entry("Summary", "Activity", &[blake(&subject), twox(&number)].concat()).await
	}

	/// What is kept of a subject's history, by number.
	pub async fn activity(&self, subject: SubjectId) -> Result<Vec<(u64, ActivityEntry)>, Error> {
		let mut entries: Vec<(u64, ActivityEntry)> =
			self.entries_under("Summary", "Activity", &blake(&subject), TWOX).await?;
		entries.sort_by_key(|(number, _)| *number);
		Ok(entries)
	}

	/// How many anchors a provider made, and how many receipts they cover.
	pub async fn anchor_head(&self, provider: SubjectId) -> Result<AnchorHead, Error> {
		Ok(self.entry("Summary", "AnchorHeads", &blake(&provider)).await?.unwrap_or_default())
	}

	/// A provider's latest anchor.
	pub async fn latest_anchor(&self, provider: SubjectId) -> Result<Option<LogAnchor>, Error> {
		match self.anchor_head(provider).await?.next.checked_sub(1) {
			Some(last) => self.anchor(provider, last).await,
			None => Ok(None),
		}
	}

	/// An anchor by its number. Old ones leave the state.
	pub async fn anchor(
		&self,
		provider: SubjectId,
		number: u64,
	) -> Result<Option<LogAnchor>, Error> {
		self.entry("Summary", "Anchors", &[blake(&provider), twox(&number)].concat()).await
	}

	/// What is kept of a provider's anchors, by number.
	pub async fn anchors(&self, provider: SubjectId) -> Result<Vec<(u64, LogAnchor)>, Error> {
		let mut anchors: Vec<(u64, LogAnchor)> =
			self.entries_under("Summary", "Anchors", &blake(&provider), TWOX).await?;
		anchors.sort_by_key(|(number, _)| *number);
		Ok(anchors)
	}

	/// A dataset.
	pub async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset>, Error> {
		self.entry("MiningBounty", "Datasets", &blake(&id)).await
	}

	/// All datasets.
	pub async fn datasets(&self) -> Result<Vec<(DatasetId, Dataset)>, Error> {
		self.entries_under("MiningBounty", "Datasets", &[], BLAKE).await
	}

	/// A bounty.
	pub async fn bounty(&self, id: BountyId) -> Result<Option<Bounty>, Error> {
		self.entry("MiningBounty", "Bounties", &blake(&id)).await
	}

	/// All bounties.
	pub async fn bounties(&self) -> Result<Vec<(BountyId, Bounty)>, Error> {
		self.entries_under("MiningBounty", "Bounties", &[], BLAKE).await
	}

	/// How a provider kept its promises.
	pub async fn standing(&self, provider: SubjectId) -> Result<BountyStanding, Error> {
		Ok(self.entry("MiningBounty", "Standings", &blake(&provider)).await?.unwrap_or_default())
	}

	/// How all providers that ever had to kept their promises.
	pub async fn standings(&self) -> Result<Vec<(SubjectId, BountyStanding)>, Error> {
		self.entries_under("MiningBounty", "Standings", &[], BLAKE).await
	}

	/// How hard the next block is.
	pub async fn difficulty(&self) -> Result<Difficulty, Error> {
		let difficulty = self.value("Pow", "CurrentDifficulty").await?;
		difficulty.ok_or(Error::Malformed("the difficulty"))
	}

	/// What is fixed about the work.
	pub async fn pow_parameters(&self) -> Result<PowParameters, Error> {
		let parameters = self.value("Pow", "Parameters").await?;
		parameters.ok_or(Error::Malformed("the parameters of the work"))
	}

	/// The number of the last block that a miner made.
	pub async fn last_mined(&self, miner: SubjectId) -> Result<Option<BlockNumber>, Error> {
		self.entry("Pow", "LastMined", &blake(&miner)).await
	}

	/// The accounts of the council.
	pub async fn council(&self) -> Result<Vec<AccountId>, Error> {
		Ok(self.value("Council", "Members").await?.unwrap_or_default())
	}

	/// The hashes of the council's motions.
	pub async fn motions(&self) -> Result<Vec<H256>, Error> {
		Ok(self.value("Council", "Proposals").await?.unwrap_or_default())
	}

	/// What a motion would call.
	pub async fn motion(&self, motion: H256) -> Result<Option<RuntimeCall>, Error> {
		self.entry("Council", "ProposalOf", motion.as_bytes()).await
	}

	/// How the council votes on a motion.
	pub async fn votes(&self, motion: H256) -> Result<Option<Votes>, Error> {
		self.entry("Council", "Voting", motion.as_bytes()).await
	}

	/// The raw bytes under a key of the state.
	pub(super) async fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
		let params = rpc_params![to_hex(key), self.block];
		let bytes: Option<Bytes> =
			self.chain.connection().request("state_getStorage", params).await?;
		Ok(bytes.map(|bytes| bytes.0))
	}

	async fn value<V: Decode>(&self, pallet: &str, item: &str) -> Result<Option<V>, Error> {
		self.entry(pallet, item, &[]).await
	}

	async fn entry<V: Decode>(
		&self,
		pallet: &str,
		item: &str,
		key: &[u8],
	) -> Result<Option<V>, Error> {
		let key = [&prefix(pallet, item), key].concat();
		self.raw(&key).await?.map(|bytes| decode(&bytes)).transpose()
	}

	/// The entries of a map whose keys begin with `first`, by the last part of their key, in the
	/// order of storage. `hash` is the length of the hash that stands before that last part.
	async fn entries_under<K: Decode + Encode, V: Decode>(
		&self,
		pallet: &str,
		item: &str,
		first: &[u8],
		hash: usize,
	) -> Result<Vec<(K, V)>, Error> {
		let prefix = [&prefix(pallet, item), first].concat();
		let connection = self.chain.connection();
		let mut entries = Vec::new();
		let mut start: Option<String> = None;
		loop {
			let params = rpc_params![to_hex(&prefix), PAGE, start, self.block];
			let keys: Vec<Bytes> = connection.request("state_getKeysPaged", params).await?;
			let full = keys.len() >= PAGE as usize;
			start = keys.last().map(|key| to_hex(&key.0));
			if !keys.is_empty() {
				let keys: Vec<String> = keys.iter().map(|key| to_hex(&key.0)).collect();
				let sets: Vec<StorageChangeSet<H256>> = connection
					.request("state_queryStorageAt", rpc_params![keys, self.block])
					.await?;
				for (key, value) in sets.into_iter().flat_map(|set| set.changes) {
					let Some(value) = value else { continue };
					let last = key
						.0
						.get(prefix.len().saturating_add(hash)..)
						.ok_or(Error::Malformed("a key of the state"))?;
					entries.push((decode(last)?, decode(&value.0)?));
				}
			}
			if !full {
				return Ok(entries);
			}
		}
	}
}

/// Decodes the whole of what the node answered.
pub(super) fn decode<V: Decode>(bytes: &[u8]) -> Result<V, Error> {
	V::decode_all(&mut &*bytes).map_err(|_| Error::Malformed("a value of the state"))
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// What the keys of a storage item begin with.
pub(super) fn prefix(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

fn blake(key: &impl Encode) -> Vec<u8> {
	let key = key.encode();
	[&blake2_128(&key)[..], &key].concat()
}

fn twox(key: &impl Encode) -> Vec<u8> {
	let key = key.encode();
	[&twox_64(&key)[..], &key].concat()
}
