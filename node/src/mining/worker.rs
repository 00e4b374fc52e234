//! The task that keeps a block ready to be mined, and imports it once it is.

use super::{
	builder::{Build, Builder, Error},
	builds::Builds,
	metrics::Metrics,
	miner::{self, Miner},
	pace::{Pace, AT_LEAST},
	rate::Rate,
	search::{Found, Work},
	status::Status,
	Parts,
};
use futures::{
	future::{BoxFuture, Fuse, FusedFuture},
	FutureExt, StreamExt,
};
use medrec_primitives::{runtime_api::MedrecApi, Moment, H256};
use medrec_runtime::Header;
use parity_scale_codec::Encode;
use sc_client_api::BlockchainEvents;
use sc_consensus::{BlockImport, ImportResult};
use sc_transaction_pool_api::TransactionPool;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_consensus::{SelectChain, SyncOracle};
use std::{sync::Arc, time::Instant};
use tokio::sync::{mpsc, watch};

const LOG_TARGET: &str = "mining";

/// How many builds are remembered.
const REMEMBERED: usize = 4;

/// As whom the node may mine on a block, and from when on.
#[derive(Clone, Copy, Debug)]
struct Standing {
	on: H256,
	miner: Miner,
	eligible_at: Moment,
}

/// Keeps a block ready, and imports what is found.
pub struct Worker {
	parts: Parts,
	builder: Builder,
	status: Arc<Status>,
	metrics: Option<Metrics>,
	work: watch::Sender<Option<Work>>,
	found: mpsc::Receiver<Found>,
	builds: Builds<H256, Build>,
	pace: Pace,
	rate: Rate,
	standing: Option<Standing>,
	/// Whether it was said that there is no key to mine with.
	said_keyless: bool,
}

impl Worker {
	/// A worker that gives search threads `work` and takes what they `found`.
	pub fn new(
		parts: Parts,
		builder: Builder,
		status: Arc<Status>,
		metrics: Option<Metrics>,
		work: watch::Sender<Option<Work>>,
		found: mpsc::Receiver<Found>,
	) -> Self {
		Self {
			parts,
			builder,
			status,
			metrics,
			work,
			found,
			builds: Builds::new(REMEMBERED),
			pace: Pace::new(Instant::now()),
			rate: Rate::default(),
			standing: None,
			said_keyless: false,
		}
	}

	/// Works until the node stops.
	pub async fn run(mut self) {
		let mut imported = self.parts.client.import_notification_stream();
		let mut transactions = self.parts.pool.import_notification_stream();
		let mut second = tokio::time::interval(AT_LEAST);
		let mut building: Fuse<BoxFuture<'static, Result<Build, Error>>> = Fuse::terminated();
		loop {
			tokio::select! {
				biased;
				Some(found) = self.found.recv() => self.on_found(found).await,
				notification = imported.next() => match notification {
					Some(notification) if notification.is_new_best => {
						self.on_best(notification.hash);
					},
					Some(_) => {},
					None => return,
				},
				built = &mut building, if !building.is_terminated() => self.on_built(built).await,
				_ = second.tick() => self.on_second(),
				_ = tokio::time::sleep_until(self.pace.due().into()), if building.is_terminated() => {
					if let Some((parent, miner)) = self.ready().await {
						self.pace.building(Instant::now());
						building = self.builder.clone().build(parent, miner).boxed().fuse();
					}
				},
				transaction = transactions.next() => match transaction {
					Some(_) => self.pace.transaction(),
					None => return,
				},
			}
		}
	}

	/// The best block to mine on, and as whom, if the node may mine now. Else it says when to ask
	/// again.
	async fn ready(&mut self) -> Option<(Header, Miner)> {
		let ready = self.may_mine().await;
		if ready.is_none() {
			self.rest();
		}
		ready
	}

