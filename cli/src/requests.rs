//! Requests of records from gatekeepers, and the verification of the answers against the chain.

use crate::{
	answer::{SavedAnswer, VerifiedAnswer},
	context::{Context, Session},
	failure::{Exit, Failure},
	gatekeeper::{self, Url},
};
use medrec_client::{
	check::{check_on_chain, CheckError, Checked},
	http::{GatekeeperError, Reply},
};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	Moment,
};
use medrec_protocol::{
	keys::SealingKey,
	verify::{check_answer, check_receipt, check_receipt_of_answer, ReceiptExpectations},
	wire::{BlockRef, QueryRequest, RequestHash, SignedReceipt},
};

/// The greatest age of the block of the decision, relative to the final head. An older answer may
/// show what has been amended or revoked since.
const MAX_AGE: Moment = 10 * 60 * 1000;

/// Requests a record, opens the answer and verifies it. Returns only what verifies.
pub async fn query(
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
