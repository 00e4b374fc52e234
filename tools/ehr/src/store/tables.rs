//! The tables of the project's own clinical schema.

const PATIENTS: &[&str] =
	&["identifier", "family", "given", "gender", "birthDate", "deceasedDateTime"];

const ENCOUNTERS: &[&str] = &[
	"patient",
	"status",
	"class",
	"system",
	"code",
	"display",
	"periodStart",
	"periodEnd",
	"reasonCode",
	"reasonDisplay",
];

const CONDITIONS: &[&str] = &[
	"patient",
	"encounter",
	"clinicalStatus",
	"verificationStatus",
	"system",
	"code",
	"display",
	"onsetDateTime",
	"abatementDateTime",
	"recordedDate",
];

const OBSERVATIONS: &[&str] = &[
	"patient",
	"encounter",
	"status",
	"category",
	"system",
	"code",
	"display",
	"value",
	"unit",
	"valueCode",
	"valueString",
	"effectiveDateTime",
	"issued",
];

const MEDICATIONS: &[&str] = &[
	"patient",
	"encounter",
	"status",
	"intent",
	"system",
	"code",
	"display",
	"authoredOn",
	"dosage",
];

const IMMUNIZATIONS: &[&str] = &[
	"patient",
	"encounter",
	"status",
	"system",
	"code",
	"display",
	"occurrenceDateTime",
	"primarySource",
];

/// A table.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Table {
	/// Patient.
	Patients,
	/// Encounter.
	Encounters,
	/// Condition.
	Conditions,
	/// Observation.
	Observations,
	/// MedicationRequest.
	Medications,
	/// Immunization.
	Immunizations,
}

impl Table {
	/// All tables, those first to which others refer.
	pub const ALL: [Table; 6] = [
		Table::Patients,
		Table::Encounters,
		Table::Conditions,
		Table::Observations,
		Table::Medications,
		Table::Immunizations,
	];

	/// Its place in [`Table::ALL`].
	pub fn rank(self) -> usize {
		self as usize
	}

	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Table::Patients => "patients",
			Table::Encounters => "encounters",
			Table::Conditions => "conditions",
			Table::Observations => "observations",
			Table::Medications => "medications",
			Table::Immunizations => "immunizations",
		}
	}

	/// Its columns between `id` and `resource`.
	pub fn columns(self) -> &'static [&'static str] {
		match self {
			Table::Patients => PATIENTS,
			Table::Encounters => ENCOUNTERS,
			Table::Conditions => CONDITIONS,
			Table::Observations => OBSERVATIONS,
			Table::Medications => MEDICATIONS,
			Table::Immunizations => IMMUNIZATIONS,
		}
	}

	/// The statement that inserts a row or announces that it changed. One that is there already with
	/// the same resource is left alone. It takes the id, the columns and the resource.
	pub(super) fn upsert(self) -> String {
		let name = self.name();
		let columns = self.columns();
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
