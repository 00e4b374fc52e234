//! `medrec records verify`: saved answers and notes, against the chain.

use super::note::{matches, read_note, NoteFile};
use crate::{
	answer::{trust, AnswerVerification, SavedAnswer, VerifiedAnswer},
	context::{self, Context, Session},
	failure::{Failure, OrNotFound, Result},
	files::read_json,
	output::{Output, Report},
	page::{Cell, Page},
	requests::{check_saved, describe, is_unverified, Pace},
	text::{count, when},
};
use clap::Args;
use medrec_primitives::{
	identity::SubjectId,
	record::{Commitment, RecordId},
	relationship::RelationshipId,
	Moment,
};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Verify {
	/// A file with answers, from medrec query --save or --json.
	#[arg(required_unless_present = "note", conflicts_with = "note")]
	answer: Option<PathBuf>,
	/// The salt file of a note of your own.
	#[arg(long, value_name = "FILE", requires = "file")]
	note: Option<PathBuf>,
	/// The note itself.
	#[arg(long, value_name = "FILE", requires = "note")]
	file: Option<PathBuf>,
}

/// What a verification prints.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "there is one value")]
pub(super) enum VerifyReport {
	/// The verification of one saved answer.
	Answer {
		/// What is proven.
		verification: AnswerVerification,
		#[serde(skip)]
		answer: Box<VerifiedAnswer>,
	},
	/// The verification of several saved answers.
	Answers {
		/// The result of each, in the order of the file.
		verifications: Vec<AnswerResult>,
		/// The node whose word is taken for what is on chain.
		node: String,
	},
	/// The verification of a note.
	Note {
		/// What is proven.
		verification: NoteVerification,
	},
}

/// The verification of one of several answers.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct AnswerResult {
	/// The record.
	record: RecordId,
	/// What is proven; none if the answer does not verify.
	verification: Option<AnswerVerification>,
	/// The answer in one line; none if it does not verify.
	line: Option<String>,
	/// The reason why the answer does not verify.
	problem: Option<String>,
}

/// What is proven of a note.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct NoteVerification {
	/// True: a note that does not verify is an error.
	verified: bool,
	/// The final block.
	block: BlockRef,
	/// The relationship of the note.
	relationship: RelationshipId,
	/// The record of the note.
	record: RecordId,
	/// The subject that posted the note.
	author: SubjectId,
	/// The name of the author.
	author_name: String,
	/// The commitment on chain.
	commitment: Commitment,
	/// The version of the note.
	version: u32,
	/// The time at which this version was posted, in Unix milliseconds.
	posted_at: Moment,
	/// The node whose word is taken for what is on chain.
	node: String,
}

impl Report for VerifyReport {
	fn page(&self) -> Page {
		match self {
			VerifyReport::Answer { answer, .. } => answer.page(),
			VerifyReport::Answers { verifications, node } => answers_page(verifications, node),
			VerifyReport::Note { verification } => verification.page(),
		}
	}
}

fn answers_page(results: &[AnswerResult], node: &str) -> Page {
	let rows = results.iter().map(|result| {
		let (asked, log, access) = match &result.verification {
			Some(AnswerVerification { requester_name, purpose_name, at, log, access, .. }) => (
				format!("{requester_name}, for {purpose_name}, {}", when(*at)),
				log.word(),
				if access.permitted { "still permitted" } else { "not permitted now" },
			),
			None => ("-".to_owned(), "-", "DOES NOT VERIFY"),
		};
		let what = result.line.as_ref().or(result.problem.as_ref());
		[
			Cell::id(result.record),
			Cell::words(what.map_or("-", String::as_str)),
			Cell::words(asked),
			Cell::word(log),
			Cell::words(access),
		]
	});
	let columns = ["record", "what", "requested by", "in the log", "now"];
	let page = Page::default().table("Saved answers", columns, rows);
	let good = results.iter().filter_map(|result| result.verification.as_ref());
	let page = page.line(format!(
		"{} of {}: fields with names and values of versions of records to which providers committed on \
		 chain, and requests that their gatekeepers signed.",
		good.clone().filter(|proven| proven.verified).count(),
		count(results.len(), "answer is verified", "answers are verified")
	));
	let missing = good.clone().filter(|proven| proven.log.contradicts()).count();
	let page = match missing {
		0 => page,
		missing => page.alert(format!(
			"{} NOT in the access log that the provider anchored on chain, where its number belongs.",
			count(missing, "receipt is", "receipts are")
		)),
	};
	let changed = good.filter(|proven| proven.latest_version != Some(proven.version)).count();
	let page = match changed {
		0 => page,
		changed => page.line(format!(
			"{} amended since.",
			count(changed, "of the records was", "of the records were")
		)),
	};
	page.line(trust(node))
}

impl NoteVerification {
	fn page(&self) -> Page {
		Page::of(format!(
			"Verified: the note is version {} of the record {}, to which {} committed on chain on {} \
			 (as of block {}, which is final).",
			self.version,
			self.record,
			self.author_name,
			when(self.posted_at),
			self.block.number
		))
		.line(trust(&self.node))
	}
}

