//! Aggregates: the publishable part of a table over patients.

use medrec_ehr::synthetic;
use medrec_gatekeeper::{
	aggregate::{
		compute,
		sdc::{Contribution, Published, Table, MAX_CELLS},
		AggregateSpec, Computed, Error,
	},
	app::BountyOffer,
	config::{BountyConfig, StatisticConfig},
	records::{self, template::built_in, SqliteSource, Template, Templates},
};
use medrec_primitives::{
	bounty::{BountyId, DatasetId, Parameters, Statistic},
	merkle::sha3,
	H256,
};
use medrec_protocol::wire::{Aggregate, BlockRef, Statistic as WireStatistic};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// One record: patient, group, value.
type Entry = (u8, Vec<u8>, Option<i32>);

fn publish(entries: &[Entry], means: bool, smallest: u32) -> Published {
	let mut table = Table::default();
	for (patient, group, value) in entries {
		let patient = patient.to_string();
		let group = group.iter().map(|value| json!(value)).collect();
		let value = value.map(f64::from);
		table.add(Contribution { patient: &patient, group, value }).unwrap();
	}
	table.publish(means, smallest)
}

fn patients(group: &[u8], from: u8, to: u8) -> Vec<Entry> {
	(from..to).map(|patient| (patient, group.to_vec(), Some(i32::from(patient)))).collect()
}

#[test]
fn a_patient_counts_once_in_a_cell() {
	let once = patients(&[1], 0, 20);
	let mut often = once.clone();
	often.extend((0..50).map(|_| (3, vec![1], Some(3))));
	assert_eq!(publish(&once, true, 11), publish(&often, true, 11));
	let cell = &publish(&often, true, 11).cells[0];
	assert_eq!((cell.count, cell.mean), (Some(20), Some(9.5)));
	assert_eq!(publish(&often, false, 11).cells[0].mean, None);
}

#[test]
fn the_mean_is_that_over_patients_means() {
	let mut entries: Vec<Entry> = (0..10).map(|patient| (patient, vec![], Some(0))).collect();
	entries.push((10, vec![], Some(100)));
	entries.push((10, vec![], Some(120)));
	assert_eq!(publish(&entries, true, 11).cells[0].mean, Some(10.0));
}

#[test]
fn a_mean_is_only_over_patients_with_a_value() {
	let mut entries = patients(&[], 0, 10);
	entries.extend((10..30).map(|patient| (patient, vec![], None)));
	let published = publish(&entries, true, 11);
	assert_eq!((published.cells.len(), published.suppressed), (0, 1));
	assert_eq!(publish(&entries, false, 11).cells[0].count, Some(30));
}

#[test]
fn counts_are_rounded_and_never_below_the_smallest_group() {
	for (count, expected) in [(11, 15), (12, 15), (15, 15), (17, 15), (18, 20), (22, 20), (23, 25)]
	{
		let published = publish(&patients(&[], 0, count), false, 11);
		assert_eq!(published.cells[0].count, Some(expected), "{count}");
	}
	assert_eq!(publish(&patients(&[], 0, 22), false, 21).cells[0].count, Some(25));
	assert_eq!(publish(&patients(&[], 0, 10), false, 11).cells, []);
}

#[test]
fn a_lone_suppressed_cell_takes_the_smallest_other_with_it() {
	let mut entries = patients(&[1], 0, 3);
	entries.extend(patients(&[2], 0, 40));
	entries.extend(patients(&[3], 0, 15));
	entries.extend(patients(&[4], 0, 30));
	let published = publish(&entries, false, 11);
	let groups: Vec<_> = published.cells.iter().map(|cell| cell.group[0].clone()).collect();
	assert_eq!(groups, [json!(2), json!(4)]);
	assert_eq!(published.suppressed, 2);
}

#[test]
fn suppressed_cells_hide_a_group_together() {
	let mut entries = patients(&[1], 0, 2);
	entries.extend(patients(&[2], 0, 3));
	entries.extend(patients(&[3], 0, 15));
	entries.extend(patients(&[4], 0, 30));
	let published = publish(&entries, false, 11);
	assert_eq!((published.cells.len(), published.suppressed), (1, 3));
}

