//! Names of subjects in text output.

use crate::{failure::Result, names::Names, text::word};
use medrec_client::chain::At;
use medrec_primitives::{
	identity::{Subject, SubjectId},
	relationship::Grantee,
	AccountId,
};
use medrec_protocol::keys::{address, MEDREC_PREFIX};
use std::collections::HashMap;

/// The name of the user's own subject.
pub const YOU: &str = "you";

/// The address of an account on this chain.
pub fn address_of(account: &AccountId) -> String {
	address(account, MEDREC_PREFIX)
}

/// The names that the user gave to subjects, and the accounts of the user's keys.
pub struct AddressBook {
	/// The names of subjects.
	pub names: Names,
	/// The keys by name, with their accounts.
	pub keys: Vec<(String, AccountId)>,
}

impl AddressBook {
	/// The account of the key of this name.
	pub fn account(&self, name: &str) -> Option<&AccountId> {
		self.keys.iter().find_map(|(key, account)| (key == name).then_some(account))
	}

	fn key_of(&self, account: &AccountId) -> Option<&str> {
		self.keys.iter().find_map(|(key, other)| (other == account).then_some(key.as_str()))
	}
}

/// Looks up the names of subjects at one block and remembers them.
pub struct Directory<'a> {
	/// The state at the block.
	pub at: At<'a>,
	book: &'a AddressBook,
	known: HashMap<SubjectId, String>,
}

impl<'a> Directory<'a> {
	/// A directory at a block. `me` is called `you`.
	pub fn new(book: &'a AddressBook, at: At<'a>, me: Option<SubjectId>) -> Directory<'a> {
		let known = me.map(|me| (me, YOU.to_owned())).into_iter().collect();
		Directory { at, book, known }
	}

	/// The name of a subject: the one that the user gave it; of an organisation its registered name, with
	/// the ID if the user knows another subject by that name; of a subject that a key of the user controls
	/// the name of the key; of others the role, the ID and the sponsor, unless that is the user. A page shows the first digits of
	/// the ID where that is enough.
	pub async fn name(&mut self, id: SubjectId) -> Result<String> {
		if let Some(name) = self.known.get(&id) {
			return Ok(name.clone());
		}
		let name = self.look_up(id).await?;
		self.known.insert(id, name.clone());
		Ok(name)
	}

	/// The name of a subject, if there is one.
	pub async fn maybe_name(&mut self, id: Option<SubjectId>) -> Result<Option<String>> {
		Ok(match id {
			Some(id) => Some(self.name(id).await?),
			None => None,
		})
	}

	/// The name of a grantee.
	pub async fn grantee(&mut self, grantee: &Grantee) -> Result<String> {
		match grantee {
			Grantee::Subject(subject) => self.name(*subject).await,
			Grantee::Group(group) => Ok(format!("group {group}")),
		}
	}

	/// The names of the subjects of accounts. An account without a subject has its address as name.
	pub async fn names_of(&mut self, accounts: &[AccountId]) -> Result<Vec<String>> {
		let mut names = Vec::with_capacity(accounts.len());
		for account in accounts {
			names.push(match self.at.subject_of(account).await? {
				Some(subject) => self.name(subject).await?,
				None => address_of(account),
			});
		}
		Ok(names)
	}

	/// Whether the user knows another subject by the registered name of an organisation.
	async fn means_another(&self, name: &str, id: SubjectId) -> Result<bool> {
		let of_key = match self.book.account(name) {
			Some(account) => self.at.subject_of(account).await?,
			None => None,
		};
		let meanings = [self.book.names.get(name), of_key];
		Ok(name == YOU || meanings.into_iter().flatten().any(|other| other != id))
	}

	async fn look_up(&self, id: SubjectId) -> Result<String> {
		if let Some(name) = self.book.names.name_of(id) {
			return Ok(name.to_owned());
		}
		if let Some(name) = self.at.name_of(id).await? {
			return match self.means_another(&name, id).await? {
				true => Ok(format!("{name} {id}")),
				false => Ok(name),
			};
		}
		let Some(Subject { account, role, sponsor, .. }) = self.at.subject(id).await? else {
			return Ok(id.to_string());
		};
		if let Some(key) = self.book.key_of(&account) {
			return Ok(key.to_owned());
		}
		let name = format!("{} {id}", word(role));
		let is_me = |subject| self.known.get(&subject).is_some_and(|name| name == YOU);
		let Some(sponsor) = sponsor.filter(|sponsor| !is_me(*sponsor)) else { return Ok(name) };
		Ok(match self.at.name_of(sponsor).await? {
			Some(sponsor) => format!("{name} of {sponsor}"),
			None => name,
		})
	}
}
