//! The wording of messages: plain, and without secrets.

use std::{
	io::{Error, ErrorKind},
	path::Path,
};

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

/// Words in the reasons why a host cannot be reached, what they mean, and what to do about a node.
const CAUSES: [(&[&str], &str, &str); 4] = [
	(&["refused"], "nothing listens there", "start the node, or choose another with --node"),
	(
		&["resolve", "lookup", "No IP address"],
		"the name of the host is unknown",
		"compare the host in the URL",
	),
	(
		&["timed out", "timeout", "unreachable", "No route"],
		"the host does not answer",
		"compare the host in the URL, and check the network and the firewall",
	),
	(
		&["InvalidContentType"],
		"what listens there does not speak TLS",
		"if the node has no TLS, its URL begins with ws://",
	),
];

/// What a reason means, and what to do about a node; none for other reasons.
fn cause(reason: &str) -> Option<(&'static str, &'static str)> {
	let mut causes = CAUSES.iter();
	let found = causes.find(|(words, ..)| words.iter().any(|word| reason.contains(word)));
	found.map(|(_, cause, next)| (*cause, *next))
}

/// Why a node cannot be reached, and what to do.
pub fn unreachable_node(url: &str, reason: &str) -> String {
	let url = &without_password(url);
	let (cause, next) = match cause(reason) {
		Some((cause, next)) => (cause.to_owned(), next),
		None if reason.contains("certificate") => {
			(reason.to_owned(), "the node needs a certificate that this machine trusts")
		},
		None if url.starts_with("wss://") => {
			(reason.to_owned(), "compare the URL; a node without TLS is reached by ws://")
		},
		None => (
			format!("what listens there does not answer as a node does ({reason})"),
			"compare the port; a server with TLS is reached by wss://",
		),
	};
	format!("cannot reach the node at {url}: {cause}; {next}")
}

/// Why a gatekeeper cannot be reached, and what to do.
pub fn unreachable_gatekeeper(url: &str, reason: &str) -> String {
	let cause = cause(reason).map_or(reason, |(cause, _)| cause);
	format!(
		"cannot reach the gatekeeper at {url}: {cause}; try again later, or ask the provider for its \
		 URL and give it with --gatekeeper"
	)
}

/// Why a file cannot be read, and what to do.
pub fn unreadable(path: &Path, error: &Error) -> String {
	let file = path.display();
	match error.kind() {
		ErrorKind::NotFound => format!("there is no file {file}; compare its name"),
		ErrorKind::IsADirectory => format!("{file} is a folder; give a file"),
		_ => format!("cannot read {file}: {error}"),
	}
}

/// The same for the file of a secret. The secret itself may stand in place of its name, and one with a
/// space is not shown.
pub fn unreadable_secret(path: &Path, error: &Error) -> String {
	if error.kind() != ErrorKind::NotFound {
		return unreadable(path, error);
	}
	let file = match path.to_string_lossy().trim() {
		text if text.contains(char::is_whitespace) => "there is no such file".to_owned(),
		text => format!("there is no file {text}"),
	};
	format!("{file}; give the name of a file that holds the secret, not the secret itself")
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
			("wss://a", "corrupt message of type InvalidContentType", "does not speak TLS; if"),
			("ws://a", "Connection timed out (os error 110)", "the host does not answer"),
			("ws://a", "No route to host (os error 113)", "check the network and the firewall"),
			("ws://a", "Network is unreachable (os error 101)", "check the network"),
			("ws://a", "Connection rejected with status code: 404", "does not answer as a node"),
		] {
			let (url, reason) = (url.into(), reason.into());
			let failure = Failure::from(ChainError::Unreachable { url, reason });
			assert_eq!(failure.exit as u8, 5);
			assert!(failure.message.contains(expected), "{}", failure.message);
		}
	}

	#[test]
	fn an_unreachable_gatekeeper_has_the_same_causes() {
		let refused = super::unreachable_gatekeeper("http://a:1", "Connection refused");
		assert!(refused.starts_with("cannot reach the gatekeeper at http://a:1: nothing"));
		assert!(refused.ends_with("with --gatekeeper"), "{refused}");
		let other = super::unreachable_gatekeeper("http://a:1", "connection closed");
		assert!(other.contains("http://a:1: connection closed; "), "{other}");
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
		assert!(unreadable("me.seed").starts_with("there is no file me.seed; give the name"));
	}
}
