//! Notices of what a command waits for, on the standard error.

use crate::{output::Output, page::Page};
use std::{
	cell::{Cell, RefCell},
	convert::Infallible,
	future::Future,
	io::{self, IsTerminal},
	time::Duration,
};
use tokio::time::{sleep, Instant};

/// A wait is explained after this time.
const MOMENT: Duration = Duration::from_secs(1);

/// The shortest time between two notices in a file or a log.
const APART: Duration = Duration::from_secs(10);

/// The time after which a person sees the same notice again.
const REPEAT: Duration = Duration::from_secs(60);

/// Who reads the notices.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
	/// A person at a terminal, who sees each new notice, and the same one again each minute.
	Person,
	/// A file or a log, which gets each new notice as a line, and at most one in ten seconds.
	Log,
	/// A program that reads JSON. It gets none.
	Program,
}

/// Says what a command waits for.
#[derive(Debug)]
pub struct Notices {
	reader: Reader,
	last: RefCell<Option<(String, Instant)>>,
	/// Whether the last line of the terminal is a count.
	has_count: Cell<bool>,
}

impl Notices {
	/// Notices for who reads the standard error. Beside JSON there are none.
	pub fn new(json: bool) -> Notices {
		Notices::to(match (json, io::stderr().is_terminal()) {
			(true, _) => Reader::Program,
			(false, true) => Reader::Person,
			(false, false) => Reader::Log,
		})
	}

	fn to(reader: Reader) -> Notices {
		Notices { reader, last: RefCell::new(None), has_count: Cell::new(false) }
	}

	/// Whether there are any.
	pub fn are_shown(&self) -> bool {
		self.reader != Reader::Program
	}

	/// Shows a notice, and says whether it did. One that comes too early is not shown.
	pub fn show(&self, text: &str) -> bool {
		let is_due = self.is_due(text);
		if is_due {
			self.end_count();
			Output::text(Page::of(text)).print_error(false);
		}
		is_due
	}

	/// Shows a count at a terminal, in a line that the next count or notice replaces.
	pub fn count(&self, text: &str) {
		if self.reader == Reader::Person {
			eprint!("\r{text}");
			self.has_count.set(true);
		}
	}

	/// Removes the line of a count.
	pub fn end_count(&self) {
		if self.has_count.replace(false) {
			eprint!("\r{:60}\r", "");
		}
	}

	/// Waits, and shows a notice if it takes longer than a moment.
	pub async fn during<T>(&self, text: &str, waiting: impl Future<Output = T>) -> T {
		let explain = async || -> Infallible {
			loop {
				sleep(MOMENT).await;
				self.show(text);
			}
		};
		tokio::select! {
			result = waiting => result,
			never = explain() => match never {},
		}
	}

	fn is_due(&self, text: &str) -> bool {
		let now = Instant::now();
		let mut last = self.last.borrow_mut();
		let is_due = last.as_ref().is_none_or(|(shown, at)| match self.reader {
			Reader::Person => shown != text || now >= *at + REPEAT,
			Reader::Log | Reader::Program => shown != text && now >= *at + APART,
		});
		if is_due && self.are_shown() {
			*last = Some((text.to_owned(), now));
		}
		is_due && self.are_shown()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test(start_paused = true)]
	async fn a_person_sees_each_new_notice_at_once_and_the_same_again_each_minute() {
		let notices = Notices::to(Reader::Person);
		assert!(notices.is_due("a"));
		assert!(!notices.is_due("a"));
		assert!(notices.is_due("b"));
		sleep(REPEAT - MOMENT).await;
		assert!(!notices.is_due("b"));
		sleep(MOMENT).await;
		assert!(notices.is_due("b"));
	}

	#[tokio::test(start_paused = true)]
	async fn a_log_gets_a_new_notice_at_most_every_ten_seconds() {
		let notices = Notices::to(Reader::Log);
		assert!(notices.is_due("a"));
		sleep(Duration::from_secs(9)).await;
		assert!(!notices.is_due("b"));
		sleep(Duration::from_secs(1)).await;
		assert!(!notices.is_due("a"));
		assert!(notices.is_due("b"));
	}

	#[tokio::test(start_paused = true)]
	async fn a_program_gets_no_notices() {
		assert!(!Notices::to(Reader::Program).is_due("a"));
	}

	#[test]
	fn a_count_is_for_a_person_and_ends_before_a_notice() {
		let log = Notices::to(Reader::Log);
		log.count("1 of 2");
		assert!(!log.has_count.get());
		let person = Notices::to(Reader::Person);
		person.count("1 of 2");
		assert!(person.has_count.get());
		assert!(person.show("a"));
		assert!(!person.has_count.get());
	}

	#[tokio::test(start_paused = true)]
	async fn a_wait_is_explained_after_a_moment() {
		let said = |notices: &Notices| notices.last.borrow().clone().map(|(text, _)| text);
		let notices = Notices::to(Reader::Log);
		assert_eq!(notices.during("a", async { 7 }).await, 7);
		assert_eq!(said(&notices), None);
		notices.during("a", sleep(MOMENT * 2)).await;
		assert_eq!(said(&notices), Some("a".to_owned()));
		// A notice that comes too early is shown later.
		notices.during("b", sleep(MOMENT * 5)).await;
		assert_eq!(said(&notices), Some("a".to_owned()));
		notices.during("b", sleep(APART)).await;
		assert_eq!(said(&notices), Some("b".to_owned()));
	}
}
