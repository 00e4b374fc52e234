use crate::support::LAB;
use medrec_gatekeeper::records::{
	template::{built_in, sign_templates, signature_message, signature_path, SignatureFile},
	Error, Template, TemplateError, Templates,
};
use medrec_primitives::record::TemplateHash;
use medrec_protocol::{
	keys::{Key, Scheme},
	template::{private_hash, template_hash},
};
use serde_json::json;
use std::path::Path;

/// The error of the template with these words of its file replaced.
fn fault(from: &str, to: &str) -> TemplateError {
	assert!(LAB.contains(from), "{from}");
	Template::parse(&LAB.replace(from, to)).unwrap_err()
}

/// The template with this query.
fn with_query(sql: &str) -> Result<Template, TemplateError> {
	let old = LAB.lines().find(|line| line.starts_with("query")).unwrap();
	Template::parse(&LAB.replace(old, &format!("query = '''{sql}'''")))
}

/// The error of the template with this query.
fn query(sql: &str) -> TemplateError {
	with_query(sql).map(drop).expect_err(sql)
}

const GOOD: &str = "SELECT code, value, patient, id, changed FROM labs WHERE kind = :kind";

#[test]
fn the_hash_is_that_of_the_protocol() {
	let template = Template::parse(LAB).unwrap();
	assert_eq!(Some(template.private_hash()), private_hash(template.private()));
	assert_eq!(template.hash(), template_hash(template.public(), template.private_hash()));
	let other = Template::parse(&LAB.replace("row_limit = 3", "row_limit = 4")).unwrap();
	assert_ne!(other.hash(), template.hash());
}

#[test]
fn built_in_templates_are_accepted_and_differ() {
	let mut seen = std::collections::BTreeSet::new();
	for (name, text) in built_in::FILES {
		let template = Template::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
		assert_eq!(format!("{}.toml", template.id()), *name);
		assert!(seen.insert(template.hash().to_string()));
		assert!(seen.insert(template.category().to_string()));
	}
}

#[test]
fn the_template_of_the_documentation_is_accepted() {
	let readme = include_str!("../../templates/README.md");
	let (_, rest) = readme.split_once("```toml\n").unwrap();
	let (text, _) = rest.split_once("```").unwrap();
	let template = Template::parse(text).unwrap();
	let record = [json!("Glucose"), json!(5.4), json!("2026-03-01T08:30:00Z")];
	let line = template.public().read_line(|number| record.get(usize::from(number)));
	assert_eq!(line.to_string(), "2026-03-01 · Glucose · 5.4 mmol/L");
}

#[test]
fn files_of_another_shape_are_refused() {
	use TemplateError::*;
	assert!(matches!(fault("[public]", "[public]\nsql = 1"), Syntax(_)));
	assert!(matches!(fault("[private]", "[private]\nuser = \"x\""), Syntax(_)));
	let from = "[private.source.sql]";
	assert!(matches!(fault(from, "[private.source.sql]\nuser = \"x\""), Syntax(_)));
	let both = "[private.source.fhir]\nsearch = \"Observation\"\n[private.source.sql]";
	assert!(matches!(fault(from, both), Syntax(_)));
	assert!(matches!(fault("dialect = \"sqlite\"", "dialect = \"oracle\""), Syntax(_)));
	assert!(matches!(fault("id = \"lab\"", "id = \"Lab\""), Id(_)));
	assert!(matches!(fault("version = 1", "version = 0"), Version));
	assert!(matches!(fault("title = \"Laboratory result\"\n", ""), Syntax(_)));
	assert!(matches!(fault("category_name = \"chemistry\"\n", ""), Syntax(_)));
	for (from, what) in [
		("\"Laboratory result\"", "the title"),
		("\"Code\"", "the title of a field"),
		("\"mmol/L\"", "the unit of a field"),
	] {
		for bad in ["", " Result", "a\\nb", &"x".repeat(65)] {
			let fault = fault(from, &format!("\"{bad}\""));
			assert!(matches!(&fault, Text { what: named, .. } if *named == what), "{bad}: {fault}");
		}
	}
	for bad in ["", "Laboratory", "laboratory results", &"x".repeat(65)] {
		let fault = fault("\"chemistry\"", &format!("\"{bad}\""));
		assert!(matches!(fault, CategoryName(_)), "{bad}");
	}
	assert!(matches!(fault("name = \"code\"", "name = \"a b\""), Name(_)));
	assert!(matches!(fault("name = \"code\"", "name = \"value\""), DuplicateField(_)));
	for column in ["\"patient\"", "\"id\", type", "\"changed\""] {
		let quoted = column.replacen('"', "\"t\\\"", 1);
		assert!(matches!(fault(column, &quoted), Name(_)), "{quoted}");
	}
	assert!(matches!(fault("row_limit = 3", "row_limit = 0"), Range { most: 10_000, .. }));
	assert!(matches!(fault("timeout_ms = 5000", "timeout_ms = 60001"), Range { most: 60_000, .. }));
	let from = "kind = { type = \"text\", value = \"blood\" }";
	assert!(matches!(fault(from, "kind = { type = \"text\" }"), Syntax(_)));
	assert!(matches!(fault(from, "kind = { type = \"text\", value = 1 }"), ParameterType(_)));
	let fields = LAB.find("fields = [").unwrap()..LAB.find("[private]").unwrap();
	let none = LAB.replace(&LAB[fields], "fields = []\n");
	assert!(matches!(Template::parse(&none), Err(Range { what: "the number of fields", .. })));
	assert!(matches!(query(""), Range { most: 8_192, .. }));
	assert!(matches!(query(&"SELECT 1 ".repeat(1_000)), Range { most: 8_192, .. }));
}

