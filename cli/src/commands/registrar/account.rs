//! `medrec registrar set-encryption-key`, `rotate-account` and `set-status`.

use crate::{
	context::Context,
	directory::address_of,
	failure::{Failure, OrNotFound, Result},
	motion,
	output::{word, Output},
	parse::Party,
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
use serde_json::json;

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
	let text = match key {
		Some(key) => format!("Answers for you will be sealed to {key}."),
		None => "Answers for you will be in the clear.".to_owned(),
	};
	let call = RegistrarCall::set_encryption_key { key };
	let session = context.connect().await?;
	session.change(call, text, json!({ "encryption_key": key })).await
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

pub(super) async fn rotate(context: &Context, key: &str) -> Result<Output> {
	let session = context.connect().await?;
	let subject = session.me().await?;
	let present = context.key()?.account();
	let next = unlock_next(context, key)?;
	let proof = consent(&next, &session.chain.genesis_hash(), &subject, &present);
	let text = format!("The key {key} now controls {subject}. Use --key {key} from now on.");
	let json = json!({ "subject": subject, "account": address_of(&next.account()) });
	let call = RegistrarCall::rotate_account { new_account: next.account(), proof };
	session.change(call, text, json).await
}

/// Opens the new key, which must have the password of the present one.
fn unlock_next(context: &Context, name: &str) -> Result<Key> {
	let password = context.password(name)?;
	context.keystore.unlock(name, password).map_err(|error| match error {
		KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. } => {
			let message = format!("the key {name} must have the same password as the present key");
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

pub(super) async fn set_status(context: &Context, who: &Party, status: Status) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let id = session.resolve(who).await?;
	let subject = at.subject(id).await?.or_not_found("there is no such subject")?;
	let me = session.me().await?;
	let role = at.subject(me).await?.or_not_found("your subject does not exist any more")?.role;
	let actor = StatusOrigin::Actor(Actor::new(me, role, || None));
	let may = |origin| may_set_status(&origin, &id, &subject, status);
	let call = RegistrarCall::set_status { subject: id, status };
	if !may(actor) && may(StatusOrigin::Council) {
		return motion::propose(&session, call).await;
	}
	let text = format!("The status of {id} is {}.", word(status));
	session.change(call, text, json!({ "subject": id, "status": status })).await
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
