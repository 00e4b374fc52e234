//! `medrec keys remove`, `rename`, `export` and `passwd`.

use super::{
	ensure_one_from_stdin,
	holder::{look_up, Holder},
};
use crate::{
	context::Context,
	directory::address_of,
	failure::{Failure, Result},
	files,
	output::{Output, Report},
	page::Page,
};
use clap::Args;
use medrec_client::keys::read_secret;
use serde::Serialize;
use std::{
	io::{self, IsTerminal, Write},
	path::PathBuf,
};

#[derive(Debug, Args)]
pub struct Remove {
	/// The name of the key.
	name: String,
	/// Do not ask, and remove a key even if it controls a subject.
	#[arg(long)]
	yes: bool,
}

#[derive(Debug, Args)]
pub struct Export {
	/// The name of the key.
	name: String,
	/// The new file.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

#[derive(Debug, Args)]
pub struct Passwd {
	/// The name of the key.
	name: String,
	/// A file with the new password; - for the standard input.
	///
	/// The file must be readable by its owner only. Without it, the command asks for the new password.
	#[arg(long, value_name = "FILE")]
	new_password_file: Option<PathBuf>,
}

/// A key that was removed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct KeyRemoved {
	/// The name that it had.
	name: String,
	/// The SS58 address of its account.
	address: String,
	/// Whether its encryption key was removed too.
	had_encryption_key: bool,
	/// Whether a node answered; without one, the subject of the key is not known.
	node_reachable: bool,
	#[serde(flatten)]
	holder: Holder,
}

impl KeyRemoved {
	/// What is lost with the key.
	fn loss(&self) -> String {
		let what = match (self.holder.words(), self.had_encryption_key) {
			(Some(subject), _) => format!("control of the subject ({subject})"),
			(None, true) => {
				"the encryption key, which opens answers that are sealed to it".to_owned()
			},
			(None, false) => "the key".to_owned(),
		};
		format!(
			"Without its seed phrase, or a file of medrec keys export with its password, {what} is lost \
			 for good."
		)
	}
}

impl Report for KeyRemoved {
	fn page(&self) -> Page {
		let KeyRemoved { name, address, had_encryption_key, .. } = self;
		let also = if *had_encryption_key { ", and its encryption key," } else { "" };
		let verb = if *had_encryption_key { "are" } else { "is" };
		Page::of(format!("The key {name} with the address {address}{also} {verb} removed."))
			.line(self.loss())
	}
}

pub(super) async fn remove(context: &Context, args: Remove) -> Result<Output> {
	let Remove { name, yes } = args;
	let account = context.account_of(&name)?;
	let holders = look_up(context, std::slice::from_ref(&account)).await;
	let removed = KeyRemoved {
		address: address_of(&account),
		had_encryption_key: context.keystore.has_sealing(&name)?,
		node_reachable: holders.is_some(),
		holder: holders.into_iter().flatten().next().unwrap_or_default(),
		name,
	};
	if !yes {
		ensure_no_subject(&removed)?;
		confirm(&removed)?;
	}
	context.keystore.remove(&removed.name)?;
	Ok(Output::of(&removed))
}

fn ensure_no_subject(key: &KeyRemoved) -> Result<()> {
	let KeyRemoved { name, holder, .. } = key;
	let (Some(subject), Some(words)) = (holder.subject, holder.words()) else { return Ok(()) };
	let message = format!(
		"the key {name} controls the subject {subject} ({words}); bind the subject to another key first \
		 with medrec registrar rotate-account --key {name} --to OTHER; --yes removes it all the same, \
		 and without its seed phrase or an exported file nothing can act as this subject again"
	);
	Err(Failure::failed("key_in_use", message))
}

/// Asks at the terminal for the name of the key.
fn confirm(key: &KeyRemoved) -> Result<()> {
	if !io::stdin().is_terminal() {
		let message =
			"the command asks at a terminal before it removes a key; without a terminal give \
		               --yes";
		return Err(Failure::usage("not_confirmed", message));
	}
	let unknown = "No node is reachable; the key may control a subject.";
	let page = Page::default().maybe_line((!key.node_reachable).then_some(unknown));
	Output::text(page.line(key.loss())).print_error(false);
	eprint!("Type the name of the key to remove it: ");
	let _ = io::stderr().flush();
	let mut typed = String::new();
	io::stdin().read_line(&mut typed).map_err(|error| Failure::failed("cannot_read", error))?;
	match typed.trim() == key.name {
		true => Ok(()),
		false => {
			let message = "this is not the name of the key; it is still in the keystore";
			Err(Failure::failed("not_confirmed", message))
		},
	}
}

/// A key with another name.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct KeyRenamed {
	/// The old name.
	old_name: String,
	/// The new name.
	name: String,
}

impl Report for KeyRenamed {
	fn page(&self) -> Page {
		Page::of(format!("The key {} has the name {} now.", self.old_name, self.name))
	}
}

pub(super) fn rename(context: &Context, old_name: String, name: String) -> Result<Output> {
	context.keystore.rename(&old_name, &name)?;
	Ok(Output::of(&KeyRenamed { old_name, name }))
}

/// A key that was written to a file.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct KeyExported {
	/// The name of the key.
	name: String,
	/// The SS58 address of its account.
	address: String,
	/// The new file.
	file: String,
	/// Whether there is an encryption key, which is not in the file.
	has_encryption_key: bool,
}

impl Report for KeyExported {
	fn page(&self) -> Page {
		let KeyExported { name, file, .. } = self;
		let without = self.has_encryption_key.then_some(
			"Its encryption key is not in the file; medrec keys encryption makes another one where the \
			 key is imported.",
		);
		Page::of(format!("The key {name} is in {file}, encrypted with its password."))
			.maybe_line(without)
	}
}

pub(super) fn export(context: &Context, args: Export) -> Result<Output> {
	let Export { name, out } = args;
	let file = context.keystore.get(&name)?;
	files::write_secret(&out, &file.to_text())?;
	Ok(Output::of(&KeyExported {
		address: address_of(&context.account_of(&name)?),
		file: out.display().to_string(),
		has_encryption_key: context.keystore.has_sealing(&name)?,
		name,
	}))
}

/// A key with another password.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct PasswordChanged {
	/// The name of the key.
	name: String,
	/// Whether its encryption key has the new password too.
	has_encryption_key: bool,
}

impl Report for PasswordChanged {
	fn page(&self) -> Page {
		let also = if self.has_encryption_key { " and its encryption key have" } else { " has" };
		Page::of(format!("The key {}{also} the new password.", self.name))
			.line("Files that were exported before keep the old one.")
	}
}

pub(super) fn passwd(context: &Context, args: Passwd) -> Result<Output> {
	let Passwd { name, new_password_file } = args;
	context.keystore.get(&name)?;
	let both = "the password and the new password";
	ensure_one_from_stdin(context, new_password_file.as_ref(), both)?;
	let password = context.password(&name)?;
	let new = match new_password_file {
		Some(file) => read_secret(&file)?,
		None => context.ask_new_password(&name, "--new-password-file")?,
	};
	context.keystore.change_password(&name, password, &new)?;
	let has_encryption_key = context.keystore.has_sealing(&name)?;
	Ok(Output::of(&PasswordChanged { name, has_encryption_key }))
}
