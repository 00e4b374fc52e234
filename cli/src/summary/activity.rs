//! `medrec summary activity`: what happened, and what happens.

use crate::{
	context::Context,
	directory::Directory,
	failure::Failure,
	party::Party,
	report::{self, clean, full, line, row, section, short, when, Report},
	view,
};
use clap::Args;
use medrec_client::chain::At;
use medrec_primitives::{identity::SubjectId, summary::ActivityEntry};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::time::{sleep, Duration};

/// How many of the latest entries are remembered while following, to notice those that a
/// reorganisation changes.
const MEMORY: usize = 256;

/// How often to look for a new best block.
const LOOK: Duration = Duration::from_millis(500);

/// `summary activity`.
#[derive(Debug, Args)]
pub struct Activity {
	/// Whose; yours if left out.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub subject: Option<Party>,
	/// Only so many of the latest.
	#[arg(long, value_name = "N")]
	pub last: Option<usize>,
	/// Go on with what happens, a line for each, until interrupted. With --json, each line is an
	/// object.
	#[arg(long)]
	pub follow: bool,
}

pub(super) async fn run(context: &Context, args: Activity) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let subject = match &args.subject {
		Some(who) => who.resolve(&at).await?,
		None => context.me(&at).await?,
	};
	let me = context.me_if_any(&at).await?;
	let mut entries = at.activity(subject).await?;
	if let Some(last) = args.last {
		entries.drain(..entries.len().saturating_sub(last));
	}
	if !args.follow {
		return table(at, me, subject, &entries).await;
	}
	let mut told = Told::default();
	let mut seen = best.hash;
	tell(context, at, me, told.news(entries)).await?;
	loop {
		sleep(LOOK).await;
		// A connection that breaks is mended; what is not answered meanwhile is asked again.
		let Ok(best) = chain.best().await else { continue };
		if best.hash == seen {
			continue;
		}
		let at = chain.at(best.hash);
		let Ok(entries) = at.activity(subject).await else { continue };
		tell(context, at, me, told.news(entries)).await?;
		seen = best.hash;
	}
}

async fn table(
	at: At<'_>,
	me: Option<SubjectId>,
	subject: SubjectId,
	entries: &[(u64, ActivityEntry)],
) -> Result<Report, Failure> {
	let mut directory = Directory::new(at, me);
	let mut table = report::table(&["number", "when", "what", "by", "relationship"]);
	for (number, entry) in entries {
		let by = by(&mut directory, entry).await?;
		let relationship = entry.relationship.as_ref().map_or_else(|| "-".to_owned(), short);
		let what = view::activity(&entry.kind);
		row(&mut table, [number.to_string(), when(entry.at), what, by, relationship]);
	}
	let json: Vec<_> =
		entries.iter().map(|(number, entry)| view::activity_json(*number, entry)).collect();
	let json = json!({ "subject": subject, "activity": json });
	Ok(Report::new(section("Activity", &table), json))
}

async fn by(directory: &mut Directory<'_>, entry: &ActivityEntry) -> Result<String, Failure> {
	match entry.by {
		Some(by) => directory.label(by).await,
		None => Ok("the chain".to_owned()),
	}
}

async fn tell(
	context: &Context,
	at: At<'_>,
	me: Option<SubjectId>,
	news: Vec<(u64, ActivityEntry)>,
) -> Result<(), Failure> {
	let mut directory = Directory::new(at, me);
	for (number, entry) in news {
		if context.globals.json {
			line(view::activity_json(number, &entry));
			continue;
		}
		let by = by(&mut directory, &entry).await?;
		let what = view::activity(&entry.kind);
		let place = match &entry.relationship {
			Some(relationship) => format!(" in {}", full(relationship)),
			None => String::new(),
		};
		line(clean(&format!("{} {number}: {what}{place}, by {by}", when(entry.at))));
	}
	Ok(())
}

/// What was told already.
#[derive(Debug, Default)]
struct Told {
	latest: BTreeMap<u64, ActivityEntry>,
	/// Nothing before this number is told any more.
	from: u64,
}

impl Told {
	/// What is new in `entries`: what was not told, or was told otherwise before a reorganisation.
	fn news(&mut self, entries: Vec<(u64, ActivityEntry)>) -> Vec<(u64, ActivityEntry)> {
		let from = self.from;
		let news: Vec<_> = entries
			.into_iter()
			.filter(|(number, entry)| *number >= from && self.latest.get(number) != Some(entry))
			.collect();
		self.latest.extend(news.iter().cloned());
		while self.latest.len() > MEMORY {
			self.latest.pop_first();
		}
		if let Some(first) = self.latest.keys().next() {
			self.from = *first;
		}
		news
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::summary::ActivityKind;

	fn entry(at: u64) -> ActivityEntry {
		ActivityEntry { at, by: None, relationship: None, kind: ActivityKind::Registered }
	}

	fn numbers(news: Vec<(u64, ActivityEntry)>) -> Vec<u64> {
		news.into_iter().map(|(number, _)| number).collect()
	}

	#[test]
	fn each_entry_is_told_once_and_again_if_it_changed() {
		let mut told = Told::default();
		assert_eq!(numbers(told.news(vec![(4, entry(1)), (5, entry(2))])), [4, 5]);
		assert_eq!(numbers(told.news(vec![(4, entry(1)), (5, entry(2)), (6, entry(3))])), [6]);
		// A reorganisation put something else in the place of 6.
		assert_eq!(numbers(told.news(vec![(5, entry(2)), (6, entry(9))])), [6]);
		assert_eq!(numbers(told.news(vec![(5, entry(2)), (6, entry(9))])), [] as [u64; 0]);
	}

	#[test]
	fn what_came_before_the_beginning_is_not_told() {
		let mut told = Told::default();
		told.news(vec![(9, entry(1))]);
		assert_eq!(numbers(told.news(vec![(8, entry(0)), (9, entry(1)), (10, entry(2))])), [10]);
	}
}