pub(super) async fn run(context: &Context, args: &Verify) -> Result<Output> {
	match (&args.answer, &args.note, &args.file) {
		(Some(answer), _, _) => {
			const KIND: &str = "a file with answers; give a file that medrec query --save wrote";
			match read_json(answer, KIND)? {
				Value::Array(_) => verify_answers(context, read_json(answer, KIND)?).await,
				_ => verify_answer(context, read_json(answer, KIND)?).await,
			}
		},
		(None, Some(note), Some(file)) => verify_note(context, note, file).await,
		_ => Err(Failure::usage("usage", "give an answer, or --note and --file")),
	}
}

async fn verify(session: &Session<'_>, saved: SavedAnswer, pace: &Pace) -> Result<VerifiedAnswer> {
	describe(session, check_saved(session, saved).await?, None, pace).await
}

async fn verify_answer(context: &Context, saved: SavedAnswer) -> Result<Output> {
	let session = context.connect().await?;
	session.catch_up([saved.answer.decided_at.number]).await?;
	let answer = verify(&session, saved, &Pace::new(session.context)).await?;
	let verification = answer.verification.clone();
	let problem = verification.problem();
	let report = VerifyReport::Answer { verification, answer: Box::new(answer) };
	finish(&report, problem)
}

async fn verify_answers(context: &Context, saved: Vec<SavedAnswer>) -> Result<Output> {
	if saved.is_empty() {
		return Err(Failure::failed("bad_file", "the file has no answers"));
	}
	let session = context.connect().await?;
	// Once for all: a node that has just started may be behind the blocks of the decisions.
	session.catch_up(saved.iter().map(|saved| saved.answer.decided_at.number)).await?;
	let (mut verifications, mut problem) = (Vec::with_capacity(saved.len()), None);
	let pace = Pace::new(session.context);
	for saved in saved {
		let (record, line) = (saved.request.record, saved.answer.line().to_string());
		let result = match verify(&session, saved, &pace).await {
			Ok(answer) => {
				let title = answer.verification.title.clone();
				let line = Some(line).filter(|line| !line.is_empty()).unwrap_or(title);
				problem = problem.or(answer.verification.problem());
				let verification = Some(answer.verification);
				AnswerResult { record, verification, line: Some(line), problem: None }
			},
			Err(failure) if is_unverified(&failure) => {
				let text = failure.to_string();
				problem = problem.or(Some(failure));
				AnswerResult { record, verification: None, line: None, problem: Some(text) }
			},
			Err(failure) => return Err(failure),
		};
		verifications.push(result);
	}
	let node = context.globals.node.clone();
	finish(&VerifyReport::Answers { verifications, node }, problem)
}

fn finish(report: &VerifyReport, problem: Option<Failure>) -> Result<Output> {
	let output = Output::of(report);
	match problem {
		None => Ok(output),
		Some(failure) => Err(Failure { output: Some(output), ..failure }),
	}
}

async fn verify_note(context: &Context, note: &Path, file: &Path) -> Result<Output> {
	let kept = NoteFile::read(note)?;
	let differs = |what: &str| Failure::unverified("verification_failed", what);
	if !matches(&read_note(file)?, &kept)? {
		return Err(differs(
			"the note is not the one that was posted with this salt; compare the files of both",
		));
	}
	let session = context.connect().await?;
	let (block, at) = session.finalized().await?;
	context::relationship(at, kept.relationship).await?;
	let record = at.record(kept.relationship, kept.record).await?;
	let record = record.or_not_found("the final block has no such record (yet)")?;
	let on_chain = (record.commitment, record.pointer.template);
	if on_chain != (kept.commitment, kept.pointer().template) {
		return Err(differs(&format!(
			"the chain is committed to another note: version {} of the record, posted on {}; if you \
			 amended the note, verify with the salt file of that version",
			record.version,
			when(record.posted_at)
		)));
	}
	let verification = NoteVerification {
		verified: true,
		block,
		relationship: kept.relationship,
		record: kept.record,
		author: record.author,
		author_name: session.directory_at(block.hash).await?.name(record.author).await?,
		commitment: kept.commitment,
		version: record.version,
		posted_at: record.posted_at,
		node: context.globals.node.clone(),
	};
	Ok(Output::of(&VerifyReport::Note { verification }))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::answer::{fixture::verification, ReceiptLog};

	#[test]
	fn several_answers_say_whether_their_receipts_are_in_the_log() {
		let missing = ReceiptLog::Missing { reason: "the proof leads to another root".into() };
		let logs = [ReceiptLog::Anchored { at: 1000 }, ReceiptLog::NotYet, missing];
		let mut results = Vec::from_iter(logs.map(|log| {
			let verified = !log.contradicts();
			let verification = AnswerVerification { log, verified, ..verification() };
			let (record, line) = (verification.record, Some("Glucose 5.4 mmol/L".into()));
			AnswerResult { record, verification: Some(verification), line, problem: None }
		}));
		let page = answers_page(&results, "ws://127.0.0.1:9944");
		let words =
			["in the log", "  yes  ", "  not yet  ", "  NO  ", "2 of 3 answers are verified"];
		page.shows(&words);
		page.shows(&[
			"1 receipt is NOT in the access log",
			"the word of the node ws://127.0.0.1:9944",
		]);
		results.truncate(2);
		let text = answers_page(&results, "ws://127.0.0.1:9944").shows(&["2 of 2 answers"]);
		assert!(!text.contains("NO"), "{text}");
	}
}
