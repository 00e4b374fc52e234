//! `medrec registrar`: subjects, their identifiers, profiles and keys.

mod account;
mod admit;
mod enroll;
mod lookup;
mod organisation;

use crate::{
	context::{Context, Submitted},
	failure::Result,
	motion::Proposal,
	output::Output,
	parse::{variant, Party},
	reference::IdRef,
	schema::Documented,
};
use clap::{
	builder::{PossibleValuesParser, TypedValueParser},
	Subcommand,
};
use medrec_primitives::identity::{self, EncryptionKey, Status};

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<lookup::Resolved>("registrar resolve"),
	Documented::of::<lookup::ResolvedIdentifier>("registrar resolve-identifier"),
	Documented::of::<lookup::SubjectDetails>("registrar show"),
	Documented::of::<lookup::ComputedIdentifier>("registrar identifier"),
	Documented::of::<Submitted<Proposal>>("registrar admit-provider"),
	Documented::of::<Submitted<Proposal>>("registrar admit-researcher"),
	Documented::of::<Submitted<enroll::Enrolled>>("registrar enroll"),
	Documented::of::<Submitted<enroll::Bound>>("registrar bind-identifier"),
	Documented::of::<Submitted<enroll::Unbound>>("registrar unbind-identifier"),
	Documented::of::<Submitted<organisation::ProfileSet>>("registrar set-profile"),
	Documented::of::<Submitted<account::EncryptionKeySet>>("registrar set-encryption-key"),
	Documented::of::<Submitted<account::Rotated>>("registrar rotate-account"),
	Documented::of::<Submitted<account::StatusSet>>("registrar set-status"),
];

/// Look up and change subjects.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Print the ID of a subject and nothing else.
	Resolve {
		/// The name of an organisation, of a key of yours, or a name that you gave.
		name: Party,
	},
	/// Find the subject to which an identifier is bound.
	ResolveIdentifier {
		/// The identifier, or the first digits of it, among all that are bound.
		identifier: IdRef<identity::Identifier>,
	},
	/// Show a subject.
	Show {
		/// The subject, by name, address or ID; by default your own.
		#[arg(value_name = "NAME|ID")]
		who: Option<Party>,
	},
	/// Compute the identifier of a local ID.
	///
	/// It is HMAC-SHA3-256(secret, namespace, 0x00, local ID). Nothing is sent. The secret and the
	/// local ID come from files, since other users of this machine can read the command line.
	Identifier(lookup::LocalId),
	/// Propose that the council admits a provider.
	///
	/// A council with one member admits it at once.
	AdmitProvider(admit::AdmitProvider),
	/// Propose that the council admits a researcher.
	///
	/// A council with one member admits it at once.
	AdmitResearcher(admit::AdmitResearcher),
	/// Enrol a patient, clinician or device. For providers.
	Enroll(enroll::Enroll),
	/// Bind an identifier to a subject that you enrolled.
	BindIdentifier {
		/// The subject, by name, address or ID.
		#[arg(value_name = "NAME|ID")]
		subject: Party,
		/// The identifier, as medrec registrar identifier computes it.
		identifier: identity::Identifier,
	},
	/// Unbind an identifier.
	UnbindIdentifier {
		/// The identifier, or the first digits of it, among those of subjects that you enrolled.
		identifier: IdRef<identity::Identifier>,
	},
	/// Change the profile of your organisation.
	///
	/// What no option names stays as it is.
	SetProfile(organisation::SetProfile),
	/// Register the key to which answers for you are sealed.
	SetEncryptionKey {
		/// The X25519 public key; by default that of medrec keys encryption.
		#[arg(long, value_name = "KEY")]
		public: Option<EncryptionKey>,
		/// Remove the key, so that answers are in the clear.
		#[arg(long, conflicts_with = "public")]
		clear: bool,
	},
	/// Bind your subject to another key.
	///
	/// Its relationships and grants stay. The present key cannot be bound again.
	RotateAccount {
		/// The name of the new key, in the same keystore.
		#[arg(long, value_name = "NAME")]
		to: String,
	},
	/// Suspend or retire a subject, or make it active again.
	///
	/// The status of an organisation is set by a motion of the council. A suspended subject may not act
	/// until it is active again; a retired one never acts again.
	SetStatus {
		/// The subject, by name, address or ID.
		#[arg(value_name = "NAME|ID")]
		who: Party,
		/// The status.
		#[arg(value_parser = PossibleValuesParser::new(["active", "suspended", "retired"])
			.try_map(variant::<Status>))]
		status: Status,
	},
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::Resolve { name } => lookup::resolve(context, &name).await,
		Command::ResolveIdentifier { identifier } => {
			lookup::resolve_identifier(context, &identifier).await
		},
		Command::Show { who } => lookup::show(context, who.as_ref()).await,
		Command::Identifier(args) => lookup::compute(&args),
		Command::AdmitProvider(args) => admit::propose(context, args.call(context)?).await,
		Command::AdmitResearcher(args) => admit::propose(context, args.call(context)?).await,
		Command::Enroll(args) => enroll::enroll(context, args).await,
		Command::BindIdentifier { subject, identifier } => {
			enroll::bind(context, &subject, identifier).await
		},
		Command::UnbindIdentifier { identifier } => enroll::unbind(context, &identifier).await,
		Command::SetProfile(args) => organisation::set_profile(context, args).await,
		Command::SetEncryptionKey { public, clear } => {
			account::set_encryption_key(context, public, clear).await
		},
		Command::RotateAccount { to } => account::rotate(context, to).await,
		Command::SetStatus { who, status } => account::set_status(context, &who, status).await,
	}
}