#[test]
fn a_line_names_fields_of_a_fitting_type() {
	let line = |line: &str| fault("{ what = [\"code\"], value = [\"value\"] }", line).to_string();
	let unknown = "`line.date` names the field \"taken\", and there is no such field";
	assert_eq!(line("{ date = [\"taken\"] }"), unknown);
	let wrong = "`line.what` names the field \"value\", whose type Number does not fit";
	assert_eq!(line("{ what = [\"value\"] }"), wrong);
	assert_eq!(line("{ unit = [\"code\"] }"), "`line.unit` needs `line.value`");
	assert!(line("{ size = [\"code\"] }").contains("unknown field `size`"));
	assert!(line("{ what = \"code\" }").contains("invalid type: string"));
}

#[test]
fn a_category_has_one_name_of_its_own() {
	let parse = |text: &str| Template::parse(text).unwrap();
	let other = LAB.replace("id = \"lab\"", "id = \"other\"");
	assert!(Templates::new([parse(LAB), parse(&other)]).is_ok());
	for (from, to, text) in [
		(
			"\"chemistry\"",
			"\"lab\"",
			"it names the category 7 \"lab\", and another file names the category 7 \"chemistry\". \
			 Give each category one name of its own",
		),
		(
			"category = 7",
			"category = 8",
			"it names the category 8 \"chemistry\", and another file names the category 7 \
			 \"chemistry\". Give each category one name of its own",
		),
	] {
		let other = other.replace(from, to);
		let fault = Templates::new([parse(LAB), parse(&other)]).unwrap_err();
		assert!(matches!(fault, TemplateError::CategoryNames { .. }));
		assert_eq!(fault.to_string(), text);

		// Nothing is signed that will not load.
		let folder = tempfile::tempdir().unwrap();
		let path = lab_in(folder.path());
		std::fs::write(folder.path().join("other.toml"), &other).unwrap();
		let key = key("//Provider", Scheme::Sr25519);
		let fault = fault_of(sign_templates(folder.path(), &key));
		assert!(matches!(fault, TemplateError::CategoryNames { .. }));
		assert!(!signature_path(&path).exists());
	}
}

