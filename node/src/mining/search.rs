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

/// Searches for a nonce for the current job, pauses as `duty_cycle` demands, and looks for a newer job
/// after each batch. It sends one solution for a job and then waits for the next job. It returns when
/// the sender of jobs or the receiver of solutions is dropped.
pub async fn run(
	search: impl Search,
	duty_cycle: DutyCycle,
	mut jobs: watch::Receiver<Option<Job>>,
	solutions: mpsc::Sender<Solution>,
	status: SharedStatus,
) {
	let mut batch = BatchSize::first();
	loop {
		let job = *jobs.borrow_and_update();
		let next_job = match job {
			Some(job) => {
				search_job(&search, duty_cycle, job, &mut jobs, &solutions, &status, &mut batch)
					.await
			},
			None => jobs.changed().await.ok(),
		};
		if next_job.is_none() {
			return;
		}
	}
}

/// Searches until there is another job. Returns `None` if there will be none.
async fn search_job(
	search: &impl Search,
	duty_cycle: DutyCycle,
	job: Job,
	jobs: &mut watch::Receiver<Option<Job>>,
	solutions: &mpsc::Sender<Solution>,
	status: &SharedStatus,
	batch: &mut BatchSize,
) -> Option<()> {
	// Threads and jobs start at random nonces, so that no two try the same ones. The lower half of all
	// numbers leaves more room above any start than a search can use.
	let mut start = rand::random::<u64>() / 2;
	loop {
		let began = Instant::now();
		let end = start.saturating_add(batch.nonces());
		let nonce =
			search.search(&job.pre_hash, job.difficulty, start..end).map(|(nonce, _)| nonce);
		let worked = began.elapsed();
		let tried_end = nonce.map_or(end, |nonce| nonce.saturating_add(1));
		status.lock().hashes += tried_end.saturating_sub(start);

		if let Some(nonce) = nonce {
			solutions.send(Solution { pre_hash: job.pre_hash, nonce }).await.ok()?;
			return jobs.changed().await.ok();
		}
		start = end;
		*batch = batch.next(worked);
		let pause = duty_cycle.pause_after(worked);
		if pause.is_zero() {
			// Lets the node cancel this task.
			tokio::task::yield_now().await;
		} else {
			tokio::time::sleep(pause).await;
		}
		if jobs.has_changed().ok()? {
			return Some(());
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

	#[tokio::test]
	async fn a_solution_is_sent_once_and_the_next_job_is_taken_up() {
		let (job_sender, jobs) = watch::channel(None);
		let (solution_sender, mut solutions) = mpsc::channel(1);
		let status = SharedStatus::default();
		let search = ScriptedSearch::default();
		tokio::spawn(run(
			search.clone(),
			DutyCycle::percent(100),
			jobs,
			solution_sender,
			status.clone(),
		));

		for byte in [1, 2] {
			let pre_hash = H256::repeat_byte(byte);
			job_sender.send_replace(job(pre_hash));
			let solution = solutions.recv().await.expect("a nonce is found");
			assert_eq!(solution.pre_hash, pre_hash);
		}
		assert_eq!(status.lock().hashes, 20);
		assert_eq!(*search.0.lock(), 2);
	}

	#[tokio::test]
	async fn a_search_without_a_solution_takes_up_the_next_job() {
		let (job_sender, jobs) = watch::channel(job(NO_NONCE));
		let (solution_sender, mut solutions) = mpsc::channel(1);
		let status = SharedStatus::default();
		tokio::spawn(run(
			ScriptedSearch::default(),
			DutyCycle::percent(50),
			jobs,
			solution_sender,
			status.clone(),
		));

		while status.lock().hashes == 0 {
			tokio::task::yield_now().await;
		}
		job_sender.send_replace(job(H256::repeat_byte(3)));
		let solution = solutions.recv().await.expect("a nonce is found");
		assert_eq!(solution.pre_hash, H256::repeat_byte(3));
	}

	#[tokio::test]
	async fn the_search_ends_with_the_worker() {
		let (job_sender, jobs) = watch::channel(None);
		let (solution_sender, solutions) = mpsc::channel(1);
		let status = SharedStatus::default();
		let idle = tokio::spawn(run(
			ScriptedSearch::default(),
			DutyCycle::percent(100),
			jobs.clone(),
			solution_sender.clone(),
			status.clone(),
		));
		let busy = tokio::spawn(run(
			ScriptedSearch::default(),
			DutyCycle::percent(100),
			jobs,
			solution_sender,
			status,
		));
		job_sender.send_replace(job(NO_NONCE));
		tokio::task::yield_now().await;
		drop((job_sender, solutions));
		idle.await.expect("it does not panic");
		busy.await.expect("it does not panic");
	}
}
