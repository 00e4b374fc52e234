//! `client/metadata.scale` is the metadata of this runtime.

use std::path::Path;

/// The version of the metadata format: the first one with runtime APIs, which all clients decode.
const METADATA_VERSION: u32 = 15;

#[test]
fn the_metadata_of_the_client_is_current() {
	let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/metadata.scale");
	let metadata = sp_io::TestExternalities::default()
		.execute_with(|| medrec_runtime::Runtime::metadata_at_version(METADATA_VERSION))
		.expect("the runtime supports this version");
	if std::env::var_os("MEDREC_WRITE_METADATA").is_some() {
		std::fs::write(&file, &*metadata).expect("the file is writable");
	}
	let copy = std::fs::read(&file).unwrap_or_default();
	assert!(
		copy == *metadata,
		"client/metadata.scale is not the metadata of this runtime; update it: \
		 MEDREC_WRITE_METADATA=1 cargo test --release -p medrec-runtime --test metadata"
	);
}
