//! The wording of messages: plain, and without secrets.

use std::path::Path;

/// A text without the numbers of errors, as `(os error 2)`.
pub fn without_numbers(text: &str) -> String {
	let mut parts = text.split(" (os error ");
	let mut kept = parts.next().unwrap_or_default().to_owned();
	for part in parts {
		kept.push_str(part.split_once(')').map_or("", |(_, rest)| rest));
	}
	kept
}

/// A URL without the user and the password in it.
fn without_password(url: &str) -> String {
	let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
	let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
	let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
	format!("{scheme}://{host}{path}")
}

/// Why a node cannot be reached, and what to do.
pub fn unreachable_node(url: &str, reason: &str) -> String {
	let url = &without_password(url);
	let has = |word: &str| reason.contains(word);
	let (cause, next) = match () {
		() if has("refused") => {
			("nothing listens there".to_owned(), "start the node, or choose another with --node")
		},
		() if has("resolve") || has("lookup") || has("No IP address") => {
			("the name of the host is unknown".to_owned(), "compare the host in the URL")
		},
		() if has("certificate") => {
			(reason.to_owned(), "the node needs a certificate that this machine trusts")
		},
		() if url.starts_with("wss://") => {
			(reason.to_owned(), "compare the URL; a node without TLS is reached by ws://")
		},
		() => (
			format!("what listens there does not answer as a node does ({reason})"),
			"compare the port; a server with TLS is reached by wss://",
		),
	};
	format!("cannot reach the node at {url}: {cause}; {next}")
}

/// Whether a text that was given as the name of a file looks like a phrase.
pub fn may_be_secret(path: &Path) -> bool {
	let text = path.to_string_lossy();
	text.trim().contains(char::is_whitespace) && !path.exists()
}

#[cfg(test)]
mod tests {
	use crate::failure::Failure;
	use medrec_client::{chain::Error as ChainError, keys::SecretError};

	#[test]
	fn an_unreachable_node_has_a_cause_and_a_next_step() {
		for (url, reason, expected) in [
			(
				"ws://a",
				"Connection refused (os error 111)",
				"nothing listens there; start the node",
			),
			("ws://a", "Failed to resolve IP addresses for this hostname: x", "name of the host"),
			("wss://a", "invalid peer certificate: UnknownIssuer", "certificate that this machine"),
			("wss://a", "received corrupt message", "reached by ws://"),
			("ws://a", "Connection rejected with status code: 404", "does not answer as a node"),
		] {
			let (url, reason) = (url.into(), reason.into());
			let failure = Failure::from(ChainError::Unreachable { url, reason });
			assert_eq!(failure.exit as u8, 5);
			assert!(failure.message.contains(expected), "{}", failure.message);
		}
	}

	#[test]
	fn messages_have_no_password_and_no_number_of_an_error() {
		let (url, reason) = ("ws://me:hunter2@a:1/@b".into(), "refused".into());
		let failure = Failure::from(ChainError::Unreachable { url, reason });
		assert!(failure.message.contains(" ws://a:1/@b:"), "{}", failure.message);

		let missing = || std::io::Error::from_raw_os_error(2);
		let plain = Failure::failed("x", format!("{}, {}; wait", missing(), missing()));
		assert_eq!(plain.message.matches("os error").count(), 0, "{}", plain.message);
		assert!(plain.message.ends_with("; wait"), "{}", plain.message);

		let unreadable = |path: &str| {
			let failure =
				Failure::from(SecretError::Unreadable { path: path.into(), source: missing() });
			failure.message
		};
		assert!(!unreadable("bottom drive obey").contains("drive"));
		assert!(unreadable("me.seed").contains("me.seed"));
	}
}
