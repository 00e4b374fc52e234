//! `medrec ppr grant`, `deny`, `revoke` and `revoke-all`.

use super::scope::{PeriodArgs, ScopeArgs};
use crate::{
	access_log,
	context::{from_event, submitted, Session, Wait},
	directory::Directory,
	failure::{OrNotFound, Result},
	gatekeeper::Url,
	output::{count, when, Output},
	parse::{self, Party},
	view::{grantee_json, purposes_text, scope_json, scope_text},
};
use clap::Args;
use medrec_client::{chain::PprCall, now};
use medrec_primitives::{
	authority::Act,
	identity::SubjectId,
	relationship::{Effect, GrantId, Grantee, Purpose, RelationshipId},
	Moment,
};
use medrec_protocol::wire::Outcome;
use serde_json::{json, Value};
use std::{collections::BTreeSet, time::Duration};

/// The longest wait for the gatekeeper's access log after a revocation.
const LOG_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct PermitArgs {
	#[command(flatten)]
	grant: GrantArgs,
	/// The purposes, as HL7 codes: TREAT, ETREAT, BTG, HPAYMT, HOPERAT, HRESCH, PATRQT, FAMRQT.
	#[arg(long, required = true, num_args = 1.., value_delimiter = ',',
		value_parser = parse::purpose)]
	purpose: Vec<Purpose>,
}

/// What a permission and a denial have in common.
#[derive(Debug, Args)]
pub struct GrantArgs {
	#[command(flatten)]
	target: Target,
	#[command(flatten)]
	scope: ScopeArgs,
	#[command(flatten)]
	period: PeriodArgs,
}

#[derive(Debug, Args)]
pub struct Target {
	/// The relationship.
	#[arg(long)]
	relationship: RelationshipId,
	/// The grantee: a subject, the name of an organisation, or an address.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	to: Party,
}

pub(super) async fn grant(session: &Session<'_>, args: PermitArgs) -> Result<Output> {
	give(session, args.grant, Some(BTreeSet::from_iter(args.purpose))).await
}

/// Gives a permission for purposes, or a denial without purposes.
pub(super) async fn give(
	session: &Session<'_>,
	args: GrantArgs,
	purposes: Option<BTreeSet<Purpose>>,
) -> Result<Output> {
	let GrantArgs { target: Target { relationship, to }, scope, period } = args;
	let grantee = Grantee::Subject(session.resolve(&to).await?);
	let scope = scope.resolve(session, relationship).await?;
	let (not_before, expires_at) = period.bounds(now());
	let name = Directory::new(&session.book, session.at(), None).grantee(&grantee).await?;
	let (what, until) = (scope_text(&scope), until(expires_at));
	let json = json!({
		"relationship": relationship,
		"grantee": grantee_json(&grantee),
		"scope": scope_json(&scope),
		"not_before": not_before,
		"expires_at": expires_at,
	});
	let Some(purposes) = purposes else {
		let call = PprCall::deny { relationship, grantee, scope, not_before, expires_at };
		let included = session.submit(call).await?;
		let grant: GrantId = from_event(&included, "Ppr", "Denied", "grant")?;
		let text = format!("Denied: {name} may not see {what}{until}.\nThe denial is {grant}.");
		return Ok(submitted(&included, text, json).with_field("grant", grant));
	};
	let (codes, purposes_json) = (purposes_text(&purposes), json!(purposes));
	let call = PprCall::grant { relationship, grantee, scope, purposes, not_before, expires_at };
	let included = session.submit(call).await?;
	let grant: GrantId = from_event(&included, "Ppr", "Granted", "grant")?;
	let text =
		format!("Permitted: {name} may see {what} for {codes}{until}.\nThe permission is {grant}.");
	Ok(submitted(&included, text, json)
		.with_field("grant", grant)
		.with_field("purposes", purposes_json))
}

fn until(expires_at: Option<Moment>) -> String {
	match expires_at {
		Some(end) => format!(", until {}", when(end)),
		None => ", for as long as the relationship lasts".to_owned(),
	}
}

