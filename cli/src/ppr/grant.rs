//! `medrec ppr grant`, `deny`, `revoke` and `revoke-all`.

use crate::{
	cli::Wait,
	context::{now, sent, Context},
	directory::Directory,
	failure::Failure,
	party::{not_found, Party},
	report::{count, full, list, when_if, Report},
	scope::{PeriodArgs, ScopeArgs},
	summary::accesses,
	values, view,
};
use clap::Args;
use medrec_client::chain::{Chain, Included, PprCall};
use medrec_protocol::{keys::Key, wire::Outcome};
use medrec_primitives::{
	identity::SubjectId,
	relationship::{Effect, GrantId, Grantee, Purpose, RelationshipId, Scope},
	Moment, H256,
};
use serde_json::{json, Value};
use std::{collections::BTreeSet, time::Duration};

/// How long the gatekeeper may take to tell what was fetched already.
const PATIENCE: Duration = Duration::from_secs(10);

/// `ppr grant`.
#[derive(Debug, Args)]
pub struct GrantArgs {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// To whom.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub to: Party,
	#[command(flatten)]
	pub scope: ScopeArgs,
	/// For which purposes, as HL7 codes: TREAT, ETREAT, BTG, HPAYMT, HOPERAT, HRESCH, PATRQT,
	/// FAMRQT.
	#[arg(long, value_name = "PURPOSE", required = true, num_args = 1.., value_delimiter = ',',
		value_parser = values::purpose)]
	pub purpose: Vec<Purpose>,
	#[command(flatten)]
	pub period: PeriodArgs,
}

/// `ppr deny`.
#[derive(Debug, Args)]
pub struct DenyArgs {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// Whom.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub to: Party,
	#[command(flatten)]
	pub scope: ScopeArgs,
	#[command(flatten)]
	pub period: PeriodArgs,
}

/// `ppr revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// Which grant or refusal.
	#[arg(long, value_name = "GRANT", value_parser = values::hash)]
	pub grant: GrantId,
}

/// `ppr revoke-all`.
#[derive(Debug, Args)]
pub struct RevokeAllArgs {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// Of whom.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub to: Party,
}

/// What a grant and a refusal have in common: whom and what they are about, and until when.
struct Resolved {
	chain: Chain,
	key: Key,
	grantee: Grantee,
	/// The grantee, as people are told.
	label: String,
	scope: Scope,
	not_before: Option<Moment>,
	expires_at: Option<Moment>,
}

async fn resolve(
	context: &Context,
	relationship: RelationshipId,
	to: &Party,
	scope: ScopeArgs,
	period: PeriodArgs,
) -> Result<Resolved, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let grantee = Grantee::Subject(to.resolve(&at).await?);
	let key = context.unlock()?;
	let scope = scope.resolve(context, &chain, &key, relationship).await?;
	let (not_before, expires_at) = period.bounds(now());
	let label = Directory::new(at, None).label(view::grantee_id(&grantee)).await?;
	Ok(Resolved { chain, key, grantee, label, scope, not_before, expires_at })
}

pub(super) async fn grant(context: &Context, args: GrantArgs) -> Result<Report, Failure> {
	let GrantArgs { relationship, to, scope, purpose, period } = args;
	let resolved = resolve(context, relationship, &to, scope, period).await?;
	let Resolved { chain, key, grantee, label, scope, not_before, expires_at } = resolved;
	let purposes: BTreeSet<Purpose> = purpose.into_iter().collect();
	let words = format!(
		"Permitted: {label} may see {} for {}{}.",
		view::scope(&scope),
		list(purposes.iter().map(|purpose| purpose.code())),
		until(expires_at),
	);
	let scope_json = view::scope_json(&scope);
	let codes = json!(purposes);
	let purposes = purposes.try_into().map_err(|_| Failure::usage("usage", "too many purposes"))?;
	let call = PprCall::Grant { relationship, grantee, scope, purposes, not_before, expires_at };
	let included = context.send_with(&chain, call, &key, Wait::Final).await?;
	let id = given(&included, "Granted")?;
	let json = json!({
		"relationship": relationship,
		"grant": id,
		"grantee": view::grantee_json(&grantee),
		"scope": scope_json,
		"purposes": codes,
		"not_before": not_before,
		"expires_at": expires_at,
	});
	Ok(sent(&included, format!("{words}\nThe grant is {}.", full(&id)), json))
}

pub(super) async fn deny(context: &Context, args: DenyArgs) -> Result<Report, Failure> {
	let DenyArgs { relationship, to, scope, period } = args;
	let resolved = resolve(context, relationship, &to, scope, period).await?;
	let Resolved { chain, key, grantee, label, scope, not_before, expires_at } = resolved;
	let words =
		format!("Refused: {label} may not see {}{}.", view::scope(&scope), until(expires_at));
	let scope_json = view::scope_json(&scope);
	let call = PprCall::Deny { relationship, grantee, scope, not_before, expires_at };
	let included = context.send_with(&chain, call, &key, Wait::Best).await?;
	let id = given(&included, "Denied")?;
	let json = json!({
		"relationship": relationship,
		"grant": id,
		"grantee": view::grantee_json(&grantee),
		"scope": scope_json,
		"not_before": not_before,
		"expires_at": expires_at,
	});
	Ok(sent(&included, format!("{words}\nThe refusal is {}.", full(&id)), json))
}

