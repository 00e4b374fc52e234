//! The task that keeps a template to mine, and imports the block when its nonce is found.

use super::{
	builder::{BlockTemplate, Builder, Error},
	miner::{wait_before_mining, Miner},
	pending_build::PendingBuild,
	phase::{Phase, PhaseReport},
	rate::Rate,
	rebuild::{RebuildTimer, MAX_AGE},
	search::{Job, Solution},
	status::{MissReason, SharedStatus},
	templates::RecentTemplates,
};
use crate::{
	keys::MINING,
	logs::Peers,
	pool,
	types::{Components, SelectChain},
};
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
use std::time::Instant;
use tokio::sync::{mpsc, watch};

const LOG_TARGET: &str = "mining";

/// The number of templates that are kept.
const KEPT_TEMPLATES: usize = 4;

/// The miner of this node on a parent block, and when it may mine there.
#[derive(Clone, Copy, Debug)]
struct Eligibility {
	parent: H256,
	parent_time: Moment,
	miner: Miner,
	eligible_at: Moment,
}

/// Keeps a template on the best block, and imports what the search threads solve.
pub struct Worker {
	node: Components,
	builder: Builder,
	status: SharedStatus,
	jobs: watch::Sender<Option<Job>>,
	solutions: mpsc::Receiver<Solution>,
	pending: PendingBuild<H256, Result<BlockTemplate, Error>>,
	templates: RecentTemplates<H256, BlockTemplate>,
	timer: RebuildTimer,
	rate: Rate,
	/// The eligibility on the parent that was queried last, `None` if the node has no miner there.
	eligibility: Option<Eligibility>,
	/// What the log says that the miner does.
	reported: PhaseReport,
}

impl Worker {
	/// A worker that sends `jobs` to the search threads and receives their `solutions`.
	pub fn new(
		node: Components,
		builder: Builder,
		status: SharedStatus,
		jobs: watch::Sender<Option<Job>>,
		solutions: mpsc::Receiver<Solution>,
	) -> Self {
		Self {
			node,
			builder,
			status,
			jobs,
			solutions,
			pending: PendingBuild::none(),
			templates: RecentTemplates::new(KEPT_TEMPLATES),
			timer: RebuildTimer::new(Instant::now()),
			rate: Rate::default(),
			eligibility: None,
			reported: PhaseReport::default(),
		}
	}

	/// Runs until the node stops.
	pub async fn run(mut self) {
		let mut imported = self.node.client.import_notification_stream();
		let mut transactions = pool::ready_transactions(self.node.pool.clone());
		let mut second = tokio::time::interval(MAX_AGE);
		loop {
			tokio::select! {
				biased;
				Some(solution) = self.solutions.recv() => self.on_solution(solution).await,
				notification = imported.next() => match notification {
					Some(notification) if notification.is_new_best => self.on_best_block(),
					Some(_) => {},
					None => return,
				},
				result = self.pending.output() => self.on_template(result).await,
				_ = second.tick() => self.on_second(),
				_ = tokio::time::sleep_until(self.timer.due().into()), if self.pending.is_none() => {
					self.start_build().await;
				},
				Some(_) = transactions.next() => self.timer.transaction(),
			}
		}
	}

	/// Starts a build on the best block. If the node may not mine there now, stops the search and
	/// sets the time of the next attempt.
	async fn start_build(&mut self) {
		match self.parent_to_mine_on().await {
			Some((parent, miner)) => {
				self.timer.started(Instant::now());
				self.pending.start(parent.hash(), self.builder.clone().build(parent, miner));
			},
			None => {
				self.templates.clear();
				self.set_job(None);
			},
		}
	}

