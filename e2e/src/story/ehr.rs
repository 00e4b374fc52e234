//! What the hospital's own software does to its database, past the gatekeeper.

use anyhow::{ensure, Context, Result};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Row, SqliteConnection};
use std::{path::Path, time::Duration};

async fn open(database: &Path) -> Result<SqliteConnection> {
	Ok(SqliteConnectOptions::new()
		.filename(database)
		.busy_timeout(Duration::from_secs(30))
		.connect()
		.await?)
}

/// The patient with the fewest observations, but some.
pub async fn smallest_patient(database: &Path) -> Result<String> {
	let mut connection = open(database).await?;
	let row = sqlx::query(
		"SELECT patient FROM observations GROUP BY patient ORDER BY count(*), patient LIMIT 1",
	)
	.fetch_one(&mut connection)
	.await
	.context("the database has no observations")?;
	Ok(row.try_get(0)?)
}

/// Other patients who have laboratory results, in a fixed order.
pub async fn other_patients(database: &Path, but: &str, limit: u32) -> Result<Vec<String>> {
	let mut connection = open(database).await?;
	let rows = sqlx::query(
		"SELECT patient FROM observations WHERE patient <> ? AND category = 'laboratory'
		 GROUP BY patient ORDER BY count(*), patient LIMIT ?",
	)
	.bind(but)
	.bind(limit)
	.fetch_all(&mut connection)
	.await?;
	rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// A new laboratory result of a patient; returns the number of its row.
pub async fn insert_result(database: &Path, patient: &str, number: usize) -> Result<String> {
	insert_coded_result(database, patient, &format!("result-{number}"), "718-7").await
}

/// A new laboratory result with this code, in a row of this name.
pub async fn insert_coded_result(
	database: &Path,
	patient: &str,
	row: &str,
	code: &str,
) -> Result<String> {
	let id = format!("{patient}-{row}");
	let mut connection = open(database).await?;
	sqlx::query(
		"INSERT INTO observations (id, patient, status, category, system, code, display, value,
		 unit, effectiveDateTime, resource)
		 VALUES (?, ?, 'final', 'laboratory', 'http://loinc.org', ?, 'A synthetic result', 13.5,
		 'g/dL', '2026-01-02T03:04:05Z', '{\"resourceType\":\"Observation\"}')",
	)
	.bind(&id)
	.bind(patient)
	.bind(code)
	.execute(&mut connection)
	.await?;
	Ok(id)
}

/// Changes a value without announcing it, as somebody would who covers something up.
pub async fn tamper(database: &Path, row: &str) -> Result<()> {
	let mut connection = open(database).await?;
	let done = sqlx::query("UPDATE observations SET value = value + 1 WHERE id = ?")
		.bind(row)
		.execute(&mut connection)
		.await?;
	ensure!(done.rows_affected() == 1, "the row is not there");
	Ok(())
}
