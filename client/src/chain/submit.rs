use super::{
	event,
	reads::to_hex,
	track::{Inclusion, Tracker},
	transaction::Transaction,
	Chain, ChainEvent, Error, Head, PoolRejection, RuntimeCall,
};
use futures::StreamExt;
use medrec_primitives::{Nonce, H256};
use medrec_protocol::keys::{Key, GENERIC_PREFIX};
use std::time::Duration;
use subxt_rpcs::rpc_params;
use tokio::time::{sleep_until, Instant};

/// After how much time without inclusion a transaction is sent again.
const AGAIN: Duration = Duration::from_secs(6);

/// How often a nonce is chosen anew when others of the same account are quicker.
const RACES: u32 = 5;

/// How far to follow a transaction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Until {
	/// Until it is in a block of the best chain, which a reorganisation can still undo.
	#[default]
	InBlock,
	/// Until that block is final.
	Final,
}

/// How to send a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SubmitOptions {
	/// How far to follow it.
	pub until: Until,
	/// For how long.
	pub timeout: Duration,
}

impl Default for SubmitOptions {
	/// Into a block, within five minutes.
	fn default() -> Self {
		SubmitOptions { until: Until::InBlock, timeout: Duration::from_secs(300) }
	}
}

impl SubmitOptions {
	/// Until it is final, within `timeout`.
	pub fn until_final(timeout: Duration) -> SubmitOptions {
		SubmitOptions { until: Until::Final, timeout }
	}
}

/// A transaction that is in a block, and did what it asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Included {
	/// Its hash.
	pub extrinsic: H256,
	/// Its position in the block.
	pub index: u32,
	/// The block.
	pub block: Head,
	/// Whether the block is final.
	pub is_final: bool,
	/// What happened during it.
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
	/// It is signed with the next nonce at the best head and the pool, and is good for 64 blocks. If
	/// it gets lost, be it by a reorganisation, by a full pool, or with the connection, it is sent
	/// again, signed anew where it must be, and always with the same nonce unless another transaction
	/// has used that in a final block: so it is never made twice. Where the node's answer is lost, it
	/// may have been taken, and is followed as if it had been.
	///
	/// A call that fails in a block gives [`Error::Failed`]. If time runs out, it may still get in.
	pub async fn submit(
		&self,
		call: &RuntimeCall,
		key: &Key,
		options: SubmitOptions,
	) -> Result<Included, Error> {
		let start = self.best().await?;
		let mut sending = Sending {
			chain: self,
			call,
			key,
			nonce: 0,
			sent: Vec::new(),
			tracker: Tracker::new(start),
		};
		sending.first().await?;
		let deadline = Instant::now() + options.timeout;
		sending.follow(options.until, deadline).await
	}
}

/// A call on its way.
struct Sending<'a> {
	chain: &'a Chain,
	call: &'a RuntimeCall,
	key: &'a Key,
	nonce: Nonce,
	/// Every form in which it was sent. At most one of them gets in, since they share a nonce.
	sent: Vec<Transaction>,
	tracker: Tracker,
}

/// Why the pool does not take a transaction.
enum Rejection {
	/// It was signed for a nonce that is used, or for a block that is gone.
	Outdated,
	/// Another with the same nonce is in the pool.
	Raced,
	Refused(PoolRejection),
	/// It cannot be signed, or is refused for a reason that no pool has.
	Error(Error),
}

