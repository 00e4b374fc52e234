//! A database of the project's own clinical schema, as imports write it. A gatekeeper reads it
//! through [`Ehr`](super::Ehr) as any other.

mod tables;

pub use tables::Table;

use super::{files, Error};
use medrec_primitives::H256;
use sqlx::{
	migrate::Migrator,
	sqlite::{SqliteConnectOptions, SqlitePoolOptions},
	AssertSqlSafe, ConnectOptions, Sqlite, SqlitePool, Transaction,
};
use std::{collections::BTreeMap, path::Path, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/ehr");

/// How long a writer waits for readers.
const BUSY: Duration = Duration::from_secs(30);

/// The value of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
	/// Nothing.
	Null,
	/// A whole number.
	Integer(i64),
	/// A number.
	Real(f64),
	/// Text.
	Text(String),
}

/// A row to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ClinicalRow {
	/// Where.
	pub table: Table,
	/// Under which ID.
	pub id: String,
	/// The values of [`Table::columns`], in their order.
	pub cells: Vec<Cell>,
	/// The whole resource, as JSON.
	pub resource: String,
}

/// A database of the project's own clinical schema, open for writing.
#[derive(Clone, Debug)]
pub struct EhrStore {
	pool: SqlitePool,
}

impl EhrStore {
	/// Opens the database at `path`, makes it if there is none, and brings it to this version. A new
	/// one may be used by its owner alone; who may use one that is there is the provider's affair.
	pub async fn open(path: &Path) -> Result<EhrStore, Error> {
		files::create(path)?;
		let options = SqliteConnectOptions::new()
			.filename(path)
			.create_if_missing(true)
			.busy_timeout(BUSY)
			.disable_statement_logging();
		let pool = SqlitePoolOptions::new()
			.max_connections(1)
			.connect_with(options)
			.await
			.map_err(|source| Error::Open { path: path.to_owned(), source })?;
		MIGRATIONS
			.run(&pool)
			.await
			.map_err(|source| Error::Migrate { path: path.to_owned(), source })?;
		Ok(EhrStore { pool })
	}

	/// Whether a file with this SHA3-256 was imported.
	pub async fn was_imported(&self, content: &H256) -> Result<bool, Error> {
		let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM imports WHERE content = ?1")
			.bind(content.as_bytes())
			.fetch_optional(&self.pool)
			.await?;
		Ok(found.is_some())
	}

	/// The IDs of all patients, in their order.
	pub async fn patients(&self) -> Result<Vec<String>, Error> {
		Ok(sqlx::query_scalar("SELECT id FROM patients ORDER BY id").fetch_all(&self.pool).await?)
	}

	/// How many rows each table has.
	pub async fn counts(&self) -> Result<BTreeMap<&'static str, u64>, Error> {
		let mut counts = BTreeMap::new();
		for table in Table::ALL {
			let sql = format!("SELECT count(*) FROM {}", table.name());
			let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.pool).await?;
			counts.insert(table.name(), u64::try_from(count).unwrap_or_default());
		}
		Ok(counts)
	}

	/// A batch of rows, none of which is written before [`Batch::commit`].
	pub async fn begin(&self) -> Result<Batch, Error> {
		Ok(Batch { transaction: self.pool.begin_with("BEGIN IMMEDIATE").await? })
	}

	/// Closes the database when everything under way is done.
	pub async fn close(&self) {
		self.pool.close().await;
	}
}

/// Rows that are written together or not at all.
#[derive(Debug)]
pub struct Batch {
	transaction: Transaction<'static, Sqlite>,
}

impl Batch {
	/// Whether a patient of this ID is there, in this batch or before.
	pub async fn has_patient(&mut self, id: &str) -> Result<bool, Error> {
		let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM patients WHERE id = ?1")
			.bind(id)
			.fetch_optional(&mut *self.transaction)
			.await?;
		Ok(found.is_some())
	}

	/// Writes a row, or changes the one of the same ID. Whether anything was written: a row with the
	/// same resource is left alone.
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

	/// Remembers that a file with this SHA3-256 was imported.
	pub async fn note_import(&mut self, file: &str, content: &H256) -> Result<(), Error> {
		sqlx::query("INSERT INTO imports (content, file) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
			.bind(content.as_bytes())
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
