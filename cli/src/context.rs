//! The global options, the keystore, the key in use and the connection to the node.

use crate::{
	directory::{AddressBook, Directory},
	failure::{Exit, Failure, OrNotFound, Result},
	names::Names,
	output::{Output, Report},
	page::Page,
	parse::{self, Party},
	reference::RelationshipRef,
	resolve::Resolver,
	style::Style,
};
use clap::{Args, ValueEnum};
use medrec_client::{
	chain::{At, BlockHeader, Chain, Included, RuntimeCall, SubmitOptions, Until},
	keys::{read_secret, Keystore, KeystoreError},
};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	relationship::{Relationship, RelationshipId},
	summary::EntryState,
	AccountId, H256,
};
use medrec_protocol::{
	keys::{parse_address, Key, Secret},
	wire::BlockRef,
};
use serde::Serialize;
use std::{cell::OnceCell, fmt, io::IsTerminal, path::PathBuf, time::Duration};

/// The longest time that a command waits for its transaction.
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(600);

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
	/// The URL of the node.
	#[arg(long, global = true, value_name = "URL", env = "MEDREC_NODE",
		default_value = "ws://127.0.0.1:9944", value_parser = parse::node_url)]
	pub node: String,
	/// The folder of keys; by default medrec/keys in the data folder of the user.
	#[arg(long, global = true, value_name = "DIR", env = "MEDREC_KEYSTORE")]
	pub keystore: Option<PathBuf>,
	/// The name of the key to act with; not needed if the keystore holds one key only.
	#[arg(long, global = true, value_name = "NAME", env = "MEDREC_KEY")]
	pub key: Option<String>,
	/// A file with the password of the key, readable by its owner only; - for the standard input.
	/// Without it, the command asks for the password.
	#[arg(long, global = true, value_name = "FILE", env = "MEDREC_PASSWORD_FILE")]
	pub password_file: Option<PathBuf>,
	/// How long to wait for a transaction: until a block of the best chain holds it, or until that
	/// block is final. By default best for a call that takes access or power away, and final for
	/// other calls, which count once they are final.
	#[arg(long, global = true, value_name = "WHEN")]
	pub wait: Option<Wait>,
	/// Print JSON, and errors as {"error":{"code","message"}}.
	#[arg(long, global = true)]
	pub json: bool,
	/// Print IDs with all digits, and times as RFC 3339 in UTC.
	#[arg(long, global = true)]
	pub exact: bool,
}

/// How long to wait for a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Wait {
	/// Until a block of the best chain holds it.
	Best,
	/// Until that block is final.
	Final,
}

impl Wait {
	/// The default for a call. A call that takes access or power away counts at the best block, others
	/// once final.
	///
	/// [`CallKind::is_protective`](medrec_primitives::authority::CallKind::is_protective) says which
	/// calls take away, except for three commands. `ppr revoke` may revoke a denial, which gives
	/// access. `ppr set-research-consent --none` takes access away, but its kind of call may also give
	/// access. `summary acknowledge` changes only what its signer sees, so that a reorganisation does
	/// no harm.
	pub fn default_for(takes_away: bool) -> Wait {
		match takes_away {
			true => Wait::Best,
			false => Wait::Final,
		}
	}
}

/// The subject that a command is about.
#[derive(Debug, Args)]
pub struct Whose {
	/// The subject; by default your own.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub subject: Option<Party>,
}

/// The global options, the keystore, and the key and password that were read.
pub struct Context {
	pub globals: Globals,
	pub keystore: Keystore,
	password: OnceCell<Secret>,
	key: OnceCell<Key>,
}

impl Context {
	/// A context for these options. It reads no file and connects to nothing yet.
	pub fn new(globals: Globals) -> Result<Context> {
		let folder = globals.keystore.clone().or_else(default_keystore).ok_or_else(|| {
			Failure::usage("no_keystore", "no data folder is set; give the folder with --keystore")
		})?;
		let keystore = Keystore::new(folder);
		Ok(Context { globals, keystore, password: OnceCell::new(), key: OnceCell::new() })
	}

