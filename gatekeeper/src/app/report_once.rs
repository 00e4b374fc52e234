//! Logs the problems of publishing once, and not in every round.

use crate::records::Error;
use std::collections::BTreeMap;

/// The problems of the last round, which are logged already.
#[derive(Default)]
pub(super) struct ReportOnce {
	/// The number of skipped rows for each reason.
	rows: BTreeMap<String, usize>,
	/// The error of each template.
	templates: BTreeMap<String, String>,
}

impl ReportOnce {
	/// Logs why rows were skipped, and how many, unless that did not change since the last round.
	pub fn skipped(&mut self, skipped: &[Error]) {
		let mut rows = BTreeMap::new();
		for error in skipped {
			*rows.entry(error.to_string()).or_default() += 1;
		}
		report(&mut self.rows, rows, |error, count| {
			tracing::warn!(target: "medrec::publish", error, count, "rows are not published");
		});
	}

	/// Logs the errors of templates that did not occur in the last round.
	pub fn failed(&mut self, failed: &BTreeMap<String, Error>) {
		let failed = failed.iter().map(|(id, error)| (id.clone(), error.to_string())).collect();
		report(&mut self.templates, failed, |template, error| {
			let message = "the rows of a template cannot be read; retrying";
			tracing::error!(target: "medrec::publish", template, error, "{message}");
		});
	}
}

/// Logs the entries of `current` that are not in `last`, and saves `current` as `last`.
fn report<V: PartialEq>(
	last: &mut BTreeMap<String, V>,
	current: BTreeMap<String, V>,
	log: impl Fn(&str, &V),
) {
	for (key, value) in current.iter().filter(|(key, value)| last.get(*key) != Some(value)) {
		log(key, value);
	}
	*last = current;
}
