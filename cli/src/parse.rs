//! Parsers of arguments. IDs and keys parse by the `FromStr` of their types.

mod when;

pub use when::{duration, time, Day};

use crate::reference::IdRef;
use medrec_primitives::{
	bytes::from_hex,
	identity::{is_valid_name, SubjectId},
	record::{Category, FieldNumber},
	relationship::RelationshipId,
	AccountId,
};
use medrec_protocol::keys::parse_address;
use serde::de::DeserializeOwned;
use std::{fmt::Display, str::FromStr};

/// An account: an SS58 address, or a public key in hexadecimal digits.
pub fn account(text: &str) -> Result<AccountId, String> {
	let text = text.trim();
	match text.starts_with("0x") {
		true => from_hex(text).map(AccountId::from).map_err(|error| error.to_string()),
		false => parse_address(text).map_err(|error| error.to_string()),
	}
}

/// The code of a category.
pub fn category(text: &str) -> Result<Category, String> {
	let code = text.parse().map(Category);
	code.map_err(|_| "the code of a category is a number of 0 to 65535".to_owned())
}

/// A category, by its code or by its name in the provider's catalogue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CategoryRef {
	Code(Category),
	Name(String),
}

impl FromStr for CategoryRef {
	type Err = String;

	fn from_str(text: &str) -> Result<CategoryRef, String> {
		match text.bytes().all(|byte| byte.is_ascii_digit()) {
			true => category(text).map(CategoryRef::Code),
			false => Ok(CategoryRef::Name(text.to_lowercase())),
		}
	}
}

/// A variant of an enum by its word in JSON.
pub fn variant<T: DeserializeOwned>(word: String) -> Result<T, serde_json::Error> {
	serde_json::from_value(word.into())
}

/// A parser of whole numbers that are not less than this one.
pub fn at_least<T>(least: T) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
	T: FromStr + PartialOrd + Display + Copy + Send + Sync + 'static,
{
	move |text| {
		let number = text.parse().ok().filter(|number| *number >= least);
		number.ok_or_else(|| format!("expected a whole number of {least} or more"))
	}
}

/// The URL of a node.
pub fn node_url(text: &str) -> Result<String, String> {
	url(text, ["ws://", "wss://"])
}

/// The URL of a gatekeeper.
pub fn gatekeeper_url(text: &str) -> Result<String, String> {
	url(text, ["http://", "https://"])
}

fn url(text: &str, schemes: [&str; 2]) -> Result<String, String> {
	let text = text.trim();
	let rest = schemes
		.iter()
		.find_map(|scheme| text.strip_prefix(scheme))
		.ok_or_else(|| format!("expected a URL that begins with {}", schemes.join(" or ")))?;
	let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
	// An IPv6 address stands in brackets.
	let (host, port) = match authority.rsplit_once(':') {
		Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
		_ => (authority, None),
	};
	let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
	match host.is_empty() || text.contains(char::is_whitespace) || !port.is_none_or(is_port) {
		true => Err("expected a host, and a port of 1 to 65535 after a colon".to_owned()),
		false => Ok(text.to_owned()),
	}
}

/// The libp2p identity of a node, as the bytes of its multihash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Peer(pub Vec<u8>);

impl FromStr for Peer {
	type Err = String;

	fn from_str(text: &str) -> Result<Peer, String> {
		let bytes = bs58::decode(text).into_vec().unwrap_or_default();
		// A multihash: code, length, digest.
		match bytes.get(1).copied().map(usize::from) {
			Some(length) if bytes.len() == length + 2 && bytes.len() <= 64 => Ok(Peer(bytes)),
			_ => Err("expected the whole identity of a node, as 12D3Koo..".to_owned()),
		}
	}
}

/// A field, by its number or by its name in the record's template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FieldRef {
	Number(FieldNumber),
	Name(String),
}

impl FromStr for FieldRef {
	type Err = String;

