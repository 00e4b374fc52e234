//! The commands about patients: their identifiers and their links.

use super::{load, open_state, print_result};
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
use serde_json::json;
use std::path::Path;

/// Prints the identifier of a local patient.
pub(super) fn identifier(arguments: &Identifier, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&arguments.config.config)?;
	let LocalPatient { local_id_file, namespace } = &arguments.patient;
	let secret = identifier_secret(&config)?;
	let identifier = records::identifier(&secret, namespace, &local_id(local_id_file)?);
	print_result(json, &json!({ "identifier": identifier }), identifier)
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
	print_result(
		json,
		&json!({ "subject": subject, "relationship": relationship, "identifier": identifier }),
		format_args!("Linked to the subject {subject}\nby the identifier     {identifier}."),
	)
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
	let count = relationships.len();
	print_result(
		json,
		&json!({ "subject": subject, "relationships": relationships }),
		format_args!(
			"Unlinked from the subject {subject}.\n\
			 Nothing is published or served any more; relationships concerned: {count}."
		),
	)
}

/// Prints the links with their states at the final block.
pub(super) async fn list(config: &WithConfig, local_ids: bool, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&config.config)?;
	let state = open_state(&config).await?;
	let node = chain::connect(&config.node);
	let patients = check_links((&node, &config.chain), &state, local_ids).await?;
	state.close().await;
	let lines: Vec<String> = match patients.is_empty() {
		true => vec!["No patient is linked.".to_owned()],
		false => patients.iter().map(describe).collect(),
	};
	print_result(json, &json!({ "patients": patients }), lines.join("\n"))
}

/// Lines of at most 80 columns, in which no ID is split.
fn describe(patient: &LinkedPatient) -> String {
	let LinkedPatient { subject, relationships, state, local_id, .. } = patient;
	let mut lines = vec![format!("subject {subject}"), format!("  {state}")];
	lines.extend(local_id.iter().map(|local_id| format!("  local ID {local_id}")));
	lines.push(match relationships.is_empty() {
		true => "  no relationship yet".to_owned(),
		false => "  relationships".to_owned(),
	});
	lines.extend(relationships.iter().map(|relationship| format!("    {relationship}")));
	lines.join("\n")
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
