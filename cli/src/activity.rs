//! Entries of a history in words: who did what to whom.

mod past;
mod words;

use crate::{
	catalogue::{Catalogues, RecordNames},
	context::Session,
	directory::Directory,
	failure::Result,
	gatekeeper::Url,
	grants,
	page::Cell,
	text::when,
};
use medrec_client::chain::{At, Chain};
use medrec_primitives::{
	identity::SubjectId,
	record::{FieldNumber, RecordId},
	relationship::{Grant, GrantId, RelationshipId},
	summary::{ActivityEntry, ActivityKind},
	Moment,
};
use serde::Serialize;
use std::{collections::HashMap, sync::Arc};
use words::{sentence, Who};

/// An entry of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ActivityView {
	/// Its position in the history, starting at 0.
	pub number: u64,
	/// The time, in Unix milliseconds; 0 in the genesis block, which has no time.
	pub at: Moment,
	/// The subject that acted; none for the council and for the chain itself.
	pub by: Option<SubjectId>,
	/// Its name.
	pub by_name: String,
	/// The relationship that it concerns.
	pub relationship: Option<RelationshipId>,
	/// What happened: a word, or an object with one field for what has an ID or a new status.
	#[schema(value_type = serde_json::Value)]
	pub kind: ActivityKind,
	/// The same in words. The wording may change from version to version.
	pub text: String,
}

impl ActivityView {
	/// The time as a value of a table. The genesis block has none.
	pub fn when(&self) -> Cell {
		match self.at {
			0 => Cell::word("at genesis"),
			at => Cell::time(at),
		}
	}
}

/// Puts the entries of one subject's history into words, by the state of one block.
pub struct Describer<'a> {
	chain: &'a Chain,
	directory: Directory<'a>,
	catalogues: Option<Catalogues<'a>>,
	subject: SubjectId,
	parties: HashMap<RelationshipId, Option<(SubjectId, SubjectId)>>,
}

