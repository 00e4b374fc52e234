use crate::support::{Provider, LAB};
use medrec_gatekeeper::records::{
	has_patient, EhrSource, Error, Scalar, ScalarType, SqliteSource, Template, Templates,
};
use medrec_protocol::wire::ErrorCode;
use serde_json::json;
use std::time::{Duration, Instant};

const ROWS: &str = "
	INSERT INTO labs (id, patient, code, value, changed) VALUES
		(1, 'ann', 'a', 1.5, 1), (2, 'bob', 'b', 2, 2), (3, 'ann', 'c', NULL, 3),
		(4, NULL, 'd', 4, 4), (5, 'ann', 'e', 5, 4), (6, 'ann', 'f', 6, 9);
	INSERT INTO labs (id, patient, kind, code, value, changed) VALUES (7, 'ann', 'urine', 'g', 7, 10);
";

#[tokio::test]
async fn a_row_is_read_only_for_its_own_patient() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	let fetch = |subject, handle: &'static str| {
		let Provider { source, template, .. } = &provider;
		async move { source.fetch(template, subject, handle.as_bytes()).await.unwrap() }
	};
	let row = fetch("ann", "1").await.unwrap();
	assert_eq!(row.fields.unwrap(), [json!("a"), json!(1.5)]);
	assert_eq!((row.at.handle, row.at.changed), (Scalar::Integer(1), Scalar::Integer(1)));
	assert_eq!(row.local_id.as_deref(), Some("ann"));
	assert_eq!(fetch("ann", "3").await.unwrap().fields.unwrap(), [json!("c"), json!(null)]);
	for (subject, handle) in [
		("bob", "1"),
		("ann", "7"),
		("ann", "99"),
		("ann", "1 OR 1=1"),
		("ann' OR '1'='1", "1"),
		("", "4"),
	] {
		assert!(fetch(subject, handle).await.is_none(), "{subject} {handle}");
	}
}

#[tokio::test]
async fn pages_follow_the_changed_column_without_gaps() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	let Provider { source, template, .. } = &provider;
	let mut at = provider.start();
	let mut found = Vec::new();
	loop {
		let page = source.changed_since(template, &at).await.unwrap();
		assert!(page.rows.len() <= 3);
		found.extend(page.rows.into_iter().map(|row| (row.local_id, row.at.handle)));
		at = page.next;
		if !page.more {
			break;
		}
	}
	let of = |subject: Option<&str>, handle| (subject.map(str::to_owned), Scalar::Integer(handle));
	let expected = [
		of(Some("ann"), 1),
		of(Some("bob"), 2),
		of(Some("ann"), 3),
		of(None, 4),
		of(Some("ann"), 5),
		of(Some("ann"), 6),
	];
	assert_eq!(found, expected);
	assert_eq!(source.last(template).await.unwrap(), at);
	let empty = source.changed_since(template, &at).await.unwrap();
	assert!(empty.rows.is_empty() && !empty.more && empty.next == at);

	let own = source.current(template, "ann", &provider.start()).await.unwrap();
	let handles: Vec<_> = own.rows.iter().map(|row| row.at.handle.clone()).collect();
	assert_eq!(handles, [1, 3, 5].map(Scalar::Integer));
	assert!(own.more);
	let rest = source.current(template, "ann", &own.next).await.unwrap();
	assert_eq!(rest.rows.len(), 1);
	assert!(!rest.more);
}

#[tokio::test]
async fn an_empty_database_has_no_last_row() {
	let provider = Provider::new().await;
	let last = provider.source.last(&provider.template).await.unwrap();
	assert_eq!(last, provider.start());
	provider.source.check(&provider.template).await.unwrap();
	provider.source.ping().await.unwrap();
}

#[tokio::test]
async fn reading_changes_no_database_and_creates_none() {
	let provider = Provider::new().await;
	let before = std::fs::metadata(provider.ehr_path()).unwrap().modified().unwrap();
	provider.source.check(&provider.template).await.unwrap();
	assert_eq!(std::fs::metadata(provider.ehr_path()).unwrap().modified().unwrap(), before);
	let missing = provider.folder.path().join("missing.sqlite");
	let error = SqliteSource::open(&missing).await.unwrap_err();
	assert!(matches!(&error, Error::Open { path, .. } if *path == missing));
	assert!(!missing.exists());
}

