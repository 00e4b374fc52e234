//! `medrec keys find`: all subjects of a seed phrase.

use super::derive;
use crate::{
	context::Context,
	failure::Failure,
	report::{self, row, section, short, Report},
	view,
};
use clap::{Args, ValueHint};
use medrec_client::keys::read_secret;
use medrec_protocol::keys::{MEDREC_PREFIX, Scheme};
use serde_json::json;
use std::path::PathBuf;

/// After how many accounts in a row without a subject there is no other.
const GAP: u32 = 20;

/// `keys find`.
#[derive(Debug, Args)]
pub struct Find {
	/// A file with a seed phrase or secret URI, which only its owner may read; - for the standard
	/// input.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub seed_file: PathBuf,
	/// How the keys sign: sr25519 or ed25519.
	#[arg(long, value_name = "SCHEME", default_value_t)]
	pub scheme: Scheme,
}

pub(super) async fn run(context: &Context, args: &Find) -> Result<Report, Failure> {
	let seed = read_secret(&args.seed_file)?;
	// Before anybody is asked: a seed that is none is the more likely fault.
	derive(&seed, "", args.scheme)?;
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);

	let mut table = report::table(&["path", "subject", "role", "status", "address"]);
	let mut found = Vec::new();
	let (mut number, mut empty) = (None, 0);
	while empty < GAP {
		let path = number.map(|number: u32| format!("//medrec//{number}")).unwrap_or_default();
		let key = derive(&seed, &path, args.scheme)?;
		let next = number.map_or(0, |number| number.saturating_add(1));
		let id = at.subject_of(&key.account()).await?;
		let subject = match id {
			Some(id) => at.subject(id).await?.map(|subject| (id, subject)),
			None => None,
		};
		match subject {
			Some((id, subject)) => {
				empty = 0;
				let address = key.address(MEDREC_PREFIX);
				let (role, status) = (view::role(subject.role), view::status(subject.status));
				row(
					&mut table,
					[
						if path.is_empty() { "the phrase itself".into() } else { path.clone() },
						short(&id),
						role.into(),
						status.into(),
						address.clone(),
					],
				);
				found.push(json!({
					"path": path,
					"address": address,
					"subject": id,
					"role": subject.role,
					"status": subject.status,
				}));
			},
			// The account of the phrase itself is not one of the row.
			None if number.is_some() => empty = empty.saturating_add(1),
			None => {},
		}
		number = Some(next);
	}
	let mut text = section("Subjects of this seed phrase", &table);
	if !found.is_empty() {
		text.push_str(
			"\nStore the key of one with: medrec keys import NAME --seed-file FILE --path PATH",
		);
	}
	Ok(Report::new(text, json!({ "subjects": found })))
}
