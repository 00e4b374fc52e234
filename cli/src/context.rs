//! What commands share: the keystore, the key in use, the node, and the way to the chain.

use crate::{
	cli::{Globals, Wait},
	failure::{Exit, Failure},
	report::Report,
};
use medrec_client::{chain::{At, Chain, Head, Included, RuntimeCall, SubmitOptions, Until}, keys::{Keystore, read_secret}};
use medrec_protocol::keys::{Key, Secret, parse_address};
use medrec_primitives::{identity::SubjectId, AccountId, Moment};
use serde_json::{json, Value};
use std::{
	cell::OnceCell,
	io::IsTerminal,
	path::{Path, PathBuf},
	time::{Duration, SystemTime},
};

/// How long to follow a transaction.
const FOLLOW: Duration = Duration::from_secs(600);

/// What commands share.
pub struct Context {
	pub globals: Globals,
	pub keystore: Keystore,
	password: OnceCell<Secret>,
}

impl Context {
	/// A context by these options. Nothing is read or reached yet.
	pub fn new(globals: Globals) -> Result<Context, Failure> {
		let folder = match &globals.keystore {
			Some(folder) => folder.clone(),
			None => default_keystore().ok_or_else(|| {
				Failure::usage("no_keystore", "say with --keystore in which folder keys are kept")
			})?,
		};
		Ok(Context { globals, keystore: Keystore::new(folder), password: OnceCell::new() })
	}

	/// The name of the key in use: the one that was said, or the only one there is.
	pub fn key_name(&self) -> Result<String, Failure> {
		if let Some(name) = &self.globals.key {
			return Ok(name.clone());
		}
		let mut names: Vec<String> =
			self.keystore.list()?.into_iter().map(|entry| entry.name).collect();
		match (names.pop(), names.is_empty()) {
			(Some(only), true) => Ok(only),
			(None, _) => {
				let folder = self.keystore.folder().display();
				let message =
					format!("there is no key in {folder}; make one with medrec keys create");
				Err(Failure::usage("no_key", message))
			},
			(Some(last), false) => {
				names.push(last);
				let names = names.join(", ");
				Err(Failure::usage("no_key", format!("say with --key which of these: {names}")))
			},
		}
	}

	/// The account of the key in use, without opening it.
	pub fn account(&self) -> Result<AccountId, Failure> {
		let name = self.key_name()?;
		let file = self.keystore.get(&name)?;
		parse_address(file.address())
			.map_err(|error| Failure::failed("bad_key_file", format!("{name}: {error}")))
	}

	/// Opens the key in use.
	pub fn unlock(&self) -> Result<Key, Failure> {
		let name = self.key_name()?;
		// So that nobody types a password for a key that is not there.
		self.keystore.get(&name)?;
		Ok(self.keystore.unlock(&name, self.password(&name)?)?)
	}

	/// The password of a key: from the file, or from the person at the terminal, once.
	pub fn password(&self, name: &str) -> Result<&Secret, Failure> {
		if let Some(known) = self.password.get() {
			return Ok(known);
		}
		let password = match &self.globals.password_file {
			Some(path) => read_secret(path)?,
			None => prompt(&format!("Password of the key {name}: "))?,
		};
		Ok(self.password.get_or_init(|| password))
	}

	/// A password for a new key, which a person types twice.
	pub fn new_password(&self, name: &str) -> Result<&Secret, Failure> {
		if self.globals.password_file.is_none() && self.password.get().is_none() {
			let password = prompt(&format!("New password for the key {name}: "))?;
			if prompt("The same again: ")? != password {
				return Err(Failure::failed("password_mismatch", "the two passwords differ"));
			}
			return Ok(self.password.get_or_init(|| password));
		}
		self.password(name)
	}

	/// Connects to the node.
	pub async fn connect(&self) -> Result<Chain, Failure> {
		Ok(Chain::connect(&self.globals.node).await?)
	}

	/// The subject of the key in use.
	pub async fn me(&self, at: &At<'_>) -> Result<SubjectId, Failure> {
		let account = self.account()?;
		at.subject_of(&account).await?.ok_or_else(|| {
			let message = "no subject is bound to the account of this key; a provider enrols \
			               people and devices, and the council admits organisations";
			Failure::new(Exit::Refused, "not_registered", message)
		})
	}

	/// The subject of the key in use, if there are both.
	pub async fn me_if_any(&self, at: &At<'_>) -> Result<Option<SubjectId>, Failure> {
		match self.account() {
			Ok(account) => Ok(at.subject_of(&account).await?),
			Err(_) => Ok(None),
		}
	}

	/// Signs a call with the key in use, sends it, and waits for it: as long as was said, or else
	/// as long as `default`.
	pub async fn send(
		&self,
		chain: &Chain,
		call: impl Into<RuntimeCall>,
		default: Wait,
	) -> Result<Included, Failure> {
		let key = self.unlock()?;
		self.send_with(chain, call, &key, default).await
	}

	/// As [`Context::send`], with a key that is open.
	pub async fn send_with(
		&self,
		chain: &Chain,
		call: impl Into<RuntimeCall>,
		key: &Key,
		default: Wait,
	) -> Result<Included, Failure> {
		let until = match self.globals.wait.unwrap_or(default) {
			Wait::Best => Until::InBlock,
			Wait::Final => Until::Final,
		};
		self.progress(match until {
			Until::InBlock => "waiting for a block..",
			Until::Final => "waiting for a final block..",
		});
		let options = SubmitOptions { until, timeout: FOLLOW };
		Ok(chain.submit(&call.into(), key, options).await?)
	}

	/// Tells somebody who sits at the terminal what takes so long.
	pub fn progress(&self, text: &str) {
		if !self.globals.json && std::io::stderr().is_terminal() {
			eprintln!("{text}");
		}
	}
}

/// What is said of a transaction that is in a block.
pub fn sent(included: &Included, text: impl std::fmt::Display, mut more: Value) -> Report {
	let Head { number, hash, .. } = included.block;
	let state = if included.is_final { "which is final" } else { "not final yet" };
	if let Some(fields) = more.as_object_mut() {
		fields.insert("extrinsic".to_owned(), json!(included.extrinsic));
		fields.insert("block".to_owned(), json!({ "number": number, "hash": hash }));
		fields.insert("final".to_owned(), json!(included.is_final));
	}
	Report::new(format!("{text}\nIn block {number}, {state}."), more)
}

/// The time, in Unix milliseconds.
pub fn now() -> Moment {
	let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(since.as_millis()).unwrap_or(Moment::MAX)
}

/// Reads a file that holds no secret.
pub fn read_text(path: &Path) -> Result<String, Failure> {
	std::fs::read_to_string(path).map_err(|error| {
		Failure::failed("cannot_read", format!("cannot read {}: {error}", path.display()))
	})
}

fn prompt(text: &str) -> Result<Secret, Failure> {
	let password = rpassword::prompt_password(text).map_err(|_| {
		let message = "there is no terminal to ask for the password at; give it in a file with \
		               --password-file";
		Failure::usage("no_password", message)
	})?;
	match password.is_empty() {
		true => Err(Failure::failed("no_password", "a key has a password; an empty one is none")),
		false => Ok(Secret::new(password)),
	}
}

/// The folder of keys by the XDG base directories.
fn default_keystore() -> Option<PathBuf> {
	let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
	let data = data.filter(|folder| folder.is_absolute()).or_else(|| {
		let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
		Some(PathBuf::from(home).join(".local/share"))
	})?;
	Some(data.join("medrec/keys"))
}
