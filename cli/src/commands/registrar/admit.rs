//! `medrec registrar admit-provider` and `admit-researcher`: the admission of organisations by the
//! council.

use super::organisation::{ed25519, set_peers};
use crate::{
	context::{Context, Session},
	directory::address_of,
	failure::{Exit, Failure, Result},
	motion,
	output::Output,
	parse::{AccountRef, Peer},
};
use clap::Args;
use medrec_client::chain::RegistrarCall;
use medrec_primitives::{
	identity::{is_valid_name, FinalityKey, MiningKey, Name, Profile},
	AccountId,
};

#[derive(Debug, Args)]
pub struct AdmitProvider {
	#[command(flatten)]
	organisation: Organisation,
	/// The Ed25519 key of its votes on finality. Without one it does not vote.
	///
	/// It is a public key in hexadecimal digits, or the name of a key in the keystore.
	#[arg(long, value_name = "KEY")]
	finality_key: Option<AccountRef>,
}

#[derive(Debug, Args)]
pub struct AdmitResearcher {
	#[command(flatten)]
	organisation: Organisation,
	/// The Ed25519 key that signs its seals. Without one it does not mine.
	///
	/// It is a public key in hexadecimal digits, or the name of a key in the keystore.
	#[arg(long, value_name = "KEY")]
	mining_key: Option<AccountRef>,
}

#[derive(Debug, Args)]
struct Organisation {
	/// The account that controls it: an address, or a key in the keystore.
	#[arg(long, value_name = "ACCOUNT")]
	account: AccountRef,
	/// Its name: up to 64 letters a-z, digits, dots and dashes.
	#[arg(long, value_name = "NAME")]
	name: String,
	/// The libp2p identities of its nodes.
	#[arg(long = "peer", value_name = "PEER", num_args = 1..)]
	peers: Vec<Peer>,
}

impl AdmitProvider {
	/// The call that the council is to make.
	pub(super) fn call(self, context: &Context) -> Result<RegistrarCall> {
		let finality_key = ed25519(context, self.finality_key)?.map(FinalityKey);
		let profile = Profile { finality_key, ..Profile::default() };
		let (account, name, profile) = self.organisation.admission(context, profile)?;
		Ok(RegistrarCall::admit_provider { account, name, profile })
	}
}

impl AdmitResearcher {
	/// The call that the council is to make.
	pub(super) fn call(self, context: &Context) -> Result<RegistrarCall> {
		let mining_key = ed25519(context, self.mining_key)?.map(MiningKey);
		let profile = Profile { mining_key, ..Profile::default() };
		let (account, name, profile) = self.organisation.admission(context, profile)?;
		Ok(RegistrarCall::admit_researcher { account, name, profile })
	}
}

impl Organisation {
	fn admission(
		self,
		context: &Context,
		mut profile: Profile,
	) -> Result<(AccountId, Vec<u8>, Profile)> {
		set_peers(&mut profile, self.peers)?;
		let name = name_of(&self.name)?.into();
		Ok((context.account(&self.account)?, name, profile))
	}
}

/// Proposes an admission to the council. The chain would tell only at its end that the name or the
/// account is taken.
pub(super) async fn propose(context: &Context, call: RegistrarCall) -> Result<Output> {
	let session = context.connect().await?;
	if let RegistrarCall::admit_provider { account, name, .. }
	| RegistrarCall::admit_researcher { account, name, .. } = &call
	{
		ensure_free(&session, account, &String::from_utf8_lossy(name)).await?;
	}
	Ok(Output::of(&motion::propose(&session, call).await?))
}

/// Refuses a name that an organisation has, and an account that cannot be bound to a subject.
async fn ensure_free(session: &Session<'_>, account: &AccountId, name: &str) -> Result<()> {
	let (at, address) = (session.at(), address_of(account));
	if let Some(subject) = at.resolve(name).await? {
		let message = format!(
			"there is an organisation {name} already: {subject}; nothing was sent; choose another name"
		);
		return Err(Failure::new(Exit::Refused, "Registrar.NameTaken", message));
	}
	if let Some(subject) = at.subject_of(account).await? {
		let name = session.directory().await?.name(subject).await?;
		let message = format!(
			"the account {address} controls a subject already: {name}; nothing was sent; choose another \
			 account"
		);
		return Err(Failure::new(Exit::Refused, "Registrar.AccountTaken", message));
	}
	if at.former_account(account).await?.is_some() {
		let message = format!(
			"the account {address} controlled a subject once, and cannot control another one; nothing \
			 was sent; choose another account"
		);
		return Err(Failure::new(Exit::Refused, "Registrar.AccountSpent", message));
	}
	Ok(())
}

/// The name of an organisation, if it is valid.
fn name_of(text: &str) -> Result<Name> {
	let name = Some(text.as_bytes().to_vec()).filter(|name| is_valid_name(name));
	name.and_then(|name| name.try_into().ok()).ok_or_else(|| {
		let message =
			"the name of an organisation has 1 to 64 small letters a to z, digits, dots and \
		               dashes, and begins and ends with a letter or a digit; choose another name";
		Failure::usage("invalid_name", message)
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_are_checked_before_a_transaction_is_sent() {
		assert_eq!(name_of("hospital-b").unwrap().to_vec(), b"hospital-b");
		assert!(name_of("Hospital B").is_err());
	}
}
