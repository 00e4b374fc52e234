//! `medrec registrar enroll`, `bind-identifier` and `unbind-identifier`.

use crate::{
	context::{from_event, Context, Session, Submitted},
	directory::address_of,
	failure::Result,
	names::check_name,
	output::{Output, Report},
	page::{Cell, Page},
	parse::{variant, AccountRef, Party},
	reference::IdRef,
	text::word,
};
use clap::{
	builder::{PossibleValuesParser, TypedValueParser},
	Args,
};
use medrec_client::chain::RegistrarCall;
use medrec_primitives::identity::{EncryptionKey, Identifier, Role, SubjectId};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
pub struct Enroll {
	/// The account that controls the new subject: an address, or a key in the keystore.
	#[arg(long, value_name = "ACCOUNT")]
	account: AccountRef,
	/// Its role.
	///
	/// A clinician is a person who treats patients; a device is a machine, as a gatekeeper.
	#[arg(long, value_parser = PossibleValuesParser::new(["patient", "clinician", "device"])
		.try_map(variant::<Role>))]
	role: Role,
	/// An identifier to bind to it.
	#[arg(long)]
	identifier: Option<Identifier>,
	/// The X25519 public key to which gatekeepers seal answers for it.
	#[arg(long, value_name = "KEY")]
	encryption_key: Option<EncryptionKey>,
	/// Give it this name of your own, as medrec names add does.
	#[arg(long)]
	name: Option<String>,
}

/// A subject that was enrolled.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Enrolled {
	/// The new subject.
	subject: SubjectId,
	/// Its role: patient, clinician or device.
	#[schema(value_type = String)]
	role: Role,
	/// The SS58 address of the account that controls it.
	account: String,
	/// The identifier that is bound to it.
	identifier: Option<Identifier>,
	/// The name that you gave it.
	name: Option<String>,
}

impl Report for Enrolled {
	fn page(&self) -> Page {
		Page::of(format!("Enrolled a {} with the address {}.", word(self.role), self.account))
			.facts([
				("subject", Cell::id(self.subject)),
				("your name for it", Cell::maybe(self.name.as_ref(), Cell::word)),
			])
	}
}

pub(super) async fn enroll(context: &Context, args: Enroll) -> Result<Output> {
	let Enroll { account, role, identifier, encryption_key, name } = args;
	let account = context.account(&account)?;
	let address = address_of(&account);
	if let Some(name) = &name {
		check_name(name)?;
	}
	let mut session = context.connect().await?;
	if let Some(name) = &name {
		session.resolver().await?.ensure_free(name, None).await?;
	}
	let call = RegistrarCall::enroll { account, role, identifier, encryption_key };
	let included = session.submit(call).await?;
	let subject = from_event(&included, "Registrar", "Enrolled", "subject")?;
	if let Some(name) = &name {
		session.book.names.add(name, subject)?;
	}
	let enrolled = Enrolled { subject, role, account: address, identifier, name };
	Ok(Output::of(&Submitted::new(&included, enrolled)))
}

/// An identifier that was bound.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = BoundIdentifier)]
pub struct Bound {
	/// The subject.
	subject: SubjectId,
	/// What it is called.
	subject_name: String,
	/// The identifier.
	identifier: Identifier,
}

impl Report for Bound {
	fn page(&self) -> Page {
		Page::of(format!("The identifier is bound to {}.", self.subject_name))
	}
}

pub(super) async fn bind(
	context: &Context,
	subject: &Party,
	identifier: Identifier,
) -> Result<Output> {
	let session = context.connect().await?;
	let subject = session.resolve(subject).await?;
	let subject_name = session.directory().await?.name(subject).await?;
	let included = session.submit(RegistrarCall::bind_identifier { subject, identifier }).await?;
	let bound = Bound { subject, subject_name, identifier };
	Ok(Output::of(&Submitted::new(&included, bound)))
}

/// An identifier that was unbound.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = UnboundIdentifier)]
pub struct Unbound {
	/// The identifier.
	identifier: Identifier,
}

impl Report for Unbound {
	fn page(&self) -> Page {
		Page::of("The identifier is not bound any more.")
	}
}

pub(super) async fn unbind(context: &Context, identifier: &IdRef<Identifier>) -> Result<Output> {
	let session = context.connect().await?;
	let mine = identifiers_of_mine(&session);
	let identifier = identifier.choose(("identifier of yours", "identifiers"), mine).await?;
	let included = session.submit(RegistrarCall::unbind_identifier { identifier }).await?;
	Ok(Output::of(&Submitted::new(&included, Unbound { identifier })))
}

/// The identifiers of the subjects that the key in use enrolled.
async fn identifiers_of_mine(session: &Session<'_>) -> Result<Vec<Identifier>> {
	let (at, me) = (session.at(), session.me().await?);
	let subjects = at.subjects().await?.into_iter();
	let mine = subjects.filter(|(_, subject)| subject.sponsor == Some(me));
	let mine: BTreeSet<SubjectId> = mine.map(|(id, _)| id).collect();
	let bound = at.identifiers().await?.into_iter();
	Ok(bound.filter(|(_, subject)| mine.contains(subject)).map(|(id, _)| id).collect())
}
