//! How far finality is behind the best block, and whose votes are missing.

use crate::{
	directory::{AddressBook, Directory},
	failure::{Failure, Result},
	text::and,
};
use medrec_client::chain::{BlockHeader, Chain};
use medrec_primitives::{
	identity::{FinalityKey, SubjectId},
	BlockNumber, Moment,
};
use serde::Serialize;
use std::time::Duration;

/// A healthy chain makes a block final within this time.
pub const LATE: Moment = 15_000;

/// The time between two looks at the final block.
const INTERVAL: Duration = Duration::from_millis(250);

/// Waits until a block with this number is final for the node, and returns the final block.
pub async fn until_final(chain: &Chain, number: BlockNumber) -> Result<BlockHeader> {
	loop {
		let head = chain.finalized().await?;
		if head.number >= number {
			return Ok(head);
		}
		tokio::time::sleep(INTERVAL).await;
	}
}

/// The failure of what refers to a block that is not final for the node.
pub fn not_final(number: BlockNumber) -> Failure {
	let message = format!(
		"block {number}, to which this refers, is not final for this node yet; wait until it is \
		 synchronised with medrec chain status --synced, and try again"
	);
	Failure::unverified("not_final", message)
}

/// A provider whose vote the current round waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct MissingVote {
	/// The key that signs its votes.
	pub key: FinalityKey,
	/// The provider whose profile names the key.
	pub provider: Option<SubjectId>,
	/// Its name.
	pub provider_name: Option<String>,
}

/// How far finality is behind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct FinalityLag {
	/// The number of blocks of the best chain that are not final.
	pub blocks: u32,
	/// The age of the oldest of them in milliseconds; 0 without one.
	pub age: Moment,
	/// Whether that is more than a healthy chain takes.
	pub is_late: bool,
	/// The votes that the current round waits for, if finality is late and the node follows the votes.
	pub missing_votes: Vec<MissingVote>,
}

impl FinalityLag {
	/// Reads it for a best and a final block.
	pub async fn read(
		chain: &Chain,
		book: &AddressBook,
		best: BlockHeader,
		last: BlockHeader,
		now: Moment,
	) -> Result<FinalityLag> {
		let blocks = best.number.saturating_sub(last.number);
		let age = match blocks {
			0 => 0,
			_ => match chain.hash_of(last.number.saturating_add(1)).await? {
				Some(next) => now.saturating_sub(chain.at(next).timestamp().await?),
				None => 0,
			},
		};
		let is_late = age > LATE;
		let missing_votes = match is_late {
			true => missing_votes(chain, book, best).await?,
			false => Vec::new(),
		};
		Ok(FinalityLag { blocks, age, is_late, missing_votes })
	}

	/// Whose votes are missing, as the end of a sentence; empty if that is not known.
	pub fn missing(&self) -> String {
		let unknown = "a voter that no profile names";
		let names = self.missing_votes.iter();
		let names = names.map(|vote| vote.provider_name.as_deref().unwrap_or(unknown));
		match Vec::from_iter(names).as_slice() {
			[] => String::new(),
			[one] => format!("; the vote of {one} is missing"),
			several => format!("; the votes of {} are missing", and(several)),
		}
	}
}

/// The votes that the current round waits for, with the providers whose profiles name the keys.
async fn missing_votes(
	chain: &Chain,
	book: &AddressBook,
	best: BlockHeader,
) -> Result<Vec<MissingVote>> {
	let Some(round) = chain.finality_round().await? else { return Ok(Vec::new()) };
	let at = chain.at(best.hash);
	let mut directory = Directory::new(book, at, None);
	let mut voters = Vec::new();
	for provider in at.providers().await? {
		if let Some(key) = at.profile(provider).await?.and_then(|profile| profile.finality_key) {
			voters.push((key, provider));
		}
	}
	let mut missing = Vec::with_capacity(round.missing.len());
	for key in round.missing {
		let provider = voters.iter().find(|(voter, _)| *voter == key).map(|(_, id)| *id);
		let provider_name = directory.maybe_name(provider).await?;
		missing.push(MissingVote { key, provider, provider_name });
	}
	Ok(missing)
}

#[cfg(test)]
pub mod fixture {
	use super::*;

	/// A lag with the missing votes of these providers.
	pub fn lag(blocks: u32, age: Moment, names: &[Option<&str>]) -> FinalityLag {
		let vote = |name: &Option<&str>| MissingVote {
			key: FinalityKey::default(),
			provider: None,
			provider_name: name.map(str::to_owned),
		};
		let missing_votes = names.iter().map(vote).collect();
		FinalityLag { blocks, age, is_late: age > LATE, missing_votes }
	}
}

#[cfg(test)]
mod tests {
	use super::fixture::lag;

	#[test]
	fn missing_votes_are_named() {
		let missing = |names: &[Option<&str>]| lag(9, 60_000, names).missing();
		assert_eq!(missing(&[]), "");
		assert_eq!(missing(&[Some("hospital-a")]), "; the vote of hospital-a is missing");
		let two = missing(&[Some("hospital-a"), None]);
		assert_eq!(two, "; the votes of hospital-a and a voter that no profile names are missing");
	}
}
