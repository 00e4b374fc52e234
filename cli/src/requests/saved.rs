//! Saved answers: their verification, and what the chain says about them now.

use super::{check, gatekeeper_of, Pace, ReadAnswer};
use crate::{
	answer::{AnswerAccess, AnswerVerification, ReceiptLog, SavedAnswer, VerifiedAnswer},
	context::{self, Session},
	failure::{Exit, Failure, OrNotFound, Result},
	finality::not_final,
	gatekeeper::{self, Url},
	grants::time_of_grants,
	purpose,
	text::{and, when},
};
use medrec_client::{
	chain::At,
	check::{check_anchored, CheckError, Checked},
	http::GatekeeperClient,
};
use medrec_primitives::{
	access::{covers, Basis, Decision, DenyReason, Fields},
	record::RecordPointer,
	relationship::{Effect, Grant, GrantId, Grantee, Purpose},
	BlockNumber, Moment,
};
use medrec_protocol::{
	keys::{Key, Scheme},
	signing::RequestSigner,
	verify::{check_reply, Proven, ReceiptExpectations, VerifyError},
	wire::BlockRef,
};

/// Verifies a saved answer at the block of its decision, which must be final. If the node has discarded the
/// state of that block, it verifies at the final head, where the result is the same as long as the record
/// has not been amended and the provider has the same gatekeeper with the same account.
pub async fn check_saved(session: &Session<'_>, saved: SavedAnswer) -> Result<ReadAnswer> {
	let (head, at) = session.finalized().await?;
	let decided_at = saved.answer.decided_at.number;
	if decided_at > head.number {
		return Err(not_final(decided_at));
	}
	let checked = match check(session, &saved).await {
		Ok(checked) => checked,
		// The RPC error of a discarded state.
		Err(CheckError::Chain(error)) => {
			let failure = Failure::from(error);
			if failure.exit == Exit::Unreachable {
				return Err(failure);
			}
			check_at(at, &saved).await?
		},
		Err(error) => return Err(error.into()),
	};
	Ok(ReadAnswer { saved, checked, sealed: None })
}

/// Verifies a saved answer at another block than that of its decision.
async fn check_at(at: At<'_>, saved: &SavedAnswer) -> Result<Checked> {
	let SavedAnswer { request, request_hash, requester, answer, receipt } = saved;
	let block = answer.decided_at.number;
	let provider = context::relationship(at, request.relationship).await?.provider;
	let record = at.record(request.relationship, request.record).await?;
	let record = record.or_not_found("the relationship has no such record")?;
	if record.version != answer.version {
		return Err(discarded(block, "the record was amended since"));
	}
	let found = gatekeeper_of(at, provider).await?;
	let Some((gatekeeper, account)) = found.filter(|(id, _)| *id == receipt.receipt.gatekeeper)
	else {
		return Err(discarded(block, "the provider has changed its gatekeeper since"));
	};
	let expected = ReceiptExpectations {
		request,
		request_hash: *request_hash,
		requester: *requester,
		gatekeeper,
		account: &account,
	};
	let proven = check_reply(answer, receipt, &record, &expected);
	let proven = proven.map_err(|error| without_state(block, error))?;
	Ok(Checked { provider, record, proven })
}

/// What an error of a verification at another block than that of the decision says: the account that signed
/// the receipt may be one of the gatekeeper's earlier ones.
fn without_state(block: BlockNumber, error: VerifyError) -> Failure {
	match error {
		VerifyError::ReceiptUnsigned => discarded(
			block,
			"the receipt is not signed by the account that the gatekeeper has now: either it had \
			 another one then, or the receipt is not genuine",
		),
		error => error.into(),
	}
}

/// The failure of a verification for which the state of a block is missing.
fn discarded(block: BlockNumber, why: &str) -> Failure {
	let message = format!(
		"the node has discarded the state of block {block}, and {why}; verify with a node that keeps \
		 all states"
	);
	Failure::unverified("state_gone", message)
}

