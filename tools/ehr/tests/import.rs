//! Import of FHIR bundles, and synthetic patients.

use flate2::{write::GzEncoder, Compression};
use medrec_ehr::{
	import::{import, Options},
	store::table::{Table, TABLES},
	synthetic, Error, Report,
};
use serde_json::{json, Value};
use sqlx::{sqlite::SqliteConnectOptions, AssertSqlSafe, ConnectOptions, SqliteConnection};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
};
use tempfile::TempDir;

struct Hospital {
	folder: TempDir,
}

impl Hospital {
	fn new() -> Hospital {
		let folder = tempfile::tempdir().unwrap();
		std::fs::create_dir(folder.path().join("in")).unwrap();
		Hospital { folder }
	}

	fn source(&self) -> PathBuf {
		self.folder.path().join("in")
	}

	fn database(&self) -> PathBuf {
		self.folder.path().join("ehr.sqlite")
	}

	fn put(&self, name: &str, content: impl AsRef<[u8]>) {
		std::fs::write(self.source().join(name), content).unwrap();
	}

	async fn import(&self) -> Report {
		self.import_from(&self.source()).await.unwrap()
	}

	async fn import_from(&self, source: &Path) -> Result<Report, Error> {
		let options = Options { source: source.into(), database: self.database(), progress: false };
		import(&options).await
	}

	async fn connect(&self) -> SqliteConnection {
		SqliteConnectOptions::new().filename(self.database()).connect().await.unwrap()
	}

	/// The number of rows of each table, in the order of their names.
	async fn counts(&self) -> BTreeMap<&'static str, u64> {
		let mut database = self.connect().await;
		let mut counts = BTreeMap::new();
		for Table { name, .. } in &TABLES {
			let sql = AssertSqlSafe(format!("SELECT count(*) FROM {name}"));
			counts.insert(*name, sqlx::query_scalar(sql).fetch_one(&mut database).await.unwrap());
		}
		counts
	}

	/// The error for a file with this content.
	async fn fault(content: impl AsRef<[u8]>) -> String {
		let hospital = Hospital::new();
		hospital.put("bad.json", content);
		hospital.put("good.json", bundle(vec![patient("good")]));
		let report = hospital.import().await;
		assert!(!report.succeeded());
		assert_eq!((report.files.imported, report.files.failed.len()), (1, 1));
		assert_eq!(report.files.failed[0].file, "bad.json");
		let patients: Vec<String> = sqlx::query_scalar("SELECT id FROM patients")
			.fetch_all(&mut hospital.connect().await)
			.await
			.unwrap();
		assert_eq!(patients, ["good"]);
		assert!(report.to_string().contains("failed: bad.json: "));
		report.files.failed[0].error.clone()
	}
}

fn entry(resource: Value) -> Value {
	let kind = resource["resourceType"].clone();
	let url = format!("urn:uuid:{}", resource["id"].as_str().unwrap());
	json!({ "fullUrl": url, "resource": resource, "request": { "method": "POST", "url": kind } })
}

fn patient(id: &str) -> Value {
	entry(json!({
		"resourceType": "Patient",
		"id": id,
		"identifier": [
			{ "value": "first" },
			{ "type": { "coding": [{ "code": "MR" }] }, "value": "mr-7" },
		],
		"name": [{ "family": "Lovelace", "given": ["Ada"] }],
		"gender": "female",
		"birthDate": "1815-12-10",
	}))
}

fn observation(id: &str, patient: &str, rest: Value) -> Value {
	let mut resource = json!({
		"resourceType": "Observation",
		"id": id,
		"status": "final",
		"category": [{ "coding": [{ "code": "laboratory" }] }],
		"code": { "coding": [{ "system": "http://loinc.org", "code": "1-2", "display": "Sugar" }] },
		"effectiveDateTime": "2020-01-02T03:04:05Z",
	});
	if !patient.is_empty() {
		resource["subject"] = json!({ "reference": patient });
	}
	for (name, value) in rest.as_object().unwrap() {
		resource[name] = value.clone();
	}
	entry(resource)
}

