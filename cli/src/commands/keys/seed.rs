//! Keys of a seed phrase: their derivation, and `medrec keys find`.

use super::holder::Holder;
use crate::{
	context::Context,
	failure::{Failure, Result},
	output::{Output, Report},
	page::{Cell, Page},
};
use clap::Args;
use medrec_client::keys::read_secret;
use medrec_protocol::keys::{Key, Scheme, Secret, MEDREC_PREFIX};
use serde::Serialize;
use std::path::PathBuf;

/// The number of accounts in a row without a subject after which the search ends.
const GAP: u32 = 20;

#[derive(Debug, Args)]
pub struct Find {
	/// A file with a seed phrase or secret URI; - for the standard input.
	///
	/// The file must be readable by its owner only.
	#[arg(long, value_name = "FILE")]
	seed_file: PathBuf,
	/// The signature scheme of the keys: sr25519 or ed25519.
	#[arg(long, default_value_t)]
	scheme: Scheme,
}

/// The subjects of a seed phrase.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct SeedSubjects {
	/// The subjects, in the order of their paths.
	subjects: Vec<SeedSubject>,
}

/// A subject of a seed phrase.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct SeedSubject {
	/// The derivation path from the phrase to the key; empty for the phrase itself.
	path: String,
	/// The SS58 address of the account.
	address: String,
	/// The subject.
	#[serde(flatten)]
	holder: Holder,
}

impl Report for SeedSubjects {
	fn page(&self) -> Page {
		let row = |found: &SeedSubject| {
			let path = if found.path.is_empty() { "the phrase itself" } else { &found.path };
			let id = Cell::maybe(found.holder.subject, Cell::id);
			[Cell::word(path), id, Cell::maybe(found.holder.words(), Cell::Words)]
		};
		let rows = self.subjects.iter().map(row);
		let columns = ["path", "subject", "who"];
		let page = Page::default().table("Subjects of this seed phrase", columns, rows);
		match self.subjects.is_empty() {
			true => page,
			false => page.line(
				"Store the key of a subject with:\n  medrec keys import NAME --seed-file FILE --path \
				 PATH",
			),
		}
	}
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
		let holder = Holder::of(at, &key.account()).await?;
		if holder.subject.is_some() {
			empty = 0;
			let address = key.address(MEDREC_PREFIX);
			subjects.push(SeedSubject { path, address, holder });
		} else if number.is_some() {
			// The account of the phrase itself is not one of the numbered accounts.
			empty = empty.saturating_add(1);
		}
		number = Some(number.map_or(0, |number| number.saturating_add(1)));
	}
	Ok(Output::of(&SeedSubjects { subjects }))
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
