//! The template that is being built.

use futures::{future::BoxFuture, FutureExt};
use std::{
	future::{poll_fn, Future},
	task::{ready, Poll},
};

/// The build of a template on a parent block, or none.
pub struct PendingBuild<Hash, Output> {
	build: Option<(Hash, BoxFuture<'static, Output>)>,
}

impl<Hash: Copy + Eq, Output> PendingBuild<Hash, Output> {
	/// No build.
	pub fn none() -> Self {
		Self { build: None }
	}

	/// Whether there is no build.
	pub fn is_none(&self) -> bool {
		self.build.is_none()
	}

	/// Starts a build on `parent`, which replaces any other.
	pub fn start(&mut self, parent: Hash, build: impl Future<Output = Output> + Send + 'static) {
		self.build = Some((parent, build.boxed()));
	}

	/// Drops a build on another parent than `best`, so that the next need not wait for it.
	pub fn retain(&mut self, best: Hash) {
		self.build.take_if(|(parent, _)| *parent != best);
	}

	/// Waits for the output of the build, for ever if there is none. It is cancel safe: a later call
	/// continues the same build.
	pub async fn output(&mut self) -> Output {
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
		(finish, async { finished.await.expect("the test sends an output") })
	}

	#[tokio::test]
	async fn waiting_for_a_build_can_be_resumed() {
		let mut pending = PendingBuild::none();
		assert!(pending.output().now_or_never().is_none());
		let (finish, build) = build();
		pending.start(1, build);
		assert!(pending.output().now_or_never().is_none());
		finish.send("block").expect("the build is pending");
		assert_eq!(pending.output().await, "block");
		assert!(pending.is_none());
		assert!(pending.output().now_or_never().is_none());
	}

	#[tokio::test]
	async fn a_build_on_the_best_block_continues() {
		let mut pending = PendingBuild::none();
		let (finish, build) = build();
		pending.start(1, build);
		pending.retain(1);
		assert!(!pending.is_none());
		finish.send("block").expect("the build is pending");
		assert_eq!(pending.output().await, "block");
	}

	#[tokio::test]
	async fn a_build_on_another_block_is_dropped() {
		let mut pending = PendingBuild::none();
		let (old, build_on_old) = build();
		pending.start(1, build_on_old);
		pending.retain(2);
		assert!(pending.is_none());
		assert!(old.is_closed());
		let (new, build_on_new) = build();
		pending.start(2, build_on_new);
		new.send("new").expect("the build is pending");
		assert_eq!(pending.output().await, "new");
	}
}
