//! `medrec council`: motions of the council of providers.

use crate::{
	context::{Context, Session, Submitted},
	directory::{address_of, Directory},
	failure::{Failure, OrNotFound, Result},
	motion::{self, MotionHash},
	output::{Output, Report},
	page::{Cell, Page},
	reference::IdRef,
	schema::Documented,
	text::{count, list, short},
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::chain::{At, CouncilCall, Votes, Weight};
use medrec_primitives::{AccountId, Moment};
use parity_scale_codec::Encode;
use serde::Serialize;

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<Motions>("council list"),
	Documented::of::<Submitted<Vote>>("council vote"),
	Documented::of::<Submitted<motion::ClosedMotion>>("council close"),
];

/// A weight above that of any motion and below that of a block.
const BOUND: Weight = Weight { ref_time: 200_000_000_000, proof_size: 16 * 1024 * 1024 };

/// Vote on motions of the council of providers.
///
/// Each active provider has one vote. A motion passes with more than half of all votes. Its call is
/// made when a member closes it.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// List the open motions: what they do, who voted, and until when.
	List,
	/// Vote on a motion.
	Vote(VoteArgs),
	/// Close a motion that is decided, and make its call if it passed.
	Close(MotionArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("vote").required(true).args(["approve", "reject"]))]
pub struct VoteArgs {
	#[command(flatten)]
	motion: MotionArgs,
	/// Vote for the motion.
	#[arg(long)]
	approve: bool,
	/// Vote against the motion.
	#[arg(long)]
	reject: bool,
}

#[derive(Debug, Args)]
pub struct MotionArgs {
	/// The motion: its hash, or the first digits of it; by default the only open one.
	motion: Option<IdRef<MotionHash>>,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	match command {
		Command::List => motions(session).await,
		Command::Vote(args) => vote(session, &args.motion, args.approve).await,
		Command::Close(args) => close(session, &args).await,
	}
}

/// The open motions.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Motions {
	/// The motions.
	motions: Vec<Motion>,
	/// The accounts of the members, who vote.
	members: Vec<String>,
	/// The names of the members.
	member_names: Vec<String>,
}

/// An open motion.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Motion {
	/// Its hash.
	motion: MotionHash,
	/// Its number.
	index: u32,
	/// What its call does, in words.
	what: String,
	/// The number of votes with which it passes.
	threshold: u32,
	/// The accounts that voted for it.
	ayes: Vec<String>,
	/// The names of those.
	aye_names: Vec<String>,
	/// The accounts that voted against it.
	nays: Vec<String>,
	/// The names of those.
	nay_names: Vec<String>,
	/// The block from which on it can be closed without further votes.
	end: u32,
	/// When this block comes at the intended pace of blocks, in Unix milliseconds.
	ends_at: Moment,
}

impl Report for Motions {
	fn page(&self) -> Page {
		let page =
			Page::of(format!("Members of the council: {}", list(&self.member_names, "none")));
		if self.motions.is_empty() {
			return page.line("Open motions: none");
		}
		self.motions.iter().fold(page, |page, motion| page.line("").then(motion.page(self)))
	}
}

impl Motion {
	fn page(&self, council: &Motions) -> Page {
		let members = council.members.len();
		let (ayes, threshold) = (self.ayes.len(), self.threshold);
		let votes = format!("{ayes} of the {members} members; passes with {threshold}");
		Page::default().facts([
			("motion", Cell::id(self.motion)),
			("what", Cell::words(&self.what)),
			("for it", Cell::words(format!("{} ({votes})", list(&self.aye_names, "none")))),
			("against it", Cell::words(list(&self.nay_names, "none"))),
			("ends, about", Cell::time(self.ends_at)),
			("ends, block", Cell::word(self.end)),
		])
	}
}

async fn motions(session: &Session<'_>) -> Result<Output> {
	let at = session.at();
	let members = at.council().await?;
	let pace = at.pow_parameters().await?.target_block_time;
	let now = at.timestamp().await?;
	let mut motions = Vec::new();
	let mut directory = Directory::new(&session.book, at, None);
	for hash in at.motions().await? {
		// A call that this program does not know does not decode; its votes are shown without it.
		let call = at.motion(hash).await.ok().flatten();
		let Some(votes) = at.votes(hash).await? else { continue };
		let what = motion::what(&mut directory, call.as_ref()).await?;
		let blocks = Moment::from(votes.end.saturating_sub(session.best.number));
		motions.push(Motion {
			motion: hash.into(),
			index: votes.index,
			what,
			threshold: votes.threshold,
			ayes: addresses(&votes.ayes),
			aye_names: directory.names_of(&votes.ayes).await?,
			nays: addresses(&votes.nays),
			nay_names: directory.names_of(&votes.nays).await?,
			end: votes.end,
			ends_at: now.saturating_add(blocks.saturating_mul(pace)),
		});
	}
	let member_names = directory.names_of(&members).await?;
	Ok(Output::of(&Motions { motions, members: addresses(&members), member_names }))
}

fn addresses(accounts: &[AccountId]) -> Vec<String> {
	accounts.iter().map(address_of).collect()
}

fn only(open: &[MotionHash]) -> Result<MotionHash> {
	match open {
		[only] => Ok(*only),
		[] => Err(Failure::not_found(
			"no motion is open, so there is nothing to vote on or close; medrec registrar admit-provider, \
			 admit-researcher and set-status propose one",
		)),
		several => {
			let message = format!(
				"{} motions are open: {}; say which one; medrec council list says what they do",
				several.len(),
				list(several.iter().map(short), "")
			);
			Err(Failure::usage("ambiguous_motion", message))
		},
	}
}