#[tokio::test]
async fn values_of_another_type_are_named_by_their_field() {
	let provider = Provider::new().await;
	provider.sql("INSERT INTO labs VALUES (1, 'ann', 'blood', 'a', 'secret text', 1)").await;
	let Provider { source, template, .. } = &provider;
	let error = source.fetch(template, "ann", b"1").await.unwrap().unwrap().fields.unwrap_err();
	assert!(matches!(&error, Error::FieldType { field, .. } if field == "value"));
	assert!(!error.to_string().contains("secret"));
	let page = source.changed_since(template, &provider.start()).await.unwrap();
	assert!(matches!(&page.rows[0].fields, Err(Error::FieldType { .. })));
}

#[tokio::test]
async fn text_that_is_not_utf8_is_an_error_of_its_row_alone() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	provider.sql("UPDATE labs SET code = CAST(x'ff' AS TEXT) WHERE id = 1").await;
	let Provider { source, template, .. } = &provider;
	let row = source.fetch(template, "ann", b"1").await.unwrap().unwrap();
	assert!(matches!(&row.fields, Err(Error::FieldType { field, .. }) if field == "code"));
	let page = source.changed_since(template, &provider.start()).await.unwrap();
	let good: Vec<_> = page.rows.iter().map(|row| row.fields.is_ok()).collect();
	assert_eq!(good, [false, true, true]);
}

/// The handles of all rows after the start, page by page, with whether each could be read.
async fn walk(provider: &Provider, subject: Option<&str>) -> Vec<(Scalar, bool)> {
	let Provider { source, template, .. } = provider;
	let mut at = provider.start();
	let mut found = Vec::new();
	for _ in 0..10 {
		let page = match subject {
			Some(subject) => source.current(template, subject, &at).await.unwrap(),
			None => source.changed_since(template, &at).await.unwrap(),
		};
		let rows = page.rows.into_iter();
		found.extend(rows.map(|row| (row.at.handle, row.fields.is_ok())));
		at = page.next;
		if !page.more {
			return found;
		}
	}
	panic!("the pages do not end");
}

fn readable(found: &[(Scalar, bool)]) -> Vec<Scalar> {
	found.iter().filter(|(_, good)| *good).map(|(handle, _)| handle.clone()).collect()
}

#[tokio::test]
async fn a_row_whose_subject_cannot_be_read_belongs_to_nobody_and_delays_no_other() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	provider.sql("UPDATE labs SET patient = x'00' WHERE id = 2").await;
	let page = provider.source.changed_since(&provider.template, &provider.start()).await.unwrap();
	let [first, second, third] = page.rows.as_slice() else { panic!("it is a whole page") };
	assert!(first.fields.is_ok() && third.fields.is_ok());
	assert_eq!(second.local_id, None);
	assert!(matches!(second.fields, Err(Error::ColumnType { column: "subject", .. })));
	assert_eq!(readable(&walk(&provider, None).await), [1, 3, 4, 5, 6].map(Scalar::Integer));
}

#[tokio::test]
async fn a_row_whose_position_cannot_be_read_delays_no_other() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	provider
		.sql(
			"INSERT INTO labs (id, patient, code, value, changed) VALUES
				(20, 'eve', 'x', 1, 3.5), (21, 'ann', 'y', 1, 'now');",
		)
		.await;
	assert_eq!(readable(&walk(&provider, None).await), [1, 2, 3, 4, 5, 6].map(Scalar::Integer));
	assert_eq!(readable(&walk(&provider, Some("ann")).await), [1, 3, 5, 6].map(Scalar::Integer));
	let Provider { source, template, .. } = &provider;
	// The position of the last row cannot be read, so all rows are read.
	assert_eq!(source.last(template).await.unwrap(), provider.start());
	let mut behind = provider.start();
	behind.changed = Scalar::Integer(9);
	behind.handle = Scalar::Integer(6);
	let page = source.changed_since(template, &behind).await.unwrap();
	let [row] = page.rows.as_slice() else { panic!("one row is left") };
	assert_eq!(row.local_id.as_deref(), Some("ann"));
	assert!(matches!(row.fields, Err(Error::ColumnType { column: "changed", .. })));
	assert_eq!((&row.at, &page.next, page.more), (&behind, &behind, false));
	source.check(template).await.unwrap();
}

