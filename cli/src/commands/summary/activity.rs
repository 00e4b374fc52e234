//! `medrec summary activity`: the history of a subject, once or continuously.

use crate::{
	context::{Context, Whose},
	directory::Directory,
	failure::Result,
	output::{clean, or, when, Output},
	view,
};
use clap::Args;
use medrec_primitives::summary::ActivityEntry;
use std::collections::BTreeMap;
use tokio::time::{sleep, Duration};

/// The number of the latest entries that are compared, to notice those that a reorganisation
/// changes.
const COMPARED: usize = 256;

/// The time between two looks for a new best block.
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub struct Activity {
	#[command(flatten)]
	whose: Whose,
	/// Only this many of the latest entries.
	#[arg(long, value_name = "N")]
	last: Option<usize>,
	/// Print new entries as they happen, one per line, until interrupted. With --json, each line is
	/// an object.
	#[arg(long)]
	follow: bool,
}

pub(super) async fn run(context: &Context, args: Activity) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let subject = session.resolve_or_me(at, args.whose.subject.as_ref()).await?;
	let me = session.me_if_any(at).await?;
	let mut entries = at.activity(subject).await?;
	if let Some(last) = args.last {
		entries.drain(..entries.len().saturating_sub(last));
	}
	if !args.follow {
		let mut directory = Directory::new(&session.book, at, me);
		let mut activity = Vec::with_capacity(entries.len());
		for (number, entry) in &entries {
			activity.push(view::activity(&mut directory, *number, entry).await?);
		}
		let columns = "number at text by relationship";
		let output = Output::table("activity", "Activity", columns, &activity);
		return Ok(output.with_field("subject", subject));
	}
	let mut printed = Printed::default();
	let mut seen = session.best.hash;
	print(context, &mut Directory::new(&session.book, at, me), printed.update(entries)).await?;
	loop {
		sleep(INTERVAL).await;
		// The connection reconnects by itself. The next round repeats a request that failed.
		let Ok(best) = session.chain.best().await else { continue };
		if best.hash == seen {
			continue;
		}
		let at = session.chain.at(best.hash);
		let Ok(entries) = at.activity(subject).await else { continue };
		print(context, &mut Directory::new(&session.book, at, me), printed.update(entries)).await?;
		seen = best.hash;
	}
}

async fn print(
	context: &Context,
	directory: &mut Directory<'_>,
	entries: Vec<(u64, ActivityEntry)>,
) -> Result<()> {
	for (number, entry) in entries {
		let fields = view::activity(directory, number, &entry).await?;
		let place = or(entry.relationship.map(|id| format!(" in {id}")), "");
		let (at, by) = (when(entry.at), fields.cell("by"));
		let text = format!("{at} {number}: {}{place}, by {by}", fields.cell("text"));
		Output::new(clean(&text), &fields).print(context.globals.json, &context.style());
	}
	Ok(())
}

/// The latest printed entries.
#[derive(Debug, Default)]
struct Printed {
	latest: BTreeMap<u64, ActivityEntry>,
	/// Entries before this number are not printed any more.
	from: u64,
}

impl Printed {
	/// Records entries, and returns those that were not printed yet, or differ since a
	/// reorganisation.
	fn update(&mut self, entries: Vec<(u64, ActivityEntry)>) -> Vec<(u64, ActivityEntry)> {
		let from = self.from;
		let new: Vec<_> = entries
			.into_iter()
			.filter(|(number, entry)| *number >= from && self.latest.get(number) != Some(entry))
			.collect();
		self.latest.extend(new.iter().cloned());
		while self.latest.len() > COMPARED {
			self.latest.pop_first();
		}
		if let Some(first) = self.latest.keys().next() {
			self.from = *first;
		}
		new
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::summary::ActivityKind;

	fn entry(at: u64) -> ActivityEntry {
		ActivityEntry { at, by: None, relationship: None, kind: ActivityKind::Registered }
	}

	fn numbers(entries: Vec<(u64, ActivityEntry)>) -> Vec<u64> {
		entries.into_iter().map(|(number, _)| number).collect()
	}

	#[test]
	fn each_entry_is_printed_once_and_again_if_it_changed() {
		let mut printed = Printed::default();
		assert_eq!(numbers(printed.update(vec![(4, entry(1)), (5, entry(2))])), [4, 5]);
		let longer = vec![(4, entry(1)), (5, entry(2)), (6, entry(3))];
		assert_eq!(numbers(printed.update(longer)), [6]);
		// A reorganisation replaced entry 6.
		assert_eq!(numbers(printed.update(vec![(5, entry(2)), (6, entry(9))])), [6]);
		assert_eq!(numbers(printed.update(vec![(5, entry(2)), (6, entry(9))])), [] as [u64; 0]);
	}

	#[test]
	fn entries_before_the_first_printed_one_are_not_printed() {
		let mut printed = Printed::default();
		printed.update(vec![(9, entry(1))]);
		let entries = vec![(8, entry(0)), (9, entry(1)), (10, entry(2))];
		assert_eq!(numbers(printed.update(entries)), [10]);
	}
}
