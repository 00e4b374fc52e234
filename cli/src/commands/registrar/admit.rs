//! The admission of organisations by the council.

use crate::{
	context::{Context, Session},
	directory::address_of,
	failure::{Exit, Failure, Result},
	motion,
	output::Output,
};
use medrec_client::chain::RegistrarCall;
use medrec_primitives::AccountId;

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
