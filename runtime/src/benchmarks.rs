//! The benchmarks of this project's pallets in this runtime.

use crate::{AllPalletsWithSystem, MiningBounty, Pow, Ppr, Registrar, Runtime, Summary};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::RecordId,
	relationship::RelationshipId,
	traits::BenchmarkHelper,
	AccountId, Moment,
};

frame_benchmarking::define_benchmarks!(
	[pallet_registrar, Registrar]
	[pallet_ppr, Ppr]
	[pallet_summary, Summary]
	[pallet_mining_bounty, MiningBounty]
	[pallet_pow, Pow]
);

/// The list of benchmarks and the storage that they use.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs one benchmark.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::<BenchmarkBatch>::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}

/// Prepares the state of all pallets for the benchmarks of each.
pub struct BenchmarkSetup;

impl BenchmarkHelper<AccountId> for BenchmarkSetup {
	fn subject(account: &AccountId, role: Role) -> SubjectId {
		pallet_registrar::benchmarking::subject::<Runtime>(account, role)
	}

	fn acting_provider(account: &AccountId) -> SubjectId {
		pallet_registrar::benchmarking::acting_provider::<Runtime>(account)
	}

	fn miner(seed: u32) -> SubjectId {
		pallet_registrar::benchmarking::miner::<Runtime>(seed)
	}

	fn relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId {
		pallet_ppr::benchmarking::relationship::<Runtime>(patient, provider)
	}

	fn record(relationship: &RelationshipId) -> RecordId {
		pallet_ppr::benchmarking::record::<Runtime>(relationship)
	}

	fn set_author(author: &SubjectId) {
		pallet_pow::CurrentAuthor::<Runtime>::put(author);
	}

	fn set_time(now: Moment) {
		pallet_timestamp::Now::<Runtime>::put(now);
	}
}
