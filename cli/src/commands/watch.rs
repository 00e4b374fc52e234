//! `medrec watch`: what happens, as it happens.

mod event;
mod history;
mod periods;

use crate::{
	access_log::{CheckedReceipt, Follower},
	activity::Describer,
	context::{self, Context, Session, Whose},
	failure::{Exit, Failure, Result},
	finality::{until_final, FinalityLag},
	gatekeeper::{self, Url},
	output::Output,
	purpose,
	schema::Documented,
	text::{count, list, seconds},
};
use clap::Args;
use event::WatchEvent;
use history::Shown;
use medrec_client::{
	chain::{At, BlockHeader},
	now,
};
use medrec_primitives::{
	identity::SubjectId,
	relationship::RelationshipId,
	summary::{Entry, EntryState},
	Moment, H256,
};
use medrec_protocol::wire::Outcome;
use periods::{due, grants_of, Due, OfRelationship, SOON};
use std::time::Duration;
use tokio::time::{sleep, timeout, Instant};

/// The time between two looks at the chain.
const INTERVAL: Duration = Duration::from_millis(500);

/// The time between two looks at finality.
const FINALITY: Duration = Duration::from_secs(2);

/// The time between two looks at the logs of gatekeepers.
const LOGS: Duration = Duration::from_secs(5);

/// A node or gatekeeper that does not answer within this time is lost.
const ANSWER: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Watch {
	#[command(flatten)]
	whose: Whose,
	/// Begin with this many of the latest entries.
	#[arg(long, value_name = "N", default_value_t = 0)]
	last: usize,
	/// Show requests for your records too, as gatekeepers log them.
	#[arg(long, conflicts_with = "subject")]
	accesses: bool,
	/// End at the first event of this kind, as record-posted.
	///
	/// The kinds are the words in the field `event` of the JSON. With --last, also an earlier entry ends
	/// it. It ends once the block that was the best at the event is final, so that gatekeepers know of
	/// the event too.
	#[arg(long, value_name = "EVENT", value_parser = event::kind)]
	until: Option<String>,
}

/// What the command prints, on each line.
pub const OUTPUTS: &[Documented] = &[Documented::of::<WatchEvent>("watch")];

/// Runs the command.
pub async fn run(context: &Context, args: Watch) -> Result<Output> {
	let session = context.connect().await?;
	let subject = session.resolve_or_me(session.at(), args.whose.subject.as_ref()).await?;
	if args.accesses {
		context.key()?;
	}
	let mut watcher = Watcher::new(&session, subject, &args).await?;
	tokio::select! {
		reached = watcher.run(&args) => {
			reached?;
			Ok(Output::of(&WatchEvent::new("reached", "Reached.")))
		},
		Ok(()) = tokio::signal::ctrl_c() => Ok(Output::of(&WatchEvent::new("stopped", "Stopped."))),
	}
}

/// The log of a relationship, at its gatekeeper.
struct Log {
	relationship: RelationshipId,
	provider: SubjectId,
	/// The receipts from this time on are shown.
	since: Moment,
	/// None until the gatekeeper answers for the first time.
	follower: Option<Follower>,
	is_lost: bool,
}

/// What was seen and shown so far.
struct Watcher<'a> {
	session: &'a Session<'a>,
	subject: SubjectId,
	describer: Describer<'a>,
	shown: Shown,
	/// The best block that was read last.
	seen: H256,
	grants: Vec<OfRelationship>,
	/// The time until which grants were looked at.
	clock: Moment,
	/// The start of the watch.
	since: Moment,
	logs: Vec<Log>,
	is_late: bool,
	is_lost: bool,
	problem: Option<String>,
	/// The kind of event that ends the watch.
	until: Option<String>,
	is_reached: bool,
}

