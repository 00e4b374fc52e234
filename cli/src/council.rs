//! `medrec council`: motions of the council of providers.

use crate::{
	cli::{examples, Wait},
	context::{sent, Context},
	directory::Directory,
	failure::{Exit, Failure},
	party::not_found,
	report::{self, full, list, row, section, short, Report},
	values, view,
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::chain::{
	At, Chain, CouncilCall, Included, RegistrarCall, RuntimeCall, Votes, Weight,
};
use medrec_primitives::{identity::SubjectId, AccountId, H256};
use parity_scale_codec::Encode;
use serde_json::{json, Value};

/// More than any motion takes, and less than a block holds.
const BOUND: Weight = Weight { ref_time: 200_000_000_000, proof_size: 16 * 1024 * 1024 };

/// Vote on motions of the council of providers.
///
/// Each active provider has one vote. A motion passes with more than half of all votes, and its call
/// is made when somebody closes it.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!("medrec council list", "medrec council vote $MOTION --approve"))]
pub enum CouncilCommand {
	/// List the open motions.
	#[command(after_help = examples!("medrec council list", "medrec council list --json"))]
	List,
	/// Vote on a motion.
	#[command(after_help = examples!(
		"medrec council vote $MOTION --approve",
		"medrec council vote $MOTION --reject --key hospital-a",
	))]
	Vote(Vote),
	/// End a motion that is decided, and make its call if it is approved.
	#[command(after_help = examples!("medrec council close $MOTION"))]
	Close(Motion),
}

/// `council vote`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("vote").required(true).args(["approve", "reject"]))]
pub struct Vote {
	/// The hash of the motion.
	#[arg(value_name = "MOTION", value_parser = values::hash)]
	pub motion: H256,
	/// Be for it.
	#[arg(long)]
	pub approve: bool,
	/// Be against it.
	#[arg(long)]
	pub reject: bool,
}

/// A motion.
#[derive(Debug, Args)]
pub struct Motion {
	/// The hash of the motion.
	#[arg(value_name = "MOTION", value_parser = values::hash)]
	pub motion: H256,
}

/// Does what the command says.
pub async fn run(context: &Context, command: CouncilCommand) -> Result<Report, Failure> {
	match command {
		CouncilCommand::List => motions(context).await,
		CouncilCommand::Vote(args) => vote(context, args.motion, args.approve).await,
		CouncilCommand::Close(args) => close(context, args.motion).await,
	}
}

/// Moves that a call be made.
pub async fn propose(context: &Context, call: RuntimeCall) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	propose_on(context, &chain, call, Wait::Final).await
}

/// As [`propose`], on a chain that is connected.
pub async fn propose_on(
	context: &Context,
	chain: &Chain,
	call: RuntimeCall,
	default: Wait,
) -> Result<Report, Failure> {
	let best = chain.best().await?;
	let members = chain.at(best.hash).council().await?;
	let motion = call.motion_hash();
	let threshold = majority(members.len());
	let included = context.send(chain, call.as_motion(threshold), default).await?;
	if ensure_done(chain, &included).await? {
		return Ok(executed(&included, motion, "The council has one member, and it is done."));
	}
	let index =
		included.event("Council", "Proposed").and_then(|event| event.get::<u32>("proposal_index"));
	let text = format!(
		"Moved, and passes with {threshold} of {} votes: {}\nMembers vote with: medrec council \
		 vote {} --approve\nThen anybody of them ends it with: medrec council close {}",
		members.len(),
		full(&motion),
		full(&motion),
		full(&motion),
	);
	let json = json!({
		"motion": motion,
		"index": index,
		"threshold": threshold,
		"members": members.len(),
		"executed": false,
		"subject": null,
	});
	Ok(sent(&included, text, json))
}