	fn from_str(text: &str) -> Result<FieldRef, String> {
		let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
		match (text.is_empty(), is_number) {
			(true, _) => Err("expected the number or the name of a field".to_owned()),
			(false, true) => text
				.parse()
				.map(FieldRef::Number)
				.map_err(|_| "the number of a field is 0 to 65535".to_owned()),
			(false, false) => Ok(FieldRef::Name(text.to_owned())),
		}
	}
}

/// An account: an SS58 address, a public key in hexadecimal digits, or the name of a key in the keystore.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AccountRef {
	Account(AccountId),
	Key(String),
}

impl FromStr for AccountRef {
	type Err = String;

	fn from_str(text: &str) -> Result<AccountRef, String> {
		let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
		let text = text.trim();
		if let Ok(account) = account(text) {
			return Ok(AccountRef::Account(account));
		}
		match text.len() {
			1..46 if !text.starts_with("0x") && text.bytes().all(is_name) => {
				Ok(AccountRef::Key(text.to_owned()))
			},
			46..=50 => Err(WRONG_ADDRESS.to_owned()),
			_ => Err(
				"expected an address, 0x and the 64 hexadecimal digits of a public key, or the \
			          name of a key in the keystore"
					.to_owned(),
			),
		}
	}
}

const WRONG_ADDRESS: &str = "this is not a valid address; compare each letter";

const WRONG_PARTY: &str =
	"expected a name without spaces, an address, or the ID of a subject (0x and hexadecimal digits)";

/// A reference to a subject: its ID or the first digits of it, the account that controls it, or a name:
/// one that the user gave it, that of a key of the user, or that of an organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Party {
	Subject(IdRef<SubjectId>),
	Account(AccountId),
	Name(String),
}

impl FromStr for Party {
	type Err = String;

	fn from_str(text: &str) -> Result<Party, String> {
		let text = text.trim();
		if text.starts_with("0x") {
			return text.parse().map(Party::Subject);
		}
		if let Ok(account) = parse_address(text) {
			return Ok(Party::Account(account));
		}
		let is_plain =
			|byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
		match text.len() {
			0 | 65.. => Err(WRONG_PARTY.to_owned()),
			// As long as an address, and with letters that the name of an organisation does not have.
			46.. if !is_valid_name(text.as_bytes()) => Err(WRONG_ADDRESS.to_owned()),
			_ if text.bytes().all(is_plain) => Ok(Party::Name(text.to_owned())),
			_ => Err(WRONG_PARTY.to_owned()),
		}
	}
}

/// A relationship: its ID, or its other party.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RelationshipRef {
	/// By its ID.
	Id(IdRef<RelationshipId>),
	/// By the other party: for a patient the provider, for a provider the patient.
	With(Party),
}

impl FromStr for RelationshipRef {
	type Err = String;

