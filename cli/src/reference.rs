//! IDs as people type them: whole, or by their first digits.

use crate::{
	failure::{Failure, Result},
	text::{list, short},
};
use std::{fmt::Display, future::Future, str::FromStr};

/// The fewest digits that stand for an ID.
const MIN_DIGITS: usize = 4;

/// What to do if no ID of a kind begins with given digits.
const NEXT: [(&str, &str); 9] = [
	("relationships", "medrec summary show shows relationships"),
	("records", "medrec records list shows records"),
	("grants", "medrec ppr show shows grants"),
	("bounties", "medrec bounties list shows bounties"),
	("datasets", "medrec bounties datasets shows datasets"),
	("motions", "medrec council list shows motions"),
	("subjects", "run the command that showed it again with --exact, and give the whole ID"),
	(
		"templates",
		"medrec-gatekeeper check-config lists the hashes of your templates; give a whole one",
	),
	(
		"identifiers",
		"medrec registrar identifier computes the identifier of a local ID; give the whole of it",
	),
];

/// The IDs of entries.
pub fn ids<T, V>(entries: Vec<(T, V)>) -> Vec<T> {
	entries.into_iter().map(|(id, _)| id).collect()
}

/// An ID of 32 bytes, whole or by its first digits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IdRef<T> {
	/// All digits.
	Whole(T),
	/// The first digits, in lower case, without `0x`.
	Prefix(String),
}

impl<T: FromStr> FromStr for IdRef<T> {
	type Err = String;

	fn from_str(text: &str) -> Result<IdRef<T>, String> {
		let expected = || {
			format!("expected an ID: 0x and 64 hexadecimal digits, or the first {MIN_DIGITS} or more of them")
		};
		let text = text.trim();
		let digits = text.strip_prefix("0x").ok_or_else(expected)?.to_ascii_lowercase();
		match digits.len() {
			64 => text.parse().map(IdRef::Whole).map_err(|_| expected()),
			MIN_DIGITS..64 if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
				Ok(IdRef::Prefix(digits))
			},
			_ => Err(expected()),
		}
	}
}

impl<T: Copy + Eq + Display + AsRef<[u8]>> IdRef<T> {
	/// The ID that is meant, among these. `kind` names them in the singular and in the plural, as
	/// `("record", "records")`. A whole ID is returned even if it is not among them; they are not read.
	pub async fn choose(
		&self,
		kind: (&str, &str),
		among: impl Future<Output = Result<Vec<T>>>,
	) -> Result<T> {
		let prefix = match self {
			IdRef::Whole(id) => return Ok(*id),
			IdRef::Prefix(prefix) => prefix,
		};
		let mut matching: Vec<T> = Vec::new();
		for id in among.await? {
			if hex::encode(id).starts_with(prefix) && !matching.contains(&id) {
				matching.push(id);
			}
		}
		match matching.as_slice() {
			[only] => Ok(*only),
			[] => {
				let next = NEXT.iter().find(|(kinds, _)| *kinds == kind.1);
				Err(Failure::not_found(format!(
					"there is no {} that begins with 0x{prefix}; {}",
					kind.0,
					next.map_or("give the whole ID", |(_, next)| next)
				)))
			},
			several => {
				let message = format!(
					"0x{prefix} stands for {} {}: {}; give more digits",
					several.len(),
					kind.1,
					list(several, "")
				);
				Err(Failure::usage("ambiguous_id", message))
			},
		}
	}
}

impl<T: Display> Display for IdRef<T> {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			IdRef::Whole(id) => formatter.write_str(&short(id)),
			IdRef::Prefix(digits) => write!(formatter, "0x{digits}"),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::record::RecordId;

	fn choose(text: &str, among: &[RecordId]) -> Result<RecordId> {
		choose_kind(("record", "records"), text, among)
	}

	fn choose_kind(kind: (&str, &str), text: &str, among: &[RecordId]) -> Result<RecordId> {
		let reference: IdRef<RecordId> = text.parse().unwrap();
		let among = async { Ok(among.to_vec()) };
		futures::executor::block_on(reference.choose(kind, among))
	}

	#[test]
	fn a_prefix_stands_for_the_only_id_that_begins_with_it() {
		let ids = [RecordId::repeat_byte(0xab), RecordId::repeat_byte(0xac)];
		assert_eq!(choose("0xABAB", &ids).unwrap(), ids[0]);
		assert_eq!(choose(&ids[1].to_string(), &[]).unwrap(), ids[1]);
		assert_eq!(choose("0xabab", &[ids[0], ids[0]]).unwrap(), ids[0]);
		let missing = choose("0xdddd", &ids).unwrap_err();
		let expected =
			"there is no record that begins with 0xdddd; medrec records list shows records";
		assert_eq!(missing.message, expected);
		let stranger = choose_kind(("known subject", "subjects"), "0xdddd", &ids).unwrap_err();
		assert!(stranger.message.contains("again with --exact"), "{}", stranger.message);
	}

	#[test]
	fn a_prefix_of_several_ids_is_an_error_that_names_them() {
		let mut other = [0xab; 32];
		other[31] = 0;
		let ids = [RecordId::repeat_byte(0xab), RecordId(other)];
		let error = choose("0xababab", &ids).unwrap_err();
		assert_eq!((error.exit as u8, &*error.code), (2, "ambiguous_id"));
		assert!(error.message.contains("stands for 2 records"), "{}", error.message);
		assert!(error.message.contains(&ids[1].to_string()), "{}", error.message);
	}

	#[test]
	fn too_few_digits_and_other_letters_are_refused() {
		for bad in ["", "0x", "0xabc", "abcdef", "0xabcg", &format!("0x{}", "ab".repeat(33))] {
			let error = bad.parse::<IdRef<RecordId>>().unwrap_err();
			assert!(error.starts_with("expected an ID"), "{bad}: {error}");
		}
	}
}
