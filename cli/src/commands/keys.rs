//! `medrec keys`: the keystore.

mod holder;
mod list;
mod manage;
mod seed;

use crate::{
	context::Context,
	failure::{Failure, Result},
	files,
	output::{Output, Report},
	page::Page,
	schema::Documented,
};
use clap::{Args, Subcommand};
use medrec_client::keys::{read_secret, KeyFileError, KeyJson, KeystoreError};
use medrec_primitives::{bytes::to_hex, identity::EncryptionKey};
use medrec_protocol::keys::{Key, Scheme, SealingKey, Secret, MEDREC_PREFIX};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<NewKey>("keys create"),
	Documented::of::<NewKey>("keys import"),
	Documented::of::<list::KeyList>("keys list"),
	Documented::of::<list::KeyDetails>("keys show"),
	Documented::of::<list::KeyAddress>("keys address"),
	Documented::of::<KeyEncryption>("keys encryption"),
	Documented::of::<manage::KeyRemoved>("keys remove"),
	Documented::of::<manage::KeyRenamed>("keys rename"),
	Documented::of::<manage::KeyExported>("keys export"),
	Documented::of::<manage::PasswordChanged>("keys passwd"),
	Documented::of::<seed::SeedSubjects>("keys find"),
];

/// Make and keep keys.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Make a new key and print its seed phrase.
	///
	/// The seed phrase, or a file of keys export with its password, is the only way to restore the key.
	Create(Create),
	/// Store a key from its seed phrase or from the file of a wallet.
	Import(Import),
	/// List the keys in the keystore.
	List,
	/// Show a key, and its subject if a node is reachable.
	Show(Named),
	/// Print the address of a key and nothing else.
	Address(Named),
	/// Make an encryption key, unless there is one, and print its public half.
	///
	/// Gatekeepers seal answers for you to it. Register it with medrec registrar set-encryption-key.
	/// Answers for a subject without an encryption key are in the clear.
	Encryption(Named),
	/// Remove a key and its encryption key from the keystore.
	Remove(manage::Remove),
	/// Give a key another name.
	Rename {
		/// The name of the key.
		name: String,
		/// Its new name: letters, digits, dashes and underscores.
		new: String,
	},
	/// Write a key to a file that wallets and medrec keys import read.
	///
	/// The file has the form of polkadot-js and is encrypted with the password of the key. The
	/// encryption key is not in it; medrec keys encryption makes another one.
	Export(manage::Export),
	/// Change the password of a key and of its encryption key.
	Passwd(manage::Passwd),
	/// Find all subjects of a seed phrase.
	///
	/// Searched are the account of the phrase itself and those derived from it as //medrec//0,
	/// //medrec//1, and so on, until 20 in a row have no subject.
	Find(seed::Find),
}