	async fn may_mine(&mut self) -> Option<(Header, Miner)> {
		let now = Instant::now();
		self.pace.wait(now, AT_LEAST);
		if self.parts.sync.is_major_syncing() {
			return None;
		}
		let best = match self.parts.select_chain.best_chain().await {
			Ok(best) => best,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "Which block is the best is not known: {error}");
				return None;
			},
		};
		let standing = self.standing_on(best.hash())?;
		let time = sp_timestamp::Timestamp::current().as_millis();
		if let Some(wait) = miner::wait(time, standing.eligible_at, AT_LEAST) {
			self.pace.wait(now, wait);
			return None;
		}
		Some((best, standing.miner))
	}

	/// As whom the node may mine on this block; none if it holds no active miner's key.
	fn standing_on(&mut self, best: H256) -> Option<Standing> {
		if let Some(known) = self.standing.filter(|standing| standing.on == best) {
			return Some(known);
		}
		let standing = self.look_up(best).unwrap_or_else(|error| {
			log::warn!(target: LOG_TARGET, "Who may mine on {best:?} is not known: {error}");
			None
		});
		self.standing = standing;
		self.status.update(|state| {
			state.miner = standing.map(|standing| standing.miner.subject);
			state.eligible_at = standing.map(|standing| standing.eligible_at);
		});
		if standing.is_none() && !self.said_keyless {
			log::info!(target: LOG_TARGET, "No active miner's key is in the keystore; not mining");
		}
		self.said_keyless = standing.is_none();
		standing
	}

	fn look_up(&self, best: H256) -> Result<Option<Standing>, ApiError> {
		let api = self.parts.client.runtime_api();
		let miners = api.miners(best)?;
		let Some(miner) = Miner::find(&miners, self.parts.keystore.as_ref()) else {
			return Ok(None);
		};
		let eligible_at = api.eligible(best, miner.subject)?;
		Ok(eligible_at.map(|eligible_at| Standing { on: best, miner, eligible_at }))
	}

	/// Gives the search threads nothing to do.
	fn rest(&mut self) {
		self.builds.clear();
		self.give(None);
	}

	fn give(&self, work: Option<Work>) {
		self.work.send_replace(work);
		self.status.update(|state| state.mining = work.is_some());
	}

	fn on_best(&mut self, best: H256) {
		self.builds.follow(best);
		// Until there is a build on the new block, there is nothing worth searching for.
		self.give(None);
		self.pace.best_changed(Instant::now());
	}

	async fn on_built(&mut self, built: Result<Build, Error>) {
		let build = match built {
			Ok(build) => build,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "No block could be built: {error}");
				return;
			},
		};
		if self.is_stale(&build).await {
			self.pace.best_changed(Instant::now());
			return;
		}
		self.status.built();
		if let Some(metrics) = &self.metrics {
			metrics.difficulty(build.difficulty);
		}
		let work = Work { pre_hash: build.pre_hash, difficulty: build.difficulty };
		self.builds.keep(build.parent, build.pre_hash, build);
		self.give(Some(work));
	}

	/// Whether the best block is another than the build's parent.
	async fn is_stale(&self, build: &Build) -> bool {
		let best = self.parts.select_chain.best_chain().await;
		best.map_or(true, |best| best.hash() != build.parent)
	}

	async fn on_found(&mut self, found: Found) {
		self.status.found();
		let mined = match self.builds.take(found.pre_hash) {
			Some(build) if !self.is_stale(&build).await => self.import(build, found.nonce).await,
			_ => false,
		};
		if !mined {
			self.status.stale();
			// Whatever was wrong, the threads that wait need something new.
			self.pace.best_changed(Instant::now());
		}
	}

	/// Seals and imports the block; the network announces what is imported. Whether it became the
	/// best block.
	async fn import(&mut self, build: Build, nonce: u64) -> bool {
		self.give(None);
		let seal = match build.miner.seal(self.parts.keystore.as_ref(), &build.pre_hash, nonce) {
			Ok(Some(seal)) => seal.encode(),
			Ok(None) => {
				log::warn!(target: LOG_TARGET, "The miner's key left the keystore");
				self.standing = None;
				return false;
			},
			Err(error) => {
				log::warn!(target: LOG_TARGET, "The keystore does not sign: {error}");
				return false;
			},
		};
		let params = build.sealed(seal);
		let (number, hash) = (params.header.number, params.post_hash());
		match self.parts.import.import_block(params).await {
			Ok(result) => {
				result.handle_justification(&hash, number, &self.parts.sync);
				let best = matches!(&result, ImportResult::Imported(aux) if aux.is_new_best);
				if best {
					log::info!(target: LOG_TARGET, "Mined #{number} ({hash})");
				} else {
					log::info!(target: LOG_TARGET, "Mined #{number} ({hash}), which is not the best");
				}
				best
			},
			Err(error) => {
				log::warn!(target: LOG_TARGET, "The mined block #{number} is refused: {error}");
				false
			},
		}
	}

	fn on_second(&mut self) {
		let rate = self.rate.note(Instant::now(), self.status.hashes());
		self.status.update(|state| state.rate = rate);
		if let Some(metrics) = &self.metrics {
			metrics.take_over(&self.status);
		}
	}
}
