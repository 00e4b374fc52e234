//! The state of the chain at a past time.

use crate::failure::{if_kept, Result};
use medrec_client::chain::{At, Chain};
use medrec_primitives::{BlockNumber, Moment};

/// The state of the block of the best chain that has this time, if the node still keeps it.
pub async fn at_time(chain: &Chain, time: Moment) -> Result<Option<At<'_>>> {
	let best = chain.best().await?.number;
	let number = first_since(time, best, async |number| time_of(chain, number).await).await?;
	if time_of(chain, number).await? != Some(time) {
		return Ok(None);
	}
	Ok(chain.hash_of(number).await?.map(|hash| chain.at(hash)))
}

/// The time of a block; none if the node has discarded its state.
async fn time_of(chain: &Chain, number: BlockNumber) -> Result<Option<Moment>> {
	let Some(hash) = chain.hash_of(number).await? else { return Ok(None) };
	if_kept(chain.at(hash).timestamp().await)
}

/// The number of the first block up to `best` that is not older than `time`. Later blocks have later
/// times; those whose time is not known come before the others.
async fn first_since(
	time: Moment,
	best: BlockNumber,
	time_of: impl AsyncFn(BlockNumber) -> Result<Option<Moment>>,
) -> Result<BlockNumber> {
	let (mut first, mut last) = (0, best);
	while first < last {
		let middle = first.midpoint(last);
		match time_of(middle).await? {
			Some(at) if at >= time => last = middle,
			_ => first = middle.saturating_add(1),
		}
	}
	Ok(first)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn a_block_is_found_by_its_time_among_those_that_are_kept() {
		// The states of the first three blocks are discarded.
		let times = [None, None, None, Some(30), Some(40), Some(50), Some(60)];
		let time_of = async |number: BlockNumber| Ok(times[number as usize]);
		for (time, expected) in [(30, 3), (40, 4), (60, 6), (45, 5), (10, 3), (70, 6)] {
			assert_eq!(first_since(time, 6, time_of).await.unwrap(), expected, "{time}");
		}
		let all_kept = async |number: BlockNumber| Ok(Some(Moment::from(number)));
		for time in 0..=9 {
			assert_eq!(Moment::from(first_since(time, 9, all_kept).await.unwrap()), time);
		}
	}
}
