//! Waiting for the node and for transactions, with words for what is waited for.

use super::{advice, Context};
use crate::{
	directory::AddressBook,
	failure::{Exit, Failure, Result},
	finality::{until_final, FinalityLag},
	text::{count, seconds},
};
use medrec_client::{
	chain::{
		BlockHeader, Chain, Error as ChainError, Included, Progress, RuntimeCall, SubmitOptions,
		Until,
	},
	now,
};
use medrec_primitives::{BlockNumber, Moment};
use medrec_protocol::keys::Key;
use std::{convert::Infallible, future::Future, time::Duration};
use tokio::{
	sync::watch,
	time::{sleep, timeout, Instant},
};

/// A wait for a block is explained after this time.
const SOON: Duration = Duration::from_secs(3);

/// A wait for finality is explained after this time.
const LONG: Duration = Duration::from_secs(15);

/// The time after which an explanation is repeated with new numbers.
const REPEAT: Duration = Duration::from_secs(60);

/// The longest time that a command waits for its transaction.
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(600);

/// The longest wait for blocks that other nodes have finalised.
const CATCH_UP: Duration = Duration::from_secs(60);

/// More blocks than these are not caught up with in that time. An answer or a file may name any block.
const REACH: BlockNumber = 10_000;

/// Waits for a connection, and says so if it takes longer than a moment.
pub async fn connection<T>(context: &Context, connecting: impl Future<Output = T>) -> T {
	let text = format!("Waiting for the node at {}.", context.globals.node);
	context.explained(&text, connecting).await
}

/// Waits until blocks that other nodes have finalised are final for the node too: at most a minute, and
/// only for those that it can reach in this time. Returns the final block.
pub async fn catch_up(
	context: &Context,
	chain: &Chain,
	blocks: impl IntoIterator<Item = BlockNumber>,
) -> Result<BlockHeader> {
	let head = chain.finalized().await?;
	let Some(number) = last_in_reach(head.number, blocks) else { return Ok(head) };
	let node = &context.globals.node;
	let text = format!("Waiting until block {number} is final for the node at {node}.");
	let waiting = timeout(CATCH_UP, until_final(chain, number));
	match context.explained(&text, waiting).await {
		Ok(reached) => reached,
		Err(_) => Ok(chain.finalized().await?),
	}
}

/// The last of the blocks after a final one that a node can catch up with.
fn last_in_reach(
	last_final: BlockNumber,
	blocks: impl IntoIterator<Item = BlockNumber>,
) -> Option<BlockNumber> {
	let ahead = last_final.saturating_add(1)..=last_final.saturating_add(REACH);
	blocks.into_iter().filter(|number| ahead.contains(number)).max()
}

/// Submits a call and waits. Ctrl-C ends the wait with a failure that names the transaction.
pub async fn submit(
	context: &Context,
	(chain, book): (&Chain, &AddressBook),
	call: &RuntimeCall,
	key: &Key,
	until: Until,
) -> Result<Included> {
	let options = SubmitOptions { until, timeout: SUBMIT_TIMEOUT };
	let (sender, progress) = watch::channel(Progress::default());
	let result = tokio::select! {
		result = chain.submit_and_report(call, key, options, &sender) => result,
		never = explain(context, (chain, book), progress.clone()) => match never {},
		Ok(()) = tokio::signal::ctrl_c() => {
			return Err(Failure::failed("interrupted", interrupted(*progress.borrow())));
		},
	};
	match result {
		Ok(included) => Ok(included),
		Err(error @ (ChainError::NotIncluded | ChainError::NotFinal(_))) => {
			let minutes = SUBMIT_TIMEOUT.as_secs() / 60;
			let message = format!("after {minutes} minutes, {}", state(*progress.borrow()));
			Err(Failure::new(Exit::Failed, Failure::from(error).code, message))
		},
		Err(error) => Err(advice::explain((chain, book), call, key, error, true).await),
	}
}

