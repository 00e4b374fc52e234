//! `medrec names`: the user's own names for subjects.

use crate::{
	context::{self, Context, Session},
	directory::Directory,
	failure::Result,
	names::check_name,
	output::{Output, Report},
	page::{Cell, Page},
	parse::Party,
	schema::Documented,
	text::word,
};
use clap::Subcommand;
use medrec_primitives::identity::SubjectId;
use serde::Serialize;

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<NameAdded>("names add"),
	Documented::of::<NameList>("names list"),
	Documented::of::<NameRemoved>("names remove"),
];

/// Give subjects names of your own.
///
/// The names are in a file beside your keys, for each chain apart. Commands accept them wherever they
/// accept a subject, and show them in place of IDs. They are on no chain and at no gatekeeper.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Give a subject a name.
	Add {
		/// The name: up to 64 letters, digits, dots, dashes and underscores.
		name: String,
		/// The subject: its ID, the address of its account, or a key that controls it.
		#[arg(value_name = "SUBJECT|ADDRESS|KEY")]
		subject: Party,
	},
	/// List your names.
	List,
	/// Remove a name.
	Remove {
		/// The name.
		name: String,
	},
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	if let Command::Add { name, .. } = &command {
		// Before the connection: it needs no node.
		check_name(name)?;
	}
	let mut session = context.connect().await?;
	match command {
		Command::Add { name, subject } => add(&mut session, name, &subject).await,
		Command::List => list(&session).await,
		Command::Remove { name } => {
			let subject = session.book.names.remove(&name)?;
			Ok(Output::of(&NameRemoved { name, subject }))
		},
	}
}

/// A name that was given.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct NameAdded {
	/// The name.
	name: String,
	/// The subject.
	subject: SubjectId,
	/// What the subject was called before.
	former_name: String,
}

impl Report for NameAdded {
	fn page(&self) -> Page {
		Page::of(format!("{} is the name of {} from now on.", self.name, self.former_name))
			.line(format!("Its ID is\n{}", self.subject))
	}
}

async fn add(session: &mut Session<'_>, name: String, subject: &Party) -> Result<Output> {
	let subject = session.resolve(subject).await?;
	context::subject(session.at(), subject).await?;
	session.resolver().await?.ensure_free(&name, Some(subject)).await?;
	let former_name = Directory::new(&session.book, session.at(), None).name(subject).await?;
	session.book.names.add(&name, subject)?;
	Ok(Output::of(&NameAdded { name, subject, former_name }))
}

/// The names that the user gave.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct NameList {
	/// The names on this chain, in alphabetical order.
	names: Vec<Name>,
}

/// A name that the user gave.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = GivenName)]
struct Name {
	/// The name.
	name: String,
	/// The subject.
	subject: SubjectId,
	/// The role of the subject; none if the chain has no such subject.
	role: Option<String>,
}

impl Report for NameList {
	fn page(&self) -> Page {
		let rows = self.names.iter().map(|Name { name, subject, role }| {
			let role = Cell::words(role.as_deref().unwrap_or("not on this chain"));
			[Cell::word(name), Cell::id(subject), role]
		});
		let page = Page::default().table("Your names", ["name", "subject", "role"], rows);
		match self.names.is_empty() {
			true => page.line("Add one with: medrec names add NAME SUBJECT"),
			false => page,
		}
	}
}

async fn list(session: &Session<'_>) -> Result<Output> {
	let mut names = Vec::new();
	for (name, id) in session.book.names.iter() {
		let role = session.at().subject(id).await?.map(|found| word(found.role));
		names.push(Name { name: name.to_owned(), subject: id, role });
	}
	Ok(Output::of(&NameList { names }))
}

/// A name that was removed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct NameRemoved {
	/// The name that it was.
	name: String,
	/// The subject.
	subject: SubjectId,
}

impl Report for NameRemoved {
	fn page(&self) -> Page {
		Page::of(format!("{} is a name no more. It was that of\n{}", self.name, self.subject))
	}
}
