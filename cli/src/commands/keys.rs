//! `medrec keys`: the keystore.

mod seed;

use crate::{
	context::Context,
	directory::address_of,
	failure::{Failure, Result},
	files,
	output::{or, Fields, Output},
};
use clap::{Args, Subcommand};
use medrec_client::keys::{read_secret, Entry, KeyJson, KeystoreError};
use medrec_primitives::bytes::to_hex;
use medrec_protocol::keys::{Key, Scheme, SealingKey, MEDREC_PREFIX};
use serde_json::json;
use std::{
	path::{Path, PathBuf},
	time::Duration,
};

/// The longest wait for a node that is not needed.
const NODE_TIMEOUT: Duration = Duration::from_secs(3);

/// Make and keep keys.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Make a new key, and print its seed phrase, which is the only way to restore the key.
	Create(Create),
	/// Store a key from its seed phrase or from the file of a wallet.
	Import(Import),
	/// List the keys in the keystore.
	List,
	/// Show a key: its address, its public key, and its subject if a node is reachable.
	Show(Named),
	/// Print the address of a key and nothing else.
	Address(Named),
	/// Make an encryption key, unless there is one, and print its public half. Gatekeepers seal
	/// answers for you to it.
	///
	/// Register it with medrec registrar set-encryption-key. Answers for a subject without an
	/// encryption key are in the clear.
	Encryption(Named),
	/// Find all subjects of a seed phrase: on the account of the phrase itself and on those derived
	/// from it as //medrec//0, //medrec//1, and so on, until 20 in a row have none.
	Find(seed::Find),
}

#[derive(Debug, Args)]
pub struct Create {
	/// The name of the key: letters, digits, dashes and underscores.
	name: String,
	/// The signature scheme: sr25519, as in most wallets, or ed25519.
	#[arg(long, default_value_t)]
	scheme: Scheme,
	/// Write the seed phrase to this new file instead of printing it. Required with --json, which
	/// never prints it.
	#[arg(long, value_name = "FILE")]
	seed_out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Import {
	/// The name of the key: letters, digits, dashes and underscores.
	name: String,
	/// A file with a seed phrase or secret URI, readable by its owner only; - for the standard
	/// input.
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
		Command::Create(args) => create(context, &args),
		Command::Import(args) => import(context, &args),
		Command::List => list(context),
		Command::Show(named) => show(context, &name(named)?).await,
		Command::Address(named) => {
			let address = address_of(&context.account_of(&name(named)?)?);
			Ok(Output::new(&address, json!({ "address": address })))
		},
		Command::Encryption(named) => encryption(context, &name(named)?),
		Command::Find(args) => seed::find(context, &args).await,
	}
}

fn create(context: &Context, args: &Create) -> Result<Output> {
	ensure_free(context, &args.name)?;
	if context.globals.json && args.seed_out.is_none() {
		let message = "--json does not print the seed phrase, without which the key cannot be \
		               restored; give a new file for it with --seed-out";
		return Err(Failure::usage("usage", message));
	}
	let password = context.new_password(&args.name)?;
	let (key, phrase) = Key::generate(args.scheme);
	if let Some(path) = &args.seed_out {
		// Before the key is stored, so that every key in use can be restored.
		files::write_secret(path, phrase.expose())?;
	}
	context.keystore.insert(&args.name, &key, password)?;
	Ok(stored(&args.name, &key).with_line(match &args.seed_out {
		Some(path) => format!("Its seed phrase is in {}.", path.display()),
		None => format!(
			"Only its seed phrase restores it. Write it down, and keep it secret:\n\n    {}",
			phrase.expose()
		),
	}))
}

fn import(context: &Context, args: &Import) -> Result<Output> {
	ensure_free(context, &args.name)?;
	let key = match (&args.seed_file, &args.json_file) {
		(Some(file), _) => {
			let stdin = Path::new("-");
			if file == stdin && context.globals.password_file.as_deref() == Some(stdin) {
				let message = "the seed and the password cannot both come from the standard input";
				return Err(Failure::usage("usage", message));
			}
			let path = args.path.as_deref().unwrap_or_default();
			let key = seed::derive(&read_secret(file)?, path, args.scheme)?;
			context.keystore.insert(&args.name, &key, context.new_password(&args.name)?)?;
			key
		},
		(None, Some(path)) => {
			let file = KeyJson::parse(read_secret(path)?.expose())?;
			context.keystore.import(&args.name, &file, context.password(&args.name)?)?
		},
		(None, None) => return Err(Failure::usage("usage", "give --seed-file or --json-file")),
	};
	Ok(stored(&args.name, &key))
}

/// The output for a new key in the keystore.
fn stored(name: &str, key: &Key) -> Output {
	let address = key.address(MEDREC_PREFIX);
	let text = format!("The key {name} has the address {address}.");
	let json = json!({
		"name": name,
		"scheme": key.scheme().as_str(),
		"address": address,
		"public_key": to_hex(&key.public()),
	});
	Output::new(text, json)
}

fn list(context: &Context) -> Result<Output> {
	let keystore = &context.keystore;
	let mut keys = Vec::new();
	for Entry { name, file } in keystore.list()? {
		let Ok(Some(scheme)) = file.scheme() else { continue };
		let fields = Fields::default()
			.field("name", &name)
			.field("scheme", scheme.as_str())
			.field("address", file.address())
			.field("has_encryption_key", keystore.has_sealing(&name).unwrap_or(false));
		keys.push(fields);
	}
	let title = format!("Keys in {}", keystore.folder().display());
	Ok(Output::table("keys", &title, "name scheme address has_encryption_key", &keys))
}

async fn show(context: &Context, name: &str) -> Result<Output> {
	let scheme = context.keystore.get(name)?.scheme()?.unwrap_or_default();
	let account = context.account_of(name)?;
	let subject = async {
		let session = context.connect().await?;
		Ok::<_, Failure>(session.at().subject_of(&account).await?)
	};
	let subject = tokio::time::timeout(NODE_TIMEOUT, subject).await.ok().and_then(Result::ok);
	let unknown = if subject.is_some() { "none" } else { "unknown: no node is reachable" };
	Ok(Fields::default()
		.field("name", name)
		.field("scheme", scheme.as_str())
		.field("address", address_of(&account))
		.field("public_key", to_hex(account.as_ref()))
		.field("encryption_key", context.encryption_key_of(name)?)
		.json("node_reachable", subject.is_some())
		.show("subject", subject.flatten(), or(subject.flatten(), unknown))
		.into())
}

fn encryption(context: &Context, name: &str) -> Result<Output> {
	let (key, text) = match context.encryption_key_of(name)? {
		Some(key) => (key, format!("The key {name} already has an encryption key: {key}")),
		None => {
			// Opening the key checks the password, which is then that of both.
			let password = context.password(name)?;
			context.keystore.unlock(name, password)?;
			let sealing = SealingKey::generate();
			context.keystore.insert_sealing(name, &sealing, password)?;
			let key = sealing.public();
			let text = format!(
				"The encryption key of {name} is {key}.\nRegister it with: medrec registrar \
				 set-encryption-key --key {name}"
			);
			(key, text)
		},
	};
	Ok(Output::new(text, json!({ "name": name, "encryption_key": key })))
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
