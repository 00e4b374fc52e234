use super::{Gatekeeper, Person, LIMIT};
use anyhow::{Context, Result};
use futures::future::try_join_all;
use medrec_client::chain::{Chain, Included, PprCall, RegistrarCall, RuntimeCall, SubmitOptions};
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
};
use medrec_protocol::keys::Key;

/// A patient of hospital A.
pub struct Patient {
	/// The key of the account.
	pub key: Key,
	/// The ID in the hospital's database.
	pub local_id: String,
	/// The subject, which the gatekeeper has linked with the local ID.
	pub subject: SubjectId,
	/// The active relationship with the hospital.
	pub relationship: RelationshipId,
}

/// Submits calls as one transaction, and waits until it is final.
pub async fn submit(chain: &Chain, calls: Vec<RuntimeCall>, key: &Key) -> Result<Included> {
	let batch = RuntimeCall::batch_all(calls);
	Ok(chain.submit(&batch, key, SubmitOptions::until_final(LIMIT)).await?)
}

/// Hospital A enrols people of its database under their identifiers, links them, and proposes
/// relationships, which they accept.
pub async fn admit_patients(
	gatekeeper: &Gatekeeper<'_>,
	chain: &Chain,
	people: Vec<(Key, String)>,
) -> Result<Vec<Patient>> {
	let operator = Person::ProviderA.key()?;
	let mut enroll = Vec::new();
	for (key, local_id) in &people {
		let identifier = Some(gatekeeper.identifier(local_id).await?);
		let (account, role, encryption_key) = (key.account(), Role::Patient, None);
		enroll.push(RegistrarCall::enroll { account, role, identifier, encryption_key }.into());
	}
	submit(chain, enroll, &operator).await?;

	let finalized = chain.finalized().await?.hash;
	let mut subjects = Vec::new();
	for (key, local_id) in &people {
		let subject = chain.at(finalized).subject_of(&key.account()).await?;
		let subject = subject.context("the patient is not enrolled")?;
		gatekeeper.link(local_id, subject).await?;
		subjects.push(subject);
	}
	let propose = subjects.iter().map(|patient| PprCall::propose { patient: *patient }.into());
	submit(chain, propose.collect(), &operator).await?;

	let at = chain.at(chain.finalized().await?.hash);
	let provider = at.resolve("hospital-a").await?.context("hospital A is not registered")?;
	let accept = people.into_iter().zip(subjects).map(|((key, local_id), subject)| async move {
		let relationship = at.relationship_between(provider, subject).await?;
		let relationship = relationship.context("no relationship is proposed")?;
		submit(chain, vec![PprCall::accept { relationship }.into()], &key).await?;
		Ok(Patient { key, local_id, subject, relationship })
	});
	try_join_all(accept).await
}
