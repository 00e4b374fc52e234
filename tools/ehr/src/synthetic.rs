//! Synthetic patients, for demonstrations and tests. The same seed gives the same patients, byte by
//! byte. Their names say that they are synthetic.

use crate::{
	bundle::Fault,
	import::{import_entries, progress_bar},
	EhrStore, Error, Report,
};
use serde::Serialize;
use serde_json::{json, Value};
use std::{fmt, path::Path};
use utoipa::ToSchema;

/// The largest number of patients of one run.
const MAX_PATIENTS: u32 = 100_000;

/// The year after the youngest records.
const YEAR: u64 = 2026;

const HL7: &str = "http://terminology.hl7.org/CodeSystem/";
const SNOMED: &str = "http://snomed.info/sct";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

/// Code, display, unit, and the smallest and largest value in tenths.
type Measure = (&'static str, &'static str, &'static str, u64, u64);

const LABORATORY: &[Measure] = &[
	("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 45, 95),
	("2339-0", "Glucose", "mg/dL", 650, 1_900),
	("2093-3", "Total Cholesterol", "mg/dL", 1_300, 2_800),
	("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 100, 180),
];

const VITAL_SIGNS: &[Measure] = &[
	("29463-7", "Body Weight", "kg", 450, 1_200),
	("8867-4", "Heart rate", "/min", 500, 1_100),
	("8480-6", "Systolic Blood Pressure", "mm[Hg]", 950, 1_700),
];

/// Code and display.
type Concept = (&'static str, &'static str);

const CONDITIONS: &[Concept] = &[
	("44054006", "Diabetes mellitus type 2"),
	("38341003", "Hypertension"),
	("195662009", "Acute viral pharyngitis"),
	("195967001", "Asthma"),
];

const MEDICATIONS: &[Concept] = &[
	("860975", "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet"),
	("314076", "Lisinopril 10 MG Oral Tablet"),
	("313782", "Acetaminophen 325 MG Oral Tablet"),
];

const VACCINES: &[Concept] = &[
	("140", "Influenza, seasonal, injectable, preservative free"),
	("113", "Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed"),
];

const VISITS: &[Concept] = &[
	("162673000", "General examination of patient"),
	("185349003", "Encounter for check up"),
	("50849002", "Emergency room admission"),
];

/// The patients that were made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Seeded {
	/// Their IDs.
	pub patients: Vec<String>,
	/// The rows that were written.
	pub report: Report,
}

impl fmt::Display for Seeded {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(formatter, "{}{}", self.report, self.patients.join("\n"))
	}
}

/// Writes `patients` synthetic patients with their records into the database at `database`, which is
/// created if it does not exist. `progress` shows a bar on the standard error, if that is a terminal.
/// Writing the same patients again changes nothing.
pub async fn seed(
	database: &Path,
	patients: u32,
	seed: u64,
	progress: bool,
) -> Result<Seeded, Error> {
	if !(1..=MAX_PATIENTS).contains(&patients) {
		return Err(Error::Patients { most: MAX_PATIENTS });
	}
	let store = EhrStore::open(database).await?;
	let bar = progress_bar(Some(u64::from(patients)), progress);
	let mut seeded = Seeded { patients: Vec::new(), report: Report::default() };
	for number in 1..=patients {
		let imported =
			import_entries(&store, &entries(seed, number), None, &mut seeded.report).await;
		imported.map_err(|fault| match fault {
			Fault::Database(error) => error,
			fault => unreachable!("a synthetic bundle is acceptable: {fault}"),
		})?;
		seeded.patients.push(patient_id(seed, number));
		bar.inc(1);
	}
	bar.finish_and_clear();
	store.close().await;
	Ok(seeded)
}

/// The local ID of a synthetic patient.
pub fn patient_id(seed: u64, number: u32) -> String {
	format!("synthetic-{seed}-{number:04}")
}

/// The transaction bundle of patient number `number` of those of `seed`.
pub fn bundle(seed: u64, number: u32) -> Value {
	json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries(seed, number) })
}

fn entries(seed: u64, number: u32) -> Vec<Value> {
	let mut maker = Maker {
		random: Random(seed ^ u64::from(number).wrapping_mul(0xd6e8_feb8_6659_fd93)),
		patient: patient_id(seed, number),
		encounter: None,
		entries: Vec::new(),
	};
	maker.person(number);
	let visits = 2 + maker.random.below(3);
	for visit in 0..visits {
		maker.visit(YEAR - visits + visit);
	}
	maker.entries
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine and in every version.
struct Random(u64);

impl Random {
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// A number below `bound`, which must not be 0.
	fn below(&mut self, bound: u64) -> u64 {
		self.next() % bound
	}

	fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
		&from[self.below(from.len() as u64) as usize]
	}
}

/// Makes the bundle of one patient.
struct Maker {
	random: Random,
	patient: String,
	/// The encounter to which new resources refer.
	encounter: Option<String>,
	entries: Vec<Value>,
}

