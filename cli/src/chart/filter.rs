//! Which records are wanted.

use super::{ChartEntry, ChartPart};
use crate::{
	failure::Failure,
	parse::{CategoryRef, Day},
};
use clap::Args;
use medrec_protocol::template::Line;

/// Which records are wanted; by default all.
#[derive(Clone, Debug, Default, Args)]
pub struct Filter {
	/// The records of a category.
	#[arg(long, value_name = "NAME|CODE")]
	pub category: Option<CategoryRef>,
	/// The records whose line or title has this text.
	#[arg(long, value_name = "TEXT")]
	pub find: Option<String>,
	/// Only data since 2026-01-31, or since 1y ago.
	#[arg(long, value_name = "DAY|AGE")]
	pub since: Option<Day>,
	/// Only data until that day.
	#[arg(long, value_name = "DAY|AGE", hide_short_help = true)]
	pub until: Option<Day>,
	/// Only the newest, by the date of the data.
	#[arg(long)]
	pub latest: bool,
}

/// The failure of a search that found nothing, for a text or for something else.
pub fn none_found(find: Option<&str>) -> Failure {
	let what = match find {
		Some(text) => format!("has {text:?} in its line or its title; try another word"),
		None => "is what you look for".to_owned(),
	};
	Failure::not_found(format!(
		"none of the records that you may read {what}; medrec query --all shows them all; a new record \
		 can be read once its block is final"
	))
}

/// Whether a record is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
	Yes,
	No,
	/// It has no date, and the wanted ones are those of a period.
	Undated,
}

impl Filter {
	/// Whether not all records are wanted.
	pub fn is_search(&self) -> bool {
		let Filter { category, find, since, until, latest } = self;
		*latest || category.is_some() || find.is_some() || since.is_some() || until.is_some()
	}

	/// Whether the record of this title and line is wanted.
	pub(super) fn wants(&self, title: &str, line: &Line) -> Wanted {
		if let Some(find) = &self.find {
			let find = find.to_lowercase();
			let has = |text: &str| text.to_lowercase().contains(&find);
			if !has(title) && !line.what.as_deref().is_some_and(has) {
				return Wanted::No;
			}
		}
		if self.since.is_none() && self.until.is_none() {
			return Wanted::Yes;
		}
		let Some(day) = line.day() else { return Wanted::Undated };
		// A date may be only a month or a year: it is wanted if some of its days are.
		let early = self
			.since
			.as_ref()
			.is_some_and(|Day(first)| day < first.as_str() && !first.starts_with(day));
		let late = self.until.as_ref().is_some_and(|Day(last)| day > last.as_str());
		match early || late {
			true => Wanted::No,
			false => Wanted::Yes,
		}
	}

	/// Orders the lines, and keeps only the newest one if that is wanted.
	pub(super) fn arrange(&self, parts: &mut [ChartPart]) {
		for part in parts.iter_mut() {
			part.entries.sort_by_cached_key(ChartEntry::order);
		}
		if self.latest {
			let first = parts.iter().filter_map(|part| part.entries.first());
			let newest = first.map(ChartEntry::order).min();
			for part in parts {
				part.entries.retain(|entry| Some(entry.order()) == newest);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{super::fixture::*, *};

	fn wants(filter: &Filter, date: Option<&str>) -> Wanted {
		filter.wants("Laboratory result", &entry(1, date, "Glucose in blood", None).line)
	}

	fn day(text: &str) -> Option<Day> {
		Some(Day(text.to_owned()))
	}

	#[test]
	fn a_text_is_found_in_the_title_and_in_what_a_record_is() {
		for (text, found) in [
			("glucose", Wanted::Yes),
			("LABORATORY", Wanted::Yes),
			("in blood", Wanted::Yes),
			("mmol", Wanted::No),
			("cholesterol", Wanted::No),
		] {
			let filter = Filter { find: Some(text.into()), ..Filter::default() };
			assert_eq!(wants(&filter, None), found, "{text}");
		}
	}

	#[test]
	fn a_period_includes_its_first_and_its_last_day() {
		let (since, until) = (day("2026-01-31"), day("2026-02-10"));
		let filter = Filter { since, until, ..Filter::default() };
		for (date, wanted) in [
			("2026-01-30", Wanted::No),
			("2026-01-31T00:00:00Z", Wanted::Yes),
			("2026-02-10T23:59:59Z", Wanted::Yes),
			("2026-02-11", Wanted::No),
			("2026-01", Wanted::Yes),
			("2026", Wanted::Yes),
			("2025", Wanted::No),
		] {
			assert_eq!(wants(&filter, Some(date)), wanted, "{date}");
		}
		assert_eq!(wants(&filter, None), Wanted::Undated);
		assert_eq!(wants(&Filter::default(), None), Wanted::Yes);
	}

	#[test]
	fn the_latest_is_the_newest_of_all_relationships_by_the_date_of_the_data() {
		let older = entry(1, Some("2026-03-01"), "Glucose", None);
		let newer = entry(2, Some("2026-03-02"), "Glucose", None);
		let undated = ChartEntry { posted_at: 9_000, ..entry(3, None, "Glucose", None) };
		let mut parts = [part(vec![older]), part(vec![undated, newer]), part(Vec::new())];
		Filter { latest: true, ..Filter::default() }.arrange(&mut parts);
		let left = Vec::from_iter(parts.iter().map(|part| part.entries.len()));
		assert_eq!(left, [0, 1, 0]);
		assert_eq!(parts[1].entries[0].about(), "Glucose");
		assert_eq!(parts[1].entries[0].line.date.as_deref(), Some("2026-03-02"));
	}
}
