//! `medrec registrar`: look up and change who is who.

mod account;
mod admit;
mod identifier;
mod profile;
mod show;

use crate::{
	cli::{examples, Wait},
	context::{sent, Context},
	failure::Failure,
	party::{not_found, Party},
	report::{full, Report},
	values, view,
};
use clap::{Args, Subcommand, ValueEnum};
use medrec_client::chain::RegistrarCall;
use medrec_primitives::{
	identity::{Role, SubjectId},
	AccountId, H256,
};
use serde_json::json;

/// Look up and change who is who.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec registrar resolve hospital-a",
	"medrec registrar show hospital-a",
	"medrec registrar enroll --account $ADDRESS --role patient",
))]
pub enum RegistrarCommand {
	/// Find the organisation of a name.
	#[command(after_help = examples!("medrec registrar resolve hospital-a"))]
	Resolve(Resolve),
	/// Find the subject for which an identifier stands.
	#[command(after_help = examples!("medrec registrar resolve-identifier $IDENTIFIER"))]
	ResolveIdentifier(ResolveIdentifier),
	/// Show what the chain knows of a subject.
	#[command(after_help = examples!(
		"medrec registrar show hospital-a",
		"medrec registrar show $SUBJECT --json",
		"medrec registrar show $ADDRESS",
	))]
	Show(Who),
	/// Compute the identifier of a local ID: HMAC-SHA3-256(secret, namespace, 0x00, local ID).
	///
	/// Nothing is sent. Neither the secret nor the local ID stands on the command line, where other
	/// users of this machine could read it.
	#[command(after_help = examples!(
		"medrec registrar identifier --secret-file provider.secret --local-id-file patient.txt",
		"medrec registrar identifier --secret-file provider.secret --local-id-file - < patient.txt",
	))]
	Identifier(identifier::Identifier),
	/// Move that the council admit a provider. With one member it is done at once.
	#[command(after_help = examples!(
		"medrec registrar admit-provider --account $ADDRESS --name hospital-b",
		"medrec registrar admit-provider --account $ADDRESS --name hospital-b --finality-key $KEY",
	))]
	AdmitProvider(admit::AdmitProvider),
	/// Move that the council admit a researcher. With one member it is done at once.
	#[command(after_help = examples!(
		"medrec registrar admit-researcher --account $ADDRESS --name institute-c --mining-key $KEY",
	))]
	AdmitResearcher(admit::AdmitResearcher),
	/// Enrol a patient, clinician or device of yours.
	#[command(after_help = examples!(
		"medrec registrar enroll --account $ADDRESS --role patient --identifier $IDENTIFIER",
		"medrec registrar enroll --account $ADDRESS --role device --key hospital-a",
	))]
	Enroll(Enroll),
	/// Let an identifier stand for a subject that you enrolled.
	#[command(after_help = examples!("medrec registrar bind-identifier $SUBJECT $IDENTIFIER"))]
	BindIdentifier(BindIdentifier),
	/// Let an identifier stand for nobody.
	#[command(after_help = examples!("medrec registrar unbind-identifier $IDENTIFIER"))]
	UnbindIdentifier(ResolveIdentifier),
	/// Change what your organisation tells of itself. What is left out stays as it is.
	#[command(after_help = examples!(
		"medrec registrar set-profile --gatekeeper-url https://gate.example.org --gatekeeper-device $SUBJECT",
		"medrec registrar set-profile --finality-key $KEY",
		"medrec registrar set-profile --no-peers",
	))]
	SetProfile(profile::SetProfile),
	/// Tell the chain to which key answers for you are sealed.
	#[command(after_help = examples!(
		"medrec registrar set-encryption-key --key me",
		"medrec registrar set-encryption-key --clear",
	))]
	SetEncryptionKey(account::SetEncryptionKey),
	/// Hand your subject to another key. All that hangs on it stays; the present key is never bound
	/// again.
	#[command(after_help = examples!(
		"medrec registrar rotate-account --key me --to me-2026",
	))]
	RotateAccount(account::RotateAccount),
	/// Suspend a subject, make it active again, or retire it for good. For organisations it is a
	/// motion of the council.
	#[command(after_help = examples!(
		"medrec registrar set-status $SUBJECT suspended",
		"medrec registrar set-status hospital-b retired",
	))]
	SetStatus(account::SetStatus),
}

/// `registrar resolve`.
#[derive(Debug, Args)]
pub struct Resolve {
	/// The name of an organisation.
	#[arg(value_name = "NAME")]
	pub name: String,
}

/// An identifier.
#[derive(Debug, Args)]
pub struct ResolveIdentifier {
	/// The identifier, as medrec registrar identifier computes it.
	#[arg(value_name = "IDENTIFIER", value_parser = values::hash)]
	pub identifier: H256,
}

/// Somebody.
#[derive(Debug, Args)]
pub struct Who {
	/// A subject, an organisation's name, or an address; yourself if left out.
	#[arg(value_name = "SUBJECT|NAME|ADDRESS")]
	pub who: Option<Party>,
}

