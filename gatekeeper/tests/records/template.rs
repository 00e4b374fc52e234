use crate::support::LAB;
use medrec_protocol::template::{part_hash, template_hash};
use medrec_gatekeeper::records::{
	template::{
		built_in, sign_templates, signature_message, signature_path, Scheme, SignatureFile, Signer,
	},
	Error, Template, TemplateError, Templates,
};
use medrec_primitives::H256;
use sp_core::{ed25519, sr25519, Pair};
use std::path::Path;

/// What is said of the template with these words of its file replaced.
fn fault(from: &str, to: &str) -> TemplateError {
	assert!(LAB.contains(from), "{from}");
	Template::parse(&LAB.replace(from, to)).unwrap_err()
}

/// What is said of the template with this query.
fn query(sql: &str) -> TemplateError {
	let old = LAB.lines().find(|line| line.starts_with("query")).unwrap();
	fault(old, &format!("query = '''{sql}'''"))
}

/// What is said of the template with these words after its query.
fn after(words: &str) -> TemplateError {
	query(&format!("SELECT code, value, id, changed FROM labs WHERE patient = :subject {words}"))
}

fn accepts(sql: &str) {
	let old = LAB.lines().find(|line| line.starts_with("query")).unwrap();
	Template::parse(&LAB.replace(old, &format!("query = '''{sql}'''"))).unwrap();
}

#[test]
fn the_hash_is_that_of_the_client() {
	let template = Template::parse(LAB).unwrap();
	assert_eq!(Some(template.private_hash()), part_hash(template.private()));
	assert_eq!(template.hash(), template_hash(template.public(), template.private_hash()));
	let other = Template::parse(&LAB.replace("row_limit = 3", "row_limit = 4")).unwrap();
	assert_ne!(other.hash(), template.hash());
}

#[test]
fn built_in_templates_are_accepted_and_differ() {
	let mut hashes = std::collections::BTreeSet::new();
	for (name, text) in built_in::FILES {
		let template = Template::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
		assert_eq!(format!("{}.toml", template.id()), *name);
		assert!(hashes.insert(template.hash()));
		assert!(hashes.insert(H256::from_low_u64_be(template.category().into())));
	}
}

#[test]
fn files_of_another_shape_are_refused() {
	use TemplateError::*;
	assert!(matches!(fault("[public]", "[public]\nsql = 1"), Syntax(_)));
	assert!(matches!(fault("[private]", "[private]\nuser = \"x\""), Syntax(_)));
	assert!(matches!(fault("dialect = \"sqlite\"", "dialect = \"oracle\""), Syntax(_)));
	assert!(matches!(fault("id = \"lab\"", "id = \"Lab\""), Id(_)));
	assert!(matches!(fault("version = 1", "version = 0"), Version));
	assert!(matches!(fault("name = \"code\"", "name = \"a b\""), FieldName(_)));
	assert!(matches!(fault("name = \"code\"", "name = \"value\""), DuplicateField(_)));
	assert!(matches!(fault("row_limit = 3", "row_limit = 0"), RowLimit { .. }));
	assert!(matches!(fault("timeout_ms = 5000", "timeout_ms = 60001"), Timeout { .. }));
	let from = "subject = { type = \"text\" }";
	let to = "subject = { type = \"text\", value = \"a\" }";
	assert!(matches!(fault(from, to), SubjectValue));
	let from = "kind = { type = \"text\", value = \"blood\" }";
	assert!(matches!(fault(from, "kind = { type = \"text\" }"), ParameterWithoutValue(_)));
	assert!(matches!(fault(from, "kind = { type = \"text\", value = 1 }"), ParameterType(_)));
	let fields = LAB.find("fields = [").unwrap()..LAB.find("[private]").unwrap();
	let none = LAB.replace(&LAB[fields], "fields = []\n");
	assert!(matches!(Template::parse(&none), Err(FieldCount { .. })));
	assert!(matches!(query(&"SELECT 1 ".repeat(1_000)), QueryTooLong { .. }));
}

