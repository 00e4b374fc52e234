//! A chart: the records of relationships, each in one readable line.
//!
//! [`read()`] reads the fields that the lines consist of, verifies each answer against the chain, and keeps
//! the lines that are wanted.

mod filter;
mod read;

pub use filter::{none_found, Filter};
pub use read::{read, readable};

use crate::{
	failure::Failure,
	output::Report,
	page::{Cell, Page},
	parties::Parties,
	requests::ReadAnswer,
	text::{and, count},
};
use medrec_primitives::{
	record::{Category, RecordId},
	Moment,
};
use medrec_protocol::{template::Line, wire::BlockRef};
use serde::Serialize;

/// The records of relationships that were wanted.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Chart {
	/// The relationships, each with the wanted records.
	pub relationships: Vec<ChartPart>,
	/// The file to which the verified answers were written.
	pub saved_to: Option<String>,
	/// The node whose word is taken for what is on chain.
	pub node: String,
}

/// The wanted records of one relationship.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ChartPart {
	/// The relationship and its parties.
	#[serde(flatten)]
	pub parties: Parties,
	/// The records, the newest first by the date of the data; those without a date last.
	pub entries: Vec<ChartEntry>,
	/// The records that could not be read, by reason.
	pub unread: Vec<ChartGap>,
	/// How many records were read, wanted or not. Each left a receipt in the provider's access log.
	pub read: usize,
	/// How many records were left out since they have no date, where a period was wanted.
	pub undated: usize,
	/// The reason why no record of the relationship could be read.
	pub problem: Option<String>,
	/// The first failure of a request, or the same.
	#[serde(skip)]
	pub failure: Option<Failure>,
}

/// One record as a line.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ChartEntry {
	/// The record.
	pub record: RecordId,
	/// What kind of record it is, as `Laboratory result`.
	pub title: String,
	/// The code of its category on chain.
	pub category: Category,
	/// The name of its category.
	pub category_name: String,
	/// Its readable parts, as far as they were read.
	#[serde(flatten)]
	pub line: Line,
	/// The version of the record.
	pub version: u32,
	/// The time at which this version was posted, in Unix milliseconds.
	pub posted_at: Moment,
	/// The number of the gatekeeper's receipt; none if nothing of the record was read.
	pub receipt: Option<u64>,
	/// The block of the decision; none if nothing of the record was read.
	pub block: Option<BlockRef>,
	/// The verified answer.
	#[serde(skip)]
	pub read: Option<Box<ReadAnswer>>,
}

/// Records that could not be read for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ChartGap {
	/// The reason.
	pub reason: String,
	/// Whether an answer came that does not verify.
	pub unverified: bool,
	/// The records.
	pub records: Vec<RecordId>,
}

impl ChartEntry {
	/// What the record is about, or else what kind of record it is.
	pub fn about(&self) -> &str {
		self.line.what.as_deref().unwrap_or(&self.title)
	}

	/// The value with its unit.
	pub fn value_text(&self) -> Option<String> {
		match (&self.line.value, &self.line.unit) {
			(Some(value), Some(unit)) => Some(format!("{value} {unit}")),
			(value, _) => value.clone(),
		}
	}

	/// The order of charts: the newest first, those without a date last.
	fn order(&self) -> impl Ord {
		let day = self.line.day().map(str::to_owned);
		(std::cmp::Reverse((day, self.line.date.clone(), self.posted_at)), self.record)
	}
}

impl ChartPart {
	/// A part without records.
	fn new(parties: Parties) -> ChartPart {
		ChartPart {
			parties,
			entries: Vec::new(),
			unread: Vec::new(),
			read: 0,
			undated: 0,
			problem: None,
			failure: None,
		}
	}

	fn page(&self) -> Page {
		let heading = self.parties.heading();
		if let Some(problem) = &self.problem {
			return Page::default().alert(format!("{heading}: {problem}"));
		}
		let page = Page::default().table(
			heading,
			["date", "what", "value", "record"],
			self.entries.iter().map(|entry| {
				[
					Cell::maybe(entry.line.day(), Cell::word),
					Cell::words(entry.about()),
					Cell::maybe(entry.value_text(), Cell::words),
					Cell::id(entry.record),
				]
			}),
		);
		let (one, many) = ("record without a date is", "records without a date are");
		let page = match self.undated {
			0 => page,
			undated => page.line(format!("{} left out.", count(undated, one, many))),
		};
		self.unread.iter().fold(page, |page, ChartGap { reason, unverified, records }| {
			let number = count(records.len(), "record", "records");
			let ids = and(records);
			match unverified {
				true => page.alert(format!("DOES NOT VERIFY: {number}: {reason} ({ids})")),
				false => page.line(format!("Not read: {number}: {reason}")),
			}
		})
	}
}

impl Chart {
	/// All lines.
	pub fn entries(&self) -> impl Iterator<Item = &ChartEntry> {
		self.relationships.iter().flat_map(|part| &part.entries)
	}

	/// The failure, if an answer does not verify, or if requests failed and nothing could be read.
	pub fn failure(&mut self) -> Option<Failure> {
		let parts = &mut self.relationships;
		let bad = parts.iter().flat_map(|part| &part.unread).find(|gap| gap.unverified);
		if let Some(gap) = bad {
			let message = format!("not all answers verify: {}", gap.reason);
			return Some(Failure::unverified("verification_failed", message));
		}
		let has_lines = parts.iter().any(|part| part.read > 0 || !part.entries.is_empty());
		let first = parts.iter_mut().find_map(|part| part.failure.take());
		first.filter(|_| !has_lines)
	}

