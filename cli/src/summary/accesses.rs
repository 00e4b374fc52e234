//! `medrec summary accesses`: who saw what, by receipts that verify.

use crate::{
	context::Context,
	directory::Directory,
	failure::Failure,
	query::gatekeeper_of,
	report::{self, count, list, row, section, short, when, Report},
	values,
};
use clap::{Args, ValueHint};
use medrec_client::{chain::{At, Chain, Head}, http::GatekeeperClient};
use medrec_protocol::{keys::Key, receipt::is_signed_by, verify::{check_consistency, check_inclusion}, wire::{Outcome, ReceiptsPage, SignedReceipt}};
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
	summary::Anchor,
	AccountId,
};
use serde_json::{json, Value};
use std::collections::HashMap;

/// `summary accesses`.
#[derive(Debug, Args)]
pub struct Accesses {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// The gatekeeper's address; as the provider's profile says if left out.
	#[arg(long, value_name = "URL", value_parser = values::gatekeeper_url,
		value_hint = ValueHint::Url)]
	pub gatekeeper: Option<String>,
}

/// A receipt, and what came of checking it.
#[derive(Clone, Debug)]
pub struct CheckedReceipt {
	pub signed: SignedReceipt,
	/// Whether it is proven to be in the anchored log. Receipts wait for the next anchor.
	pub anchored: bool,
	/// Why it is not to be believed.
	pub problem: Option<String>,
}

/// The receipts of a relationship, checked.
#[derive(Clone, Debug)]
pub struct CheckedLog {
	pub receipts: Vec<CheckedReceipt>,
	/// The anchor by which they were.
	pub anchor: Option<Anchor>,
	/// Why the log as a whole is not to be believed.
	pub problem: Option<String>,
	/// The final block by which they were.
	pub block: Head,
}

pub(super) async fn run(context: &Context, args: Accesses) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let key = context.unlock()?;
	let checked = read(&chain, args.relationship, key, args.gatekeeper.as_deref()).await?;
	let at = chain.at(checked.block.hash);
	let directory = Directory::new(at, context.me_if_any(&at).await?);
	let report = report(args.relationship, &checked, directory).await?;
	match complaint(&checked) {
		None => Ok(report),
		Some(complaint) => {
			Err(Failure::unverified("verification_failed", complaint).with_report(report))
		},
	}
}

/// Gets the receipts of a relationship from its gatekeeper, and checks each.
pub async fn read(
	chain: &Chain,
	relationship: RelationshipId,
	key: Key,
	said: Option<&str>,
) -> Result<CheckedLog, Failure> {
	let (client, provider) = gatekeeper_of(chain, relationship, key, said).await?;
	let receipts = fetch(&client, relationship).await?;
	// After the receipts, so that as many as possible are anchored.
	let block = chain.finalized().await?;
	let at = chain.at(block.hash);
	let anchors = at.anchors(provider).await?;
	let anchor = anchors.last().map(|(_, anchor)| *anchor);
	let problem = match (anchors.first(), anchor) {
		(Some((_, oldest)), Some(latest)) => is_rewritten(&client, oldest, &latest).await?,
		_ => None,
	};
	let mut checker = Checker { at, client: &client, provider, anchor, devices: HashMap::new() };
	let mut checked = Vec::with_capacity(receipts.len());
	for signed in receipts {
		checked.push(checker.check(relationship, signed).await?);
	}
	Ok(CheckedLog { receipts: checked, anchor, problem, block })
}

async fn fetch(
	client: &GatekeeperClient,
	relationship: RelationshipId,
) -> Result<Vec<SignedReceipt>, Failure> {
	let mut all: Vec<SignedReceipt> = Vec::new();
	let mut after = None;
	loop {
		let ReceiptsPage { receipts, next } = client.receipts(relationship, after).await?;
		for signed in receipts {
			let last = all.last().map(|last| last.receipt.sequence);
			if last.is_some_and(|last| signed.receipt.sequence <= last) {
				let message = "the gatekeeper's receipts are not in the order of their numbers";
				return Err(Failure::unverified("malformed_answer", message));
			}
			all.push(signed);
		}
		match next {
			Some(next) if after.is_none_or(|after| next > after) => after = Some(next),
			Some(_) => {
				let message = "the gatekeeper's pages of receipts never end";
				return Err(Failure::failed("malformed_answer", message));
			},
			None => return Ok(all),
		}
	}
}

/// Why the log of the latest anchor is not one that grew out of the oldest, if so.
async fn is_rewritten(
	client: &GatekeeperClient,
	oldest: &Anchor,
	latest: &Anchor,
) -> Result<Option<String>, Failure> {
	if oldest.size >= latest.size {
		return Ok(None);
	}
	let proof = client.consistency_proof(oldest.size, latest.size).await?.proof;
	let (earlier, later) = ((oldest.size, &oldest.root), (latest.size, &latest.root));
	Ok(check_consistency(earlier, later, &proof).err().map(|error| error.to_string()))
}

/// Checks receipts of one provider's gatekeeper.
struct Checker<'a> {
	at: At<'a>,
	client: &'a GatekeeperClient,
	provider: SubjectId,
	anchor: Option<Anchor>,
	/// The account of each device of the provider; none for what is no such device.
	devices: HashMap<SubjectId, Option<AccountId>>,
}

