//! Answers of gatekeepers: requested, verified against the chain, saved and verified again.

#[cfg(test)]
pub mod fixture;

use crate::{
	context::{Context, Session},
	failure::{Exit, Failure},
	gatekeeper::{self, Url},
	output::{clean, plain, when, wrapped},
};
use medrec_client::{
	check::{check_on_chain, CheckError, Checked},
	http::{GatekeeperError, Reply},
};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	record::Commitment,
	Moment,
};
use medrec_protocol::{
	keys::SealingKey,
	verify::{check_answer, check_receipt, check_receipt_of_answer, ReceiptExpectations},
	wire::{Answer, BlockRef, QueryRequest, RequestHash, SignedReceipt},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The greatest age of the block of the decision, relative to the final head. An older answer may
/// show what has been amended or revoked since.
const MAX_AGE: Moment = 10 * 60 * 1000;

/// An answer with all that its verification needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedAnswer {
	pub request: QueryRequest,
	pub request_hash: RequestHash,
	pub requester: SubjectId,
	pub answer: Answer,
	pub receipt: SignedReceipt,
}

/// The result of a verification.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
	verified: bool,
	/// The block of the decision.
	block: BlockRef,
	provider: SubjectId,
	gatekeeper: SubjectId,
	commitment: Commitment,
	version: u32,
	/// The version of the record at the final head.
	latest_version: u32,
	/// Whether the answer was sealed; unknown for a saved answer.
	sealed: Option<bool>,
}

/// A verified answer.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedAnswer {
	#[serde(flatten)]
	pub saved: SavedAnswer,
	pub verification: Verification,
}

impl VerifiedAnswer {
	fn new(
		saved: SavedAnswer,
		checked: Checked,
		latest_version: u32,
		sealed: Option<bool>,
	) -> VerifiedAnswer {
		let verification = Verification {
			verified: true,
			block: saved.answer.decided_at,
			provider: checked.provider,
			gatekeeper: saved.receipt.receipt.gatekeeper,
			commitment: checked.record.commitment,
			version: checked.record.version,
			latest_version,
			sealed,
		};
		VerifiedAnswer { saved, verification }
	}
}

impl fmt::Display for VerifiedAnswer {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let VerifiedAnswer { saved, verification } = self;
		let answer = &saved.answer;
		let template = &answer.template.public;
		writeln!(
			formatter,
			"{} (version {} of the template), category {}",
			clean(&template.id),
			template.version,
			template.category
		)?;
		writeln!(formatter, "{}", fields(answer))?;
		write!(
			formatter,
			"Verified at block {}, version {}: {} of {} fields, against the commitment {}.",
			answer.decided_at.number,
			verification.version,
			answer.fields.len(),
			template.fields.len(),
			verification.commitment,
		)?;
		if verification.latest_version > verification.version {
			let latest = verification.latest_version;
			write!(formatter, "\nThe record has been amended since: version {latest} is final.")?;
		}
		if let Some(until) = answer.until {
			write!(formatter, "\nYou may see this until {}.", when(until))?;
		}
		if let Some(sealed) = verification.sealed {
			let how = if sealed { "sealed to your key" } else { "in the clear" };
			let sequence = saved.receipt.receipt.sequence;
			write!(formatter, "\nThe answer came {how}, with receipt {sequence}.")?;
		}
		Ok(())
	}
}

/// The table of fields and values.
fn fields(answer: &Answer) -> String {
	let rows = answer.fields.iter().map(|field| {
		let spec = answer.template.public.field(field.number);
		let unit = spec.and_then(|spec| spec.unit.as_deref());
		vec![format!("{} {}", field.number, field.name), value_text(&field.value, unit)]
	});
	wrapped(&["field", "value"], &Vec::from_iter(rows))
}

/// A value with its unit. Null has none.
fn value_text(value: &Value, unit: Option<&str>) -> String {
	match unit {
		Some(unit) if !value.is_null() => format!("{} {unit}", plain(value)),
		_ => plain(value),
	}
}

