//! `medrec query`: ask a gatekeeper for a record, and verify the answer against the chain.

#[cfg(test)]
pub mod fixture;
mod render;

pub use render::{render, verification};

use crate::{
	context::Context, failure::Failure, gate, keys::sealing_public, report::Report, values, view,
};
use clap::{Args, ValueHint};
use medrec_client::{chain::Chain, check::{Checked, check_on_chain}, http::{GatekeeperClient, GatekeeperError, Reply}};
use medrec_protocol::{keys::{Key, SealingKey}, verify::{ReceiptExpectations, check_receipt}, wire::{Answer, ErrorBody, QueryRequest, SignedReceipt}};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	record::{FieldNumber, RecordId},
	relationship::{Purpose, RelationshipId},
	Moment, H256,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How much older than the final head the block may be at which an answer was decided. Who answers
/// by an older one may be showing what has been amended or revoked since.
const FRESH: Moment = 10 * 60 * 1000;

/// `query`.
#[derive(Debug, Args)]
#[command(after_help = crate::cli::examples!(
	"medrec query --relationship $RELATIONSHIP --record $RECORD",
	"medrec query --relationship $RELATIONSHIP --record $RECORD --field 1 3 --purpose TREAT",
	"medrec query --relationship $RELATIONSHIP --record $RECORD --json > answer.json",
))]
pub struct QueryArgs {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// Which record.
	#[arg(long, value_name = "RECORD", value_parser = values::hash)]
	pub record: RecordId,
	/// Only these fields, by number; all that are permitted if left out.
	#[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
	pub field: Vec<FieldNumber>,
	/// For what purpose, as an HL7 code: TREAT, ETREAT, BTG, HPAYMT, HOPERAT, HRESCH, PATRQT or
	/// FAMRQT.
	#[arg(long, value_name = "PURPOSE", default_value = "PATRQT", value_parser = values::purpose)]
	pub purpose: Purpose,
	/// The gatekeeper's address; as the provider's profile says if left out.
	#[arg(long, value_name = "URL", value_parser = values::gatekeeper_url,
		value_hint = ValueHint::Url)]
	pub gatekeeper: Option<String>,
}

/// An answer as it is saved: all that is needed to verify it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
	pub request: QueryRequest,
	pub request_hash: H256,
	pub requester: SubjectId,
	pub answer: Answer,
	pub receipt: SignedReceipt,
}

/// An answer that was verified.
#[derive(Clone, Debug)]
pub struct Asked {
	pub saved: Saved,
	pub checked: Checked,
	/// The version of the record at the final head.
	pub latest: u32,
	/// Whether it came sealed, where that is known.
	pub sealed: Option<bool>,
}

/// Does what the command says.
pub async fn run(context: &Context, args: QueryArgs) -> Result<Report, Failure> {
	let QueryArgs { relationship, record, mut field, purpose, gatekeeper } = args;
	field.sort_unstable();
	field.dedup();
	let fields = (!field.is_empty()).then_some(field);
	let chain = context.connect().await?;
	let key = context.unlock()?;
	let request = QueryRequest { relationship, record, fields, purpose };
	let asked = ask(context, &chain, key, request, gatekeeper.as_deref()).await?;
	let text = render(&asked);
	let mut json = json!(asked.saved);
	if let Some(json) = json.as_object_mut() {
		json.insert("verification".to_owned(), verification(&asked));
	}
	Ok(Report::new(text, json))
}

/// Asks a gatekeeper, opens the answer, and verifies all of it. Nothing that does not verify comes
/// out of here.
pub async fn ask(
	context: &Context,
	chain: &Chain,
	key: Key,
	request: QueryRequest,
	gatekeeper: Option<&str>,
) -> Result<Asked, Failure> {
	let head = chain.finalized().await?;
	let at = chain.at(head.hash);
	let requester = match at.subject_of(&key.account()).await? {
		Some(subject) => subject,
		// Somebody who was enrolled a moment ago; the gatekeeper says whether it knows them yet.
		None => context.me(&chain.at(chain.best().await?.hash)).await?,
	};
	let provider = gate::provider_of(&at, request.relationship).await?;
	let url = gate::address(&at, provider, gatekeeper).await?;
	let mut client = gate::client(chain, &url, key)?;
	let best = chain.best().await?;
	let subject = chain.at(best.hash).subject(requester).await?;
	let registered = subject.and_then(|subject| subject.encryption_key);
	if let Some(sealing) = sealing_key(context, registered)? {
		client = client.with_sealing_key(sealing);
	}
	let reply = match client.query(&request).await {
		Ok(reply) => reply,
		Err(error) => return Err(refusal(chain, &request, requester, provider, error).await),
	};
	verify(chain, request, requester, reply).await
}