#[test]
fn in_a_table_by_two_fields_every_row_and_column_is_covered() {
	let mut entries = Vec::new();
	for row in 0..3 {
		for column in 0..3 {
			let size = if (row, column) == (0, 0) { 4 } else { 20 + 3 * row + column };
			entries.extend(patients(&[row, column], 0, size));
		}
	}
	let published = publish(&entries, false, 11);
	assert_eq!((published.cells.len(), published.suppressed), (5, 4));
	let shown: BTreeSet<_> = published.cells.iter().map(group_of).collect();
	for hidden in [[0, 0], [0, 1], [1, 0], [1, 1]] {
		assert!(!shown.contains(hidden.as_slice()), "{hidden:?}");
	}
}

#[test]
fn means_have_three_significant_digits() {
	for (value, expected) in [(12_345, 12_300.0), (-12_355, -12_400.0), (7, 7.0), (0, 0.0)] {
		let entries: Vec<Entry> = (0..12).map(|patient| (patient, vec![], Some(value))).collect();
		assert_eq!(publish(&entries, true, 11).cells[0].mean, Some(expected));
	}
	let mut table = Table::default();
	for patient in 0..12 {
		let patient = patient.to_string();
		let contribution =
			Contribution { patient: &patient, group: Vec::new(), value: Some(f64::MAX) };
		table.add(contribution).unwrap();
	}
	// Rounded to three digits it is no finite number.
	assert_eq!(table.publish(true, 11).cells[0].mean, None);
}

#[test]
fn a_table_has_a_bounded_number_of_cells() {
	let mut table = Table::default();
	let add = |table: &mut Table, group: usize| {
		table.add(Contribution { patient: "a", group: vec![json!(group)], value: None })
	};
	for group in 0..MAX_CELLS {
		add(&mut table, group).unwrap();
	}
	add(&mut table, 0).unwrap();
	assert!(matches!(add(&mut table, MAX_CELLS), Err(Error::TooManyGroups { .. })));
}

fn entries(groups: usize) -> impl Strategy<Value = Vec<Entry>> {
	let entry = (0..60u8, prop::collection::vec(0..4u8, groups), prop::option::of(-50..50i32));
	prop::collection::vec(entry, 0..600)
}

/// The number of patients in each cell.
fn sizes(entries: &[Entry], means: bool) -> BTreeMap<Vec<u8>, usize> {
	let mut cells: BTreeMap<Vec<u8>, BTreeSet<u8>> = BTreeMap::new();
	for (patient, group, value) in entries {
		if !means || value.is_some() {
			cells.entry(group.clone()).or_default().insert(*patient);
		}
	}
	cells.into_iter().map(|(group, patients)| (group, patients.len())).collect()
}

fn group_of(cell: &medrec_protocol::wire::Cell) -> Vec<u8> {
	cell.group.iter().map(|value| value.as_u64().unwrap() as u8).collect()
}

fn check(entries: &[Entry], means: bool, smallest: u32) -> Result<(), TestCaseError> {
	let published = publish(entries, means, smallest);
	let sizes = sizes(entries, means);
	let shown: BTreeSet<Vec<u8>> = published.cells.iter().map(group_of).collect();
	prop_assert_eq!(published.cells.len() + published.suppressed as usize, sizes.len());
	for cell in &published.cells {
		let size = sizes[&group_of(cell)];
		let count = cell.count.unwrap();
		prop_assert!(size >= smallest as usize);
		prop_assert!(count >= u64::from(smallest) && count % 5 == 0);
		prop_assert!(count.abs_diff(size as u64) <= 4);
		prop_assert_eq!(cell.mean.is_some(), means);
	}
	// The known total of a line reveals no cell, and no group that is too small.
	let lines = entries.first().map_or(0, |(_, group, _)| group.len()).max(1);
	for line in 0..lines {
		let mut totals: BTreeMap<Option<u8>, (usize, usize, usize)> = BTreeMap::new();
		for (group, size) in &sizes {
			let name = (lines == 2).then(|| group[line]);
			let (hidden, patients, open) = totals.entry(name).or_default();
			match shown.contains(group) {
				true => *open += 1,
				false => {
					*hidden += 1;
					*patients += size;
				},
			}
		}
		for (hidden, patients, open) in totals.into_values() {
			prop_assert!(hidden == 0 || open == 0 || (hidden > 1 && patients >= smallest as usize));
		}
	}
	Ok(())
}