/// `registrar enroll`.
#[derive(Debug, Args)]
pub struct Enroll {
	/// The account that controls the new subject.
	#[arg(long, value_name = "ADDRESS", value_parser = values::account)]
	pub account: AccountId,
	/// What it is.
	#[arg(long, value_name = "ROLE")]
	pub role: EnrolledRole,
	/// An identifier that shall stand for it.
	#[arg(long, value_name = "IDENTIFIER", value_parser = values::hash)]
	pub identifier: Option<H256>,
	/// The X25519 public key to which answers for it are sealed.
	#[arg(long, value_name = "KEY", value_parser = values::hash)]
	pub encryption_key: Option<H256>,
}

/// What a provider enrols.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum EnrolledRole {
	/// A person whose records these are.
	Patient,
	/// A person who treats patients.
	Clinician,
	/// A machine, as a gatekeeper.
	Device,
}

impl From<EnrolledRole> for Role {
	fn from(role: EnrolledRole) -> Role {
		match role {
			EnrolledRole::Patient => Role::Patient,
			EnrolledRole::Clinician => Role::Clinician,
			EnrolledRole::Device => Role::Device,
		}
	}
}

/// `registrar bind-identifier`.
#[derive(Debug, Args)]
pub struct BindIdentifier {
	/// The subject, or the address of its account.
	#[arg(value_name = "SUBJECT|ADDRESS")]
	pub subject: Party,
	/// The identifier, as medrec registrar identifier computes it.
	#[arg(value_name = "IDENTIFIER", value_parser = values::hash)]
	pub identifier: H256,
}

/// Does what the command says.
pub async fn run(context: &Context, command: RegistrarCommand) -> Result<Report, Failure> {
	match command {
		RegistrarCommand::Resolve(args) => resolve(context, &args.name).await,
		RegistrarCommand::ResolveIdentifier(args) => {
			resolve_identifier(context, args.identifier).await
		},
		RegistrarCommand::Show(args) => show::run(context, args.who).await,
		RegistrarCommand::Identifier(args) => identifier::run(&args),
		RegistrarCommand::AdmitProvider(args) => admit::provider(context, args).await,
		RegistrarCommand::AdmitResearcher(args) => admit::researcher(context, args).await,
		RegistrarCommand::Enroll(args) => enroll(context, args).await,
		RegistrarCommand::BindIdentifier(args) => bind_identifier(context, args).await,
		RegistrarCommand::UnbindIdentifier(args) => {
			unbind_identifier(context, args.identifier).await
		},
		RegistrarCommand::SetProfile(args) => profile::run(context, args).await,
		RegistrarCommand::SetEncryptionKey(args) => {
			account::set_encryption_key(context, &args).await
		},
		RegistrarCommand::RotateAccount(args) => account::rotate(context, &args).await,
		RegistrarCommand::SetStatus(args) => account::set_status(context, &args).await,
	}
}

async fn resolve(context: &Context, name: &str) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let found = chain.at(best.hash).resolve(name).await?;
	let subject = found.ok_or_else(|| not_found(format!("no organisation is called {name}")))?;
	Ok(Report::new(full(&subject), json!({ "name": name, "subject": subject })))
}

async fn resolve_identifier(context: &Context, identifier: H256) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let found = chain.at(best.hash).resolve_identifier(identifier).await?;
	let subject = found.ok_or_else(|| not_found("this identifier stands for nobody"))?;
	Ok(Report::new(full(&subject), json!({ "identifier": identifier, "subject": subject })))
}

async fn enroll(context: &Context, args: Enroll) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let role = Role::from(args.role);
	let call = RegistrarCall::Enroll {
		account: args.account.clone(),
		role,
		identifier: args.identifier,
		encryption_key: args.encryption_key.map(|key| key.0),
	};
	let included = context.send(&chain, call, Wait::Final).await?;
	let subject = included
		.event("Registrar", "Enrolled")
		.and_then(|event| event.get::<SubjectId>("subject"))
		.ok_or_else(|| Failure::failed("malformed_answer", "the chain does not say who it is"))?;
	let text = format!("Enrolled as {}: {}", view::role(role), full(&subject));
	let json = json!({
		"subject": subject,
		"role": role,
		"account": view::account(&args.account),
		"identifier": args.identifier,
	});
	Ok(sent(&included, text, json))
}

async fn bind_identifier(context: &Context, args: BindIdentifier) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let subject = args.subject.resolve(&chain.at(best.hash)).await?;
	let identifier = args.identifier;
	let call = RegistrarCall::BindIdentifier { subject, identifier };
	let included = context.send(&chain, call, Wait::Final).await?;
	let text = format!("The identifier stands for {}.", full(&subject));
	Ok(sent(&included, text, json!({ "subject": subject, "identifier": identifier })))
}

async fn unbind_identifier(context: &Context, identifier: H256) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let call = RegistrarCall::UnbindIdentifier { identifier };
	let included = context.send(&chain, call, Wait::Final).await?;
	let text = "The identifier stands for nobody.";
	Ok(sent(&included, text, json!({ "identifier": identifier })))
}
