//! Finds what a reference on the command line means.
//!
//! First digits of an ID are compared with what the command line shows to its user: the user's
//! relationships with their parties, records and grants, the user's names and keys, and organisations.

use crate::{
	directory::{address_of, AddressBook, Directory, YOU},
	failure::{Failure, OrNotFound, Result},
	names::name_exists,
	parse::{Party, RelationshipRef},
	reference::{ids, IdRef},
	text::{list, word},
};
use medrec_client::chain::At;
use medrec_primitives::{
	identity::SubjectId,
	record::RecordId,
	relationship::{GrantId, Grantee, RelationshipId},
	summary::EntryState,
};
use std::fmt::Display;

/// The states of relationships that have records and grants.
pub const WITH_RECORDS: [EntryState; 3] =
	[EntryState::Active, EntryState::Shared, EntryState::Terminated];

/// Records in the singular and in the plural.
const RECORDS: (&str, &str) = ("record", "records");

/// What the references of a user are compared with.
pub struct Resolver<'a> {
	/// The state of the chain.
	pub at: At<'a>,
	/// The user's names and keys.
	pub book: &'a AddressBook,
	/// The user's own subject, or the reason why there is none.
	pub me: Result<SubjectId>,
}

impl Resolver<'_> {
	/// The subject that a party stands for.
	pub async fn party(&self, party: &Party) -> Result<SubjectId> {
		match party {
			Party::Subject(reference) => {
				reference.choose(("known subject", "subjects"), self.known_subjects()).await
			},
			Party::Account(account) => {
				let found = self.at.subject_of(account).await?;
				let address = address_of(account);
				found.or_not_found(format!(
					"no subject is bound to the account {address}; compare the address; its owner may \
					 not be enrolled yet"
				))
			},
			Party::Name(name) => self.named(name).await,
		}
	}

	/// The relationship of the user that is meant. Without a reference it is the only one in one of
	/// these states; of several with the same party, it is also the one in these states.
	pub async fn relationship(
		&self,
		reference: Option<&RelationshipRef>,
		states: &[EntryState],
	) -> Result<RelationshipId> {
		match reference {
			Some(RelationshipRef::Id(reference)) => {
				let mine = async { Ok(ids(self.mine().await?)) };
				reference.choose(("relationship of yours", "relationships"), mine).await
			},
			Some(RelationshipRef::With(party)) => self.with(party, states).await,
			None => self.only(states).await,
		}
	}

	/// The record of a relationship that is meant.
	pub async fn record(
		&self,
		relationship: RelationshipId,
		reference: &IdRef<RecordId>,
	) -> Result<RecordId> {
		let records = async { Ok(ids(self.at.records(relationship).await?)) };
		reference.choose(RECORDS, records).await
	}

	/// The record that is meant, with its relationship: the given one, or that of the user's which has the
	/// record.
	pub async fn find_record(
		&self,
		relationship: Option<&RelationshipRef>,
		reference: &IdRef<RecordId>,
	) -> Result<(RelationshipId, RecordId)> {
		let candidates = async |of: RelationshipId| -> Result<Vec<RecordId>> {
			Ok(match reference {
				IdRef::Whole(id) => Vec::from_iter(self.at.record(of, *id).await?.map(|_| *id)),
				IdRef::Prefix(_) => ids(self.at.records(of).await?),
			})
		};
		self.find(RECORDS, relationship, reference, candidates).await
	}

	/// The grant that is meant, with its relationship: the given one, or that of the user's which has the
	/// grant.
	pub async fn find_grant(
		&self,
		relationship: Option<&RelationshipRef>,
		reference: &IdRef<GrantId>,
	) -> Result<(RelationshipId, GrantId)> {
		let candidates = async |of: RelationshipId| -> Result<Vec<GrantId>> {
			Ok(match reference {
				IdRef::Whole(id) => Vec::from_iter(self.at.grant(of, *id).await?.map(|_| *id)),
				IdRef::Prefix(_) => ids(self.at.grants(of).await?),
			})
		};
		self.find(("grant", "grants"), relationship, reference, candidates).await
	}

	/// The ID that is meant among the candidates of a relationship, or of all relationships of the user.
	async fn find<T: Copy + Eq + Display + AsRef<[u8]>>(
		&self,
		(kind, kinds): (&str, &str),
		relationship: Option<&RelationshipRef>,
		reference: &IdRef<T>,
		candidates: impl AsyncFn(RelationshipId) -> Result<Vec<T>>,
	) -> Result<(RelationshipId, T)> {
		if relationship.is_some() {
			let relationship = self.relationship(relationship, &WITH_RECORDS).await?;
			let id = reference.choose((kind, kinds), candidates(relationship)).await?;
			return Ok((relationship, id));
		}
		let mut found = Vec::new();
		for (relationship, _) in self.mine().await? {
			let of_it = candidates(relationship).await?;
			found.extend(of_it.into_iter().map(|id| (id, relationship)));
		}
		let of_yours = format!("{kind} of yours");
		let among = async { Ok(ids(found.clone())) };
		let id = reference.choose((&of_yours, kinds), among).await?;
		owner((kind, id), &found)
	}

	/// Refuses a name that has a meaning already, other than this subject.
	pub async fn ensure_free(&self, name: &str, subject: Option<SubjectId>) -> Result<()> {
		let of_key = match self.book.account(name) {
			// A key without a subject may get one later.
			Some(account) => Some(self.at.subject_of(account).await?),
			None => None,
		};
		let of_organisation = self.at.resolve(name).await?.map(Some);
		for (what, meaning) in [("a key of yours", of_key), ("an organisation", of_organisation)] {
			if meaning.is_some_and(|meaning| meaning.is_none() || meaning != subject) {
				let message = format!("{name} is the name of {what}; choose another name");
				return Err(Failure::failed("name_exists", message));
			}
		}
		match self.book.names.get(name) {
			Some(other) => Err(name_exists(name, other)),
			None => Ok(()),
		}
	}

	/// The subjects that the user named, controls, or has to do with, and the organisations.
	async fn known_subjects(&self) -> Result<Vec<SubjectId>> {
		let mut known: Vec<SubjectId> = self.me.iter().copied().collect();
		known.extend(self.book.names.iter().map(|(_, subject)| subject));
		for (_, account) in &self.book.keys {
			known.extend(self.at.subject_of(account).await?);
		}
		known.extend(self.at.providers().await?);
		known.extend(self.at.miners().await?.into_iter().map(|(miner, _)| miner));
		if self.me.is_err() {
			return Ok(known);
		}
		for (id, _) in self.mine().await? {
			let Some(relationship) = self.at.relationship(id).await? else { continue };
			known.extend([relationship.patient, relationship.provider]);
			for (_, grant) in self.at.grants(id).await? {
				if let Grantee::Subject(grantee) = grant.grantee {
					known.push(grantee);
				}
			}
		}
		Ok(known)
	}

	/// The subject of a name. A name with several meanings is an error.
	async fn named(&self, name: &str) -> Result<SubjectId> {
		if name == YOU {
			// An organisation of this name is given by its ID.
			return self.me.clone();
		}
		let key = self.book.account(name);
		let of_key = match key {
			Some(account) => self.at.subject_of(account).await?,
			None => None,
		};
		let meanings = [
			("your name", self.book.names.get(name)),
			("your key", of_key),
			("the organisation", self.at.resolve(name).await?),
		];
		let found = Vec::from_iter(meanings.iter().filter_map(|(what, id)| Some((*what, (*id)?))));
		match found.as_slice() {
			[(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => Ok(*first),
			[] if key.is_some() => Err(Failure::not_found(format!(
				"the key {name} has no subject on this chain yet; a provider enrols people and \
				 devices, and the council admits organisations"
			))),
			[] => Err(Failure::not_found(format!(
				"there is no name, key or organisation called {name}; {}",
				self.instead_of(name).await?
			))),
			several => {
				let meanings = several.iter().map(|(what, id)| format!("{what} {id}"));
				let message =
					format!("{name} has several meanings: {}; give the ID", list(meanings, ""));
				Err(Failure::usage("ambiguous_name", message))
			},
		}
	}

	/// What to do about a name that has no meaning.
	async fn instead_of(&self, name: &str) -> Result<String> {
		let names = self.book.names.iter().map(|(name, _)| name);
		let names = names.chain(self.book.keys.iter().map(|(name, _)| name.as_str()));
		let lower = name.to_lowercase();
		let organisation = self.at.resolve(&lower).await?.map(|_| lower.clone());
		let similar = names.map(ToOwned::to_owned).chain(organisation);
		let is_address = name.len() >= 25
			&& name.bytes().all(|byte| byte.is_ascii_alphanumeric())
			&& name.bytes().any(|byte| byte.is_ascii_uppercase());
		let is_hex = name.len() >= 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
		Ok(match similar.into_iter().find(|other| other.to_lowercase() == lower) {
			Some(other) => format!("did you mean {other}?"),
			None if is_address => "an address is longer; copy the whole of it".to_owned(),
			None if is_hex => format!("an ID begins with 0x, as 0x{name}"),
			None => "medrec names list shows your names, and medrec names add gives a \
			         subject a name"
				.to_owned(),
		})
	}

	async fn mine(&self) -> Result<Vec<(RelationshipId, EntryState)>> {
		let entries = self.at.relationships_of(self.me.clone()?).await?;
		Ok(entries.into_iter().map(|(id, entry)| (id, entry.state)).collect())
	}

	/// The relationship of the user with a party, or that between the party and another in which the
	/// user is a grantee.
	async fn with(&self, party: &Party, states: &[EntryState]) -> Result<RelationshipId> {
		let (other, me) = (self.party(party).await?, self.me.clone()?);
		for (provider, patient) in [(me, other), (other, me)] {
			if let Some(id) = self.at.relationship_between(provider, patient).await? {
				return Ok(id);
			}
		}
		let mut found = Vec::new();
		for (id, state) in self.mine().await? {
			let parties = self.at.relationship(id).await?;
			if parties.is_some_and(|found| found.patient == other || found.provider == other) {
				found.push((id, state));
			}
		}
		if found.len() > 1 && found.iter().any(|(_, state)| states.contains(state)) {
			found.retain(|(_, state)| states.contains(state));
		}
		match found.as_slice() {
			[(only, _)] => Ok(*only),
			[] => {
				let name = self.directory().name(other).await?;
				Err(Failure::not_found(format!(
					"you have no relationship with {name}; medrec summary show lists yours"
				)))
			},
			several => Err(self.ambiguous(several).await?),
		}
	}

	async fn only(&self, states: &[EntryState]) -> Result<RelationshipId> {
		let mine = self.mine().await?.into_iter();
		let found = Vec::from_iter(mine.filter(|(_, state)| states.contains(state)));
		match found.as_slice() {
			[(only, _)] => Ok(*only),
			[] => {
				let states = list(states.iter().map(word), "");
				let message = format!(
					"you have no relationship that is {states}; medrec summary show lists yours"
				);
				Err(Failure::not_found(message))
			},
			several => Err(self.ambiguous(several).await?),
		}
	}

	/// The names of subjects.
	fn directory(&self) -> Directory<'_> {
		Directory::new(self.book, self.at, self.me.as_ref().ok().copied())
	}

	/// The failure for several relationships, which names them with their parties.
	async fn ambiguous(&self, found: &[(RelationshipId, EntryState)]) -> Result<Failure> {
		let mut directory = self.directory();
		let mut described = Vec::with_capacity(found.len());
		for (id, state) in found {
			let parties = match self.at.relationship(*id).await? {
				Some(found) => {
					let patient = directory.name(found.patient).await?;
					format!(" ({patient} at {})", directory.name(found.provider).await?)
				},
				None => String::new(),
			};
			described.push(format!("{id}{parties}, {}", word(state)));
		}
		Ok(several(&described))
	}
}