	/// How text is shown.
	pub fn style(&self) -> Style {
		Style::detect(self.globals.exact)
	}

	/// The name of the key in use.
	pub fn key_name(&self) -> Result<String> {
		if let Some(name) = &self.globals.key {
			return Ok(name.clone());
		}
		let names = Vec::from_iter(self.keystore.list()?.into_iter().map(|entry| entry.name));
		let folder = self.keystore.folder().display();
		let message = match names.as_slice() {
			[only] => return Ok(only.clone()),
			[] => format!("{folder} holds no key; make one with medrec keys create"),
			names => format!("choose a key with --key: {}", names.join(", ")),
		};
		Err(Failure::usage("no_key", message))
	}

	/// The account of a key, without its password.
	pub fn account_of(&self, name: &str) -> Result<AccountId> {
		let file = self.keystore.get(name)?;
		parse_address(file.address()).map_err(|error| bad_key_file(name, error))
	}

	/// The public encryption key of this name, without its password.
	pub fn encryption_key_of(&self, name: &str) -> Result<Option<EncryptionKey>> {
		match self.keystore.get_sealing(name) {
			Ok(file) => file.address().parse().map(Some).map_err(|error| bad_key_file(name, error)),
			Err(KeystoreError::NotFound { .. }) => Ok(None),
			Err(error) => Err(error.into()),
		}
	}

	/// The key in use. It is opened once.
	pub fn key(&self) -> Result<&Key> {
		if let Some(key) = self.key.get() {
			return Ok(key);
		}
		let name = self.key_name()?;
		// Before the password: it is not asked for where the key is missing.
		self.keystore.get(&name)?;
		let key = self.keystore.unlock(&name, self.password(&name)?)?;
		Ok(self.key.get_or_init(|| key))
	}

	/// The password of a key, from the file or the terminal. It is read once.
	pub fn password(&self, name: &str) -> Result<&Secret> {
		if let Some(known) = self.password.get() {
			return Ok(known);
		}
		let password = match &self.globals.password_file {
			Some(path) => read_secret(path)?,
			None => prompt(&format!("Password of the key {name}: "))?,
		};
		Ok(self.password.get_or_init(|| password))
	}

	/// A password for a new key. At a terminal it is typed twice.
	pub fn new_password(&self, name: &str) -> Result<&Secret> {
		if self.globals.password_file.is_some() || self.password.get().is_some() {
			return self.password(name);
		}
		let password = prompt(&format!("New password for the key {name}: "))?;
		if prompt("Repeat the password: ")? != password {
			return Err(Failure::failed("password_mismatch", "the two passwords differ"));
		}
		Ok(self.password.get_or_init(|| password))
	}

	/// Connects to the node.
	pub async fn connect(&self) -> Result<Session<'_>> {
		let chain = Chain::connect(&self.globals.node).await?;
		let best = chain.best().await?;
		let names = Names::read(self.keystore.folder(), chain.genesis_hash())?;
		let keys = self.keystore.list()?.into_iter();
		let keys =
			keys.filter_map(|entry| Some((entry.name, parse_address(entry.file.address()).ok()?)));
		let book = AddressBook { names, keys: keys.collect() };
		Ok(Session { context: self, chain, best, book })
	}

	/// The subject of the key in use.
	pub async fn me(&self, at: At<'_>) -> Result<SubjectId> {
		let account = self.account_of(&self.key_name()?)?;
		at.subject_of(&account).await?.ok_or_else(|| {
			let message = "no subject is bound to the account of this key; a provider enrols \
			               people and devices, and the council admits organisations";
			Failure::new(Exit::Refused, "not_registered", message)
		})
	}

	/// Shows progress to a person at a terminal.
	pub fn progress(&self, text: &str) {
		if !self.globals.json && std::io::stderr().is_terminal() {
			eprintln!("{text}");
		}
	}
}

/// A connection to the node.
pub struct Session<'a> {
	pub context: &'a Context,
	pub chain: Chain,
	/// The best block at the time of the connection.
	pub best: BlockHeader,
	/// The user's names and keys.
	pub book: AddressBook,
}

