//! `medrec records verify`: saved answers and notes, against the chain.

use super::note::{matches, read_kept, read_note};
use crate::{
	context::{read_text, Context},
	failure::{Exit, Failure},
	gate,
	party::not_found,
	query::{render, verification, Asked, Saved},
	report::{full, Report},
};
use clap::{Args, ValueHint};
use medrec_client::{chain::{Chain, Head}, check::{CheckError, Checked, check_on_chain}};
use medrec_protocol::{template::template_hash, verify::{ReceiptExpectations, check_answer, check_receipt, check_receipt_of_answer}};
use serde_json::json;
use std::path::{Path, PathBuf};

/// `records verify`.
#[derive(Debug, Args)]
pub struct Verify {
	/// An answer, as medrec query --json prints it.
	#[arg(value_name = "ANSWER", value_hint = ValueHint::FilePath,
		required_unless_present = "note", conflicts_with = "note")]
	pub answer: Option<PathBuf>,
	/// The salt file of a note of your own.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "file")]
	pub note: Option<PathBuf>,
	/// The note itself.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "note")]
	pub file: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: &Verify) -> Result<Report, Failure> {
	match (&args.answer, &args.note, &args.file) {
		(Some(answer), _, _) => verify_answer(context, answer).await,
		(None, Some(note), Some(file)) => verify_note(context, note, file).await,
		_ => Err(Failure::usage("usage", "give an answer, or --note and --file")),
	}
}

async fn verify_answer(context: &Context, path: &Path) -> Result<Report, Failure> {
	let saved: Saved = serde_json::from_str(&read_text(path)?).map_err(|error| {
		let message = format!("{} is no answer as medrec query saves it: {error}", path.display());
		Failure::failed("bad_file", message)
	})?;
	let chain = context.connect().await?;
	// A node that was just started says nothing against an answer that it cannot know of yet.
	let head = gate::until_final(&chain, saved.answer.decided_at.number).await?;
	let checked = check(&chain, head, &saved).await?;
	let at = chain.at(head.hash);
	let latest = at.record(saved.request.relationship, saved.request.record).await?;
	let latest = latest.map_or(checked.record.version, |record| record.version);
	let asked = Asked { saved, checked, latest, sealed: None };
	Ok(Report::new(render(&asked), json!({ "verification": verification(&asked) })))
}

/// Checks a saved answer as of the block at which it was decided. Where the node does not have the
/// state of that block any more, it is checked as of the final head, which is as good as long as
/// the record has not been amended and the gatekeeper is the same.
async fn check(chain: &Chain, head: Head, saved: &Saved) -> Result<Checked, Failure> {
	let Saved { request, request_hash, requester, answer, receipt } = saved;
	match check_on_chain(chain, request, *request_hash, *requester, answer, receipt).await {
		Ok(checked) => return Ok(checked),
		// Rpc errors tell of a state that is gone.
		Err(CheckError::Chain(error)) => {
			let failure = Failure::from(error);
			if failure.exit == Exit::Unreachable {
				return Err(failure);
			}
		},
		Err(error) => return Err(error.into()),
	}
	let at = chain.at(head.hash);
	let gone = |what: &str| {
		let message = format!(
			"the node does not have the state of block {} any more, and {what} since; verify \
			 with a node that keeps all states",
			answer.decided_at.number
		);
		Failure::unverified("state_gone", message)
	};
	let relationship = at.relationship(request.relationship).await?;
	let provider = relationship.ok_or_else(|| not_found("the chain has no such relationship"))?;
	let provider = provider.provider;
	let record = at.record(request.relationship, request.record).await?;
	let record = record.ok_or_else(|| not_found("the relationship has no such record"))?;
	if record.version != answer.version {
		return Err(gone("the record was amended"));
	}
	check_answer(request, answer, &record)?;
	let profile = at.profile(provider).await?;
	let device = profile.and_then(|profile| profile.gatekeeper).map(|found| found.device);
	let Some(device) = device.filter(|device| *device == receipt.receipt.gatekeeper) else {
		return Err(gone("the provider has changed its gatekeeper"));
	};
	let subject = at.subject(device).await?;
	let account = subject.ok_or_else(|| not_found("there is no such gatekeeper"))?.account;
	let expected = ReceiptExpectations {
		request,
		request_hash: *request_hash,
		requester: *requester,
		gatekeeper: device,
		account: &account,
	};
	check_receipt(receipt, &expected)?;
	check_receipt_of_answer(receipt, answer)?;
	Ok(Checked { provider, record })
}

async fn verify_note(context: &Context, note: &Path, file: &Path) -> Result<Report, Failure> {
	let kept = read_kept(note)?;
	let differs = |what: &str| Failure::unverified("verification_failed", what);
	if !matches(&read_note(file)?, &kept)? {
		return Err(differs("the note is not the one that was posted with this salt"));
	}
	let chain = context.connect().await?;
	let head = chain.finalized().await?;
	let record = chain.at(head.hash).record(kept.relationship, kept.record).await?;
	let record = record.ok_or_else(|| not_found("the final chain has no such record (yet)"))?;
	let template = template_hash(&kept.template.public, kept.template.private);
	if (record.commitment, record.pointer.template) != (kept.commitment, template) {
		return Err(differs("the chain is committed to another note"));
	}
	let text = format!(
		"Verified at block {}: the note is the record {}, version {}.",
		head.number,
		full(&kept.record),
		record.version
	);
	let json = json!({
		"verification": {
			"verified": true,
			"block": { "number": head.number, "hash": head.hash },
			"relationship": kept.relationship,
			"record": kept.record,
			"commitment": kept.commitment,
			"version": record.version,
		},
	});
	Ok(Report::new(text, json))
}