pub(super) async fn revoke(context: &Context, args: &RevokeArgs) -> Result<Report, Failure> {
	let RevokeArgs { relationship, grant } = *args;
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let found = chain.at(best.hash).grant(relationship, grant).await?;
	let found = found.ok_or_else(|| {
		not_found("the relationship has no such grant; medrec ppr show lists those it has")
	})?;
	let key = context.unlock()?;
	let call = PprCall::Revoke { relationship, grant };
	let included = context.send_with(&chain, call, &key, wait_to_revoke(found.effect)).await?;
	let (text, fetched) = match found.effect {
		Effect::Permit => {
			let whom = view::grantee_id(&found.grantee);
			let fetched = already_fetched(&chain, relationship, whom, key).await;
			tell_fetched("The grant is revoked.", fetched)
		},
		Effect::Deny => ("The refusal is taken back.".to_owned(), None),
	};
	let json = json!({
		"relationship": relationship,
		"revoked": [grant],
		"effect": found.effect,
		"grantee": view::grantee_json(&found.grantee),
		"already_fetched": fetched,
	});
	Ok(sent(&included, text, json))
}

/// How long to wait until a grant or a refusal is taken back. Without a refusal somebody may see
/// more, which counts once it is final.
fn wait_to_revoke(effect: Effect) -> Wait {
	match effect {
		Effect::Permit => Wait::Best,
		Effect::Deny => Wait::Final,
	}
}

pub(super) async fn revoke_all(context: &Context, args: &RevokeAllArgs) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let relationship = args.relationship;
	let whom = args.to.resolve(&chain.at(best.hash)).await?;
	let grantee = Grantee::Subject(whom);
	let key = context.unlock()?;
	let call = PprCall::RevokeAll { relationship, grantee };
	let included = context.send_with(&chain, call, &key, Wait::Best).await?;
	let revoked: Vec<GrantId> = included
		.events
		.iter()
		.filter(|event| event.is("Ppr", "Revoked"))
		.filter_map(|event| event.get("grant"))
		.collect();
	let fetched = already_fetched(&chain, relationship, whom, key).await;
	let said = format!("{} revoked.", count(revoked.len(), "grant is", "grants are"));
	let (text, fetched) = tell_fetched(&said, fetched);
	let json = json!({
		"relationship": relationship,
		"revoked": revoked,
		"grantee": view::grantee_json(&grantee),
		"already_fetched": fetched,
	});
	Ok(sent(&included, text, json))
}

fn until(expires_at: Option<u64>) -> String {
	match expires_at {
		Some(_) => format!(", until {}", when_if(expires_at)),
		None => ", for as long as the relationship lasts".to_owned(),
	}
}

fn given(included: &Included, event: &str) -> Result<GrantId, Failure> {
	included
		.event("Ppr", event)
		.and_then(|event| event.get::<H256>("grant"))
		.ok_or_else(|| Failure::failed("malformed_answer", "the chain does not say which it is"))
}

/// What somebody was served in a relationship, by receipts that verify; none if the gatekeeper does
/// not tell soon. What was revoked is revoked all the same.
async fn already_fetched(
	chain: &Chain,
	relationship: RelationshipId,
	whom: SubjectId,
	key: Key,
) -> Option<Vec<Value>> {
	let read = accesses::read(chain, relationship, key, None);
	let checked = tokio::time::timeout(PATIENCE, read).await.ok()?.ok()?;
	let served = checked.receipts.iter().filter(|checked| {
		let receipt = &checked.signed.receipt;
		checked.problem.is_none()
			&& receipt.requester == whom
			&& receipt.decision == Outcome::Permit
	});
	let served = served.map(|checked| {
		let receipt = &checked.signed.receipt;
		json!({ "record": receipt.record, "fields": receipt.fields, "at": receipt.at })
	});
	Some(served.collect())
}

fn tell_fetched(said: &str, fetched: Option<Vec<Value>>) -> (String, Option<Vec<Value>>) {
	let more = match &fetched {
		None => {
			"What was fetched before is not known; ask with medrec summary accesses.".to_owned()
		},
		Some(fetched) if fetched.is_empty() => "Nothing was fetched before.".to_owned(),
		Some(fetched) => format!(
			"{} fetched before, and cannot be taken back; see medrec summary accesses.",
			count(fetched.len(), "answer was", "answers were")
		),
	};
	(format!("{said} {more}"), fetched)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn revoking_tells_what_cannot_be_taken_back() {
		let (text, _) = tell_fetched("The grant is revoked.", Some(vec![json!({}), json!({})]));
		assert!(text.contains("2 answers were fetched before"), "{text}");
		let (text, _) = tell_fetched("The grant is revoked.", Some(Vec::new()));
		assert!(text.ends_with("Nothing was fetched before."), "{text}");
		let (text, fetched) = tell_fetched("The grant is revoked.", None);
		assert!(text.contains("not known"), "{text}");
		assert_eq!(fetched, None);
	}

	#[test]
	fn what_widens_access_is_waited_for_until_it_is_final() {
		assert_eq!(wait_to_revoke(Effect::Permit), Wait::Best);
		assert_eq!(wait_to_revoke(Effect::Deny), Wait::Final);
	}

	#[test]
	fn grants_say_when_they_end() {
		assert_eq!(until(Some(1000)), ", until 1970-01-01T00:00:01Z");
		assert!(until(None).contains("as long as"));
	}
}
