//! `medrec ppr`: relationships of patients with providers, and grants.

mod consent;
mod grant;
mod relate;
mod revoke;
mod scope;
mod show;
mod warnings;

use crate::{
	context::{Context, Submitted},
	failure::Result,
	output::Output,
	parse::{CategoryRef, Party, RelationshipRef},
	schema::Documented,
};
use clap::{ArgGroup, Args, Subcommand};
use relate::Change;

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<Submitted<relate::RelationshipChange>>("ppr propose"),
	Documented::of::<Submitted<relate::RelationshipChange>>("ppr withdraw"),
	Documented::of::<Submitted<relate::RelationshipChange>>("ppr accept"),
	Documented::of::<Submitted<relate::RelationshipChange>>("ppr decline"),
	Documented::of::<Submitted<relate::RelationshipChange>>("ppr terminate"),
	Documented::of::<Submitted<grant::GrantReport>>("ppr grant"),
	Documented::of::<Submitted<grant::GrantReport>>("ppr deny"),
	Documented::of::<Submitted<revoke::GrantsRevoked>>("ppr revoke"),
	Documented::of::<Submitted<revoke::GrantsRevoked>>("ppr revoke-all"),
	Documented::of::<Submitted<consent::ConsentReport>>("ppr set-research-consent"),
	Documented::of::<show::RelationshipShown>("ppr show"),
];

/// Make and end relationships of patients with providers, and grant and deny access to records.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Propose a relationship to a patient. For providers.
	Propose {
		/// The patient, by name, address or ID.
		#[arg(long, value_name = "NAME|ID")]
		patient: Party,
	},
	/// Withdraw a proposal. For providers.
	Withdraw(Proposed),
	/// Accept a proposal. For patients.
	Accept(Proposed),
	/// Decline a proposal. For patients.
	Decline(Proposed),
	/// End a relationship.
	///
	/// After that only the patient can read its records.
	Terminate {
		/// The relationship, or its other party.
		#[arg(value_name = "NAME|ID")]
		relationship: RelationshipRef,
	},
	/// Permit a subject to see records. For patients.
	///
	/// A permission is for the purposes that you name, and counts once its block is final. A denial that
	/// covers a record overrides it.
	#[command(
		override_usage = "medrec ppr grant [OPTIONS] --to <NAME|ID> --purpose <PURPOSE>... \
		(--all | --category <NAME|CODE> | --record <ID>... | --find <TEXT>)"
	)]
	Grant(grant::PermitArgs),
	/// Deny a subject records for every purpose. For patients.
	///
	/// A denial overrides permissions, also those that are given later.
	#[command(override_usage = "medrec ppr deny [OPTIONS] --to <NAME|ID> \
		(--all | --category <NAME|CODE> | --record <ID>... | --find <TEXT>)")]
	Deny(grant::GrantArgs),
	/// Revoke a permission or a denial.
	///
	/// A grantee may give up a permission in this way.
	Revoke(revoke::Revoke),
	/// Revoke all permissions of a grantee. Denials stay.
	RevokeAll(revoke::RevokeAll),
	/// Set which records may count in research. For patients.
	///
	/// They count in aggregates that were safe to publish. It replaces the consent that was there.
	#[command(group = ArgGroup::new("consent").required(true).args(["none", "category"]))]
	#[command(override_usage = "medrec ppr set-research-consent [NAME|ID] \
		(--none | --category <NAME|CODE>...)")]
	SetResearchConsent(ConsentArgs),
	/// Show a relationship with its grants.
	Show {
		/// The relationship, or its other party.
		///
		/// By default the only one.
		#[arg(value_name = "NAME|ID")]
		relationship: Option<RelationshipRef>,
		#[command(flatten)]
		gatekeeper: crate::gatekeeper::Url,
	},
}

#[derive(Debug, Args)]
pub struct Proposed {
	/// The relationship, or its other party.
	///
	/// By default the only proposed one.
	#[arg(value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
}

#[derive(Debug, Args)]
pub struct ConsentArgs {
	/// The relationship, or its provider.
	///
	/// By default the only active one.
	#[arg(value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
	/// No records.
	#[arg(long)]
	none: bool,
	/// The records of these categories, by name or code.
	#[arg(long, value_name = "NAME|CODE", num_args = 1.., value_delimiter = ',')]
	category: Vec<CategoryRef>,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	match command {
		Command::Propose { patient } => relate::propose(session, &patient).await,
		Command::Withdraw(args) => relate::answer(session, Change::Withdrawn, args).await,
		Command::Accept(args) => relate::answer(session, Change::Accepted, args).await,
		Command::Decline(args) => relate::answer(session, Change::Declined, args).await,
		Command::Terminate { relationship } => relate::terminate(session, relationship).await,
		Command::Grant(args) => grant::permit(session, args).await,
		Command::Deny(args) => grant::deny(session, args).await,
		Command::Revoke(args) => revoke::one(session, &args).await,
		Command::RevokeAll(args) => revoke::all(session, &args).await,
		Command::SetResearchConsent(args) => consent::set(session, args).await,
		Command::Show { relationship, gatekeeper } => {
			show::run(session, relationship.as_ref(), gatekeeper).await
		},
	}
}
