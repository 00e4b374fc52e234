//! The runtime APIs.

use crate::{
	genesis, Block, Executive, Grandpa, Hash, Header, InherentDataExt, MiningBounty, Pow, Ppr,
	Registrar, Runtime, RuntimeGenesisConfig, SessionKeys, Summary, System, UncheckedExtrinsic,
	VERSION,
};
#[cfg(feature = "runtime-benchmarks")]
use alloc::string::String;
use alloc::vec::Vec;
use frame_support::genesis_builder_helper::get_preset;
use medrec_primitives::{
	access::{Decision, DenyReason},
	bounty::{Bounty, BountyId},
	identity::{Identifier, MiningKey, SubjectId},
	record::RecordId,
	relationship::{Purpose, RelationshipId},
	summary::Entry,
	traits::{Miners, Subjects},
	work::Difficulty,
	AccountId, BlockNumber, Moment, Nonce,
};
use sp_api::impl_runtime_apis;
use sp_consensus_grandpa::{
	AuthorityId, AuthorityList, EquivocationProof, OpaqueKeyOwnershipProof, SetId,
};
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_genesis_builder::PresetId;
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::Block as BlockT,
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

type LazyBlock = <Block as BlockT>::LazyBlock;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(header: &Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: UncheckedExtrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<UncheckedExtrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(block: LazyBlock, data: InherentData) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			transaction: UncheckedExtrinsic,
			block_hash: Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, transaction, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(
			owner: Vec<u8>,
			seed: Option<Vec<u8>>,
		) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> SetId {
			pallet_grandpa::CurrentSetId::<Runtime>::get()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			_: EquivocationProof<Hash, BlockNumber>,
			_: OpaqueKeyOwnershipProof,
		) -> Option<()> {
			None
		}

		fn generate_key_ownership_proof(
			_: SetId,
			_: AuthorityId,
		) -> Option<OpaqueKeyOwnershipProof> {
			None
		}
	}

	impl sp_consensus_pow::DifficultyApi<Block, Difficulty> for Runtime {
		fn difficulty() -> Difficulty {
			Pow::difficulty()
		}
	}

	impl sp_consensus_pow::TimestampApi<Block, Moment> for Runtime {
		fn timestamp() -> Moment {
			pallet_timestamp::Now::<Runtime>::get()
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			genesis::build(config)
		}

		fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis::preset)
		}

		fn preset_names() -> Vec<PresetId> {
			genesis::preset_names()
		}
	}

	impl medrec_primitives::runtime_api::MedrecApi<Block> for Runtime {
		fn resolve(name: Vec<u8>) -> Option<SubjectId> {
			Registrar::resolve(&name)
		}

		fn resolve_identifier(identifier: Identifier) -> Option<SubjectId> {
			Registrar::resolve_identifier(&identifier)
		}

		fn subject_of(account: AccountId) -> Option<SubjectId> {
			Registrar::subject_of(&account)
		}

		fn check_access(
			requester: SubjectId,
			relationship: RelationshipId,
			record: RecordId,
			purpose: Purpose,
		) -> Decision {
			if Registrar::subject(&requester).is_none() {
				return Decision::Deny { reason: DenyReason::NotFound };
			}
			let active = Registrar::role(&requester).is_some();
			let now = pallet_timestamp::Now::<Runtime>::get();
			Ppr::check_access(now, requester, active, relationship, record, purpose)
		}

		fn relationships_of(
			subject: SubjectId,
			cursor: Option<RelationshipId>,
		) -> Vec<(RelationshipId, Entry)> {
			Summary::relationships_of(&subject, cursor.as_ref())
		}

		fn pending_for(subject: SubjectId) -> u32 {
			Summary::pending_for(&subject)
		}

		fn bounties_of(miner: SubjectId, cursor: Option<BountyId>) -> Vec<(BountyId, Bounty)> {
			MiningBounty::bounties_of(&miner, cursor.as_ref())
		}

		fn miners() -> Vec<(SubjectId, MiningKey)> {
			Registrar::miners()
		}

		fn eligible(miner: SubjectId) -> Option<Moment> {
			Pow::eligible(&miner)
		}

		fn minimum_difficulty() -> Difficulty {
			pallet_pow::Parameters::<Runtime>::get().minimum_difficulty
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benchmarks::metadata(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, String> {
			crate::benchmarks::dispatch(config)
		}
	}

	// A panic is how the tool learns of a failure.
	#[cfg(feature = "try-runtime")]
	#[allow(clippy::unwrap_used)]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(
			checks: frame_try_runtime::UpgradeCheckSelect,
		) -> (frame_support::weights::Weight, frame_support::weights::Weight) {
			let weight = Executive::try_runtime_upgrade(checks).unwrap();
			(weight, crate::configs::RuntimeBlockWeights::get().max_block)
		}

		fn execute_block(
			block: LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> frame_support::weights::Weight {
			Executive::try_execute_block(block, state_root_check, signature_check, select).unwrap()
		}
	}
}
