//! `medrec summary history`: the whole history of a subject, proven against the head on the chain.

mod report;

pub(super) use report::{ExportReport, HistoryVerified};

use crate::{
	activity::plain_text,
	context::{Context, Whose},
	failure::{Failure, Result},
	files::{self, read_json},
	output::Output,
	text::hex,
};
use clap::{Args, Subcommand};
use medrec_client::chain::Chain;
use medrec_primitives::{
	identity::SubjectId,
	relationship::RelationshipId,
	summary::{ActivityEntry, ActivityHash, ActivityHead, ActivityKind},
	H256,
};
use medrec_protocol::wire::BlockRef;
use parity_scale_codec::{DecodeAll, Encode};
use report::HistoryWritten;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Export your whole history, and prove it.
///
/// The chain keeps the latest entries of each history, and a running hash over all entries. An
/// export can be proven against that hash at any later time.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Export your history at the final block, and verify it against the hash on the chain.
	Export(Export),
	/// Verify an exported history against the chain.
	Verify {
		/// The export.
		file: PathBuf,
	},
}

#[derive(Debug, Args)]
pub struct Export {
	#[command(flatten)]
	whose: Whose,
	/// An earlier export, with entries that the chain does not keep any more.
	#[arg(long, value_name = "FILE")]
	previous: Option<PathBuf>,
	/// Write the history to this new file; by default to the standard output.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

/// An exported history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct History {
	/// The hash of the first block, which identifies the chain.
	#[schema(value_type = String)]
	genesis: H256,
	/// The subject whose history it is.
	subject: SubjectId,
	/// The final block of the export.
	block: BlockRef,
	/// The number of entries of the whole history.
	next: u64,
	/// The running hash over the whole history.
	hash: ActivityHash,
	/// Whether the export has all entries.
	complete: bool,
	/// Entries by number, without gaps.
	entries: Vec<Exported>,
}

impl History {
	/// The file.
	fn text(&self) -> Result<String> {
		serde_json::to_string_pretty(self).map_err(|error| Failure::failed("failed", error))
	}
}

/// An exported entry. The hash covers `scale`, from which the other fields follow. `text` is for
/// readers; its wording may change from version to version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct Exported {
	/// Its position in the history.
	number: u64,
	/// The entry in SCALE, as `0x` and digits.
	scale: String,
	/// The time, in Unix milliseconds.
	at: u64,
	/// The subject that acted; none for the council and for the chain itself.
	by: Option<SubjectId>,
	/// The relationship that it concerns.
	relationship: Option<RelationshipId>,
	/// What happened.
	#[schema(value_type = serde_json::Value)]
	kind: ActivityKind,
	/// The same in words.
	text: String,
}

/// An entry of a history with its number, as the chain keeps it.
type Numbered = (u64, ActivityEntry);

impl Exported {
	fn new((number, entry): &Numbered) -> Exported {
		let ActivityEntry { at, by, relationship, kind } = entry.clone();
		let (scale, text) = (hex(entry.encode()), plain_text(&kind));
		Exported { number: *number, scale, at, by, relationship, kind, text }
	}

	/// The entry, if the other fields agree with `scale`. The text is not compared.
	fn entry(self) -> Option<Numbered> {
		let bytes = hex::decode(self.scale.strip_prefix("0x")?).ok()?;
		let hashed = ActivityEntry::decode_all(&mut bytes.as_slice()).ok()?;
		let Exported { number, at, by, relationship, kind, .. } = self;
		(hashed == ActivityEntry { at, by, relationship, kind }).then_some((number, hashed))
	}
}

impl History {
	/// Reads an export, and decodes its entries.
	fn read(path: &Path) -> Result<(History, Vec<Numbered>)> {
		let what = "an exported history; give a file that medrec summary history export wrote";
		let history: History = read_json(path, what)?;
		let entries = history.entries.iter().cloned().map(Exported::entry);
		let entries = entries.collect::<Option<_>>().ok_or_else(differs)?;
		Ok((history, entries))
	}