/// The motion that is meant, among the open ones.
async fn find(at: At<'_>, args: &MotionArgs) -> Result<(MotionHash, Votes)> {
	let open = Vec::from_iter(at.motions().await?.into_iter().map(MotionHash::from));
	let motion = match &args.motion {
		Some(reference) => reference.choose(("open motion", "motions"), async { Ok(open) }).await?,
		None => only(&open)?,
	};
	let votes = at.votes(motion.hash()).await?;
	let missing = format!(
		"there is no open motion {motion}; it may be closed already; medrec council list lists the \
		 open ones"
	);
	Ok((motion, votes.or_not_found(missing)?))
}

/// A vote on a motion.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = CouncilVote)]
struct Vote {
	/// The motion.
	motion: MotionHash,
	/// Its number.
	index: u32,
	/// Whether the vote is for it.
	approve: bool,
	/// The number of votes for it.
	ayes: u32,
	/// The number of votes against it.
	nays: u32,
	/// The number of votes with which it passes.
	threshold: u32,
}

impl Report for Vote {
	fn page(&self) -> Page {
		let Vote { ayes, nays, threshold, .. } = self;
		let page = Page::of(format!(
			"Voted. The motion has {} for it and {nays} against it; it passes with {threshold}.",
			count(*ayes, "vote", "votes")
		));
		let is_decided = ayes >= threshold;
		page.maybe_line(is_decided.then(|| {
			let motion = short(self.motion);
			format!("It is decided; any member closes it with:\n  medrec council close {motion}")
		}))
	}
}

async fn vote(session: &Session<'_>, motion: &MotionArgs, approve: bool) -> Result<Output> {
	let (motion, Votes { index, threshold, .. }) = find(session.at(), motion).await?;
	let call = CouncilCall::vote { proposal: motion.hash(), index, approve };
	let included = session.submit(call).await?;
	let votes = session.chain.at(included.block.hash).votes(motion.hash()).await?;
	let number = |votes: &[AccountId]| u32::try_from(votes.len()).unwrap_or(u32::MAX);
	let (ayes, nays) = votes.map_or((0, 0), |votes| (number(&votes.ayes), number(&votes.nays)));
	let vote = Vote { motion, index, approve, ayes, nays, threshold };
	Ok(Output::of(&Submitted::new(&included, vote)))
}

async fn close(session: &Session<'_>, motion: &MotionArgs) -> Result<Output> {
	let at = session.at();
	let (motion, Votes { index, .. }) = find(at, motion).await?;
	let proposed = at.motion(motion.hash()).await?;
	let length = proposed.as_ref().map_or(0, |call| call.encoded_size());
	let mut directory = Directory::new(&session.book, at, None);
	let what = motion::what(&mut directory, proposed.as_ref()).await?;
	let call = CouncilCall::close {
		proposal_hash: motion.hash(),
		index,
		proposal_weight_bound: BOUND,
		length_bound: u32::try_from(length).unwrap_or(u32::MAX),
	};
	let included = session.submit(call).await?;
	Ok(Output::of(&motion::closed(&session.chain, &included, motion, what).await?))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::style::Style;

	#[test]
	fn a_vote_says_how_many_there_are() {
		let motion = MotionHash::repeat_byte(0x1f);
		let vote = Vote { motion, index: 0, approve: true, ayes: 1, nays: 0, threshold: 2 };
		let open = vote.page().shows(&["has 1 vote for it and 0 against it; it passes with 2."]);
		assert!(!open.contains("close"), "{open}");
		let decided = Vote { ayes: 2, ..vote };
		decided.page().shows(&["has 2 votes for it", "medrec council close 0x1f1f1f1f"]);
	}

	#[test]
	fn without_an_argument_the_only_open_motion_is_meant() {
		let motions = [MotionHash::repeat_byte(1), MotionHash::repeat_byte(2)];
		assert_eq!(only(&motions[..1]).unwrap(), motions[0]);
		assert_eq!(&*only(&[]).unwrap_err().code, "not_found");
		let several = only(&motions).unwrap_err().message;
		assert!(several.contains("0x01010101, 0x02020202"), "{several}");
	}

	#[test]
	fn a_motion_says_what_it_does_who_voted_and_until_when() {
		let motion = Motion {
			motion: MotionHash::repeat_byte(7),
			index: 0,
			what: "admit the provider hospital-c".into(),
			threshold: 2,
			ayes: vec!["5G".into()],
			aye_names: vec!["hospital-a".into()],
			nays: Vec::new(),
			nay_names: Vec::new(),
			end: 60_480,
			ends_at: 6 * 86_400_000,
		};
		let names = vec!["hospital-a".to_owned(), "hospital-b".to_owned()];
		let motions =
			Motions { motions: vec![motion], members: names.clone(), member_names: names };
		motions.page().shows(&[
			"admit the provider hospital-c",
			"hospital-a (1 of the 2 members; passes with 2)",
			"in 6 d",
			"60480",
		]);
		let long = format!("set the status of hospital-a (0x{}) to suspended", "1f".repeat(32));
		let motion = Motion { what: long, ..motions.motions[0].clone() };
		let motions = Motions { motions: vec![motion], ..motions };
		motions.page().shows(&["set the status of hospital-a (0x1f1f1f1f) to suspended"]);
		let exact = Style { exact: true, ..Style::terminal(0) };
		let text = motions.page().render(&exact);
		assert!(text.contains(&"1f".repeat(32)), "{text}");
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
		let none = Motions { motions: Vec::new(), ..motions };
		none.page().shows(&["Open motions: none"]);
	}
}
