//! `medrec registrar set-encryption-key`, `rotate-account` and `set-status`.

use crate::{
	context::{self, Context, Submitted},
	directory::address_of,
	failure::{Failure, OrNotFound, Result},
	motion::{self, Proposal},
	output::{Output, Report},
	page::{Cell, Page},
	parse::Party,
	text::word,
};
use medrec_client::{
	chain::{rotation_message, RegistrarCall},
	keys::{KeyFileError, KeystoreError},
};
use medrec_primitives::{
	authority::{may_set_status, Actor, StatusOrigin},
	identity::{EncryptionKey, Status, SubjectId},
	AccountId, Signature, H256,
};
use medrec_protocol::keys::Key;
use serde::Serialize;

/// The key to which answers are sealed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct EncryptionKeySet {
	/// The X25519 public key; none if answers are in the clear.
	encryption_key: Option<EncryptionKey>,
}

impl Report for EncryptionKeySet {
	fn page(&self) -> Page {
		match self.encryption_key {
			Some(key) => Page::of(format!("Answers for you will be sealed to\n{key}")),
			None => Page::of("Answers for you will be in the clear."),
		}
	}
}

pub(super) async fn set_encryption_key(
	context: &Context,
	public: Option<EncryptionKey>,
	clear: bool,
) -> Result<Output> {
	let key = match (clear, public) {
		(true, _) => None,
		(false, Some(key)) => Some(key),
		(false, None) => Some(own_encryption_key(context)?),
	};
	let session = context.connect().await?;
	let included = session.submit(RegistrarCall::set_encryption_key { key }).await?;
	let set = EncryptionKeySet { encryption_key: key };
	Ok(Output::of(&Submitted::new(&included, set)))
}

fn own_encryption_key(context: &Context) -> Result<EncryptionKey> {
	let name = context.key_name()?;
	context.encryption_key_of(&name)?.ok_or_else(|| {
		let message = format!(
			"the key {name} has no encryption key; make one with medrec keys encryption {name}"
		);
		Failure::failed("no_encryption_key", message)
	})
}

/// A subject with another key.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = RotatedAccount)]
pub struct Rotated {
	/// The subject.
	subject: SubjectId,
	/// The SS58 address of the account that controls it now.
	account: String,
	/// The name of its key.
	key: String,
}

impl Report for Rotated {
	fn page(&self) -> Page {
		let Rotated { key, .. } = self;
		Page::of(format!("The key {key} now controls your subject. Use --key {key} from now on."))
			.facts([("subject", Cell::id(self.subject))])
	}
}

pub(super) async fn rotate(context: &Context, key: String) -> Result<Output> {
	// Before the connection: a key that is missing is reported without a node.
	context.keystore.get(&key)?;
	let session = context.connect().await?;
	let subject = session.me().await?;
	let present = context.key()?.account();
	let next = unlock_next(context, &key)?;
	let proof = consent(&next, &session.chain.genesis_hash(), &subject, &present);
	let call = RegistrarCall::rotate_account { new_account: next.account(), proof };
	let included = session.submit(call).await?;
	let rotated = Rotated { subject, account: address_of(&next.account()), key };
	Ok(Output::of(&Submitted::new(&included, rotated)))
}

/// Opens the new key, which must have the password of the present one.
fn unlock_next(context: &Context, name: &str) -> Result<Key> {
	let password = context.password(name)?;
	context.keystore.unlock(name, password).map_err(|error| match error {
		KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. } => {
			let message = format!(
				"the key {name} must have the same password as the present key; change it with medrec \
				 keys passwd {name}"
			);
			Failure::failed("wrong_password", message)
		},
		error => error.into(),
	})
}

/// The signature by which the new key consents to control a subject after the present account.
fn consent(key: &Key, genesis: &H256, subject: &SubjectId, present: &AccountId) -> Signature {
	let signature = key.sign(&rotation_message(genesis, subject, present));
	match key {
		Key::Sr25519(_) => Signature::Sr25519(signature.into()),
		Key::Ed25519(_) => Signature::Ed25519(signature.into()),
	}
}

/// A status that was set or proposed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct StatusSet {
	/// The subject.
	subject: SubjectId,
	/// What it is called.
	subject_name: String,
	/// The status: active, suspended or retired.
	#[schema(value_type = String)]
	status: Status,
	/// The proposal to the council, for an organisation.
	proposal: Option<Proposal>,
}

impl Report for StatusSet {
	fn page(&self) -> Page {
		match &self.proposal {
			Some(proposal) => proposal.page(),
			None => {
				let status = word(self.status);
				Page::of(format!("The status of {} is {status} now.", self.subject_name))
			},
		}
	}
}

pub(super) async fn set_status(context: &Context, who: &Party, status: Status) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let id = session.resolve(who).await?;
	let subject = context::subject(at, id).await?;
	let subject_name = session.directory().await?.name(id).await?;
	let me = session.me().await?;
	let role = at.subject(me).await?.or_not_found("your subject does not exist any more")?.role;
	let actor = StatusOrigin::Actor(Actor::new(me, role, || None));
	let may = |origin| may_set_status(&origin, &id, &subject, status);
	let call = RegistrarCall::set_status { subject: id, status };
	let set = |proposal| StatusSet { subject: id, subject_name, status, proposal };
	if !may(actor) && may(StatusOrigin::Council) {
		let proposed = motion::propose(&session, call).await?;
		return Ok(Output::of(&proposed.map(|proposal| set(Some(proposal)))));
	}
	let included = session.submit(call).await?;
	Ok(Output::of(&Submitted::new(&included, set(None))))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_protocol::keys::{verify, Scheme};

	#[test]
	fn the_new_key_signs_its_consent_over_the_present_account() {
		let present = AccountId::from([3; 32]);
		for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
			let key = Key::from_uri("//Next", scheme).unwrap();
			let (genesis, subject) = (H256::repeat_byte(1), SubjectId::repeat_byte(2));
			let signature: [u8; 64] = match consent(&key, &genesis, &subject, &present) {
				Signature::Sr25519(signature) => signature.into(),
				Signature::Ed25519(signature) => signature.into(),
				other => panic!("{other:?}"),
			};
			let message = [b"medrec-rotate".as_slice(), &[1; 32], &[2; 32], &[3; 32]].concat();
			assert_eq!(verify(&key.account(), &message, &signature), Some(scheme));
		}
	}
}
