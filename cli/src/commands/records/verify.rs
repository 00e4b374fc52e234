//! `medrec records verify`: saved answers and notes, against the chain.

use super::note::{matches, read_note, NoteFile};
use crate::{
	answer::SavedAnswer,
	context::Context,
	failure::{Failure, OrNotFound, Result},
	files::read_json,
	output::Output,
	requests::verify_saved,
};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Verify {
	/// An answer, as medrec query --json prints it.
	#[arg(required_unless_present = "note", conflicts_with = "note")]
	answer: Option<PathBuf>,
	/// The salt file of a note of your own.
	#[arg(long, value_name = "FILE", requires = "file")]
	note: Option<PathBuf>,
	/// The note itself.
	#[arg(long, value_name = "FILE", requires = "note")]
	file: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: &Verify) -> Result<Output> {
	match (&args.answer, &args.note, &args.file) {
		(Some(answer), _, _) => verify_answer(context, answer).await,
		(None, Some(note), Some(file)) => verify_note(context, note, file).await,
		_ => Err(Failure::usage("usage", "give an answer, or --note and --file")),
	}
}

async fn verify_answer(context: &Context, path: &Path) -> Result<Output> {
	let saved: SavedAnswer = read_json(path, "an answer that medrec query --json saved")?;
	let session = context.connect().await?;
	let answer = verify_saved(&session.chain, saved).await?;
	Ok(Output::new(&answer, json!({ "verification": answer.verification })))
}

async fn verify_note(context: &Context, note: &Path, file: &Path) -> Result<Output> {
	let kept = NoteFile::read(note)?;
	let differs = |what: &str| Failure::unverified("verification_failed", what);
	if !matches(&read_note(file)?, &kept)? {
		return Err(differs("the note is not the one that was posted with this salt"));
	}
	let session = context.connect().await?;
	let (block, at) = session.finalized().await?;
	let record = at.record(kept.relationship, kept.record).await?;
	let record = record.or_not_found("the final block has no such record (yet)")?;
	let on_chain = (record.commitment, record.pointer.template);
	if on_chain != (kept.commitment, kept.pointer().template) {
		return Err(differs("the chain is committed to another note"));
	}
	let text = format!(
		"Verified at block {}: the note is the record {}, version {}.",
		block.number, kept.record, record.version
	);
	let json = json!({
		"verification": {
			"verified": true,
			"block": block,
			"relationship": kept.relationship,
			"record": kept.record,
			"commitment": kept.commitment,
			"version": record.version,
		},
	});
	Ok(Output::new(text, json))
}