impl Sending<'_> {
	/// Signs it with the next nonce and sends it.
	async fn first(&mut self) -> Result<(), Error> {
		for race in 0..RACES {
			if race > 0 {
				tokio::time::sleep(Duration::from_millis(200) * race).await;
			}
			let _sending = self.chain.inner.sending.lock().await;
			self.nonce = self.next_nonce().await?;
			let best = self.chain.best().await?;
			match self.sign_and_send(best).await {
				Ok(()) => return Ok(()),
				Err(Rejection::Outdated | Rejection::Raced) => {},
				Err(Rejection::Refused(refusal)) => return Err(refusal.into()),
				Err(Rejection::Error(error)) => return Err(error),
			}
		}
		Err(PoolRejection::Invalid("other transactions of this account are always quicker".into())
			.into())
	}

	async fn follow(&mut self, until: Until, deadline: Instant) -> Result<Included, Error> {
		let mut best_heads = self.chain.best_heads();
		let mut final_heads = self.chain.finalized_heads();
		let mut last_final = None;
		let mut again = Instant::now() + AGAIN;
		loop {
			let step = tokio::select! {
				Some(head) = best_heads.next() => {
					let hashes: Vec<H256> = self.sent.iter().map(|sent| sent.hash).collect();
					if let Err(error) = self.tracker.advance(self.chain, head, &hashes).await {
						tracing::debug!(%error, "a head was not followed");
					}
					Ok(())
				},
				Some(head) = final_heads.next() => {
					last_final = Some(head);
					Ok(())
				},
				() = sleep_until(again) => {
					again = Instant::now() + AGAIN;
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
				// The node is asked again with the next head, or when it is time to send again.
				Err(error) if error.is_unanswered() => {
					tracing::debug!(%error, "a transaction is followed without an answer");
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

	/// What became of it, if it got as far as it shall be followed.
	async fn outcome(
		&self,
		until: Until,
		last_final: Option<Head>,
	) -> Result<Option<Included>, Error> {
		let Some(found) = self.tracker.found() else { return Ok(None) };
		if until == Until::InBlock {
			return self.finish(found, false).await.map(Some);
		}
		let is_final = match last_final {
			Some(head) => self.is_final(&found, &head).await?,
			None => false,
		};
		match is_final {
			true => self.finish(found, true).await.map(Some),
			false => Ok(None),
		}
	}

	async fn is_final(&self, found: &Inclusion, head: &Head) -> Result<bool, Error> {
		Ok(head.number >= found.block.number
			&& self.chain.hash_of(found.block.number).await? == Some(found.block.hash))
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

	/// Sends again what did not get into a block.
	async fn send_again(&mut self) -> Result<(), Error> {
		// Before the best head, which is then built on it.
		let last_final = self.chain.finalized().await?;
		let best = self.chain.best().await?;
		if best != self.tracker.seen() {
			// It may be in blocks that were not looked into yet.
			return Ok(());
		}
		let account = self.key.account();
		if self.chain.at(best.hash).nonce(&account).await? > self.nonce {
			if self.chain.at(last_final.hash).nonce(&account).await? <= self.nonce {
				// Another transaction has used the nonce, but a reorganisation could still undo it
				// and let this one in.
				return Ok(());
			}
			// None of these can get in any more.
			self.sent.clear();
			return self.first().await;
		}
		let answer = match self.sent.last() {
			Some(last) if !last.is_over(&best) => match self.send(last).await {
				Err(Rejection::Outdated) => self.sign_and_send(best).await,
				answer => answer,
			},
			_ => self.sign_and_send(best).await,
		};
		match answer {
			Ok(()) | Err(Rejection::Outdated | Rejection::Raced) => Ok(()),
			Err(Rejection::Refused(PoolRejection::PoolFull)) => Ok(()),
			Err(Rejection::Refused(refusal)) => Err(refusal.into()),
			Err(Rejection::Error(error)) => {
				tracing::debug!(%error, "a transaction was not sent again");
				Ok(())
			},
		}
	}

	async fn next_nonce(&self) -> Result<Nonce, Error> {
		let address = self.key.address(GENERIC_PREFIX);
		let connection = self.chain.connection();
		connection.request("system_accountNextIndex", rpc_params![address]).await
	}

	async fn sign_and_send(&mut self, best: Head) -> Result<(), Rejection> {
		let runtime = self.chain.runtime_at(best.hash).await.map_err(Rejection::Error)?;
		let transaction =
			runtime.sign(self.call, self.key, self.nonce, best).map_err(Rejection::Error)?;
		let answer = self.send(&transaction).await;
		// Whatever may be in the pool is looked for.
		if !matches!(answer, Err(Rejection::Outdated | Rejection::Raced | Rejection::Refused(_))) {
			self.sent.push(transaction);
		}
		answer
	}

	/// Hands it to the pool. It counts as taken where the answer is lost: if it was not, the same
	/// bytes are sent again later.
	async fn send(&self, transaction: &Transaction) -> Result<(), Rejection> {
		let params = rpc_params![to_hex(&transaction.bytes)];
		let answer: Result<H256, Error> =
			self.chain.connection().request_once("author_submitExtrinsic", params).await;
		match answer {
			Ok(_) => Ok(()),
			Err(Error::Rpc(subxt_rpcs::Error::User(error))) => reject(error),
			Err(error) if error.is_unanswered() => {
				tracing::debug!(%error, "it is not known whether a transaction was taken");
				Ok(())
			},
			Err(error) => Err(Rejection::Error(error)),
		}
	}
}

/// What an error of the pool means.
fn reject(error: subxt_rpcs::UserError) -> Result<(), Rejection> {
	let data = error.data.as_ref().map(|data| data.get()).unwrap_or_default();
	let data: String = serde_json::from_str(data).unwrap_or_default();
	match error.code {
		1010 => {
			let code = data.strip_prefix("Custom error: ").and_then(|code| code.parse().ok());
			Err(match code {
				Some(code) => Rejection::Refused(PoolRejection::from_code(code)),
				None if data.contains("outdated")
					|| data.contains("bad signature")
					|| data.contains("ancient") =>
				{
					Rejection::Outdated
				},
				None => Rejection::Refused(PoolRejection::Invalid(data)),
			})
		},
		1012 | 1016 => Err(Rejection::Refused(PoolRejection::PoolFull)),
		1013 => Ok(()),
		1014 => Err(Rejection::Raced),
		_ => Err(Rejection::Error(Error::Rpc(subxt_rpcs::Error::User(error)))),
	}
}