fn bundle(entries: Vec<Value>) -> String {
	json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string()
}

#[tokio::test]
async fn resources_become_rows_with_their_columns_and_themselves() {
	let hospital = Hospital::new();
	let quantity = json!({ "valueQuantity": { "value": 5.5, "unit": "mmol/L" } });
	let concept = json!({ "valueCodeableConcept": { "coding": [{ "code": "x" }], "text": "Yes" } });
	let whole = observation("whole", "Patient/ada", json!({ "valueInteger": 3 }));
	let entries = vec![
		// A reference may come before what it refers to.
		observation("quantity", "urn:uuid:ada", quantity),
		patient("ada"),
		observation("concept", "Patient/ada", concept),
		observation(
			"truth",
			"http://example.org/fhir/Patient/ada",
			json!({ "valueBoolean": true }),
		),
		whole.clone(),
		entry(json!({ "resourceType": "Claim", "id": "claim", "patient": { "reference": "?" } })),
		observation("nobody", "", json!({})),
		observation("place", "Location/7", json!({})),
	];
	hospital.put("one.json", bundle(entries));
	let report = hospital.import().await;
	assert!(report.succeeded());
	assert_eq!(report.written["Observation"], 4);
	assert_eq!(report.written["Patient"], 1);
	assert_eq!(report.left_out["Claim"].count, 1);
	assert_eq!(report.left_out["Observation"].reasons["it names no patient"], 1);
	assert_eq!(report.left_out["Observation"].reasons["its subject is not a patient"], 1);
	let text = report.to_string();
	assert!(text.contains("left out: 1 Claim: there is no table for this type"), "{text}");

	let mut database = hospital.connect().await;
	type Observation = (String, Option<f64>, Option<String>, Option<String>, String);
	let rows: Vec<Observation> = sqlx::query_as(
		"SELECT id, value, unit, valueString, resource FROM observations ORDER BY changed",
	)
	.fetch_all(&mut database)
	.await
	.unwrap();
	let short: Vec<_> = rows
		.iter()
		.map(|row| (row.0.as_str(), row.1, row.2.as_deref(), row.3.as_deref()))
		.collect();
	let expected = [
		("quantity", Some(5.5), Some("mmol/L"), None),
		("concept", None, None, Some("Yes")),
		("truth", None, None, Some("true")),
		("whole", Some(3.0), None, None),
	];
	assert_eq!(short, expected);
	let resource: Value = serde_json::from_str(&rows[3].4).unwrap();
	assert_eq!(resource, whole["resource"]);
	let person: (String, String, String, String) =
		sqlx::query_as("SELECT identifier, family, given, birthDate FROM patients")
			.fetch_one(&mut database)
			.await
			.unwrap();
	let expected = ["mr-7", "Lovelace", "Ada", "1815-12-10"].map(str::to_owned);
	assert_eq!([person.0, person.1, person.2, person.3], expected);
}

#[tokio::test]
async fn an_import_that_is_run_again_skips_what_it_has() {
	let hospital = Hospital::new();
	hospital.put("a.json", bundle(vec![patient("a")]));
	assert_eq!(hospital.import().await.files.imported, 1);
	hospital.put("b.json", bundle(vec![patient("b"), patient("a")]));
	hospital.put("c.json", bundle(vec![observation("o", "Patient/a", json!({}))]));
	let report = hospital.import().await;
	assert_eq!((report.files.imported, report.files.already_imported), (2, 1));
	assert_eq!(report.written["Patient"], 1);
	assert_eq!(report.unchanged["Patient"], 1);
	let report = hospital.import().await;
	assert_eq!((report.files.imported, report.files.already_imported), (0, 3));
	// A file that was changed is imported again.
	hospital
		.put("c.json", bundle(vec![observation("o", "Patient/a", json!({ "status": "amended" }))]));
	let report = hospital.import().await;
	assert_eq!((report.files.imported, report.written["Observation"]), (1, 1));
	assert_eq!(hospital.counts().await["observations"], 1);
}

