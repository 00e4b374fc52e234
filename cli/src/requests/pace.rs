//! The pace of many requests to one gatekeeper.

use crate::context::{Context, Notices};
use medrec_client::http::GatekeeperError;
use std::{rc::Rc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// How often a request is sent at most. A gatekeeper that accepts one request a second and gets eight at
/// once accepts the last of them at the eighth attempt.
const ATTEMPTS: u32 = 16;

/// The longest pause that is waited for. A gatekeeper that asks for a longer one is not waited for.
const LONGEST: Duration = Duration::from_secs(60);

/// What a command waits for meanwhile.
const WAITING: &str = "Waiting until the gatekeeper accepts more requests.";

/// The time before which no request is sent, for all requests to one gatekeeper.
#[derive(Debug)]
pub struct Pace {
	not_before: Mutex<Instant>,
	notices: Rc<Notices>,
}

impl Pace {
	/// The pace of requests that begin now.
	pub fn new(context: &Context) -> Pace {
		Pace::with(Rc::clone(&context.notices))
	}

	/// The same with these notices.
	pub fn with(notices: Rc<Notices>) -> Pace {
		Pace { not_before: Mutex::new(Instant::now()), notices }
	}

	/// Sends a request, and sends it again after each refusal that says when it may succeed
	/// (`Retry-After`). Other requests wait for that time too.
	pub async fn run<T>(
		&self,
		send: impl AsyncFn() -> Result<T, GatekeeperError>,
	) -> Result<T, GatekeeperError> {
		let mut attempt = 1;
		loop {
			let not_before = *self.not_before.lock().await;
			self.notices.during(WAITING, tokio::time::sleep_until(not_before)).await;
			let error = match send().await {
				Ok(answer) => return Ok(answer),
				Err(error) => error,
			};
			let pause = error.retry_after().filter(|pause| *pause <= LONGEST);
			let Some(pause) = pause.filter(|_| attempt < ATTEMPTS) else { return Err(error) };
			attempt += 1;
			let later = Instant::now() + pause;
			let mut not_before = self.not_before.lock().await;
			*not_before = later.max(*not_before);
		}
	}
}

/// A pace without notices.
#[cfg(test)]
impl Default for Pace {
	fn default() -> Pace {
		Pace::with(Rc::new(Notices::new(true)))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_protocol::wire::{ErrorBody, ErrorCode};
	use std::cell::RefCell;

	fn refused(retry_after: Option<u64>) -> GatekeeperError {
		let (code, message) = (ErrorCode::RateLimited, String::new());
		let body = Box::new(ErrorBody { code, message, receipt: None });
		GatekeeperError::Refused { body, retry_after: retry_after.map(Duration::from_secs) }
	}

	/// Runs a request that is refused with these pauses, one after the other, and then succeeds. Returns
	/// the times of the attempts in seconds.
	async fn attempts(pace: &Pace, pauses: &[Option<u64>]) -> (bool, Vec<u64>) {
		let (start, times) = (Instant::now(), RefCell::new(Vec::new()));
		let result = pace.run(async || {
			times.borrow_mut().push(start.elapsed().as_secs());
			let pause = pauses.get(times.borrow().len() - 1).copied();
			pause.map_or(Ok(()), |pause| Err(refused(pause)))
		});
		let succeeded = result.await.is_ok();
		(succeeded, times.into_inner())
	}

	#[tokio::test(start_paused = true)]
	async fn a_refused_request_is_sent_again_when_the_gatekeeper_says() {
		let pace = Pace::default();
		assert_eq!(attempts(&pace, &[Some(1), Some(5)]).await, (true, vec![0, 1, 6]));
	}

	#[tokio::test(start_paused = true)]
	async fn a_refusal_that_is_for_good_is_returned_at_once() {
		let pace = Pace::default();
		assert_eq!(attempts(&pace, &[None]).await, (false, vec![0]));
		assert_eq!(attempts(&pace, &[Some(3600)]).await, (false, vec![0]));
	}

	#[tokio::test(start_paused = true)]
	async fn a_gatekeeper_that_never_serves_is_not_asked_for_ever() {
		let (succeeded, times) = attempts(&Pace::default(), &[Some(1); 40]).await;
		assert!(!succeeded);
		assert_eq!(times.len(), ATTEMPTS as usize);
	}

	#[tokio::test(start_paused = true)]
	async fn all_requests_wait_for_a_pause_that_one_of_them_got() {
		let pace = Pace::default();
		let one = attempts(&pace, &[Some(7)]);
		let other = async {
			tokio::time::sleep(Duration::from_secs(1)).await;
			attempts(&pace, &[]).await
		};
		let (_, (_, times)) = tokio::join!(one, other);
		assert_eq!(times, [6]);
	}
}
