use super::{
	error::Error,
	post::RecordVersion,
	source::EhrSource,
	state::State,
	template::{Template, Templates},
};
use medrec_primitives::{
	commitment::{field_salt, FieldSalt, RecordTree},
	identity::SubjectId,
	record::{FieldNumber, RecordId, RecordPointer},
	relationship::RelationshipId,
};
use serde_json::Value;
use std::sync::Arc;

/// A record to serve, as the chain holds it.
#[derive(Clone, Copy, Debug)]
pub struct RecordRequest<'a> {
	/// The relationship.
	pub relationship: &'a RelationshipId,
	/// The patient of that relationship.
	pub patient: &'a SubjectId,
	/// The record.
	pub record: &'a RecordId,
	/// Its last version.
	pub on_chain: &'a RecordPointer,
}

/// A record that matches its commitment. It holds all fields: the caller removes those that the
/// requester may not see.
#[derive(Clone, Debug)]
pub struct Served {
	/// The template.
	pub template: Arc<Template>,
	/// The values of all fields, in the template's order.
	pub fields: Vec<Value>,
	/// The salts of the fields.
	pub salts: Vec<FieldSalt>,
	/// The Merkle tree over the fields.
	pub tree: RecordTree,
}

/// Reads a record from the provider's database and checks it against its commitment on the chain.
///
/// # Errors
///
/// - [`Error::UnknownRecord`]: this gatekeeper did not post it, or posted it for a patient who was
///   unlinked since. [`Error::UnknownRelationship`], [`Error::UnknownTemplate`]: no patient is linked,
///   or the template's file is missing.
/// - [`Error::OtherPatient`]: another patient is linked than the chain names.
/// - [`Error::Erased`]: the salt was destroyed.
/// - [`Error::RowMissing`], [`Error::IntegrityMismatch`]: the database does not hold what was
///   committed to (see [`Error::is_alarming`]).
/// - [`Error::AmendmentPending`]: the row was changed with announcement, and the chain does not hold
///   the new version yet.
/// - [`Error::FieldType`]: the row was changed with announcement, and cannot be posted as it is.
/// - [`Error::EhrUnavailable`], [`Error::QueryTimeout`], [`Error::Query`]: there is no row to compare.
pub async fn serve(
	state: &State,
	source: &dyn EhrSource,
	templates: &Templates,
	request: &RecordRequest<'_>,
) -> Result<Served, Error> {
	let RecordRequest { relationship, patient, record, on_chain } = *request;
	let version = on_chain.version;
	let id = RecordVersion { relationship: *relationship, record: *record, version };
	let kept = state.kept(&id).await?;
	let salt = kept.salt.ok_or(Error::Erased(*record))?;
	let posting = &kept.post.posting;
	if posting.pointer != on_chain.pointer || posting.commitment != on_chain.commitment {
		return Err(Error::IntegrityMismatch(*record));
	}
	let template = templates.get(&posting.pointer.template)?.clone();
	let linked = state.patient_of(relationship).await?;
	let linked = linked.ok_or(Error::UnknownRelationship(*relationship))?;
	if linked.subject != *patient {
		return Err(Error::OtherPatient(*relationship));
	}
	if linked.local_id != kept.local_id {
		return Err(Error::UnknownRecord { record: *record, version });
	}

	let fetched = source.fetch(&template, &linked.local_id, &kept.row_handle).await;
	let (changed, fields) = match fetched {
		Ok(Some(row)) => (Some(row.at.changed), row.fields),
		Ok(None) => return Err(Error::RowMissing(*record)),
		Err(error) if is_of_the_row(source, &template, &error).await => (None, Err(error)),
		Err(error) => return Err(error),
	};

	let content = fields.and_then(|fields| Ok((template.canonical(&fields)?, fields)));
	let if_announced = match content {
		Ok((canonical, fields)) => {
			let tree = template.tree(&salt, &canonical);
			if tree.root() == on_chain.commitment {
				let salts = (0..).take(fields.len());
				let salts = salts.map(|number: FieldNumber| field_salt(&salt, number)).collect();
				return Ok(Served { template, fields, salts, tree });
			}
			Error::AmendmentPending(*record)
		},
		// The row cannot be posted as it is, so no amendment is pending.
		Err(error) => error,
	};
	let latest = state.latest(relationship, record).await?.unwrap_or(kept);
	Err(if latest.post.id.version > version {
		Error::AmendmentPending(*record)
	} else if changed.is_some_and(|changed| changed > latest.row_changed) {
		if_announced
	} else {
		Error::IntegrityMismatch(*record)
	})
}

/// Whether an error of [`EhrSource::fetch`] is caused by the content of the row, and not by the template
/// or the database. When the record was posted, the same query found one row with columns of the right
/// types: then the row was changed since.
async fn is_of_the_row(source: &dyn EhrSource, template: &Template, error: &Error) -> bool {
	match error {
		Error::ColumnType { .. } | Error::NotOneRow { .. } => true,
		Error::Query { .. } => {
			let no_patient = template.subject_type().minimum();
			let nothing = template.handle_type().minimum();
			source.fetch(template, &no_patient.to_text(), &nothing.to_bytes()).await.is_ok()
		},
		_ => false,
	}
}