	async fn parent_to_mine_on(&mut self) -> Option<(Header, Miner)> {
		let now = Instant::now();
		self.timer.defer(now, MAX_AGE);
		if self.node.sync.is_major_syncing() {
			self.report(Phase::Syncing);
			return None;
		}
		let best = match self.node.select_chain.best_chain().await {
			Ok(best) => best,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "Cannot get the best block: {error}");
				return None;
			},
		};
		match self.node.algorithm.difficulty(best.hash()) {
			Ok(difficulty) => self.status.lock().difficulty = difficulty,
			Err(error) => log::debug!(target: LOG_TARGET, "Cannot get the difficulty: {error}"),
		}
		let eligibility = self.eligibility_on(best.hash())?;
		let time = sp_timestamp::Timestamp::current().as_millis();
		let Eligibility { parent_time, eligible_at, miner, .. } = eligibility;
		if let Some(wait) = wait_before_mining(time, parent_time, eligible_at, MAX_AGE) {
			self.timer.defer(now, wait);
			return None;
		}
		Some((best, miner))
	}

	/// The eligibility on `parent`, `None` if the node holds no active miner's key.
	fn eligibility_on(&mut self, parent: H256) -> Option<Eligibility> {
		if let Some(known) = self.eligibility.filter(|known| known.parent == parent) {
			return Some(known);
		}
		let result = self.query_eligibility(parent);
		self.eligibility = *result.as_ref().unwrap_or(&None);
		{
			let mut status = self.status.lock();
			(status.miner, status.eligible_at) =
				self.eligibility.map(|known| (known.miner.subject, known.eligible_at)).unzip();
		}
		match result {
			Ok(Some(known)) => self.report(Phase::Mining(known.miner.subject)),
			Ok(None) if self.node.keystore.ed25519_public_keys(MINING).is_empty() => {
				self.report(Phase::NoKey);
			},
			Ok(None) => self.report(Phase::NotRegistered),
			Err(error) => {
				log::warn!(target: LOG_TARGET, "Cannot get the miners at {parent:?}: {error}");
			},
		}
		self.eligibility
	}

	/// Logs what the miner does, if it is something else than before.
	fn report(&mut self, phase: Phase) {
		if !self.reported.is_new(phase) {
			return;
		}
		match phase {
			Phase::Mining(_) => {
				let peers = Peers(self.node.sync.num_connected_peers());
				log::info!(target: LOG_TARGET, "{phase}, with {peers}");
			},
			_ => log::info!(target: LOG_TARGET, "{phase}"),
		}
	}

	fn query_eligibility(&self, parent: H256) -> Result<Option<Eligibility>, ApiError> {
		let api = self.node.client.runtime_api();
		let miners = api.miners(parent)?;
		let Some(miner) = Miner::find(&miners, self.node.keystore.as_ref()) else {
			return Ok(None);
		};
		let parent_time = api.timestamp(parent)?;
		let eligible_at = api.eligible(parent, miner.subject)?;
		Ok(eligible_at.map(|eligible_at| Eligibility { parent, parent_time, miner, eligible_at }))
	}

	fn set_job(&self, job: Option<Job>) {
		self.jobs.send_replace(job);
		self.status.lock().mining = job.is_some();
	}

	fn on_best_block(&mut self) {
		// The notification may be older than the best block.
		let best = self.node.client.info().best_hash;
		// The proposer completes a dropped build in a task of its own.
		self.pending.retain(best);
		self.templates.retain(best);
		// There is nothing to search for until there is a template on the new block.
		self.set_job(None);
		self.timer.rebuild(Instant::now());
	}

	async fn on_template(&mut self, result: Result<BlockTemplate, Error>) {
		let template = match result {
			Ok(template) => template,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "Cannot build a block template: {error}");
				return;
			},
		};
		if is_stale(&self.node.select_chain, &template).await {
			self.timer.rebuild(Instant::now());
			return;
		}
		self.status.lock().builds += 1;
		let job = Job { pre_hash: template.pre_hash, difficulty: template.difficulty };
		self.templates.insert(template.parent, template.pre_hash, template);
		self.set_job(Some(job));
	}

	async fn on_solution(&mut self, solution: Solution) {
		self.status.lock().found += 1;
		let result = match self.templates.take(solution.pre_hash) {
			Some(template) if !is_stale(&self.node.select_chain, &template).await => {
				self.import(template, solution.nonce).await
			},
			_ => Err(MissReason::Late),
		};
		if let Err(reason) = result {
			self.status.lock().missed(reason);
			// The threads that sent a solution wait for another job.
			self.timer.rebuild(Instant::now());
		}
	}

	/// Seals and imports the block. The network announces imported blocks.
	///
	/// # Errors
	///
	/// Returns why it did not become the best block.
	async fn import(&mut self, template: BlockTemplate, nonce: u64) -> Result<(), MissReason> {
		self.set_job(None);
		let keystore = self.node.keystore.as_ref();
		let seal = match template.miner.seal(keystore, &template.pre_hash, nonce) {
			Ok(Some(seal)) => seal.encode(),
			Ok(None) => {
				log::warn!(target: LOG_TARGET, "The mining key was removed from the keystore");
				self.eligibility = None;
				return Err(MissReason::Unsigned);
			},
			Err(error) => {
				log::warn!(target: LOG_TARGET, "The keystore cannot sign: {error}");
				return Err(MissReason::Unsigned);
			},
		};
		let params = template.sealed(seal);
		let (number, hash) = (params.header.number, params.post_hash());
		let rejected = |reason: &dyn std::fmt::Display| {
			log::warn!(target: LOG_TARGET, "The mined block #{number} was rejected: {reason}");
			MissReason::Rejected
		};
		let result =
			self.node.import.import_block(params).await.map_err(|error| rejected(&error))?;
		result.handle_justification(&hash, number, &self.node.sync);
		match result {
			ImportResult::Imported(aux) if aux.is_new_best => {
				log::info!(target: LOG_TARGET, "Mined #{number} ({hash})");
				Ok(())
			},
			ImportResult::Imported(_) | ImportResult::AlreadyInChain => {
				log::info!(target: LOG_TARGET, "Mined #{number} ({hash}), which is not the best block");
				Err(MissReason::Late)
			},
			other => Err(rejected(&format_args!("{other:?}"))),
		}
	}

	fn on_second(&mut self) {
		let mut status = self.status.lock();
		status.hashrate = self.rate.update(Instant::now(), status.hashes);
	}
}

/// Whether another block than the template's parent is the best.
async fn is_stale(select_chain: &SelectChain, template: &BlockTemplate) -> bool {
	let best = select_chain.best_chain().await;
	best.map_or(true, |best| best.hash() != template.parent)
}