/// What is proven of an answer that was read, and what the chain says about it now. `client` is one of the
/// provider's gatekeeper, if there is one.
pub async fn describe(
	session: &Session<'_>,
	read: ReadAnswer,
	client: Option<&GatekeeperClient>,
	pace: &Pace,
) -> Result<VerifiedAnswer> {
	let mut directory = session.directory().await?;
	let Proven { content, request } = &read.checked.proven;
	let provider_name = directory.name(read.checked.provider).await?;
	let requester_name = directory.name(request.requester).await?;
	let log = receipt_in_log(session, &read, client, pace).await?;
	let (latest, access) = now_on_chain(session, &read, &requester_name).await?;
	let verification = AnswerVerification {
		verified: !log.contradicts(),
		block: request.decided_at,
		relationship: content.relationship,
		record: content.record,
		title: read.saved.answer.template.public.title.clone(),
		provider: read.checked.provider,
		provider_name,
		gatekeeper: request.gatekeeper,
		requester: request.requester,
		requester_name,
		purpose: request.purpose,
		purpose_name: purpose::words(request.purpose).to_owned(),
		at: request.at,
		receipt: request.sequence,
		log,
		commitment: content.commitment,
		version: content.version,
		latest_version: latest.map(|record| record.version),
		fields: content.fields.len(),
		field_count: content.field_count,
		access,
		sealed: read.sealed,
		node: session.context.globals.node.clone(),
	};
	Ok(VerifiedAnswer { saved: read.saved, verification })
}

/// Whether the receipt of an answer is in the provider's access log as it is anchored at the final block.
async fn receipt_in_log(
	session: &Session<'_>,
	read: &ReadAnswer,
	client: Option<&GatekeeperClient>,
	pace: &Pace,
) -> Result<ReceiptLog> {
	let (_, at) = session.finalized().await?;
	let (provider, receipt) = (read.checked.provider, &read.saved.receipt);
	let latest = at.latest_anchor(provider).await?;
	if latest.is_none_or(|anchor| anchor.size <= receipt.receipt.sequence) {
		return Ok(ReceiptLog::NotYet);
	}
	let client = match client {
		Some(client) => client.clone(),
		// The proof needs no identity: it says nothing about the request.
		None => {
			let (stranger, _) = Key::generate(Scheme::Sr25519);
			let signer = RequestSigner::Wallet(stranger);
			match gatekeeper::client_as(session, at, provider, &Url::default(), signer).await {
				Ok(client) => client,
				Err(failure) => return Ok(ReceiptLog::Unknown { reason: failure.to_string() }),
			}
		},
	};
	let check = async || match check_anchored(at, &client, provider, receipt).await {
		Err(CheckError::Gatekeeper(error)) => Err(error),
		other => Ok(other),
	};
	match pace.run(check).await {
		Ok(Ok(Some(anchor))) => Ok(ReceiptLog::Anchored { at: anchor.at }),
		Ok(Ok(None)) => Ok(ReceiptLog::NotYet),
		Ok(Err(CheckError::Verify(error))) => Ok(ReceiptLog::Missing { reason: error.to_string() }),
		Ok(Err(error)) => Err(error.into()),
		Err(error) => Ok(ReceiptLog::Unknown { reason: error.to_string() }),
	}
}

/// What the best block says about a record that was answered: its version, and whether the requester
/// may read it now.
async fn now_on_chain(
	session: &Session<'_>,
	read: &ReadAnswer,
	requester: &str,
) -> Result<(Option<RecordPointer>, AnswerAccess)> {
	let best = session.chain.best().await?;
	let at = session.chain.at(best.hash);
	let SavedAnswer { request, answer, requester: subject, .. } = &read.saved;
	let (relationship, record) = (request.relationship, request.record);
	let pointer = at.record(relationship, record).await?;
	let decision = at.check_access(*subject, relationship, record, request.purpose).await?;
	let grants = at.grants_to(relationship, Grantee::Subject(*subject)).await?;
	let covering = |grant: &Grant| {
		covers(&grant.scope, &record, pointer.as_ref().map(|pointer| pointer.category)).is_some()
	};
	let grants = Vec::from_iter(grants.into_iter().filter(|(_, grant)| covering(grant)));
	let missing = |fields: &Fields| {
		let hidden = answer.fields.iter().filter(|field| !fields.contains(field.number));
		Vec::from_iter(hidden.map(|field| field.name.as_str()))
	};
	let words = match &decision {
		Decision::Permit { by: Basis::Own, .. } => {
			format!("It is the patient's own record: {requester} may read it at any time.")
		},
		Decision::Permit { fields, .. } => match missing(fields).as_slice() {
			[] => format!(
				"Now: the chain permits {requester} to read these fields for {}.",
				purpose::words(request.purpose)
			),
			hidden => format!(
				"Now: the chain no longer permits {requester} to read all of these fields; not \
				 permitted: {}.",
				and(hidden)
			),
		},
		Decision::Deny { reason } => {
			let now = time_of_grants(at).await?;
			let reason = reason_words(*reason, &grants, request.purpose, now);
			format!("Now: the chain does NOT permit {requester} to read this record: {reason}.")
		},
	};
	let permitted = match &decision {
		Decision::Permit { fields, .. } => missing(fields).is_empty(),
		Decision::Deny { .. } => false,
	};
	let access = AnswerAccess { permitted, words, block: BlockRef::from(best) };
	Ok((pointer, access))
}