#[test]
fn a_query_is_one_select() {
	use TemplateError::*;
	assert!(matches!(query("SELECT FROM WHERE"), Sql(_)));
	for bad in [
		" ".to_owned(),
		"-- nothing".into(),
		format!("{GOOD};"),
		format!("{GOOD}; {GOOD}"),
		format!("{GOOD}; DROP TABLE labs"),
		"DELETE FROM labs WHERE kind = :kind".into(),
		"UPDATE labs SET value = 1 WHERE kind = :kind".into(),
		"WITH t AS (SELECT 1) INSERT INTO labs SELECT * FROM t WHERE :kind".into(),
		"WITH t AS (DELETE FROM labs RETURNING *) SELECT * FROM t WHERE :kind".into(),
		"PRAGMA writable_schema = 1".into(),
		"ATTACH DATABASE 'x' AS y".into(),
		"VACUUM INTO 'x'".into(),
		"EXPLAIN SELECT 1".into(),
	] {
		assert!(matches!(query(&bad), NotOneQuery(_) | Sql(_)), "{bad}: {}", query(&bad));
	}
	for hidden in ["-- \\u0000", "/* \\u0000 */", "AND code <> '\\u0000'"] {
		let old = LAB.lines().find(|line| line.starts_with("query")).unwrap();
		let text = LAB.replace(old, &format!("query = \"{GOOD} {hidden}\""));
		let fault = Template::parse(&text).unwrap_err();
		assert!(matches!(&fault, Sql(text) if text.contains("NUL")), "{hidden}: {fault}");
	}
	for good in [
		GOOD.to_owned(),
		format!("{GOOD} UNION ALL {GOOD}"),
		format!("WITH t AS ({GOOD}) SELECT * FROM t"),
		format!("SELECT DISTINCT * FROM ({GOOD}) AS inner_rows ORDER BY id LIMIT 10"),
		GOOD.replace("labs", "labs JOIN others USING (id)"),
		GOOD.replace("value", "max(value) OVER (PARTITION BY patient) AS value"),
	] {
		with_query(&good).unwrap_or_else(|error| panic!("{good}: {error}"));
	}
}

#[test]
fn every_placeholder_is_declared_and_used() {
	use TemplateError::*;
	assert!(matches!(query(&format!("{GOOD} AND code = :other")), Undeclared(_)));
	// The gatekeeper binds the patient around the query and not inside it.
	assert!(matches!(query(&format!("{GOOD} AND patient = :subject")), Undeclared(_)));
	for unnamed in ["?", "?1", "$kind", "@kind", ": kind", ":\"kind\""] {
		let fault = query(&format!("{GOOD} AND code = {unnamed}"));
		assert!(matches!(fault, Unnamed | Sql(_)), "{unnamed}: {fault}");
	}
	assert!(matches!(query(&GOOD.replace(":kind", "':kind' -- :kind")), Unused(_)));
}

const FHIR: &str = r#"
[private.source.fhir]
search = "Observation?category=laboratory&status=final"
subject = "patient"
fields = { code = "/code/coding/0/code", value = "/valueQuantity/value" }
"#;

#[test]
fn a_fhir_search_is_validated_and_not_loaded_by_this_build() {
	let head = &LAB[..LAB.find("[private.source.sql]").unwrap()];
	let parse = |fhir: &str| Template::parse(&format!("{head}{fhir}")).unwrap_err();
	let error = parse(FHIR);
	assert!(matches!(error, TemplateError::NoFhirSource));
	assert!(error.to_string().contains("this build has no FHIR source"));
	for (from, to) in [
		("Observation?", "observation?"),
		("Observation?", "?"),
		("=final", "="),
		("=final", "=a b"),
		("status=", "sta tus="),
		("status=", "patient="),
		("status=", "_lastUpdated="),
		("\"patient\"", "\"\""),
		("/code/coding", "code/coding"),
		("code = \"/code", "other = \"/code"),
	] {
		assert!(FHIR.contains(from), "{from}");
		let error = parse(&FHIR.replace(from, to));
		assert!(matches!(error, TemplateError::Fhir(_)), "{from} {to}: {error}");
	}
}

fn key(seed: &str, scheme: Scheme) -> Key {
	Key::from_uri(seed, scheme).unwrap()
}

fn lab_in(folder: &Path) -> std::path::PathBuf {
	let path = folder.join("lab.toml");
	std::fs::write(&path, LAB).unwrap();
	path
}

fn fault_of<T: std::fmt::Debug>(result: Result<T, Error>) -> TemplateError {
	match result.unwrap_err() {
		Error::Template { fault, .. } => *fault,
		other => panic!("{other}"),
	}
}

