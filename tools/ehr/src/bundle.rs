//! Transaction bundles.

use crate::{
	extract::{self, Extracted, References},
	source::MAX_BYTES,
	store::Batch,
	Error, Report,
};
use serde_json::Value;

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
	/// The file is larger than [`MAX_BYTES`].
	#[error("it is larger than {} MB", MAX_BYTES / 1024 / 1024)]
	TooLarge,
	/// The file is a resource of this type, which is left out and no error.
	#[error("it is a {0} and not a transaction bundle")]
	NotABundle(String),
	/// The file is not JSON from this position on.
	#[error("it is not JSON (line {line}, column {column})")]
	NotJson { line: usize, column: usize },
	/// The JSON has no resource type.
	#[error("it is not a FHIR resource: it has no resourceType")]
	NotFhir,
	/// The bundle has another type.
	#[error("it is not a transaction bundle: its type must be \"transaction\"")]
	NotTransaction,
	/// The bundle has no entries.
	#[error("the bundle has no entries")]
	NoEntries,
	/// An entry is not acceptable; they are counted from 1.
	#[error("entry {number} ({kind}): {what}")]
	Entry { number: usize, kind: String, what: &'static str },
	/// The database failed, which is no fault of the file.
	#[error(transparent)]
	Database(#[from] Error),
}

/// The entries of the transaction bundle in the text of a file.
pub fn parse(content: &[u8]) -> Result<Vec<Value>, Fault> {
	let mut value: Value = serde_json::from_slice(content)
		.map_err(|error| Fault::NotJson { line: error.line(), column: error.column() })?;
	let kind = extract::kind(&value).ok_or(Fault::NotFhir)?;
	if kind != "Bundle" {
		return Err(Fault::NotABundle(kind));
	}
	if value.get("type").and_then(Value::as_str) != Some("transaction") {
		return Err(Fault::NotTransaction);
	}
	match value.get_mut("entry").map(Value::take) {
		Some(Value::Array(entries)) if !entries.is_empty() => Ok(entries),
		_ => Err(Fault::NoEntries),
	}
}

/// Writes the resources of a bundle into a batch, and counts them in `report`.
pub async fn write(entries: &[Value], batch: &mut Batch, report: &mut Report) -> Result<(), Fault> {
	let references = References::of(entries);
	let mut rows = Vec::new();
	for (entry, number) in entries.iter().zip(1..) {
		let resource = entry.get("resource").unwrap_or(&Value::Null);
		let kind = extract::kind(resource).unwrap_or_else(|| "unknown".into());
		let fault = |what| Fault::Entry { number, kind: kind.clone(), what };
		check_request(entry).map_err(fault)?;
		match extract::row(entry, &references).map_err(fault)? {
			Extracted::Row(row) => rows.push((number, row)),
			Extracted::LeftOut(reason) => report.leave_out(kind, reason),
		}
	}
	// Patients come first, since other rows refer to them; the order of the rest stays.
	rows.sort_by_key(|(_, row)| row.patient.is_some());
	for (number, row) in rows {
		let kind = row.table.resource.to_owned();
		if let Some(patient) = &row.patient {
			if !batch.has_patient(patient).await? {
				let what = "its patient is neither in the bundle nor in the database";
				return Err(Fault::Entry { number, kind, what });
			}
		}
		let counter = match batch.put(row).await? {
			true => &mut report.written,
			false => &mut report.unchanged,
		};
		*counter.entry(kind).or_default() += 1;
	}
	report.files.imported += 1;
	Ok(())
}

fn check_request(entry: &Value) -> Result<(), &'static str> {
	match entry.pointer("/request/method").and_then(Value::as_str) {
		Some("POST" | "PUT") => Ok(()),
		Some(_) => Err("its request is neither POST nor PUT; no other request is imported"),
		None => Err("it has no request.method"),
	}
}
