//! `medrec ppr`: relationships of patients with providers, and grants.

mod consent;
mod grant;
mod relate;
mod revoke;
mod scope;
mod show;

use crate::{
	context::{Context, Submitted},
	failure::Result,
	output::Output,
	parse::{CategoryRef, Party},
	reference::RelationshipRef,
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
		#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
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
		#[arg(value_name = "RELATIONSHIP|NAME")]
		relationship: RelationshipRef,
	},
	/// Permit a subject to see records for a purpose. For patients.
	///
	/// With --find, your records are read with your own right first, and the grant names exactly those
	/// that match. A permission counts once its block is final.
	Grant(grant::PermitArgs),
	/// Deny a subject records for every purpose. For patients.
	///
	/// A denial overrides permissions, also those that are given later.
	Deny(grant::GrantArgs),
	/// Revoke a permission or a denial, or give up a permission given to you.
	Revoke(revoke::Revoke),
	/// Revoke all permissions of a grantee. Denials stay.
	RevokeAll(revoke::RevokeAll),
	/// Set which records may count in aggregates for research. For patients.
	///
	/// It replaces the consent that was there.
	#[command(group = ArgGroup::new("consent").required(true).args(["none", "category"]))]
	SetResearchConsent(ConsentArgs),
	/// Show a relationship: its parties, its state and its grants.
	Show {
		/// The relationship, or its other party; by default the only one.
		#[arg(value_name = "RELATIONSHIP|NAME")]
		relationship: Option<RelationshipRef>,
		#[command(flatten)]
		gatekeeper: crate::gatekeeper::Url,
	},
}

#[derive(Debug, Args)]
pub struct Proposed {
	/// The relationship, or its other party; by default the only proposed one.
	#[arg(value_name = "RELATIONSHIP|NAME")]
	relationship: Option<RelationshipRef>,
}

#[derive(Debug, Args)]
pub struct ConsentArgs {
	/// The relationship, or its provider; by default the only active one.
	#[arg(value_name = "RELATIONSHIP|NAME")]
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