/// Requests a record, opens the answer and verifies it. Returns only what verifies.
pub async fn request(
	session: &Session<'_>,
	request: QueryRequest,
	gatekeeper: &Url,
) -> Result<VerifiedAnswer, Failure> {
	let context = session.context;
	let account = context.key()?.account();
	let (_, at) = session.finalized().await?;
	let requester = match at.subject_of(&account).await? {
		Some(subject) => subject,
		// Enrolled in a block that is not final yet. The gatekeeper decides whether it knows them.
		None => context.me(session.chain.at(session.chain.best().await?.hash)).await?,
	};
	let provider = gatekeeper::provider_of(at, request.relationship).await?;
	let mut client = gatekeeper::client(session, at, provider, gatekeeper).await?;
	let best = session.chain.best().await?;
	let subject = session.chain.at(best.hash).subject(requester).await?;
	if let Some(registered) = subject.and_then(|subject| subject.encryption_key) {
		if let Some(sealing) = sealing_key(context, registered)? {
			client = client.with_sealing_key(sealing);
		}
	}
	match client.query(&request).await {
		Ok(reply) => verify(session, request, requester, reply).await,
		Err(error) => Err(refusal(session, &request, requester, provider, error).await),
	}
}

/// The key that opens answers sealed to `registered`, if the keystore holds it: the encryption key of
/// the key in use, or of an earlier one.
fn sealing_key(
	context: &Context,
	registered: EncryptionKey,
) -> Result<Option<SealingKey>, Failure> {
	let mut names = vec![context.key_name()?];
	names.extend(context.keystore.list()?.into_iter().map(|entry| entry.name));
	for name in names {
		if context.encryption_key_of(&name)? == Some(registered) {
			let password = context.password(&name)?;
			return Ok(Some(context.keystore.unlock_sealing(&name, password)?));
		}
	}
	Ok(None)
}

async fn verify(
	session: &Session<'_>,
	request: QueryRequest,
	requester: SubjectId,
	reply: Reply,
) -> Result<VerifiedAnswer, Failure> {
	let Reply { answer, receipt, request_hash, sealed } = reply;
	let chain = &session.chain;
	let head = gatekeeper::until_final(chain, answer.decided_at.number).await?;
	let checked =
		check_on_chain(chain, &request, request_hash, requester, &answer, &receipt).await?;
	let at = chain.at(head.hash);
	let decided = chain.at(answer.decided_at.hash).timestamp().await?;
	if decided.saturating_add(MAX_AGE) < at.timestamp().await? {
		let message = format!(
			"the answer was decided at block {}, which is too old; try again, and tell the \
			 provider if the failure persists",
			answer.decided_at.number
		);
		return Err(Failure::unverified("stale_answer", message));
	}
	let latest = at.record(request.relationship, request.record).await?;
	let latest = latest.map_or(answer.version, |record| record.version);
	let saved = SavedAnswer { request, request_hash, requester, answer, receipt };
	Ok(VerifiedAnswer::new(saved, checked, latest, Some(sealed)))
}

/// The failure of a request, with the receipt of the refusal if the provider's gatekeeper signed it.
async fn refusal(
	session: &Session<'_>,
	request: &QueryRequest,
	requester: SubjectId,
	provider: SubjectId,
	error: GatekeeperError,
) -> Failure {
	let receipt = match &error {
		GatekeeperError::Refused(body) => body.receipt.clone(),
		_ => None,
	};
	let mut failure = Failure::from(error);
	if let Some(receipt) = receipt {
		// The request of a refusal is not compared: the receipt shows that one was refused.
		let hash = receipt.receipt.request;
		let checked = check_signer(session, request, hash, requester, provider, &receipt).await;
		failure.receipt = checked.is_ok().then(|| Box::new(receipt));
	}
	failure
}

/// Checks a receipt with the gatekeeper in the provider's profile at the final head.
async fn check_signer(
	session: &Session<'_>,
	request: &QueryRequest,
	request_hash: RequestHash,
	requester: SubjectId,
	provider: SubjectId,
	receipt: &SignedReceipt,
) -> Result<(), Failure> {
	let (_, at) = session.finalized().await?;
	let profile = at.profile(provider).await?;
	let gatekeeper = profile.and_then(|profile| profile.gatekeeper);
	let device = gatekeeper.ok_or(CheckError::NoGatekeeper)?.device;
	let subject = at.subject(device).await?.ok_or(CheckError::NoGatekeeper)?;
	let account = &subject.account;
	let expected =
		ReceiptExpectations { request, request_hash, requester, gatekeeper: device, account };
	Ok(check_receipt(receipt, &expected)?)
}

