//! Receipts of a gatekeeper's access log, verified against the chain.

use crate::{
	context::{self, Session},
	failure::{Failure, Result},
	gatekeeper::{self, Url},
	text::{count, list},
};
use medrec_client::{chain::At, http::GatekeeperClient};
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
	summary::LogAnchor,
	AccountId,
};
use medrec_protocol::{
	receipt::is_signed_by,
	verify::{check_consistency, check_inclusion},
	wire::{
		AnchoredHead, BlockRef, LoggedReceipt, Outcome, ReceiptsPage, ReceiptsQuery, SignedReceipt,
		MAX_RECEIPTS,
	},
};
use serde::Serialize;
use std::collections::HashMap;

/// The most receipts of one relationship that are read. A gatekeeper could send pages without end.
const MAX_LOG: usize = 1_000_000;

/// A receipt and the result of its verification.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct CheckedReceipt {
	/// The receipt.
	pub receipt: SignedReceipt,
	/// Whether the provider's gatekeeper signed it, and the log holds it if the anchor covers it.
	pub verified: bool,
	/// Whether the receipt is proven to be in the anchored log. A new receipt waits for the next
	/// anchor.
	pub proven: bool,
	/// The reason why the receipt does not verify.
	pub problem: Option<String>,
}

impl CheckedReceipt {
	pub fn new(receipt: SignedReceipt, proven: bool, problem: Option<String>) -> CheckedReceipt {
		CheckedReceipt { receipt, verified: problem.is_none(), proven, problem }
	}

	/// The outcome of the request and the result of the verification, in words.
	pub fn outcome(&self) -> String {
		let outcome = match self.receipt.receipt.decision {
			Outcome::Permit => "served".to_owned(),
			Outcome::Refused(code) => format!("refused: {}", code.as_str().replace('_', " ")),
		};
		match (&self.problem, self.proven) {
			(Some(problem), _) => format!("NOT GENUINE: {problem}"),
			(None, true) => outcome,
			(None, false) => format!("{outcome}; not anchored yet"),
		}
	}
}

/// The receipts of a relationship.
#[derive(Clone, Debug)]
pub struct CheckedLog {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Its provider.
	pub provider: SubjectId,
	/// The receipts in the order of the log.
	pub accesses: Vec<CheckedReceipt>,
	/// The latest anchor at the final block.
	pub anchor: Option<AnchoredHead>,
	/// The reason why the log as a whole does not verify.
	pub log_problem: Option<String>,
	/// The final block.
	pub block: BlockRef,
}

impl CheckedLog {
	/// What does not verify.
	pub fn problem(&self) -> Option<String> {
		if let Some(problem) = &self.log_problem {
			return Some(format!("the gatekeeper's access log was rewritten: {problem}"));
		}
		let bad = self.accesses.iter().filter(|access| !access.verified);
		let bad: Vec<u64> = bad.map(|access| access.receipt.receipt.sequence).collect();
		let number = count(bad.len(), "receipt is", "receipts are");
		(!bad.is_empty()).then(|| format!("{number} not genuine: {}", list(bad, "")))
	}
}

/// Fetches the receipts of a relationship from its gatekeeper and verifies each.
pub async fn read(
	session: &Session<'_>,
	relationship: RelationshipId,
	url: &Url,
) -> Result<CheckedLog> {
	let (_, at) = session.finalized().await?;
	let provider = context::relationship(at, relationship).await?.provider;
	let client = &gatekeeper::client(session, at, provider, url).await?;
	let (block, at) = session.finalized().await?;
	let anchors = at.anchors(provider).await?;
	let head =
		|&(_, LogAnchor { size, root, at }): &(u64, LogAnchor)| AnchoredHead { size, root, at };
	let (oldest, anchor) = (anchors.first().map(head), anchors.last().map(head));
	let size = anchor.map(|anchor| anchor.size);
	let receipts = fetch(client, relationship, None, size).await?;
	let log_problem = match oldest.zip(anchor) {
		Some((oldest, latest)) => rewrite(client, oldest, latest).await?,
		None => None,
	};
	let checker = Checker { at, relationship, provider, anchor, devices: HashMap::new() };
	let accesses = checker.check_all(receipts).await?;
	Ok(CheckedLog { relationship, provider, accesses, anchor, log_problem, block })
}

