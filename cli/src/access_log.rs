//! Receipts of a gatekeeper's access log, verified against the chain.

mod checker;
mod source;

use crate::{
	context::Session,
	failure::Result,
	gatekeeper::Url,
	text::{count, list},
};
use checker::Checker;
use medrec_primitives::{
	identity::SubjectId, relationship::RelationshipId, summary::LogAnchor, Moment,
};
use medrec_protocol::wire::{AnchoredHead, BlockRef, Outcome, ReceiptsQuery, SignedReceipt};
use serde::Serialize;
use source::{LogProblem, Source};

/// A receipt and the result of its verification.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct CheckedReceipt {
	/// The receipt.
	pub receipt: SignedReceipt,
	/// Whether the provider's gatekeeper signed it, and the log holds it if the anchor covers it. Where
	/// its signer is not known, whether the anchored log holds it.
	pub verified: bool,
	/// Whether the receipt is proven to be in the anchored log. A new receipt waits for the next
	/// anchor.
	pub proven: bool,
	/// Whether it is known which account signed for the gatekeeper at the block of the decision. A node
	/// may have discarded the state of that block.
	pub signer_known: bool,
	/// The reason why the receipt does not verify.
	pub problem: Option<String>,
}

impl CheckedReceipt {
	/// A receipt whose signer is known.
	pub fn new(receipt: SignedReceipt, proven: bool, problem: Option<String>) -> CheckedReceipt {
		let verified = problem.is_none();
		CheckedReceipt { receipt, verified, proven, signer_known: true, problem }
	}

	/// The outcome of the request and the result of the verification, in words.
	pub fn outcome(&self) -> String {
		let outcome = match self.receipt.receipt.decision {
			Outcome::Permit => "served".to_owned(),
			Outcome::Refused(code) => format!("refused: {}", code.as_str().replace('_', " ")),
		};
		match (&self.problem, self.signer_known) {
			(Some(problem), true) => format!("NOT GENUINE: {problem}"),
			(Some(problem), false) => format!("NOT VERIFIED: {problem}"),
			(None, false) => format!("{outcome}; signer not checkable"),
			(None, true) if self.proven => outcome,
			(None, true) => format!("{outcome}; not anchored yet"),
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
			return Some(problem.clone());
		}
		let bad = self.accesses.iter().filter(|access| !access.verified);
		let bad: Vec<u64> = bad.map(|access| access.receipt.receipt.sequence).collect();
		let number = count(bad.len(), "receipt does", "receipts do");
		(!bad.is_empty()).then(|| format!("{number} not verify: {}", list(bad, "")))
	}
}

/// Fetches the receipts of a relationship from its gatekeeper and verifies each.
pub async fn read(
	session: &Session<'_>,
	relationship: RelationshipId,
	url: &Url,
) -> Result<CheckedLog> {
	let source = Source::open(session, relationship, url).await?;
	let provider = source.provider;
	let (block, at) = session.finalized().await?;
	let anchors = at.anchors(provider).await?;
	let head =
		|&(_, LogAnchor { size, root, at }): &(u64, LogAnchor)| AnchoredHead { size, root, at };
	let (oldest, anchor) = (anchors.first().map(head), anchors.last().map(head));
	let log_problem = match oldest.zip(anchor) {
		Some((oldest, latest)) => source.problem(oldest, latest).await?,
		None => None,
	};
	// A gatekeeper with fewer receipts has no proofs for the anchor.
	let proves = !matches!(log_problem, Some(LogProblem::NotShown));
	let covering = anchor.filter(|_| proves);
	let size = covering.map(|anchor| anchor.size);
	let query = ReceiptsQuery { relationship, after: None, since: None, size };
	let receipts = source.receipts(query).await?;
	let checker = Checker::new(&session.chain, block, (relationship, provider), covering);
	let accesses = checker.check_all(receipts).await?;
	let log_problem = log_problem.map(|problem| problem.to_string());
	Ok(CheckedLog { relationship, provider, accesses, anchor, log_problem, block })
}

/// The new receipts of a relationship, as they come.
pub struct Follower {
	source: Source,
	/// The time of the first receipt.
	since: Moment,
	/// The number of the last receipt.
	last: Option<u64>,
}

impl Follower {
	/// Follows the receipts from a time on.
	pub async fn start(
		session: &Session<'_>,
		relationship: RelationshipId,
		url: &Url,
		since: Moment,
	) -> Result<Follower> {
		let source = Source::open(session, relationship, url).await?;
		Ok(Follower { source, since, last: None })
	}

	/// The receipts since the last call. None is proven to be in the log: the next anchor covers them.
	pub async fn next(&mut self, session: &Session<'_>) -> Result<Vec<CheckedReceipt>> {
		let Source { relationship, provider, .. } = self.source;
		let (after, size) = (self.last, None);
		let since = after.is_none().then_some(self.since);
		let query = ReceiptsQuery { relationship, after, since, size };
		let receipts = self.source.receipts(query).await?;
		let (head, _) = session.finalized().await?;
		let checker = Checker::new(&session.chain, head, (relationship, provider), None);
		let checked = checker.check_all(receipts).await?;
		// Set at the end, so that an interruption loses none.
		self.last = checked.last().map(|last| last.receipt.receipt.sequence).or(self.last);
		Ok(checked)
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
		assert_eq!(bad.problem().unwrap(), "1 receipt does not verify: 3");
		assert!(!bad.accesses[0].verified);

		let lost = CheckedLog { log_problem: Some("it has fewer".into()), ..log(None, true) };
		assert_eq!(lost.problem().unwrap(), "it has fewer");
	}

	#[test]
	fn a_new_receipt_waits_for_its_anchor() {
		assert_eq!(log(None, false).accesses[0].outcome(), "served; not anchored yet");
	}
}
