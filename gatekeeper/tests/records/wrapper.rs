//! The query of a template can neither write, nor reach the rows of another patient, nor run without
//! an end, whatever its text (see `docs/adr/0014-the-database-guards-itself.md`).

use crate::support::{Provider, LAB};
use medrec_gatekeeper::records::{EhrSource, Error, Scalar, Template, TemplateError};
use std::time::{Duration, Instant};

const ROWS: &str = "
	INSERT INTO labs (id, patient, code, value, changed) VALUES
		(1, 'ann', 'a', 1, 1), (2, 'bob', 'b', 2, 2), (3, NULL, 'c', 3, 3);
";

fn with_query(sql: &str) -> Result<Template, TemplateError> {
	let old = LAB.lines().find(|line| line.starts_with("query")).unwrap();
	Template::parse(&LAB.replace(old, &format!("query = '''{sql}'''")))
}

/// The handles that a template gives for ann, by page and by each handle; or the error.
async fn handles(provider: &Provider, template: &Template) -> Result<Vec<i64>, Error> {
	let source = &provider.source;
	let page = source.current(template, "ann", &provider.start()).await?;
	let number = |handle: &Scalar| match handle {
		Scalar::Integer(number) => *number,
		Scalar::Text(text) => panic!("{text} is not a number"),
	};
	let of_page: Vec<i64> = page.rows.iter().map(|row| number(&row.at.handle)).collect();
	let mut fetched = Vec::new();
	for handle in ["1", "2", "3"] {
		let row = source.fetch(template, "ann", handle.as_bytes()).await?;
		fetched.extend(row.map(|row| number(&row.at.handle)));
	}
	assert_eq!(of_page, fetched);
	Ok(of_page)
}

/// Each of these is refused when it is loaded, or by the database, or gives ann's own row.
#[tokio::test]
async fn no_text_of_a_query_leads_to_the_row_of_another_patient() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	let select = "SELECT code, value, patient, id, changed FROM labs";
	for (sql, loads, runs) in [
		// The comment ends with its line, before the parenthesis.
		(format!("{select} WHERE kind = :kind -- all of them"), true, true),
		(format!("{select} WHERE kind = :kind /* all of them */"), true, true),
		(format!("{select} WHERE kind = :kind OR 1 = 1"), true, true),
		(format!("{select} WHERE kind = :kind UNION ALL {select} WHERE 0"), true, true),
		(format!("{select} WHERE kind = :kind ORDER BY id DESC LIMIT 9"), true, true),
		(format!("WITH t AS ({select}) SELECT * FROM t WHERE :kind = :kind"), true, true),
		(format!("{select} WHERE kind = :kind UNION {select} ORDER BY 4 LIMIT 1"), true, true),
		(
			"WITH t (code, value, patient, id, changed) AS \
			 (VALUES ('a', 1, 'ann', 1, 1), ('b', 2, 'bob', 2, 2)) SELECT * FROM t WHERE :kind <> 'x'"
				.into(),
			true,
			true,
		),
		(
			select.replace("patient,", "patient COLLATE NOCASE AS patient,")
				+ " WHERE :kind <> 'x'",
			true,
			true,
		),
		// Comments and parentheses that are open, or closed twice.
		(format!("{select} WHERE kind = :kind /* all of them"), false, false),
		(format!("{select} WHERE kind = :kind) AS t WHERE 1 = 1 --"), false, false),
		(format!("{select}) AS t, (SELECT :kind"), false, false),
		(format!("{select}) AS t WHERE :kind = :kind OR (1 = 1"), false, false),
		(format!("{select} WHERE (kind = :kind"), false, false),
		(format!("{select} WHERE kind = :kind; {select}"), false, false),
		(format!("{select} WHERE kind = :kind;"), false, false),
		// Strings of another dialect: a backslash escapes nothing in SQLite.
		(format!(r"{select} WHERE kind = :kind AND code <> '\') AS t --'"), false, false),
		(format!(r"{select} WHERE kind = :kind AND code <> '\'"), true, true),
		(format!("{select} WHERE kind = :kind AND code <> \"]) AS t --\""), true, true),
		(format!("{select} WHERE kind = :kind AND code <> $$) AS t --$$"), false, false),
		(format!("{select} WHERE kind = :kind AND code <> q'[') AS t --]'"), false, false),
		// To the parser a doubled bracket stands for one, to SQLite the first one ends the name.
		(format!("{select} WHERE kind = :kind AND code <> [x]]) AS t WHERE 1 --]"), true, false),
		// Placeholders of the wrapper, and text that only looks like one.
		(format!("{select} WHERE kind = :kind AND ?2 = ?2"), false, false),
		(format!("{select} WHERE kind = :kind AND :kind <> ':subject'"), true, true),
		(format!("{select} WHERE kind = :kind AND id = :handle"), false, false),
		// The columns of the wrapper.
		(select.replace("patient,", "'ann' AS patient, patient,") + " WHERE :kind", true, false),
		(select.replace("patient,", "") + " WHERE kind = :kind", true, false),
		(
			select.replace("patient,", "labs.patient AS \"t.patient\",") + " WHERE :kind",
			true,
			false,
		),
	] {
		let template = match with_query(&sql) {
			Ok(template) => template,
			Err(error) => {
				assert!(!loads, "{sql}: {error}");
				continue;
			},
		};
		assert!(loads, "{sql} is loaded");
		match handles(&provider, &template).await {
			Ok(found) => assert!(runs && found == [1], "{sql}: {found:?}"),
			Err(error) => assert!(!runs, "{sql}: {error}"),
		}
	}
}

