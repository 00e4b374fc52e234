use super::{compatibility, Chain, Error};
use medrec_primitives::H256;
use std::sync::Arc;
use subxt::{
	client::{OfflineClient, OfflineClientAtBlock},
	config::substrate::{SpecVersionForRange, SubstrateConfig},
	metadata::{ArcMetadata, Metadata},
};
use subxt_rpcs::{methods::legacy::RuntimeVersion, rpc_params};

/// The format of metadata that is requested, which describes runtime APIs.
const METADATA_VERSION: u32 = 15;

/// A version of the chain's runtime that is compatible with this crate.
pub(super) struct Runtime {
	pub(super) client: OfflineClientAtBlock<SubstrateConfig>,
}

impl Runtime {
	pub(super) fn new(
		genesis: H256,
		spec_version: u32,
		transaction_version: u32,
		metadata: Metadata,
	) -> Result<Runtime, Error> {
		compatibility::check(&metadata)?;
		let metadata = metadata.arc();
		let config = SubstrateConfig::builder()
			.set_genesis_hash(genesis)
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version,
				transaction_version,
			}])
			.set_metadata_for_spec_versions([(spec_version, metadata)])
			.build();
		let client = OfflineClient::new_with_config(config)
			.at_block(0u64)
			.map_err(|error| Error::Unbuildable(error.to_string()))?;
		Ok(Runtime { client })
	}

	pub(super) fn metadata(&self) -> ArcMetadata {
		self.client.metadata()
	}
}

impl Chain {
	/// The runtime in the state of this block.
	pub(super) async fn runtime_at(&self, block: H256) -> Result<Arc<Runtime>, Error> {
		let version: RuntimeVersion =
			self.connection().request("state_getRuntimeVersion", rpc_params![block]).await?;
		if let Some(runtime) = self.known_runtime(version.spec_version) {
			return Ok(runtime);
		}
		let metadata = self.fetch_metadata(block).await?;
		let runtime = Arc::new(Runtime::new(
			self.genesis_hash(),
			version.spec_version,
			version.transaction_version,
			metadata,
		)?);
		let mut runtimes = self.inner.runtimes.write().unwrap_or_else(|lock| lock.into_inner());
		Ok(runtimes.entry(version.spec_version).or_insert(runtime).clone())
	}

	fn known_runtime(&self, spec_version: u32) -> Option<Arc<Runtime>> {
		let runtimes = self.inner.runtimes.read().unwrap_or_else(|lock| lock.into_inner());
		runtimes.get(&spec_version).cloned()
	}

	async fn fetch_metadata(&self, block: H256) -> Result<Metadata, Error> {
		let metadata: Option<Vec<u8>> =
			self.at(block).state_call("Metadata_metadata_at_version", METADATA_VERSION).await?;
		metadata
			.and_then(|bytes| Metadata::decode_from(&bytes).ok())
			.ok_or(Error::Malformed("the metadata"))
	}
}
