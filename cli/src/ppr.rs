//! `medrec ppr`: relationships of patients with providers, and who may see what.

mod grant;
mod show;

use crate::{
	cli::{examples, Wait},
	context::{sent, Context},
	failure::Failure,
	party::Party,
	report::{full, list, Report},
	values,
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::chain::PprCall;
use medrec_primitives::{
	relationship::{RelationshipId, ResearchConsent, MAX_CONSENT_CATEGORIES},
	H256,
};
use serde_json::json;
use std::collections::BTreeSet;

/// Make and end relationships of patients with providers, and say who may see what.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec ppr accept $RELATIONSHIP",
	"medrec ppr grant --relationship $RELATIONSHIP --to $SUBJECT --all --purpose TREAT --for 1d",
	"medrec ppr show $RELATIONSHIP",
))]
pub enum PprCommand {
	/// Propose to keep records for a patient. For providers.
	#[command(after_help = examples!("medrec ppr propose --patient $SUBJECT"))]
	Propose(Propose),
	/// Take a proposal back. For providers.
	#[command(after_help = examples!("medrec ppr withdraw $RELATIONSHIP"))]
	Withdraw(One),
	/// Accept a proposal. For patients.
	#[command(after_help = examples!("medrec ppr accept $RELATIONSHIP"))]
	Accept(One),
	/// Decline a proposal. For patients.
	#[command(after_help = examples!("medrec ppr decline $RELATIONSHIP"))]
	Decline(One),
	/// End a relationship. Its records stay readable to the patient, and to nobody else.
	#[command(after_help = examples!("medrec ppr terminate $RELATIONSHIP"))]
	Terminate(One),
	/// Permit somebody to see records for a purpose. For patients.
	#[command(after_help = examples!(
		"medrec ppr grant --relationship $RELATIONSHIP --to $SUBJECT --all --purpose TREAT",
		"medrec ppr grant --relationship $RELATIONSHIP --to hospital-b --category 7 --purpose TREAT HPAYMT --for 2w",
		"medrec ppr grant --relationship $RELATIONSHIP --to $SUBJECT --record $RECORD --field code value --purpose TREAT --for 1d",
	))]
	Grant(grant::GrantArgs),
	/// Refuse somebody records for every purpose, whatever else permits it. For patients.
	#[command(after_help = examples!(
		"medrec ppr deny --relationship $RELATIONSHIP --to $SUBJECT --all",
		"medrec ppr deny --relationship $RELATIONSHIP --to hospital-b --category 7 --until 2027-01-01",
	))]
	Deny(grant::DenyArgs),
	/// Take back a grant or a refusal, or give up a grant given to you.
	#[command(after_help = examples!(
		"medrec ppr revoke --relationship $RELATIONSHIP --grant $GRANT",
	))]
	Revoke(grant::RevokeArgs),
	/// Take back every grant of somebody. Refusals stay.
	#[command(after_help = examples!(
		"medrec ppr revoke-all --relationship $RELATIONSHIP --to hospital-b",
	))]
	RevokeAll(grant::RevokeAllArgs),
	/// Say which records may count in aggregates for research. For patients.
	#[command(after_help = examples!(
		"medrec ppr set-research-consent $RELATIONSHIP --category 7 8",
		"medrec ppr set-research-consent $RELATIONSHIP --none",
	))]
	SetResearchConsent(SetResearchConsent),
	/// Show a relationship: its parties, its state, its records and its grants.
	#[command(after_help = examples!(
		"medrec ppr show $RELATIONSHIP",
		"medrec ppr show $RELATIONSHIP --json",
	))]
	Show(One),
}

/// A relationship.
#[derive(Debug, Args)]
pub struct One {
	/// The relationship.
	#[arg(value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
}

/// `ppr propose`.
#[derive(Debug, Args)]
pub struct Propose {
	/// The patient: a subject, or the address of its account.
	#[arg(long, value_name = "SUBJECT|ADDRESS")]
	pub patient: Party,
}

