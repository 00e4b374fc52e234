use super::{
	event,
	reads::to_hex,
	track::{Inclusion, Tracker},
	transaction::{Transaction, LIFETIME},
	BlockHeader, Chain, ChainEvent, Error, PoolRejection, RuntimeCall,
};
use futures::StreamExt;
use medrec_primitives::{Nonce, H256};
use medrec_protocol::keys::{Key, GENERIC_PREFIX};
use std::time::Duration;
use subxt_rpcs::rpc_params;
use tokio::{
	sync::watch,
	time::{sleep_until, Instant},
};

/// The interval at which a transaction that is in no block is sent again.
const RESEND: Duration = Duration::from_secs(6);

/// How often a nonce is chosen while other transactions of the account take it.
const RACES: u32 = 5;

/// The event that ends a submission.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Until {
	/// A block of the best chain holds the transaction. A reorganisation can undo it.
	#[default]
	InBlock,
	/// The block that holds the transaction is final.
	Final,
}

/// The end and the time limit of a submission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SubmitOptions {
	/// The event that ends it.
	pub until: Until,
	/// The time limit.
	pub timeout: Duration,
}

impl Default for SubmitOptions {
	/// [`Until::InBlock`], within five minutes.
	fn default() -> Self {
		SubmitOptions { until: Until::InBlock, timeout: Duration::from_secs(300) }
	}
}

impl SubmitOptions {
	/// [`Until::Final`], within `timeout`.
	pub fn until_final(timeout: Duration) -> SubmitOptions {
		SubmitOptions { until: Until::Final, timeout }
	}
}

/// How far a submission is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Progress {
	/// The hash of the transaction that was sent last.
	pub sent: Option<H256>,
	/// The block of the best chain that holds the transaction.
	pub block: Option<BlockHeader>,
}

/// A transaction that a block holds and whose call succeeded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Included {
	/// Its hash.
	pub extrinsic: H256,
	/// Its position in the block.
	pub index: u32,
	/// The block.
	pub block: BlockHeader,
	/// Whether the block is final.
	pub is_final: bool,
	/// The events of the transaction.
	pub events: Vec<ChainEvent>,
}

impl Included {
	/// The first event of this name.
	pub fn event(&self, pallet: &str, name: &str) -> Option<&ChainEvent> {
		self.events.iter().find(|event| event.is(pallet, name))
	}
}

impl Chain {
	/// Signs a call, sends it, and follows it.
	///
	/// The transaction takes the next nonce after the best block and the pool, and is valid for 64
	/// blocks. After a reorganisation, a full pool or a lost connection it is sent again, and signed
	/// again where it expires. It keeps its nonce unless a final block holds another transaction with
	/// that nonce, so the call is never made twice. If the node's answer is lost, the transaction is
	/// followed as if the pool had accepted it.
	///
	/// A call that fails in a block is [`Error::Failed`]. When the time has run out, a later block may
	/// still hold the transaction.
	pub async fn submit(
		&self,
		call: &RuntimeCall,
		key: &Key,
		options: SubmitOptions,
	) -> Result<Included, Error> {
		self.submit_and_report(call, key, options, &watch::Sender::default()).await
	}

	/// The same, and reports the progress.
	pub async fn submit_and_report(
		&self,
		call: &RuntimeCall,
		key: &Key,
		options: SubmitOptions,
		progress: &watch::Sender<Progress>,
	) -> Result<Included, Error> {
		let start = self.best().await?;
		let mut submission = Submission {
			chain: self,
			call,
			key,
			nonce: 0,
			sent: Vec::new(),
			tracker: Tracker::new(start),
			progress,
		};
		submission.first().await?;
		let deadline = Instant::now() + options.timeout;
		submission.follow(options.until, deadline).await
	}
}

/// A call that is being submitted.
struct Submission<'a> {
	chain: &'a Chain,
	call: &'a RuntimeCall,
	key: &'a Key,
	nonce: Nonce,
	/// The transactions that were sent. They share a nonce, so the chain holds at most one of them.
	sent: Vec<Transaction>,
	tracker: Tracker,
	progress: &'a watch::Sender<Progress>,
}

/// The reason why a transaction was not sent.
enum SendError {
	/// Its nonce is used, or the block of its mortality is not in the chain.
	Outdated,
	/// The pool holds another transaction with its nonce.
	NonceTaken,
	/// The pool rejects it, it cannot be signed, or the request failed.
	Other(Error),
}

