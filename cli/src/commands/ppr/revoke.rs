//! `medrec ppr revoke` and `revoke-all`, with what was fetched before.

use crate::{
	access_log::{self, CheckedLog},
	catalogue::{Catalogues, RecordNames},
	context::{self, Sent, Session, Submitted, Wait},
	failure::{Failure, OrNotFound, Result},
	gatekeeper::Url,
	grants::{self, GrantGrantee},
	output::{Output, Report},
	page::{Cell, Page},
	parse::{Party, RelationshipRef},
	purpose,
	reference::IdRef,
	resolve::WITH_RECORDS,
	text::{and, count},
};
use clap::Args;
use medrec_client::chain::PprCall;
use medrec_primitives::{
	authority::Act,
	identity::SubjectId,
	record::{FieldNumber, RecordId},
	relationship::{Effect, Grant, GrantId, Grantee, Purpose, Relationship, RelationshipId},
	Moment,
};
use medrec_protocol::wire::{Outcome, Receipt};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The longest wait for the gatekeeper's access log after a revocation.
const LOG_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Revoke {
	/// The permission or denial.
	#[arg(long, value_name = "ID")]
	grant: IdRef<GrantId>,
	/// The relationship, or its other party.
	///
	/// By default the one that has the grant.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
}

#[derive(Debug, Args)]
pub struct RevokeAll {
	/// The grantee, by name, address or ID.
	#[arg(long, value_name = "NAME|ID")]
	to: Party,
	/// The relationship, or its provider.
	///
	/// By default the only one in which the grantee has permissions.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
}

/// What a revocation prints.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct GrantsRevoked {
	/// The relationship.
	relationship: RelationshipId,
	/// The provider that keeps the records.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// The revoked grants.
	revoked: Vec<GrantId>,
	/// What each permitted or denied, in words, in the same order.
	revoked_words: Vec<String>,
	/// `permit` or `deny`.
	#[schema(value_type = String)]
	effect: Effect,
	/// To whom they were given.
	grantee: GrantGrantee,
	/// The name of the grantee.
	grantee_name: String,
	/// What the grantee fetched before, by the receipts that the gatekeeper shows; none if it is not
	/// known, and for a denial.
	already_fetched: Option<Vec<FetchedRecord>>,
}

/// An answer that a grantee fetched, by a receipt that verifies.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct FetchedRecord {
	/// The record.
	record: RecordId,
	/// What it is.
	record_name: String,
	/// The numbers of the fetched fields.
	fields: Vec<FieldNumber>,
	/// Their names for people, in the same order.
	field_names: Vec<String>,
	/// The stated purpose, as an HL7 code.
	#[schema(value_type = String)]
	purpose: Purpose,
	/// The time, in Unix milliseconds.
	at: Moment,
}

impl Report for GrantsRevoked {
	fn page(&self) -> Page {
		let name = &self.grantee_name;
		let number = match self.effect {
			Effect::Permit => count(self.revoked.len(), "permission is", "permissions are"),
			Effect::Deny => count(self.revoked.len(), "denial is", "denials are"),
		};
		let title = format!("{number} revoked in the relationship with {}.", self.provider_name);
		let page = self
			.revoked_words
			.iter()
			.fold(Page::of(title), |page, words| page.line(format!("No longer: {name} {words}.")));
		match (self.effect, self.already_fetched.as_deref()) {
			(Effect::Deny, _) => page.line(
				"Permissions that it overrode count again once the block is final.",
			),
			(Effect::Permit, None) => page.line(
				"It is not known what was fetched before; medrec summary accesses asks the gatekeeper \
				 again.",
			),
			(Effect::Permit, Some([])) => page.line(format!(
				"The gatekeeper shows no receipt of an answer to {name}. That it left none out is not \
				 proven."
			)),
			(Effect::Permit, Some(fetched)) => page
				.alert(format!(
					"By the gatekeeper's receipts, {} fetched before, and cannot be taken back:",
					count(fetched.len(), "answer was", "answers were")
				))
				.table(
					format!("Fetched by {name}"),
					["when", "record", "what", "fields", "for"],
					fetched.iter().map(|one| {
						[
							Cell::time(one.at),
							Cell::id(one.record),
							Cell::words(&one.record_name),
							Cell::words(one.field_names.join(", ")),
							Cell::words(purpose::words(one.purpose)),
						]
					}),
				),
		}
	}
}

