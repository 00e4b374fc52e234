//! The task that keeps a block ready to be mined, and imports it once it is.

use super::{
	builder::{BlockTemplate, Builder, Error},
	templates::RecentTemplates,
	metrics::Metrics,
	miner::{self, Miner},
	pace::{Pace, AT_LEAST},
	rate::Rate,
	search::{Solution, Job},
	status::{MissReason, Status},
	pending_build::PendingBuild,
	Parts,
};
use crate::{pool, service::SelectChain};
use futures::StreamExt;
use medrec_primitives::{runtime_api::MedrecApi, Moment, H256};
use medrec_runtime::Header;
use parity_scale_codec::Encode;
use sc_client_api::BlockchainEvents;
use sc_consensus::{BlockImport, ImportResult};
use sc_consensus_pow::PowAlgorithm;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus::{SelectChain as _, SyncOracle};
use sp_consensus_pow::TimestampApi;
use std::{sync::Arc, time::Instant};
use tokio::sync::{mpsc, watch};

const LOG_TARGET: &str = "mining";

/// How many builds are remembered.
const REMEMBERED: usize = 4;

/// As whom the node may mine on a block, and from when on.
#[derive(Clone, Copy, Debug)]
struct Standing {
	on: H256,
	/// The time of that block.
	time: Moment,
	miner: Miner,
	eligible_at: Moment,
}

