//! From the values of a row to the row of a template.

use super::{
	value::{self, Raw},
	Cursor, Page, Row,
};
use crate::records::{
	error::Error,
	scalar::{Scalar, ScalarType},
	template::Template,
};
use serde_json::Value;

/// A row whose columns were decoded.
pub struct Decoded {
	pub subject: Result<Option<Scalar>, Error>,
	/// The handle, even where the rest of the position cannot be read.
	pub handle: Option<Scalar>,
	pub at: Result<Cursor, Error>,
	pub fields: Result<Vec<Value>, Error>,
}

impl Decoded {
	/// Decodes the values of [`Template::columns`].
	pub fn new(template: &Template, mut row: Vec<Raw>) -> Decoded {
		let mut last = |column, kind| scalar(template, column, kind, row.pop());
		let changed = last("changed", template.changed_type());
		let handle = last("handle", template.handle_type());
		let subject = match row.pop() {
			None | Some(Raw::Null) => Ok(None),
			raw => scalar(template, "subject", template.subject_type(), raw).map(Some),
		};
		let fields = row
			.into_iter()
			.zip(&template.public().fields)
			.map(|(raw, spec)| {
				value::field(spec.kind, raw).ok_or_else(|| Error::FieldType {
					template: template.id().to_owned(),
					field: spec.name.clone(),
					expected: spec.kind,
				})
			})
			.collect();
		let readable = handle.as_ref().ok().cloned();
		let at = changed.and_then(|changed| Ok(Cursor { changed, handle: handle? }));
		Decoded { subject, handle: readable, at, fields }
	}

	/// Whether this is the subject of the row, byte by byte.
	pub fn is_of(&self, subject: &Scalar) -> bool {
		self.subject.as_ref().is_ok_and(|own| own.as_ref() == Some(subject))
	}
}

/// The one row of `subject` with this handle, among rows that equal it under the database's collation.
pub fn exact(
	template: &Template,
	rows: Vec<Decoded>,
	subject: &Scalar,
	handle: &Scalar,
) -> Result<Option<Row>, Error> {
	let is_it = |row: &Decoded| row.is_of(subject) && row.handle.as_ref() == Some(handle);
	let mut rows = rows.into_iter().filter(is_it);
	match (rows.next(), rows.next()) {
		(None, _) => Ok(None),
		(Some(_), Some(_)) => Err(Error::NotOneRow { template: template.id().to_owned() }),
		(Some(Decoded { at, fields, .. }), None) => {
			Ok(Some(Row { local_id: Some(subject.to_text().into_owned()), at: at?, fields }))
		},
	}
}

/// The page of these rows, which starts at `start`; of one patient's rows alone if `only` is given.
pub fn page(rows: Vec<Decoded>, start: &Cursor, limit: u32, only: Option<&Scalar>) -> Page {
	let more = rows.len() >= limit as usize;
	let mut next = start.clone();
	let mut kept = Vec::new();
	for row in rows {
		let is_asked_for = only.is_none_or(|subject| row.is_of(subject));
		let at = row.at.map(|at| next = at);
		if !is_asked_for {
			continue;
		}
		let (local_id, subject) = match row.subject {
			Ok(subject) => (subject.map(|subject| subject.to_text().into_owned()), Ok(())),
			Err(error) => (None, Err(error)),
		};
		let fields = at.and(subject).and(row.fields);
		kept.push(Row { local_id, at: next.clone(), fields });
	}
	Page { rows: kept, next, more }
}

fn scalar(
	template: &Template,
	column: &'static str,
	expected: ScalarType,
	raw: Option<Raw>,
) -> Result<Scalar, Error> {
	match (expected, raw) {
		(ScalarType::Integer, Some(Raw::Integer(number))) => Ok(Scalar::Integer(number)),
		(ScalarType::Text, Some(Raw::Text(text))) => Ok(Scalar::Text(text)),
		_ => Err(Error::ColumnType { template: template.id().to_owned(), column, expected }),
	}
}