impl Session<'_> {
	/// The state at the best block.
	pub fn at(&self) -> At<'_> {
		self.chain.at(self.best.hash)
	}

	/// The final block, and the state at it.
	pub async fn finalized(&self) -> Result<(BlockRef, At<'_>)> {
		let head = self.chain.finalized().await?;
		Ok((head.into(), self.chain.at(head.hash)))
	}

	/// The subject of the key in use, at the best block.
	pub async fn me(&self) -> Result<SubjectId> {
		self.context.me(self.at()).await
	}

	/// The subject that a party stands for, at the best block.
	pub async fn resolve(&self, party: &Party) -> Result<SubjectId> {
		self.resolver().await?.party(party).await
	}

	/// A subject that was named, or that of the key in use.
	pub async fn resolve_or_me(&self, at: At<'_>, party: Option<&Party>) -> Result<SubjectId> {
		match party {
			Some(party) => self.resolver_at(at).await?.party(party).await,
			None => self.context.me(at).await,
		}
	}

	/// The subject of the key in use at a block, if there is a key and a subject.
	pub async fn me_if_any(&self, at: At<'_>) -> Result<Option<SubjectId>> {
		match self.context.key_name().and_then(|name| self.context.account_of(&name)) {
			Ok(account) => Ok(at.subject_of(&account).await?),
			Err(_) => Ok(None),
		}
	}

	/// Finds what references mean, at the best block.
	pub async fn resolver(&self) -> Result<Resolver<'_>> {
		self.resolver_at(self.at()).await
	}

	/// The same at another block.
	async fn resolver_at<'b>(&'b self, at: At<'b>) -> Result<Resolver<'b>> {
		Ok(Resolver { at, book: &self.book, me: self.me_if_any(at).await? })
	}

	/// The relationship that is meant, at the best block (see [`Resolver::relationship`]).
	pub async fn relationship(
		&self,
		reference: Option<&RelationshipRef>,
		states: &[EntryState],
	) -> Result<RelationshipId> {
		self.resolver().await?.relationship(reference, states).await
	}

	/// The names of subjects at the best block. The subject of the key in use is called `you`.
	pub async fn directory(&self) -> Result<Directory<'_>> {
		self.directory_at(self.best.hash).await
	}

	/// The same at another block.
	pub async fn directory_at(&self, block: H256) -> Result<Directory<'_>> {
		let at = self.chain.at(block);
		Ok(Directory::new(&self.book, at, self.me_if_any(at).await?))
	}

	/// Signs a call with the key in use, submits it, and waits as long as `--wait` says, by default
	/// until the call counts.
	pub async fn submit(&self, call: impl Into<RuntimeCall>) -> Result<Included> {
		let call = call.into();
		let default = Wait::default_for(call.kind().is_protective());
		self.submit_with(call, default).await
	}

	/// The same with another default.
	pub async fn submit_with(
		&self,
		call: impl Into<RuntimeCall>,
		default: Wait,
	) -> Result<Included> {
		let key = self.context.key()?;
		let (until, progress) = match self.context.globals.wait.unwrap_or(default) {
			Wait::Best => (Until::InBlock, "waiting for a block.."),
			Wait::Final => (Until::Final, "waiting for a final block.."),
		};
		self.context.progress(progress);
		let options = SubmitOptions { until, timeout: SUBMIT_TIMEOUT };
		Ok(self.chain.submit(&call.into(), key, options).await?)
	}

	/// Submits a call, and returns the output, which is known in advance.
	pub async fn change(
		&self,
		call: impl Into<RuntimeCall>,
		text: impl fmt::Display,
		json: impl Serialize,
	) -> Result<Output> {
		Ok(submitted(&self.submit(call).await?, text, json))
	}
}

/// A relationship that must exist.
pub async fn relationship(at: At<'_>, id: RelationshipId) -> Result<Relationship> {
	at.relationship(id).await?.or_not_found("the chain has no such relationship")
}