	/// Whether the chart says more than its failure: it has lines, several relationships, or records that
	/// could not be read.
	pub fn says_more(&self) -> bool {
		let parts = &self.relationships;
		parts.len() > 1
			|| parts.iter().any(|part| !part.entries.is_empty() || !part.unread.is_empty())
	}
}

impl Report for Chart {
	fn page(&self) -> Page {
		let parts = self.relationships.iter();
		let page = parts.fold(Page::default(), |page, part| page.then(part.page()).line(""));
		let read: usize = self.relationships.iter().map(|part| part.read).sum();
		let page = match read {
			0 => page,
			read => page.line(format!(
				"{} read, and each answer verified against what the provider committed to on chain, by \
				 the word of the node {}. Each reading left a receipt in the provider's access log.",
				count(read, "record was", "records were"),
				self.node
			)),
		};
		page.maybe_line(self.saved_to.as_ref().map(|file| {
			format!("The verified answers are in {file}; medrec records verify {file} proves them.")
		}))
	}
}

/// A chart for tests.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use crate::{catalogue::fixture::LABORATORY, parties::fixture::parties};

	/// A line with this record, date, text and value.
	pub fn entry(record: u64, date: Option<&str>, what: &str, value: Option<&str>) -> ChartEntry {
		ChartEntry {
			record: RecordId::from_low_u64_be(record),
			title: "Laboratory result".into(),
			category: LABORATORY,
			category_name: "laboratory".into(),
			line: Line {
				date: date.map(str::to_owned),
				what: Some(what.to_owned()),
				value: value.map(str::to_owned),
				unit: value.map(|_| "mmol/L".to_owned()),
			},
			version: 1,
			posted_at: 1000,
			receipt: Some(record),
			block: None,
			read: None,
		}
	}

	/// The lines of one relationship.
	pub fn part(entries: Vec<ChartEntry>) -> ChartPart {
		ChartPart { entries, ..ChartPart::new(parties("you", "hospital-a")) }
	}
}

#[cfg(test)]
mod tests {
	use super::{fixture::*, *};
	use crate::parties::fixture::parties;

	fn chart(relationships: Vec<ChartPart>) -> Chart {
		Chart { relationships, saved_to: None, node: "ws://127.0.0.1:9944".into() }
	}

	#[test]
	fn lines_are_ordered_by_the_date_of_the_data() {
		let mut entries = [
			entry(1, None, "Weight", None),
			entry(2, Some("2025-07-01"), "Glucose", None),
			entry(3, Some("2026-03-01T08:00:00Z"), "Glucose", None),
			entry(4, Some("2026-03-01T09:00:00Z"), "Glucose", None),
			entry(5, Some("2026"), "Glucose", None),
		];
		entries.sort_by_cached_key(ChartEntry::order);
		let records = entries.iter().map(|entry| entry.record);
		assert!(records.eq([4, 3, 5, 2, 1].map(RecordId::from_low_u64_be)));
	}

	#[test]
	fn a_chart_is_a_table_for_each_provider_with_what_could_not_be_read() {
		let gap = ChartGap {
			reason: "the provider withholds them".into(),
			unverified: false,
			records: vec![RecordId::default(); 2],
		};
		let entries = vec![entry(1, Some("2026-03-01T08:00:00Z"), "Glucose", Some("5.4"))];
		let one = ChartPart { unread: vec![gap], undated: 1, ..part(entries) };
		let other = ChartPart {
			parties: parties("you", "hospital-b"),
			problem: Some("cannot reach the gatekeeper".into()),
			..part(Vec::new())
		};
		let text = chart(vec![one, other]).page().shows(&[
			"2026-03-01  Glucose  5.4 mmol/L  0x00000000",
			"1 record without a date is left out.",
			"Not read: 2 records: the provider withholds them",
			"hospital-b: cannot reach the gatekeeper",
		]);
		assert!(text.starts_with("hospital-a\ndate"), "{text}");
	}

	#[test]
	fn an_answer_that_does_not_verify_is_a_failure() {
		let gap = |unverified| ChartGap {
			reason: "the proof leads to another commitment".into(),
			unverified,
			records: vec![RecordId::repeat_byte(0xab)],
		};
		let with = |unverified| {
			chart(vec![ChartPart { unread: vec![gap(unverified)], ..part(Vec::new()) }])
		};
		assert!(with(false).failure().is_none());
		assert_eq!(with(true).failure().unwrap().exit as u8, 4);
		with(true).page().shows(&["DOES NOT VERIFY: 1 record", "0xabababab"]);
	}

	#[test]
	fn a_chart_fails_if_requests_failed_and_nothing_was_read() {
		let failed = || {
			let failure = Failure::failed("a", "b");
			ChartPart { failure: Some(failure), ..part(Vec::new()) }
		};
		assert!(chart(vec![part(Vec::new()), failed()]).failure().is_some());
		assert!(chart(vec![failed(), ChartPart { read: 1, ..part(Vec::new()) }])
			.failure()
			.is_none());
		assert!(chart(vec![ChartPart { read: 3, ..failed() }]).failure().is_none());
		assert!(chart(vec![part(Vec::new())]).failure().is_none());
	}
}
