//! Links of local patients to relationships, checked against the chain.

use super::App;
use crate::records::state::Patient;
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};

impl App {
	/// Whether the link of `relationship` to `patient` matches the chain: `subject`, the patient of the
	/// relationship on the chain, is the linked one, and the patient's identifier resolves to it.
	/// Otherwise the relationship is neither published nor served. The first failed check is logged;
	/// the number of failing relationships is a metric.
	pub(super) fn check_link(
		&self,
		relationship: &RelationshipId,
		patient: &Patient,
		subject: &SubjectId,
	) -> bool {
		let matches = patient.subject == *subject
			&& self.services.chain.resolve(&patient.identifier) == Some(*subject);
		let mut broken = self.broken_links.lock();
		match matches {
			true => drop(broken.remove(relationship)),
			false if broken.insert(*relationship) => tracing::error!(
				target: "medrec::records",
				"the link of a patient does not match the chain; the relationship is neither \
				 published nor served; run: medrec-gatekeeper patients list"
			),
			false => {},
		}
		matches
	}

	/// Removes relationships that are not linked any more from the metric of broken links.
	pub(super) fn retain_links(&self, is_linked: impl Fn(&RelationshipId) -> bool) {
		self.broken_links.lock().retain(is_linked);
	}
}
