//! The threads that search for nonces.

use super::{
	duty_cycle::{BatchSize, DutyCycle},
	status::SharedStatus,
};
use medrec_consensus::Search;
use medrec_primitives::{work::Difficulty, H256};
use std::time::Instant;
use tokio::sync::{mpsc, watch};

/// A header to find a nonce for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Job {
	/// The hash of the header without its seal.
	pub pre_hash: H256,
	/// The difficulty that the work must meet.
	pub difficulty: Difficulty,
}

/// A nonce for the header of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Solution {
	/// The hash of the header without its seal.
	pub pre_hash: H256,
	/// The nonce.
	pub nonce: u64,
}

/// A thread that searches for nonces.
pub struct SearchThread<S> {
	/// Searches a range of nonces.
	pub search: S,
	/// The share of a core that the thread uses.
	pub duty_cycle: DutyCycle,
	/// The current job, `None` while there is nothing to search for.
	pub jobs: watch::Receiver<Option<Job>>,
	/// Receives one solution for a job.
	pub solutions: mpsc::Sender<Solution>,
	/// Counts the nonces that were tried.
	pub status: SharedStatus,
}

impl<S: Search> SearchThread<S> {
	/// Searches for a nonce for the current job, pauses as the duty cycle demands, and looks for a newer
	/// job after each batch. After a solution it waits for the next job. Returns when the sender of jobs
	/// or the receiver of solutions is dropped.
	pub async fn run(mut self) {
		let mut batch = BatchSize::first();
		loop {
			let job = *self.jobs.borrow_and_update();
			let next_job = match job {
				Some(job) => self.search_job(job, &mut batch).await,
				None => self.jobs.changed().await.ok(),
			};
			if next_job.is_none() {
				return;
			}
		}
	}

	/// Searches until there is another job. Returns `None` if there will be none.
	async fn search_job(&mut self, job: Job, batch: &mut BatchSize) -> Option<()> {
		let Job { pre_hash, difficulty } = job;
		// Threads and jobs start at random nonces, so that no two try the same ones. The lower half of
		// all numbers leaves more room above any start than a search can use.
		let mut start = rand::random::<u64>() / 2;
		loop {
			let began = Instant::now();
			let end = start.saturating_add(batch.nonces());
			let solution = self.search.search(&pre_hash, difficulty, start..end);
			let worked = began.elapsed();
			let tried_end = solution.map_or(end, |(nonce, _)| nonce.saturating_add(1));
			self.status.lock().hashes += tried_end.saturating_sub(start);

			if let Some((nonce, _)) = solution {
				self.solutions.send(Solution { pre_hash, nonce }).await.ok()?;
				return self.jobs.changed().await.ok();
			}
			start = end;
			*batch = batch.next(worked);
			let pause = self.duty_cycle.pause_after(worked);
			if pause.is_zero() {
				// Lets the node cancel this task.
				tokio::task::yield_now().await;
			} else {
				tokio::time::sleep(pause).await;
			}
			if self.jobs.has_changed().ok()? {
				return Some(());
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use parking_lot::Mutex;
	use std::{ops::Range, sync::Arc};

	/// Finds a nonce for every header but one, and counts its calls.
	#[derive(Clone, Default)]
	struct ScriptedSearch(Arc<Mutex<usize>>);

	const NO_NONCE: H256 = H256::zero();

	impl Search for ScriptedSearch {
		fn search(
			&self,
			pre_hash: &H256,
			_: Difficulty,
			nonces: Range<u64>,
		) -> Option<(u64, H256)> {
			*self.0.lock() += 1;
			(*pre_hash != NO_NONCE).then_some((nonces.start + 9, H256::zero()))
		}
	}

	fn job(pre_hash: H256) -> Option<Job> {
		Some(Job { pre_hash, difficulty: Difficulty::one() })
	}

	/// A thread with this first job, and the channels of its worker.
	fn thread(
		first: Option<Job>,
		duty: u8,
	) -> (SearchThread<ScriptedSearch>, watch::Sender<Option<Job>>, mpsc::Receiver<Solution>) {
		let (job_sender, jobs) = watch::channel(first);
		let (solutions, solution_receiver) = mpsc::channel(1);
		let (search, status) = (ScriptedSearch::default(), SharedStatus::default());
		let duty_cycle = DutyCycle::percent(duty);
		let thread = SearchThread { search, duty_cycle, jobs, solutions, status };
		(thread, job_sender, solution_receiver)
	}

	#[tokio::test]
	async fn a_solution_is_sent_once_and_the_next_job_is_taken_up() {
		let (thread, jobs, mut solutions) = thread(None, 100);
		let (search, status) = (thread.search.clone(), thread.status.clone());
		tokio::spawn(thread.run());

		for byte in [1, 2] {
			let pre_hash = H256::repeat_byte(byte);
			jobs.send_replace(job(pre_hash));
			let solution = solutions.recv().await.expect("a nonce is found");
			assert_eq!(solution.pre_hash, pre_hash);
		}
		assert_eq!(status.lock().hashes, 20);
		assert_eq!(*search.0.lock(), 2);
	}

	#[tokio::test]
	async fn a_search_without_a_solution_takes_up_the_next_job() {
		let (thread, jobs, mut solutions) = thread(job(NO_NONCE), 50);
		let status = thread.status.clone();
		tokio::spawn(thread.run());

		while status.lock().hashes == 0 {
			tokio::task::yield_now().await;
		}
		jobs.send_replace(job(H256::repeat_byte(3)));
		let solution = solutions.recv().await.expect("a nonce is found");
		assert_eq!(solution.pre_hash, H256::repeat_byte(3));
	}

	#[tokio::test]
	async fn the_search_ends_with_the_worker() {
		let (idle, idle_jobs, idle_solutions) = thread(None, 100);
		let (busy, busy_jobs, busy_solutions) = thread(job(NO_NONCE), 100);
		let threads = [tokio::spawn(idle.run()), tokio::spawn(busy.run())];
		tokio::task::yield_now().await;
		drop((idle_jobs, idle_solutions, busy_jobs, busy_solutions));
		for thread in threads {
			thread.await.expect("it does not panic");
		}
	}
}
