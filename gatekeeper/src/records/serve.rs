use super::{Ehr, Error, State, Template, Templates};
use medrec_primitives::{
	commitment::{field_salt, FieldSalt, RecordTree},
	identity::SubjectId,
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
	/// Whose relationship that is.
	pub patient: &'a SubjectId,
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
/// - [`Error::OtherPatient`]: the patient whom it knows is another than the chain says.
/// - [`Error::Erased`]: its salt was destroyed.
/// - [`Error::RowMissing`], [`Error::IntegrityMismatch`]: the database does not hold what was
///   committed to (see [`Error::is_alarming`]).
/// - [`Error::AmendmentPending`]: the row was changed and announced, and the chain does not hold the
///   new version yet.
/// - [`Error::FieldType`]: the row was changed and announced, and cannot be posted as it is.
/// - [`Error::EhrUnavailable`], [`Error::QueryTimeout`], [`Error::Query`]: the database gives nothing
///   to compare.
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
	if patient.subject != *asked.patient {
		return Err(Error::OtherPatient(*asked.relationship));
	}

	let (changed, fields) = match ehr.fetch(&template, &patient.local_id, &kept.row_handle).await {
		Ok(row) => {
			let row = row.ok_or(Error::RowMissing(record))?;
			(Some(row.changed), row.fields)
		},
		Err(fault) => match lies_in_the_row(ehr, &template, &fault).await {
			true => (None, Err(fault)),
			false => return Err(fault),
		},
	};

	let content = fields.and_then(|fields| Ok((template.canonical(&fields)?, fields)));
	let if_announced = match content {
		Ok((canonical, fields)) => {
			let tree = template.tree(&salt, &canonical);
			if tree.root() == *asked.commitment {
				let salts = (0..).take(fields.len());
				let salts = salts.map(|number: FieldNumber| field_salt(&salt, number)).collect();
				return Ok(Served { template, fields, salts, tree });
			}
			Error::AmendmentPending(record)
		},
		// As it is, it cannot be posted, so that no amendment is on its way.
		Err(fault) => fault,
	};
	let latest = state.latest(asked.relationship, asked.record).await?.unwrap_or(kept);
	Err(if latest.version > asked.version {
		Error::AmendmentPending(record)
	} else if changed.is_some_and(|changed| changed > latest.row_changed) {
		if_announced
	} else {
		Error::IntegrityMismatch(record)
	})
}

/// Whether a fault of [`Ehr::fetch`] comes from what the row holds, and not from the template or the
/// database. By the template that is committed to, there was one row with columns of the right types,
/// and the same query has found it: the row was changed since.
async fn lies_in_the_row(ehr: &Ehr, template: &Template, fault: &Error) -> bool {
	match fault {
		Error::ColumnType { .. } | Error::NotOneRow { .. } => true,
		Error::Query { .. } => ehr.try_one(template).await.is_ok(),
		_ => false,
	}
}