proptest! {
	#[test]
	fn nothing_below_the_smallest_group_is_published_or_recovered(
		entries in (0..3usize).prop_flat_map(entries),
		means: bool,
		smallest in 11..20u32,
	) {
		check(&entries, means, smallest)?;
	}

	#[test]
	fn the_order_of_records_does_not_matter(
		(entries, shuffled) in (0..3usize).prop_flat_map(entries).prop_flat_map(|entries| {
			(Just(entries.clone()), Just(entries).prop_shuffle())
		}),
		means: bool,
	) {
		prop_assert_eq!(publish(&entries, means, 11), publish(&shuffled, means, 11));
	}

	#[test]
	fn more_records_of_the_same_patient_change_no_count(
		entries in entries(1),
		often in 1..5usize,
	) {
		let repeated: Vec<Entry> =
			entries.iter().flat_map(|entry| vec![entry.clone(); often]).collect();
		prop_assert_eq!(publish(&entries, false, 11), publish(&repeated, false, 11));
	}
}

struct Hospital {
	_folder: tempfile::TempDir,
	source: SqliteSource,
	patients: BTreeSet<String>,
	template: Template,
}

impl Hospital {
	async fn new(patients: u32) -> Hospital {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("ehr.sqlite");
		let seeded = synthetic::seed(&path, patients, 5, false).await.unwrap();
		let text = built_in::FILES.iter().find(|(name, _)| *name == "lab-result.toml").unwrap().1;
		Hospital {
			source: SqliteSource::open(&path).await.unwrap(),
			_folder: folder,
			patients: seeded.patients.into_iter().collect(),
			template: Template::parse(text).unwrap(),
		}
	}

	async fn ask(
		&self,
		statistic: Statistic,
		group_by: &[&str],
		smallest_group: u32,
	) -> Result<Computed, Error> {
		let numbers: Vec<u16> = group_by
			.iter()
			.map(|name| self.template.public().number_of(name).unwrap_or(99))
			.collect();
		let parameters = Parameters { statistic, group_by: numbers.try_into().unwrap() };
		let spec = AggregateSpec {
			bounty: BountyId::repeat_byte(1),
			dataset: DatasetId::repeat_byte(2),
			template: &self.template,
			parameters: &parameters,
			smallest_group,
			computed_at: BlockRef { number: 7, hash: H256::repeat_byte(3) },
		};
		compute(&self.source, &spec, &self.patients).await
	}
}

const VALUE: Statistic = Statistic::Mean { field: 2 };

#[tokio::test]
async fn an_aggregate_over_records_is_canonical_and_the_same_each_time() {
	let hospital = Hospital::new(24).await;
	let computed = hospital.ask(VALUE, &["code"], 11).await.unwrap();
	assert_eq!(computed, hospital.ask(VALUE, &["code"], 11).await.unwrap());
	let aggregate = &computed.aggregate;
	assert_eq!(aggregate.cells.len(), 4);
	assert_eq!(aggregate.suppressed, 0);
	assert!(aggregate.cells.iter().all(|cell| cell.count == Some(25) && cell.mean.is_some()));
	assert_eq!(aggregate.statistic, WireStatistic::Mean { field: "value".into() });
	assert_eq!(aggregate.group_by, ["code"]);
	assert_eq!(aggregate.template, hospital.template.hash());
	assert_eq!(computed.commitment.0, sha3(&[computed.canonical.as_bytes()]).0);
	assert_eq!(aggregate.commitment(), Some(computed.commitment));
	assert_eq!(serde_json::from_str::<Aggregate>(&computed.canonical).unwrap(), *aggregate);
}