#[tokio::test]
async fn a_page_of_unreadable_rows_alone_is_not_read_again_without_end() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	// More than a page, before and behind rows that can be read.
	provider
		.sql(
			"WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 110)
			INSERT INTO labs SELECT i, 'eve', 'blood', 'a', 1, 0.5 FROM n;
			WITH RECURSIVE n (i) AS (SELECT 200 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
			INSERT INTO labs SELECT i, 'eve', 'blood', 'a', 1, 'never' FROM n;",
		)
		.await;
	assert_eq!(readable(&walk(&provider, None).await), [1, 2, 3, 4, 5, 6].map(Scalar::Integer));
	assert_eq!(walk(&provider, Some("eve")).await.iter().filter(|(_, good)| *good).count(), 0);
}

#[tokio::test]
async fn a_template_that_fits_none_of_the_rows_fails_its_check() {
	for (text, column) in [
		(LAB.replace("\"changed\", type = \"integer\"", "\"changed\", type = \"text\""), "changed"),
		(LAB.replace("\"patient\", type = \"text\"", "\"patient\", type = \"integer\""), "subject"),
	] {
		let provider = Provider::with(&text).await;
		provider.source.check(&provider.template).await.unwrap();
		provider
			.sql(
				"CREATE TABLE other (id INTEGER PRIMARY KEY, patient TEXT, kind TEXT, code TEXT,
					value, changed);
				INSERT INTO other VALUES (1, 'ann', 'blood', 'a', 1, x'01');
				INSERT INTO other VALUES (2, 'bob', 'blood', 'b', 2, x'02');
				DROP TABLE labs;
				ALTER TABLE other RENAME TO labs;",
			)
			.await;
		if column == "subject" {
			provider.sql("UPDATE labs SET changed = id").await;
		}
		let error = provider.source.check(&provider.template).await.unwrap_err();
		let Error::ColumnType { column: found, .. } = error else { panic!("{error}") };
		assert_eq!(found, column);
	}
}

#[tokio::test]
async fn a_changed_column_of_another_type_is_refused() {
	let text = LAB.replace("\"changed\", type = \"integer\"", "\"changed\", type = \"text\"");
	let provider = Provider::with(&text).await;
	provider.sql("INSERT INTO labs VALUES (1, 'ann', 'blood', 'a', 1, 1)").await;
	let error = provider.source.fetch(&provider.template, "ann", b"1").await.unwrap_err();
	assert!(matches!(
		error,
		Error::ColumnType { column: "changed", expected: ScalarType::Text, .. }
	));
}

#[tokio::test]
async fn a_handle_that_is_not_unique_is_refused() {
	let text = LAB
		.replace("patient, id, changed FROM", "patient, kind AS id, changed FROM")
		.replace("\"id\", type = \"integer\"", "\"id\", type = \"text\"");
	let provider = Provider::with(&text).await;
	provider.sql(ROWS).await;
	let error = provider.source.fetch(&provider.template, "ann", b"blood").await.unwrap_err();
	assert!(matches!(error, Error::NotOneRow { .. }));
}

#[tokio::test]
async fn a_query_over_missing_tables_is_refused() {
	let provider = Provider::with(&LAB.replace("FROM labs", "FROM laboratories")).await;
	let error = provider.source.check(&provider.template).await.unwrap_err();
	assert!(matches!(error, Error::Query { .. }));
	assert_eq!(error.code(), ErrorCode::Internal);
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_stopped() {
	let text = LAB
		.replace("FROM labs", "FROM labs JOIN labs AS b ON b.id > 0 JOIN labs AS c ON c.id > 0")
		.replace(
			"SELECT code, value, patient, id, changed",
			"SELECT labs.code, labs.value, labs.patient, labs.id, labs.changed",
		)
		.replace("kind = :kind", "labs.kind = :kind AND b.code || c.code = 'never'")
		.replace("timeout_ms = 5000", "timeout_ms = 50");
	let provider = Provider::with(&text).await;
	provider
		.sql(
			"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
			INSERT INTO labs SELECT i, 'ann', 'blood', 'a', i, i FROM n",
		)
		.await;
	let begun = Instant::now();
	let error = provider.source.fetch(&provider.template, "ann", b"1").await.unwrap_err();
	assert!(matches!(error, Error::QueryTimeout { timeout_ms: 50, .. }), "{error}");
	assert_eq!(error.code(), ErrorCode::QueryTimeout);
	assert!(begun.elapsed() < Duration::from_secs(10));
	// The connection is good for the next query.
	provider.source.ping().await.unwrap();
}

#[tokio::test]
async fn a_locked_database_is_unavailable() {
	let provider = Provider::new().await;
	provider.sql(ROWS).await;
	use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions};
	let mut other =
		SqliteConnectOptions::new().filename(provider.ehr_path()).connect().await.unwrap();
	sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
	let error = provider.source.fetch(&provider.template, "ann", b"1").await.unwrap_err();
	assert!(matches!(error, Error::EhrUnavailable(_)), "{error}");
	assert_eq!(error.code(), ErrorCode::DatabaseUnavailable);
	assert!(matches!(provider.source.ping().await, Err(Error::EhrUnavailable(_))));
	sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
	provider.source.fetch(&provider.template, "ann", b"1").await.unwrap().unwrap();
}

