//! `medrec summary accesses`: who read what, why, and with which outcome.

use crate::{
	access_log::{self, CheckedLog, CheckedReceipt},
	activity::Describer,
	answer::trust,
	context::{self, Context, Session},
	failure::{Failure, Result},
	gatekeeper::{self, Url},
	output::{Output, Report},
	page::{Cell, Page},
	parse::RelationshipRef,
	purpose,
	text::{count, list, when},
};
use clap::Args;
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};
use medrec_protocol::wire::{AnchoredHead, BlockRef};
use serde::Serialize;
use std::time::{Duration, Instant};

/// The time between two looks for an anchor.
const INTERVAL: Duration = Duration::from_secs(2);

/// The longest wait for anchors.
const TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Debug, Args)]
pub struct Accesses {
	/// The relationship, or its other party; by default all.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
	/// List your own requests one by one too.
	#[arg(long)]
	own: bool,
	/// Wait until every receipt is anchored.
	#[arg(long)]
	anchored: bool,
	#[command(flatten)]
	gatekeeper: Url,
}

/// The requests for records, by the gatekeepers' receipts.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct AccessesReport {
	/// The requests, those of each relationship in the order of the log.
	accesses: Vec<AccessView>,
	/// The logs from which they are, one for each relationship.
	logs: Vec<AccessLogView>,
	/// The node on whose word of the chain the verification relies.
	node: String,
	/// Whether the text lists the user's own requests one by one.
	#[serde(skip)]
	own: bool,
}

/// A request for a record, by the gatekeeper's receipt.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct AccessView {
	#[serde(flatten)]
	checked: CheckedReceipt,
	/// The name of the requester.
	requester_name: String,
	/// What kind of record it is, as `Laboratory result`; none if the catalogue is not known.
	record_name: Option<String>,
	/// The purpose in words.
	purpose_name: String,
	/// The names of the disclosed fields, in the order of the receipt.
	field_names: Vec<String>,
	/// Whether the user sent the request.
	is_own: bool,
}

/// The access log of a relationship.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct AccessLogView {
	/// The relationship.
	relationship: RelationshipId,
	/// The provider whose gatekeeper keeps the log.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// The latest anchor at the final block; none if the log has no anchor yet.
	anchor: Option<AnchoredHead>,
	/// The reason why the log as a whole does not verify.
	log_problem: Option<String>,
	/// The final block, by whose state the receipts are verified.
	block: BlockRef,
}

impl AccessView {
	/// The record and its fields in words.
	fn what(&self) -> String {
		let record = self.checked.receipt.receipt.record;
		let title = self.record_name.as_deref().unwrap_or("record");
		match self.field_names.len() {
			0 => format!("{title} {record}"),
			_ => format!("{title} {record}: {}", list(&self.field_names, "")),
		}
	}
}

impl AccessesReport {
	/// The requests of one relationship that the text lists one by one.
	fn listed<'a>(&'a self, log: &'a AccessLogView) -> impl Iterator<Item = &'a AccessView> {
		let of_log = self.of(log);
		of_log.filter(|access| self.own || !access.is_own || !access.checked.verified)
	}

	fn of<'a>(&'a self, log: &'a AccessLogView) -> impl Iterator<Item = &'a AccessView> {
		let is_of =
			|access: &&AccessView| access.checked.receipt.receipt.relationship == log.relationship;
		self.accesses.iter().filter(is_of)
	}

	/// The requests of the user that the text does not list, in one line.
	fn left_out(&self, log: &AccessLogView) -> Option<String> {
		let own = self.of(log).filter(|access| access.is_own && access.checked.verified);
		let own = Vec::from_iter(own.map(|access| access.checked.receipt.receipt.at));
		let last = own.iter().max().filter(|_| !self.own)?;
		let number = count(own.len(), "request", "requests");
		Some(format!(
			"{number} of your own, the last at {}; --own lists them one by one.",
			when(*last)
		))
	}
}

