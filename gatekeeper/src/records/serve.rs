use super::{Ehr, Error, State, Template, Templates};
use medrec_primitives::{
	commitment::{field_salt, FieldSalt, RecordTree},
	record::{Commitment, FieldNumber, Pointer, RecordId},
	relationship::RelationshipId,
};
use serde_json::Value;
use std::sync::Arc;

/// A record, as the chain holds it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
	/// In which relationship.
	pub relationship: &'a RelationshipId,
	/// Which record.
	pub record: &'a RecordId,
	/// Which version of it.
	pub version: u32,
	/// Where it is found.
	pub pointer: &'a Pointer,
	/// What it is committed to.
	pub commitment: &'a Commitment,
}

/// A record that matches its commitment. It holds all fields: those that the requester may not see
/// must be taken out.
#[derive(Clone, Debug)]
pub struct Served {
	/// The template.
	pub template: Arc<Template>,
	/// The values of all fields, in the template's order.
	pub fields: Vec<Value>,
	/// Their salts.
	pub salts: Vec<FieldSalt>,
	/// The tree over them.
	pub tree: RecordTree,
}

/// Reads a record from the provider's database and checks it against the commitment on the chain.
///
/// # Errors
///
/// - [`Error::UnknownRecord`], [`Error::UnknownRelationship`], [`Error::UnknownTemplate`]: this
///   gatekeeper did not post it, does not know the patient, or lost the template's file.
/// - [`Error::Erased`]: its salt was destroyed.
/// - [`Error::RowMissing`], [`Error::IntegrityMismatch`]: the database does not hold what was
///   committed to (see [`Error::is_alarming`]).
/// - [`Error::AmendmentPending`]: the row was changed and announced, and the chain does not hold the
///   new version yet.
/// - Those of [`Ehr::fetch`].
pub async fn serve(
	state: &State,
	ehr: &Ehr,
	templates: &Templates,
	asked: &Asked<'_>,
) -> Result<Served, Error> {
	let record = *asked.record;
	let kept = state.kept(asked.relationship, asked.record, asked.version).await?;
	let salt = kept.salt.ok_or(Error::Erased(record))?;
	let is_ours = kept.template == asked.pointer.template
		&& kept.handle.as_slice() == asked.pointer.handle.as_slice()
		&& kept.commitment == *asked.commitment;
	if !is_ours {
		return Err(Error::IntegrityMismatch(record));
	}
	let template = templates.get(&kept.template)?.clone();
	let patient = state
		.patient_of(asked.relationship)
		.await?
		.ok_or(Error::UnknownRelationship(*asked.relationship))?;
	let row = ehr
		.fetch(&template, &patient.local_id, &kept.row_handle)
		.await?
		.ok_or(Error::RowMissing(record))?;

	let tree = template.tree(&salt, &template.canonical(&row.fields)?);
	if tree.root() != *asked.commitment {
		let latest = state.latest(asked.relationship, asked.record).await?.unwrap_or(kept);
		let announced = latest.version > asked.version || row.changed > latest.row_changed;
		return Err(match announced {
			true => Error::AmendmentPending(record),
			false => Error::IntegrityMismatch(record),
		});
	}
	let salts = (0..).take(row.fields.len()).map(|number: FieldNumber| field_salt(&salt, number));
	Ok(Served { template, salts: salts.collect(), fields: row.fields, tree })
}