#[tokio::test]
async fn archives_are_imported_as_folders_are() {
	let hospital = Hospital::new();
	let path = hospital.folder.path().join("in.tar.gz");
	let mut archive = tar::Builder::new(GzEncoder::new(
		std::fs::File::create(&path).unwrap(),
		Compression::fast(),
	));
	for (name, content) in [
		("deep/a.json", bundle(vec![patient("a")])),
		("b.JSON", bundle(vec![patient("b")])),
		("notes.txt", "nothing".into()),
	] {
		let mut header = tar::Header::new_gnu();
		header.set_size(content.len() as u64);
		archive.append_data(&mut header, name, content.as_bytes()).unwrap();
	}
	archive.into_inner().unwrap().finish().unwrap();
	let report = hospital.import_from(&path).await.unwrap();
	assert_eq!((report.files.imported, report.written["Patient"]), (2, 2));
}

#[tokio::test]
async fn files_that_are_not_bundles_are_left_out_and_named() {
	let hospital = Hospital::new();
	hospital.put("group.json", r#"{"resourceType":"Group","name":"secret"}"#);
	hospital.put("notes.txt", "nothing");
	let report = hospital.import().await;
	assert!(report.succeeded());
	assert_eq!(report.files.left_out[0].file, "group.json");
	assert_eq!(report.files.left_out[0].reason, "it is a Group and not a transaction bundle");
	let json = serde_json::to_value(&report).unwrap();
	assert_eq!(json["files"]["left_out"][0]["file"], "group.json");
}

#[tokio::test]
async fn bad_bundles_are_named_and_nothing_of_them_is_written() {
	let two = |second: Value| bundle(vec![patient("secret"), second]);
	let without = |name: &str| {
		let mut entry = patient("other");
		entry.as_object_mut().unwrap().remove(name);
		two(entry)
	};
	let mut deleting = patient("other");
	deleting["request"]["method"] = "DELETE".into();
	let mut nameless = patient("other");
	nameless["resource"].as_object_mut().unwrap().remove("id");
	nameless["fullUrl"] = "http://example.org/secret".into();
	let mut kindless = patient("other");
	kindless["resource"]["resourceType"] = "secret words".into();
	let collection = bundle(vec![patient("secret")]).replace("transaction", "collection");
	for (content, expected) in [
		("{\"resourceType\": secret".into(), "it is not JSON (line 1, column 18)"),
		("\u{ff}secret".into(), "it is not JSON (line 1, column 1)"),
		("[\"secret\"]".into(), "it is not a FHIR resource: it has no resourceType"),
		("{\"resourceType\":\"a secret\"}".into(), "it is not a FHIR resource"),
		(collection, "it is not a transaction bundle"),
		(bundle(Vec::new()), "the bundle has no entries"),
		(two(json!(7)), "entry 2 (unknown): it has no request.method"),
		(without("request"), "entry 2 (Patient): it has no request.method"),
		(two(deleting), "entry 2 (Patient): its request is neither POST nor PUT"),
		(without("resource"), "entry 2 (unknown): it has no resource"),
		(two(kindless), "entry 2 (unknown): its resource has no resourceType"),
		(two(nameless), "entry 2 (Patient): it has neither an id nor a fullUrl"),
		(
			two(observation("o", "Patient/unknown", json!({ "valueString": "secret" }))),
			"entry 2 (Observation): its patient is neither in the bundle nor in the database",
		),
		(
			two(observation("o", "urn:uuid:unknown", json!({}))),
			"entry 2 (Observation): its patient is neither in the bundle nor in the database",
		),
	] {
		let fault = Hospital::fault(content).await;
		assert!(fault.starts_with(expected), "{fault}");
		assert!(!fault.contains("secret"), "{fault}");
	}
}

#[tokio::test]
async fn a_file_that_is_too_large_is_named_and_not_read() {
	let hospital = Hospital::new();
	hospital.put("large.json", "");
	let large = std::fs::OpenOptions::new().write(true).open(hospital.source().join("large.json"));
	large.unwrap().set_len(257 << 20).unwrap();
	let report = hospital.import().await;
	assert_eq!(report.files.failed[0].error, "it is larger than 256 MB");
}

#[tokio::test]
async fn a_source_without_bundles_is_an_error() {
	let hospital = Hospital::new();
	assert!(matches!(hospital.import_from(&hospital.source()).await, Err(Error::Empty(_))));
	let missing = hospital.folder.path().join("missing");
	assert!(matches!(hospital.import_from(&missing).await, Err(Error::Source { .. })));
	let broken = hospital.folder.path().join("broken.tar.gz");
	std::fs::write(&broken, "not an archive").unwrap();
	assert!(matches!(hospital.import_from(&broken).await, Err(Error::Source { .. })));
	hospital.put("a.json", bundle(vec![patient("a")]));
	let options =
		Options { source: hospital.source(), database: hospital.source(), progress: false };
	assert!(matches!(import(&options).await, Err(Error::Open { .. })));
}

#[tokio::test]
async fn the_same_seed_makes_the_same_patients() {
	let hospital = Hospital::new();
	let first = synthetic::seed(&hospital.database(), 15, 42, false).await.unwrap();
	assert_eq!(first.patients.len(), 15);
	assert_eq!(first.report.written["Patient"], 15);
	assert_eq!(first.report.left_out.len(), 0);
	for kind in ["Encounter", "Observation", "Condition", "MedicationRequest", "Immunization"] {
		assert!(first.report.written[kind] > 0, "{kind}");
	}
	let again = synthetic::seed(&hospital.database(), 15, 42, false).await.unwrap();
	assert_eq!(again.report.written.len(), 0);
	assert_eq!(again.report.unchanged, first.report.written);
	assert_eq!(again.patients, first.patients);
	let other = synthetic::seed(&hospital.database(), 2, 43, false).await.unwrap();
	assert_eq!(other.report.written["Patient"], 2);

	assert_eq!(synthetic::bundle(1, 2), synthetic::bundle(1, 2));
	assert_ne!(synthetic::bundle(1, 2), synthetic::bundle(1, 3));
	let name = &synthetic::bundle(1, 2)["entry"][0]["resource"]["name"][0]["text"];
	assert_eq!(name, "Synthetic Patient 0002");
	for patients in [0, 100_001] {
		let error = synthetic::seed(&hospital.database(), patients, 1, false).await.unwrap_err();
		assert!(matches!(error, Error::Patients { .. }));
	}
}

#[tokio::test]
async fn every_synthea_bundle_is_imported() {
	let data = std::env::var_os("MEDREC_TEST_DATA").map(PathBuf::from);
	let archive = data.map(|data| data.join("synthea-r4.tar.gz")).filter(|path| path.exists());
	let Some(archive) = archive else {
		eprintln!("skipped: MEDREC_TEST_DATA names no folder with synthea-r4.tar.gz");
		return;
	};
	let hospital = Hospital::new();
	let report = hospital.import_from(&archive).await.unwrap();
	assert!(report.succeeded(), "{report}");
	assert_eq!(report.files.imported + report.files.left_out.len() as u64, 103);
	let expected = [
		("conditions", 639),
		("encounters", 3_697),
		("immunizations", 1_287),
		("medications", 2_386),
		("observations", 16_315),
		("patients", 100),
	];
	assert_eq!(hospital.counts().await, expected.into());
	assert_eq!(report.left_out["Claim"].count, 6_083);
	let again = hospital.import_from(&archive).await.unwrap();
	assert_eq!((again.files.imported, again.files.already_imported), (0, 102));
}
