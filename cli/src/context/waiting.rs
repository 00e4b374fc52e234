//! Waiting for the node and for transactions, with words for what is waited for.

use super::{advice, Context};
use crate::{
	directory::AddressBook,
	failure::{Exit, Failure, Result},
	finality::FinalityLag,
	text::{count, seconds},
};
use medrec_client::{
	chain::{Chain, Error as ChainError, Included, Progress, RuntimeCall, SubmitOptions, Until},
	now,
};
use medrec_primitives::Moment;
use medrec_protocol::keys::Key;
use std::{convert::Infallible, future::Future, time::Duration};
use tokio::{
	sync::watch,
	time::{sleep, Instant},
};

/// A wait for a block is explained after this time, and one for the node too.
const SOON: Duration = Duration::from_secs(3);

/// A wait for finality is explained after this time.
const LONG: Duration = Duration::from_secs(15);

/// The time after which an explanation is repeated with new numbers.
const REPEAT: Duration = Duration::from_secs(60);

/// The longest time that a command waits for its transaction.
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(600);

/// Waits for a connection, and says so if it takes longer than a moment.
pub async fn connection<T>(context: &Context, connecting: impl Future<Output = T>) -> T {
	let explain = async {
		sleep(Duration::from_secs(1)).await;
		context.progress(&format!("Waiting for the node at {}.", context.globals.node));
		std::future::pending::<Infallible>().await
	};
	tokio::select! {
		connected = connecting => connected,
		never = explain => match never {},
	}
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

/// Says what a submission waits for, at a terminal.
async fn explain(
	context: &Context,
	(chain, book): (&Chain, &AddressBook),
	progress: watch::Receiver<Progress>,
) -> Infallible {
	if !context.shows_progress() {
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
		next = Instant::now() + REPEAT;
		let text = match now.block {
			None => for_a_block(chain).await,
			Some(_) => for_finality(chain, book, now).await,
		};
		// The submission tells of a node that does not answer.
		if let Ok(text) = text {
			context.progress(&text);
		}
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
	use medrec_client::chain::BlockHeader;
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
	fn an_interruption_names_the_transaction_and_how_far_it_is() {
		assert_eq!(interrupted(Progress::default()), "interrupted; nothing was sent");
		let hash = format!("0x{}", "01".repeat(32));
		let sent = interrupted(progress(false));
		assert!(sent.contains(&hash) && sent.contains("may still hold it"), "{sent}");
		let in_block = interrupted(progress(true));
		assert!(in_block.contains(&hash) && in_block.contains("in block 7"), "{in_block}");
	}
}