#[test]
fn signed_templates_load_by_either_scheme() {
	for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
		let key = key("//Provider", scheme);
		let folder = tempfile::tempdir().unwrap();
		let written = built_in::install(folder.path()).unwrap();
		assert_eq!(written.len(), built_in::FILES.len());
		assert_eq!(built_in::install(folder.path()).unwrap().len(), 0);
		lab_in(folder.path());
		let signed = sign_templates(folder.path(), &key).unwrap();
		assert_eq!(signed.len(), built_in::FILES.len() + 1);
		let templates = Templates::load(folder.path(), &key.account()).unwrap();
		assert_eq!(templates.all().count(), signed.len());
		for signed in signed {
			assert_eq!(templates.named(&signed.id).unwrap().hash(), signed.hash);
			assert_eq!(templates.get(&signed.hash).unwrap().id(), signed.id);
		}
	}
}

#[test]
fn templates_without_a_good_signature_are_refused() {
	let folder = tempfile::tempdir().unwrap();
	let path = lab_in(folder.path());
	let key = key("//Provider", Scheme::Sr25519);
	let signer = key.account();
	let other = self::key("//Other", Scheme::Ed25519).account();
	let load = |signer| fault_of(Template::load(&path, signer));

	assert!(matches!(load(&signer), TemplateError::SignatureMissing(_)));
	std::fs::write(signature_path(&path), "template = 1").unwrap();
	assert!(matches!(load(&signer), TemplateError::SignatureSyntax { .. }));

	sign_templates(folder.path(), &key).unwrap();
	assert!(Template::load(&path, &signer).is_ok());
	assert!(matches!(load(&other), TemplateError::SignedByOther { .. }));

	let mut file = SignatureFile::read(&path).unwrap();
	file.signature.0[0] ^= 1;
	std::fs::write(signature_path(&path), toml::to_string(&file).unwrap()).unwrap();
	assert!(matches!(load(&signer), TemplateError::SignatureInvalid));

	sign_templates(folder.path(), &key).unwrap();
	std::fs::write(&path, LAB.replace("row_limit = 3", "row_limit = 4")).unwrap();
	assert!(matches!(load(&signer), TemplateError::SignatureOfOther { .. }));
}

#[test]
fn nothing_is_signed_beside_a_bad_template() {
	let folder = tempfile::tempdir().unwrap();
	let path = lab_in(folder.path());
	std::fs::write(folder.path().join("worse.toml"), "id = 1").unwrap();
	let key = key("//Provider", Scheme::Sr25519);
	let fault = fault_of(sign_templates(folder.path(), &key));
	assert!(matches!(fault, TemplateError::Syntax(_)));
	assert!(!signature_path(&path).exists());
}

#[test]
fn the_signed_message_begins_with_its_context() {
	let hash = TemplateHash::repeat_byte(3);
	assert_eq!(signature_message(&hash), [b"medrec-template-file".as_slice(), &[3; 32]].concat());
}

#[test]
fn missing_files_and_folders_are_named_in_the_error() {
	let folder = tempfile::tempdir().unwrap();
	let missing = folder.path().join("missing");
	let signer = key("//Provider", Scheme::Sr25519).account();
	let fault = fault_of(Template::load(&missing, &signer));
	assert!(matches!(fault, TemplateError::Read(_)));
	let error = Templates::load(&missing, &signer).unwrap_err();
	assert!(matches!(&error, Error::TemplatesFolder { path, .. } if *path == missing));
	assert!(error.to_string().contains("missing"));
}

#[test]
fn the_catalogue_keeps_earlier_versions_and_publishes_the_last() {
	let second = LAB.replace("version = 1", "version = 2");
	let parse = |text: &str| Template::parse(text).unwrap();
	let templates = Templates::new([parse(&second), parse(LAB)]).unwrap();
	assert_eq!(templates.all().count(), 2);
	assert_eq!(templates.current().count(), 1);
	assert_eq!(templates.named("lab").unwrap().public().version, 2);
	assert!(templates.get(&parse(LAB).hash()).is_ok());
	assert!(templates.named("other").is_none());
	let unknown = templates.get(&TemplateHash::default()).unwrap_err();
	assert!(matches!(unknown, Error::UnknownTemplate(_)));

	let same = LAB.replace("row_limit = 3", "row_limit = 4");
	let twice = Templates::new([parse(LAB), parse(&same)]).unwrap_err();
	assert!(matches!(twice, TemplateError::Duplicate { version: 1, .. }));
}
