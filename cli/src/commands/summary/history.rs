//! `medrec summary history`: the whole history of a subject, proven against the head on the chain.

use crate::{
	context::Context,
	failure::Failure,
	files::{self, read_json},
	output::{count, hex, Output},
	parse::Party,
	view::activity_text,
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
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
	fmt,
	path::{Path, PathBuf},
};

/// Export your whole history, and prove it.
///
/// The chain keeps the latest entries of each history, and a running hash over all entries. An
/// export can be proven against that hash at any later time.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
	/// Export your history at the final block, and verify it against the hash on the chain.
	Export(Export),
	/// Verify an exported history against the chain.
	Verify(Verify),
}

#[derive(Debug, Args)]
pub struct Export {
	/// The subject; by default your own.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	subject: Option<Party>,
	/// An earlier export, with entries that the chain does not keep any more.
	#[arg(long, value_name = "FILE")]
	previous: Option<PathBuf>,
	/// Write the history to this file; by default to the standard output.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Verify {
	/// The export.
	#[arg(value_name = "FILE")]
	file: PathBuf,
}

/// An exported history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct History {
	genesis: H256,
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

impl fmt::Display for History {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(&serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?)
	}
}

/// An exported entry. The hash covers `scale`; the other fields say the same for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Exported {
	number: u64,
	scale: String,
	at: u64,
	by: Option<SubjectId>,
	relationship: Option<RelationshipId>,
	kind: ActivityKind,
	text: String,
}

impl Exported {
	fn new((number, entry): &(u64, ActivityEntry)) -> Exported {
		Exported {
			number: *number,
			scale: hex(entry.encode()),
			at: entry.at,
			by: entry.by,
			relationship: entry.relationship,
			kind: entry.kind.clone(),
			text: activity_text(&entry.kind),
		}
	}

	/// The entry, if the other fields agree with `scale`.
	fn entry(&self) -> Option<ActivityEntry> {
		let bytes = hex::decode(self.scale.strip_prefix("0x")?).ok()?;
		let entry = (self.number, ActivityEntry::decode_all(&mut bytes.as_slice()).ok()?);
		(*self == Exported::new(&entry)).then_some(entry.1)
	}
}

pub(super) async fn run(context: &Context, command: HistoryCommand) -> Result<Output, Failure> {
	match command {
		HistoryCommand::Export(args) => export(context, args).await,
		HistoryCommand::Verify(args) => verify(context, &args.file).await,
	}
}

async fn export(context: &Context, args: Export) -> Result<Output, Failure> {
	let previous = args.previous.as_deref().map(read).transpose()?;
	let session = context.connect().await?;
	let (block, at) = session.finalized().await?;
	let subject = session.resolve_or_me(at, args.subject.as_ref()).await?;
	let head = at.activity_head(subject).await?;
	let mut entries: Vec<Exported> =
		at.activity(subject).await?.iter().map(Exported::new).collect();
	if let Some(previous) = previous {
		ensure_same(&session.chain, &previous, Some(subject))?;
		entries = join(previous.entries, entries)?;
	}
	let complete = entries.first().map_or(head.next, |first| first.number) == 0;
	if complete && fold(ActivityHead::default(), &entries)? != head {
		return Err(differs());
	}
	let ActivityHead { next, hash } = head;
	let genesis = session.chain.genesis_hash();
	let history = History { genesis, subject, block, next, hash, complete, entries };
	let Some(file) = args.out else { return Ok(history.into()) };
	files::write(&file, history.to_string())?;
	let number = count(history.entries.len(), "entry", "entries");
	let verdict = match complete {
		true => format!("They hash to the head of the history at block {}.", block.number),
		false => "The chain does not keep the earlier entries any more, without which nothing is \
		          proven. Give an earlier export with --previous."
			.to_owned(),
	};
	let text = format!("{number} exported to {}. {verdict}", file.display());
	let json = json!({
		"file": file,
		"subject": subject,
		"entries": history.entries.len(),
		"complete": complete,
		"next": next,
		"hash": hash,
		"block": block,
	});
	Ok(Output::new(text, json))
}

