//! The round of votes of GRANDPA that the node takes part in or follows.

use super::{Chain, Error};
use medrec_primitives::identity::FinalityKey;
use medrec_protocol::keys::parse_address;
use serde::Deserialize;
use subxt_rpcs::rpc_params;

/// The error code of a node that does not follow the votes: it has just started, synchronises, or was
/// started without them.
const NOT_READY: i32 = 1;

/// The current round of votes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FinalityRound {
	/// How many votes there can be.
	pub voters: u32,
	/// How many of them make a block final.
	pub needed: u32,
	/// The keys whose votes the round waits for. A round that goes well waits for some at any moment.
	pub missing: Vec<FinalityKey>,
}

#[derive(Deserialize)]
struct States {
	best: Round,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Round {
	total_weight: u32,
	threshold_weight: u32,
	prevotes: Votes,
	precommits: Votes,
}

#[derive(Deserialize)]
struct Votes {
	missing: Vec<String>,
}

impl Chain {
	/// The current round of votes; none if the node does not follow them.
	pub async fn finality_round(&self) -> Result<Option<FinalityRound>, Error> {
		let answer: Result<States, Error> =
			self.connection().request("grandpa_roundState", rpc_params![]).await;
		let round = match answer {
			Ok(states) => states.best,
			Err(Error::Rpc(subxt_rpcs::Error::User(error))) if error.code == NOT_READY => {
				return Ok(None);
			},
			Err(error) => return Err(error),
		};
		// Voters precommit after they have seen enough prevotes.
		let missing = match round.prevotes.missing.is_empty() {
			true => round.precommits.missing,
			false => round.prevotes.missing,
		};
		let key = |address: &String| {
			let account = parse_address(address).ok()?;
			let bytes: [u8; 32] = account.into();
			Some(FinalityKey::from(bytes))
		};
		let missing: Option<Vec<FinalityKey>> = missing.iter().map(key).collect();
		let missing = missing.ok_or(Error::Malformed("the key of a voter"))?;
		Ok(Some(FinalityRound {
			voters: round.total_weight,
			needed: round.threshold_weight,
			missing,
		}))
	}
}
