//! `medrec registrar resolve`, `resolve-identifier`, `show` and `identifier`.

use super::organisation::ProfileView;
use crate::{
	context::{self, Context},
	directory::{address_of, Directory},
	failure::{Failure, OrNotFound, Result},
	output::{Output, Report},
	page::{Cell, Page},
	parse::Party,
	reference::{ids, IdRef},
	text::word,
};
use clap::Args;
use medrec_client::keys::{read_secret, SecretError};
use medrec_primitives::{
	bytes::from_hex,
	identity::{EncryptionKey, Identifier, Role, Status, SubjectId},
	Moment,
};
use medrec_protocol::keys::Secret;
use serde::Serialize;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The subject that a reference stands for.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Resolved {
	/// The subject.
	subject: SubjectId,
	/// What it is called.
	subject_name: String,
}

impl Report for Resolved {
	fn page(&self) -> Page {
		Page::of(self.subject)
	}
}

pub(super) async fn resolve(context: &Context, who: &Party) -> Result<Output> {
	let session = context.connect().await?;
	let subject = session.resolve(who).await?;
	let subject_name = Directory::new(&session.book, session.at(), None).name(subject).await?;
	Ok(Output::of(&Resolved { subject, subject_name }))
}

/// The subject to which an identifier is bound.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ResolvedIdentifier {
	/// The identifier.
	identifier: Identifier,
	/// The subject.
	subject: SubjectId,
	/// What it is called.
	subject_name: String,
}

impl Report for ResolvedIdentifier {
	fn page(&self) -> Page {
		let who = Cell::words(&self.subject_name);
		Page::default().facts([("subject", Cell::id(self.subject)), ("who", who)])
	}
}

pub(super) async fn resolve_identifier(
	context: &Context,
	identifier: &IdRef<Identifier>,
) -> Result<Output> {
	let session = context.connect().await?;
	let bound = async { Ok(ids(session.at().identifiers().await?)) };
	let identifier = identifier.choose(("bound identifier", "identifiers"), bound).await?;
	let subject = session.at().resolve_identifier(identifier).await?;
	let missing = format!(
		"no subject has the identifier {identifier}; compare it, or bind it with medrec registrar \
		 bind-identifier"
	);
	let subject = subject.or_not_found(missing)?;
	let subject_name = session.directory().await?.name(subject).await?;
	Ok(Output::of(&ResolvedIdentifier { identifier, subject, subject_name }))
}

/// A subject.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct SubjectDetails {
	/// The subject.
	subject: SubjectId,
	/// What it is called.
	subject_name: String,
	/// The registered name of an organisation.
	name: Option<String>,
	/// Its role: provider, researcher, patient, clinician or device.
	#[schema(value_type = String)]
	role: Role,
	/// Its status: active, suspended or retired.
	#[schema(value_type = String)]
	status: Status,
	/// The SS58 address of the account that controls it.
	account: String,
	/// When it was registered, in Unix milliseconds; 0 in the genesis block, which has no time.
	registered_at: Moment,
	/// The provider that enrolled it.
	sponsor: Option<SubjectId>,
	/// The name of that provider.
	sponsor_name: Option<String>,
	/// The X25519 public key to which gatekeepers seal answers for it.
	encryption_key: Option<EncryptionKey>,
	/// The profile of an organisation.
	profile: Option<ProfileView>,
}

impl Report for SubjectDetails {
	fn page(&self) -> Page {
		let status = match self.status {
			Status::Active => "active",
			Status::Suspended => "suspended: it may not act until it is active again",
			Status::Retired => "retired: it never acts again",
		};
		let registered = match self.registered_at {
			0 => Cell::words("in the genesis block"),
			at => Cell::time(at),
		};
		let sealed = match (self.role, self.encryption_key) {
			(Role::Patient | Role::Clinician, None) => {
				Cell::words("none: answers for it are in the clear")
			},
			(_, key) => Cell::maybe(key, Cell::id),
		};
		let facts = [
			("name", Cell::words(&self.subject_name)),
			("role", Cell::word(word(self.role))),
			("status", Cell::words(status)),
			("subject", Cell::id(self.subject)),
			("address", Cell::word(&self.account)),
			("registered", registered),
			("enrolled by", Cell::maybe(self.sponsor_name.as_ref(), Cell::words)),
			("encryption key", sealed),
		];
		let profile = self.profile.iter().flat_map(ProfileView::facts);
		Page::default().facts(facts.into_iter().chain(profile))
	}
}