/// A report on a transaction that is in a block.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Submitted<T> {
	/// What the transaction did.
	#[serde(flatten)]
	pub what: T,
	/// The hash of the transaction.
	#[schema(value_type = String)]
	pub extrinsic: H256,
	/// The block that holds it.
	pub block: BlockRef,
	/// Whether the block is final.
	#[serde(rename = "final")]
	pub is_final: bool,
}

impl<T> Submitted<T> {
	/// A report on a transaction that did this.
	pub fn new(included: &Included, what: T) -> Submitted<T> {
		let (extrinsic, block) = (included.extrinsic, included.block.into());
		Submitted { what, extrinsic, block, is_final: included.is_final }
	}
}

impl<T: Report> Report for Submitted<T> {
	fn page(&self) -> Page {
		let state = match self.is_final {
			true => "which is final",
			false => "not final yet; a later command shows whether it still is in the chain",
		};
		self.what.page().line(format!("In block {}, {state}.", self.block.number))
	}
}

/// The output of a command whose transaction is in a block.
pub fn submitted(included: &Included, text: impl fmt::Display, json: impl Serialize) -> Output {
	let block = BlockRef::from(included.block);
	let state = if included.is_final { "which is final" } else { "not final yet" };
	Output::new(text, json)
		.with_line(format!("In block {}, {state}.", block.number))
		.with_field("extrinsic", included.extrinsic)
		.with_field("block", block)
		.with_field("final", included.is_final)
}

/// The field of an event that the chain emits when a call succeeds.
pub fn from_event<V: parity_scale_codec::Decode>(
	included: &Included,
	pallet: &str,
	event: &str,
	field: &str,
) -> Result<V> {
	let value = included.event(pallet, event).and_then(|event| event.get(field));
	value.ok_or_else(|| {
		let message = format!("the block has no event {pallet}.{event} with the field {field}");
		Failure::failed("malformed_answer", message)
	})
}

fn bad_key_file(name: &str, error: impl fmt::Display) -> Failure {
	Failure::failed("bad_key_file", format!("{name}: {error}"))
}

fn prompt(text: &str) -> Result<Secret> {
	let password = rpassword::prompt_password(text).map_err(|_| {
		let message = "cannot ask for the password without a terminal; use --password-file";
		Failure::usage("no_password", message)
	})?;
	match password.is_empty() {
		true => Err(Failure::failed("no_password", "the password is empty")),
		false => Ok(Secret::new(password)),
	}
}

/// The folder of keys by the XDG Base Directory Specification.
fn default_keystore() -> Option<PathBuf> {
	let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
	let data = data.filter(|folder| folder.is_absolute()).or_else(|| {
		let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
		Some(PathBuf::from(home).join(".local/share"))
	})?;
	Some(data.join("medrec/keys"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{
		authority::{Act, CallKind},
		identity::Status,
		relationship::{Effect, Grant, Grantee, Scope},
	};

	#[test]
	fn an_act_that_widens_access_waits_until_it_is_final() {
		let grant = |effect| Grant {
			grantee: Grantee::Subject(SubjectId::repeat_byte(1)),
			effect,
			scope: Scope::All,
			purposes: Default::default(),
			not_before: 0,
			expires_at: None,
			given_at: 0,
		};
		let wait = |act: Act| Wait::default_for(act.narrows());
		assert_eq!(wait(Act::Revoke(&grant(Effect::Permit))), Wait::Best);
		assert_eq!(wait(Act::Revoke(&grant(Effect::Deny))), Wait::Final);
		assert_eq!(wait(Act::Give(Effect::Deny)), Wait::Best);
		assert_eq!(wait(Act::Give(Effect::Permit)), Wait::Final);
	}

	#[test]
	fn only_a_status_that_takes_power_away_counts_at_the_best_block() {
		let wait = |status| Wait::default_for(CallKind::SetStatus(status).is_protective());
		assert_eq!(wait(Status::Active), Wait::Final);
		assert_eq!(wait(Status::Suspended), Wait::Best);
		assert_eq!(wait(Status::Retired), Wait::Best);
	}
}