impl Maker {
	/// Adds a resource of the patient and of the current encounter. Returns its ID.
	fn add(&mut self, kind: &str, mut resource: Value) -> String {
		let (patient, number) = (&self.patient, self.entries.len());
		let (id, subject) = match kind {
			"Patient" => (patient.clone(), None),
			"MedicationRequest" => (format!("{patient}-medication-{number}"), Some("subject")),
			"Immunization" => (format!("{patient}-immunization-{number}"), Some("patient")),
			_ => (format!("{patient}-{}-{number}", kind.to_lowercase()), Some("subject")),
		};
		resource["resourceType"] = kind.into();
		resource["id"] = id.as_str().into();
		if let Some(subject) = subject {
			resource[subject] = json!({ "reference": format!("Patient/{patient}") });
		}
		if let Some(encounter) = &self.encounter {
			resource["encounter"] = json!({ "reference": format!("Encounter/{encounter}") });
		}
		self.entries.push(json!({
			"fullUrl": format!("{kind}/{id}"),
			"resource": resource,
			"request": { "method": "PUT", "url": format!("{kind}/{id}") },
		}));
		id
	}

	/// A month and a day that every year has.
	fn day(&mut self) -> String {
		let (month, day) = (1 + self.random.below(12), 1 + self.random.below(28));
		format!("{month:02}-{day:02}")
	}

	fn person(&mut self, number: u32) {
		let gender = *self.random.pick(&["female", "male"]);
		let born = 1940 + self.random.below(65);
		let resource = json!({
			"identifier": [{ "type": code("v2-0203", "MR"), "value": self.patient.as_str() }],
			"name": [{
				"text": format!("Synthetic Patient {number:04}"),
				"given": ["Synthetic"],
				"family": format!("Patient {number:04}"),
			}],
			"gender": gender,
			"birthDate": format!("{born}-{}", self.day()),
		});
		self.add("Patient", resource);
	}

	fn visit(&mut self, year: u64) {
		let day = self.day();
		let hour = 8 + self.random.below(9);
		let at = format!("{year}-{day}T{hour:02}:15:00Z");
		let (reason, display) = *self.random.pick(VISITS);
		let class = if reason == "50849002" { "EMER" } else { "AMB" };
		let resource = json!({
			"status": "finished",
			"class": { "system": format!("{HL7}v3-ActCode"), "code": class },
			"type": [concept(SNOMED, reason, display)],
			"period": { "start": at, "end": format!("{year}-{day}T{hour:02}:45:00Z") },
		});
		self.encounter = None;
		self.encounter = Some(self.add("Encounter", resource));
		for (category, measures) in [("vital-signs", VITAL_SIGNS), ("laboratory", LABORATORY)] {
			for measure in measures {
				self.measure(category, measure, &at);
			}
		}
		self.care(&at);
	}

	fn measure(&mut self, category: &str, measure: &Measure, at: &str) {
		let (code, display, unit, least, largest) = *measure;
		let value = (least + self.random.below(largest - least + 1)) as f64 / 10.0;
		let system = format!("{HL7}observation-category");
		let resource = json!({
			"status": "final",
			"category": [concept(&system, category, category)],
			"code": concept("http://loinc.org", code, display),
			"effectiveDateTime": at,
			"issued": at,
			"valueQuantity": {
				"value": value,
				"unit": unit,
				"system": "http://unitsofmeasure.org",
				"code": unit,
			},
		});
		self.add("Observation", resource);
	}

	fn care(&mut self, at: &str) {
		if self.random.below(2) == 0 {
			let (condition, display) = *self.random.pick(CONDITIONS);
			let status = *self.random.pick(&["active", "resolved"]);
			let resource = json!({
				"clinicalStatus": code("condition-clinical", status),
				"verificationStatus": code("condition-ver-status", "confirmed"),
				"code": concept(SNOMED, condition, display),
				"onsetDateTime": at,
				"recordedDate": at,
			});
			self.add("Condition", resource);
		}
		if self.random.below(2) == 0 {
			let (medication, display) = *self.random.pick(MEDICATIONS);
			let resource = json!({
				"status": "active",
				"intent": "order",
				"medicationCodeableConcept": concept(RXNORM, medication, display),
				"authoredOn": at,
				"dosageInstruction": [{ "text": "Once a day" }],
			});
			self.add("MedicationRequest", resource);
		}
		let (vaccine, display) = *self.random.pick(VACCINES);
		let resource = json!({
			"status": "completed",
			"vaccineCode": concept("http://hl7.org/fhir/sid/cvx", vaccine, display),
			"occurrenceDateTime": at,
			"primarySource": true,
		});
		self.add("Immunization", resource);
	}
}

/// A concept of a code system of HL7, by its code alone.
fn code(system: &str, code: &str) -> Value {
	json!({ "coding": [{ "system": format!("{HL7}{system}"), "code": code }] })
}

fn concept(system: &str, code: &str, display: &str) -> Value {
	json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": display })
}
