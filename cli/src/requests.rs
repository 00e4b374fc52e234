//! Requests of records from gatekeepers, and the verification of the answers against the chain.

use crate::{
	answer::{SavedAnswer, VerifiedAnswer},
	context::{self, Context, Session},
	failure::{Exit, Failure, OrNotFound, Result},
	gatekeeper::{self, Url},
};
use medrec_client::{
	chain::{At, Chain},
	check::{check_on_chain, CheckError, Checked},
	http::{GatekeeperError, Reply},
};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	AccountId, Moment,
};
use medrec_protocol::{
	keys::SealingKey,
	verify::{check_receipt, check_reply, ReceiptExpectations},
	wire::{BlockRef, QueryRequest, SignedReceipt},
};

/// The greatest age of the block of the decision, relative to the final head. An older answer may
/// show what has been amended or revoked since.
const MAX_AGE: Moment = 10 * 60 * 1000;

/// Requests a record, opens the answer and verifies it. Returns only what verifies.
pub async fn query(
	session: &Session<'_>,
	request: QueryRequest,
	gatekeeper: &Url,
) -> Result<VerifiedAnswer> {
	let context = session.context;
	let account = context.key()?.account();
	let (_, at) = session.finalized().await?;
	let best = session.chain.at(session.chain.best().await?.hash);
	let requester = match at.subject_of(&account).await? {
		Some(subject) => subject,
		// Enrolled in a block that is not final yet. The gatekeeper decides whether it knows them.
		None => context.me(best).await?,
	};
	let provider = context::relationship(at, request.relationship).await?.provider;
	let mut client = gatekeeper::client(session, at, provider, gatekeeper).await?;
	let subject = best.subject(requester).await?;
	if let Some(registered) = subject.and_then(|subject| subject.encryption_key) {
		if let Some(sealing) = sealing_key(context, registered)? {
			client = client.with_sealing_key(sealing);
		}
	}
	match client.query(&request).await {
		Ok(Reply { answer, receipt, request_hash, sealed }) => {
			let saved = SavedAnswer { request, request_hash, requester, answer, receipt };
			verify_new(&session.chain, saved, sealed).await
		},
		Err(error) => Err(refusal(session, &request, requester, provider, error).await),
	}
}

/// The key that opens answers sealed to `registered`, if the keystore holds it: the encryption key of
/// the key in use, or of an earlier one.
fn sealing_key(context: &Context, registered: EncryptionKey) -> Result<Option<SealingKey>> {
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

/// Verifies an answer that has just come.
async fn verify_new(chain: &Chain, saved: SavedAnswer, sealed: bool) -> Result<VerifiedAnswer> {
	let decided_at = saved.answer.decided_at;
	let head = gatekeeper::until_final(chain, decided_at.number).await?;
	let checked = check(chain, &saved).await?;
	let decided = chain.at(decided_at.hash).timestamp().await?;
	if decided.saturating_add(MAX_AGE) < chain.at(head.hash).timestamp().await? {
		let message = format!(
			"the answer was decided at block {}, which is too old; try again, and tell the \
			 provider if the failure persists",
			decided_at.number
		);
		return Err(Failure::unverified("stale_answer", message));
	}
	with_latest(chain.at(head.hash), saved, checked, Some(sealed)).await
}

/// Verifies a saved answer.
pub async fn verify_saved(chain: &Chain, saved: SavedAnswer) -> Result<VerifiedAnswer> {
	// A node that has just started may not have synchronised up to the block of the decision.
	let head = gatekeeper::until_final(chain, saved.answer.decided_at.number).await?;
	let checked = check_saved(chain, head, &saved).await?;
	with_latest(chain.at(head.hash), saved, checked, None).await
}

async fn check(chain: &Chain, saved: &SavedAnswer) -> Result<Checked, CheckError> {
	let SavedAnswer { request, request_hash, requester, answer, receipt } = saved;
	check_on_chain(chain, request, *request_hash, *requester, answer, receipt).await
}

/// Adds the version of the record at the final head.
async fn with_latest(
	at: At<'_>,
	saved: SavedAnswer,
	checked: Checked,
	sealed: Option<bool>,
) -> Result<VerifiedAnswer> {
	let latest = at.record(saved.request.relationship, saved.request.record).await?;
	let latest = latest.map_or(checked.record.version, |record| record.version);
	Ok(VerifiedAnswer::new(saved, checked, latest, sealed))
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
		GatekeeperError::Refused { body, .. } => body.receipt.clone(),
		_ => None,
	};
	let mut failure = Failure::from(error);
	if let Some(receipt) = receipt {
		let checked = check_refusal(session, request, requester, provider, &receipt).await;
		failure.receipt = checked.is_ok().then(|| Box::new(receipt));
	}
	failure
}

async fn check_refusal(
	session: &Session<'_>,
	request: &QueryRequest,
	requester: SubjectId,
	provider: SubjectId,
	receipt: &SignedReceipt,
) -> Result<()> {
	let (_, at) = session.finalized().await?;
	let (gatekeeper, account) =
		gatekeeper_of(at, provider).await?.ok_or(CheckError::NoGatekeeper)?;
	// The hash is not compared: the receipt shows that one request was refused.
	let request_hash = receipt.receipt.request;
	let account = &account;
	let expected = ReceiptExpectations { request, request_hash, requester, gatekeeper, account };
	Ok(check_receipt(receipt, &expected)?)
}

/// The gatekeeper in the provider's profile, and its account.
async fn gatekeeper_of(at: At<'_>, provider: SubjectId) -> Result<Option<(SubjectId, AccountId)>> {
	let profile = at.profile(provider).await?;
	let Some(gatekeeper) = profile.and_then(|profile| profile.gatekeeper) else { return Ok(None) };
	let subject = at.subject(gatekeeper.device).await?;
	Ok(subject.map(|subject| (gatekeeper.device, subject.account)))
}

/// Checks a saved answer at the block of its decision. If the node has discarded the state of that
/// block, it checks at the final head, where the result is the same as long as the record has not
/// been amended and the provider has the same gatekeeper.
async fn check_saved(chain: &Chain, head: BlockRef, saved: &SavedAnswer) -> Result<Checked> {
	match check(chain, saved).await {
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
	let SavedAnswer { request, request_hash, requester, answer, receipt } = saved;
	let discarded = |change: &str| {
		let message = format!(
			"the node has discarded the state of block {}, and {change} since; verify with a node \
			 that keeps all states",
			answer.decided_at.number
		);
		Failure::unverified("state_gone", message)
	};
	let at = chain.at(head.hash);
	let provider = context::relationship(at, request.relationship).await?.provider;
	let record = at.record(request.relationship, request.record).await?;
	let record = record.or_not_found("the relationship has no such record")?;
	if record.version != answer.version {
		return Err(discarded("the record was amended"));
	}
	let found = gatekeeper_of(at, provider).await?;
	let Some((gatekeeper, account)) = found.filter(|(id, _)| *id == receipt.receipt.gatekeeper)
	else {
		return Err(discarded("the provider has changed its gatekeeper"));
	};
	let expected = ReceiptExpectations {
		request,
		request_hash: *request_hash,
		requester: *requester,
		gatekeeper,
		account: &account,
	};
	let proven = check_reply(answer, receipt, &record, &expected)?;
	Ok(Checked { provider, record, proven })
}
