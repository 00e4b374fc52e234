//! The metadata of the runtime that this crate is built for (`client/metadata.scale`, which a test of
//! the runtime keeps fresh).

pub use super::mirror::{
	CouncilCall, MiningBountyCall, PprCall, RegistrarCall, RuntimeCall, SummaryCall, UtilityCall,
	Weight,
};

use super::Error;
use std::sync::LazyLock;
use subxt::metadata::{Metadata, StorageEntryMetadata};

/// The file in SCALE.
pub(super) const METADATA: &[u8] = include_bytes!("../../metadata.scale");

/// The metadata in the file.
pub(super) fn metadata() -> &'static Metadata {
	static DECODED: LazyLock<Metadata> =
		LazyLock::new(|| Metadata::decode_from(METADATA).expect("tests decode this file; qed"));
	&DECODED
}

/// A storage item of a pallet.
pub(super) fn storage_entry(
	pallet: &str,
	item: &str,
) -> Result<&'static StorageEntryMetadata, Error> {
	metadata()
		.pallet_by_name(pallet)
		.and_then(|pallet| pallet.storage())
		.and_then(|storage| storage.entry_by_name(item))
		.ok_or(Error::Malformed("a storage item that the metadata does not have"))
}
