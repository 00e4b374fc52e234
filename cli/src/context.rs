//! The global options, the keystore, the key in use and the connection to the node.

mod advice;
mod notices;
mod session;
mod waiting;

pub use notices::Notices;
pub use session::{from_event, relationship, subject, Sent, Session, Submitted};

use crate::{
	directory::AddressBook,
	failure::{Exit, Failure, Result},
	names::Names,
	parse::{self, AccountRef, Party},
	style::Style,
};
use clap::{Args, ValueEnum};
use medrec_client::{
	chain::{At, Chain},
	keys::{read_secret, Keystore, KeystoreError},
};
use medrec_primitives::{
	identity::{EncryptionKey, SubjectId},
	AccountId,
};
use medrec_protocol::keys::{parse_address, Key, Secret};
use std::{cell::OnceCell, fmt, future::Future, path::PathBuf, rc::Rc, time::Duration};

/// How long a command waits for a node that is starting.
const START: Duration = Duration::from_secs(10);

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
	/// The subject, by name, address or ID; by default your own.
	#[arg(long, value_name = "NAME|ID")]
	pub subject: Option<Party>,
}

/// The global options, the keystore, and the key and password that were read.
pub struct Context {
	pub globals: Globals,
	pub keystore: Keystore,
	/// Says what the command waits for.
	pub notices: Rc<Notices>,
	password: OnceCell<Secret>,
	key: OnceCell<Key>,
}

impl Context {
	/// A context for these options. It reads no file and connects to nothing yet.
	pub fn new(globals: Globals) -> Result<Context> {
		let folder = globals.keystore.clone().or_else(default_keystore).ok_or_else(|| {
			Failure::usage("no_keystore", "no data folder is set; give the folder with --keystore")
		})?;
		let (keystore, notices) = (Keystore::new(folder), Rc::new(Notices::new(globals.json)));
		Ok(Context { globals, keystore, notices, password: OnceCell::new(), key: OnceCell::new() })
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
			[] => format!(
				"the folder {folder} holds no key; make one with medrec keys create NAME, or give \
				 another folder with --keystore"
			),
			names => format!("choose a key with --key: {}", names.join(", ")),
		};
		Err(Failure::usage("no_key", message))
	}

	/// The account of a key, without its password.
	pub fn account_of(&self, name: &str) -> Result<AccountId> {
		let file = self.keystore.get(name)?;
		parse_address(file.address()).map_err(|error| bad_key_file(name, error))
	}

	/// The account that an argument names.
	pub fn account(&self, reference: &AccountRef) -> Result<AccountId> {
		match reference {
			AccountRef::Account(account) => Ok(account.clone()),
			AccountRef::Key(name) => self.account_of(name).map_err(|failure| {
				if failure.code != "key_not_found" || failure.message.ends_with('?') {
					return failure;
				}
				let message = format!("{}; an address is given as a whole", failure.message);
				Failure { message, ..failure }
			}),
		}
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
			None => prompt(&format!("Password of the key {name}: "), PASSWORD)?,
		};
		Ok(self.password.get_or_init(|| password))
	}

	/// A password for a new key. At a terminal it is typed twice.
	pub fn new_password(&self, name: &str) -> Result<&Secret> {
		if self.globals.password_file.is_some() || self.password.get().is_some() {
			return self.password(name);
		}
		let password = self.ask_new_password(name, "--password-file")?;
		Ok(self.password.get_or_init(|| password))
	}

	/// A new password that is typed twice at the terminal. `option` gives it without a terminal.
	pub fn ask_new_password(&self, name: &str, option: &str) -> Result<Secret> {
		let what = ("the new password", option);
		let password = prompt(&format!("New password for the key {name}: "), what)?;
		match prompt("Repeat the password: ", what)? == password {
			true => Ok(password),
			false => {
				let message = "the two passwords differ; nothing was changed";
				Err(Failure::failed("password_mismatch", message))
			},
		}
	}

	/// Connects to the node. One that is starting is waited for.
	pub async fn connect(&self) -> Result<Session<'_>> {
		self.connect_within(START).await
	}

	/// The same, and waits for at most this time while nothing listens.
	pub async fn connect_within(&self, limit: Duration) -> Result<Session<'_>> {
		let connecting = Chain::connect_within(&self.globals.node, limit);
		let chain = waiting::connection(self, connecting).await?;
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
		let name = self.key_name()?;
		let account = self.account_of(&name)?;
		if let Some(me) = at.subject_of(&account).await? {
			return Ok(me);
		}
		let message = match at.former_account(&account).await? {
			Some(()) => format!(
				"another key has replaced the key {name} (medrec registrar rotate-account), and {name} \
				 controls its subject no longer; choose the other key with --key"
			),
			None => format!(
				"the key {name} has no subject on this chain yet; a provider enrols people and \
				 devices by the address that medrec keys address {name} prints, and the council \
				 admits organisations"
			),
		};
		Err(Failure::new(Exit::Refused, "not_registered", message))
	}

	/// Whether the key in use can be used without a question at the terminal.
	pub fn opens_without_question(&self) -> bool {
		self.key.get().is_some()
			|| self.password.get().is_some()
			|| self.globals.password_file.is_some()
	}

	/// Waits, and says for what if it takes longer than a moment.
	pub async fn explained<T>(&self, text: &str, waiting: impl Future<Output = T>) -> T {
		self.notices.during(text, waiting).await
	}
}

fn bad_key_file(name: &str, error: impl fmt::Display) -> Failure {
	Failure::failed("bad_key_file", format!("{name}: {error}"))
}

/// The password of a key, and the option that gives it.
const PASSWORD: (&str, &str) = ("the password", "--password-file");

fn prompt(text: &str, (what, option): (&str, &str)) -> Result<Secret> {
	let password = rpassword::prompt_password(text).map_err(|_| {
		let message = format!(
			"cannot ask for {what} without a terminal; give a file that holds it with {option}"
		);
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
	use crate::grants::fixture::grant;
	use medrec_primitives::{
		authority::{Act, CallKind},
		identity::Status,
		relationship::{Effect, Scope},
	};

	#[test]
	fn an_act_that_widens_access_waits_until_it_is_final() {
		let wait = |act: Act| Wait::default_for(act.narrows());
		assert_eq!(wait(Act::Revoke(&grant(Effect::Permit, Scope::All))), Wait::Best);
		assert_eq!(wait(Act::Revoke(&grant(Effect::Deny, Scope::All))), Wait::Final);
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
