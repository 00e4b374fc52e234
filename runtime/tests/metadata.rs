//! The clients' copy of the metadata is that of this runtime.

use std::path::Path;

/// The version of the metadata's format, which tells of runtime APIs and is understood by all
/// clients.
const FORMAT: u32 = 15;

#[test]
fn the_clients_copy_of_the_metadata_is_fresh() {
	let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/metadata.scale");
	let metadata = sp_io::TestExternalities::default()
		.execute_with(|| medrec_runtime::Runtime::metadata_at_version(FORMAT))
		.expect("the format is known");
	if std::env::var_os("MEDREC_WRITE_METADATA").is_some() {
		std::fs::write(&file, &*metadata).expect("the copy can be written");
	}
	let copy = std::fs::read(&file).unwrap_or_default();
	assert!(
		copy == *metadata,
		"client/metadata.scale is not that of this runtime; write it anew with \
		 MEDREC_WRITE_METADATA=1 cargo test --release -p medrec-runtime --test metadata"
	);
}
