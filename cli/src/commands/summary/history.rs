//! `medrec summary history`: the whole history of a subject, proven against the head on the chain.

mod file;
mod report;

pub(super) use report::{ExportReport, HistoryVerified};

use crate::{
	activity::Describer,
	context::{Context, Whose},
	failure::{Exit, Failure, Result},
	files,
	output::Output,
	style::Style,
};
use clap::{Args, Subcommand};
use file::{differs, Exported, History, Numbered};
use medrec_client::chain::Chain;
use medrec_primitives::summary::ActivityHead;
use medrec_protocol::wire::BlockRef;
use report::HistoryWritten;
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
	/// Write the history to this new file; by default to the standard output, which must then be a
	/// file or a pipe.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::Export(args) => export(context, args).await,
		Command::Verify { file } => verify(context, &file).await,
	}
}

async fn export(context: &Context, args: Export) -> Result<Output> {
	match &args.out {
		Some(file) => files::check_new(file)?,
		None => ensure_not_at_terminal(context.globals.json, &context.style())?,
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

/// An export is a file: its lines are longer than those of a terminal.
fn ensure_not_at_terminal(json: bool, style: &Style) -> Result<()> {
	match style.width.is_some() && !json {
		true => {
			let message = "an export is a file: name it with --out; medrec summary activity shows \
			               your history";
			Err(Failure::usage("no_file", message))
		},
		false => Ok(()),
	}
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
	let exported_at_verified = is_of_its_block(&session.chain, &history).await?;
	let mut describer = Describer::new(&session, at, history.subject).await?;
	let mut activity = Vec::with_capacity(entries.len());
	for (number, entry) in &entries {
		activity.push(describer.view(*number, entry).await?);
	}
	Ok(Output::of(&HistoryVerified {
		verified: true,
		subject: history.subject,
		subject_name: describer.directory().name(history.subject).await?,
		entries: entries.len(),
		activity,
		exported_at: history.block,
		exported_at_verified,
		since: since.len(),
		hash: head.hash,
		block: block.into(),
		node: context.globals.node.clone(),
	}))
}

/// Whether the history was as exported at the block that the export names. False if the node has discarded
/// the state of that block, so that only the block itself is verified.
async fn is_of_its_block(chain: &Chain, history: &History) -> Result<bool> {
	let BlockRef { number, hash } = history.block;
	let wrong = |what: &str| {
		let message = format!("the export names the block {number}, {what}");
		Err(Failure::unverified("verification_failed", message))
	};
	if chain.hash_of(number).await? != Some(hash) {
		return wrong("and the chain has another block of this number");
	}
	let exported = ActivityHead { next: history.next, hash: history.hash };
	match chain.at(hash).activity_head(history.subject).await {
		Ok(head) if head == exported => Ok(true),
		Ok(_) => wrong("at which the history had another number of entries"),
		Err(error) => {
			let failure = Failure::from(error);
			match failure.exit == Exit::Unreachable {
				true => Err(failure),
				// The RPC error of a discarded state.
				false => Ok(false),
			}
		},
	}
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

#[cfg(test)]
mod tests {
	use super::*;
	use file::fixture::{entries, is_unverified};

	#[test]
	fn a_history_hashes_to_the_head_that_the_chain_computes() {
		let expected =
			entries(0..5).iter().fold(ActivityHead::default(), |head, (_, entry)| head.push(entry));
		assert_eq!(fold(ActivityHead::default(), &entries(0..5)).unwrap(), expected);
		let half = fold(ActivityHead::default(), &entries(0..3)).unwrap();
		assert_eq!(fold(half, &entries(3..5)).unwrap(), expected);
	}

	#[test]
	fn gaps_are_detected() {
		let start = ActivityHead::default();
		assert!(is_unverified(fold(start, &entries(1..3))));
		let mut gap = entries(0..4);
		gap.remove(2);
		assert!(is_unverified(fold(start, &gap)));
	}

	#[test]
	fn an_export_does_not_go_to_a_terminal_as_text() {
		let terminal = Style::terminal(0);
		let failure = ensure_not_at_terminal(false, &terminal).unwrap_err();
		assert_eq!((failure.exit, &*failure.code), (Exit::Usage, "no_file"));
		assert!(ensure_not_at_terminal(true, &terminal).is_ok());
		assert!(ensure_not_at_terminal(false, &Style::PIPE).is_ok());
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
}