impl<'a> Watcher<'a> {
	async fn new(
		session: &'a Session<'a>,
		subject: SubjectId,
		args: &Watch,
	) -> Result<Watcher<'a>> {
		let (at, now) = (session.at(), now());
		let mut watcher = Watcher {
			session,
			subject,
			describer: Describer::new(session, at, subject).await?,
			shown: Shown::default(),
			seen: H256::zero(),
			grants: Vec::new(),
			clock: now,
			since: now,
			logs: Vec::new(),
			is_late: false,
			is_lost: false,
			problem: None,
			until: args.until.clone(),
			is_reached: false,
		};
		let entries = at.activity(subject).await?;
		let earlier = entries.len().saturating_sub(args.last);
		for (number, entry) in entries.into_iter().take(earlier) {
			watcher.shown.add(number, entry);
		}
		Ok(watcher)
	}

	/// Shows events until one of the kind that ends the watch, and then waits until the best block is
	/// final.
	async fn run(&mut self, args: &Watch) -> Result<()> {
		let best = self.session.best;
		let result = self.chain(best).await;
		self.note(result);
		if args.accesses {
			self.logs().await;
		}
		let name = self.describer.directory().name(self.subject).await?;
		let text = format!("Watching {name} since block {}. Ctrl-C ends it.", best.number);
		self.show(WatchEvent::new("started", text));
		let (mut finality, mut logs) = (Instant::now(), Instant::now() + LOGS);
		while !self.is_reached {
			if let Some(best) = self.best().await {
				let mut result = self.chain(best).await;
				if result.is_ok() && Instant::now() >= finality {
					finality = Instant::now() + FINALITY;
					result = self.finality(best).await;
				}
				self.note(result);
			}
			if args.accesses && Instant::now() >= logs {
				logs = Instant::now() + LOGS;
				self.logs().await;
			}
			if !self.is_reached {
				sleep(INTERVAL).await;
			}
		}
		let chain = &self.session.chain;
		let number = chain.best().await?.number;
		let text = format!("Waiting until block {number} is final.");
		self.session.context.explained(&text, until_final(chain, number)).await.map(drop)
	}

	fn show(&mut self, event: WatchEvent) {
		self.is_reached |= self.until.as_ref().is_some_and(|until| event.is(until));
		let context = self.session.context;
		Output::of(&event).print(context.globals.json, &context.style());
	}

	/// The best block, if the node answers. The connection reconnects by itself.
	async fn best(&mut self) -> Option<BlockHeader> {
		let best = timeout(ANSWER, self.session.chain.best()).await.ok().and_then(Result::ok);
		let url = &self.session.context.globals.node;
		match (best, self.is_lost) {
			(None, false) => {
				let text = format!("The node at {url} does not answer. Waiting for it.");
				self.show(WatchEvent::new("node-lost", text));
			},
			(Some(_), true) => {
				let text = format!("The node at {url} answers again.");
				self.show(WatchEvent::new("node-found", text));
			},
			_ => {},
		}
		self.is_lost = best.is_none();
		best
	}

	/// Shows a failure to read the chain once. The next look repeats what was not done.
	fn note(&mut self, result: Result<()>) {
		match result {
			Ok(()) => self.problem = None,
			Err(Failure { exit: Exit::Unreachable, .. }) => {},
			Err(failure) if self.problem.as_ref() == Some(&failure.message) => {},
			Err(failure) => {
				self.problem = Some(failure.message.clone());
				self.show(WatchEvent::new("problem", failure.message));
			},
		}
	}

	/// Shows new entries of the history, and grants that begin or end.
	async fn chain(&mut self, best: BlockHeader) -> Result<()> {
		if best.hash != self.seen {
			let at = self.session.chain.at(best.hash);
			self.describer.move_to(at);
			let new = self.shown.new_among(at.activity(self.subject).await?);
			let is_first = self.seen.is_zero();
			if is_first || !new.is_empty() {
				self.grants = grants_of(at, self.subject).await?;
				self.follow_logs(at, at.relationships_of(self.subject).await?).await?;
			}
			for (number, entry) in new {
				let view = self.describer.view(number, &entry).await?;
				self.show(WatchEvent::activity(view));
				self.shown.add(number, entry);
			}
			if is_first {
				// Those that are already in the last hour of their period.
				let clock = self.clock;
				let soon = due(&self.grants, clock.saturating_sub(SOON), clock);
				let soon = soon.into_iter().filter(|due| due.event == "grant-ends-soon");
				self.periods(soon.collect()).await?;
			}
			self.seen = best.hash;
		}
		let now = now();
		let due = due(&self.grants, self.clock, now);
		self.periods(due).await?;
		self.clock = now;
		Ok(())
	}

	async fn periods(&mut self, moments: Vec<Due>) -> Result<()> {
		for Due { at, event, grant } in moments {
			let what = self.describer.grant(grant.0, grant.1).await?;
			let verb = match event {
				"grant-begins" => "Begins",
				"grant-ends-soon" => "Ends within an hour",
				_ => "Ended",
			};
			self.show(WatchEvent::grant(event, at, grant, format!("{verb}: {what}")));
		}
		Ok(())
	}

	/// Says when finality is later than in a healthy chain, and when it continues.
	async fn finality(&mut self, best: BlockHeader) -> Result<()> {
		let last = self.session.chain.finalized().await?;
		let lag =
			FinalityLag::read(&self.session.chain, &self.session.book, best, last, now()).await?;
		match (lag.is_late, self.is_late) {
			(true, false) => {
				let text = format!(
					"Finality is {} and {} behind{}. New permissions count once it continues.",
					seconds(lag.age),
					count(lag.blocks, "block", "blocks"),
					lag.missing()
				);
				self.show(WatchEvent::finality("finality-stalled", last.number, text));
			},
			(false, true) => {
				let text = format!("Finality continues: block {} is final.", last.number);
				self.show(WatchEvent::finality("finality-continues", last.number, text));
			},
			_ => {},
		}
		self.is_late = lag.is_late;
		Ok(())
	}

	/// Adds the logs of new relationships.
	async fn follow_logs(
		&mut self,
		at: At<'a>,
		relationships: Vec<(RelationshipId, Entry)>,
	) -> Result<()> {
		for (relationship, entry) in relationships {
			let has_log = matches!(entry.state, EntryState::Active | EntryState::Shared);
			let is_known = self.logs.iter().any(|log| log.relationship == relationship);
			if has_log && !is_known {
				let provider = context::relationship(at, relationship).await?.provider;
				let (since, follower) = (self.since, None);
				self.logs.push(Log { relationship, provider, since, follower, is_lost: false });
			}
		}
		Ok(())
	}

	/// Shows new requests, and gatekeepers that do not answer.
	async fn logs(&mut self) {
		for position in 0..self.logs.len() {
			let Some(log) = self.logs.get_mut(position) else { continue };
			let new = timeout(ANSWER, log.next(self.session)).await.unwrap_or_else(|_| {
				let message = format!("it did not answer within {} seconds", ANSWER.as_secs());
				Err(Failure::new(Exit::Unreachable, "gatekeeper_unreachable", message))
			});
			let (was_lost, relationship, provider) = (log.is_lost, log.relationship, log.provider);
			log.is_lost = new.is_err();
			let name = self.describer.directory().name(provider).await;
			let name = name.unwrap_or_else(|_| provider.to_string());
			let which = capitalised(&gatekeeper::of(&name));
			match new {
				Ok(accesses) => {
					if was_lost {
						let text = format!("{which} answers again.");
						self.show(WatchEvent::gatekeeper("gatekeeper-found", relationship, text));
					}
					for access in accesses {
						let text = self.access(&access).await;
						self.show(WatchEvent::access(access, text));
					}
				},
				Err(failure) if !was_lost => {
					let text = format!("{which} shows no accesses: {failure}.");
					self.show(WatchEvent::gatekeeper("gatekeeper-lost", relationship, text));
				},
				Err(_) => {},
			}
		}
	}

	/// A request in words. Names that cannot be read are left as IDs.
	async fn access(&mut self, access: &CheckedReceipt) -> String {
		let receipt = &access.receipt.receipt;
		let (relationship, record) = (receipt.relationship, receipt.record);
		let name = self.describer.directory().name(receipt.requester).await;
		let name = name.unwrap_or_else(|_| receipt.requester.to_string());
		let what = self.describer.record(relationship, record).await;
		let what = what.unwrap_or_else(|_| format!("the record {record}"));
		let fields = self.describer.fields(relationship, record, &receipt.fields).await;
		let fields = match fields.unwrap_or_default() {
			fields if fields.is_empty() => String::new(),
			fields => format!(" ({})", list(fields, "")),
		};
		let verb = match receipt.decision {
			Outcome::Permit => "read",
			Outcome::Refused(_) => "asked for",
		};
		let purpose = purpose::words(receipt.purpose);
		let outcome = match (&access.problem, receipt.decision) {
			(Some(_), _) | (None, Outcome::Refused(_)) => format!(": {}", access.outcome()),
			(None, Outcome::Permit) => String::new(),
		};
		format!("{name} {verb} {what}{fields} for {purpose}{outcome}")
	}
}

impl Log {
	async fn next(&mut self, session: &Session<'_>) -> Result<Vec<CheckedReceipt>> {
		let follower = match &mut self.follower {
			Some(follower) => follower,
			None => {
				let (id, url) = (self.relationship, Url::default());
				self.follower.insert(Follower::start(session, id, &url, self.since).await?)
			},
		};
		follower.next(session).await
	}
}

/// A text as the start of a sentence.
fn capitalised(text: &str) -> String {
	let mut letters = text.chars();
	letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
