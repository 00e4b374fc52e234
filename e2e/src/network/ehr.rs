//! Reads and changes of hospital A's database, as by the hospital's own software.

use anyhow::{ensure, Context, Result};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Row, SqliteConnection};
use std::{path::Path, time::Duration};

async fn open(database: &Path) -> Result<SqliteConnection> {
	let options = SqliteConnectOptions::new().filename(database);
	Ok(options.busy_timeout(Duration::from_secs(30)).connect().await?)
}

/// At most `limit` patients with laboratory results, those with the fewest observations first.
pub async fn patients(database: &Path, limit: u32) -> Result<Vec<String>> {
	let rows = sqlx::query(
		"SELECT patient FROM observations GROUP BY patient
		 HAVING max(category = 'laboratory') ORDER BY count(*), patient LIMIT ?",
	)
	.bind(limit)
	.fetch_all(&mut open(database).await?)
	.await?;
	rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Inserts a haemoglobin result of a patient; returns the ID of the row.
pub async fn insert_result(database: &Path, patient: &str, name: &str) -> Result<String> {
	let id = format!("{patient}-{name}");
	sqlx::query(
		"INSERT INTO observations (id, patient, status, category, system, code, display, value,
		 unit, effectiveDateTime, resource)
		 VALUES (?, ?, 'final', 'laboratory', 'http://loinc.org', '718-7', 'Haemoglobin', 13.5,
		 'g/dL', '2026-01-02T03:04:05Z', '{\"resourceType\":\"Observation\"}')",
	)
	.bind(&id)
	.bind(patient)
	.execute(&mut open(database).await?)
	.await
	.with_context(|| format!("cannot insert {id}"))?;
	Ok(id)
}

/// Changes the value in a row without the update that the gatekeeper would amend the record for.
pub async fn tamper(database: &Path, row: &str) -> Result<()> {
	let done = sqlx::query("UPDATE observations SET value = value + 1 WHERE id = ?")
		.bind(row)
		.execute(&mut open(database).await?)
		.await?;
	ensure!(done.rows_affected() == 1, "the row {row} does not exist");
	Ok(())
}
