//! Reads the values of arguments.

use medrec_protocol::keys::parse_address;
use medrec_primitives::{record::FieldNumber, relationship::Purpose, AccountId, Moment, H256};
use std::str::FromStr;
use time::{
	format_description::well_known::Rfc3339, macros::format_description, Date, OffsetDateTime,
};

const SECOND: Moment = 1000;
const MINUTE: Moment = 60 * SECOND;
const HOUR: Moment = 60 * MINUTE;
const DAY: Moment = 24 * HOUR;

/// 32 bytes as 64 hexadecimal digits, after `0x` or not.
pub fn bytes32(text: &str) -> Result<[u8; 32], String> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
		.map_err(|_| "it must be 64 hexadecimal digits, after 0x or not".to_owned())?;
	Ok(bytes)
}

/// A hash or an id.
pub fn hash(text: &str) -> Result<H256, String> {
	bytes32(text).map(H256)
}

/// An account: an SS58 address, or a public key in hexadecimal digits.
pub fn account(text: &str) -> Result<AccountId, String> {
	if text.starts_with("0x") {
		return bytes32(text).map(AccountId::from);
	}
	parse_address(text).map_err(|error| error.to_string())
}

/// A purpose by its HL7 code.
pub fn purpose(text: &str) -> Result<Purpose, String> {
	Purpose::from_code(text).ok_or_else(|| {
		let codes = crate::report::list(Purpose::ALL.map(Purpose::code));
		format!("it must be one of {codes}")
	})
}

/// A length of time, as `30s`, `15m`, `12h`, `1d`, `2w` or `1d12h`.
pub fn duration(text: &str) -> Result<Moment, String> {
	let wrong = || "it must be a length of time as 30s, 15m, 12h, 1d, 2w or 1d12h".to_owned();
	let mut sum: Moment = 0;
	let mut rest = text;
	while !rest.is_empty() {
		let digits = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
		let (number, after) = rest.split_at(digits);
		let number: Moment = number.parse().map_err(|_| wrong())?;
		let mut letters = after.chars();
		let unit = match letters.next() {
			Some('s') => SECOND,
			Some('m') => MINUTE,
			Some('h') => HOUR,
			Some('d') => DAY,
			Some('w') => 7 * DAY,
			_ => return Err(wrong()),
		};
		rest = letters.as_str();
		sum = number
			.checked_mul(unit)
			.and_then(|length| sum.checked_add(length))
			.ok_or_else(|| "it is too long".to_owned())?;
	}
	match sum {
		0 => Err(wrong()),
		sum => Ok(sum),
	}
}

/// A time: RFC 3339 (`2026-01-31T12:00:00Z`), or a day (`2026-01-31`), which is its first moment in
/// UTC.
pub fn time(text: &str) -> Result<Moment, String> {
	let day = format_description!("[year]-[month]-[day]");
	let time = OffsetDateTime::parse(text, &Rfc3339)
		.or_else(|_| Date::parse(text, &day).map(|date| date.midnight().assume_utc()));
	time.ok()
		.and_then(|time| Moment::try_from(time.unix_timestamp_nanos() / 1_000_000).ok())
		.ok_or_else(|| "it must be a time as 2026-01-31T12:00:00Z or 2026-01-31".to_owned())
}

/// The address of a node.
pub fn node_url(text: &str) -> Result<String, String> {
	match text.starts_with("ws://") || text.starts_with("wss://") {
		true => Ok(text.to_owned()),
		false => Err("it must begin with ws:// or wss://".to_owned()),
	}
}

/// The address of a gatekeeper.
pub fn gatekeeper_url(text: &str) -> Result<String, String> {
	match text.starts_with("http://") || text.starts_with("https://") {
		true => Ok(text.to_owned()),
		false => Err("it must begin with https:// or http://".to_owned()),
	}
}

/// The libp2p identity of a node, in its binary form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Peer(pub Vec<u8>);

/// The libp2p identity of a node, as `12D3Koo..`.
pub fn peer(text: &str) -> Result<Peer, String> {
	let bytes = bs58::decode(text).into_vec().unwrap_or_default();
	// A multihash: code, length, digest.
	match bytes.get(1).copied().map(usize::from) {
		Some(length) if bytes.len() == length + 2 && bytes.len() <= 64 => Ok(Peer(bytes)),
		_ => Err("it must be the identity of a node, as 12D3Koo..".to_owned()),
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
		if text.is_empty() {
			return Err("it must be the number or the name of a field".to_owned());
		}
		match text.bytes().all(|byte| byte.is_ascii_digit()) {
			true => {
				text.parse().map(FieldRef::Number).map_err(|_| "there is no such number".to_owned())
			},
			false => Ok(FieldRef::Name(text.to_owned())),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hashes_are_64_digits() {
		let digits = "1f".repeat(32);
		assert_eq!(hash(&digits), Ok(H256::repeat_byte(0x1f)));
		assert_eq!(hash(&format!("0x{digits}")), Ok(H256::repeat_byte(0x1f)));
		for bad in ["", "0x", "0x1f", &format!("{digits}00"), &digits.replace('f', "g")] {
			assert!(hash(bad).is_err(), "{bad}");
		}
	}

	#[test]
	fn accounts_are_addresses_or_keys() {
		let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		let key = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
		assert_eq!(account(address), account(key));
		assert!(account(address).is_ok());
		assert!(account("hospital-a").is_err());
	}

	#[test]
	fn lengths_of_time_are_sums_of_units() {
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
	fn times_are_rfc_3339_or_days() {
		assert_eq!(time("1970-01-01T00:00:01Z"), Ok(1000));
		assert_eq!(time("1970-01-01T01:00:01+01:00"), Ok(1000));
		assert_eq!(time("1970-01-02"), Ok(DAY));
		for bad in ["", "tomorrow", "1969-12-31", "2026-13-01", "2026-01-31 12:00"] {
			assert!(time(bad).is_err(), "{bad}");
		}
	}

	#[test]
	fn purposes_are_hl7_codes() {
		assert_eq!(purpose("treat"), Ok(Purpose::Treat));
		let error = purpose("MARKETING").unwrap_err();
		assert!(error.contains("TREAT, ETREAT"), "{error}");
	}

	#[test]
	fn identities_of_nodes_are_multihashes() {
		let id = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
		let Peer(bytes) = peer(id).unwrap();
		assert_eq!(bytes.len(), 38);
		assert_eq!(bs58::encode(bytes).into_string(), id);
		for bad in ["", "hospital", "12D3KooW0", "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc"]
		{
			assert!(peer(bad).is_err(), "{bad}");
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
	fn addresses_have_their_scheme() {
		assert!(node_url("ws://127.0.0.1:9944").is_ok());
		assert!(node_url("http://127.0.0.1:9944").is_err());
		assert!(gatekeeper_url("https://gate.example.org").is_ok());
		assert!(gatekeeper_url("gate.example.org").is_err());
	}
}