impl<'a> Describer<'a> {
	/// For the history of this subject. The names of records are asked from the gatekeepers if the key in
	/// use can sign without a question at the terminal.
	pub async fn new(
		session: &'a Session<'a>,
		at: At<'a>,
		subject: SubjectId,
	) -> Result<Describer<'a>> {
		let me = session.me_if_any(at).await?;
		let directory = Directory::new(&session.book, at, me);
		let can_sign = me.is_some() && session.context.opens_without_question();
		let catalogues = can_sign.then(|| Catalogues::new(session, Url::default()));
		let chain = &session.chain;
		Ok(Describer { chain, directory, catalogues, subject, parties: HashMap::new() })
	}

	/// The same by the state of another block. Names that are known stay.
	pub fn move_to(&mut self, at: At<'a>) {
		self.directory.at = at;
		// A proposal may have been withdrawn, and another one made.
		self.parties.clear();
	}

	/// The names of subjects.
	pub fn directory(&mut self) -> &mut Directory<'a> {
		&mut self.directory
	}

	/// An entry with this number.
	pub async fn view(&mut self, number: u64, entry: &ActivityEntry) -> Result<ActivityView> {
		let ActivityEntry { at, by, relationship, kind } = entry.clone();
		let by_name = match by {
			Some(by) => self.directory.name(by).await?,
			None if at == 0 => "the genesis block".to_owned(),
			None if matches!(kind, ActivityKind::Registered | ActivityKind::StatusChanged(_)) => {
				"the council".to_owned()
			},
			None => "the chain".to_owned(),
		};
		let parties = match relationship {
			Some(id) => self.parties(id).await?,
			None => None,
		};
		let (patient, provider) = match parties {
			Some((patient, provider)) => {
				(self.directory.name(patient).await?, self.directory.name(provider).await?)
			},
			// The proposal was withdrawn.
			None => ("a patient".to_owned(), "a provider".to_owned()),
		};
		let subject = self.directory.name(self.subject).await?;
		let who = Who { by: by_name, subject, patient, provider };
		let what = self.what(relationship, &kind, at).await?;
		let text = sentence(&kind, &who, &what);
		Ok(ActivityView { number, at, by, by_name: who.by, relationship, kind, text })
	}

	async fn parties(&mut self, id: RelationshipId) -> Result<Option<(SubjectId, SubjectId)>> {
		if let Some(known) = self.parties.get(&id) {
			return Ok(*known);
		}
		let found = self.directory.at.relationship(id).await?;
		let parties = found.map(|found| (found.patient, found.provider));
		self.parties.insert(id, parties);
		Ok(parties)
	}

	/// What an entry is about: a record, or a grant.
	async fn what(
		&mut self,
		relationship: Option<RelationshipId>,
		kind: &ActivityKind,
		time: Moment,
	) -> Result<String> {
		let Some(relationship) = relationship else { return Ok(String::new()) };
		match kind {
			ActivityKind::RecordPosted(record)
			| ActivityKind::RecordAmended(record)
			| ActivityKind::IntegrityAlarm(record) => self.record(relationship, *record).await,
			ActivityKind::Granted(grant) | ActivityKind::Denied(grant) => {
				self.given(relationship, *grant, time).await
			},
			_ => Ok(String::new()),
		}
	}

	/// A record with its ID, as `Laboratory result 0x…`.
	pub async fn record(
		&mut self,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<String> {
		let title = self.title(relationship, record).await?;
		Ok(format!("{} {record}", title.as_deref().unwrap_or("the record")))
	}

	/// A grant in words, if it is still on the chain.
	pub async fn grant(&mut self, relationship: RelationshipId, id: GrantId) -> Result<String> {
		let at = self.directory.at;
		match at.grant(relationship, id).await? {
			Some(grant) => self.in_words(at, relationship, (id, &grant)).await,
			None => Ok(format!("a grant that was revoked since ({id})")),
		}
	}

	/// A grant in words: as it is, or if it was revoked since, as it was when it was given, unless the
	/// node has discarded that state.
	async fn given(
		&mut self,
		relationship: RelationshipId,
		id: GrantId,
		time: Moment,
	) -> Result<String> {
		let now = self.directory.at;
		if let Some(grant) = now.grant(relationship, id).await? {
			return self.in_words(now, relationship, (id, &grant)).await;
		}
		let ended = format!("one that was revoked since ({id})");
		let Some(then) = past::at_time(self.chain, time).await? else { return Ok(ended) };
		match then.grant(relationship, id).await? {
			Some(grant) => {
				let words = self.in_words(then, relationship, (id, &grant)).await?;
				Ok(format!("{words}; it was revoked since"))
			},
			None => Ok(ended),
		}
	}

	/// A grant in words, by the state of a block that has it.
	async fn in_words(
		&mut self,
		at: At<'a>,
		relationship: RelationshipId,
		(id, grant): (GrantId, &Grant),
	) -> Result<String> {
		let grantee = self.directory.grantee(&grant.grantee).await?;
		let names = self.names(relationship).await?;
		let words = grants::words(at, relationship, &names, grant).await?;
		Ok(format!("{grantee} {words}{} ({id})", period(grant)))
	}

	/// The names of the fields of a record, as far as they are known.
	pub async fn fields(
		&mut self,
		relationship: RelationshipId,
		record: RecordId,
		fields: &[FieldNumber],
	) -> Result<Vec<String>> {
		let pointer = self.directory.at.record(relationship, record).await?;
		Ok(self.names(relationship).await?.fields(pointer.as_ref(), fields))
	}

	/// What kind of record it is, as `Laboratory result`, if that is known.
	pub async fn title(
		&mut self,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<Option<String>> {
		let Some(pointer) = self.directory.at.record(relationship, record).await? else {
			return Ok(None);
		};
		Ok(self.names(relationship).await?.title(&pointer).map(str::to_owned))
	}

	/// The names of the records of a relationship: without a catalogue, those that need none.
	pub async fn names(&mut self, relationship: RelationshipId) -> Result<Arc<RecordNames>> {
		if let Some(catalogues) = &mut self.catalogues {
			// A relationship that is newer than the connection has no catalogue yet.
			if let Ok(names) = catalogues.of(relationship).await {
				return Ok(names);
			}
		}
		let patient = self.parties(relationship).await?.map(|(patient, _)| patient);
		let reason = "the names of records are the gatekeeper's, who asks for a signature";
		Ok(Arc::new(RecordNames::without(patient.unwrap_or_default(), reason)))
	}
}

/// The period of a grant, as the end of a sentence.
fn period(grant: &Grant) -> String {
	let from = match grant.not_before > grant.given_at {
		true => format!(" from {}", when(grant.not_before)),
		false => String::new(),
	};
	match grant.expires_at {
		Some(end) => format!("{from} until {}", when(end)),
		None => from,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::grants::fixture::grant;
	use medrec_primitives::relationship::{Effect, Scope};

	#[test]
	fn a_grant_has_its_period() {
		let grant = |not_before, expires_at| {
			let grant = grant(Effect::Permit, Scope::All);
			Grant { not_before, expires_at, given_at: 1000, ..grant }
		};
		assert_eq!(period(&grant(1000, None)), "");
		assert_eq!(period(&grant(1000, Some(2000))), " until 1970-01-01T00:00:02Z");
		let later = period(&grant(3000, Some(4000)));
		assert_eq!(later, " from 1970-01-01T00:00:03Z until 1970-01-01T00:00:04Z");
	}
}
