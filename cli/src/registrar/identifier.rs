//! `medrec registrar identifier`: the keyed hash of a local ID.

use crate::{
	failure::Failure,
	report::{full, Report},
};
use clap::{Args, ValueHint};
use medrec_client::keys::read_secret;
use medrec_protocol::keys::Secret;
use medrec_primitives::{commitment::hmac_sha3, identity};
use serde_json::json;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// `registrar identifier`.
#[derive(Debug, Args)]
pub struct Identifier {
	/// A file with the provider's secret, 64 hexadecimal digits, which only its owner may read.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub secret_file: PathBuf,
	/// The namespace of local IDs.
	#[arg(long, value_name = "NAME", default_value = "patient")]
	pub namespace: String,
	/// A file with the local ID, which only its owner may read; - for the standard input.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub local_id_file: PathBuf,
}

pub(super) fn run(args: &Identifier) -> Result<Report, Failure> {
	let secret = parse_secret(&read_secret(&args.secret_file)?)?;
	let local_id = read_secret(&args.local_id_file)?;
	let identifier = identifier(&secret, &args.namespace, local_id.expose());
	Ok(Report::new(full(&identifier), json!({ "identifier": identifier })))
}

fn parse_secret(text: &Secret) -> Result<Zeroizing<[u8; 32]>, Failure> {
	let digits = text.expose().trim();
	let mut secret = Zeroizing::new([0; 32]);
	hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), &mut *secret).map_err(
		|_| Failure::failed("bad_secret", "the provider's secret must be 64 hexadecimal digits"),
	)?;
	Ok(secret)
}

fn identifier(secret: &[u8; 32], namespace: &str, local_id: &str) -> identity::Identifier {
	hmac_sha3(secret, &[namespace.as_bytes(), &[0], local_id.as_bytes()])
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn identifiers_depend_on_secret_namespace_and_local_id() {
		let secret = [7; 32];
		let one = identifier(&secret, "patient", "17");
		assert_eq!(one, identifier(&secret, "patient", "17"));
		assert_ne!(one, identifier(&[8; 32], "patient", "17"));
		assert_ne!(one, identifier(&secret, "ward", "17"));
		assert_ne!(one, identifier(&secret, "patient", "18"));
		// The namespace ends where it says.
		assert_ne!(identifier(&secret, "a", "b"), identifier(&secret, "ab", ""));
	}

	#[test]
	fn secrets_are_64_digits() {
		let digits = "0x".to_owned() + &"07".repeat(32);
		assert_eq!(*parse_secret(&Secret::new(digits)).unwrap(), [7; 32]);
		assert!(parse_secret(&Secret::new("hospital".to_owned())).is_err());
	}
}