/// More than half.
fn majority(members: usize) -> u32 {
	u32::try_from(members / 2).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whether the call of a motion was made. It is a failure if it was made and failed, though the
/// transaction did not.
async fn ensure_done(chain: &Chain, included: &Included) -> Result<bool, Failure> {
	match outcome(included) {
		None => Ok(false),
		Some(Ok(())) => Ok(true),
		Some(Err(error)) => {
			let why = chain.at(included.block.hash).explain(error).await?;
			Err(failed(&why.to_string()))
		},
	}
}

/// What became of the call of a motion if it was made: all went well, or the `DispatchError` in SCALE.
fn outcome(included: &Included) -> Option<Result<(), &[u8]>> {
	let executed = included.event("Council", "Executed")?;
	let result = executed.fields.iter().find(|field| field.name == "result");
	Some(match result.and_then(|field| field.bytes.split_first()) {
		Some((0, _)) => Ok(()),
		Some((_, error)) => Err(error),
		None => Err(&[]),
	})
}

fn failed(why: &str) -> Failure {
	let message =
		format!("the motion passed and its call failed, so that nothing has changed: {why}");
	Failure::new(Exit::Refused, "motion_failed", message)
}

/// That the call of a motion was made.
fn executed(included: &Included, motion: H256, text: &str) -> Report {
	let subject = included
		.event("Registrar", "Admitted")
		.or_else(|| included.event("Registrar", "StatusSet"))
		.and_then(|event| event.get::<SubjectId>("subject"));
	let text = match subject {
		Some(subject) => format!("{text}\nThe subject is {}.", full(&subject)),
		None => text.to_owned(),
	};
	let json = json!({ "motion": motion, "executed": true, "subject": subject });
	sent(included, text, json)
}

async fn motions(context: &Context) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let members = at.council().await?;
	let mut table =
		report::table(&["motion", "what", "for", "against", "passes with", "until block"]);
	let mut json = Vec::new();
	let mut directory = Directory::new(at, None);
	for motion in at.motions().await? {
		// One of a kind that this program does not know has no call here, and votes all the same.
		let call = at.motion(motion).await.ok().flatten();
		let Some(votes) = at.votes(motion).await? else { continue };
		let what = match &call {
			Some(call) => describe(&mut directory, call).await?,
			None => "something that this program does not know".to_owned(),
		};
		row(
			&mut table,
			[
				full(&motion),
				what.clone(),
				names(&at, &mut directory, &votes.ayes).await?,
				names(&at, &mut directory, &votes.nays).await?,
				format!("{} of {}", votes.threshold, members.len()),
				votes.end.to_string(),
			],
		);
		json.push(motion_json(motion, &votes, &what));
	}
	let members: Vec<String> = members.iter().map(view::account).collect();
	let json = json!({ "members": members, "motions": json });
	Ok(Report::new(section("Open motions", &table), json))
}

fn motion_json(motion: H256, votes: &Votes, what: &str) -> Value {
	let accounts = |of: &[AccountId]| of.iter().map(view::account).collect::<Vec<_>>();
	json!({
		"motion": motion,
		"index": votes.index,
		"what": what,
		"threshold": votes.threshold,
		"ayes": accounts(&votes.ayes),
		"nays": accounts(&votes.nays),
		"end": votes.end,
	})
}

/// The organisations of these accounts.
async fn names(
	at: &At<'_>,
	directory: &mut Directory<'_>,
	accounts: &[AccountId],
) -> Result<String, Failure> {
	let mut names = Vec::with_capacity(accounts.len());
	for account in accounts {
		names.push(match at.subject_of(account).await? {
			Some(subject) => directory.label(subject).await?,
			None => view::account(account),
		});
	}
	Ok(match names.is_empty() {
		true => "-".to_owned(),
		false => list(names),
	})
}

/// What a motion would do, in words.
async fn describe(directory: &mut Directory<'_>, call: &RuntimeCall) -> Result<String, Failure> {
	Ok(match call {
		RuntimeCall::Registrar(RegistrarCall::AdmitProvider { account, name, .. }) => {
			admission("provider", name, account)
		},
		RuntimeCall::Registrar(RegistrarCall::AdmitResearcher { account, name, .. }) => {
			admission("researcher", name, account)
		},
		RuntimeCall::Registrar(RegistrarCall::SetStatus { subject, status }) => {
			let label = directory.label(*subject).await?;
			format!("make {label} ({}) {}", short(subject), view::status(*status))
		},
		other => format!("{other:?}"),
	})
}

