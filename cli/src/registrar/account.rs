//! `medrec registrar set-encryption-key`, `rotate-account` and `set-status`.

use crate::{
	cli::Wait,
	context::{sent, Context},
	council,
	failure::Failure,
	keys::sealing_public,
	party::{not_found, Party},
	report::{full, Report},
	values, view,
};
use clap::{Args, ValueEnum};
use medrec_client::{chain::{RegistrarCall, rotation_message}, keys::{KeyFileError, KeystoreError}};
use medrec_protocol::keys::Key;
use medrec_primitives::{
	identity::{Status, SubjectId},
	AccountId, Signature, H256,
};
use serde_json::json;

/// `registrar set-encryption-key`.
#[derive(Debug, Args)]
pub struct SetEncryptionKey {
	/// The X25519 public key; the one that medrec keys encryption made if left out.
	#[arg(long, value_name = "KEY", value_parser = values::hash)]
	pub public: Option<H256>,
	/// Have none any more, and get answers in the clear.
	#[arg(long, conflicts_with = "public")]
	pub clear: bool,
}

/// `registrar rotate-account`.
#[derive(Debug, Args)]
pub struct RotateAccount {
	/// The name of the key that takes over, in the same keystore.
	#[arg(long, value_name = "NAME")]
	pub to: String,
}

/// `registrar set-status`.
#[derive(Debug, Args)]
pub struct SetStatus {
	/// Whose status: a subject, an organisation's name, or an address.
	#[arg(value_name = "SUBJECT|NAME|ADDRESS")]
	pub who: Party,
	/// Which status.
	#[arg(value_name = "STATUS")]
	pub status: StatusArg,
}

/// Whether a subject may act.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum StatusArg {
	/// May act.
	Active,
	/// May not act until made active again.
	Suspended,
	/// Will not act again. This is final.
	Retired,
}

impl From<StatusArg> for Status {
	fn from(status: StatusArg) -> Status {
		match status {
			StatusArg::Active => Status::Active,
			StatusArg::Suspended => Status::Suspended,
			StatusArg::Retired => Status::Retired,
		}
	}
}

pub(super) async fn set_encryption_key(
	context: &Context,
	args: &SetEncryptionKey,
) -> Result<Report, Failure> {
	let key = match (args.clear, args.public) {
		(true, _) => None,
		(false, Some(key)) => Some(key.0),
		(false, None) => {
			let name = context.key_name()?;
			let public = sealing_public(&context.keystore, &name)?.ok_or_else(|| {
				let message = format!(
					"the key {name} has no encryption key; make one with medrec keys encryption \
					 {name}"
				);
				Failure::failed("no_encryption_key", message)
			})?;
			let public = values::bytes32(&public);
			Some(public.map_err(|error| Failure::failed("bad_key_file", error))?)
		},
	};
	let chain = context.connect().await?;
	let call = RegistrarCall::SetEncryptionKey { key };
	let included = context.send(&chain, call, Wait::Final).await?;
	let text = match key {
		Some(key) => format!("Answers for you will be sealed to {}.", view::hex(key)),
		None => "Answers for you will be in the clear.".to_owned(),
	};
	Ok(sent(&included, text, json!({ "encryption_key": key.map(view::hex) })))
}

pub(super) async fn rotate(context: &Context, args: &RotateAccount) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let subject = context.me(&chain.at(best.hash)).await?;
	let present = context.unlock()?;
	let next = unlock_other(context, &args.to)?;
	let proof = consent(&next, &chain.genesis_hash(), &subject, &present.account());
	let call = RegistrarCall::RotateAccount { new_account: next.account(), proof };
	let included = context.send_with(&chain, call, &present, Wait::Best).await?;
	let text = format!(
		"The key {} now controls {}. Act with --key {} from now on.",
		args.to,
		full(&subject),
		args.to
	);
	let json = json!({ "subject": subject, "account": view::account(&next.account()) });
	Ok(sent(&included, text, json))
}

/// Opens the key that takes over: by the same password, if it is the same.
fn unlock_other(context: &Context, name: &str) -> Result<Key, Failure> {
	let password = context.password(name)?;
	context.keystore.unlock(name, password).map_err(|error| match error {
		KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. } => {
			let message = format!("the key {name} must have the same password as the present one");
			Failure::failed("wrong_password", message)
		},
		error => error.into(),
	})
}

/// The signature by which the next key consents to taking over a subject from the present account.
fn consent(key: &Key, genesis: &H256, subject: &SubjectId, present: &AccountId) -> Signature {
	let signature = key.sign(&rotation_message(genesis, subject, present));
	match key {
		Key::Sr25519(_) => Signature::Sr25519(signature.into()),
		Key::Ed25519(_) => Signature::Ed25519(signature.into()),
	}
}

pub(super) async fn set_status(context: &Context, args: &SetStatus) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let id = args.who.resolve(&at).await?;
	let subject = at.subject(id).await?.ok_or_else(|| not_found("there is no such subject"))?;
	let status = Status::from(args.status);
	let call = RegistrarCall::SetStatus { subject: id, status };
	let wait = wait_for(status);
	let retires_itself = status == Status::Retired && subject.account == context.account()?;
	if subject.role.is_organisation() && !retires_itself {
		return council::propose_on(context, &chain, call.into(), wait).await;
	}
	let included = context.send(&chain, call, wait).await?;
	let text = format!("{} is {}.", full(&id), view::status(status));
	Ok(sent(&included, text, json!({ "subject": id, "status": status })))
}

/// How long to wait until somebody has a status. Whoever may act again may do so once it is final.
fn wait_for(status: Status) -> Wait {
	match status {
		Status::Active => Wait::Final,
		Status::Suspended | Status::Retired => Wait::Best,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_protocol::keys::{Scheme, verify};

	#[test]
	fn only_what_stops_somebody_counts_before_it_is_final() {
		assert_eq!(wait_for(Status::Active), Wait::Final);
		assert_eq!(wait_for(Status::Suspended), Wait::Best);
		assert_eq!(wait_for(Status::Retired), Wait::Best);
	}

	#[test]
	fn the_next_key_signs_that_it_takes_over_from_the_present_account() {
		let present = AccountId::from([3; 32]);
		for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
			let key = Key::from_uri("//Next", scheme).unwrap();
			let (genesis, subject) = (H256::repeat_byte(1), H256::repeat_byte(2));
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