	fn ensure_of_chain(&self, chain: &Chain) -> Result<()> {
		match self.genesis == chain.genesis_hash() {
			true => Ok(()),
			false => Err(Failure::failed("wrong_chain", "the export is of another chain")),
		}
	}
}

pub(super) async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::Export(args) => export(context, args).await,
		Command::Verify { file } => verify(context, &file).await,
	}
}

async fn export(context: &Context, args: Export) -> Result<Output> {
	if let Some(file) = &args.out {
		files::check_new(file)?;
	}
	let previous = args.previous.as_deref().map(History::read).transpose()?;
	let session = context.connect().await?;
	let (block, at) = session.finalized().await?;
	let subject = session.resolve_or_me(at, args.whose.subject.as_ref()).await?;
	let head = at.activity_head(subject).await?;
	let mut entries = at.activity(subject).await?;
	if let Some((previous, earlier)) = previous {
		previous.ensure_of_chain(&session.chain)?;
		if previous.subject != subject {
			return Err(Failure::failed("wrong_subject", "the export is of another subject"));
		}
		entries = join(earlier, entries)?;
	}
	let complete = entries.first().map_or(head.next, |(first, _)| *first) == 0;
	if complete && fold(ActivityHead::default(), &entries)? != head {
		return Err(differs());
	}
	let ActivityHead { next, hash } = head;
	let genesis = session.chain.genesis_hash();
	let entries = entries.iter().map(Exported::new).collect();
	let history = History { genesis, subject, block, next, hash, complete, entries };
	let Some(file) = args.out else { return Ok(Output::of(&ExportReport::History(history))) };
	files::write_new(&file, history.text()?)?;
	let entries = history.entries.len();
	let written = HistoryWritten { file, subject, entries, complete, next, hash, block };
	Ok(Output::of(&ExportReport::Written(written)))
}

async fn verify(context: &Context, path: &Path) -> Result<Output> {
	let (history, entries) = History::read(path)?;
	if !history.complete {
		let message = "the export lacks the oldest entries and proves nothing; export again with \
		               --previous";
		return Err(Failure::unverified("incomplete", message));
	}
	let exported = fold(ActivityHead::default(), &entries)?;
	if exported != (ActivityHead { next: history.next, hash: history.hash }) {
		return Err(differs());
	}
	let session = context.connect().await?;
	history.ensure_of_chain(&session.chain)?;
	// The node may have synchronised to an earlier block than that of the export.
	let block = session.catch_up_with(history.block.number).await?;
	let at = session.chain.at(block.hash);
	let head = at.activity_head(history.subject).await?;
	let mut since = at.activity(history.subject).await?;
	since.retain(|(number, _)| *number >= exported.next);
	if since.first().map_or(head.next, |(first, _)| *first) > exported.next {
		let message = "the chain does not keep the entries right after the export any more, so \
		               that the export cannot be joined to the chain's history; export more often";
		return Err(Failure::unverified("gap", message));
	}
	if fold(exported, &since)? != head {
		return Err(differs());
	}
	Ok(Output::of(&HistoryVerified {
		verified: true,
		subject: history.subject,
		entries: entries.len(),
		since: since.len(),
		hash: head.hash,
		block: block.into(),
	}))
}

/// The entries of an earlier export, continued by those on the chain. Entries in both must be equal.
/// After a gap the earlier entries are left out.
fn join(previous: Vec<Numbered>, now: Vec<Numbered>) -> Result<Vec<Numbered>> {
	let Some((first, _)) = now.first().cloned() else { return Ok(previous) };
	let (mut joined, both): (Vec<_>, Vec<_>) =
		previous.into_iter().partition(|(number, _)| *number < first);
	if both.iter().any(|earlier| !now.contains(earlier)) {
		return Err(differs());
	}
	if joined.last().is_some_and(|(last, _)| last.saturating_add(1) != first) {
		joined.clear();
	}
	joined.extend(now);
	Ok(joined)
}