pub(super) async fn show(context: &Context, who: Option<&Party>) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let id = session.resolve_or_me(at, who).await?;
	let subject = context::subject(at, id).await?;
	let mut directory = Directory::new(&session.book, at, None);
	let profile = match at.profile(id).await? {
		Some(profile) => Some(ProfileView::of(&mut directory, &profile).await?),
		None => None,
	};
	Ok(Output::of(&SubjectDetails {
		subject: id,
		subject_name: directory.name(id).await?,
		name: at.name_of(id).await?,
		role: subject.role,
		status: subject.status,
		account: address_of(&subject.account),
		registered_at: subject.registered_at,
		sponsor: subject.sponsor,
		sponsor_name: directory.maybe_name(subject.sponsor).await?,
		encryption_key: subject.encryption_key,
		profile,
	}))
}

#[derive(Debug, Args)]
pub struct LocalId {
	/// A file with the provider's secret, 64 hexadecimal digits.
	///
	/// The file must be readable by its owner only.
	#[arg(long, value_name = "FILE")]
	secret_file: PathBuf,
	/// The namespace of local IDs.
	#[arg(long, value_name = "NAME", default_value = "patient")]
	namespace: String,
	/// A file with the local ID; - for the standard input.
	///
	/// The file must be readable by its owner only.
	#[arg(long, value_name = "FILE")]
	local_id_file: PathBuf,
}

/// The identifier of a local ID.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ComputedIdentifier {
	/// The identifier.
	identifier: Identifier,
}

impl Report for ComputedIdentifier {
	fn page(&self) -> Page {
		Page::of(self.identifier)
	}
}

pub(super) fn compute(args: &LocalId) -> Result<Output> {
	let secret = parse_secret(&read_secret(&args.secret_file)?).ok_or_else(|| {
		let file = args.secret_file.display();
		let message =
			format!("{file} is not the provider's secret; expected 64 hexadecimal digits");
		Failure::failed("bad_secret", message)
	})?;
	let local_id = read_secret(&args.local_id_file).map_err(|error| match &error {
		SecretError::Empty(file) => {
			let file = file.display();
			let message =
				format!("{file} is empty; it should hold the patient's number in your database");
			Failure::failed("empty_secret", message)
		},
		_ => error.into(),
	})?;
	let identifier = Identifier::derive(&secret, &args.namespace, local_id.expose());
	Ok(Output::of(&ComputedIdentifier { identifier }))
}

fn parse_secret(text: &Secret) -> Option<Zeroizing<[u8; 32]>> {
	from_hex(text.expose().trim()).map(Zeroizing::new).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::identity::MiningKey;

	#[test]
	fn a_secret_is_64_digits() {
		let digits = "0x".to_owned() + &"07".repeat(32);
		assert_eq!(*parse_secret(&Secret::new(digits)).unwrap(), [7; 32]);
		assert!(parse_secret(&Secret::new("hospital".to_owned())).is_none());
	}

	#[test]
	fn a_suspended_subject_is_described_in_words() {
		let details = SubjectDetails {
			subject: SubjectId::repeat_byte(1),
			subject_name: "patient 0x01010101 of hospital-a".into(),
			name: None,
			role: Role::Patient,
			status: Status::Suspended,
			account: "5G".into(),
			registered_at: 0,
			sponsor: None,
			sponsor_name: Some("hospital-a".into()),
			encryption_key: None,
			profile: None,
		};
		details.page().shows(&["may not act", "genesis block", "in the clear", "hospital-a"]);

		// The values of an organisation and of its profile are in one column.
		let key = format!("0x{}", "05".repeat(32));
		let profile = ProfileView::with_mining_key(MiningKey([5; 32]));
		let role = Role::Researcher;
		let details =
			SubjectDetails { role, sponsor_name: None, profile: Some(profile), ..details };
		details.page().shows(&["role        researcher\n", &format!("mining key  {key}")]);
	}
}