/// `ppr set-research-consent`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("consent").required(true).args(["none", "category"]))]
pub struct SetResearchConsent {
	/// The relationship.
	#[arg(value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// No records.
	#[arg(long)]
	pub none: bool,
	/// The records of these categories.
	#[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
	pub category: Vec<u16>,
}

/// Does what the command says.
pub async fn run(context: &Context, command: PprCommand) -> Result<Report, Failure> {
	match command {
		PprCommand::Propose(args) => propose(context, &args).await,
		PprCommand::Withdraw(One { relationship }) => {
			let call = PprCall::Withdraw { relationship };
			change(context, call, relationship, Wait::Final, "The proposal is taken back.").await
		},
		PprCommand::Accept(One { relationship }) => {
			let call = PprCall::Accept { relationship };
			change(context, call, relationship, Wait::Final, "The relationship is active.").await
		},
		PprCommand::Decline(One { relationship }) => {
			let call = PprCall::Decline { relationship };
			change(context, call, relationship, Wait::Best, "The proposal is declined.").await
		},
		PprCommand::Terminate(One { relationship }) => {
			let call = PprCall::Terminate { relationship };
			change(context, call, relationship, Wait::Best, "The relationship has ended.").await
		},
		PprCommand::Grant(args) => grant::grant(context, args).await,
		PprCommand::Deny(args) => grant::deny(context, args).await,
		PprCommand::Revoke(args) => grant::revoke(context, &args).await,
		PprCommand::RevokeAll(args) => grant::revoke_all(context, &args).await,
		PprCommand::SetResearchConsent(args) => set_research_consent(context, args).await,
		PprCommand::Show(One { relationship }) => show::run(context, relationship).await,
	}
}

async fn propose(context: &Context, args: &Propose) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let patient = args.patient.resolve(&chain.at(best.hash)).await?;
	let included = context.send(&chain, PprCall::Propose { patient }, Wait::Final).await?;
	let relationship = included
		.event("Ppr", "Proposed")
		.and_then(|event| event.get::<H256>("relationship"))
		.ok_or_else(|| Failure::failed("malformed_answer", "the chain does not say which it is"))?;
	let text = format!("Proposed: {}\nIt waits for the patient's answer.", full(&relationship));
	Ok(sent(&included, text, json!({ "relationship": relationship, "patient": patient })))
}

/// Makes a call that changes a relationship and tells nothing but that it did.
async fn change(
	context: &Context,
	call: PprCall,
	relationship: RelationshipId,
	default: Wait,
	text: &str,
) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let included = context.send(&chain, call, default).await?;
	Ok(sent(&included, text, json!({ "relationship": relationship })))
}

async fn set_research_consent(
	context: &Context,
	args: SetResearchConsent,
) -> Result<Report, Failure> {
	let SetResearchConsent { relationship, none: _, category } = args;
	let categories: BTreeSet<u16> = category.into_iter().collect();
	let text = match categories.is_empty() {
		true => "No records count in aggregates.".to_owned(),
		false => format!("Records of these categories count in aggregates: {}", list(&categories)),
	};
	let json = json!({ "relationship": relationship, "research_consent": categories });
	let consent = match categories.is_empty() {
		true => ResearchConsent::None,
		false => ResearchConsent::Categories(categories.try_into().map_err(|_| {
			let message = format!("a consent names at most {MAX_CONSENT_CATEGORIES} categories");
			Failure::usage("usage", message)
		})?),
	};
	// A consent that becomes narrower protects, but one that becomes wider counts once it is final.
	let default = if none_left(&consent) { Wait::Best } else { Wait::Final };
	let chain = context.connect().await?;
	let call = PprCall::SetResearchConsent { relationship, consent };
	let included = context.send(&chain, call, default).await?;
	Ok(sent(&included, text, json))
}

fn none_left(consent: &ResearchConsent) -> bool {
	matches!(consent, ResearchConsent::None)
}