#[tokio::test]
async fn a_query_that_the_parser_and_the_database_read_differently_is_not_run() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	// To the parser `N'x'` is a national string, to SQLite a name followed by a string.
	let national = with_query(
		"SELECT code, value, patient, id, changed FROM labs WHERE kind = :kind AND N'x' = 'x'",
	);
	let error = handles(&provider, &national.unwrap()).await.unwrap_err();
	assert!(matches!(error, Error::Query { .. }), "{error}");
	// Two columns of one name.
	let twice = with_query(
		"SELECT a.*, b.patient FROM labs AS a JOIN labs AS b ON a.kind = :kind AND b.id = 2",
	);
	let error = handles(&provider, &twice.unwrap()).await.unwrap_err();
	assert!(
		matches!(&error, Error::Column { column, found: 2, .. } if column == "patient"),
		"{error}"
	);
}

#[tokio::test]
async fn functions_that_load_code_or_touch_files_do_not_exist() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	let victim = provider.folder.path().join("victim");
	for function in [
		"load_extension('x')",
		&format!("writefile('{}', 'x')", victim.display()),
		"readfile('/etc/passwd')",
		"edit('x')",
		"fts3_tokenizer('x', x'00')",
	] {
		let template = with_query(&format!(
			"SELECT {function} AS code, value, patient, id, changed FROM labs WHERE kind = :kind"
		));
		let error = handles(&provider, &template.unwrap()).await.unwrap_err();
		assert!(matches!(error, Error::Query { .. }), "{function}: {error}");
	}
	assert!(!victim.exists());
}

#[tokio::test]
async fn a_view_of_the_database_reaches_no_table_that_is_unsafe_in_views() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	provider
		.sql(
			"CREATE VIEW safe AS SELECT * FROM labs;
			CREATE VIEW unsafe AS SELECT labs.* FROM labs, pragma_database_list;",
		)
		.await;
	let read = |view| {
		let select = "SELECT code, value, patient, id, changed FROM";
		let template = with_query(&format!("{select} {view} WHERE kind = :kind")).unwrap();
		let provider = &provider;
		async move { handles(provider, &template).await }
	};
	assert_eq!(read("safe").await.unwrap(), [1]);
	let error = read("unsafe").await.unwrap_err();
	assert!(matches!(error, Error::Query { .. }), "{error}");
}

#[tokio::test]
async fn a_pragma_as_a_table_changes_nothing() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	let before = std::fs::read(provider.ehr_path()).unwrap();
	for (pragma, fails) in [
		("pragma_query_only(0)", true),
		("pragma_writable_schema(1)", true),
		("pragma_journal_mode('off')", true),
		("pragma_wal_checkpoint", true),
		// It takes a value, and would write statistics.
		("pragma_optimize(0xfffe)", false),
	] {
		let template = with_query(&format!(
			"SELECT code, value, patient, id, changed FROM labs, {pragma} WHERE kind = :kind"
		));
		match handles(&provider, &template.unwrap()).await {
			Ok(rows) => assert!(!fails && rows.is_empty(), "{pragma}: {rows:?}"),
			Err(error) => assert!(matches!(error, Error::Query { .. }), "{pragma}: {error}"),
		}
	}
	assert_eq!(std::fs::read(provider.ehr_path()).unwrap(), before);
}

#[tokio::test]
async fn a_query_without_an_end_is_stopped_and_one_of_many_rows_is_cut() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
		SELECT 'a' AS code, i AS value, 'ann' AS patient, i AS id, i AS changed FROM n";
	let text = LAB.replace("timeout_ms = 5000", "timeout_ms = 100");
	let old = LAB.lines().find(|line| line.starts_with("query")).unwrap();
	let endless = text.replace(old, &format!("query = '''{numbers} WHERE :kind <> ''\n'''"));
	let endless = Template::parse(&endless).unwrap();
	let begun = Instant::now();
	let error = provider.source.changed_since(&endless, &provider.start()).await.unwrap_err();
	assert!(matches!(error, Error::QueryTimeout { timeout_ms: 100, .. }), "{error}");
	assert!(begun.elapsed() < Duration::from_secs(10));

	let many = with_query(&format!("{numbers} WHERE :kind <> '' AND i <= 100 LIMIT 100")).unwrap();
	let page = provider.source.changed_since(&many, &provider.start()).await.unwrap();
	assert_eq!((page.rows.len(), page.more), (3, true));
}
