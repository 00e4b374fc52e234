//! Names of subjects in text output.

use crate::{
	failure::Result,
	output::{short, word},
};
use medrec_client::chain::At;
use medrec_primitives::{identity::SubjectId, relationship::Grantee, AccountId};
use medrec_protocol::keys::{address, MEDREC_PREFIX};
use std::collections::HashMap;

/// The address of an account on this chain.
pub fn address_of(account: &AccountId) -> String {
	address(account, MEDREC_PREFIX)
}

/// Looks up the names of subjects at one block and remembers them.
pub struct Directory<'a> {
	/// The state at the block.
	pub at: At<'a>,
	known: HashMap<SubjectId, String>,
}

impl<'a> Directory<'a> {
	/// A directory at a block. `me` is called `you`.
	pub fn new(at: At<'a>, me: Option<SubjectId>) -> Directory<'a> {
		let known = me.map(|me| (me, "you".to_owned())).into_iter().collect();
		Directory { at, known }
	}

	/// The name of a subject: that of an organisation; of others the role, a part of the ID and the
	/// sponsor.
	pub async fn name(&mut self, id: SubjectId) -> Result<String> {
		if let Some(name) = self.known.get(&id) {
			return Ok(name.clone());
		}
		let name = self.look_up(id).await?;
		self.known.insert(id, name.clone());
		Ok(name)
	}

	/// The name of a grantee.
	pub async fn grantee(&mut self, grantee: &Grantee) -> Result<String> {
		match grantee {
			Grantee::Subject(subject) => self.name(*subject).await,
			Grantee::Group(group) => Ok(format!("group {}", short(group))),
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

	async fn look_up(&self, id: SubjectId) -> Result<String> {
		if let Some(name) = self.at.name_of(id).await? {
			return Ok(name);
		}
		let Some(subject) = self.at.subject(id).await? else { return Ok(short(id)) };
		let name = format!("{} {}", word(subject.role), short(id));
		let Some(sponsor) = subject.sponsor else { return Ok(name) };
		Ok(match self.at.name_of(sponsor).await? {
			Some(sponsor) => format!("{name} of {sponsor}"),
			None => name,
		})
	}
}
