//! `medrec summary history`: the whole history of a subject, and its proof against the head.

use crate::{
	cli::examples,
	context::{read_text, Context},
	failure::Failure,
	party::Party,
	report::{count, Report},
	view,
};
use clap::{Args, Subcommand, ValueHint};
use medrec_client::chain::Chain;
use medrec_protocol::wire::BlockRef;
use medrec_primitives::{
	identity::SubjectId,
	summary::{ActivityEntry, ActivityHead},
	H256,
};
use parity_scale_codec::{DecodeAll, Encode};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// Keep your whole history, and prove it.
///
/// The chain keeps the youngest part of each history, and a running hash over all of it. What was
/// exported can be proven against that hash for ever.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec summary history export --out history.json",
	"medrec summary history verify history.json",
))]
pub enum HistoryCommand {
	/// Export your history as of the final block, and check it against the chain's hash.
	#[command(after_help = examples!(
		"medrec summary history export --out history.json",
		"medrec summary history export --previous history.json --out history-2.json",
	))]
	Export(Export),
	/// Verify an exported history against the chain.
	#[command(after_help = examples!("medrec summary history verify history.json"))]
	Verify(Verify),
}

/// `summary history export`.
#[derive(Debug, Args)]
pub struct Export {
	/// Whose; yours if left out.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub subject: Option<Party>,
	/// An earlier export, for the entries that have left the chain's state.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub previous: Option<PathBuf>,
	/// Write it to this file; to the standard output if left out.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub out: Option<PathBuf>,
}

/// `summary history verify`.
#[derive(Debug, Args)]
pub struct Verify {
	/// The export.
	#[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub file: PathBuf,
}

/// A history as it is exported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct History {
	/// The chain.
	genesis: H256,
	/// Whose it is.
	subject: SubjectId,
	/// As of which final block.
	block: BlockRef,
	/// How many entries there ever were.
	next: u64,
	/// The chain's running hash over all of them.
	hash: H256,
	/// Whether no entry is missing.
	complete: bool,
	/// The entries, by number and without gaps.
	entries: Vec<Kept>,
}

/// An entry as it is exported. What is hashed is `scale`; the rest is for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
	number: u64,
	scale: String,
	at: u64,
	by: Option<SubjectId>,
	relationship: Option<H256>,
	kind: Value,
	text: String,
}

impl Kept {
	fn new(number: u64, entry: &ActivityEntry) -> Kept {
		Kept {
			number,
			scale: view::hex(entry.encode()),
			at: entry.at,
			by: entry.by,
			relationship: entry.relationship,
			kind: json!(entry.kind),
			text: view::activity(&entry.kind),
		}
	}

	/// The entry, if what is for people says the same as what is hashed.
	fn entry(&self) -> Option<ActivityEntry> {
		let bytes = hex::decode(self.scale.strip_prefix("0x")?).ok()?;
		let entry = ActivityEntry::decode_all(&mut bytes.as_slice()).ok()?;
		(*self == Kept::new(self.number, &entry)).then_some(entry)
	}
}

pub(super) async fn run(context: &Context, command: HistoryCommand) -> Result<Report, Failure> {
	match command {
		HistoryCommand::Export(args) => export(context, args).await,
		HistoryCommand::Verify(args) => verify(context, &args.file).await,
	}
}

async fn export(context: &Context, args: Export) -> Result<Report, Failure> {
	let previous = args.previous.as_deref().map(read).transpose()?;
	let chain = context.connect().await?;
	let final_head = chain.finalized().await?;
	let at = chain.at(final_head.hash);
	let subject = match &args.subject {
		Some(who) => who.resolve(&at).await?,
		None => context.me(&at).await?,
	};
	let head = at.activity_head(subject).await?;
	let kept = at.activity(subject).await?;
	let kept = kept.iter().map(|(number, entry)| Kept::new(*number, entry)).collect();
	let entries = match previous {
		Some(previous) => {
			ensure_same(&chain, &previous, Some(subject))?;
			join(previous.entries, kept)?
		},
		None => kept,
	};
	let complete = entries.first().map_or(head.next, |first| first.number) == 0;
	if complete && fold(ActivityHead::default(), &entries)? != head {
		return Err(differs());
	}
	let history = History {
		genesis: chain.genesis_hash(),
		subject,
		block: final_head.into(),
		next: head.next,
		hash: head.hash,
		complete,
		entries,
	};
	let number = count(history.entries.len(), "entry", "entries");
	let verdict = match complete {
		true => format!("They hash to the chain's head at block {}.", final_head.number),
		false => "Earlier ones have left the chain's state: without them nothing is proven. Give \
		          an earlier export with --previous."
			.to_owned(),
	};
	let json = json!(history);
	let Some(out) = args.out else {
		let text = serde_json::to_string_pretty(&history)
			.map_err(|error| Failure::failed("failed", error))?;
		return Ok(Report::new(text, json));
	};
	let text = serde_json::to_string_pretty(&history)
		.map_err(|error| Failure::failed("cannot_write", error))?;
	std::fs::write(&out, text).map_err(|error| {
		Failure::failed("cannot_write", format!("cannot write {}: {error}", out.display()))
	})?;
	let text = format!("{number} exported to {}. {verdict}", out.display());
	let json = json!({
		"file": out,
		"subject": subject,
		"entries": history.entries.len(),
		"complete": complete,
		"next": head.next,
		"hash": head.hash,
		"block": history.block,
	});
	Ok(Report::new(text, json))
}

