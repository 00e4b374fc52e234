//! Names of subjects, for people.

use crate::{failure::Failure, report::short, view};
use medrec_client::chain::At;
use medrec_primitives::identity::SubjectId;
use std::collections::HashMap;

/// Tells what to call subjects, and remembers it.
pub struct Directory<'a> {
	at: At<'a>,
	known: HashMap<SubjectId, String>,
}

impl<'a> Directory<'a> {
	/// A directory as of a block. `me` is who reads.
	pub fn new(at: At<'a>, me: Option<SubjectId>) -> Directory<'a> {
		let known = me.map(|me| (me, "you".to_owned())).into_iter().collect();
		Directory { at, known }
	}

	/// What to call a subject: an organisation by its name, others by their role, a part of their
	/// id, and whose they are.
	pub async fn label(&mut self, id: SubjectId) -> Result<String, Failure> {
		if let Some(known) = self.known.get(&id) {
			return Ok(known.clone());
		}
		let label = self.look_up(id).await?;
		self.known.insert(id, label.clone());
		Ok(label)
	}

	async fn look_up(&self, id: SubjectId) -> Result<String, Failure> {
		if let Some(name) = self.at.name_of(id).await? {
			return Ok(name);
		}
		let Some(subject) = self.at.subject(id).await? else { return Ok(short(&id)) };
		let role = view::role(subject.role);
		let sponsor = match subject.sponsor {
			Some(sponsor) => self.at.name_of(sponsor).await?,
			None => None,
		};
		Ok(match sponsor {
			Some(sponsor) => format!("{role} {} of {sponsor}", short(&id)),
			None => format!("{role} {}", short(&id)),
		})
	}
}
