//! Which entries of a history were shown.

use medrec_primitives::summary::ActivityEntry;
use std::collections::BTreeMap;

/// The number of the latest entries that are compared, to notice those that a reorganisation
/// changes.
const COMPARED: usize = 256;

/// The latest entries that were shown.
#[derive(Debug, Default)]
pub struct Shown {
	latest: BTreeMap<u64, ActivityEntry>,
	/// Entries before this number are not shown any more.
	from: u64,
}

impl Shown {
	/// The entries that were not shown yet, or differ since a reorganisation.
	pub fn new_among(&self, entries: Vec<(u64, ActivityEntry)>) -> Vec<(u64, ActivityEntry)> {
		let is_new = |(number, entry): &(u64, ActivityEntry)| {
			*number >= self.from && self.latest.get(number) != Some(entry)
		};
		entries.into_iter().filter(is_new).collect()
	}

	/// Notes that an entry was shown.
	pub fn add(&mut self, number: u64, entry: ActivityEntry) {
		self.latest.insert(number, entry);
		while self.latest.len() > COMPARED {
			self.latest.pop_first();
		}
		if let Some(first) = self.latest.keys().next() {
			self.from = *first;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::summary::ActivityKind;

	fn entry(at: u64) -> ActivityEntry {
		ActivityEntry { at, by: None, relationship: None, kind: ActivityKind::Registered }
	}

	/// Shows new entries, and returns their numbers.
	fn show(shown: &mut Shown, entries: Vec<(u64, ActivityEntry)>) -> Vec<u64> {
		let new = shown.new_among(entries);
		new.into_iter()
			.map(|(number, entry)| {
				shown.add(number, entry);
				number
			})
			.collect()
	}

	#[test]
	fn each_entry_is_shown_once_and_again_if_it_changed() {
		let mut shown = Shown::default();
		assert_eq!(show(&mut shown, vec![(4, entry(1)), (5, entry(2))]), [4, 5]);
		let longer = vec![(4, entry(1)), (5, entry(2)), (6, entry(3))];
		assert_eq!(show(&mut shown, longer), [6]);
		// A reorganisation replaced entry 6.
		assert_eq!(show(&mut shown, vec![(5, entry(2)), (6, entry(9))]), [6]);
		assert_eq!(show(&mut shown, vec![(5, entry(2)), (6, entry(9))]), [] as [u64; 0]);
	}

	#[test]
	fn entries_before_the_first_shown_one_are_not_shown() {
		let mut shown = Shown::default();
		show(&mut shown, vec![(9, entry(1))]);
		let entries = vec![(8, entry(0)), (9, entry(1)), (10, entry(2))];
		assert_eq!(show(&mut shown, entries), [10]);
	}
}