impl Report for AccessesReport {
	fn page(&self) -> Page {
		let mut page = Page::default();
		for log in &self.logs {
			let rows = self.listed(log).map(|access| {
				let receipt = &access.checked.receipt.receipt;
				[
					Cell::time(receipt.at),
					Cell::words(&access.requester_name),
					Cell::words(access.what()),
					Cell::words(&access.purpose_name),
					Cell::words(access.checked.outcome()),
				]
			});
			let title = format!("Accesses at {}", log.provider_name);
			page = page.table(title, ["when", "who", "what", "why", "outcome"], rows);
			page = page.maybe_line(self.left_out(log));
			page = match &log.anchor {
				Some(anchor) => page.line(format!(
					"Anchored: the first {} of the log of {}, since {}; compared at the final block {}.",
					count(anchor.size, "receipt", "receipts"),
					log.provider_name,
					when(anchor.at),
					log.block.number
				)),
				None => page.line("No receipt of this log is anchored yet."),
			};
			if let Some(problem) = &log.log_problem {
				page = page.alert(format!("NOT VERIFIED: {problem}."));
			}
		}
		if self.logs.is_empty() {
			return page;
		}
		let is_signed =
			|access: &AccessView| access.checked.verified && access.checked.signer_known;
		let all_signed = self.accesses.iter().all(is_signed);
		let which = if all_signed { "Each receipt" } else { "Each other receipt" };
		page.line(format!(
			"{which} is signed by the provider's gatekeeper, which states who asked for what and when. \
			 One that is anchored cannot have been changed since. The list is not proven to be complete: \
			 a gatekeeper can leave out a receipt, or not log a request."
		))
		.line(trust(&self.node))
	}
}

pub(super) async fn run(context: &Context, args: Accesses) -> Result<Output> {
	let session = context.connect().await?;
	let which = session.with_records(args.relationship.as_ref()).await?;
	if which.is_empty() {
		return Err(Failure::not_found(
			"you have no relationship whose records could have been read; medrec summary show lists \
			 your relationships",
		));
	}
	// The password is asked for before gatekeepers are.
	context.key()?;
	let (mut logs, mut failed) = (Vec::new(), None);
	for relationship in which {
		match read(&session, relationship, &args).await {
			Ok(log) => logs.push(log),
			Err(failure) if args.relationship.is_some() => return Err(failure),
			// The others are shown all the same.
			Err(failure) => {
				failed.get_or_insert((relationship, failure));
			},
		}
	}
	let problem = logs.iter().find_map(CheckedLog::problem);
	let output = Output::of(&report(&session, logs, args.own).await?);
	let failure = match (problem, failed) {
		(None, None) => return Ok(output),
		(Some(problem), _) => Failure::unverified("verification_failed", problem),
		(None, Some((relationship, failure))) => {
			let provider = context::relationship(session.at(), relationship).await?.provider;
			let name = session.directory().await?.name(provider).await?;
			let message =
				format!("{} shows no accesses: {}", gatekeeper::of(&name), failure.message);
			Failure::new(failure.exit, failure.code, message)
		},
	};
	Err(Failure { output: Some(output), ..failure })
}

/// The log of a relationship; if it is asked for, as soon as all receipts are anchored.
async fn read(
	session: &Session<'_>,
	relationship: RelationshipId,
	args: &Accesses,
) -> Result<CheckedLog> {
	let log = access_log::read(session, relationship, &args.gatekeeper).await?;
	if !args.anchored || !waits(&log) {
		return Ok(log);
	}
	let name = session.directory().await?.name(log.provider).await?;
	let text = format!("Waiting until {} has anchored the last receipts.", gatekeeper::of(&name));
	let anchored = until_anchored(session, relationship, &args.gatekeeper);
	session.context.explained(&text, anchored).await
}

/// Whether the next anchor may prove more. It proves nothing of a log that is not the anchored one.
fn waits(log: &CheckedLog) -> bool {
	let is_new = |access: &CheckedReceipt| access.verified && !access.proven;
	log.log_problem.is_none() && log.accesses.iter().any(is_new)
}

async fn until_anchored(
	session: &Session<'_>,
	relationship: RelationshipId,
	url: &Url,
) -> Result<CheckedLog> {
	let start = Instant::now();
	loop {
		tokio::time::sleep(INTERVAL).await;
		let log = access_log::read(session, relationship, url).await?;
		if !waits(&log) {
			return Ok(log);
		}
		if start.elapsed() > TIMEOUT {
			let message =
				"the gatekeeper has not anchored its log for ten minutes; medrec chain status \
			               shows whether the chain continues";
			return Err(Failure::failed("not_anchored", message));
		}
	}
}

