//! `medrec council`: motions of the council of providers.

use crate::{
	context::{submitted, Context, Session},
	directory::{address_of, Directory},
	failure::{OrNotFound, Result},
	motion,
	output::{list, short, word, Fields, Output},
	parse,
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::chain::{At, CouncilCall, RegistrarCall, RuntimeCall, Votes, Weight};
use medrec_primitives::{AccountId, H256};
use parity_scale_codec::Encode;
use serde_json::json;

/// A weight above that of any motion and below that of a block.
const BOUND: Weight = Weight { ref_time: 200_000_000_000, proof_size: 16 * 1024 * 1024 };

/// Vote on motions of the council of providers.
///
/// Each active provider has one vote. A motion passes with more than half of all votes. Its call is
/// made when a member closes it.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// List the open motions.
	List,
	/// Vote on a motion.
	Vote(Vote),
	/// Close a motion that is decided, and make its call if it passed.
	Close(Motion),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("vote").required(true).args(["approve", "reject"]))]
pub struct Vote {
	#[command(flatten)]
	motion: Motion,
	/// Vote for the motion.
	#[arg(long)]
	approve: bool,
	/// Vote against the motion.
	#[arg(long)]
	reject: bool,
}

#[derive(Debug, Args)]
pub struct Motion {
	/// The hash of the motion.
	#[arg(value_parser = parse::hash)]
	motion: H256,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	match command {
		Command::List => motions(session).await,
		Command::Vote(args) => vote(session, args.motion.motion, args.approve).await,
		Command::Close(args) => close(session, args).await,
	}
}

async fn motions(session: &Session<'_>) -> Result<Output> {
	let at = session.at();
	let members = at.council().await?;
	let mut motions = Vec::new();
	let mut directory = Directory::new(&session.book, at, None);
	for motion in at.motions().await? {
		// A call that this program does not know does not decode; its votes are shown without it.
		let call = at.motion(motion).await.ok().flatten();
		let Some(votes) = at.votes(motion).await? else { continue };
		let what = match &call {
			Some(call) => describe(&mut directory, call).await?,
			None => "a call that this program does not know".to_owned(),
		};
		let passes = format!("{} of {}", votes.threshold, members.len());
		let ayes = list(directory.names_of(&votes.ayes).await?, "-");
		let nays = list(directory.names_of(&votes.nays).await?, "-");
		let fields = Fields::default()
			.field("motion", motion)
			.json("index", votes.index)
			.field("what", what)
			.show("threshold", votes.threshold, passes)
			.show("ayes", addresses(&votes.ayes), ayes)
			.show("nays", addresses(&votes.nays), nays)
			.field("end", votes.end);
		motions.push(fields);
	}
	let columns = "motion what ayes nays threshold end";
	Ok(Output::table("motions", "Open motions", columns, &motions)
		.with_field("members", addresses(&members)))
}

fn addresses(accounts: &[AccountId]) -> Vec<String> {
	accounts.iter().map(address_of).collect()
}

/// What the call of a motion does.
async fn describe(directory: &mut Directory<'_>, call: &RuntimeCall) -> Result<String> {
	use RegistrarCall::{admit_provider, admit_researcher, set_status};
	use RuntimeCall::Registrar;
	Ok(match call {
		Registrar(admit_provider { account, name, .. }) => admission("provider", name, account),
		Registrar(admit_researcher { account, name, .. }) => admission("researcher", name, account),
		Registrar(set_status { subject, status }) => {
			let name = directory.name(*subject).await?;
			format!("set the status of {name} ({}) to {}", short(subject), word(status))
		},
		other => format!("{other:?}"),
	})
}

fn admission(role: &str, name: &[u8], account: &AccountId) -> String {
	let name = String::from_utf8_lossy(name);
	format!("admit the {role} {name} ({})", address_of(account))
}

async fn votes_on(at: At<'_>, motion: H256) -> Result<Votes> {
	at.votes(motion).await?.or_not_found("there is no such motion; it may have been closed")
}

async fn vote(session: &Session<'_>, motion: H256, approve: bool) -> Result<Output> {
	let Votes { index, .. } = votes_on(session.at(), motion).await?;
	let call = CouncilCall::vote { proposal: motion, index, approve };
	let included = session.submit(call).await?;
	let votes = session.chain.at(included.block.hash).votes(motion).await?;
	let (ayes, nays) = votes.map_or((0, 0), |votes| (votes.ayes.len(), votes.nays.len()));
	let text = format!("Voted. The motion has {ayes} votes for it and {nays} against it.");
	let json =
		json!({ "motion": motion, "index": index, "approve": approve, "ayes": ayes, "nays": nays });
	Ok(submitted(&included, text, json))
}

async fn close(session: &Session<'_>, Motion { motion }: Motion) -> Result<Output> {
	let at = session.at();
	let Votes { index, .. } = votes_on(at, motion).await?;
	let length = at.motion(motion).await?.map_or(0, |call| call.encoded_size());
	let call = CouncilCall::close {
		proposal_hash: motion,
		index,
		proposal_weight_bound: BOUND,
		length_bound: u32::try_from(length).unwrap_or(u32::MAX),
	};
	let included = session.submit(call).await?;
	motion::closed(&session.chain, &included, motion).await
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_admission_is_described_by_name_and_account() {
		let text = admission("provider", b"hospital-b", &AccountId::from([1; 32]));
		assert!(text.starts_with("admit the provider hospital-b ("), "{text}");
	}
}
