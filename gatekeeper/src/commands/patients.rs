//! The commands about patients: their identifiers and their links.

use super::{load, open_state, output::write_lines, print_result};
use crate::{
	app::{check_links, link_patient, resolve_identifier, LinkedPatient},
	chain::{self, Source},
	cli::{self, Identifier, LinkPatient, LocalPatient, UnlinkPatient, WithConfig},
	config::Config,
	records::{self, state::Patient},
	startup::{identifier_secret, Stores},
};
use anyhow::{bail, Context};
use medrec_client::keys::read_secret;
use medrec_primitives::{
	identity::{self, SubjectId},
	relationship::RelationshipId,
};
use serde::Serialize;
use std::{fmt, path::Path};
use utoipa::ToSchema;

/// The identifier of a local patient.
#[derive(Serialize, ToSchema)]
pub(super) struct PatientIdentifier {
	/// The keyed hash of the local ID.
	identifier: identity::Identifier,
}

/// A link that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct Linked {
	/// The subject of the patient.
	subject: SubjectId,
	/// The relationship, if one was given.
	relationship: Option<RelationshipId>,
	/// The keyed hash of the local ID.
	identifier: identity::Identifier,
}

/// A link that was removed.
#[derive(Serialize, ToSchema)]
pub(super) struct Unlinked {
	/// The subject of the patient.
	subject: SubjectId,
	/// The relationships that are not published or served any more.
	relationships: Vec<RelationshipId>,
}

/// The linked patients.
#[derive(Serialize, ToSchema)]
pub(super) struct PatientList {
	/// The patients.
	patients: Vec<LinkedPatient>,
}

/// Prints the identifier of a local patient.
pub(super) fn identifier(arguments: &Identifier, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&arguments.config.config)?;
	let LocalPatient { local_id_file, namespace } = &arguments.patient;
	let secret = identifier_secret(&config)?;
	let identifier = records::identifier(&secret, namespace, &local_id(local_id_file)?);
	print_result(json, &PatientIdentifier { identifier })
}

/// Links a local patient to a subject.
pub(super) async fn link(arguments: &LinkPatient, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(&arguments.config)?;
	let LinkPatient { patient, subject, relationship, .. } = arguments;
	let local_id = local_id(&patient.local_id_file)?;
	let Stores { state, ehr, templates, secret } = Stores::open(&config, &key).await?;
	let identifier = records::identifier(&secret, &patient.namespace, &local_id);
	let node = chain::connect(&config.node);
	let chain: (&dyn Source, _) = (&node, &config.chain);
	let subject = match subject {
		Some(subject) => *subject,
		None => resolve_identifier(chain, &state, &identifier).await?,
	};
	let patient = Patient { local_id, subject, identifier };
	let ehr = (ehr.as_ref(), &*templates);
	link_patient(chain, ehr, &state, &patient, relationship.as_ref()).await?;
	state.close().await;
	print_result(json, &Linked { subject, relationship: *relationship, identifier })
}

/// Removes the link of a local patient.
pub(super) async fn unlink(arguments: &UnlinkPatient, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&arguments.config.config)?;
	let cli::LinkedPatient { subject, local_id_file } = &arguments.patient;
	let local_id = local_id_file.as_deref().map(local_id).transpose()?;
	let state = open_state(&config).await?;
	let links = state.links().await?;
	let link = links.into_iter().map(|link| link.patient).find(|patient| {
		local_id.as_ref() == Some(&patient.local_id) || *subject == Some(patient.subject)
	});
	let Some(patient) = link else {
		let named = if local_id.is_some() { "this local ID" } else { "this subject" };
		bail!("no patient with {named} is linked; see: medrec-gatekeeper patients list");
	};
	let unlinked = state.unlink_patient(&patient.local_id).await?;
	state.close().await;
	let (subject, relationships) = (patient.subject, unlinked.relationships);
	print_result(json, &Unlinked { subject, relationships })
}

/// Prints the links with their states at the final block.
pub(super) async fn list(config: &WithConfig, local_ids: bool, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&config.config)?;
	let state = open_state(&config).await?;
	let node = chain::connect(&config.node);
	let patients = check_links((&node, &config.chain), &state, local_ids).await?;
	state.close().await;
	print_result(json, &PatientList { patients })
}

impl fmt::Display for PatientIdentifier {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(formatter, "{}", self.identifier)
	}
}

/// The widest line has 80 columns.
impl fmt::Display for Linked {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Linked { subject, relationship, identifier } = self;
		write!(formatter, "The patient is linked:\nsubject       {subject}")?;
		if let Some(relationship) = relationship {
			write!(formatter, "\nrelationship  {relationship}")?;
		}
		write!(formatter, "\nidentifier    {identifier}")
	}
}

impl fmt::Display for Unlinked {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Unlinked { subject, relationships } = self;
		let count = relationships.len();
		writeln!(formatter, "Unlinked from the subject {subject}.")?;
		write!(
			formatter,
			"Nothing is published or served any more; relationships concerned: {count}."
		)
	}
}

impl fmt::Display for PatientList {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write_lines(formatter, &self.patients, "No patient is linked.")
	}
}

/// Reads a local ID from a file. Other users of the machine could read it on the command line.
fn local_id(file: &Path) -> anyhow::Result<String> {
	let text = read_secret(file).context(
		"`--local-id-file` must name a file that holds the patient's ID and that its owner alone can \
		 read, or be - for the standard input",
	)?;
	let local_id = text.expose();
	// The identifier of such a text would be that of no patient.
	if local_id.trim() != local_id || local_id.contains(char::is_control) {
		bail!(
			"the text of `--local-id-file` is not one ID: it has spaces around it, several lines, or \
			 control characters. Write the ID alone, as the provider's database holds it"
		);
	}
	Ok(local_id.to_owned())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_link_is_printed_in_lines_that_fit_a_terminal() {
		let (subject, relationship) = (SubjectId::repeat_byte(1), RelationshipId::repeat_byte(2));
		let identifier = identity::Identifier::repeat_byte(3);
		for relationship in [None, Some(relationship)] {
			let text = Linked { subject, relationship, identifier }.to_string();
			assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
			let ids = [Some(subject.to_string()), Some(identifier.to_string())];
			for id in ids.into_iter().chain([relationship.map(|id| id.to_string())]).flatten() {
				assert!(text.contains(&format!("  {id}")), "{text}");
			}
		}
	}
}
