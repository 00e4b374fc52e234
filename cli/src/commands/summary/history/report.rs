//! What exports and verifications print.

use super::History;
use crate::{output::Report, page::Page, text::count};
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
	/// How many entries the export has.
	pub(super) entries: usize,
	/// How many entries the chain's history has since.
	pub(super) since: usize,
	/// The running hash on the chain.
	pub(super) hash: ActivityHash,
	/// The final block, by whose state it is verified.
	pub(super) block: BlockRef,
}

impl Report for HistoryVerified {
	fn page(&self) -> Page {
		let entries = count(self.entries, "entry", "entries");
		Page::of(format!(
			"Verified: the {entries} of the export are the beginning of the history of {}, as this \
			 node reports the chain at the final block {}. {} more since the export.",
			self.subject,
			self.block.number,
			count(self.since, "entry", "entries"),
		))
	}
}