fn admission(role: &str, name: &[u8], account: &AccountId) -> String {
	let name = String::from_utf8_lossy(name);
	format!("admit the {role} {name} ({})", view::account(account))
}

async fn votes_on(at: &At<'_>, motion: H256) -> Result<Votes, Failure> {
	let votes = at.votes(motion).await?;
	votes.ok_or_else(|| not_found("there is no such motion; it may have been ended"))
}

async fn vote(context: &Context, motion: H256, approve: bool) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let Votes { index, .. } = votes_on(&chain.at(best.hash), motion).await?;
	let call = CouncilCall::Vote { proposal: motion, index, approve };
	let included = context.send(&chain, call, Wait::Final).await?;
	let votes = chain.at(included.block.hash).votes(motion).await?;
	let (ayes, nays) = votes.map_or((0, 0), |votes| (votes.ayes.len(), votes.nays.len()));
	let text = format!("Voted. {ayes} for it, {nays} against it.");
	let json =
		json!({ "motion": motion, "index": index, "approve": approve, "ayes": ayes, "nays": nays });
	Ok(sent(&included, text, json))
}

async fn close(context: &Context, motion: H256) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let Votes { index, .. } = votes_on(&at, motion).await?;
	let call = at.motion(motion).await?;
	let length = call.map_or(0, |call| call.encoded_size());
	let call = CouncilCall::Close {
		proposal_hash: motion,
		index,
		proposal_weight_bound: BOUND,
		length_bound: u32::try_from(length).unwrap_or(u32::MAX),
	};
	let included = context.send(&chain, call, Wait::Final).await?;
	if ensure_done(&chain, &included).await? {
		return Ok(executed(&included, motion, "The motion passed, and its call was made."));
	}
	let json = json!({ "motion": motion, "executed": false, "subject": null });
	Ok(sent(&included, "The motion did not pass.", json))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_client::chain::{ChainEvent, EventField, Head};

	fn included(result: Option<&[u8]>) -> Included {
		let event = |result: &[u8]| ChainEvent {
			pallet: "Council".into(),
			name: "Executed".into(),
			extrinsic: Some(1),
			fields: vec![EventField { name: "result".into(), bytes: result.to_vec() }],
		};
		Included {
			extrinsic: H256::zero(),
			index: 1,
			block: Head { number: 1, hash: H256::zero(), parent: H256::zero() },
			is_final: true,
			events: result.map(event).into_iter().collect(),
		}
	}

	#[test]
	fn a_motion_whose_call_failed_is_told_from_one_that_is_open() {
		assert_eq!(outcome(&included(None)), None);
		assert_eq!(outcome(&included(Some(&[0]))), Some(Ok(())));
		let error: &[u8] = &[3, 10, 6, 0, 0, 0];
		assert_eq!(outcome(&included(Some(&[1, 3, 10, 6, 0, 0, 0]))), Some(Err(error)));
		assert_eq!(outcome(&included(Some(&[]))), Some(Err(&[][..])));
		let failure = failed("Registrar.NameTaken: another subject has this name");
		assert_eq!((failure.exit, &*failure.code), (Exit::Refused, "motion_failed"));
		assert!(failure.message.contains("Registrar.NameTaken"), "{}", failure.message);
	}

	#[test]
	fn a_majority_is_more_than_half() {
		for (members, votes) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (100, 51)] {
			assert_eq!(majority(members), votes);
		}
	}

	#[test]
	fn admissions_are_told_by_name_and_account() {
		let text = admission("provider", b"hospital-b", &AccountId::from([1; 32]));
		assert!(text.starts_with("admit the provider hospital-b ("), "{text}");
	}
}