/// Keeps a block ready, and imports what is found.
pub struct Worker {
	parts: Parts,
	builder: Builder,
	status: Arc<Status>,
	metrics: Option<Metrics>,
	work: watch::Sender<Option<Job>>,
	found: mpsc::Receiver<Solution>,
	underway: PendingBuild<H256, Result<BlockTemplate, Error>>,
	builds: RecentTemplates<H256, BlockTemplate>,
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
		work: watch::Sender<Option<Job>>,
		found: mpsc::Receiver<Solution>,
	) -> Self {
		Self {
			parts,
			builder,
			status,
			metrics,
			work,
			found,
			underway: PendingBuild::none(),
			builds: RecentTemplates::new(REMEMBERED),
			pace: Pace::new(Instant::now()),
			rate: Rate::default(),
			standing: None,
			said_keyless: false,
		}
	}

	/// Works until the node stops.
	pub async fn run(mut self) {
		let mut imported = self.parts.client.import_notification_stream();
		let mut transactions = pool::arrivals(self.parts.pool.clone());
		let mut second = tokio::time::interval(AT_LEAST);
		loop {
			tokio::select! {
				biased;
				Some(found) = self.found.recv() => self.on_found(found).await,
				notification = imported.next() => match notification {
					Some(notification) if notification.is_new_best => self.on_best(),
					Some(_) => {},
					None => return,
				},
				built = self.underway.finished() => self.on_built(built).await,
				_ = second.tick() => self.on_second(),
				_ = tokio::time::sleep_until(self.pace.due().into()), if self.underway.is_none() => {
					if let Some((parent, miner)) = self.ready().await {
						self.pace.building(Instant::now());
						let on = parent.hash();
						self.underway.begin(on, self.builder.clone().build(parent, miner));
					}
				},
				Some(_) = transactions.next() => self.pace.transaction(),
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
		self.tell_difficulty(best.hash());
		let standing = self.standing_on(best.hash())?;
		let time = sp_timestamp::Timestamp::current().as_millis();
		if let Some(wait) = miner::wait(time, standing.time, standing.eligible_at, AT_LEAST) {
			self.pace.wait(now, wait);
			return None;
		}
		Some((best, standing.miner))
	}

	/// Tells Prometheus what the block after `best` takes, whether or not this node mines it.
	fn tell_difficulty(&self, best: H256) {
		let Some(metrics) = &self.metrics else { return };
		match self.parts.algorithm.difficulty(best) {
			Ok(difficulty) => metrics.difficulty(difficulty),
			Err(error) => {
				log::debug!(target: LOG_TARGET, "The difficulty is not known: {error}");
			},
		}
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
		let time = api.timestamp(best)?;
		let eligible_at = api.eligible(best, miner.subject)?;
		Ok(eligible_at.map(|eligible_at| Standing { on: best, time, miner, eligible_at }))
	}

	/// Gives the search threads nothing to do.
	fn rest(&mut self) {
		self.builds.clear();
		self.give(None);
	}

	fn give(&self, work: Option<Job>) {
		self.work.send_replace(work);
		self.status.update(|state| state.mining = work.is_some());
	}

	fn on_best(&mut self) {
		// Not the block of the notification: a better one may have come since it was sent.
		let best = self.parts.client.info().best_hash;
		// The proposer finishes a build that nobody waits for by itself, in a task of its own.
		self.underway.follow(best);
		self.builds.follow(best);
		// Until there is a build on the new block, there is nothing worth searching for.
		self.give(None);
		self.pace.best_changed(Instant::now());
	}

	async fn on_built(&mut self, built: Result<BlockTemplate, Error>) {
		let build = match built {
			Ok(build) => build,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "No block could be built: {error}");
				return;
			},
		};
		if is_stale(&self.parts.select_chain, &build).await {
			self.pace.best_changed(Instant::now());
			return;
		}
		self.status.built();
		let work = Job { pre_hash: build.pre_hash, difficulty: build.difficulty };
		self.builds.keep(build.parent, build.pre_hash, build);
		self.give(Some(work));
	}

	async fn on_found(&mut self, found: Solution) {
		self.status.found();
		let mined = match self.builds.take(found.pre_hash) {
			Some(build) if !is_stale(&self.parts.select_chain, &build).await => {
				self.import(build, found.nonce).await
			},
			_ => Err(MissReason::Late),
		};
		if let Err(why) = mined {
			self.status.lost(why);
			// Whatever was wrong, the threads that wait need something new.
			self.pace.best_changed(Instant::now());
		}
	}

	/// Seals and imports the block; the network announces what is imported.
	///
	/// # Errors
	///
	/// Says why it did not become the best block.
	async fn import(&mut self, build: BlockTemplate, nonce: u64) -> Result<(), MissReason> {
		self.give(None);
		let seal = match build.miner.seal(self.parts.keystore.as_ref(), &build.pre_hash, nonce) {
			Ok(Some(seal)) => seal.encode(),
			Ok(None) => {
				log::warn!(target: LOG_TARGET, "The miner's key left the keystore");
				self.standing = None;
				return Err(MissReason::Unsigned);
			},
			Err(error) => {
				log::warn!(target: LOG_TARGET, "The keystore does not sign: {error}");
				return Err(MissReason::Unsigned);
			},
		};
		let params = build.sealed(seal);
		let (number, hash) = (params.header.number, params.post_hash());
		let result = self.parts.import.import_block(params).await.map_err(|error| {
			log::warn!(target: LOG_TARGET, "The mined block #{number} is refused: {error}");
			MissReason::Refused
		})?;
		result.handle_justification(&hash, number, &self.parts.sync);
		match result {
			ImportResult::Imported(aux) if aux.is_new_best => {
				log::info!(target: LOG_TARGET, "Mined #{number} ({hash})");
				Ok(())
			},
			ImportResult::Imported(_) | ImportResult::AlreadyInChain => {
				log::info!(target: LOG_TARGET, "Mined #{number} ({hash}), which is not the best");
				Err(MissReason::Late)
			},
			refusal => {
				log::warn!(target: LOG_TARGET, "The mined block #{number} is refused: {refusal:?}");
				Err(MissReason::Refused)
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

/// Whether the best block is another than the build's parent.
async fn is_stale(select_chain: &SelectChain, build: &BlockTemplate) -> bool {
	let best = select_chain.best_chain().await;
	best.map_or(true, |best| best.hash() != build.parent)
}