#[tokio::test]
async fn only_the_named_patients_count() {
	let mut hospital = Hospital::new(24).await;
	let left: BTreeSet<String> = hospital.patients.iter().take(12).cloned().collect();
	hospital.patients = left;
	let computed = hospital.ask(Statistic::Count, &[], 11).await.unwrap();
	assert_eq!(computed.aggregate.cells[0].count, Some(15));
	hospital.patients.pop_first();
	hospital.patients.pop_first();
	let computed = hospital.ask(Statistic::Count, &[], 11).await.unwrap();
	assert_eq!((computed.aggregate.cells.len(), computed.aggregate.suppressed), (0, 1));
	hospital.patients.clear();
	let computed = hospital.ask(Statistic::Count, &[], 11).await.unwrap();
	assert_eq!((computed.aggregate.cells.len(), computed.aggregate.suppressed), (0, 0));
}

#[tokio::test]
async fn aggregates_that_cannot_be_computed_are_refused() {
	let hospital = Hospital::new(2).await;
	let ask = |statistic, groups: &'static [&'static str], smallest| {
		let hospital = &hospital;
		async move { hospital.ask(statistic, groups, smallest).await.unwrap_err() }
	};
	let text = Statistic::Mean { field: 0 };
	let missing = Statistic::Mean { field: 50 };
	assert!(matches!(ask(Statistic::Count, &[], 10).await, Error::GroupTooSmall(10)));
	assert!(matches!(ask(text, &[], 11).await, Error::NotNumeric(_)));
	assert!(matches!(ask(missing, &[], 11).await, Error::NoSuchField { field: 50, .. }));
	assert!(matches!(ask(VALUE, &["none"], 11).await, Error::NoSuchField { field: 99, .. }));
	for field in [&["value"], &["effectiveDateTime"], &["resource"]] {
		assert!(matches!(ask(VALUE, field, 11).await, Error::NotGroupable(_)), "{field:?}");
	}
	assert!(matches!(ask(VALUE, &["code", "code"], 11).await, Error::GroupedTwice(_)));
}

/// The error of an offer over laboratory results.
fn offer(statistic: StatisticConfig, group_by: &[&str]) -> Result<(), String> {
	let text = built_in::FILES.iter().find(|(name, _)| *name == "lab-result.toml").unwrap().1;
	let templates = Templates::new([Template::parse(text).unwrap()]).unwrap();
	let config = BountyConfig {
		dataset: DatasetId::repeat_byte(2),
		template: "lab-result".into(),
		statistic,
		group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
		cost: 1,
		lifetime: std::time::Duration::from_secs(3_600),
	};
	BountyOffer::new(&config, &templates).map(drop).map_err(|error| error.to_string())
}

#[test]
fn an_offer_that_could_never_be_answered_is_refused_by_its_key() {
	let mean = |name: &str| StatisticConfig::Mean(name.into());
	offer(mean("value"), &["code", "unit"]).unwrap();
	offer(StatisticConfig::Count, &[]).unwrap();
	for (statistic, group_by, key, word) in [
		(mean("code"), &[][..], "`publish.bounty.statistic`", "code"),
		(mean("resource"), &[], "`publish.bounty.statistic`", "resource"),
		(mean("missing"), &[], "`publish.bounty.statistic`", "missing"),
		(StatisticConfig::Count, &["value"], "`publish.bounty.group_by`", "value"),
		(StatisticConfig::Count, &["effectiveDateTime"], "`publish.bounty.group_by`", "datetime"),
		(StatisticConfig::Count, &["resource"], "`publish.bounty.group_by`", "resource"),
		(StatisticConfig::Count, &["code", "code"], "`publish.bounty.group_by`", "twice"),
		(StatisticConfig::Count, &["missing"], "`publish.bounty.group_by`", "missing"),
	] {
		let text = offer(statistic, group_by).unwrap_err();
		assert!(text.contains(key) && text.contains(word), "{text}");
	}
}

#[tokio::test]
async fn records_that_cannot_be_read_are_an_error() {
	let mut hospital = Hospital::new(2).await;
	let text = built_in::FILES[0].1.replace("FROM conditions", "FROM missing");
	hospital.template = Template::parse(&text).unwrap();
	let error = hospital.ask(Statistic::Count, &[], 11).await.unwrap_err();
	assert!(matches!(error, Error::Records(records::Error::Query { .. })));
}