/// The failure for several relationships.
fn several(described: &[String]) -> Failure {
	let message = format!(
		"you have several relationships; choose one by its ID or by the name of its other party, with \
		 --relationship where a command has this option: {}",
		described.join("; ")
	);
	Failure::usage("ambiguous_relationship", message)
}

/// The relationship of the user that has this record or grant. A record is named by its author, so that
/// several relationships may have one of the same ID.
fn owner<T: Copy + Eq + Display>(
	(kind, id): (&str, T),
	found: &[(T, RelationshipId)],
) -> Result<(RelationshipId, T)> {
	let owners = found.iter().filter(|(other, _)| *other == id).map(|(_, owner)| *owner);
	match Vec::from_iter(owners).as_slice() {
		[only] => Ok((*only, id)),
		[] => {
			let lists = if kind == RECORDS.0 { "records list" } else { "ppr show" };
			let message = format!(
				"none of your relationships has the {kind} {id} now; medrec {lists} lists the {kind}s"
			);
			Err(Failure::not_found(message))
		},
		several => {
			let message = format!(
				"several relationships have the {kind} {id}; choose one with --relationship: {}",
				list(several, "")
			);
			Err(Failure::usage("ambiguous_relationship", message))
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn several_relationships_are_listed_with_the_option_that_chooses() {
		let each = ["0x01 (ann at hospital-a), active", "0x02 (ann at hospital-b), active"];
		let failure = several(&each.map(str::to_owned));
		assert_eq!((failure.exit as u8, &*failure.code), (2, "ambiguous_relationship"));
		for part in each.into_iter().chain(["with --relationship"]) {
			assert!(failure.message.contains(part), "{}", failure.message);
		}
	}
}