#[test]
fn a_query_is_one_plain_select() {
	use TemplateError::*;
	let good = "SELECT code, value, id, changed FROM labs WHERE patient = :subject";
	assert!(matches!(query("SELECT FROM WHERE"), Sql(_)));
	for bad in [
		"".to_owned(),
		format!("{good}; {good}"),
		format!("{good}; DROP TABLE labs"),
		"DELETE FROM labs WHERE patient = :subject".into(),
		"UPDATE labs SET value = 1 WHERE patient = :subject".into(),
		format!("{good} UNION {good}"),
		"PRAGMA writable_schema = 1".into(),
		"ATTACH DATABASE 'x' AS y".into(),
	] {
		assert!(matches!(query(&bad), NotOneSelect(_) | Sql(_)), "{bad}: {}", query(&bad));
	}
	for bad in [
		format!("WITH other AS ({good}) {good}"),
		format!("{good} ORDER BY id"),
		format!("{good} LIMIT 1"),
		good.replace("SELECT", "SELECT DISTINCT"),
		format!("{good} GROUP BY code"),
		format!("{good} GROUP BY code HAVING count(*) > 1"),
		good.replace("labs", "(SELECT * FROM labs)"),
		good.replace("labs", "json_each('[]')"),
		good.replace("labs", "labs CROSS JOIN labs AS other"),
		good.replace("labs", "labs JOIN labs AS other USING (id)"),
		good.replace("labs", "labs NATURAL JOIN labs AS other"),
		good.replace("value", "abs(DISTINCT value) AS value"),
		good.replace("value", "abs(value) OVER () AS value"),
		good.replace("value", "coalesce(*) AS value"),
	] {
		assert!(matches!(query(&bad), NotPlain(_)), "{bad}: {}", query(&bad));
	}
	assert!(matches!(
		query("SELECT 1 AS code, 2 AS value, 3 AS id, 4 AS changed"),
		SubjectMissing(_)
	));
}

#[test]
fn columns_are_named_and_in_order() {
	use TemplateError::*;
	let tail = "FROM labs WHERE patient = :subject AND kind = :kind";
	assert!(matches!(query(&format!("SELECT * {tail}")), Wildcard));
	assert!(matches!(query(&format!("SELECT labs.* {tail}")), Wildcard));
	for columns in [
		"value, code, id, changed",
		"code, value, id",
		"code, value, changed, id",
		"code, value, patient, id, changed",
		"code, value + 1, id, changed",
	] {
		let fault = query(&format!("SELECT {columns} {tail}"));
		assert!(matches!(fault, Columns { .. }), "{columns}: {fault}");
	}
	accepts(&format!(
		"SELECT upper(labs.code) AS code, value + 1 AS value, labs.id, changed {tail}"
	));
}

#[test]
fn tables_of_the_database_itself_are_not_read() {
	for table in ["sqlite_master", "\"sqlite_master\"", "main.sqlite_schema", "SQLITE_TEMP_MASTER"]
	{
		let sql = format!("SELECT code, value, id, changed FROM {table} WHERE patient = :subject");
		assert!(matches!(query(&sql), TemplateError::Table(_)), "{table}: {}", query(&sql));
	}
}

#[test]
fn functions_and_expressions_are_those_on_the_list() {
	use TemplateError::*;
	for function in [
		"random()",
		"load_extension('x')",
		"readfile('x')",
		"date('now')",
		"count(*)",
		"max(value)",
		"CURRENT_TIMESTAMP",
		"sqlite_version()",
	] {
		let fault = after(&format!("AND kind = :kind AND value = {function}"));
		assert!(matches!(fault, Function { .. }), "{function}: {fault}");
	}
	for expression in [
		"value IN (SELECT 1)",
		"EXISTS (SELECT 1)",
		"value = (SELECT 1)",
		"value & 1",
		"value GLOB 'a'",
		"value = x'00'",
	] {
		let fault = after(&format!("AND kind = :kind AND {expression}"));
		assert!(matches!(fault, Expression(_)), "{expression}: {fault}");
	}
	let deep = format!("AND kind = :kind AND value = {}1", "1 + ".repeat(100));
	assert!(matches!(after(&deep), TooDeep));
	accepts(
		"SELECT CASE WHEN code IS NULL THEN 'a' ELSE substr(trim(code), 1, 3) END AS code,
			CAST(coalesce(value, -1.5) AS REAL) AS value, labs.id, changed
		FROM labs LEFT JOIN labs AS other ON other.id = labs.id
		WHERE labs.code LIKE 'a%' AND NOT (value BETWEEN 1 AND 2) AND value IN (1, 2)
			AND code IS DISTINCT FROM 'b' AND (patient = :subject) AND kind = :kind",
	);
}

#[test]
fn every_placeholder_is_declared_and_used() {
	use TemplateError::*;
	assert!(matches!(after("AND kind = :other"), Undeclared(_)));
	assert!(matches!(after("AND kind = ?"), Unnamed));
	assert!(matches!(after("AND kind = ?1"), Unnamed));
	assert!(matches!(after("AND kind = $kind"), Unnamed));
	assert!(matches!(after(""), Unused(_)));
	let undeclared = LAB.replace("subject = { type = \"text\" }", "");
	assert!(matches!(Template::parse(&undeclared), Err(Undeclared(_))));
}