async fn verify(context: &Context, path: &Path) -> Result<Output, Failure> {
	let history = read(path)?;
	if !history.complete {
		let message = "the export lacks the oldest entries and proves nothing; export again with \
		               --previous";
		return Err(Failure::unverified("incomplete", message));
	}
	let exported = fold(ActivityHead::default(), &history.entries)?;
	if exported != (ActivityHead { next: history.next, hash: history.hash }) {
		return Err(differs());
	}
	let session = context.connect().await?;
	ensure_same(&session.chain, &history, None)?;
	let (block, at) = session.finalized().await?;
	let head = at.activity_head(history.subject).await?;
	let mut since = at.activity(history.subject).await?;
	since.retain(|(number, _)| *number >= exported.next);
	let since: Vec<Exported> = since.iter().map(Exported::new).collect();
	if since.first().map_or(head.next, |first| first.number) > exported.next {
		let message =
			"the chain does not keep the entries right after the export any more, so that \
		               the export cannot be joined to the chain's history; export more often";
		return Err(Failure::unverified("gap", message));
	}
	if fold(exported, &since)? != head {
		return Err(differs());
	}
	let text = format!(
		"Verified at block {}: the export has {} of the chain's history, which has {} more.",
		block.number,
		count(history.entries.len(), "entry", "entries"),
		since.len()
	);
	let json = json!({
		"verified": true,
		"subject": history.subject,
		"entries": history.entries.len(),
		"since": since.len(),
		"hash": head.hash,
		"block": block,
	});
	Ok(Output::new(text, json))
}

fn read(path: &Path) -> Result<History, Failure> {
	read_json(path, "an exported history")
}

fn ensure_same(
	chain: &Chain,
	history: &History,
	subject: Option<SubjectId>,
) -> Result<(), Failure> {
	if history.genesis != chain.genesis_hash() {
		return Err(Failure::failed("wrong_chain", "the export is of another chain"));
	}
	match subject.is_none_or(|subject| subject == history.subject) {
		true => Ok(()),
		false => Err(Failure::failed("wrong_subject", "the export is of another subject")),
	}
}

/// The entries of an earlier export, continued by those on the chain. Entries in both must be equal.
/// After a gap the earlier entries are left out.
fn join(previous: Vec<Exported>, now: Vec<Exported>) -> Result<Vec<Exported>, Failure> {
	let Some(first) = now.first().map(|entry| entry.number) else { return Ok(previous) };
	let (mut joined, both): (Vec<_>, Vec<_>) =
		previous.into_iter().partition(|entry| entry.number < first);
	if both.iter().any(|earlier| !now.contains(earlier)) {
		return Err(differs());
	}
	if joined.last().is_some_and(|last| last.number.saturating_add(1) != first) {
		joined.clear();
	}
	joined.extend(now);
	Ok(joined)
}

/// The head after these entries, which must follow `head` without a gap.
fn fold(head: ActivityHead, entries: &[Exported]) -> Result<ActivityHead, Failure> {
	entries.iter().try_fold(head, |head, exported| match exported.entry() {
		Some(entry) if exported.number == head.next => Ok(head.push(&entry)),
		_ => Err(differs()),
	})
}

fn differs() -> Failure {
	let message =
		"the history does not hash to the head on the chain; an entry was changed, removed \
	               or added";
	Failure::unverified("verification_failed", message)
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::record::RecordId;

	fn entries(range: std::ops::Range<u64>) -> Vec<Exported> {
		let entry = |number| ActivityEntry {
			at: number,
			by: Some(SubjectId::repeat_byte(1)),
			relationship: None,
			kind: ActivityKind::RecordPosted(RecordId::from_low_u64_be(number)),
		};
		range.map(|number| Exported::new(&(number, entry(number)))).collect()
	}

	fn is_unverified<T>(result: Result<T, Failure>) -> bool {
		result.is_err_and(|failure| failure.exit as u8 == 4)
	}

	#[test]
	fn a_history_hashes_to_the_head_that_the_chain_computes() {
		let expected = entries(0..5)
			.iter()
			.fold(ActivityHead::default(), |head, one| head.push(&one.entry().unwrap()));
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
		let mut other_text = entries(0..2);
		other_text[1].text = "nothing happened".into();
		assert!(is_unverified(fold(start, &other_text)));
		let mut other_time = entries(0..2);
		other_time[1].at = 7;
		assert!(is_unverified(fold(start, &other_time)));
	}

	#[test]
	fn exports_are_joined_where_they_meet() {
		assert_eq!(join(entries(0..4), entries(2..6)).unwrap(), entries(0..6));
		assert_eq!(join(entries(0..2), entries(2..6)).unwrap(), entries(0..6));
		assert_eq!(join(entries(0..2), entries(4..6)).unwrap(), entries(4..6));
		assert_eq!(join(entries(0..2), Vec::new()).unwrap(), entries(0..2));
		let mut other = entries(0..4);
		other[3].at = 9;
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
			entries: entries(0..2),
		};
		assert_eq!(serde_json::from_str::<History>(&history.to_string()).unwrap(), history);
	}
}
