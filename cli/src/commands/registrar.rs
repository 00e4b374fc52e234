//! `medrec registrar`: subjects, their identifiers, profiles and keys.

mod account;
mod organisation;

use crate::{
	context::{from_event, submitted, Context},
	directory::address_of,
	failure::{Failure, OrNotFound, Result},
	motion,
	output::{word, Output},
	parse::{self, variant, Party},
	view,
};
use clap::{
	builder::{PossibleValuesParser, TypedValueParser},
	Args, Subcommand,
};
use medrec_client::{chain::RegistrarCall, keys::read_secret};
use medrec_primitives::{
	bytes::from_hex,
	identity::{self, EncryptionKey, Role, Status, SubjectId},
	AccountId,
};
use medrec_protocol::keys::Secret;
use serde_json::json;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Look up and change subjects.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Find an organisation by its name.
	Resolve {
		/// The name of an organisation.
		name: String,
	},
	/// Find the subject to which an identifier is bound.
	ResolveIdentifier(Identifier),
	/// Show a subject.
	Show {
		/// A subject, the name of an organisation, or an address; by default your own subject.
		#[arg(value_name = "SUBJECT|NAME|ADDRESS")]
		who: Option<Party>,
	},
	/// Compute the identifier of a local ID: HMAC-SHA3-256(secret, namespace, 0x00, local ID).
	///
	/// Nothing is sent. The secret and the local ID come from files, since other users of this
	/// machine can read the command line.
	Identifier(LocalId),
	/// Propose that the council admits a provider. A council with one member admits it at once.
	AdmitProvider(organisation::AdmitProvider),
	/// Propose that the council admits a researcher. A council with one member admits it at once.
	AdmitResearcher(organisation::AdmitResearcher),
	/// Enrol a patient, clinician or device. For providers.
	Enroll {
		/// The account that controls the new subject.
		#[arg(long, value_name = "ADDRESS", value_parser = parse::account)]
		account: AccountId,
		/// Its role: patient, clinician (a person who treats patients) or device (a machine, as a
		/// gatekeeper).
		#[arg(long, value_parser = PossibleValuesParser::new(["patient", "clinician", "device"])
			.try_map(variant::<Role>))]
		role: Role,
		/// An identifier to bind to it.
		#[arg(long)]
		identifier: Option<identity::Identifier>,
		/// The X25519 public key to which gatekeepers seal answers for it.
		#[arg(long, value_name = "KEY")]
		encryption_key: Option<EncryptionKey>,
	},
	/// Bind an identifier to a subject that you enrolled.
	BindIdentifier {
		/// The subject, or the address of its account.
		#[arg(value_name = "SUBJECT|ADDRESS")]
		subject: Party,
		#[command(flatten)]
		identifier: Identifier,
	},
	/// Unbind an identifier.
	UnbindIdentifier(Identifier),
	/// Change the profile of your organisation. The rest of the profile stays as it is.
	SetProfile(organisation::SetProfile),
	/// Register the key to which gatekeepers seal answers for you.
	SetEncryptionKey {
		/// The X25519 public key; by default the one that medrec keys encryption made.
		#[arg(long, value_name = "KEY")]
		public: Option<EncryptionKey>,
		/// Remove the key, so that answers are in the clear.
		#[arg(long, conflicts_with = "public")]
		clear: bool,
	},
	/// Bind your subject to another key. Its relationships and grants stay. The present key cannot
	/// be bound again.
	RotateAccount {
		/// The name of the new key, in the same keystore.
		#[arg(long, value_name = "NAME")]
		to: String,
	},
	/// Suspend a subject, make it active again, or retire it for good. The status of an organisation
	/// is set by a motion of the council.
	SetStatus {
		/// A subject, the name of an organisation, or an address.
		#[arg(value_name = "SUBJECT|NAME|ADDRESS")]
		who: Party,
		/// The status: active, suspended (may not act until it is active again) or retired (never acts
		/// again).
		#[arg(value_parser = PossibleValuesParser::new(["active", "suspended", "retired"])
			.try_map(variant::<Status>))]
		status: Status,
	},
}

#[derive(Debug, Args)]
pub struct Identifier {
	/// The identifier, as medrec registrar identifier computes it.
	identifier: identity::Identifier,
}

