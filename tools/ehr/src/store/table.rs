//! The tables of the schema, and where in a FHIR resource their columns are found.

use Element::{Display, Encounter, Flag, Identifier, Number, Patient, Text, Words};

/// A table.
#[derive(Debug, PartialEq)]
pub struct Table {
	/// Its name in SQL.
	pub name: &'static str,
	/// The FHIR type of its resources.
	pub resource: &'static str,
	/// The JSON pointer of the reference to the patient; none for patients themselves.
	pub subject: Option<&'static str>,
	/// Its columns between `id` and `resource`.
	pub columns: &'static [Column],
}

/// Where the value of a column is found in a resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Element {
	/// The text at this JSON pointer.
	Text(&'static str),
	/// The display of the concept at this JSON pointer, or else its text.
	Display(&'static str),
	/// The truth value at this JSON pointer.
	Flag(&'static str),
	/// The ID of the patient to whom the resource belongs.
	Patient,
	/// The ID of the encounter to which the resource refers.
	Encounter,
	/// The medical record number of a Patient, or else its first identifier.
	Identifier,
	/// The numeric value of an Observation.
	Number,
	/// The value of an Observation that is not numeric.
	Words,
}

/// A column and its place in the resource.
type Column = (&'static str, Element);

const fn table(
	name: &'static str,
	resource: &'static str,
	subject: Option<&'static str>,
	columns: &'static [Column],
) -> Table {
	Table { name, resource, subject, columns }
}

const PATIENTS: &[Column] = &[
	("identifier", Identifier),
	("family", Text("/name/0/family")),
	("given", Text("/name/0/given/0")),
	("gender", Text("/gender")),
	("birthDate", Text("/birthDate")),
	("deceasedDateTime", Text("/deceasedDateTime")),
];

const ENCOUNTERS: &[Column] = &[
	("patient", Patient),
	("status", Text("/status")),
	("class", Text("/class/code")),
	("system", Text("/type/0/coding/0/system")),
	("code", Text("/type/0/coding/0/code")),
	("display", Display("/type/0")),
	("periodStart", Text("/period/start")),
	("periodEnd", Text("/period/end")),
	("reasonCode", Text("/reasonCode/0/coding/0/code")),
	("reasonDisplay", Display("/reasonCode/0")),
];

const CONDITIONS: &[Column] = &[
	("patient", Patient),
	("encounter", Encounter),
	("clinicalStatus", Text("/clinicalStatus/coding/0/code")),
	("verificationStatus", Text("/verificationStatus/coding/0/code")),
	("system", Text("/code/coding/0/system")),
	("code", Text("/code/coding/0/code")),
	("display", Display("/code")),
	("onsetDateTime", Text("/onsetDateTime")),
	("abatementDateTime", Text("/abatementDateTime")),
	("recordedDate", Text("/recordedDate")),
];

const OBSERVATIONS: &[Column] = &[
	("patient", Patient),
	("encounter", Encounter),
	("status", Text("/status")),
	("category", Text("/category/0/coding/0/code")),
	("system", Text("/code/coding/0/system")),
	("code", Text("/code/coding/0/code")),
	("display", Display("/code")),
	("value", Number),
	("unit", Text("/valueQuantity/unit")),
	("valueCode", Text("/valueCodeableConcept/coding/0/code")),
	("valueString", Words),
	("effectiveDateTime", Text("/effectiveDateTime")),
	("issued", Text("/issued")),
];

const MEDICATIONS: &[Column] = &[
	("patient", Patient),
	("encounter", Encounter),
	("status", Text("/status")),
	("intent", Text("/intent")),
	("system", Text("/medicationCodeableConcept/coding/0/system")),
	("code", Text("/medicationCodeableConcept/coding/0/code")),
	("display", Display("/medicationCodeableConcept")),
	("authoredOn", Text("/authoredOn")),
	("dosage", Text("/dosageInstruction/0/text")),
];

const IMMUNIZATIONS: &[Column] = &[
	("patient", Patient),
	("encounter", Encounter),
	("status", Text("/status")),
	("system", Text("/vaccineCode/coding/0/system")),
	("code", Text("/vaccineCode/coding/0/code")),
	("display", Display("/vaccineCode")),
	("occurrenceDateTime", Text("/occurrenceDateTime")),
	("primarySource", Flag("/primarySource")),
];

/// All tables; that of the patients, to whom all others refer, comes first.
pub static TABLES: [Table; 6] = [
	table("patients", "Patient", None, PATIENTS),
	table("encounters", "Encounter", Some("/subject/reference"), ENCOUNTERS),
	table("conditions", "Condition", Some("/subject/reference"), CONDITIONS),
	table("observations", "Observation", Some("/subject/reference"), OBSERVATIONS),
	table("medications", "MedicationRequest", Some("/subject/reference"), MEDICATIONS),
	table("immunizations", "Immunization", Some("/patient/reference"), IMMUNIZATIONS),
];

impl Table {
	/// The table of this resource type.
	pub fn of_resource(kind: &str) -> Option<&'static Table> {
		TABLES.iter().find(|table| table.resource == kind)
	}

	/// The statement that inserts a row, or changes the row of the same ID and announces the change. A
	/// row with the same resource is left alone. Parameters: the ID, the columns, the resource.
	pub(super) fn upsert(&self) -> String {
		let name = self.name;
		let columns: Vec<&str> = self.columns.iter().map(|(column, _)| *column).collect();
		let places: Vec<String> = (1..=columns.len() + 2).map(|at| format!("?{at}")).collect();
		let updates: Vec<String> =
			columns.iter().map(|column| format!("{column} = excluded.{column}, ")).collect();
		format!(
			"INSERT INTO {name} (id, {}, resource) VALUES ({}) ON CONFLICT (id) DO UPDATE SET \
			 {}resource = excluded.resource, changed = NULL \
			 WHERE {name}.resource IS NOT excluded.resource",
			columns.join(", "),
			places.join(", "),
			updates.concat()
		)
	}
}
