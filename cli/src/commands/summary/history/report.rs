//! What exports and verifications print.

use super::file::History;
use crate::{
	activity::ActivityView,
	answer::trust,
	directory::YOU,
	output::Report,
	page::{Cell, Page},
	text::count,
};
use medrec_primitives::{identity::SubjectId, summary::ActivityHash};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;
use std::path::PathBuf;

/// An exported history, or where it was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum ExportReport {
	/// The history.
	History(History),
	/// The file with the history.
	Written(HistoryWritten),
}

impl Report for ExportReport {
	fn page(&self) -> Page {
		match self {
			ExportReport::History(history) => {
				Page::default().verbatim(history.text().unwrap_or_default())
			},
			ExportReport::Written(written) => written.page(),
		}
	}
}

/// An exported history in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct HistoryWritten {
	/// The file.
	#[schema(value_type = String)]
	pub(super) file: PathBuf,
	/// The subject whose history it is.
	pub(super) subject: SubjectId,
	/// How many entries the file has.
	pub(super) entries: usize,
	/// Whether these are all entries.
	pub(super) complete: bool,
	/// The number of entries of the whole history.
	pub(super) next: u64,
	/// The running hash over the whole history.
	pub(super) hash: ActivityHash,
	/// The final block of the export.
	pub(super) block: BlockRef,
}

impl Report for HistoryWritten {
	fn page(&self) -> Page {
		let number = count(self.entries, "entry", "entries");
		let verdict = match self.complete {
			true => format!("They hash to the head of the history at block {}.", self.block.number),
			false => {
				"The chain does not keep the earlier entries any more, without which nothing is \
			          proven. Give an earlier export with --previous."
					.to_owned()
			},
		};
		Page::of(format!("{number} exported to {}. {verdict}", self.file.display()))
	}
}

/// An export that is verified against the chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct HistoryVerified {
	/// True: an export that does not verify is an error.
	pub(super) verified: bool,
	/// The subject whose history it is.
	pub(super) subject: SubjectId,
	/// Its name.
	pub(super) subject_name: String,
	/// How many entries the export has.
	pub(super) entries: usize,
	/// The entries of the export. Names, and what grants and records are, are those of `block`.
	pub(super) activity: Vec<ActivityView>,
	/// The final block of the export, as it says.
	pub(super) exported_at: BlockRef,
	/// Whether these were all entries at that block; false if the node has discarded its state.
	pub(super) exported_at_verified: bool,
	/// How many entries the chain's history has since.
	pub(super) since: usize,
	/// The running hash on the chain.
	pub(super) hash: ActivityHash,
	/// The final block, by whose state it is verified.
	pub(super) block: BlockRef,
	/// The node whose word is taken for what is on chain.
	pub(super) node: String,
}

impl Report for HistoryVerified {
	fn page(&self) -> Page {
		let (title, history) = match self.subject_name.as_str() {
			YOU => ("Your history".to_owned(), "your history".to_owned()),
			name => (format!("History of {name}"), format!("the history of {name}")),
		};
		let rows = self
			.activity
			.iter()
			.map(|entry| [Cell::word(entry.number), entry.when(), Cell::words(&entry.text)]);
		let (block, exported_at) = (self.block.number, self.exported_at.number);
		let others = match self.exported_at_verified {
			true => format!("There were no others at block {exported_at}, where it was exported."),
			false => format!(
				"That there were no others at block {exported_at}, where it was exported as the file \
				 says, is not known: the node has discarded the state of that block."
			),
		};
		Page::default()
			.table(title, ["no.", "when", "what happened"], rows)
			.line("")
			.line(format!(
				"Verified: the {} {history}, by its hash on chain at block {block}, which is final. \
				 {others} {} them now.",
				count(
					self.entries,
					"entry above is the beginning of",
					"entries above are the beginning of"
				),
				count(self.since, "entry follows", "entries follow"),
			))
			.line(format!(
				"Names, and what records and grants are, are not in the history, but as of block {block}."
			))
			.line(trust(&self.node))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::style::Style;
	use medrec_primitives::{summary::ActivityKind, H256};

	fn verified(exported_at_verified: bool) -> HistoryVerified {
		let subject = SubjectId::repeat_byte(1);
		HistoryVerified {
			verified: true,
			subject,
			subject_name: format!("patient {subject} of hospital-a"),
			entries: 1,
			activity: vec![ActivityView {
				number: 0,
				at: 1000,
				by: None,
				by_name: "the council".into(),
				relationship: None,
				kind: ActivityKind::Registered,
				text: "the council registered the patient".into(),
			}],
			exported_at: BlockRef { number: 7, hash: H256::zero() },
			exported_at_verified,
			since: 2,
			hash: ActivityHash::default(),
			block: BlockRef { number: 9, hash: H256::zero() },
			node: "ws://127.0.0.1:9944".into(),
		}
	}

	#[test]
	fn a_verified_history_shows_its_entries_and_names_the_node() {
		verified(true).page().shows(&[
			"History of patient 0x01010101 of hospital-a",
			"the council registered the patient",
			"Verified: the 1 entry above is the beginning of the history of patient",
			"2 entries follow",
			"ws://127.0.0.1:9944",
		]);
		let you = HistoryVerified { subject_name: "you".into(), ..verified(true) };
		you.page().shows(&["Your history\n", "is the beginning of your history"]);
	}

	#[test]
	fn a_block_whose_state_is_discarded_is_said_to_be_unproven() {
		let text = verified(false).page().render(&Style::PIPE);
		assert!(text.contains("That there were no others at block 7"), "{text}");
		assert!(text.contains("is not known: the node has discarded"), "{text}");
		let text = verified(true).page().render(&Style::PIPE);
		assert!(text.contains("There were no others at block 7, where it was exported."), "{text}");
	}
}
