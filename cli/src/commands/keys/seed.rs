//! Keys of a seed phrase: their derivation, and `medrec keys find`.

use crate::{
	context::Context,
	failure::{Failure, Result},
	output::{short, Fields, Output},
};
use clap::Args;
use medrec_client::keys::read_secret;
use medrec_protocol::keys::{Key, Scheme, Secret, MEDREC_PREFIX};
use std::path::PathBuf;

/// The number of accounts in a row without a subject after which the search ends.
const GAP: u32 = 20;

#[derive(Debug, Args)]
pub struct Find {
	/// A file with a seed phrase or secret URI, readable by its owner only; - for the standard
	/// input.
	#[arg(long, value_name = "FILE")]
	seed_file: PathBuf,
	/// The signature scheme of the keys: sr25519 or ed25519.
	#[arg(long, default_value_t)]
	scheme: Scheme,
}

pub(super) async fn find(context: &Context, args: &Find) -> Result<Output> {
	let seed = read_secret(&args.seed_file)?;
	// Before the connection: an invalid seed is reported without a node.
	derive(&seed, "", args.scheme)?;
	let session = context.connect().await?;
	let at = session.at();
	let mut subjects = Vec::new();
	let (mut number, mut empty) = (None, 0);
	while empty < GAP {
		let path = number.map(|number: u32| format!("//medrec//{number}")).unwrap_or_default();
		let key = derive(&seed, &path, args.scheme)?;
		let id = at.subject_of(&key.account()).await?;
		let subject = match id {
			Some(id) => at.subject(id).await?.map(|subject| (id, subject)),
			None => None,
		};
		match subject {
			Some((id, subject)) => {
				empty = 0;
				let place = if path.is_empty() { "the phrase itself" } else { &path };
				let fields = Fields::default()
					.show("path", &path, place)
					.show("subject", id, short(id))
					.field("role", subject.role)
					.field("status", subject.status)
					.field("address", key.address(MEDREC_PREFIX));
				subjects.push(fields);
			},
			// The account of the phrase itself is not one of the numbered accounts.
			None if number.is_some() => empty = empty.saturating_add(1),
			None => {},
		}
		number = Some(number.map_or(0, |number| number.saturating_add(1)));
	}
	let columns = "path subject role status address";
	let output = Output::table("subjects", "Subjects of this seed phrase", columns, &subjects);
	let hint =
		"Store the key of a subject with: medrec keys import NAME --seed-file FILE --path PATH";
	Ok(if subjects.is_empty() { output } else { output.with_line(hint) })
}

/// A derivation path. The part after three slashes is a password, which is not accepted on the
/// command line.
pub(super) fn path(text: &str) -> Result<String, String> {
	match text.starts_with('/') && !text.contains("///") {
		true => Ok(text.to_owned()),
		false => Err("expected a path as //medrec//1, without a password".to_owned()),
	}
}

/// The key at a path below a seed phrase or secret URI.
pub(super) fn derive(seed: &Secret, path: &str, scheme: Scheme) -> Result<Key> {
	let seed = seed.expose().trim();
	// In a URI the path stands before the password.
	let uri = match seed.split_once("///") {
		Some((seed, password)) => Secret::new(format!("{seed}{path}///{password}")),
		None => Secret::new(format!("{seed}{path}")),
	};
	Key::from_uri(uri.expose(), scheme).map_err(|error| Failure::failed("bad_secret", error))
}

#[cfg(test)]
mod tests {
	use super::*;

	const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

	#[test]
	fn the_path_stands_before_the_password_of_a_uri() {
		let uri = |text: &str| Key::from_uri(text, Scheme::Sr25519).unwrap().account();
		let derived = |seed: &str, path: &str| {
			derive(&Secret::new(seed.to_owned()), path, Scheme::Sr25519).unwrap().account()
		};
		assert_eq!(derived(PHRASE, "//medrec//1"), uri(&format!("{PHRASE}//medrec//1")));
		let with_password = format!("{PHRASE}///pass");
		assert_eq!(derived(&with_password, "//1"), uri(&format!("{PHRASE}//1///pass")));
		assert_eq!(derived("//Alice", ""), uri("//Alice"));
	}

	#[test]
	fn a_path_has_no_password() {
		assert!(path("//medrec//1").is_ok());
		assert!(path("//medrec///secret").is_err());
		assert!(path("medrec").is_err());
	}
}
