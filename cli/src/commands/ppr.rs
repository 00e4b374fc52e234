//! `medrec ppr`: relationships of patients with providers, and grants.

mod grant;
mod scope;

use crate::{
	context::{self, from_event, submitted, Context, Session, Wait},
	failure::{Failure, Result},
	output::{list, table, Output},
	parse::{self, Party},
	view,
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::{chain::PprCall, now};
use medrec_primitives::{
	record::Category,
	relationship::{GrantId, RelationshipId, ResearchConsent, MAX_CONSENT_CATEGORIES},
};
use medrec_protocol::wire::BlockRef;
use serde_json::json;
use std::collections::BTreeSet;

/// Make and end relationships of patients with providers, and grant and deny access to records.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Propose a relationship to a patient. For providers.
	Propose {
		/// The patient: a subject, or the address of its account.
		#[arg(long, value_name = "SUBJECT|ADDRESS")]
		patient: Party,
	},
	/// Withdraw a proposal. For providers.
	Withdraw(One),
	/// Accept a proposal. For patients.
	Accept(One),
	/// Decline a proposal. For patients.
	Decline(One),
	/// End a relationship. After that only the patient can read its records.
	Terminate(One),
	/// Permit somebody to see records for a purpose. For patients.
	Grant(grant::PermitArgs),
	/// Deny somebody records for every purpose. A denial overrides permissions. For patients.
	Deny(grant::GrantArgs),
	/// Revoke a permission or a denial, or give up a permission given to you.
	Revoke {
		/// The relationship.
		#[arg(long)]
		relationship: RelationshipId,
		/// The permission or denial.
		#[arg(long)]
		grant: GrantId,
	},
	/// Revoke all permissions of a grantee. Denials stay.
	RevokeAll(grant::Target),
	/// Set which records may count in aggregates for research. For patients.
	#[command(group = ArgGroup::new("consent").required(true).args(["none", "category"]))]
	SetResearchConsent {
		/// The relationship.
		relationship: RelationshipId,
		/// No records.
		#[arg(long)]
		none: bool,
		/// The records of these categories.
		#[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',',
			value_parser = parse::category)]
		category: Vec<Category>,
	},
	/// Show a relationship: its parties, its state, its records and its grants.
	Show(One),
}

#[derive(Debug, Args)]
pub struct One {
	/// The relationship.
	relationship: RelationshipId,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	let (call, relationship, text) = match command {
		Command::Propose { patient } => return propose(session, &patient).await,
		Command::Withdraw(One { relationship: id }) => {
			(PprCall::withdraw { relationship: id }, id, "The proposal is withdrawn.")
		},
		Command::Accept(One { relationship: id }) => {
			(PprCall::accept { relationship: id }, id, "The relationship is active.")
		},
		Command::Decline(One { relationship: id }) => {
			(PprCall::decline { relationship: id }, id, "The proposal is declined.")
		},
		Command::Terminate(One { relationship: id }) => {
			(PprCall::terminate { relationship: id }, id, "The relationship has ended.")
		},
		Command::Grant(args) => return grant::grant(session, args).await,
		Command::Deny(args) => return grant::give(session, args, None).await,
		Command::Revoke { relationship, grant } => {
			return grant::revoke(session, relationship, grant).await
		},
		Command::RevokeAll(args) => return grant::revoke_all(session, &args).await,
		Command::SetResearchConsent { relationship, none: _, category } => {
			return set_research_consent(session, relationship, category).await
		},
		Command::Show(One { relationship }) => return show(session, relationship).await,
	};
	session.change(call, text, json!({ "relationship": relationship })).await
}

async fn propose(session: &Session<'_>, patient: &Party) -> Result<Output> {
	let patient = session.resolve(patient).await?;
	let included = session.submit(PprCall::propose { patient }).await?;
	let relationship: RelationshipId = from_event(&included, "Ppr", "Proposed", "relationship")?;
	let text = format!("Proposed: {relationship}\nThe patient has yet to accept it.");
	let json = json!({ "relationship": relationship, "patient": patient });
	Ok(submitted(&included, text, json))
}

async fn set_research_consent(
	session: &Session<'_>,
	relationship: RelationshipId,
	category: Vec<Category>,
) -> Result<Output> {
	let categories = BTreeSet::from_iter(category);
	let text =
		format!("Categories of records that count in aggregates: {}.", list(&categories, "none"));
	let json = json!({ "relationship": relationship, "research_consent": categories });
	let default = Wait::default_for(categories.is_empty());
	let consent = match categories.is_empty() {
		true => ResearchConsent::None,
		false => ResearchConsent::Categories(categories.try_into().map_err(|_| {
			let message = format!("a consent names at most {MAX_CONSENT_CATEGORIES} categories");
			Failure::usage("usage", message)
		})?),
	};
	let call = PprCall::set_research_consent { relationship, consent };
	Ok(submitted(&session.submit_with(call, default).await?, text, json))
}

async fn show(session: &Session<'_>, id: RelationshipId) -> Result<Output> {
	let mut directory = session.directory().await?;
	let found = context::relationship(directory.at, id).await?;
	let relationship = view::relationship(&mut directory, id, &found).await?;
	let records = view::records(&mut directory, id).await?;
	let grants = view::grants(&mut directory, id, now()).await?;
	Ok(Output::from(relationship)
		.with_line(table("Records", view::RECORD_COLUMNS, &records))
		.with_line(table("Grants", view::GRANT_COLUMNS, &grants))
		.with_line(format!("As of block {}.", session.best.number))
		.with_field("records", records)
		.with_field("grants", grants)
		.with_field("block", BlockRef::from(session.best)))
}
