//! Requests of records from gatekeepers, and the verification of the answers against the chain.

mod pace;
mod saved;

pub use pace::Pace;
pub use saved::{check_saved, describe};

use crate::{
	answer::SavedAnswer,
	context::{self, Context, Session},
	failure::{Exit, Failure, Result},
	gatekeeper::{self, Url},
};
use medrec_client::{
	chain::At,
	check::{check_on_chain, CheckError, Checked},
	http::{GatekeeperClient, GatekeeperError, Reply},
};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	relationship::{Purpose, Relationship, RelationshipId},
	AccountId, Moment,
};
use medrec_protocol::{
	keys::SealingKey,
	verify::{check_receipt, ReceiptExpectations},
	wire::{QueryRequest, SignedReceipt},
};

/// The greatest age of the block of the decision, relative to the final head. An older answer may
/// show what has been amended or revoked since.
const MAX_AGE: Moment = 10 * 60 * 1000;

/// An answer that verifies.
#[derive(Clone, Debug)]
pub struct ReadAnswer {
	/// The answer and its receipt.
	pub saved: SavedAnswer,
	/// What is proven.
	pub checked: Checked,
	/// Whether it came sealed; unknown for a saved answer.
	pub sealed: Option<bool>,
}

/// Requests the records of one relationship, as the subject of the key in use.
pub struct Reader<'a> {
	session: &'a Session<'a>,
	/// The ID of the relationship.
	pub id: RelationshipId,
	/// The relationship, as of the final block.
	pub relationship: Relationship,
	/// The subject of the key in use.
	pub requester: SubjectId,
	/// The client of the provider's gatekeeper.
	pub client: GatekeeperClient,
}

impl<'a> Reader<'a> {
	/// Finds the gatekeeper of the relationship's provider, and opens the key in use.
	pub async fn open(
		session: &'a Session<'a>,
		id: RelationshipId,
		url: &Url,
	) -> Result<Reader<'a>> {
		let context = session.context;
		let account = context.key()?.account();
		let (_, at) = session.finalized().await?;
		let best = session.chain.at(session.chain.best().await?.hash);
		let requester = match at.subject_of(&account).await? {
			Some(subject) => subject,
			// Enrolled in a block that is not final yet. The gatekeeper decides whether it knows them.
			None => context.me(best).await?,
		};
		let relationship = context::relationship(at, id).await?;
		let mut client = gatekeeper::client(session, at, relationship.provider, url).await?;
		let subject = best.subject(requester).await?;
		if let Some(registered) = subject.and_then(|subject| subject.encryption_key) {
			if let Some(sealing) = sealing_key(context, registered)? {
				client = client.with_sealing_key(sealing);
			}
		}
		Ok(Reader { session, id, relationship, requester, client })
	}

	/// The options and the key in use.
	pub fn context(&self) -> &'a Context {
		self.session.context
	}

	/// The purpose of a request: the given one, or else, for the patient, the patient's own request.
	pub fn purpose(&self, given: Option<Purpose>) -> Result<Purpose> {
		let own = (self.requester == self.relationship.patient).then_some(Purpose::Patrqt);
		given.or(own).ok_or_else(|| {
			let message =
				"these are not your own records: state for what purpose you request them, \
			               as --purpose treatment";
			Failure::usage("no_purpose", message)
		})
	}

	/// Requests a record once, opens the answer and verifies it. Returns only what verifies.
	pub async fn read(&self, request: QueryRequest) -> Result<ReadAnswer> {
		match self.client.query(&request).await {
			Ok(reply) => self.verify(request, reply).await,
			Err(error) => Err(self.refusal(&request, error).await),
		}
	}

	/// The same at a pace that the gatekeeper accepts: what it refuses for the moment is requested again.
	pub async fn read_paced(&self, request: QueryRequest, pace: &Pace) -> Result<ReadAnswer> {
		match pace.run(async || self.client.query(&request).await).await {
			Ok(reply) => self.verify(request, reply).await,
			Err(error) => Err(self.refusal(&request, error).await),
		}
	}

	/// Verifies an answer that has just come.
	async fn verify(&self, request: QueryRequest, reply: Reply) -> Result<ReadAnswer> {
		let Reply { answer, receipt, request_hash, sealed } = reply;
		let chain = &self.session.chain;
		let saved =
			SavedAnswer { request, request_hash, requester: self.requester, answer, receipt };
		let decided_at = saved.answer.decided_at;
		let head = self.session.catch_up_with(decided_at.number).await?;
		let checked = check(self.session, &saved).await?;
		let decided = chain.at(decided_at.hash).timestamp().await?;
		if decided.saturating_add(MAX_AGE) < chain.at(head.hash).timestamp().await? {
			let message = format!(
				"the answer was decided at block {}, which is too old; try again, and tell the \
				 provider if the failure persists",
				decided_at.number
			);
			return Err(Failure::unverified("stale_answer", message));
		}
		Ok(ReadAnswer { saved, checked, sealed: Some(sealed) })
	}

	/// The failure of a request, with the receipt of the refusal if the provider's gatekeeper signed it.
	async fn refusal(&self, request: &QueryRequest, error: GatekeeperError) -> Failure {
		let receipt = match &error {
			GatekeeperError::Refused { body, .. } => body.receipt.clone(),
			_ => None,
		};
		let mut failure = Failure::from(error);
		if let Some(receipt) = receipt {
			let checked = self.check_refusal(request, &receipt).await;
			failure.receipt = checked.is_ok().then(|| Box::new(receipt));
		}
		failure
	}

	async fn check_refusal(&self, request: &QueryRequest, receipt: &SignedReceipt) -> Result<()> {
		let (_, at) = self.session.finalized().await?;
		let found = gatekeeper_of(at, self.relationship.provider).await?;
		let (gatekeeper, account) = found.ok_or(CheckError::NoGatekeeper)?;
		// The hash is not compared: the receipt shows that one request was refused.
		let request_hash = receipt.receipt.request;
		let (requester, account) = (self.requester, &account);
		let expected =
			ReceiptExpectations { request, request_hash, requester, gatekeeper, account };
		Ok(check_receipt(receipt, &expected)?)
	}
}

/// Whether a failure says that what was read is not what is on chain.
pub fn is_unverified(failure: &Failure) -> bool {
	failure.exit == Exit::Unverified
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

async fn check(session: &Session<'_>, saved: &SavedAnswer) -> Result<Checked, CheckError> {
	let SavedAnswer { request, request_hash, requester, answer, receipt } = saved;
	check_on_chain(&session.chain, request, *request_hash, *requester, answer, receipt).await
}

/// The gatekeeper in the provider's profile, and its account.
async fn gatekeeper_of(at: At<'_>, provider: SubjectId) -> Result<Option<(SubjectId, AccountId)>> {
	let profile = at.profile(provider).await?;
	let Some(gatekeeper) = profile.and_then(|profile| profile.gatekeeper) else { return Ok(None) };
	let subject = at.subject(gatekeeper.device).await?;
	Ok(subject.map(|subject| (gatekeeper.device, subject.account)))
}