/// The receipts after this number, those of the log of `size` receipts with their proofs.
async fn fetch(
	client: &GatekeeperClient,
	relationship: RelationshipId,
	mut after: Option<u64>,
	size: Option<u64>,
) -> Result<Vec<LoggedReceipt>> {
	let mut all: Vec<LoggedReceipt> = Vec::new();
	loop {
		let query = ReceiptsQuery { relationship, after, size };
		let page = client.receipts(&query).await?;
		check_page(&page, after)?;
		all.extend(page.receipts);
		if all.len() > MAX_LOG {
			let message = format!("the gatekeeper sent more than {MAX_LOG} receipts");
			return Err(Failure::failed("malformed_answer", message));
		}
		match page.next {
			Some(next) => after = Some(next),
			None => return Ok(all),
		}
	}
}

/// Checks that a page of receipts continues after a number, is not too long, and names its last receipt as
/// the one after which the next page continues.
fn check_page(page: &ReceiptsPage, after: Option<u64>) -> Result<()> {
	let sequences = page.receipts.iter().map(|logged| logged.signed.receipt.sequence);
	let sequences = Vec::from_iter(after.into_iter().chain(sequences));
	if !sequences.is_sorted_by(|one, other| one < other) {
		let message = "the receipts are not in the order of their sequence numbers";
		return Err(Failure::unverified("malformed_answer", message));
	}
	let is_long = page.receipts.len() > MAX_RECEIPTS as usize;
	let last = page.receipts.last().map(|logged| logged.signed.receipt.sequence);
	if is_long || page.next.is_some_and(|next| Some(next) != last) {
		let message = "the gatekeeper's pages of receipts are not as documented";
		return Err(Failure::failed("malformed_answer", message));
	}
	Ok(())
}

/// The reason why the log of the oldest anchor is not a prefix of that of the latest, if it is not.
async fn rewrite(
	client: &GatekeeperClient,
	oldest: AnchoredHead,
	latest: AnchoredHead,
) -> Result<Option<String>> {
	if oldest.size >= latest.size {
		return Ok(None);
	}
	let proof = client.consistency_proof(oldest.size, latest.size).await?.proof;
	let (earlier, later) = ((oldest.size, oldest.root), (latest.size, latest.root));
	Ok(check_consistency(earlier, later, &proof).err().map(|error| error.to_string()))
}

/// The new receipts of a relationship, as they come.
pub struct Follower {
	relationship: RelationshipId,
	provider: SubjectId,
	client: GatekeeperClient,
	/// The number of the last receipt.
	last: Option<u64>,
}

impl Follower {
	/// Follows the receipts after those that there are now.
	pub async fn start(
		session: &Session<'_>,
		relationship: RelationshipId,
		url: &Url,
	) -> Result<Follower> {
		let (_, at) = session.finalized().await?;
		let provider = context::relationship(at, relationship).await?.provider;
		let client = gatekeeper::client(session, at, provider, url).await?;
		let mut follower = Follower { relationship, provider, client, last: None };
		follower.last = follower.fetch().await?.last().map(|last| last.signed.receipt.sequence);
		Ok(follower)
	}

	/// The receipts since the last call. None is proven to be in the log: the next anchor covers them.
	pub async fn next(&mut self, session: &Session<'_>) -> Result<Vec<CheckedReceipt>> {
		let receipts = self.fetch().await?;
		let (_, at) = session.finalized().await?;
		let (relationship, provider, devices) = (self.relationship, self.provider, HashMap::new());
		let checker = Checker { at, relationship, provider, anchor: None, devices };
		let checked = checker.check_all(receipts).await?;
		// Set at the end, so that an interruption loses none.
		self.last = checked.last().map(|last| last.receipt.receipt.sequence).or(self.last);
		Ok(checked)
	}

	async fn fetch(&self) -> Result<Vec<LoggedReceipt>> {
		fetch(&self.client, self.relationship, self.last, None).await
	}
}

/// Checks receipts of one relationship.
struct Checker<'a> {
	at: At<'a>,
	relationship: RelationshipId,
	provider: SubjectId,
	anchor: Option<AnchoredHead>,
	/// The accounts of the provider's devices; `None` for a subject that is no such device.
	devices: HashMap<SubjectId, Option<AccountId>>,
}

