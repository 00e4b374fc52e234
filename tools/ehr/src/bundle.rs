use super::{
	extract::{self, Extracted, References},
	report::Counts,
	source::MAX_BYTES,
};
use crate::records::{self, store::Batch};
use serde_json::Value;

/// What is wrong with a file, one variant for each cause.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
	/// The file is too large.
	#[error("it is larger than {} MB", MAX_BYTES / 1024 / 1024)]
	TooLarge,
	/// The file is not JSON.
	#[error("it is not JSON (line {line}, column {column})")]
	NotJson {
		/// Where reading stopped.
		line: usize,
		/// Where reading stopped.
		column: usize,
	},
	/// The JSON is no FHIR resource.
	#[error("it is not a FHIR resource: it has no resourceType")]
	NotFhir,
	/// The bundle is not a transaction.
	#[error("it is not a transaction bundle: its type must be \"transaction\"")]
	NotTransaction,
	/// The bundle has no entries.
	#[error("the bundle has no entries")]
	NoEntries,
	/// An entry is not acceptable.
	#[error("entry {number} ({kind}): {what}")]
	Entry {
		/// Its number, from 1 on.
		number: usize,
		/// Its resource type, if it is one.
		kind: String,
		/// What is wrong.
		what: &'static str,
	},
	/// The database fails.
	#[error(transparent)]
	Records(#[from] records::Error),
}

/// What a file holds.
pub enum Content {
	/// A transaction bundle.
	Bundle(Vec<Value>),
	/// Another resource, of this type.
	Other(String),
}

/// Reads the text of a file.
pub fn parse(content: &[u8]) -> Result<Content, Fault> {
	let value: Value = serde_json::from_slice(content)
		.map_err(|error| Fault::NotJson { line: error.line(), column: error.column() })?;
	classify(value)
}

/// What this JSON is.
pub fn classify(mut value: Value) -> Result<Content, Fault> {
	let kind = extract::kind(&value).ok_or(Fault::NotFhir)?;
	if kind != "Bundle" {
		return Ok(Content::Other(kind));
	}
	if value.get("type").and_then(Value::as_str) != Some("transaction") {
		return Err(Fault::NotTransaction);
	}
	match value.get_mut("entry").map(Value::take) {
		Some(Value::Array(entries)) if !entries.is_empty() => Ok(Content::Bundle(entries)),
		_ => Err(Fault::NoEntries),
	}
}

/// Writes the resources of a bundle into a batch.
pub async fn write(entries: &[Value], batch: &mut Batch) -> Result<Counts, Fault> {
	let references = References::of(entries);
	let mut counts = Counts::default();
	let mut rows = Vec::new();
	for (entry, number) in entries.iter().zip(1..) {
		let resource = entry.get("resource").unwrap_or(&Value::Null);
		let kind = extract::kind(resource).unwrap_or_else(|| "unknown".into());
		let fault = |what| Fault::Entry { number, kind: kind.clone(), what };
		check_request(entry).map_err(fault)?;
		match extract::row(entry, &references).map_err(fault)? {
			Extracted::Row(row) => rows.push((number, kind, row)),
			Extracted::LeftOut(reason) => *counts.left_out.entry((kind, reason)).or_default() += 1,
		}
	}
	// Patients come first, since the others refer to them; the order within a table stays.
	rows.sort_by_key(|(_, _, row)| row.row.table.rank());
	for (number, kind, row) in rows {
		if let Some(patient) = &row.patient {
			if !batch.has_patient(patient).await? {
				let what = "its patient is neither in the bundle nor in the database";
				return Err(Fault::Entry { number, kind, what });
			}
		}
		let counter = match batch.put(row.row).await? {
			true => &mut counts.written,
			false => &mut counts.unchanged,
		};
		*counter.entry(kind).or_default() += 1;
	}
	Ok(counts)
}

fn check_request(entry: &Value) -> Result<(), &'static str> {
	match entry.pointer("/request/method").and_then(Value::as_str) {
		Some("POST" | "PUT") => Ok(()),
		Some(_) => Err("its request is neither POST nor PUT, and no other is imported"),
		None => Err("it has no request.method"),
	}
}