async fn verify(context: &Context, path: &Path) -> Result<Report, Failure> {
	let history = read(path)?;
	if !history.complete {
		let message = "the export lacks the oldest entries, so that it proves nothing; export \
		               again with --previous";
		return Err(Failure::unverified("incomplete", message));
	}
	let exported = fold(ActivityHead::default(), &history.entries)?;
	if exported != (ActivityHead { next: history.next, hash: history.hash }) {
		return Err(differs());
	}
	let chain = context.connect().await?;
	ensure_same(&chain, &history, None)?;
	let final_head = chain.finalized().await?;
	let at = chain.at(final_head.hash);
	let now = at.activity_head(history.subject).await?;
	let since = at.activity(history.subject).await?;
	let since: Vec<Kept> = since
		.iter()
		.filter(|(number, _)| *number >= exported.next)
		.map(|(number, entry)| Kept::new(*number, entry))
		.collect();
	let gap = since.first().map_or(now.next, |first| first.number) > exported.next;
	if gap {
		let message = "entries between the export and what the chain still has are missing, so \
		               that the one cannot be joined to the other; export more often";
		return Err(Failure::unverified("gap", message));
	}
	if fold(exported, &since)? != now {
		return Err(differs());
	}
	let text = format!(
		"Verified at block {}: {} as the chain has them, and {} since.",
		final_head.number,
		count(history.entries.len(), "entry", "entries"),
		since.len()
	);
	let json = json!({
		"verified": true,
		"subject": history.subject,
		"entries": history.entries.len(),
		"since": since.len(),
		"hash": now.hash,
		"block": BlockRef::from(final_head),
	});
	Ok(Report::new(text, json))
}

fn read(path: &Path) -> Result<History, Failure> {
	serde_json::from_str(&read_text(path)?).map_err(|error| {
		let message = format!("{} is no exported history: {error}", path.display());
		Failure::failed("bad_file", message)
	})
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
		false => Err(Failure::failed("wrong_subject", "the earlier export is somebody else's")),
	}
}

/// The entries of an earlier export that the chain does not have any more, and those it has. Where
/// both have one, it must be the same.
fn join(previous: Vec<Kept>, now: Vec<Kept>) -> Result<Vec<Kept>, Failure> {
	let Some(first) = now.first().map(|kept| kept.number) else { return Ok(previous) };
	let both = previous.iter().filter(|kept| kept.number >= first);
	for earlier in both {
		if now.iter().find(|kept| kept.number == earlier.number) != Some(earlier) {
			return Err(differs());
		}
	}
	let mut joined: Vec<Kept> = previous.into_iter().filter(|kept| kept.number < first).collect();
	if joined.last().is_some_and(|last| last.number.saturating_add(1) != first) {
		// A gap in between: what the chain has is all that can be used.
		joined.clear();
	}
	joined.extend(now);
	Ok(joined)
}

/// The head after these entries, which must follow on `head` without a gap.
fn fold(head: ActivityHead, entries: &[Kept]) -> Result<ActivityHead, Failure> {
	entries.iter().try_fold(head, |head, kept| match kept.entry() {
		Some(entry) if kept.number == head.next => Ok(head.push(&entry)),
		_ => Err(differs()),
	})
}

fn differs() -> Failure {
	let message = "the history does not hash to the chain's head: an entry was changed, left out \
	               or added";
	Failure::unverified("verification_failed", message)
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::summary::ActivityKind;

	fn entries(range: std::ops::Range<u64>) -> Vec<Kept> {
		let entry = |number| ActivityEntry {
			at: number,
			by: Some(H256::repeat_byte(1)),
			relationship: None,
			kind: ActivityKind::RecordPosted(H256::from_low_u64_be(number)),
		};
		range.map(|number| Kept::new(number, &entry(number))).collect()
	}

	fn is_unverified<T>(result: Result<T, Failure>) -> bool {
		result.is_err_and(|failure| failure.exit as u8 == 4)
	}

	#[test]
	fn a_history_hashes_to_the_head_that_the_chain_computes() {
		let expected = entries(0..5)
			.iter()
			.fold(ActivityHead::default(), |head, kept| head.push(&kept.entry().unwrap()));
		assert_eq!(fold(ActivityHead::default(), &entries(0..5)).unwrap(), expected);
		let half = fold(ActivityHead::default(), &entries(0..3)).unwrap();
		assert_eq!(fold(half, &entries(3..5)).unwrap(), expected);
	}

	#[test]
	fn gaps_and_changes_are_noticed() {
		let start = ActivityHead::default();
		assert!(is_unverified(fold(start, &entries(1..3))));
		let mut gap = entries(0..4);
		gap.remove(2);
		assert!(is_unverified(fold(start, &gap)));
		let mut retold = entries(0..2);
		retold[1].text = "nothing happened".into();
		assert!(is_unverified(fold(start, &retold)));
		let mut redated = entries(0..2);
		redated[1].at = 7;
		assert!(is_unverified(fold(start, &redated)));
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
			subject: H256::repeat_byte(1),
			block: BlockRef { number: 1, hash: H256::zero() },
			next: 2,
			hash: H256::zero(),
			complete: true,
			entries: entries(0..2),
		};
		let text = serde_json::to_string(&history).unwrap();
		assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
	}
}
