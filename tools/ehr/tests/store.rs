//! The store of the example schema.

use medrec_ehr::{
	store::{table::Table, Cell, ClinicalRow},
	EhrStore, Error,
};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, SqliteConnection};
use std::{os::unix::fs::PermissionsExt, path::Path};

fn patient(id: &str, resource: &str) -> ClinicalRow {
	let table = Table::of_resource("Patient").unwrap();
	let cells = vec![Cell::Null; table.columns.len()];
	ClinicalRow { table, id: id.into(), patient: None, cells, resource: resource.into() }
}

async fn put(store: &EhrStore, row: ClinicalRow) -> bool {
	let mut batch = store.begin().await.unwrap();
	let written = batch.put(row).await.unwrap();
	batch.commit().await.unwrap();
	written
}

async fn connect(path: &Path) -> SqliteConnection {
	SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn changed(path: &Path, id: &str) -> Option<i64> {
	sqlx::query_scalar("SELECT changed FROM patients WHERE id = ?1")
		.bind(id)
		.fetch_one(&mut connect(path).await)
		.await
		.unwrap()
}

#[tokio::test]
async fn the_changed_column_grows_with_every_announced_change() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("ehr.sqlite");
	let store = EhrStore::open(&path).await.unwrap();
	assert!(put(&store, patient("a", "{}")).await);
	assert!(put(&store, patient("b", "{}")).await);
	assert_eq!(changed(&path, "a").await, Some(1));
	assert_eq!(changed(&path, "b").await, Some(2));
	// The same again is no change.
	assert!(!put(&store, patient("a", "{}")).await);
	assert_eq!(changed(&path, "a").await, Some(1));
	assert!(put(&store, patient("a", "{\"b\":1}")).await);
	assert_eq!(changed(&path, "a").await, Some(3));

	let mut other = connect(&path).await;
	for (sql, expected) in [
		("UPDATE patients SET family = 'x' WHERE id = 'b'", 2),
		("UPDATE patients SET family = 'y', changed = NULL WHERE id = 'b'", 4),
	] {
		sqlx::query(sql).execute(&mut other).await.unwrap();
		assert_eq!(changed(&path, "b").await, Some(expected), "{sql}");
	}
	let sql = "INSERT INTO patients (id, resource) VALUES ('c', '{}')";
	sqlx::query(sql).execute(&mut other).await.unwrap();
	assert_eq!(changed(&path, "c").await, Some(5));
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("ehr.sqlite");
	let store = EhrStore::open(&path).await.unwrap();
	let mut batch = store.begin().await.unwrap();
	batch.put(patient("a", "{}")).await.unwrap();
	assert!(batch.has_patient("a").await.unwrap());
	batch.note_import("file", &[0; 32]).await.unwrap();
	drop(batch);
	assert!(!store.was_imported(&[0; 32]).await.unwrap());
	let patients: i64 = sqlx::query_scalar("SELECT count(*) FROM patients")
		.fetch_one(&mut connect(&path).await)
		.await
		.unwrap();
	assert_eq!(patients, 0);

	let mut batch = store.begin().await.unwrap();
	let table = Table::of_resource("Observation").unwrap();
	let mut cells = vec![Cell::Null; table.columns.len()];
	cells[0] = Cell::Text("nobody".into());
	let orphan = ClinicalRow {
		table,
		id: "o".into(),
		patient: Some("nobody".into()),
		cells,
		resource: "{}".into(),
	};
	assert!(matches!(batch.put(orphan).await, Err(Error::Database(_))));
}

#[tokio::test]
async fn a_new_database_is_private_and_the_rights_to_an_existing_one_stay() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("ehr.sqlite");
	let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
	EhrStore::open(&path).await.unwrap().close().await;
	assert_eq!(mode(), 0o600);
	std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
	EhrStore::open(&path).await.unwrap().close().await;
	assert_eq!(mode(), 0o644);
}

#[tokio::test]
async fn a_database_of_another_schema_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("other.sqlite");
	let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
	let mut other = options.connect().await.unwrap();
	sqlx::raw_sql("CREATE TABLE patients (local_id TEXT)").execute(&mut other).await.unwrap();
	assert!(matches!(EhrStore::open(&path).await, Err(Error::Migrate { .. })));
	assert!(matches!(EhrStore::open(folder.path()).await, Err(Error::Open { .. })));
}
