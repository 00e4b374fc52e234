//! `medrec keys`: make and keep keys.

mod find;

use crate::{
	cli::examples,
	context::Context,
	failure::Failure,
	report::{self, facts, row, section, Report},
	view,
};
use clap::{Args, Subcommand, ValueHint};
use medrec_client::{chain::Chain, keys::{Entry, KeyJson, Keystore, KeystoreError, read_secret}};
use medrec_protocol::keys::{Key, KeyError, MEDREC_PREFIX, Scheme, SealingKey, Secret, parse_address};
use medrec_primitives::{identity::SubjectId, AccountId};
use serde_json::json;
use std::{
	fs,
	io::Write,
	path::{Path, PathBuf},
	time::Duration,
};

/// How long to wait for a node that is not needed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Make and keep keys.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec keys create me",
	"medrec keys list",
	"medrec keys encryption me",
))]
pub enum KeysCommand {
	/// Make a new key, and print the seed phrase that alone restores it.
	#[command(after_help = examples!(
		"medrec keys create me",
		"medrec keys create gate --scheme ed25519 --password-file gate.password --seed-out gate.seed",
	))]
	Create(Create),
	/// Store a key of which you have the seed phrase, or the file of a wallet.
	#[command(after_help = examples!(
		"medrec keys import me --seed-file me.seed",
		"medrec keys import me-at-b --seed-file - --path //medrec//1 < me.seed",
		"medrec keys import me --json-file me.json",
	))]
	Import(Import),
	/// List the keys in the keystore.
	#[command(after_help = examples!("medrec keys list", "medrec keys list --json"))]
	List,
	/// Show a key: its address, its public key, and its subject if a node is reachable.
	#[command(after_help = examples!("medrec keys show me", "medrec keys show me --json"))]
	Show(Named),
	/// Print the address of a key and nothing else.
	#[command(after_help = examples!(
		"medrec keys address me",
		"medrec keys address --key me --json",
	))]
	Address(Named),
	/// Make the key to which answers for you are sealed, if there is none yet, and print its public
	/// half.
	///
	/// Tell the chain of it with medrec registrar set-encryption-key. Whoever has no such key gets
	/// answers in the clear.
	#[command(after_help = examples!("medrec keys encryption me"))]
	Encryption(Named),
	/// Find all subjects of a seed phrase, on the account of the phrase itself and on those derived
	/// from it as //medrec//0, //medrec//1, and so on, until 20 in a row have none.
	#[command(after_help = examples!(
		"medrec keys find --seed-file me.seed",
		"medrec keys find --seed-file - < me.seed",
	))]
	Find(find::Find),
}

/// `keys create`.
#[derive(Debug, Args)]
pub struct Create {
	/// What to call the key: letters, digits, dashes and underscores.
	#[arg(value_name = "NAME")]
	pub name: String,
	/// How it signs: sr25519 as most wallets, or ed25519.
	#[arg(long, value_name = "SCHEME", default_value_t)]
	pub scheme: Scheme,
	/// Write the seed phrase to this new file and do not print it. Needed with --json, which never
	/// prints it.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub seed_out: Option<PathBuf>,
}

/// `keys import`.
#[derive(Debug, Args)]
pub struct Import {
	/// What to call the key: letters, digits, dashes and underscores.
	#[arg(value_name = "NAME")]
	pub name: String,
	/// A file with a seed phrase or secret URI, which only its owner may read; - for the standard
	/// input.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
		required_unless_present = "json_file")]
	pub seed_file: Option<PathBuf>,
	/// How the key of the seed signs: sr25519 or ed25519.
	#[arg(long, value_name = "SCHEME", default_value_t, conflicts_with = "json_file")]
	pub scheme: Scheme,
	/// A path to derive the key by from the seed, as //medrec//1.
	#[arg(long, value_name = "PATH", value_parser = derivation, conflicts_with = "json_file")]
	pub path: Option<String>,
	/// A key file that a polkadot-js wallet exported. It keeps its password.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
		conflicts_with = "seed_file")]
	pub json_file: Option<PathBuf>,
}

/// A key by its name.
#[derive(Debug, Args)]
pub struct Named {
	/// The name of the key; as --key, or the only one there is, if left out.
	#[arg(value_name = "NAME")]
	pub name: Option<String>,
}

impl Named {
	fn name(self, context: &Context) -> Result<String, Failure> {
		self.name.map_or_else(|| context.key_name(), Ok)
	}
}

/// Does what the command says.
pub async fn run(context: &Context, command: KeysCommand) -> Result<Report, Failure> {
	match command {
		KeysCommand::Create(args) => create(context, &args),
		KeysCommand::Import(args) => import(context, &args),
		KeysCommand::List => list(&context.keystore),
		KeysCommand::Show(named) => show(context, &named.name(context)?).await,
		KeysCommand::Address(named) => address(&context.keystore, &named.name(context)?),
		KeysCommand::Encryption(named) => encryption(context, &named.name(context)?),
		KeysCommand::Find(args) => find::run(context, &args).await,
	}
}

