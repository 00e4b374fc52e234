//! The threads that search for nonces.

use super::{
	duty::{Duty, Slice},
	status::Status,
};
use medrec_consensus::Search;
use medrec_primitives::{work::Difficulty, H256};
use std::{sync::Arc, time::Instant};
use tokio::sync::{mpsc, watch};

/// A header to find a nonce for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Job {
	/// The hash of the header without its seal.
	pub pre_hash: H256,
	/// What the work must meet.
	pub difficulty: Difficulty,
}

/// A nonce that was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Solution {
	/// For which header.
	pub pre_hash: H256,
	/// The nonce.
	pub nonce: u64,
}

/// Searches for what `work` holds, rests as `duty` says, and looks for newer work between slices.
/// Ends when nobody gives work or takes finds any more.
///
/// A find is sent once; then the thread waits for other work.
pub async fn run(
	search: impl Search,
	duty: Duty,
	mut work: watch::Receiver<Option<Job>>,
	finds: mpsc::Sender<Solution>,
	status: Arc<Status>,
) {
	let mut slice = Slice::first();
	loop {
		let current = *work.borrow_and_update();
		if let Some(current) = current {
			let Some(next) = dig(&search, duty, current, &mut work, &finds, &status, slice).await
			else {
				return;
			};
			slice = next;
		} else if work.changed().await.is_err() {
			return;
		}
	}
}

/// Searches until a nonce is found or there is other work. None if there will be none.
async fn dig(
	search: &impl Search,
	duty: Duty,
	current: Job,
	work: &mut watch::Receiver<Option<Job>>,
	finds: &mpsc::Sender<Solution>,
	status: &Status,
	mut slice: Slice,
) -> Option<Slice> {
	// Threads and rebuilds begin anywhere, so that no two try the same nonces; half of all
	// numbers leaves more room after any of them than can ever be used up.
	let mut first = rand::random::<u64>() / 2;
	loop {
		let began = Instant::now();
		let nonces = first..first.saturating_add(slice.nonces());
		first = nonces.end;
		let tried = nonces.clone();
		let found = search.search(&current.pre_hash, current.difficulty, nonces);
		let worked = began.elapsed();
		let last = found.map_or(tried.end, |(nonce, _)| nonce.saturating_add(1));
		status.hashed(last.saturating_sub(tried.start));

		if let Some((nonce, _)) = found {
			finds.send(Solution { pre_hash: current.pre_hash, nonce }).await.ok()?;
			work.changed().await.ok()?;
			return Some(slice);
		}
		slice = slice.after(worked);
		let rest = duty.rest_after(worked);
		if rest.is_zero() {
			// Gives the node a chance to end this task.
			tokio::task::yield_now().await;
		} else {
			tokio::time::sleep(rest).await;
		}
		if work.has_changed().ok()? {
			return Some(slice);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{ops::Range, sync::Mutex};

	/// Finds a nonce for every header but one, and notes what it was asked for.
	#[derive(Clone, Default)]
	struct Script(Arc<Mutex<Vec<(H256, u64)>>>);

	const BARREN: H256 = H256::zero();

	impl Search for Script {
		fn search(
			&self,
			pre_hash: &H256,
			_: Difficulty,
			nonces: Range<u64>,
		) -> Option<(u64, H256)> {
			let asked = nonces.end - nonces.start;
			self.0.lock().expect("nothing panics").push((*pre_hash, asked));
			(*pre_hash != BARREN).then_some((nonces.start + 9, H256::zero()))
		}
	}

	fn on(pre_hash: H256) -> Option<Job> {
		Some(Job { pre_hash, difficulty: Difficulty::one() })
	}

	#[tokio::test]
	async fn a_find_is_sent_once_and_other_work_is_taken_up() {
		let (give, work) = watch::channel(None);
		let (finds, mut found) = mpsc::channel(1);
		let status = Arc::new(Status::default());
		let script = Script::default();
		tokio::spawn(run(script.clone(), Duty::percent(100), work, finds, status.clone()));

		for byte in [1, 2] {
			let pre_hash = H256::repeat_byte(byte);
			give.send_replace(on(pre_hash));
			let find = found.recv().await.expect("a nonce is found");
			assert_eq!(find.pre_hash, pre_hash);
		}
		assert_eq!(status.hashes(), 20);
		assert_eq!(script.0.lock().expect("nothing panics").len(), 2);
	}

	#[tokio::test]
	async fn a_barren_search_gives_way_to_other_work() {
		let (give, work) = watch::channel(on(BARREN));
		let (finds, mut found) = mpsc::channel(1);
		let status = Arc::new(Status::default());
		tokio::spawn(run(Script::default(), Duty::percent(50), work, finds, status.clone()));

		while status.hashes() == 0 {
			tokio::task::yield_now().await;
		}
		give.send_replace(on(H256::repeat_byte(3)));
		let find = found.recv().await.expect("a nonce is found");
		assert_eq!(find.pre_hash, H256::repeat_byte(3));
	}

	#[tokio::test]
	async fn the_search_ends_with_its_worker() {
		let (give, work) = watch::channel(None);
		let (finds, found) = mpsc::channel(1);
		let status = Arc::new(Status::default());
		let idle = tokio::spawn(run(
			Script::default(),
			Duty::percent(100),
			work.clone(),
			finds.clone(),
			status.clone(),
		));
		let busy = tokio::spawn(run(Script::default(), Duty::percent(100), work, finds, status));
		give.send_replace(on(BARREN));
		tokio::task::yield_now().await;
		drop((give, found));
		idle.await.expect("it ends");
		busy.await.expect("it ends");
	}
}
