//! What publishing could not do is written down once, and not in every round.

use crate::records::Error;
use medrec_primitives::relationship::RelationshipId;
use std::collections::{BTreeMap, BTreeSet};

/// What was wrong in the last round, and was written down when it first was.
#[derive(Default)]
pub(super) struct ReportOnce {
	/// Why rows were passed over, and how many each time.
	rows: BTreeMap<String, usize>,
	/// What failed of each template.
	templates: BTreeMap<String, String>,
	/// Relationships that are linked to another patient here than on the chain.
	strangers: BTreeSet<RelationshipId>,
}

impl ReportOnce {
	/// Writes down why rows were passed over, unless the last round had the same: a row that cannot be
	/// placed is found by every round.
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

	/// Writes down which templates failed, unless the last round had the same of them.
	pub fn failed(&mut self, failed: &BTreeMap<String, Error>) {
		let failed = failed.iter().map(|(id, error)| (id.clone(), error.to_string()));
		let failed: BTreeMap<String, String> = failed.collect();
		for (template, error) in &failed {
			if self.templates.get(template) != Some(error) {
				tracing::error!(
					target: "medrec::publish",
					template,
					error,
					"the rows of a template cannot be read on; this is tried again"
				);
			}
		}
		self.templates = failed;
	}

	/// Writes down that there are such relationships, unless the last round had the same ones. None
	/// is named: the log says nothing of whose patient somebody is.
	pub fn strangers(&mut self, strangers: BTreeSet<RelationshipId>) {
		let new = strangers.difference(&self.strangers).count();
		if new > 0 {
			tracing::error!(
				target: "medrec::publish",
				count = new,
				"relationships are linked to other patients here than on the chain, and nothing of \
				 them is published; look what `link-patient` was told"
			);
		}
		self.strangers = strangers;
	}
}