/// The key that opens answers sealed to `registered`, if the keystore has it: that of the key in use,
/// or of one that was in use before.
fn sealing_key(
	context: &Context,
	registered: Option<EncryptionKey>,
) -> Result<Option<SealingKey>, Failure> {
	let Some(registered) = registered.map(view::hex) else { return Ok(None) };
	let mut names = vec![context.key_name()?];
	names.extend(context.keystore.list()?.into_iter().map(|entry| entry.name));
	for name in names {
		if sealing_public(&context.keystore, &name)?.as_ref() == Some(&registered) {
			let password = context.password(&name)?;
			return Ok(Some(context.keystore.unlock_sealing(&name, password)?));
		}
	}
	Ok(None)
}

async fn verify(
	chain: &Chain,
	request: QueryRequest,
	requester: SubjectId,
	reply: Reply,
) -> Result<Asked, Failure> {
	let Reply { answer, receipt, request_hash, sealed } = reply;
	let head = gate::until_final(chain, answer.decided_at.number).await?;
	let checked =
		check_on_chain(chain, &request, request_hash, requester, &answer, &receipt).await?;
	let at = chain.at(head.hash);
	let decided = chain.at(answer.decided_at.hash).timestamp().await?;
	if decided.saturating_add(FRESH) < at.timestamp().await? {
		let message = format!(
			"the answer was decided at block {}, which is too old to trust; ask again, and ask \
			 the provider if it stays so",
			answer.decided_at.number
		);
		return Err(Failure::unverified("stale_answer", message));
	}
	let latest = at.record(request.relationship, request.record).await?;
	let latest = latest.map_or(answer.version, |record| record.version);
	let saved = Saved { request, request_hash, requester, answer, receipt };
	Ok(Asked { saved, checked, latest, sealed: Some(sealed) })
}

/// The failure of a request, with the receipt of the refusal if that is the gatekeeper's.
async fn refusal(
	chain: &Chain,
	request: &QueryRequest,
	requester: SubjectId,
	provider: SubjectId,
	error: GatekeeperError,
) -> Failure {
	let receipt = match &error {
		GatekeeperError::Refused(body) => match &**body {
			ErrorBody { receipt: Some(receipt), .. } => Some(receipt.clone()),
			_ => None,
		},
		_ => None,
	};
	let failure = Failure::from(error);
	let Some(receipt) = receipt else { return failure };
	match is_genuine(chain, request, requester, provider, &receipt).await {
		Ok(true) => failure.with_receipt(receipt),
		_ => failure,
	}
}

async fn is_genuine(
	chain: &Chain,
	request: &QueryRequest,
	requester: SubjectId,
	provider: SubjectId,
	receipt: &SignedReceipt,
) -> Result<bool, Failure> {
	let head = chain.finalized().await?;
	let at = chain.at(head.hash);
	let profile = at.profile(provider).await?;
	let Some(device) = profile.and_then(|profile| profile.gatekeeper) else { return Ok(false) };
	let Some(subject) = at.subject(device.device).await? else { return Ok(false) };
	let expected = ReceiptExpectations {
		request,
		// Which of one's requests it is of does not matter for a refusal.
		request_hash: receipt.receipt.request,
		requester,
		gatekeeper: device.device,
		account: &subject.account,
	};
	Ok(check_receipt(receipt, &expected).is_ok())
}

/// The client of the gatekeeper of a relationship, and the relationship's provider.
pub async fn gatekeeper_of(
	chain: &Chain,
	relationship: RelationshipId,
	key: Key,
	said: Option<&str>,
) -> Result<(GatekeeperClient, SubjectId), Failure> {
	let head = chain.finalized().await?;
	let at = chain.at(head.hash);
	let provider = gate::provider_of(&at, relationship).await?;
	let url = gate::address(&at, provider, said).await?;
	Ok((gate::client(chain, &url, key)?, provider))
}