	fn from_str(text: &str) -> Result<RelationshipRef, String> {
		match text.trim().starts_with("0x") {
			true => text.parse().map(RelationshipRef::Id),
			false => text.parse().map(RelationshipRef::With),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::identity::Status;

	const ADDRESS: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	#[test]
	fn accounts_are_addresses_or_keys() {
		let key = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
		assert_eq!(account(ADDRESS), account(key));
		assert!(account(ADDRESS).is_ok());
		for bad in ["hospital-a", "0x", "0x1f", &key[..65], &format!("{key}00")] {
			assert!(account(bad).is_err(), "{bad}");
		}
	}

	#[test]
	fn an_account_is_also_named_by_its_key() {
		assert!(matches!(ADDRESS.parse(), Ok(AccountRef::Account(_))));
		assert_eq!("dr-weber".parse(), Ok(AccountRef::Key("dr-weber".into())));
		let misspelled = format!("{}x", &ADDRESS[..47]);
		assert!(misspelled.parse::<AccountRef>().unwrap_err().contains("compare each letter"));
		for bad in ["", "0x12", "a b", "../key"] {
			assert!(bad.parse::<AccountRef>().unwrap_err().contains("name of a key"), "{bad}");
		}
	}

	#[test]
	fn categories_are_codes_or_names() {
		assert_eq!("7".parse(), Ok(CategoryRef::Code(Category(7))));
		assert_eq!("Laboratory".parse(), Ok(CategoryRef::Name("laboratory".into())));
		assert!("70000".parse::<CategoryRef>().is_err());
		assert!("".parse::<CategoryRef>().is_err());
	}

	#[test]
	fn variants_parse_from_their_words_in_json() {
		assert_eq!(variant::<Status>("retired".into()).unwrap(), Status::Retired);
		assert!(variant::<Status>("Retired".into()).is_err());
	}

	#[test]
	fn identities_of_nodes_are_multihashes() {
		let id = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
		let Peer(bytes) = id.parse().unwrap();
		assert_eq!(bytes.len(), 38);
		assert_eq!(bs58::encode(bytes).into_string(), id);
		for bad in ["", "hospital", "12D3KooW0", "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc"]
		{
			assert!(bad.parse::<Peer>().is_err(), "{bad}");
		}
	}

	#[test]
	fn fields_are_numbers_or_names() {
		assert_eq!("3".parse(), Ok(FieldRef::Number(3)));
		assert_eq!("value".parse(), Ok(FieldRef::Name("value".into())));
		assert!("70000".parse::<FieldRef>().is_err());
		assert!("".parse::<FieldRef>().is_err());
	}

	#[test]
	fn urls_have_their_scheme() {
		assert!(node_url("ws://127.0.0.1:9944").is_ok());
		assert!(node_url("http://127.0.0.1:9944").is_err());
		assert!(gatekeeper_url("https://gate.example.org").is_ok());
		assert!(gatekeeper_url("gate.example.org").is_err());
	}

	#[test]
	fn urls_have_a_host_and_perhaps_a_port() {
		for good in ["ws://[::1]", "ws://[::1]:9944", "wss://node.example.org/rpc?a=b:c"] {
			assert_eq!(node_url(&format!("{good}\n")).as_deref(), Ok(good));
		}
		for bad in ["ws://", "ws://:9944", "ws://a:99999", "ws://a:0", "ws://a b", "ws://a:"] {
			assert!(node_url(bad).unwrap_err().contains("a host"), "{bad}");
		}
	}

	#[test]
	fn numbers_have_a_least_value() {
		assert_eq!(at_least(11u32)("11"), Ok(11));
		for bad in ["10", "-5", "1.5", "ten", ""] {
			let error = at_least(11u32)(bad).unwrap_err();
			assert_eq!(error, "expected a whole number of 11 or more", "{bad}");
		}
	}

	#[test]
	fn space_around_what_was_pasted_is_no_mistake() {
		let pasted = format!(" {ADDRESS}\n");
		assert_eq!(pasted.parse(), ADDRESS.parse::<Party>());
		assert_eq!(pasted.parse(), ADDRESS.parse::<AccountRef>());
		assert_eq!(" 0x1f2a ".parse::<IdRef<SubjectId>>(), "0x1f2a".parse());
	}

	#[test]
	fn subjects_accounts_and_names_are_told_apart() {
		let subject = SubjectId::repeat_byte(3);
		assert_eq!(subject.to_string().parse(), Ok(Party::Subject(IdRef::Whole(subject))));
		assert!(matches!(ADDRESS.parse(), Ok(Party::Account(_))));
		assert_eq!("hospital-b".parse(), Ok(Party::Name("hospital-b".into())));
		let misspelled = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ";
		for bad in ["0x12", "Hospital B", "", misspelled] {
			assert!(bad.parse::<Party>().is_err(), "{bad}");
		}
	}

	#[test]
	fn a_relationship_is_named_by_id_or_by_its_other_party() {
		assert!(matches!("0x1234".parse(), Ok(RelationshipRef::Id(IdRef::Prefix(_)))));
		let party = RelationshipRef::With(Party::Name("hospital-a".into()));
		assert_eq!("hospital-a".parse(), Ok(party));
		assert!("Hospital A".parse::<RelationshipRef>().is_err());
	}
}