impl Checker<'_> {
	async fn check(
		&mut self,
		relationship: RelationshipId,
		signed: SignedReceipt,
	) -> Result<CheckedReceipt, Failure> {
		let device = self.device(signed.receipt.gatekeeper).await?;
		let problem = if signed.receipt.relationship != relationship {
			Some("it is of another relationship".to_owned())
		} else {
			match device {
				None => Some("its signer is no device of the provider".to_owned()),
				Some(account) if !is_signed_by(&signed, &account) => {
					Some("the provider's gatekeeper did not sign it".to_owned())
				},
				Some(_) => None,
			}
		};
		let (anchored, missing) = match self.anchor {
			Some(anchor) if signed.receipt.sequence < anchor.size => {
				let sequence = signed.receipt.sequence;
				let proof = self.client.inclusion_proof(sequence, anchor.size).await?.proof;
				match check_inclusion(&signed, anchor.size, &anchor.root, &proof) {
					Ok(()) => (true, None),
					Err(error) => (false, Some(error.to_string())),
				}
			},
			_ => (false, None),
		};
		Ok(CheckedReceipt { signed, anchored, problem: problem.or(missing) })
	}

	async fn device(&mut self, id: SubjectId) -> Result<Option<AccountId>, Failure> {
		if let Some(known) = self.devices.get(&id) {
			return Ok(known.clone());
		}
		let subject = self.at.subject(id).await?;
		let ours = subject.filter(|subject| {
			subject.role == Role::Device && subject.sponsor == Some(self.provider)
		});
		let account = ours.map(|subject| subject.account);
		self.devices.insert(id, account.clone());
		Ok(account)
	}
}

async fn report(
	relationship: RelationshipId,
	checked: &CheckedLog,
	mut directory: Directory<'_>,
) -> Result<Report, Failure> {
	let columns = ["receipt", "when", "who", "record", "purpose", "outcome", "fields", "proof"];
	let mut table = report::table(&columns);
	for one in &checked.receipts {
		let receipt = &one.signed.receipt;
		let fields = match receipt.fields.is_empty() {
			true => "-".to_owned(),
			false => list(&receipt.fields),
		};
		row(
			&mut table,
			[
				receipt.sequence.to_string(),
				when(receipt.at),
				directory.label(receipt.requester).await?,
				short(&receipt.record),
				receipt.purpose.code().to_owned(),
				outcome(receipt.decision).to_owned(),
				fields,
				verdict(one),
			],
		);
	}
	let anchored = match &checked.anchor {
		Some(anchor) => format!(
			"The log is anchored up to receipt {}, since {}; checked at block {}.",
			anchor.size.saturating_sub(1),
			when(anchor.at),
			checked.block.number
		),
		None => "The log is not anchored on the chain yet.".to_owned(),
	};
	let json = json!({
		"relationship": relationship,
		"accesses": checked.receipts.iter().map(receipt_json).collect::<Vec<_>>(),
		"anchor": checked.anchor.map(|anchor| {
			json!({ "size": anchor.size, "root": anchor.root, "at": anchor.at })
		}),
		"log_problem": checked.problem,
		"block": { "number": checked.block.number, "hash": checked.block.hash },
	});
	Ok(Report::new(format!("{}\n{anchored}", section("Accesses", &table)), json))
}

fn receipt_json(one: &CheckedReceipt) -> Value {
	json!({
		"receipt": one.signed,
		"verified": one.problem.is_none(),
		"proven": one.anchored,
		"problem": one.problem,
	})
}

fn outcome(outcome: Outcome) -> &'static str {
	match outcome {
		Outcome::Permit => "served",
		Outcome::Refused(code) => code.as_str(),
	}
}

fn verdict(one: &CheckedReceipt) -> String {
	match (&one.problem, one.anchored) {
		(Some(problem), _) => format!("NOT GENUINE: {problem}"),
		(None, true) => "signed and anchored".to_owned(),
		(None, false) => "signed, not anchored yet".to_owned(),
	}
}

/// What does not verify, if anything does not.
fn complaint(checked: &CheckedLog) -> Option<String> {
	if let Some(problem) = &checked.problem {
		return Some(format!("the gatekeeper's access log was rewritten: {problem}"));
	}
	let bad: Vec<u64> = checked
		.receipts
		.iter()
		.filter(|one| one.problem.is_some())
		.map(|one| one.signed.receipt.sequence)
		.collect();
	(!bad.is_empty()).then(|| {
		format!("{} not genuine: {}", count(bad.len(), "receipt is", "receipts are"), list(bad))
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::query::fixture;
	use medrec_primitives::H256;

	fn log(problem: Option<&str>, anchored: bool) -> CheckedLog {
		let one = CheckedReceipt {
			signed: fixture::asked().saved.receipt,
			anchored,
			problem: problem.map(str::to_owned),
		};
		let block = Head { number: 9, hash: H256::zero(), parent: H256::zero() };
		CheckedLog { receipts: vec![one], anchor: None, problem: None, block }
	}

	#[test]
	fn what_does_not_verify_is_never_told_as_good() {
		let good = log(None, true);
		assert_eq!(verdict(&good.receipts[0]), "signed and anchored");
		assert_eq!(complaint(&good), None);
		assert_eq!(receipt_json(&good.receipts[0])["verified"], true);

		let bad = log(Some("somebody else signed it"), false);
		assert!(verdict(&bad.receipts[0]).starts_with("NOT GENUINE"));
		assert_eq!(complaint(&bad).unwrap(), "1 receipt is not genuine: 3");
		assert_eq!(receipt_json(&bad.receipts[0])["verified"], false);

		let rewritten = CheckedLog { problem: Some("roots differ".into()), ..log(None, true) };
		assert!(complaint(&rewritten).unwrap().contains("rewritten"));
	}

	#[test]
	fn receipts_wait_for_their_anchor() {
		assert_eq!(verdict(&log(None, false).receipts[0]), "signed, not anchored yet");
	}
}