pub(super) async fn one(session: &Session<'_>, args: &Revoke) -> Result<Output> {
	let resolver = session.resolver().await?;
	let (relationship, id) = resolver.find_grant(args.relationship.as_ref(), &args.grant).await?;
	let grant = session.at().grant(relationship, id).await?;
	let grant = grant
		.or_not_found("the relationship has no such grant; medrec ppr show lists its grants")?;
	let given = [(id, grant.clone())];
	let revocation = Revocation::prepare(session, relationship, &given).await?;
	let call = PprCall::revoke { relationship, grant: id };
	let default = Wait::default_for(Act::Revoke(&grant).narrows());
	let included = session.submit_with(call, default).await?;
	revocation.finish(session, &included, grant.effect, grant.grantee).await
}

pub(super) async fn all(session: &Session<'_>, args: &RevokeAll) -> Result<Output> {
	let whom = session.resolve(&args.to).await?;
	let grantee = Grantee::Subject(whom);
	let relationship = shared_with(session, args.relationship.as_ref(), whom).await?;
	let mut permissions = session.at().grants_to(relationship, grantee).await?;
	permissions.retain(|(_, grant)| grant.is_permission());
	let revocation = Revocation::prepare(session, relationship, &permissions).await?;
	let call = PprCall::revoke_all { relationship, grantee };
	let included = session.submit(call).await?;
	revocation.finish(session, &included, Effect::Permit, grantee).await
}

/// The relationship in which a subject has permissions: the given one, or the only one of the user's.
async fn shared_with(
	session: &Session<'_>,
	given: Option<&RelationshipRef>,
	whom: SubjectId,
) -> Result<RelationshipId> {
	let resolver = session.resolver().await?;
	if given.is_some() {
		return resolver.relationship(given, &WITH_RECORDS).await;
	}
	let (at, mut directory) = (session.at(), session.directory().await?);
	let (mut found, mut providers) = (Vec::new(), Vec::new());
	for (id, _) in at.relationships_of(session.me().await?).await? {
		let grants = at.grants_to(id, Grantee::Subject(whom)).await?;
		if grants.iter().any(|(_, grant)| grant.is_permission()) {
			let provider = context::relationship(at, id).await?.provider;
			providers.push(directory.name(provider).await?);
			found.push(id);
		}
	}
	let name = directory.name(whom).await?;
	match found.as_slice() {
		[only] => Ok(*only),
		[] => {
			let message = format!(
				"{name} has no permission in any of your relationships; medrec ppr show lists those in \
				 force"
			);
			Err(Failure::not_found(message))
		},
		_ => {
			let message = format!(
				"{name} has permissions in your relationships with {}; choose one with --relationship",
				and(providers)
			);
			Err(Failure::usage("ambiguous_relationship", message))
		},
	}
}

/// What is known of grants before they are revoked.
struct Revocation {
	id: RelationshipId,
	relationship: Relationship,
	names: Arc<RecordNames>,
	/// The grants, each with what it permits or denies in words.
	grants: BTreeMap<GrantId, String>,
}

impl Revocation {
	async fn prepare(
		session: &Session<'_>,
		id: RelationshipId,
		given: &[(GrantId, Grant)],
	) -> Result<Revocation> {
		let at = session.at();
		let relationship = context::relationship(at, id).await?;
		let names = Catalogues::new(session, Url::default()).of(id).await?;
		let mut grants = BTreeMap::new();
		for (grant_id, grant) in given {
			grants.insert(*grant_id, grants::words(at, id, &names, grant).await?);
		}
		Ok(Revocation { id, relationship, names, grants })
	}

	async fn finish(
		self,
		session: &Session<'_>,
		included: &Sent,
		effect: Effect,
		grantee: Grantee,
	) -> Result<Output> {
		let events = included.events.iter().filter(|event| event.is("Ppr", "Revoked"));
		let revoked = Vec::from_iter(events.filter_map(|event| event.get::<GrantId>("grant")));
		let words = |id: &GrantId| self.grants.get(id).map_or("a grant", String::as_str).to_owned();
		let revoked_words = revoked.iter().map(words).collect();
		let already_fetched = match (effect, grantee) {
			(Effect::Permit, Grantee::Subject(whom)) => self.already_fetched(session, whom).await,
			_ => None,
		};
		let mut directory = session.directory().await?;
		let report = GrantsRevoked {
			relationship: self.id,
			provider: self.relationship.provider,
			provider_name: directory.name(self.relationship.provider).await?,
			revoked,
			revoked_words,
			effect,
			grantee: grantee.into(),
			grantee_name: directory.grantee(&grantee).await?,
			already_fetched,
		};
		Ok(Output::of(&Submitted::new(included, report)))
	}