impl<E: Into<Error>> From<E> for SendError {
	fn from(error: E) -> SendError {
		SendError::Other(error.into())
	}
}

impl Submission<'_> {
	/// Signs the call with the next nonce and sends it.
	async fn first(&mut self) -> Result<(), Error> {
		for race in 0..RACES {
			if race > 0 {
				tokio::time::sleep(Duration::from_millis(200) * race).await;
			}
			let _sending = self.chain.inner.sending.lock().await;
			self.nonce = next_nonce(self.chain, self.key).await?;
			let best = self.chain.best().await?;
			match self.sign_and_send(best).await {
				Ok(()) => return Ok(()),
				Err(SendError::Outdated | SendError::NonceTaken) => {
					// A block may have included it while the pool was validating it. Without an
					// answer, the transaction is followed as if one had.
					match self.is_replaced().await {
						Ok(true) => self.sent.clear(),
						Err(error) if !error.is_unanswered() => return Err(error),
						_ => return Ok(()),
					}
				},
				Err(SendError::Other(error)) => return Err(error),
			}
		}
		Err(PoolRejection::Invalid(
			"other transactions of this account took each nonce first".into(),
		)
		.into())
	}

	/// Whether other transactions have the nonce. While the best chain has not used it, a block that a
	/// reorganisation removed may have held the transaction, and another block will.
	async fn is_replaced(&mut self) -> Result<bool, Error> {
		let best = self.chain.best().await?;
		self.search(best).await?;
		if self.tracker.found().is_some() {
			return Ok(false);
		}
		let used = self.chain.at(best.hash).nonce(&self.key.account()).await?;
		Ok(self.sent.is_empty() || used > self.nonce)
	}

	/// Searches the best chain up to `head` for the transactions that were sent.
	async fn search(&mut self, head: BlockHeader) -> Result<(), Error> {
		let hashes: Vec<H256> = self.sent.iter().map(|sent| sent.hash).collect();
		self.tracker.advance(self.chain, head, &hashes).await?;
		self.report();
		Ok(())
	}

	fn report(&self) {
		let found = self.tracker.found();
		let sent = found.map(|found| found.extrinsic);
		let sent = sent.or_else(|| self.sent.last().map(|sent| sent.hash));
		self.progress.send_replace(Progress { sent, block: found.map(|found| found.block) });
	}

	async fn follow(&mut self, until: Until, deadline: Instant) -> Result<Included, Error> {
		let mut best_heads = self.chain.best_heads();
		let mut final_heads = self.chain.finalized_heads();
		let mut last_final = None;
		let mut resend_at = Instant::now() + RESEND;
		loop {
			let step = tokio::select! {
				Some(head) = best_heads.next() => {
					if let Err(error) = self.search(head).await {
						tracing::debug!(%error, "a block was not searched");
					}
					Ok(())
				},
				Some(head) = final_heads.next() => {
					last_final = Some(head);
					Ok(())
				},
				() = sleep_until(resend_at) => {
					resend_at = Instant::now() + RESEND;
					match self.tracker.found() {
						None => self.send_again().await,
						Some(_) => Ok(()),
					}
				},
				() = sleep_until(deadline) => Ok(()),
			};
			let outcome = match step {
				Ok(()) => self.outcome(until, last_final).await,
				Err(error) => Err(error),
			};
			match outcome {
				Ok(None) => {},
				Ok(Some(included)) => return Ok(included),
				// The next head, or the next time to send again, repeats the request.
				Err(error) if error.is_unanswered() => {
					tracing::debug!(%error, "the node did not answer; the submission continues");
				},
				Err(error) => return Err(error),
			}
			if Instant::now() >= deadline {
				return Err(match self.tracker.found() {
					None => Error::NotIncluded,
					Some(found) => Error::NotFinal(Box::new(self.finish(found, false).await?)),
				});
			}
		}
	}

	/// The included transaction, if the end of the submission is reached.
	async fn outcome(
		&self,
		until: Until,
		last_final: Option<BlockHeader>,
	) -> Result<Option<Included>, Error> {
		let Some(found) = self.tracker.found() else { return Ok(None) };
		if until == Until::InBlock {
			return self.finish(found, false).await.map(Some);
		}
		let Some(last_final) = last_final else { return Ok(None) };
		match self.chain.is_final(found.block.into(), last_final.number).await? {
			true => self.finish(found, true).await.map(Some),
			false => Ok(None),
		}
	}

	async fn finish(&self, found: Inclusion, is_final: bool) -> Result<Included, Error> {
		let Inclusion { extrinsic, index, block } = found;
		let mut events = self.chain.at(block.hash).events().await?;
		events.retain(|event| event.extrinsic == Some(index));
		let runtime = self.chain.runtime_at(block.hash).await?;
		match event::failure(&runtime, &events) {
			Some(failure) => Err(failure.into()),
			None => Ok(Included { extrinsic, index, block, is_final, events }),
		}
	}

	/// Sends a transaction again that is in no block.
	async fn send_again(&mut self) -> Result<(), Error> {
		// Read before the best head, which then is a descendant of it.
		let last_final = self.chain.finalized().await?;
		let best = self.chain.best().await?;
		if best != self.tracker.seen() {
			// A block that was not searched yet may hold it.
			return Ok(());
		}
		let account = self.key.account();
		if self.chain.at(best.hash).nonce(&account).await? > self.nonce {
			if self.chain.at(last_final.hash).nonce(&account).await? <= self.nonce {
				// Another transaction has used the nonce, and a reorganisation could still replace it
				// by this one.
				return Ok(());
			}
			// The nonce is used for good: no block can hold any of these.
			self.sent.clear();
			return self.first().await;
		}
		let answer = match self.sent.last() {
			Some(last) if !last.is_expiring(&best) => match self.send(last).await {
				Err(SendError::Outdated) => self.sign_and_send(best).await,
				answer => answer,
			},
			_ => self.sign_and_send(best).await,
		};
		match answer {
			Ok(()) | Err(SendError::Outdated | SendError::NonceTaken) => Ok(()),
			Err(SendError::Other(Error::Rejected(PoolRejection::PoolFull))) => Ok(()),
			Err(SendError::Other(error @ Error::Rejected(_))) => Err(error),
			Err(SendError::Other(error)) => {
				tracing::debug!(%error, "sending a transaction again failed");
				Ok(())
			},
		}
	}

	async fn sign_and_send(&mut self, best: BlockHeader) -> Result<(), SendError> {
		let runtime = self.chain.runtime_at(best.hash).await?;
		let transaction = runtime.sign(self.call, self.key, self.nonce, best, LIFETIME)?;
		let answer = self.send(&transaction).await;
		// Everything that the pool or a block may hold is searched for.
		if !matches!(answer, Err(SendError::NonceTaken | SendError::Other(Error::Rejected(_)))) {
			self.sent.push(transaction);
			self.report();
		}
		answer
	}

	/// Sends a transaction to the pool. If the answer is lost, it counts as accepted: the same bytes are
	/// sent again later.
	async fn send(&self, transaction: &Transaction) -> Result<(), SendError> {
		let params = rpc_params![to_hex(&transaction.bytes)];
		let answer: Result<H256, Error> =
			self.chain.connection().request_once("author_submitExtrinsic", params).await;
		match answer {
			Ok(_) => Ok(()),
			Err(Error::Rpc(subxt_rpcs::Error::User(error))) => reject(error),
			Err(error) if error.is_unanswered() => {
				tracing::debug!(%error, "no answer to a submission; the transaction is followed");
				Ok(())
			},
			Err(error) => Err(error.into()),
		}
	}
}

