//! The subjects that keys control, as a node says that answers at once.

use crate::{
	context::Context,
	failure::{Failure, Result},
	text::word,
};
use medrec_client::chain::At;
use medrec_primitives::{
	identity::{Role, Status, SubjectId},
	AccountId,
};
use serde::Serialize;
use std::time::Duration;

/// The longest wait for a node that is not needed.
const LIMIT: Duration = Duration::from_secs(3);

/// The subject that a key controls, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = KeySubject)]
pub struct Holder {
	/// The subject that the key controls.
	pub subject: Option<SubjectId>,
	/// What the subject is, as `provider hospital-a` or `patient of hospital-a`.
	pub subject_name: Option<String>,
	/// Its role: provider, researcher, patient, clinician or device.
	#[schema(value_type = Option<String>)]
	pub role: Option<Role>,
	/// Its status: active, suspended or retired.
	#[schema(value_type = Option<String>)]
	pub status: Option<Status>,
}

impl Holder {
	/// The subject of an account.
	pub async fn of(at: At<'_>, account: &AccountId) -> Result<Holder> {
		let Some(id) = at.subject_of(account).await? else { return Ok(Holder::default()) };
		let Some(subject) = at.subject(id).await? else { return Ok(Holder::default()) };
		let sponsor = match subject.sponsor {
			Some(sponsor) => at.name_of(sponsor).await?,
			None => None,
		};
		let name = describe(id, subject.role, at.name_of(id).await?, sponsor);
		Ok(Holder {
			subject: Some(id),
			subject_name: Some(name),
			role: Some(subject.role),
			status: Some(subject.status),
		})
	}

	/// The subject in words, with a status in which it may not act.
	pub fn words(&self) -> Option<String> {
		let name = self.subject_name.as_ref()?;
		Some(match self.status {
			None | Some(Status::Active) => name.clone(),
			Some(other) => format!("{name}, {}", word(other)),
		})
	}
}

fn describe(id: SubjectId, role: Role, name: Option<String>, sponsor: Option<String>) -> String {
	let role = word(role);
	match (name, sponsor) {
		(Some(name), _) => format!("{role} {name}"),
		(None, Some(sponsor)) => format!("{role} of {sponsor}"),
		(None, None) => format!("{role} {id}"),
	}
}

/// The subjects of accounts. `None` if no node answers at once.
pub async fn look_up(context: &Context, accounts: &[AccountId]) -> Option<Vec<Holder>> {
	let found = async {
		// A node that is starting does not answer at once.
		let session = context.connect_within(Duration::ZERO).await?;
		let mut holders = Vec::with_capacity(accounts.len());
		for account in accounts {
			holders.push(Holder::of(session.at(), account).await?);
		}
		Ok::<_, Failure>(holders)
	};
	tokio::time::timeout(LIMIT, found).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_subject_is_described_by_role_name_and_sponsor() {
		let id = SubjectId::repeat_byte(1);
		let name = || Some("hospital-a".to_owned());
		assert_eq!(describe(id, Role::Patient, None, name()), "patient of hospital-a");
		assert_eq!(describe(id, Role::Patient, None, None), format!("patient {id}"));
		assert_eq!(describe(id, Role::Provider, name(), None), "provider hospital-a");
	}

	#[test]
	fn a_status_in_which_a_subject_may_not_act_is_said() {
		let of = |status| Holder { subject_name: Some("a".into()), status, ..Holder::default() };
		assert_eq!(of(Some(Status::Active)).words().unwrap(), "a");
		assert_eq!(of(Some(Status::Suspended)).words().unwrap(), "a, suspended");
		assert_eq!(Holder::default().words(), None);
	}
}