	/// The answers that a subject fetched in the relationship, by the gatekeeper's receipts. None if it
	/// does not return them in time, since a revocation does not depend on them, or if they do not all
	/// verify.
	async fn already_fetched(
		&self,
		session: &Session<'_>,
		whom: SubjectId,
	) -> Option<Vec<FetchedRecord>> {
		let url = Url::default();
		let read = access_log::read(session, self.id, &url);
		let log = tokio::time::timeout(LOG_TIMEOUT, read).await.ok()?.ok()?;
		let mut fetched = Vec::new();
		for receipt in answers_to(&log, whom)? {
			let pointer = session.at().record(self.id, receipt.record).await.ok()?;
			fetched.push(FetchedRecord {
				record: receipt.record,
				record_name: pointer
					.as_ref()
					.map_or_else(|| "-".to_owned(), |pointer| self.names.what(pointer)),
				field_names: self.names.fields(pointer.as_ref(), &receipt.fields),
				fields: receipt.fields.clone(),
				purpose: receipt.purpose,
				at: receipt.at,
			});
		}
		Some(fetched)
	}
}

/// The receipts of answers to a subject; none if the log or one of its receipts does not verify.
fn answers_to(log: &CheckedLog, whom: SubjectId) -> Option<Vec<&Receipt>> {
	let receipts = log.accesses.iter().map(|access| &access.receipt.receipt);
	let is_answer =
		|receipt: &&Receipt| receipt.requester == whom && receipt.decision == Outcome::Permit;
	log.problem().is_none().then(|| receipts.filter(is_answer).collect())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		access_log::{fixture, CheckedReceipt},
		style::Style,
	};
	use medrec_primitives::H256;
	use medrec_protocol::wire::{BlockRef, ErrorCode, SignedReceipt};

	#[test]
	fn what_was_fetched_is_not_known_unless_the_whole_log_verifies() {
		let answer = fixture::receipt();
		let whom = answer.receipt.requester;
		let mut refused = answer.clone();
		refused.receipt.decision = Outcome::Refused(ErrorCode::NotPermitted);
		let checked = |problem: Option<&str>, receipt: &SignedReceipt| {
			CheckedReceipt::new(receipt.clone(), true, problem.map(str::to_owned))
		};
		let log = |accesses, log_problem: Option<&str>| CheckedLog {
			relationship: answer.receipt.relationship,
			provider: SubjectId::default(),
			accesses,
			anchor: None,
			log_problem: log_problem.map(str::to_owned),
			block: BlockRef { number: 9, hash: H256::zero() },
		};
		let good = log(vec![checked(None, &answer), checked(None, &refused)], None);
		assert_eq!(answers_to(&good, whom), Some(vec![&answer.receipt]));
		assert_eq!(answers_to(&good, SubjectId::default()), Some(Vec::new()));
		let unverified = log(vec![checked(None, &answer), checked(Some("forged"), &refused)], None);
		assert_eq!(answers_to(&unverified, whom), None);
		assert_eq!(answers_to(&log(Vec::new(), Some("it has fewer receipts")), whom), None);
	}

	fn text(effect: Effect, already_fetched: Option<Vec<FetchedRecord>>) -> String {
		let report = GrantsRevoked {
			relationship: RelationshipId::default(),
			provider: SubjectId::default(),
			provider_name: "hospital-a".into(),
			revoked: vec![GrantId::default()],
			revoked_words: vec!["may see all records for treatment".into()],
			effect,
			grantee: GrantGrantee::Subject(SubjectId::default()),
			grantee_name: "dr-weber".into(),
			already_fetched,
		};
		report.page().render(&Style::PIPE)
	}

	#[test]
	fn a_revocation_shows_what_cannot_be_taken_back() {
		let fetched = FetchedRecord {
			record: RecordId::repeat_byte(2),
			record_name: "Laboratory result".into(),
			fields: vec![1, 2],
			field_names: vec!["Name".into(), "Value".into()],
			purpose: Purpose::Treat,
			at: 1000,
		};
		let text = text(Effect::Permit, Some(vec![fetched; 2]));
		for part in [
			"1 permission is revoked in the relationship with hospital-a.",
			"No longer: dr-weber may see all records for treatment.",
			"2 answers were fetched before, and cannot be taken back",
			"Laboratory result\tName, Value\ttreatment",
		] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
	}

	#[test]
	fn a_revocation_says_that_nothing_was_fetched_or_that_it_is_not_known() {
		let nothing = text(Effect::Permit, Some(Vec::new()));
		assert!(nothing.contains("shows no receipt of an answer to dr-weber"), "{nothing}");
		assert!(text(Effect::Permit, None).contains("It is not known"));
		let denial = text(Effect::Deny, None);
		assert!(denial.starts_with("1 denial is revoked"), "{denial}");
		assert!(!denial.contains("fetched"), "{denial}");
	}
}