impl Checker<'_> {
	async fn check_all(mut self, receipts: Vec<LoggedReceipt>) -> Result<Vec<CheckedReceipt>> {
		let mut checked = Vec::with_capacity(receipts.len());
		for receipt in receipts {
			checked.push(self.check(receipt).await?);
		}
		Ok(checked)
	}

	async fn check(&mut self, logged: LoggedReceipt) -> Result<CheckedReceipt> {
		let LoggedReceipt { signed, proof } = logged;
		let receipt = &signed.receipt;
		let problem = match self.device(receipt.gatekeeper).await? {
			_ if receipt.relationship != self.relationship => {
				Some("it belongs to another relationship")
			},
			None => Some("its signer is no device of the provider"),
			Some(account) if !is_signed_by(&signed, &account) => {
				Some("the provider's gatekeeper did not sign it")
			},
			Some(_) => None,
		};
		let covering = self.anchor.filter(|anchor| receipt.sequence < anchor.size);
		let included = covering.map(|AnchoredHead { size, root, .. }| {
			check_inclusion(&signed, size, root, &proof.unwrap_or_default())
		});
		let proven = matches!(included, Some(Ok(())));
		let missing = included.and_then(Result::err).map(|error| error.to_string());
		Ok(CheckedReceipt::new(signed, proven, problem.map(str::to_owned).or(missing)))
	}

	async fn device(&mut self, id: SubjectId) -> Result<Option<AccountId>> {
		if let Some(known) = self.devices.get(&id) {
			return Ok(known.clone());
		}
		let subject = self.at.subject(id).await?.filter(|subject| {
			subject.role == Role::Device && subject.sponsor == Some(self.provider)
		});
		let account = subject.map(|subject| subject.account);
		self.devices.insert(id, account.clone());
		Ok(account)
	}
}

/// A receipt for tests. Its hashes and its signature are placeholders.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use serde_json::json;

	pub fn receipt() -> SignedReceipt {
		let id = SubjectId::repeat_byte;
		let receipt = json!({
			"sequence": 3,
			"request": id(7),
			"requester": id(6),
			"relationship": id(1),
			"record": id(2),
			"purpose": "TREAT",
			"decision": "permit",
			"fields": [0, 1],
			"decided_at": { "number": 12, "hash": id(12) },
			"at": 2000,
			"gatekeeper": id(8),
		});
		let signature = format!("0x{}", "09".repeat(64));
		serde_json::from_value(json!({ "receipt": receipt, "signature": signature })).unwrap()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::H256;

	fn log(problem: Option<&str>, proven: bool) -> CheckedLog {
		let receipt = fixture::receipt();
		CheckedLog {
			relationship: receipt.receipt.relationship,
			provider: SubjectId::repeat_byte(5),
			accesses: vec![CheckedReceipt::new(receipt, proven, problem.map(str::to_owned))],
			anchor: None,
			log_problem: None,
			block: BlockRef { number: 9, hash: H256::zero() },
		}
	}

	#[test]
	fn a_receipt_that_does_not_verify_is_never_shown_as_genuine() {
		let good = log(None, true);
		assert_eq!(good.accesses[0].outcome(), "served");
		assert_eq!(good.problem(), None);
		assert!(good.accesses[0].verified);

		let bad = log(Some("somebody else signed it"), false);
		assert!(bad.accesses[0].outcome().starts_with("NOT GENUINE"));
		assert_eq!(bad.problem().unwrap(), "1 receipt is not genuine: 3");
		assert!(!bad.accesses[0].verified);

		let rewritten = CheckedLog { log_problem: Some("roots differ".into()), ..log(None, true) };
		assert!(rewritten.problem().unwrap().contains("rewritten"));
	}

	#[test]
	fn pages_of_receipts_go_on_where_the_last_one_ended() {
		let receipt = |sequence| {
			let mut signed = fixture::receipt();
			signed.receipt.sequence = sequence;
			LoggedReceipt { signed, proof: None }
		};
		let page = |sequences: &[u64], next| ReceiptsPage {
			receipts: sequences.iter().copied().map(receipt).collect(),
			next,
		};
		for (good, after) in
			[(page(&[], None), None), (page(&[], None), Some(3)), (page(&[4, 9], Some(9)), Some(3))]
		{
			check_page(&good, after).unwrap();
		}
		let long = Vec::from_iter(0..=u64::from(MAX_RECEIPTS));
		for (bad, after) in [
			(page(&[], Some(4)), Some(3)),
			(page(&[4], Some(9)), Some(3)),
			(page(&[3], None), Some(3)),
			(page(&[5, 4], None), None),
			(page(&long, None), None),
		] {
			assert_eq!(&*check_page(&bad, after).unwrap_err().code, "malformed_answer");
		}
	}

	#[test]
	fn a_new_receipt_waits_for_its_anchor() {
		assert_eq!(log(None, false).accesses[0].outcome(), "served; not anchored yet");
	}
}