/// The next nonce of an account after the best block and the transactions in the pool.
pub(super) async fn next_nonce(chain: &Chain, key: &Key) -> Result<Nonce, Error> {
	let params = rpc_params![key.address(GENERIC_PREFIX)];
	chain.connection().request("system_accountNextIndex", params).await
}

/// The meaning of an error of `author_submitExtrinsic`.
fn reject(error: subxt_rpcs::UserError) -> Result<(), SendError> {
	let data = error.data.as_ref().map(|data| data.get()).unwrap_or_default();
	let data: String = serde_json::from_str(data).unwrap_or_default();
	Err(match error.code {
		1010 => {
			let code = data.strip_prefix("Custom error: ").and_then(|code| code.parse().ok());
			let is_outdated =
				["outdated", "bad signature", "ancient"].iter().any(|word| data.contains(word));
			match code {
				Some(code) => PoolRejection::from_code(code).into(),
				None if is_outdated => SendError::Outdated,
				None => PoolRejection::Invalid(data).into(),
			}
		},
		1012 | 1016 => PoolRejection::PoolFull.into(),
		// The pool has the transaction.
		1013 => return Ok(()),
		1014 => SendError::NonceTaken,
		_ => Error::Rpc(subxt_rpcs::Error::User(error)).into(),
	})
}
