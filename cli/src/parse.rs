//! Parsers of arguments. IDs and keys parse by the `FromStr` of their types.

use crate::reference::IdRef;
use medrec_client::now;
use medrec_primitives::{
	bytes::from_hex,
	identity::{is_valid_name, SubjectId},
	record::{Category, FieldNumber},
	AccountId, Moment,
};
use medrec_protocol::keys::parse_address;
use serde::de::DeserializeOwned;
use std::{num::ParseIntError, str::FromStr};
use time::{
	format_description::well_known::Rfc3339, macros::format_description, Date, OffsetDateTime,
};

const SECOND: Moment = 1000;
const MINUTE: Moment = 60 * SECOND;
const HOUR: Moment = 60 * MINUTE;
const DAY: Moment = 24 * HOUR;

/// An account: an SS58 address, or a public key in hexadecimal digits.
pub fn account(text: &str) -> Result<AccountId, String> {
	match text.starts_with("0x") {
		true => from_hex(text).map(AccountId::from).map_err(|error| error.to_string()),
		false => parse_address(text).map_err(|error| error.to_string()),
	}
}

/// The code of a category.
pub fn category(text: &str) -> Result<Category, ParseIntError> {
	text.parse().map(Category)
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
			true => category(text).map(CategoryRef::Code).map_err(|error| error.to_string()),
			false => Ok(CategoryRef::Name(text.to_lowercase())),
		}
	}
}

/// A variant of an enum by its word in JSON.
pub fn variant<T: DeserializeOwned>(word: String) -> Result<T, serde_json::Error> {
	serde_json::from_value(word.into())
}

/// A duration, as `30s`, `15m`, `12h`, `1d`, `2w` or `1d12h`.
pub fn duration(text: &str) -> Result<Moment, String> {
	let wrong = || "expected a duration as 30s, 15m, 12h, 1d, 2w or 1d12h".to_owned();
	let mut sum: Moment = 0;
	for part in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
		let number = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
		let unit = match part.strip_prefix(number) {
			Some("s") => SECOND,
			Some("m") => MINUTE,
			Some("h") => HOUR,
			Some("d") => DAY,
			Some("w") => 7 * DAY,
			_ => return Err(wrong()),
		};
		let length = number.parse::<Moment>().map_err(|_| wrong())?.checked_mul(unit);
		let longer = length.and_then(|length| sum.checked_add(length));
		sum = longer.ok_or_else(|| "the duration is too long".to_owned())?;
	}
	match sum {
		0 => Err(wrong()),
		sum => Ok(sum),
	}
}

/// A time: RFC 3339 (`2026-01-31T12:00:00Z`), or a date (`2026-01-31`), which means its first moment
/// in UTC.
pub fn time(text: &str) -> Result<Moment, String> {
	let day = format_description!("[year]-[month]-[day]");
	let time = OffsetDateTime::parse(text, &Rfc3339)
		.or_else(|_| Date::parse(text, &day).map(|date| date.midnight().assume_utc()));
	time.ok()
		.and_then(|time| Moment::try_from(time.unix_timestamp_nanos() / 1_000_000).ok())
		.ok_or_else(|| "expected a time as 2026-01-31T12:00:00Z or 2026-01-31".to_owned())
}

/// A day, as `2026-01-31`, or that of some time ago, as `1y`, `2w` or `30d`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(pub String);

impl FromStr for Day {
	type Err = String;

	fn from_str(text: &str) -> Result<Day, String> {
		day(text, now())
	}
}

fn day(text: &str, now: Moment) -> Result<Day, String> {
	let years = text.strip_suffix('y').and_then(|years| years.parse::<Moment>().ok());
	let years = years.map(|years| years.saturating_mul(365 * DAY));
	let ago = years.or_else(|| duration(text).ok()).map(|ago| now.saturating_sub(ago));
	let moment = match ago {
		Some(moment) => moment,
		None => time(text).map_err(|_| {
			"expected a date as 2026-01-31, or how long ago, as 1y, 2w or 30d".to_owned()
		})?,
	};
	let seconds = i64::try_from(moment / SECOND).unwrap_or(i64::MAX);
	let day = OffsetDateTime::from_unix_timestamp(seconds).map(|time| time.date().to_string());
	day.map(Day).map_err(|error| error.to_string())
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
	match schemes.iter().any(|scheme| text.starts_with(scheme)) {
		true => Ok(text.to_owned()),
		false => Err(format!("expected a URL that begins with {}", schemes.join(" or "))),
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
			_ => Err("expected the identity of a node, as 12D3Koo..".to_owned()),
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
			(false, true) => text.parse().map(FieldRef::Number).map_err(|error| error.to_string()),
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
	"expected a name, an address, or the ID of a subject (0x and hexadecimal digits)";

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
	fn durations_are_sums_of_units() {
		for (text, milliseconds) in
			[("1s", SECOND), ("15m", 15 * MINUTE), ("1d12h", 36 * HOUR), ("2w", 14 * DAY)]
		{
			assert_eq!(duration(text), Ok(milliseconds));
		}
		for bad in ["", "1", "d", "1y", "-1d", "0s", "1d 12h", "99999999999999999999d"] {
			assert!(duration(bad).is_err(), "{bad}");
		}
		assert!(duration("999999999999999999w").is_err());
	}

	#[test]
	fn times_are_rfc_3339_or_dates() {
		assert_eq!(time("1970-01-01T00:00:01Z"), Ok(1000));
		assert_eq!(time("1970-01-01T01:00:01+01:00"), Ok(1000));
		assert_eq!(time("1970-01-02"), Ok(DAY));
		for bad in ["", "tomorrow", "1969-12-31", "2026-13-01", "2026-01-31 12:00"] {
			assert!(time(bad).is_err(), "{bad}");
		}
	}

	#[test]
	fn days_are_dates_or_ages() {
		let now = time("2026-03-01T12:00:00Z").unwrap();
		for (text, expected) in [
			("2026-01-31", "2026-01-31"),
			("2026-01-31T23:00:00Z", "2026-01-31"),
			("1y", "2025-03-01"),
			("2w", "2026-02-15"),
			("36h", "2026-02-28"),
			("999y", "1970-01-01"),
		] {
			assert_eq!(day(text, now), Ok(Day(expected.into())), "{text}");
		}
		for bad in ["", "y", "yesterday", "31.01.2026"] {
			assert!(day(bad, now).is_err(), "{bad}");
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
}