pub(super) async fn revoke(
	session: &Session<'_>,
	relationship: RelationshipId,
	grant: GrantId,
) -> Result<Output> {
	let found = session.at().grant(relationship, grant).await?;
	let found = found
		.or_not_found("the relationship has no such grant; medrec ppr show lists its grants")?;
	let call = PprCall::revoke { relationship, grant };
	let default = Wait::default_for(Act::Revoke(&found).narrows());
	let included = session.submit_with(call, default).await?;
	let (text, fetched) = match (found.effect, found.grantee) {
		(Effect::Permit, Grantee::Subject(whom)) => {
			let fetched = already_fetched(session, relationship, whom).await;
			(format!("The permission is revoked. {}", fetched_text(fetched.as_deref())), fetched)
		},
		(Effect::Permit, Grantee::Group(_)) => ("The permission is revoked.".to_owned(), None),
		(Effect::Deny, _) => ("The denial is revoked.".to_owned(), None),
	};
	let json = json!({
		"relationship": relationship,
		"revoked": [grant],
		"effect": found.effect,
		"grantee": grantee_json(&found.grantee),
		"already_fetched": fetched,
	});
	Ok(submitted(&included, text, json))
}

pub(super) async fn revoke_all(session: &Session<'_>, target: &Target) -> Result<Output> {
	let relationship = target.relationship;
	let whom = session.resolve(&target.to).await?;
	let grantee = Grantee::Subject(whom);
	let call = PprCall::revoke_all { relationship, grantee };
	let included = session.submit(call).await?;
	let events = included.events.iter().filter(|event| event.is("Ppr", "Revoked"));
	let revoked: Vec<GrantId> = events.filter_map(|event| event.get("grant")).collect();
	let fetched = already_fetched(session, relationship, whom).await;
	let number = count(revoked.len(), "permission is", "permissions are");
	let text = format!("{number} revoked. {}", fetched_text(fetched.as_deref()));
	let json = json!({
		"relationship": relationship,
		"revoked": revoked,
		"grantee": grantee_json(&grantee),
		"already_fetched": fetched,
	});
	Ok(submitted(&included, text, json))
}

/// The answers that a subject fetched in a relationship, by receipts that verify. `None` if the
/// gatekeeper does not return them in time: a revocation does not depend on them.
async fn already_fetched(
	session: &Session<'_>,
	relationship: RelationshipId,
	whom: SubjectId,
) -> Option<Vec<Value>> {
	let url = Url::default();
	let read = access_log::read(session, relationship, &url);
	let log = tokio::time::timeout(LOG_TIMEOUT, read).await.ok()?.ok()?;
	let verified = log.accesses.iter().filter(|access| access.verified);
	let receipts = verified
		.map(|access| &access.receipt.receipt)
		.filter(|receipt| receipt.requester == whom && receipt.decision == Outcome::Permit);
	let fetched = receipts.map(
		|receipt| json!({ "record": receipt.record, "fields": receipt.fields, "at": receipt.at }),
	);
	Some(fetched.collect())
}

fn fetched_text(fetched: Option<&[Value]>) -> String {
	match fetched {
		None => "It is not known what was fetched before; see medrec summary accesses.".to_owned(),
		Some([]) => "Nothing was fetched before.".to_owned(),
		Some(fetched) => format!(
			"{} fetched before, and cannot be taken back; see medrec summary accesses.",
			count(fetched.len(), "answer was", "answers were")
		),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_revocation_shows_what_cannot_be_taken_back() {
		let text = fetched_text(Some(&[json!({}), json!({})]));
		assert!(text.contains("2 answers were fetched before"), "{text}");
		assert_eq!(fetched_text(Some(&[])), "Nothing was fetched before.");
		assert!(fetched_text(None).contains("not known"));
	}

	#[test]
	fn a_grant_shows_when_it_ends() {
		assert_eq!(until(Some(1000)), ", until 1970-01-01T00:00:01Z");
		assert!(until(None).contains("as long as"));
	}
}