/// The head after these entries, which must follow `head` without a gap.
fn fold(head: ActivityHead, entries: &[Numbered]) -> Result<ActivityHead> {
	entries.iter().try_fold(head, |head, (number, entry)| match *number == head.next {
		true => Ok(head.push(entry)),
		false => Err(differs()),
	})
}

fn differs() -> Failure {
	let message = "the history does not hash to the head on the chain; an entry was changed, \
	               removed or added";
	Failure::unverified("verification_failed", message)
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{record::RecordId, relationship::GrantId};
	use serde_json::json;

	fn entries(range: std::ops::Range<u64>) -> Vec<Numbered> {
		let entry = |number| ActivityEntry {
			at: number,
			by: Some(SubjectId::repeat_byte(1)),
			relationship: None,
			kind: ActivityKind::RecordPosted(RecordId::from_low_u64_be(number)),
		};
		range.map(|number| (number, entry(number))).collect()
	}

	fn is_unverified<T>(result: Result<T>) -> bool {
		result.is_err_and(|failure| failure.exit as u8 == 4)
	}

	#[test]
	fn a_history_hashes_to_the_head_that_the_chain_computes() {
		let expected =
			entries(0..5).iter().fold(ActivityHead::default(), |head, (_, entry)| head.push(entry));
		assert_eq!(fold(ActivityHead::default(), &entries(0..5)).unwrap(), expected);
		let half = fold(ActivityHead::default(), &entries(0..3)).unwrap();
		assert_eq!(fold(half, &entries(3..5)).unwrap(), expected);
	}

	#[test]
	fn gaps_and_changes_are_detected() {
		let start = ActivityHead::default();
		assert!(is_unverified(fold(start, &entries(1..3))));
		let mut gap = entries(0..4);
		gap.remove(2);
		assert!(is_unverified(fold(start, &gap)));

		let [genuine, other] = [0, 1].map(|number| Exported::new(&entries(0..2)[number]));
		assert_eq!(genuine.clone().entry(), Some(entries(0..1).remove(0)));
		for forged in [
			Exported { at: 7, ..genuine.clone() },
			Exported { by: None, ..genuine.clone() },
			Exported { relationship: Some(RelationshipId::default()), ..genuine.clone() },
			Exported { kind: ActivityKind::Registered, ..genuine.clone() },
			Exported { scale: other.scale, ..genuine.clone() },
		] {
			assert_eq!(forged.entry(), None);
		}
	}

	#[test]
	fn an_export_of_an_earlier_version_verifies() {
		let kind = ActivityKind::Denied(GrantId::repeat_byte(5));
		let entry = ActivityEntry { at: 1000, by: None, relationship: None, kind };
		let id = GrantId::repeat_byte(5);
		let earlier = json!({
			"number": 0,
			"scale": hex(entry.encode()),
			"at": 1000,
			"by": null,
			"relationship": null,
			"kind": { "refused": id },
			"text": format!("refusal {id} given"),
		});
		let exported: Exported = serde_json::from_value(earlier).unwrap();
		assert_eq!(exported.entry(), Some((0, entry)));
	}

	#[test]
	fn exports_are_joined_where_they_meet() {
		assert_eq!(join(entries(0..4), entries(2..6)).unwrap(), entries(0..6));
		assert_eq!(join(entries(0..2), entries(2..6)).unwrap(), entries(0..6));
		assert_eq!(join(entries(0..2), entries(4..6)).unwrap(), entries(4..6));
		assert_eq!(join(entries(0..2), Vec::new()).unwrap(), entries(0..2));
		let mut other = entries(0..4);
		other[3].1.at = 9;
		assert!(is_unverified(join(other, entries(2..6))));
	}

	#[test]
	fn an_export_reads_back() {
		let history = History {
			genesis: H256::zero(),
			subject: SubjectId::repeat_byte(1),
			block: BlockRef { number: 1, hash: H256::zero() },
			next: 2,
			hash: ActivityHash::default(),
			complete: true,
			entries: entries(0..2).iter().map(Exported::new).collect(),
		};
		assert_eq!(serde_json::from_str::<History>(&history.text().unwrap()).unwrap(), history);
	}
}
