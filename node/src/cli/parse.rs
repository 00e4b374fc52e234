//! Arguments that the SDK accepts and no MedRec node can use: they are rejected when they are parsed.

use clap::{
	builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
	error::ErrorKind,
	Arg, Command, ValueEnum,
};
use sc_cli::CryptoScheme;
use std::{ffi::OsStr, path::Path};

/// Replaces the parsers of `key insert`.
pub fn apply(command: Command) -> Command {
	command.mut_subcommand("key", |key| {
		key.mut_subcommand("insert", |insert| {
			insert
				.mut_arg("key_type", |arg| arg.value_parser(key_types()))
				.mut_arg("scheme", |arg: Arg| {
					arg.required(false).default_value("ed25519").value_parser(scheme)
				})
				.mut_arg("suri", |arg| arg.value_parser(SecretFile))
		})
	})
}

/// The types of the keys that a node uses.
fn key_types() -> impl TypedValueParser<Value = String> {
	PossibleValuesParser::new([
		PossibleValue::new("gran").help("a provider's finality key"),
		PossibleValue::new("mine").help("a researcher's mining key"),
	])
}

/// The scheme of both types. With another one, the keystore would have a key that nothing finds.
fn scheme(text: &str) -> Result<CryptoScheme, String> {
	match CryptoScheme::from_str(text, true)? {
		CryptoScheme::Ed25519 => Ok(CryptoScheme::Ed25519),
		_ => Err("keys of the types gran and mine are ed25519; use --scheme ed25519".into()),
	}
}

/// Accepts the name of a file with a secret. A secret in the arguments would be seen by every user of the
/// machine.
#[derive(Clone)]
struct SecretFile;

impl TypedValueParser for SecretFile {
	type Value = String;

	fn parse_ref(
		&self,
		command: &Command,
		_: Option<&Arg>,
		value: &OsStr,
	) -> Result<String, clap::Error> {
		match value.to_str() {
			Some(path) if Path::new(path).is_file() => Ok(path.into()),
			// The value may be a secret, and is not repeated.
			_ => Err(clap::Error::raw(ErrorKind::ValueValidation, NOT_A_FILE).with_cmd(command)),
		}
	}
}

const NOT_A_FILE: &str =
	"the value of --suri is not a file; write the secret phrase to a file that only \
                          you can read, and name that file\n";

#[cfg(test)]
mod tests {
	use crate::cli::Cli;
	use clap::error::ErrorKind;
	use sc_cli::SubstrateCli;

	fn insert(args: &[&str]) -> Result<Cli, clap::Error> {
		let command = ["medrec-node", "key", "insert"];
		Cli::try_from_iter(command.iter().chain(args))
	}

	#[test]
	fn a_key_is_inserted_under_its_scheme_only() {
		for args in [
			&["--key-type", "gran"][..],
			&["--key-type", "mine", "--scheme", "ed25519"],
			&["--key-type", "mine", "--scheme", "Ed25519"],
		] {
			assert!(insert(args).is_ok(), "{args:?}");
		}
		for scheme in ["sr25519", "ecdsa"] {
			let error = insert(&["--key-type", "gran", "--scheme", scheme])
				.expect_err("it is another scheme");
			assert_eq!(error.kind(), ErrorKind::ValueValidation);
			let text = error.to_string();
			assert!(text.contains("types gran and mine are ed25519"), "{text}");
		}
	}

	#[test]
	fn keys_of_other_types_are_rejected() {
		let error = insert(&["--key-type", "imon"]).expect_err("no node uses it");
		assert_eq!(error.kind(), ErrorKind::InvalidValue);
		let text = error.to_string();
		assert!(text.contains("gran") && text.contains("mine"), "{text}");
		assert!(insert(&[]).is_err());
	}

	#[test]
	fn a_secret_is_taken_from_a_file_only() {
		let folder = tempfile::tempdir().expect("a folder is created");
		let path = folder.path().join("mining.seed");
		std::fs::write(&path, "//Secret").expect("the file is written");
		let path = path.to_str().expect("the path is UTF-8");
		assert!(insert(&["--key-type", "mine", "--suri", path]).is_ok());
		let error =
			insert(&["--key-type", "mine", "--suri", "//Secret"]).expect_err("it is no file");
		let text = error.to_string();
		assert!(text.contains("name that file") && !text.contains("//Secret"), "{text}");
	}
}