/// A path of derivation. What stands after three slashes would be a password, which is a secret.
fn derivation(text: &str) -> Result<String, String> {
	match text.starts_with('/') && !text.contains("///") {
		true => Ok(text.to_owned()),
		false => Err("it must be a path as //medrec//1, without a password".to_owned()),
	}
}

fn create(context: &Context, args: &Create) -> Result<Report, Failure> {
	ensure_free(&context.keystore, &args.name)?;
	if context.globals.json && args.seed_out.is_none() {
		let message = "with --json the seed phrase is not printed, and nobody could restore the \
		               key: say with --seed-out to which new file it is written";
		return Err(Failure::usage("usage", message));
	}
	let password = context.new_password(&args.name)?;
	let (key, phrase) = Key::generate(args.scheme);
	if let Some(path) = &args.seed_out {
		// Before the key is stored: a key that nobody can restore must not come to be used.
		write_secret(path, phrase.expose())?;
	}
	context.keystore.insert(&args.name, &key, password)?;
	let address = key.address(MEDREC_PREFIX);
	let mut text = format!("The key {} has the address {address}.", args.name);
	text.push_str(&match &args.seed_out {
		Some(path) => format!("\nIts seed phrase is in {}.", path.display()),
		None => format!(
			"\nIts seed phrase alone restores it. Write it down, and show it to nobody:\n\n    {}",
			phrase.expose()
		),
	});
	Ok(Report::new(text, key_json(&args.name, &key)))
}

fn import(context: &Context, args: &Import) -> Result<Report, Failure> {
	ensure_free(&context.keystore, &args.name)?;
	let key = match (&args.seed_file, &args.json_file) {
		(Some(seed), _) => {
			let stdin = Path::new("-");
			if seed == stdin && context.globals.password_file.as_deref() == Some(stdin) {
				let message = "the seed and the password cannot both come from the standard input";
				return Err(Failure::usage("usage", message));
			}
			let seed = read_secret(seed)?;
			let key = derive(&seed, args.path.as_deref().unwrap_or_default(), args.scheme)?;
			context.keystore.insert(&args.name, &key, context.new_password(&args.name)?)?;
			key
		},
		(None, Some(path)) => {
			let file = KeyJson::parse(read_secret(path)?.expose())?;
			context.keystore.import(&args.name, &file, context.password(&args.name)?)?
		},
		(None, None) => return Err(Failure::usage("usage", "give --seed-file or --json-file")),
	};
	let text = format!("The key {} has the address {}.", args.name, key.address(MEDREC_PREFIX));
	Ok(Report::new(text, key_json(&args.name, &key)))
}

/// The key at a path below a seed phrase or secret URI.
fn derive(seed: &Secret, path: &str, scheme: Scheme) -> Result<Key, Failure> {
	let seed = seed.expose().trim();
	// A password stands at the end of a URI, and the path before it.
	let uri = match seed.split_once("///") {
		Some((seed, password)) => Secret::new(format!("{seed}{path}///{password}")),
		None => Secret::new(format!("{seed}{path}")),
	};
	Key::from_uri(uri.expose(), scheme)
		.map_err(|error: KeyError| Failure::failed("bad_secret", error))
}

fn list(keystore: &Keystore) -> Result<Report, Failure> {
	let mut table = report::table(&["key", "scheme", "address", "encryption key"]);
	let mut keys = Vec::new();
	for Entry { name, file } in keystore.list()? {
		let Ok(Some(scheme)) = file.scheme() else { continue };
		let sealing = keystore.has_sealing(&name).unwrap_or(false);
		let yes = if sealing { "yes" } else { "-" };
		row(&mut table, [name.clone(), scheme.to_string(), file.address().into(), yes.into()]);
		keys.push(json!({
			"name": name,
			"scheme": scheme.as_str(),
			"address": file.address(),
			"has_encryption_key": sealing,
		}));
	}
	let title = format!("Keys in {}", keystore.folder().display());
	Ok(Report::new(section(&title, &table), json!({ "keys": keys })))
}

fn account(file: &KeyJson, name: &str) -> Result<AccountId, Failure> {
	parse_address(file.address())
		.map_err(|error| Failure::failed("bad_key_file", format!("{name}: {error}")))
}

fn address(keystore: &Keystore, name: &str) -> Result<Report, Failure> {
	let address = view::account(&account(&keystore.get(name)?, name)?);
	Ok(Report::new(address.clone(), json!({ "address": address })))
}

