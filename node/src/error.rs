//! The error with which the program ends, in words for its operator.

use sp_blockchain::Error as ChainError;
use std::fmt::{self, Display, Formatter};

/// Before the JSON that the SDK appends to the error of a genesis.
const BLOB: &str = " for blob:\n";

/// The text of an error, which says what to do where the SDK's own text does not.
pub struct Explained(pub sc_cli::Error);

impl Display for Explained {
	fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
		use sc_cli::Error::*;
		match &self.0 {
			Input(text) => write_text(formatter, text),
			Client(error) => write_chain_error(formatter, error),
			Service(error) => write_service_error(formatter, error),
			NetworkKeyNotFound(path) => write!(
				formatter,
				"a node that votes needs a lasting network identity, and {} does not exist; make one with \
				 the same --chain and --base-path: medrec-node key generate-node-key",
				path.display()
			),
			KeyAlreadyExistsInPath(path) => {
				write!(formatter, "{} exists; a network identity is never replaced", path.display())
			},
			error => Display::fmt(error, formatter),
		}
	}
}

fn write_service_error(formatter: &mut Formatter<'_>, error: &sc_service::Error) -> fmt::Result {
	match error {
		sc_service::Error::Client(error) => write_chain_error(formatter, error),
		sc_service::Error::Application(error) => Display::fmt(error, formatter),
		sc_service::Error::Other(text) => write_text(formatter, text),
		error => Display::fmt(error, formatter),
	}
}

fn write_chain_error(formatter: &mut Formatter<'_>, error: &ChainError) -> fmt::Result {
	match error {
		ChainError::Storage(text) => write_text(formatter, text),
		ChainError::Backend(text) if text.contains("file is in use") => formatter.write_str(
			"another node uses this database; stop it, or give this one a folder of its own: --base-path",
		),
		error => Display::fmt(error, formatter),
	}
}

/// Writes a text. If it is the error of a genesis, it names it and leaves out the JSON.
fn write_text(formatter: &mut Formatter<'_>, text: &str) -> fmt::Result {
	match text.split_once(BLOB) {
		Some((reason, _)) => write!(formatter, "genesis: {reason}"),
		None => formatter.write_str(text),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::path::PathBuf;

	fn explained(error: impl Into<sc_cli::Error>) -> String {
		Explained(error.into()).to_string()
	}

	#[test]
	fn the_error_of_a_genesis_is_its_reason() {
		let text =
			"registrar.providers[1].name: \"A\" is invalid for blob:\n{\n  \"council\": {}\n}";
		let expected = "genesis: registrar.providers[1].name: \"A\" is invalid";
		assert_eq!(explained(text), expected);
		assert_eq!(explained(sc_service::Error::Other(text.into())), expected);
		let chain = || ChainError::Storage(text.into());
		assert_eq!(explained(chain()), expected);
		assert_eq!(explained(sc_service::Error::Client(chain())), expected);
	}

	#[test]
	fn an_error_of_the_node_has_no_prefix() {
		let error = sc_service::Error::Application("the reason".into());
		assert_eq!(explained(error), "the reason");
		assert_eq!(explained("the reason"), "the reason");
	}

	#[test]
	fn a_database_in_use_is_that_of_another_node() {
		let text = "Database file is in use. (Resource temporarily unavailable (os error 11))";
		let error = explained(sc_service::Error::Client(ChainError::Backend(text.into())));
		assert!(error.contains("another node") && error.contains("--base-path"), "{error}");
	}

	#[test]
	fn errors_about_the_network_identity_say_what_to_do() {
		let path = || PathBuf::from("data/secret");
		let missing = explained(sc_cli::Error::NetworkKeyNotFound(path()));
		assert!(missing.contains("data/secret does not exist"), "{missing}");
		assert!(missing.contains("medrec-node key generate-node-key"), "{missing}");
		let existing = explained(sc_cli::Error::KeyAlreadyExistsInPath(path()));
		assert!(existing.contains("data/secret exists"), "{existing}");
	}
}