async fn report(
	session: &Session<'_>,
	checked: Vec<CheckedLog>,
	own: bool,
) -> Result<AccessesReport> {
	let me = session.me_if_any(session.at()).await?;
	let (mut accesses, mut logs) = (Vec::new(), Vec::new());
	for log in checked {
		let at = session.chain.at(log.block.hash);
		let mut describer = Describer::new(session, at, log.provider).await?;
		for checked in log.accesses {
			let receipt = &checked.receipt.receipt;
			let (relationship, record) = (log.relationship, receipt.record);
			accesses.push(AccessView {
				requester_name: describer.directory().name(receipt.requester).await?,
				record_name: describer.title(relationship, record).await?,
				purpose_name: purpose::words(receipt.purpose).to_owned(),
				field_names: describer.fields(relationship, record, &receipt.fields).await?,
				is_own: me == Some(receipt.requester),
				checked,
			});
		}
		logs.push(AccessLogView {
			relationship: log.relationship,
			provider: log.provider,
			provider_name: describer.directory().name(log.provider).await?,
			anchor: log.anchor,
			log_problem: log.log_problem,
			block: log.block,
		});
	}
	let node = session.context.globals.node.clone();
	Ok(AccessesReport { accesses, logs, node, own })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{access_log::fixture::receipt, style::Style};
	use medrec_primitives::H256;

	fn access(is_own: bool, problem: Option<&str>) -> AccessView {
		let checked = CheckedReceipt::new(receipt(), problem.is_none(), problem.map(str::to_owned));
		AccessView {
			checked,
			requester_name: if is_own { "you" } else { "dr-weber" }.to_owned(),
			record_name: Some("Laboratory result".to_owned()),
			purpose_name: "treatment".to_owned(),
			field_names: vec!["Value".to_owned(), "Unit".to_owned()],
			is_own,
		}
	}

	fn page(accesses: Vec<AccessView>, own: bool) -> String {
		let log = AccessLogView {
			relationship: receipt().receipt.relationship,
			provider: SubjectId::repeat_byte(5),
			provider_name: "hospital-a".to_owned(),
			anchor: None,
			log_problem: None,
			block: BlockRef { number: 9, hash: H256::zero() },
		};
		report(accesses, vec![log], own)
	}

	fn report(accesses: Vec<AccessView>, logs: Vec<AccessLogView>, own: bool) -> String {
		let report = AccessesReport { accesses, logs, node: "ws://127.0.0.1:9944".into(), own };
		let style = Style::terminal(90_000);
		let text = report.page().render(&style);
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
		text
	}

	#[test]
	fn an_access_says_who_read_what_and_why() {
		let text = page(vec![access(false, None)], false);
		for part in ["dr-weber", "Laboratory", "Value,", "Unit", "treatment", "served", "1 min ago"]
		{
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert!(!text.contains("--own"), "{text}");
	}

	#[test]
	fn own_requests_are_one_line_unless_they_are_asked_for() {
		let accesses = vec![access(true, None), access(true, None)];
		let text = page(accesses.clone(), false);
		assert!(text.starts_with("Accesses at hospital-a: none\n2 requests of your own"), "{text}");
		let all = page(accesses, true);
		assert!(all.contains("treatment") && !all.contains("--own"), "{all}");
	}

	#[test]
	fn a_receipt_that_is_not_genuine_is_never_left_out() {
		let text = page(vec![access(true, Some("another key signed it"))], false);
		assert!(text.contains("NOT GENUINE") && text.contains("Each other receipt"), "{text}");
	}

	#[test]
	fn a_receipt_whose_signer_is_not_known_is_not_called_signed() {
		let mut access = access(false, None);
		access.checked.signer_known = false;
		let text = page(vec![access], false);
		assert!(text.contains("signer not") && text.contains("Each other receipt"), "{text}");
	}

	#[test]
	fn a_list_is_not_said_to_be_complete() {
		let text = page(Vec::new(), false);
		let text = Vec::from_iter(text.split_whitespace()).join(" ");
		for part in ["The list is not proven to be complete", "the node ws://127.0.0.1:9944"] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert_eq!(report(Vec::new(), Vec::new(), false), "", "nothing is claimed of no log");
	}
}
