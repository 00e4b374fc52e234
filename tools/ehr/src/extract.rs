//! From FHIR resources to rows.

use crate::store::{
	table::{Element, Table},
	Cell, ClinicalRow,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest ID of a resource, in bytes, as FHIR limits it.
const MAX_ID: usize = 64;

/// The result for a resource.
pub enum Extracted {
	/// A row to write.
	Row(ClinicalRow),
	/// The resource is left out, for this reason.
	LeftOut(&'static str),
}

/// The resource type of a resource, if it is one word of letters.
pub fn kind(resource: &Value) -> Option<String> {
	let kind = resource.get("resourceType")?.as_str()?;
	let is_word =
		(1..=64).contains(&kind.len()) && kind.chars().all(|letter| letter.is_ascii_alphabetic());
	is_word.then(|| kind.to_owned())
}

/// The resources of a bundle by their full URL, as type and ID.
pub struct References(BTreeMap<String, (String, String)>);

impl References {
	/// Collects the full URLs of `entries`.
	pub fn of(entries: &[Value]) -> References {
		let target = |entry: &Value| {
			let url = entry.get("fullUrl")?.as_str()?.to_owned();
			let resource = entry.get("resource")?;
			Some((url, (kind(resource)?, id(entry, resource)?)))
		};
		References(entries.iter().filter_map(target).collect())
	}

	/// The type and ID of the resource to which a reference leads.
	fn resolve(&self, reference: &str) -> Option<(String, String)> {
		if let Some(target) = self.0.get(reference) {
			return Some(target.clone());
		}
		let mut parts = reference.rsplit('/');
		let (id, kind) = (parts.next()?, parts.next()?);
		is_id(id).then(|| (kind.to_owned(), id.to_owned()))
	}
}

fn is_id(id: &str) -> bool {
	(1..=MAX_ID).contains(&id.len())
		&& id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// The ID of a resource: its own, or the UUID in the entry's full URL.
fn id(entry: &Value, resource: &Value) -> Option<String> {
	let own = resource.get("id").and_then(Value::as_str);
	let uuid = || entry.get("fullUrl")?.as_str()?.strip_prefix("urn:uuid:");
	own.or_else(uuid).filter(|id| is_id(id)).map(str::to_owned)
}

fn text<'a>(resource: &'a Value, path: &str) -> Option<&'a str> {
	resource.pointer(path)?.as_str()
}

/// The row of an entry's resource.
pub fn row(entry: &Value, references: &References) -> Result<Extracted, &'static str> {
	let resource = entry.get("resource").filter(|resource| resource.is_object());
	let resource = resource.ok_or("it has no resource")?;
	let kind = kind(resource).ok_or("its resource has no resourceType")?;
	let Some(table) = Table::of_resource(&kind) else {
		return Ok(Extracted::LeftOut("there is no table for this type"));
	};
	let id = id(entry, resource).ok_or("it has neither an id nor a fullUrl that is a UUID")?;
	let patient = match table.subject.map(|path| text(resource, path)) {
		None => None,
		Some(None) => return Ok(Extracted::LeftOut("it names no patient")),
		Some(Some(reference)) => match references.resolve(reference) {
			Some((kind, id)) if kind == "Patient" => Some(id),
			Some(_) => return Ok(Extracted::LeftOut("its subject is not a patient")),
			None => return Err("its patient is neither in the bundle nor in the database"),
		},
	};
	let cell = |(_, element): &(&str, Element)| {
		cell(*element, resource, patient.as_deref(), references).unwrap_or(Cell::Null)
	};
	let cells = table.columns.iter().map(cell).collect();
	Ok(Extracted::Row(ClinicalRow { table, id, patient, cells, resource: resource.to_string() }))
}

/// The value of a column; none if the resource has no such element.
fn cell(
	element: Element,
	resource: &Value,
	patient: Option<&str>,
	references: &References,
) -> Option<Cell> {
	let words = |text: &str| Cell::Text(text.to_owned());
	match element {
		Element::Text(path) => text(resource, path).map(words),
		Element::Display(path) => display(resource, path).map(words),
		Element::Flag(path) => Some(Cell::Integer(i64::from(resource.pointer(path)?.as_bool()?))),
		Element::Patient => patient.map(words),
		Element::Encounter => {
			let (kind, id) = references.resolve(text(resource, "/encounter/reference")?)?;
			(kind == "Encounter").then_some(Cell::Text(id))
		},
		Element::Identifier => {
			let identifiers = resource.get("identifier")?.as_array()?;
			let medical_record = identifiers
				.iter()
				.find(|identifier| text(identifier, "/type/coding/0/code") == Some("MR"));
			text(medical_record.or(identifiers.first())?, "/value").map(words)
		},
		Element::Number => {
			let number = resource.pointer("/valueQuantity/value");
			number.or(resource.get("valueInteger"))?.as_f64().map(Cell::Real)
		},
		Element::Words => match resource.get("valueBoolean").and_then(Value::as_bool) {
			Some(value) => Some(Cell::Text(value.to_string())),
			None => {
				let plain = ["/valueString", "/valueDateTime", "/valueTime"];
				let plain = || plain.iter().find_map(|path| text(resource, path));
				display(resource, "/valueCodeableConcept").or_else(plain).map(words)
			},
		},
	}
}

/// The display of the concept at `path`, or else its text.
fn display<'a>(resource: &'a Value, path: &str) -> Option<&'a str> {
	let coded = text(resource, &format!("{path}/coding/0/display"));
	coded.or_else(|| text(resource, &format!("{path}/text")))
}
