//! `medrec query`: a record from a gatekeeper, verified against the chain.

use crate::{context::Context, failure::Result, gatekeeper::Url, output::Output, parse, requests};
use clap::Args;
use medrec_primitives::{
	record::{FieldNumber, RecordId},
	relationship::{Purpose, RelationshipId},
};
use medrec_protocol::wire::QueryRequest;

#[derive(Debug, Args)]
pub struct QueryArgs {
	/// The relationship.
	#[arg(long)]
	relationship: RelationshipId,
	/// The record.
	#[arg(long)]
	record: RecordId,
	/// Only these fields, by number; by default all that are permitted.
	#[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
	field: Vec<FieldNumber>,
	/// The purpose, as an HL7 code: TREAT, ETREAT, BTG, HPAYMT, HOPERAT, HRESCH, PATRQT or FAMRQT.
	#[arg(long, default_value = "PATRQT", value_parser = parse::purpose)]
	purpose: Purpose,
	#[command(flatten)]
	gatekeeper: Url,
}

/// Runs the command.
pub async fn run(context: &Context, args: QueryArgs) -> Result<Output> {
	let QueryArgs { relationship, record, mut field, purpose, gatekeeper } = args;
	field.sort_unstable();
	field.dedup();
	let fields = (!field.is_empty()).then_some(field);
	let session = context.connect().await?;
	let request = QueryRequest { relationship, record, fields, purpose };
	Ok(requests::query(&session, request, &gatekeeper).await?.into())
}
