//! `medrec ppr`: relationships of patients with providers, and grants.

mod grant;
mod scope;

use crate::{
	context::{from_event, submitted, Context, Wait},
	failure::Failure,
	gatekeeper::no_relationship,
	output::{list, table, Output},
	parse::{self, Party},
	view,
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::{chain::PprCall, now};
use medrec_primitives::{
	record::Category,
	relationship::{RelationshipId, ResearchConsent, MAX_CONSENT_CATEGORIES},
};
use medrec_protocol::wire::BlockRef;
use serde_json::json;
use std::collections::BTreeSet;

/// Make and end relationships of patients with providers, and grant and deny access to records.
#[derive(Debug, Subcommand)]
pub enum PprCommand {
	/// Propose a relationship to a patient. For providers.
	Propose(Propose),
	/// Withdraw a proposal. For providers.
	Withdraw(One),
	/// Accept a proposal. For patients.
	Accept(One),
	/// Decline a proposal. For patients.
	Decline(One),
	/// End a relationship. After that only the patient can read its records.
	Terminate(One),
	/// Permit somebody to see records for a purpose. For patients.
	Grant(grant::GrantArgs),
	/// Deny somebody records for every purpose. A denial overrides permissions. For patients.
	Deny(grant::DenyArgs),
	/// Revoke a permission or a denial, or give up a permission given to you.
	Revoke(grant::RevokeArgs),
	/// Revoke all permissions of a grantee. Denials stay.
	RevokeAll(grant::RevokeAllArgs),
	/// Set which records may count in aggregates for research. For patients.
	SetResearchConsent(SetResearchConsent),
	/// Show a relationship: its parties, its state, its records and its grants.
	Show(One),
}

#[derive(Debug, Args)]
pub struct One {
	/// The relationship.
	relationship: RelationshipId,
}

#[derive(Debug, Args)]
pub struct Propose {
	/// The patient: a subject, or the address of its account.
	#[arg(long, value_name = "SUBJECT|ADDRESS")]
	patient: Party,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("consent").required(true).args(["none", "category"]))]
pub struct SetResearchConsent {
	/// The relationship.
	relationship: RelationshipId,
	/// No records.
	#[arg(long)]
	none: bool,
	/// The records of these categories.
	#[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',',
		value_parser = parse::category)]
	category: Vec<Category>,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: PprCommand) -> Result<Output, Failure> {
	let (call, relationship, text) = match command {
		PprCommand::Propose(args) => return propose(context, &args.patient).await,
		PprCommand::Withdraw(One { relationship: id }) => {
			(PprCall::withdraw { relationship: id }, id, "The proposal is withdrawn.")
		},
		PprCommand::Accept(One { relationship: id }) => {
			(PprCall::accept { relationship: id }, id, "The relationship is active.")
		},
		PprCommand::Decline(One { relationship: id }) => {
			(PprCall::decline { relationship: id }, id, "The proposal is declined.")
		},
		PprCommand::Terminate(One { relationship: id }) => {
			(PprCall::terminate { relationship: id }, id, "The relationship has ended.")
		},
		PprCommand::Grant(args) => return grant::grant(context, args).await,
		PprCommand::Deny(args) => return grant::deny(context, args).await,
		PprCommand::Revoke(args) => return grant::revoke(context, &args).await,
		PprCommand::RevokeAll(args) => return grant::revoke_all(context, &args).await,
		PprCommand::SetResearchConsent(args) => return set_research_consent(context, args).await,
		PprCommand::Show(One { relationship }) => return show(context, relationship).await,
	};
	let session = context.connect().await?;
	session.change(call, text, json!({ "relationship": relationship })).await
}

async fn propose(context: &Context, patient: &Party) -> Result<Output, Failure> {
	let session = context.connect().await?;
	let patient = session.resolve(patient).await?;
	let included = session.submit(PprCall::propose { patient }).await?;
	let relationship: RelationshipId = from_event(&included, "Ppr", "Proposed", "relationship")?;
	let text = format!("Proposed: {relationship}\nThe patient has yet to accept it.");
	let json = json!({ "relationship": relationship, "patient": patient });
	Ok(submitted(&included, text, json))
}

async fn set_research_consent(
	context: &Context,
	args: SetResearchConsent,
) -> Result<Output, Failure> {
	let SetResearchConsent { relationship, none: _, category } = args;
	let categories = BTreeSet::from_iter(category);
	let text =
		format!("Categories of records that count in aggregates: {}.", list(&categories, "none"));
	let json = json!({ "relationship": relationship, "research_consent": categories });
	// Without any category the consent only takes access away.
	let default = Wait::default_for(categories.is_empty());
	let consent = match categories.is_empty() {
		true => ResearchConsent::None,
		false => ResearchConsent::Categories(categories.try_into().map_err(|_| {
			let message = format!("a consent names at most {MAX_CONSENT_CATEGORIES} categories");
			Failure::usage("usage", message)
		})?),
	};
	let call = PprCall::set_research_consent { relationship, consent };
	let session = context.connect().await?;
	Ok(submitted(&session.submit_with(call, default).await?, text, json))
}

async fn show(context: &Context, id: RelationshipId) -> Result<Output, Failure> {
	let session = context.connect().await?;
	let at = session.at();
	let found = at.relationship(id).await?.ok_or_else(no_relationship)?;
	let mut directory = session.directory(at).await?;
	let relationship = view::relationship(&mut directory, id, &found).await?;
	let records = view::records(at, &mut directory, id).await?;
	let grants = view::grants(at, &mut directory, id, now()).await?;
	let text = [
		relationship.to_string(),
		table("Records", &view::RECORD_COLUMNS, &records),
		table("Grants", &view::GRANT_COLUMNS, &grants),
		format!("As of block {}.", session.best.number),
	];
	Ok(Output::new(text.join("\n"), relationship)
		.with_field("records", records)
		.with_field("grants", grants)
		.with_field("block", BlockRef::from(session.best)))
}
