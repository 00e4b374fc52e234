//! `medrec ppr show`.

use crate::{
	context::{now, Context},
	directory::Directory,
	failure::Failure,
	party::not_found,
	report::{self, facts, full, list, row, section, when, Report},
	view,
};
use medrec_client::chain::At;
use medrec_primitives::{
	relationship::{Grant, GrantId, Relationship, RelationshipId},
	Moment,
};
use serde_json::{json, Value};

pub(super) async fn run(context: &Context, id: RelationshipId) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let found = at.relationship(id).await?;
	let found = found.ok_or_else(|| not_found("the chain has no such relationship"))?;
	let me = context.me_if_any(&at).await?;
	let mut directory = Directory::new(at, me);

	let head = head(&mut directory, id, &found).await?;
	let (records, records_json) = records(&at, &mut directory, id).await?;
	let (grants, grants_json) = grants(&mut directory, at.grants(id).await?, now()).await?;
	let mut json = view::relationship_json(id, &found);
	if let Some(fields) = json.as_object_mut() {
		fields.insert("records".to_owned(), json!(records_json));
		fields.insert("grants".to_owned(), json!(grants_json));
		fields.insert("block".to_owned(), json!({ "number": best.number, "hash": best.hash }));
	}
	let block = format!("As of block {}.", best.number);
	Ok(Report::new([head, records, grants, block].join("\n"), json))
}

async fn head(
	directory: &mut Directory<'_>,
	id: RelationshipId,
	found: &Relationship,
) -> Result<String, Failure> {
	let consent = view::consent(&found.research);
	let consent = match consent.is_empty() {
		true => "none".to_owned(),
		false => format!("categories {}", list(consent)),
	};
	let rows = [
		("relationship", full(&id)),
		("patient", directory.label(found.patient).await?),
		("provider", directory.label(found.provider).await?),
		("state", format!("{} since {}", view::state(found.state), when(found.since))),
		("research consent", consent),
	];
	Ok(facts(rows.map(|(name, value)| (name.to_owned(), value))))
}

async fn records(
	at: &At<'_>,
	directory: &mut Directory<'_>,
	id: RelationshipId,
) -> Result<(String, Vec<Value>), Failure> {
	let mut records = at.records(id).await?;
	records.sort_by_key(|(record, pointer)| (pointer.posted_at, *record));
	let mut table = report::table(&["record", "version", "category", "release", "by", "posted"]);
	let mut json = Vec::with_capacity(records.len());
	for (record, pointer) in &records {
		row(
			&mut table,
			[
				full(record),
				pointer.version.to_string(),
				pointer.category.to_string(),
				view::release(pointer.release).to_owned(),
				directory.label(pointer.author).await?,
				when(pointer.posted_at),
			],
		);
		json.push(view::record_json(id, *record, pointer));
	}
	Ok((section("Records", &table), json))
}

async fn grants(
	directory: &mut Directory<'_>,
	mut grants: Vec<(GrantId, Grant)>,
	now: Moment,
) -> Result<(String, Vec<Value>), Failure> {
	grants.sort_by_key(|(id, grant)| (grant.given_at, *id));
	let columns = ["grant", "effect", "whom", "over", "purposes", "in force", "period"];
	let mut table = report::table(&columns);
	let mut json = Vec::with_capacity(grants.len());
	for (id, grant) in &grants {
		let purposes = match grant.purposes.is_empty() {
			true => "all".to_owned(),
			false => list(grant.purposes.iter().map(|purpose| purpose.code())),
		};
		let in_force = if grant.in_force(now) { "yes" } else { "no" };
		row(
			&mut table,
			[
				full(id),
				view::effect(grant.effect).to_owned(),
				directory.label(view::grantee_id(&grant.grantee)).await?,
				view::scope(&grant.scope),
				purposes,
				in_force.to_owned(),
				view::period(grant),
			],
		);
		json.push(view::grant_json(*id, grant, now));
	}
	Ok((section("Grants", &table), json))
}
