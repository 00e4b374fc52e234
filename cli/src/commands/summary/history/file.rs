//! The file of an exported history.

use crate::{
	failure::{Failure, Result},
	files::read_json,
	text::hex,
};
use medrec_client::chain::Chain;
use medrec_primitives::{
	identity::SubjectId,
	relationship::RelationshipId,
	summary::{ActivityEntry, ActivityHash, ActivityKind},
	H256,
};
use medrec_protocol::wire::BlockRef;
use parity_scale_codec::{DecodeAll, Encode};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// An exported history. It has nothing that does not follow from what is hashed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[derive(utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
	/// The hash of the first block, which identifies the chain.
	#[schema(value_type = String)]
	pub genesis: H256,
	/// The subject whose history it is.
	pub subject: SubjectId,
	/// The final block of the export.
	pub block: BlockRef,
	/// The number of entries of the whole history.
	pub next: u64,
	/// The running hash over the whole history.
	pub hash: ActivityHash,
	/// Whether the export has all entries.
	pub complete: bool,
	/// Entries by number, without gaps.
	pub entries: Vec<Exported>,
}

impl History {
	/// Reads an export, and the entries in it. All that it says of them must follow from what is hashed.
	pub fn read(path: &Path) -> Result<(History, Vec<Numbered>)> {
		let what = "an exported history; give a file that medrec summary history export wrote";
		let history: History = read_json(path, what)?;
		let entries = history.entries.iter().map(Exported::entry).collect::<Result<_>>()?;
		Ok((history, entries))
	}

	/// The text of the file.
	pub fn text(&self) -> Result<String> {
		serde_json::to_string_pretty(self).map_err(|error| Failure::failed("failed", error))
	}

	/// Checks that it is of this chain.
	pub fn ensure_of_chain(&self, chain: &Chain) -> Result<()> {
		match self.genesis == chain.genesis_hash() {
			true => Ok(()),
			false => Err(Failure::failed("wrong_chain", "the export is of another chain")),
		}
	}
}

/// An exported entry. The hash covers `scale`, from which the other fields follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[derive(utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exported {
	/// Its position in the history.
	number: u64,
	/// The entry in SCALE, as `0x` and digits.
	scale: String,
	/// The time, in Unix milliseconds.
	at: u64,
	/// The subject that acted; none for the council and for the chain itself.
	by: Option<SubjectId>,
	/// The relationship that it concerns.
	relationship: Option<RelationshipId>,
	/// What happened.
	#[schema(value_type = serde_json::Value)]
	kind: ActivityKind,
}

/// An entry of a history with its number, as the chain keeps it.
pub type Numbered = (u64, ActivityEntry);

impl Exported {
	/// The exported form of an entry.
	pub fn new((number, entry): &Numbered) -> Exported {
		let ActivityEntry { at, by, relationship, kind } = entry.clone();
		let scale = hex(entry.encode());
		Exported { number: *number, scale, at, by, relationship, kind }
	}

	/// The entry that is hashed, if the other fields say the same.
	fn entry(&self) -> Result<Numbered> {
		let bytes = self.scale.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
		let entry = bytes.and_then(|bytes| ActivityEntry::decode_all(&mut bytes.as_slice()).ok());
		let numbered = (self.number, entry.ok_or_else(differs)?);
		match Exported::new(&numbered) == *self {
			true => Ok(numbered),
			false => Err(differs()),
		}
	}
}

/// The failure of a history that is not the one of the chain.
pub fn differs() -> Failure {
	let message = "the history does not hash to the head on the chain; an entry was changed, \
	               removed or added";
	Failure::unverified("verification_failed", message)
}

/// Entries for tests.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use medrec_primitives::record::RecordId;

	/// Entries with these numbers.
	pub fn entries(range: std::ops::Range<u64>) -> Vec<Numbered> {
		let entry = |number| ActivityEntry {
			at: number,
			by: Some(SubjectId::repeat_byte(1)),
			relationship: None,
			kind: ActivityKind::RecordPosted(RecordId::from_low_u64_be(number)),
		};
		range.map(|number| (number, entry(number))).collect()
	}

	/// Whether it is a failure of verification.
	pub fn is_unverified<T>(result: Result<T>) -> bool {
		result.is_err_and(|failure| failure.exit as u8 == 4)
	}
}

#[cfg(test)]
mod tests {
	use super::{fixture::*, *};
	use serde_json::json;

	#[test]
	fn all_that_an_entry_says_follows_from_what_is_hashed() {
		let [genuine, other] = [0, 1].map(|number| Exported::new(&entries(0..2)[number]));
		assert_eq!(genuine.entry().unwrap(), entries(0..1).remove(0));
		for forged in [
			Exported { at: 7, ..genuine.clone() },
			Exported { by: None, ..genuine.clone() },
			Exported { relationship: Some(RelationshipId::default()), ..genuine.clone() },
			Exported { kind: ActivityKind::Registered, ..genuine.clone() },
			Exported { scale: other.scale, ..genuine.clone() },
		] {
			assert!(is_unverified(forged.entry()));
		}
	}

	#[test]
	fn an_export_has_no_field_of_anyone_else() {
		let exported = json!(Exported::new(&entries(0..1)[0]));
		assert!(serde_json::from_value::<Exported>(exported.clone()).is_ok());
		let mut forged = exported;
		forged["remark"] = json!("annulled");
		assert!(serde_json::from_value::<Exported>(forged).is_err());
		let mut forged = json!(history());
		forged["remark"] = json!("annulled");
		assert!(serde_json::from_value::<History>(forged).is_err());
	}

	fn history() -> History {
		History {
			genesis: H256::zero(),
			subject: SubjectId::repeat_byte(1),
			block: BlockRef { number: 1, hash: H256::zero() },
			next: 2,
			hash: ActivityHash::default(),
			complete: true,
			entries: entries(0..2).iter().map(Exported::new).collect(),
		}
	}

	#[test]
	fn an_export_reads_back() {
		let history = history();
		assert_eq!(serde_json::from_str::<History>(&history.text().unwrap()).unwrap(), history);
	}
}