#[tokio::test]
async fn patients_and_rows_that_only_a_collation_equates_stay_apart() {
	let text = LAB.replace("\"id\", type = \"integer\"", "\"id\", type = \"text\"");
	let provider = Provider::with(&text).await;
	provider
		.sql(
			"DROP TABLE labs;
			CREATE TABLE labs (
				id TEXT COLLATE NOCASE, patient TEXT COLLATE NOCASE, kind TEXT, code TEXT, value,
				changed INTEGER
			);
			INSERT INTO labs VALUES
				('r1', 'AB1', 'blood', 'a', 1, 1), ('r2', 'ab1', 'blood', 'b', 2, 1),
				('R2', 'ab1', 'blood', 'c', 3, 1), ('R3', 'ab1', 'blood', 'd', 4, 1);",
		)
		.await;
	let Provider { source, template, .. } = &provider;
	let code = |subject: &'static str, handle: &'static str| async move {
		let row = source.fetch(template, subject, handle.as_bytes()).await.unwrap();
		row.map(|row| row.fields.unwrap()[0].clone())
	};
	assert_eq!(code("AB1", "r1").await, Some(json!("a")));
	for (subject, handle) in [("ab1", "r1"), ("Ab1", "r1"), ("AB1", "R1"), ("ab1", "r3")] {
		assert_eq!(code(subject, handle).await, None, "{subject} {handle}");
	}
	// Two rows that are equal to the database are two rows.
	assert_eq!(code("ab1", "r2").await, Some(json!("b")));
	assert_eq!(code("ab1", "R2").await, Some(json!("c")));
	// No row is lost between pages, which have three rows.
	assert_eq!(readable(&walk(&provider, None).await).len(), 4);
	let own = readable(&walk(&provider, Some("ab1")).await);
	assert_eq!(own, ["R2", "R3", "r2"].map(|handle| Scalar::Text(handle.into())));
	assert_eq!(readable(&walk(&provider, Some("Ab1")).await), []);

	let templates = Templates::new([Template::parse(&text).unwrap()]).unwrap();
	for (local_id, exists) in [("ab1", true), ("AB1", true), ("aB1", false), ("eve", false)] {
		let found = has_patient(source.as_ref(), &templates, local_id).await.unwrap();
		assert_eq!(found, exists, "{local_id}");
	}
}

#[tokio::test]
async fn a_row_among_too_many_equal_ones_is_not_reported_as_missing() {
	let text = LAB.replace("\"id\", type = \"integer\"", "\"id\", type = \"text\"");
	let provider = Provider::with(&text).await;
	provider
		.sql(
			"DROP TABLE labs;
			CREATE TABLE labs (id TEXT COLLATE NOCASE, patient, kind, code, value, changed INTEGER);
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)
			INSERT INTO labs SELECT 'R', 'ann', 'blood', 'a', 1, i FROM n;
			INSERT INTO labs VALUES ('r', 'ann', 'blood', 'b', 1, 100);",
		)
		.await;
	let error = provider.source.fetch(&provider.template, "ann", b"r").await.unwrap_err();
	assert!(matches!(error, Error::NotOneRow { .. }), "{error}");
}

#[tokio::test]
async fn a_number_and_its_text_are_different_patients() {
	let provider = Provider::new().await;
	provider
		.sql(
			"DROP TABLE labs;
			CREATE TABLE labs (id INTEGER, patient INTEGER, kind, code, value, changed INTEGER);
			INSERT INTO labs VALUES (1, 7, 'blood', 'a', 1, 1);",
		)
		.await;
	let Provider { source, template, .. } = &provider;
	for subject in ["7", "07", "7.0"] {
		assert!(source.fetch(template, subject, b"1").await.unwrap().is_none(), "{subject}");
		let page = source.current(template, subject, &provider.start()).await.unwrap();
		assert!(page.rows.is_empty(), "{subject}");
	}
}
