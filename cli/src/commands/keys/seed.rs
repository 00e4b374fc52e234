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
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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
	derive(&seed, "", args.scheme).map_err(|failure| in_file(&args.seed_file, failure))?;
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
	let words = Zeroizing::new(phrase(seed.expose()));
	let seed = words.as_str();
	// In a URI the path stands before the password.
	let uri = match seed.split_once("///") {
		Some((seed, password)) => Secret::new(format!("{seed}{path}///{password}")),
		None => Secret::new(format!("{seed}{path}")),
	};
	Key::from_uri(uri.expose(), scheme).map_err(|error| {
		let message = match seed.split(' ').count() {
			_ if seed.starts_with('{') => {
				"this is a key file, not a seed phrase; medrec keys import --json-file reads it"
					.into()
			},
			_ if !is_phrase(seed) => error.to_string(),
			count @ (12 | 15 | 18 | 21 | 24) => format!(
				"the {count} words are not a seed phrase; compare the spelling of each word, and \
				 their order, with what was written down"
			),
			count => format!(
				"a seed phrase has 12, 15, 18, 21 or 24 words, and this one has {count}; compare it \
				 with what was written down"
			),
		};
		Failure::failed("bad_secret", message)
	})
}

/// The failure of a seed, with the file that holds it.
pub(super) fn in_file(file: &Path, failure: Failure) -> Failure {
	let message = format!("{}: {}", file.display(), failure.message);
	Failure { message, ..failure }
}

/// A seed phrase in small letters, with one space between words. Another secret is as it is.
fn phrase(text: &str) -> String {
	match is_phrase(text) {
		true => {
			let words = Zeroizing::new(Vec::from_iter(text.split_whitespace()).join(" "));
			words.to_ascii_lowercase()
		},
		false => text.trim().to_owned(),
	}
}

fn is_phrase(text: &str) -> bool {
	text.chars().all(|letter| letter.is_ascii_alphabetic() || letter.is_whitespace())
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

	#[test]
	fn a_phrase_is_found_over_lines_and_in_capitals() {
		let account = |text: &str| {
			derive(&Secret::new(text.to_owned()), "//1", Scheme::Sr25519).unwrap().account()
		};
		let lines = PHRASE.replace(" hold ", "\r\n  HOLD\n");
		assert_eq!(account(&lines), account(PHRASE));
	}

	#[test]
	fn what_is_no_phrase_is_told_without_its_words() {
		for (text, expected) in [
			(PHRASE.replace(" walk", ""), "this one has 11"),
			(PHRASE.replace("walk", "talk"), "compare the spelling"),
			(PHRASE.replace("walk", "walk1"), "nor a secret URI"),
			("{\"encoded\": \"\"}".to_owned(), "--json-file"),
		] {
			let message = derive(&Secret::new(text), "", Scheme::Sr25519).err().unwrap().message;
			assert!(message.contains(expected) && !message.contains("drive"), "{message}");
		}
	}
}
