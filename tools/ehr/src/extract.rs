//! From FHIR resources to rows.

use crate::records::store::{Cell, ClinicalRow, Table};
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest ID of a resource, in bytes; FHIR's is 64.
const MAX_ID: usize = 64;

/// A row, and the patient to whom it must belong.
pub struct Row {
	/// The row.
	pub row: ClinicalRow,
	/// The patient's ID; none for patients.
	pub patient: Option<String>,
}

/// What becomes of a resource.
pub enum Extracted {
	/// It is written.
	Row(Row),
	/// It is left out, for this reason.
	LeftOut(&'static str),
}

/// The resource type of a resource, if it is a word.
pub fn kind(resource: &Value) -> Option<String> {
	let kind = resource.get("resourceType")?.as_str()?;
	let is_word =
		(1..=64).contains(&kind.len()) && kind.chars().all(|letter| letter.is_ascii_alphabetic());
	is_word.then(|| kind.to_owned())
}

/// To what the references of a bundle lead.
pub struct References(BTreeMap<String, (String, String)>);

impl References {
	/// Those to the entries of a bundle, by their full URL.
	pub fn of(entries: &[Value]) -> References {
		let target = |entry: &Value| {
			let url = entry.get("fullUrl")?.as_str()?.to_owned();
			let resource = entry.get("resource")?;
			Some((url, (kind(resource)?, id(entry, resource)?)))
		};
		References(entries.iter().filter_map(target).collect())
	}

	/// The type and the ID of the resource to which a reference leads.
	fn resolve(&self, reference: &str) -> Option<(String, String)> {
		if let Some(found) = self.0.get(reference) {
			return Some(found.clone());
		}
		let mut parts = reference.rsplit('/');
		let (id, kind) = (parts.next()?, parts.next()?);
		is_id(id).then(|| (kind.to_owned(), id.to_owned()))
	}

	fn encounter(&self, resource: &Value) -> Cell {
		let target = text_of(resource, "/encounter/reference")
			.and_then(|reference| self.resolve(reference))
			.filter(|(kind, _)| kind == "Encounter");
		target.map_or(Cell::Null, |(_, id)| Cell::Text(id))
	}
}

fn is_id(id: &str) -> bool {
	(1..=MAX_ID).contains(&id.len())
		&& id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// The ID of a resource: its own, or the UUID under which the bundle holds it.
fn id(entry: &Value, resource: &Value) -> Option<String> {
	let own = resource.get("id").and_then(Value::as_str);
	let uuid = || entry.get("fullUrl")?.as_str()?.strip_prefix("urn:uuid:");
	own.or_else(uuid).filter(|id| is_id(id)).map(str::to_owned)
}

fn text_of<'a>(resource: &'a Value, path: &str) -> Option<&'a str> {
	resource.pointer(path)?.as_str()
}

fn text(resource: &Value, path: &str) -> Cell {
	text_of(resource, path).map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

/// The system, code and display of the concept at `path`.
fn coding(resource: &Value, path: &str) -> [Cell; 3] {
	let display = match text(resource, &format!("{path}/coding/0/display")) {
		Cell::Null => text(resource, &format!("{path}/text")),
		found => found,
	};
	[
		text(resource, &format!("{path}/coding/0/system")),
		text(resource, &format!("{path}/coding/0/code")),
		display,
	]
}

/// The row of an entry's resource.
pub fn row(entry: &Value, references: &References) -> Result<Extracted, &'static str> {
	let resource = entry.get("resource").filter(|resource| resource.is_object());
	let resource = resource.ok_or("it has no resource")?;
	let kind = kind(resource).ok_or("its resource has no resourceType")?;
	let (table, subject) = match kind.as_str() {
		"Patient" => (Table::Patients, None),
		"Encounter" => (Table::Encounters, Some("/subject/reference")),
		"Condition" => (Table::Conditions, Some("/subject/reference")),
		"Observation" => (Table::Observations, Some("/subject/reference")),
		"MedicationRequest" => (Table::Medications, Some("/subject/reference")),
		"Immunization" => (Table::Immunizations, Some("/patient/reference")),
		_ => return Ok(Extracted::LeftOut("there is no table for this type")),
	};
	let id = id(entry, resource).ok_or("it has neither an id nor a fullUrl that is a UUID")?;
	let patient = match subject {
		None => None,
		Some(path) => {
			let Some(reference) = text_of(resource, path) else {
				return Ok(Extracted::LeftOut("it names no patient"));
			};
			match references.resolve(reference) {
				Some((kind, id)) if kind == "Patient" => Some(id),
				Some(_) => return Ok(Extracted::LeftOut("its subject is not a patient")),
				None => return Err("its patient is neither in the bundle nor in the database"),
			}
		},
	};
	let mut cells: Vec<Cell> = patient.iter().cloned().map(Cell::Text).collect();
	cells.extend(columns(table, resource, references));
	let row = ClinicalRow { table, id, cells, resource: resource.to_string() };
	Ok(Extracted::Row(Row { row, patient }))
}