#[derive(Debug, Args)]
pub struct LocalId {
	/// A file with the provider's secret, 64 hexadecimal digits, readable by its owner only.
	#[arg(long, value_name = "FILE")]
	secret_file: PathBuf,
	/// The namespace of local IDs.
	#[arg(long, value_name = "NAME", default_value = "patient")]
	namespace: String,
	/// A file with the local ID, readable by its owner only; - for the standard input.
	#[arg(long, value_name = "FILE")]
	local_id_file: PathBuf,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::Resolve { name } => {
			let session = context.connect().await?;
			let subject = session.resolve(&Party::Name(name.clone())).await?;
			Ok(Output::new(subject, json!({ "name": name, "subject": subject })))
		},
		Command::ResolveIdentifier(Identifier { identifier }) => {
			resolve_identifier(context, identifier).await
		},
		Command::Show { who } => show(context, who.as_ref()).await,
		Command::Identifier(args) => compute(&args),
		Command::AdmitProvider(args) => admit(context, args.call()?).await,
		Command::AdmitResearcher(args) => admit(context, args.call()?).await,
		Command::Enroll { account, role, identifier, encryption_key } => {
			let address = address_of(&account);
			let session = context.connect().await?;
			let call = RegistrarCall::enroll { account, role, identifier, encryption_key };
			let included = session.submit(call).await?;
			let subject: SubjectId = from_event(&included, "Registrar", "Enrolled", "subject")?;
			let json = json!({
				"subject": subject,
				"role": role,
				"account": address,
				"identifier": identifier,
			});
			Ok(submitted(&included, format!("Enrolled as {}: {subject}", word(role)), json))
		},
		Command::BindIdentifier { subject, identifier: Identifier { identifier } } => {
			let session = context.connect().await?;
			let subject = session.resolve(&subject).await?;
			let call = RegistrarCall::bind_identifier { subject, identifier };
			let text = format!("The identifier is bound to {subject}.");
			let json = json!({ "subject": subject, "identifier": identifier });
			session.change(call, text, json).await
		},
		Command::UnbindIdentifier(Identifier { identifier }) => {
			let call = RegistrarCall::unbind_identifier { identifier };
			let text = "The identifier is not bound any more.";
			let session = context.connect().await?;
			session.change(call, text, json!({ "identifier": identifier })).await
		},
		Command::SetProfile(args) => organisation::set_profile(context, args).await,
		Command::SetEncryptionKey { public, clear } => {
			account::set_encryption_key(context, public, clear).await
		},
		Command::RotateAccount { to } => account::rotate(context, &to).await,
		Command::SetStatus { who, status } => account::set_status(context, &who, status).await,
	}
}

async fn resolve_identifier(context: &Context, identifier: identity::Identifier) -> Result<Output> {
	let session = context.connect().await?;
	let subject = session.at().resolve_identifier(identifier).await?;
	let subject = subject.or_not_found("this identifier is bound to no subject")?;
	Ok(Output::new(subject, json!({ "identifier": identifier, "subject": subject })))
}

async fn admit(context: &Context, call: RegistrarCall) -> Result<Output> {
	motion::propose(&context.connect().await?, call).await
}

async fn show(context: &Context, who: Option<&Party>) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let id = session.resolve_or_me(at, who).await?;
	let subject = view::subject(&mut session.directory_at(at.block()).await?, id).await?;
	Ok(subject.or_not_found("there is no such subject")?.into())
}

fn compute(args: &LocalId) -> Result<Output> {
	let secret = parse_secret(&read_secret(&args.secret_file)?)?;
	let local_id = read_secret(&args.local_id_file)?;
	let identifier = identity::Identifier::derive(&secret, &args.namespace, local_id.expose());
	Ok(Output::new(identifier, json!({ "identifier": identifier })))
}

fn parse_secret(text: &Secret) -> Result<Zeroizing<[u8; 32]>> {
	let secret = from_hex(text.expose().trim()).map(Zeroizing::new);
	secret.map_err(|error| Failure::failed("bad_secret", format!("the provider's secret: {error}")))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_secret_is_64_digits() {
		let digits = "0x".to_owned() + &"07".repeat(32);
		assert_eq!(*parse_secret(&Secret::new(digits)).unwrap(), [7; 32]);
		assert!(parse_secret(&Secret::new("hospital".to_owned())).is_err());
	}
}