/// Verifies a saved answer.
pub async fn verify_saved(
	session: &Session<'_>,
	saved: SavedAnswer,
) -> Result<VerifiedAnswer, Failure> {
	let chain = &session.chain;
	// A node that has just started may not have synchronised up to the block of the decision.
	let head = gatekeeper::until_final(chain, saved.answer.decided_at.number).await?;
	let checked = check_saved(session, head, &saved).await?;
	let at = chain.at(head.hash);
	let latest = at.record(saved.request.relationship, saved.request.record).await?;
	let latest = latest.map_or(checked.record.version, |record| record.version);
	Ok(VerifiedAnswer::new(saved, checked, latest, None))
}

/// Checks a saved answer at the block of its decision. If the node has discarded the state of that
/// block, it checks at the final head, where the result is the same as long as the record has not
/// been amended and the provider has the same gatekeeper.
async fn check_saved(
	session: &Session<'_>,
	head: BlockRef,
	saved: &SavedAnswer,
) -> Result<Checked, Failure> {
	let SavedAnswer { request, request_hash, requester, answer, receipt } = saved;
	let chain = &session.chain;
	match check_on_chain(chain, request, *request_hash, *requester, answer, receipt).await {
		Ok(checked) => return Ok(checked),
		// The RPC error of a discarded state.
		Err(CheckError::Chain(error)) => {
			let failure = Failure::from(error);
			if failure.exit == Exit::Unreachable {
				return Err(failure);
			}
		},
		Err(error) => return Err(error.into()),
	}
	let at = chain.at(head.hash);
	let discarded = |change: &str| {
		let message = format!(
			"the node has discarded the state of block {}, and {change} since; verify with a node \
			 that keeps all states",
			answer.decided_at.number
		);
		Failure::unverified("state_gone", message)
	};
	let provider = gatekeeper::provider_of(at, request.relationship).await?;
	let record = at.record(request.relationship, request.record).await?;
	let record = record.ok_or_else(|| Failure::not_found("the relationship has no such record"))?;
	if record.version != answer.version {
		return Err(discarded("the record was amended"));
	}
	check_answer(request, answer, &record)?;
	let profile = at.profile(provider).await?;
	let device = profile.and_then(|profile| profile.gatekeeper).map(|found| found.device);
	if device != Some(receipt.receipt.gatekeeper) {
		return Err(discarded("the provider has changed its gatekeeper"));
	}
	check_signer(session, request, *request_hash, *requester, provider, receipt).await?;
	check_receipt_of_answer(receipt, answer)?;
	Ok(Checked { provider, record })
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn an_answer_shows_its_fields_and_what_was_verified() {
		let mut answer = fixture::answer();
		let text = answer.to_string();
		for part in [
			"│ 0 code  ┆ iron    │",
			"│ 1 value ┆ 1.5 g/L │",
			"Verified at block 12, version 1: 2 of 3 fields",
			"You may see this until 2026-01-31T12:00:00Z.",
			"sealed to your key, with receipt 3",
		] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert!(!text.contains("amended"));
		answer.verification.latest_version = 2;
		assert!(answer.to_string().contains("version 2 is final"));
	}

	#[test]
	fn a_value_cannot_move_the_cursor() {
		let mut answer = fixture::answer();
		answer.saved.answer.fields[0].value = json!("\u{1b}[1A\u{1b}[2Kforged");
		assert!(!answer.to_string().contains('\u{1b}'));
	}

	#[test]
	fn a_saved_answer_reads_back() {
		let VerifiedAnswer { saved, verification } = fixture::answer();
		let json = json!(VerifiedAnswer { saved: saved.clone(), verification });
		assert_eq!(json["verification"]["verified"], true);
		let again: SavedAnswer = serde_json::from_value(json).unwrap();
		assert_eq!(again.answer, saved.answer);
		assert_eq!(again.receipt, saved.receipt);
		assert_eq!(again.request, saved.request);
	}

	#[test]
	fn values_are_shown_with_their_units() {
		assert_eq!(value_text(&json!("a b"), None), "a b");
		assert_eq!(value_text(&json!(2.5), Some("g")), "2.5 g");
		assert_eq!(value_text(&Value::Null, Some("g")), "-");
		assert_eq!(value_text(&json!({"a": 1}), None), r#"{"a":1}"#);
	}
}