/// Why an access is denied, in words. `grants` are those for the requester that cover the record.
fn reason_words(
	reason: DenyReason,
	grants: &[(GrantId, Grant)],
	purpose: Purpose,
	now: Moment,
) -> String {
	let permission = |(id, grant): &(GrantId, Grant)| {
		let ended = grant.expires_at.filter(|end| *end <= now);
		match (grant.is_permission() && grant.purposes.contains(&purpose), ended) {
			(false, _) => None,
			(true, Some(end)) => Some(format!("the permission {id} ended {}", when(end))),
			(true, None) if grant.not_before > now => {
				Some(format!("the permission {id} begins {}", when(grant.not_before)))
			},
			(true, None) => None,
		}
	};
	match reason {
		DenyReason::NotFound => "the chain has no such record any more".to_owned(),
		DenyReason::RequesterNotActive => "the requester is suspended or retired".to_owned(),
		DenyReason::RelationshipNotActive => "the relationship is not active".to_owned(),
		DenyReason::Withheld => "the provider withholds the record".to_owned(),
		DenyReason::Denied => {
			let denials = grants.iter().filter(|(_, grant)| grant.effect == Effect::Deny);
			let ids = denials.filter(|(_, grant)| grant.is_in_force(now)).map(|(id, _)| id);
			format!("the patient denied it ({})", and(ids))
		},
		DenyReason::NotPermitted => grants.iter().find_map(permission).unwrap_or_else(|| {
			"the permission was revoked, and no other one is in force".to_owned()
		}),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::grants::fixture;
	use medrec_primitives::relationship::Scope;

	fn grant(effect: Effect, not_before: Moment, expires_at: Option<Moment>) -> (GrantId, Grant) {
		let grant = fixture::grant(effect, Scope::All);
		(GrantId::repeat_byte(0xab), Grant { not_before, expires_at, ..grant })
	}

	#[test]
	fn an_access_that_is_over_has_its_reason() {
		let words = |reason, grants: &[(GrantId, Grant)]| {
			reason_words(reason, grants, Purpose::Treat, 5_000)
		};
		let ended = [grant(Effect::Permit, 0, Some(1000))];
		let text = words(DenyReason::NotPermitted, &ended);
		let id = GrantId::repeat_byte(0xab);
		assert_eq!(text, format!("the permission {id} ended 1970-01-01T00:00:01Z"));
		let later = [grant(Effect::Permit, 9000, None)];
		assert!(words(DenyReason::NotPermitted, &later).contains("begins 1970-01-01T00:00:09Z"));
		assert!(words(DenyReason::NotPermitted, &[]).contains("was revoked"));
		let denied = [grant(Effect::Deny, 0, None), grant(Effect::Deny, 9000, None)];
		assert_eq!(words(DenyReason::Denied, &denied), format!("the patient denied it ({id})"));
		assert!(words(DenyReason::RequesterNotActive, &[]).contains("suspended"));
	}

	#[test]
	fn a_signature_cannot_be_checked_without_the_account_of_that_time() {
		let unsigned = without_state(7, VerifyError::ReceiptUnsigned);
		assert_eq!((unsigned.exit, &*unsigned.code), (Exit::Unverified, "state_gone"));
		assert!(unsigned.message.contains("block 7"), "{}", unsigned.message);
		assert!(unsigned.message.contains("or the receipt is not genuine"), "{}", unsigned.message);
		// The content needs no account.
		let forged = without_state(7, VerifyError::WrongCommitment);
		assert_eq!((forged.exit, &*forged.code), (Exit::Unverified, "verification_failed"));
	}
}