/// The values of a table's columns after that of the patient.
fn columns(table: Table, resource: &Value, references: &References) -> Vec<Cell> {
	match table {
		Table::Patients => patient(resource),
		Table::Encounters => encounter(resource),
		Table::Conditions => condition(resource, references),
		Table::Observations => observation(resource, references),
		Table::Medications => medication(resource, references),
		Table::Immunizations => immunization(resource, references),
	}
}

fn patient(resource: &Value) -> Vec<Cell> {
	// The medical record number, or whatever identifier comes first.
	let identifiers = resource.get("identifier").and_then(Value::as_array);
	let identifiers = identifiers.map(Vec::as_slice).unwrap_or_default();
	let number = identifiers
		.iter()
		.find(|identifier| text_of(identifier, "/type/coding/0/code") == Some("MR"))
		.or(identifiers.first());
	vec![
		number.map_or(Cell::Null, |identifier| text(identifier, "/value")),
		text(resource, "/name/0/family"),
		text(resource, "/name/0/given/0"),
		text(resource, "/gender"),
		text(resource, "/birthDate"),
		text(resource, "/deceasedDateTime"),
	]
}

fn encounter(resource: &Value) -> Vec<Cell> {
	let [system, code, display] = coding(resource, "/type/0");
	let [_, reason_code, reason_display] = coding(resource, "/reasonCode/0");
	vec![
		text(resource, "/status"),
		text(resource, "/class/code"),
		system,
		code,
		display,
		text(resource, "/period/start"),
		text(resource, "/period/end"),
		reason_code,
		reason_display,
	]
}

fn condition(resource: &Value, references: &References) -> Vec<Cell> {
	let [system, code, display] = coding(resource, "/code");
	vec![
		references.encounter(resource),
		text(resource, "/clinicalStatus/coding/0/code"),
		text(resource, "/verificationStatus/coding/0/code"),
		system,
		code,
		display,
		text(resource, "/onsetDateTime"),
		text(resource, "/abatementDateTime"),
		text(resource, "/recordedDate"),
	]
}

fn observation(resource: &Value, references: &References) -> Vec<Cell> {
	let [system, code, display] = coding(resource, "/code");
	let [_, value_code, value_display] = coding(resource, "/valueCodeableConcept");
	let number = resource.pointer("/valueQuantity/value").or(resource.get("valueInteger"));
	let words = match value_display {
		Cell::Null => ["/valueString", "/valueDateTime", "/valueTime"]
			.into_iter()
			.map(|path| text(resource, path))
			.find(|cell| *cell != Cell::Null)
			.unwrap_or(Cell::Null),
		found => found,
	};
	let words = match resource.get("valueBoolean").and_then(Value::as_bool) {
		Some(value) => Cell::Text(value.to_string()),
		None => words,
	};
	vec![
		references.encounter(resource),
		text(resource, "/status"),
		text(resource, "/category/0/coding/0/code"),
		system,
		code,
		display,
		number.and_then(Value::as_f64).map_or(Cell::Null, Cell::Real),
		text(resource, "/valueQuantity/unit"),
		value_code,
		words,
		text(resource, "/effectiveDateTime"),
		text(resource, "/issued"),
	]
}

fn medication(resource: &Value, references: &References) -> Vec<Cell> {
	let [system, code, display] = coding(resource, "/medicationCodeableConcept");
	vec![
		references.encounter(resource),
		text(resource, "/status"),
		text(resource, "/intent"),
		system,
		code,
		display,
		text(resource, "/authoredOn"),
		text(resource, "/dosageInstruction/0/text"),
	]
}

fn immunization(resource: &Value, references: &References) -> Vec<Cell> {
	let [system, code, display] = coding(resource, "/vaccineCode");
	let primary = resource.get("primarySource").and_then(Value::as_bool);
	vec![
		references.encounter(resource),
		text(resource, "/status"),
		system,
		code,
		display,
		text(resource, "/occurrenceDateTime"),
		primary.map_or(Cell::Null, |primary| Cell::Integer(i64::from(primary))),
	]
}
