//! Chain specifications: `dev`, `local`, or a file.

use medrec_runtime::{configs::Ss58Prefix, genesis, WASM_BINARY};
use sc_service::{ChainType, GenericChainSpec, Properties};
use sp_core::crypto::Ss58AddressFormat;

/// The chain specification `id`: `dev` for a single development node, `local` or nothing for a
/// development network, anything else is the path of a JSON file.
///
/// # Errors
///
/// Fails if the file cannot be read, or if this build contains no runtime.
pub fn load(id: &str) -> Result<GenericChainSpec, String> {
	match id {
		"dev" => embedded("MedRec Development", "medrec_dev", ChainType::Development, genesis::DEV),
		"" | "local" => embedded("MedRec Local", "medrec_local", ChainType::Local, genesis::LOCAL),
		path => GenericChainSpec::from_json_file(path.into()),
	}
}

/// Whether chains of this type may contain development keys, whose secrets are public.
pub fn is_development(chain_type: &ChainType) -> bool {
	matches!(chain_type, ChainType::Development | ChainType::Local)
}

/// The SS58 prefix of addresses on MedRec chains.
pub fn address_format() -> Ss58AddressFormat {
	Ss58Prefix::get().into()
}

fn embedded(
	name: &str,
	id: &str,
	kind: ChainType,
	preset: &str,
) -> Result<GenericChainSpec, String> {
	let wasm = WASM_BINARY.ok_or(
		"this build contains no runtime; give the path of a chain specification: --chain FILE",
	)?;
	let mut properties = Properties::new();
	properties.insert("ss58Format".into(), Ss58Prefix::get().into());
	Ok(GenericChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(kind)
		.with_protocol_id(id)
		.with_properties(properties)
		.with_genesis_config_preset_name(preset)
		.build())
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_service::ChainSpec as _;

	#[test]
	fn embedded_chains_are_development_chains() {
		for id in ["dev", "local", ""] {
			let spec = load(id).expect("this build contains the runtime");
			assert!(is_development(&spec.chain_type()), "{id}");
			assert!(spec.as_json(false).is_ok(), "{id}");
		}
	}

	#[test]
	fn a_missing_file_is_an_error() {
		assert!(load("/nowhere/chain.json").is_err());
	}

	#[test]
	fn an_exported_chain_loads_again_as_the_same_chain() {
		let dir = tempfile::tempdir().expect("a folder is created");
		let path = dir.path().join("local.json");
		let spec = load("local").expect("this build contains the runtime");
		std::fs::write(&path, spec.as_json(true).expect("the genesis builds"))
			.expect("the file is written");
		let again = load(path.to_str().expect("the path is UTF-8")).expect("the file is read");
		assert_eq!(again.id(), spec.id());
		assert_eq!(again.chain_type(), spec.chain_type());
	}
}