#[test]
fn a_query_is_bound_to_one_patient() {
	use TemplateError::*;
	let head = "SELECT code, value, id, changed FROM labs";
	for bad in [
		"",
		"WHERE kind = :kind",
		"WHERE patient = :subject OR kind = :kind",
		"WHERE NOT (patient = :subject) AND kind = :kind",
		"WHERE patient <> :subject AND kind = :kind",
		"WHERE code = :subject AND kind = :kind",
		"WHERE patient || '' = :subject AND kind = :kind",
		"WHERE (patient = :subject OR 1 = 1) AND kind = :kind",
		"WHERE patient IN (:subject) AND kind = :kind",
	] {
		let fault = query(&format!("{head} {bad}"));
		assert!(matches!(fault, SubjectMissing(_)), "{bad}: {fault}");
	}
	for bad in [
		"WHERE patient = :subject AND kind = :kind AND code = :subject",
		"WHERE patient = :subject AND patient = :subject AND kind = :kind",
	] {
		assert!(matches!(query(&format!("{head} {bad}")), SubjectElsewhere(_)), "{bad}");
	}
	accepts(&format!("{head} WHERE kind = :kind AND :subject = patient"));
	accepts(&format!("{head} WHERE (kind = :kind AND (patient = :subject))"));
}

fn keys() -> (sr25519::Pair, ed25519::Pair) {
	(sr25519::Pair::from_seed(&[1; 32]), ed25519::Pair::from_seed(&[2; 32]))
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
	let (sr, ed) = keys();
	for signer in [
		Signer { scheme: Scheme::Sr25519, public: sr.public().0 },
		Signer { scheme: Scheme::Ed25519, public: ed.public().0 },
	] {
		let folder = tempfile::tempdir().unwrap();
		let written = built_in::install(folder.path()).unwrap();
		assert_eq!(written.len(), built_in::FILES.len());
		assert_eq!(built_in::install(folder.path()).unwrap().len(), 0);
		lab_in(folder.path());
		let signed = sign_templates(folder.path(), &signer, |message| match signer.scheme {
			Scheme::Sr25519 => sr.sign(message).0,
			Scheme::Ed25519 => ed.sign(message).0,
		})
		.unwrap();
		assert_eq!(signed.len(), built_in::FILES.len() + 1);
		let templates = Templates::load(folder.path(), &signer).unwrap();
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
	let (sr, ed) = keys();
	let signer = Signer { scheme: Scheme::Sr25519, public: sr.public().0 };
	let other = Signer { scheme: Scheme::Ed25519, public: ed.public().0 };
	let load = |signer| fault_of(Template::load(&path, signer));

	assert!(matches!(load(&signer), TemplateError::SignatureMissing(_)));
	std::fs::write(signature_path(&path), "template = 1").unwrap();
	assert!(matches!(load(&signer), TemplateError::SignatureSyntax { .. }));

	let sign = |message: &[u8]| sr.sign(message).0;
	sign_templates(folder.path(), &signer, sign).unwrap();
	assert!(Template::load(&path, &signer).is_ok());
	assert!(matches!(load(&other), TemplateError::SignedByOther { .. }));

	let mut file = SignatureFile::read(&path).unwrap();
	file.signature.0[0] ^= 1;
	std::fs::write(signature_path(&path), toml::to_string(&file).unwrap()).unwrap();
	assert!(matches!(load(&signer), TemplateError::SignatureInvalid));

	sign_templates(folder.path(), &signer, sign).unwrap();
	std::fs::write(&path, LAB.replace("row_limit = 3", "row_limit = 4")).unwrap();
	assert!(matches!(load(&signer), TemplateError::SignatureOfOther { .. }));

	// A key that signs something else than it should.
	let fault = fault_of(sign_templates(folder.path(), &signer, |_| sr.sign(b"other").0));
	assert!(matches!(fault, TemplateError::SignatureInvalid));
}

#[test]
fn nothing_is_signed_beside_a_bad_template() {
	let folder = tempfile::tempdir().unwrap();
	let path = lab_in(folder.path());
	std::fs::write(folder.path().join("worse.toml"), "id = 1").unwrap();
	let (sr, _) = keys();
	let signer = Signer { scheme: Scheme::Sr25519, public: sr.public().0 };
	let fault = fault_of(sign_templates(folder.path(), &signer, |message| sr.sign(message).0));
	assert!(matches!(fault, TemplateError::Syntax(_)));
	assert!(!signature_path(&path).exists());
}

#[test]
fn the_signed_message_is_of_its_own_kind() {
	let hash = H256::repeat_byte(3);
	assert_eq!(signature_message(&hash), [b"medrec-template-file".as_slice(), &[3; 32]].concat());
}

#[test]
fn files_and_folders_that_are_not_there_are_named() {
	let folder = tempfile::tempdir().unwrap();
	let missing = folder.path().join("missing");
	let (sr, _) = keys();
	let signer = Signer { scheme: Scheme::Sr25519, public: sr.public().0 };
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
	let unknown = templates.get(&H256::zero()).unwrap_err();
	assert!(matches!(unknown, Error::UnknownTemplate(_)));

	let same = LAB.replace("row_limit = 3", "row_limit = 4");
	let twice = Templates::new([parse(LAB), parse(&same)]).unwrap_err();
	assert!(matches!(twice, TemplateError::Duplicate { version: 1, .. }));
}
