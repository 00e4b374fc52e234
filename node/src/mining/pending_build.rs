//! The build that is being made, for as long as it is of use.

use futures::{future::BoxFuture, FutureExt};
use std::{
	future::{poll_fn, Future},
	task::{ready, Poll},
};

/// A build that is being made on a parent, or none.
pub struct PendingBuild<Hash, Output> {
	build: Option<(Hash, BoxFuture<'static, Output>)>,
}

impl<Hash: Copy + Eq, Output> PendingBuild<Hash, Output> {
	/// No build.
	pub fn none() -> Self {
		Self { build: None }
	}

	/// Whether no build is being made.
	pub fn is_none(&self) -> bool {
		self.build.is_none()
	}

	/// Begins a build on `parent`, in place of any other.
	pub fn begin(&mut self, parent: Hash, build: impl Future<Output = Output> + Send + 'static) {
		self.build = Some((parent, build.boxed()));
	}

	/// Gives up a build that is not made on `best`: the next need not wait for it.
	pub fn follow(&mut self, best: Hash) {
		self.build.take_if(|(parent, _)| *parent != best);
	}

	/// What comes of the build; never if there is none. The build goes on when this is asked again.
	pub async fn finished(&mut self) -> Output {
		poll_fn(|context| {
			let Some((_, build)) = &mut self.build else { return Poll::Pending };
			let output = ready!(build.poll_unpin(context));
			self.build = None;
			Poll::Ready(output)
		})
		.await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::sync::oneshot;

	fn build() -> (oneshot::Sender<&'static str>, impl Future<Output = &'static str> + Send) {
		let (finish, finished) = oneshot::channel();
		(finish, async { finished.await.expect("it is finished") })
	}

	#[tokio::test]
	async fn a_build_that_was_waited_for_before_comes_to_its_end() {
		let mut underway = PendingBuild::none();
		assert!(underway.finished().now_or_never().is_none());
		let (finish, build) = build();
		underway.begin(1, build);
		assert!(underway.finished().now_or_never().is_none());
		finish.send("block").expect("it is waited for");
		assert_eq!(underway.finished().await, "block");
		assert!(underway.is_none());
		assert!(underway.finished().now_or_never().is_none());
	}

	#[tokio::test]
	async fn a_build_on_the_best_block_goes_on() {
		let mut underway = PendingBuild::none();
		let (finish, build) = build();
		underway.begin(1, build);
		underway.follow(1);
		assert!(!underway.is_none());
		finish.send("block").expect("it is waited for");
		assert_eq!(underway.finished().await, "block");
	}

	#[tokio::test]
	async fn a_build_on_another_block_is_given_up() {
		let mut underway = PendingBuild::none();
		let (old, build_on_old) = build();
		underway.begin(1, build_on_old);
		underway.follow(2);
		assert!(underway.is_none());
		assert!(old.is_closed());
		let (new, build_on_new) = build();
		underway.begin(2, build_on_new);
		new.send("new").expect("it is waited for");
		assert_eq!(underway.finished().await, "new");
	}
}