#[derive(Debug, Args)]
pub struct Create {
	/// The name of the key: letters, digits, dashes and underscores.
	name: String,
	/// The signature scheme: sr25519, as in most wallets, or ed25519.
	#[arg(long, default_value_t)]
	scheme: Scheme,
	/// Write the seed phrase to this new file instead of printing it.
	///
	/// Required with --json, which never prints the seed phrase.
	#[arg(long, value_name = "FILE")]
	seed_out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Import {
	/// The name of the key: letters, digits, dashes and underscores.
	name: String,
	/// A file with a seed phrase or secret URI; - for the standard input.
	///
	/// The file must be readable by its owner only.
	#[arg(long, value_name = "FILE", required_unless_present = "json_file")]
	seed_file: Option<PathBuf>,
	/// The signature scheme of the key of the seed: sr25519 or ed25519.
	#[arg(long, default_value_t, conflicts_with = "json_file")]
	scheme: Scheme,
	/// The derivation path from the seed to the key, as //medrec//1.
	#[arg(long, value_parser = seed::path, conflicts_with = "json_file")]
	path: Option<String>,
	/// A key file that a polkadot-js wallet exported. It keeps its password.
	#[arg(long, value_name = "FILE", conflicts_with = "seed_file")]
	json_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Named {
	/// The name of the key; by default that of --key, or of the only key.
	name: Option<String>,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let name = |named: Named| named.name.map_or_else(|| context.key_name(), Ok);
	match command {
		Command::Create(args) => create(context, args),
		Command::Import(args) => import(context, &args),
		Command::List => list::list(context).await,
		Command::Show(named) => list::show(context, &name(named)?).await,
		Command::Address(named) => list::address(context, &name(named)?),
		Command::Encryption(named) => encryption(context, name(named)?),
		Command::Remove(args) => manage::remove(context, args).await,
		Command::Rename { name, new } => manage::rename(context, name, new),
		Command::Export(args) => manage::export(context, args),
		Command::Passwd(args) => manage::passwd(context, args),
		Command::Find(args) => seed::find(context, &args).await,
	}
}

/// A key that is new in the keystore.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct NewKey {
	/// Its name.
	name: String,
	/// The signature scheme: sr25519 or ed25519.
	scheme: &'static str,
	/// The SS58 address of its account.
	address: String,
	/// Its public key, which is the account.
	public_key: String,
	/// The new file with its seed phrase.
	seed_file: Option<String>,
	/// What is printed for people only.
	#[serde(skip)]
	phrase: Option<Secret>,
}

impl NewKey {
	fn of(name: &str, key: &Key) -> NewKey {
		NewKey {
			name: name.to_owned(),
			scheme: key.scheme().as_str(),
			address: key.address(MEDREC_PREFIX),
			public_key: to_hex(&key.public()),
			seed_file: None,
			phrase: None,
		}
	}
}

impl Report for NewKey {
	fn page(&self) -> Page {
		let NewKey { name, address, seed_file, phrase, .. } = self;
		let page = Page::of(format!("The key {name} has the address {address}."));
		let page = page.maybe_line(
			seed_file
				.as_ref()
				.map(|file| format!("The seed phrase that restores it is in {file}.")),
		);
		match phrase {
			Some(phrase) => page
				.line("Only its seed phrase restores it. Write it down, and keep it secret:\n")
				.line(format!("    {}", phrase.expose())),
			None => page,
		}
	}
}

fn create(context: &Context, args: Create) -> Result<Output> {
	let Create { name, scheme, seed_out } = args;
	ensure_free(context, &name)?;
	if context.globals.json && seed_out.is_none() {
		let message = "--json does not print the seed phrase, without which the key cannot be \
		               restored; give a new file for it with --seed-out";
		return Err(Failure::usage("usage", message));
	}
	let password = context.new_password(&name)?;
	let (key, phrase) = Key::generate(scheme);
	let mut report = NewKey::of(&name, &key);
	match &seed_out {
		Some(path) => {
			// Before the key is stored, so that every key in use can be restored.
			files::write_secret(path, phrase.expose())?;
			report.seed_file = Some(path.display().to_string());
		},
		None => report.phrase = Some(phrase),
	}
	context.keystore.insert(&name, &key, password)?;
	Ok(Output::of(&report))
}

fn import(context: &Context, args: &Import) -> Result<Output> {
	ensure_free(context, &args.name)?;
	let key = match (&args.seed_file, &args.json_file) {
		(Some(file), _) => {
			ensure_one_from_stdin(context, Some(file), "the seed and the password")?;
			let path = args.path.as_deref().unwrap_or_default();
			let key = seed::derive(&read_secret(file)?, path, args.scheme)
				.map_err(|failure| seed::in_file(file, failure))?;
			context.keystore.insert(&args.name, &key, context.new_password(&args.name)?)?;
			key
		},
		(None, Some(path)) => {
			let wrong = |error: KeyFileError| {
				let failure = Failure::from(error);
				let message = format!("cannot open {}: {}", path.display(), failure.message);
				Failure { message, ..failure }
			};
			let file = KeyJson::parse(read_secret(path)?.expose()).map_err(wrong)?;
			let imported =
				context.keystore.import(&args.name, &file, context.password(&args.name)?);
			imported.map_err(|error| match error {
				KeystoreError::KeyFile { source, .. } => wrong(source),
				other => other.into(),
			})?
		},
		(None, None) => return Err(Failure::usage("usage", "give --seed-file or --json-file")),
	};
	Ok(Output::of(&NewKey::of(&args.name, &key)))
}

/// The encryption key of a key.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct KeyEncryption {
	/// The name of the key.
	name: String,
	/// The X25519 public key.
	encryption_key: EncryptionKey,
	/// Whether it was made just now.
	is_new: bool,
}

impl Report for KeyEncryption {
	fn page(&self) -> Page {
		let KeyEncryption { name, encryption_key, is_new } = self;
		match is_new {
			true => Page::of(format!("The encryption key of {name} is\n{encryption_key}")).line(
				format!("Register it with: medrec registrar set-encryption-key --key {name}"),
			),
			false => {
				Page::of(format!("The key {name} already has an encryption key:\n{encryption_key}"))
			},
		}
	}
}

fn encryption(context: &Context, name: String) -> Result<Output> {
	let present = context.encryption_key_of(&name)?;
	let encryption_key = match present {
		Some(key) => key,
		None => {
			// Opening the key checks the password, which is then that of both.
			let password = context.password(&name)?;
			context.keystore.unlock(&name, password)?;
			let sealing = SealingKey::generate();
			context.keystore.insert_sealing(&name, &sealing, password)?;
			sealing.public()
		},
	};
	Ok(Output::of(&KeyEncryption { name, encryption_key, is_new: present.is_none() }))
}

/// Refuses to read both the password and the secret of a file from the standard input. `both` names the
/// two.
fn ensure_one_from_stdin(context: &Context, file: Option<&PathBuf>, both: &str) -> Result<()> {
	let is_stdin = |file: Option<&PathBuf>| file.is_some_and(|file| file == Path::new("-"));
	match is_stdin(file) && is_stdin(context.globals.password_file.as_ref()) {
		true => Err(Failure::usage(
			"usage",
			format!("{both} cannot both come from the standard input; give a file for one of them"),
		)),
		false => Ok(()),
	}
}

fn ensure_free(context: &Context, name: &str) -> Result<()> {
	match context.keystore.get(name) {
		Err(KeystoreError::NotFound { .. }) => Ok(()),
		Err(error @ KeystoreError::InvalidName) => Err(error.into()),
		_ => {
			let folder = context.keystore.folder().to_owned();
			Err(KeystoreError::AlreadyExists { name: name.to_owned(), folder }.into())
		},
	}
}