async fn show(context: &Context, name: &str) -> Result<Report, Failure> {
	let file = context.keystore.get(name)?;
	let account = account(&file, name)?;
	let scheme = file.scheme()?.unwrap_or_default();
	let public = view::hex(&account);
	let sealing = sealing_public(&context.keystore, name)?;
	let subject = subject_if_reachable(context, &account).await;
	let known = match &subject {
		None => "unknown, since no node is reachable".to_owned(),
		Some(None) => "none".to_owned(),
		Some(Some(id)) => report::full(id),
	};
	let rows = [
		("name", name.to_owned()),
		("scheme", scheme.to_string()),
		("address", view::account(&account)),
		("public key", public.clone()),
		("encryption key", sealing.clone().unwrap_or_else(|| "none".to_owned())),
		("subject", known),
	];
	let text = facts(rows.map(|(name, value)| (name.to_owned(), value)));
	let json = json!({
		"name": name,
		"scheme": scheme.as_str(),
		"address": view::account(&account),
		"public_key": public,
		"encryption_key": sealing,
		"node_reachable": subject.is_some(),
		"subject": subject.flatten(),
	});
	Ok(Report::new(text, json))
}

/// The subject of an account; none if no node answers soon.
async fn subject_if_reachable(context: &Context, account: &AccountId) -> Option<Option<SubjectId>> {
	let ask = async {
		let chain = Chain::connect(&context.globals.node).await.ok()?;
		let best = chain.best().await.ok()?;
		chain.at(best.hash).subject_of(account).await.ok()
	};
	tokio::time::timeout(PATIENCE, ask).await.ok().flatten()
}

fn encryption(context: &Context, name: &str) -> Result<Report, Failure> {
	let (public, text) = match sealing_public(&context.keystore, name)? {
		Some(public) => {
			let text = format!("The key {name} has an encryption key already: {public}");
			(public, text)
		},
		None => {
			// Opened, so that one password opens both.
			let password = context.password(name)?;
			context.keystore.unlock(name, password)?;
			let key = SealingKey::generate();
			context.keystore.insert_sealing(name, &key, password)?;
			let public = view::hex(key.public());
			let text = format!(
				"The encryption key of {name} is {public}.\nTell the chain of it with: medrec \
				 registrar set-encryption-key --key {name}"
			);
			(public, text)
		},
	};
	Ok(Report::new(text, json!({ "name": name, "encryption_key": public })))
}

/// The public half of the encryption key of this name, if there is one. It stands in the open in the
/// key's file.
pub fn sealing_public(keystore: &Keystore, name: &str) -> Result<Option<String>, Failure> {
	match keystore.get_sealing(name) {
		Ok(file) => Ok(Some(file.address().to_owned())),
		Err(KeystoreError::NotFound { .. }) => Ok(None),
		Err(error) => Err(error.into()),
	}
}

fn ensure_free(keystore: &Keystore, name: &str) -> Result<(), Failure> {
	match keystore.get(name) {
		Err(KeystoreError::NotFound { .. }) => Ok(()),
		Err(error @ KeystoreError::InvalidName) => Err(error.into()),
		_ => {
			let folder = keystore.folder().to_owned();
			Err(KeystoreError::AlreadyExists { name: name.to_owned(), folder }.into())
		},
	}
}

fn key_json(name: &str, key: &Key) -> serde_json::Value {
	json!({
		"name": name,
		"scheme": key.scheme().as_str(),
		"address": key.address(MEDREC_PREFIX),
		"public_key": view::hex(key.public()),
	})
}

/// Writes a secret to a new file that only its owner may read.
pub fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	options
		.open(path)
		.and_then(|mut file| {
			file.write_all(text.as_bytes())?;
			file.write_all(b"\n")?;
			file.sync_all()
		})
		.map_err(|error| {
			Failure::failed("cannot_write", format!("cannot write {}: {error}", path.display()))
		})
}

#[cfg(test)]
mod tests {
	use super::*;

	const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

	#[test]
	fn paths_stand_before_the_password_of_a_uri() {
		let uri = |text: &str| Key::from_uri(text, Scheme::Sr25519).unwrap().account();
		let derived = |seed: &str, path: &str| {
			derive(&Secret::new(seed.to_owned()), path, Scheme::Sr25519).unwrap().account()
		};
		assert_eq!(derived(PHRASE, "//medrec//1"), uri(&format!("{PHRASE}//medrec//1")));
		let with_password = format!("{PHRASE}///pass");
		assert_eq!(derived(&with_password, "//1"), uri(&format!("{PHRASE}//1///pass")));
		assert_eq!(derived("//Alice", ""), uri("//Alice"));
	}

	#[test]
	fn a_path_holds_no_password() {
		assert!(derivation("//medrec//1").is_ok());
		assert!(derivation("//medrec///secret").is_err());
		assert!(derivation("medrec").is_err());
	}
}
