//! Statistical disclosure control: which part of a table over patients may be published.
//!
//! - A patient counts once in a cell, however many of their records fall into it. Their value there
//!   is the mean of those records' values, and the mean of a cell is that over its patients.
//! - Cells over fewer patients than the smallest group are suppressed. They are not listed: that a
//!   rare diagnosis occurs at all may identify a patient.
//! - No totals are published. If a line hides only one cell, or fewer patients than the smallest
//!   group, the smallest cell that is left is suppressed too, so that a total known from elsewhere
//!   reveals nothing. Lines are the rows and columns of a table by two fields, and the whole of
//!   a table by one.
//! - Counts are rounded to multiples of [`ROUNDING`], and never below the smallest group. Means have
//!   three significant digits.
//!
//! The output does not depend on the order of the records.

use super::Error;
use medrec_primitives::commitment::canonical_json;
use medrec_protocol::wire::Cell;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The step to which counts are rounded.
pub const ROUNDING: u32 = 5;

/// The largest number of cells of a table.
pub const MAX_CELLS: usize = 4_096;

/// One record of one patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution<'a> {
	/// The local ID of the patient.
	pub patient: &'a str,
	/// The values of the fields to group by: its cell.
	pub group: Vec<Value>,
	/// The value for a mean; none for a count.
	pub value: Option<f64>,
}

/// The publishable part of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
	/// The cells, in the order of their groups' canonical JSON.
	pub cells: Vec<Cell>,
	/// The number of suppressed cells.
	pub suppressed: u64,
}

/// The canonical JSON of each value of a group.
type Key = Vec<Vec<u8>>;

/// A table over patients, before anything is suppressed.
#[derive(Clone, Debug, Default)]
pub struct Table {
	cells: BTreeMap<Key, Patients>,
}

#[derive(Clone, Debug, Default)]
struct Patients {
	group: Vec<Value>,
	/// The values of each patient, by local ID.
	values: BTreeMap<String, Vec<f64>>,
}

impl Table {
	/// Adds a record.
	pub fn add(&mut self, contribution: Contribution<'_>) -> Result<(), Error> {
		let Contribution { patient, group, value } = contribution;
		let key = group
			.iter()
			.map(|value| canonical_json(value).unwrap_or_else(|| value.to_string().into_bytes()))
			.collect::<Key>();
		if self.cells.len() >= MAX_CELLS && !self.cells.contains_key(&key) {
			return Err(Error::TooManyGroups { most: MAX_CELLS });
		}
		let cell =
			self.cells.entry(key).or_insert_with(|| Patients { group, values: BTreeMap::new() });
		let values = cell.values.entry(patient.to_owned()).or_default();
		values.extend(value.filter(|value| value.is_finite()));
		Ok(())
	}

	/// The publishable part, with means if `means`.
	pub fn publish(&self, means: bool, smallest_group: u32) -> Published {
		let sizes = self.cells.iter().map(|(key, cell)| (key, cell.size(means)));
		// A cell without a patient is no cell.
		let sizes: BTreeMap<&Key, usize> = sizes.filter(|(_, size)| *size > 0).collect();
		let smallest = smallest_group as usize;
		let mut suppressed: BTreeSet<&Key> =
			sizes.iter().filter(|(_, size)| **size < smallest).map(|(key, _)| *key).collect();
		complement(&sizes, smallest, &mut suppressed);
		let cells = self
			.cells
			.iter()
			.filter(|(key, _)| sizes.contains_key(key) && !suppressed.contains(key))
			.map(|(_, cell)| Cell {
				group: cell.group.clone(),
				count: Some(rounded(cell.size(means) as u64, u64::from(smallest_group))),
				mean: means.then(|| cell.mean()).filter(|mean| mean.is_finite()),
			})
			.collect();
		Published { cells, suppressed: suppressed.len() as u64 }
	}
}

impl Patients {
	/// The number of patients in the cell.
	fn size(&self, means: bool) -> usize {
		self.values.values().filter(|values| !means || !values.is_empty()).count()
	}

	/// The mean over the patients' means.
	fn mean(&self) -> f64 {
		let means = self
			.values
			.values()
			.filter(|values| !values.is_empty())
			.map(|values| mean(values.clone()))
			.collect();
		three_digits(mean(means))
	}
}

/// The mean, independent of the order of the values.
fn mean(mut values: Vec<f64>) -> f64 {
	values.sort_by(f64::total_cmp);
	// The sum of the parts cannot overflow where the sum of the values would.
	let count = values.len().max(1) as f64;
	values.iter().map(|value| value / count).sum()
}

/// `value` with three significant digits.
fn three_digits(value: f64) -> f64 {
	format!("{value:.2e}").parse().unwrap_or(value)
}

/// `count` rounded to the nearest multiple of [`ROUNDING`], and up to the first that is not below
/// the smallest group.
fn rounded(count: u64, smallest_group: u64) -> u64 {
	let step = u64::from(ROUNDING);
	let nearest = (count + step / 2) / step * step;
	nearest.max(smallest_group.div_ceil(step) * step)
}

/// Suppresses further cells until every line that hides any hides at least two cells and as many
/// patients as the smallest group, or nothing of it is left.
fn complement<'a>(
	sizes: &BTreeMap<&'a Key, usize>,
	smallest: usize,
	suppressed: &mut BTreeSet<&'a Key>,
) {
	let size = |key: &Key| sizes.get(key).copied().unwrap_or_default();
	let mut lines: BTreeMap<(usize, &[u8]), Vec<&'a Key>> = BTreeMap::new();
	for key in sizes.keys() {
		for line in lines_of(key) {
			lines.entry(line).or_default().push(key);
		}
	}
	loop {
		let next = lines.values().find_map(|line| {
			let (hidden, shown): (Vec<&Key>, Vec<&Key>) =
				line.iter().partition(|key| suppressed.contains(**key));
			let patients: usize = hidden.iter().map(|key| size(key)).sum();
			if hidden.is_empty() || (hidden.len() > 1 && patients >= smallest) {
				return None;
			}
			shown.into_iter().min_by_key(|key| (size(key), *key))
		});
		match next {
			Some(key) => suppressed.insert(key),
			None => return,
		};
	}
}

/// The lines through a cell.
fn lines_of(key: &Key) -> Vec<(usize, &[u8])> {
	match key.as_slice() {
		[row, column] => vec![(0, row.as_slice()), (1, column.as_slice())],
		_ => vec![(2, &[][..])],
	}
}
