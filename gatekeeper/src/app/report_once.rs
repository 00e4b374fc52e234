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
		for (error, count) in &rows {
			if self.rows.get(error) != Some(count) {
				tracing::warn!(target: "medrec::publish", error, count, "rows are not published");
			}
		}
		self.rows = rows;
	}

	/// Logs the errors of templates that did not occur in the last round.
	pub fn failed(&mut self, failed: &BTreeMap<String, Error>) {
		let failed = failed.iter().map(|(id, error)| (id.clone(), error.to_string()));
		let failed: BTreeMap<String, String> = failed.collect();
		for (template, error) in &failed {
			if self.templates.get(template) != Some(error) {
				tracing::error!(
					target: "medrec::publish",
					template,
					error,
					"the rows of a template cannot be read; retrying"
				);
			}
		}
		self.templates = failed;
	}
}
