//! A database of the example schema, open for writing.

pub mod table;

use crate::Error;
use sqlx::{
	migrate::Migrator,
	sqlite::{SqliteConnectOptions, SqlitePoolOptions},
	AssertSqlSafe, ConnectOptions, Sqlite, SqlitePool, Transaction,
};
use std::{fs, io::ErrorKind, path::Path, time::Duration};
use table::Table;

static MIGRATIONS: Migrator = sqlx::migrate!("./schema");

/// How long a writer waits for readers.
const BUSY: Duration = Duration::from_secs(30);

/// The SQL of the schema.
pub fn schema() -> String {
	MIGRATIONS.iter().map(|migration| migration.sql.as_str()).collect::<Vec<_>>().join("\n")
}

/// The value of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
	/// NULL.
	Null,
	/// INTEGER.
	Integer(i64),
	/// REAL.
	Real(f64),
	/// TEXT.
	Text(String),
}

/// A row to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ClinicalRow {
	/// The table.
	pub table: &'static Table,
	/// The primary key: the ID of the resource.
	pub id: String,
	/// The ID of the patient to whom the row belongs; none for patients themselves.
	pub patient: Option<String>,
	/// The values of [`Table::columns`], in that order.
	pub cells: Vec<Cell>,
	/// The whole resource, as JSON.
	pub resource: String,
}

/// A database of the example schema.
#[derive(Clone, Debug)]
pub struct EhrStore {
	pool: SqlitePool,
}

impl EhrStore {
	/// Opens the database at `path`, creates it if it does not exist, and migrates it to this version
	/// of the schema. A new file is readable and writable by its owner only; the rights to an existing
	/// one stay as they are.
	pub async fn open(path: &Path) -> Result<EhrStore, Error> {
		let fault = |source| Error::Open { path: path.to_owned(), source };
		create(path).map_err(|error| fault(error.into()))?;
		let options = SqliteConnectOptions::new()
			.filename(path)
			.busy_timeout(BUSY)
			.disable_statement_logging();
		let pool = SqlitePoolOptions::new()
			.max_connections(1)
			.connect_with(options)
			.await
			.map_err(fault)?;
		MIGRATIONS
			.run(&pool)
			.await
			.map_err(|source| Error::Migrate { path: path.to_owned(), source })?;
		Ok(EhrStore { pool })
	}

	/// Whether a file with this SHA3-256 was imported.
	pub async fn was_imported(&self, content: &[u8; 32]) -> Result<bool, Error> {
		let sql = "SELECT EXISTS (SELECT 1 FROM imports WHERE content = ?1)";
		Ok(sqlx::query_scalar(sql).bind(content.as_slice()).fetch_one(&self.pool).await?)
	}

	/// Begins a batch of rows, none of which is written before [`Batch::commit`].
	pub async fn begin(&self) -> Result<Batch, Error> {
		Ok(Batch { transaction: self.pool.begin_with("BEGIN IMMEDIATE").await? })
	}

	/// Closes the database after the statements that are running.
	pub async fn close(&self) {
		self.pool.close().await;
	}
}

/// Creates an empty file that only its owner may use, unless the file exists. SQLite takes an empty
/// file for an empty database, and gives the files beside it the same rights.
fn create(path: &Path) -> std::io::Result<()> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	match options.open(path) {
		Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
		_ => Ok(()),
	}
}

/// Rows that are written together or not at all.
#[derive(Debug)]
pub struct Batch {
	transaction: Transaction<'static, Sqlite>,
}

impl Batch {
	/// Whether a patient of this ID exists, in this batch or before.
	pub async fn has_patient(&mut self, id: &str) -> Result<bool, Error> {
		let sql = "SELECT EXISTS (SELECT 1 FROM patients WHERE id = ?1)";
		Ok(sqlx::query_scalar(sql).bind(id).fetch_one(&mut *self.transaction).await?)
	}

	/// Inserts a row, or changes the row of the same ID. False if a row with the same resource exists:
	/// it is left alone.
	pub async fn put(&mut self, row: ClinicalRow) -> Result<bool, Error> {
		let mut query = sqlx::query(AssertSqlSafe(row.table.upsert())).bind(row.id);
		for cell in row.cells {
			query = match cell {
				Cell::Null => query.bind(None::<String>),
				Cell::Integer(number) => query.bind(number),
				Cell::Real(number) => query.bind(number),
				Cell::Text(text) => query.bind(text),
			};
		}
		let done = query.bind(row.resource).execute(&mut *self.transaction).await?;
		Ok(done.rows_affected() > 0)
	}

	/// Notes that a file with this SHA3-256 was imported.
	pub async fn note_import(&mut self, file: &str, content: &[u8; 32]) -> Result<(), Error> {
		sqlx::query("INSERT INTO imports (content, file) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
			.bind(content.as_slice())
			.bind(file)
			.execute(&mut *self.transaction)
			.await?;
		Ok(())
	}

	/// Writes the batch.
	pub async fn commit(self) -> Result<(), Error> {
		Ok(self.transaction.commit().await?)
	}
}