/// Says what a submission waits for.
async fn explain(
	context: &Context,
	(chain, book): (&Chain, &AddressBook),
	progress: watch::Receiver<Progress>,
) -> Infallible {
	if !context.notices.are_shown() {
		return std::future::pending().await;
	}
	let (mut block, mut since) = (None, Instant::now());
	let mut next = since + SOON;
	loop {
		sleep(Duration::from_millis(250)).await;
		let now = *progress.borrow();
		let hash = now.block.map(|block| block.hash);
		if hash != block {
			(block, since) = (hash, Instant::now());
			next = since + if hash.is_some() { LONG } else { SOON };
		}
		if Instant::now() < next {
			continue;
		}
		let text = match now.block {
			None => for_a_block(chain).await,
			Some(_) => for_finality(chain, book, now).await,
		};
		// The submission tells of a node that does not answer.
		let is_shown = text.is_ok_and(|text| context.notices.show(&text));
		next = Instant::now() + if is_shown { REPEAT } else { SOON };
	}
}

async fn for_a_block(chain: &Chain) -> Result<String> {
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let miners = at.miners().await?.len();
	Ok(waits_for_a_block(miners, now().saturating_sub(at.timestamp().await?)))
}

fn waits_for_a_block(miners: usize, age: Moment) -> String {
	let miners = count(miners, "miner is", "miners are");
	format!("Waiting for a block: {miners} registered, the last block is {} old.", seconds(age))
}

async fn for_finality(chain: &Chain, book: &AddressBook, progress: Progress) -> Result<String> {
	let best = chain.best().await?;
	let last = chain.finalized().await?;
	let lag = FinalityLag::read(chain, book, best, last, now()).await?;
	Ok(waits_for_finality(&lag, progress))
}

fn waits_for_finality(lag: &FinalityLag, progress: Progress) -> String {
	let blocks = count(lag.blocks, "block", "blocks");
	format!(
		"Waiting for finality: it is {blocks} behind{}. Ctrl-C is safe: {}.",
		lag.missing(),
		state(progress)
	)
}

fn interrupted(progress: Progress) -> String {
	format!("interrupted; {}", state(progress))
}

/// What is known of a transaction, and where its effect will be seen.
fn state(progress: Progress) -> String {
	let shows = "medrec summary activity shows what it does";
	match (progress.sent, progress.block) {
		(None, _) => "nothing was sent".to_owned(),
		(Some(hash), None) => {
			format!("the transaction {hash:?} is sent, and a block may still hold it; {shows}")
		},
		(Some(hash), Some(block)) => {
			let number = block.number;
			format!(
				"the transaction {hash:?} is in block {number}, which is not final yet; {shows}"
			)
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::finality::fixture::lag;
	use medrec_primitives::H256;

	fn progress(in_block: bool) -> Progress {
		let (hash, parent) = (H256::repeat_byte(2), H256::zero());
		let block = in_block.then_some(BlockHeader { number: 7, hash, parent });
		Progress { sent: Some(H256::repeat_byte(1)), block }
	}

	#[test]
	fn a_wait_says_what_for() {
		assert_eq!(
			waits_for_a_block(1, 61_900),
			"Waiting for a block: 1 miner is registered, the last block is 1 minute 1 second old."
		);
		let text = waits_for_finality(&lag(12, 20_000, &[Some("hospital-b")]), progress(true));
		assert!(text.contains("12 blocks behind; the vote of hospital-b is missing"), "{text}");
		assert!(text.contains("Ctrl-C is safe: the transaction 0x0101"), "{text}");
		assert!(text.ends_with("medrec summary activity shows what it does."), "{text}");
	}

	#[test]
	fn only_the_last_block_within_reach_is_waited_for() {
		assert_eq!(last_in_reach(100, [7, 100]), None);
		assert_eq!(last_in_reach(100, [7, 103, 101]), Some(103));
		assert_eq!(last_in_reach(100, [BlockNumber::MAX, 102]), Some(102));
		assert_eq!(last_in_reach(100, [BlockNumber::MAX, 101 + REACH]), None);
		assert_eq!(last_in_reach(BlockNumber::MAX, [7]), None);
	}

	#[test]
	fn an_interruption_names_the_transaction_and_how_far_it_is() {
		assert_eq!(interrupted(Progress::default()), "interrupted; nothing was sent");
		let hash = format!("0x{}", "01".repeat(32));
		let sent = interrupted(progress(false));
		assert!(sent.contains(&hash) && sent.contains("may still hold it"), "{sent}");
		let in_block = interrupted(progress(true));
		assert!(in_block.contains(&hash) && in_block.contains("in block 7"), "{in_block}");
	}
}
