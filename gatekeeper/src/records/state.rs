//! The gatekeeper's own database, in SQLite. It survives a restart; what must not be lost is on the
//! disk before a function returns.
//!
//! One process may open a file several times, and several gatekeepers may share one.

mod alarms;
mod anchors;
mod answers;
mod cursors;
mod genesis;
mod nonces;
mod patients;
mod posts;
mod progress;
mod receipts;

pub use answers::{QuestionHash, SavedAnswer};
pub use cursors::Watch;
pub use patients::{Link, Patient};
pub use posts::KeptRecord;
pub use progress::Progress;
pub use receipts::{NewReceipt, StoredReceipt};

use super::{error::Error, files};
use serde::{de::DeserializeOwned, Serialize};
use sqlx::{
	error::BoxDynError,
	migrate::Migrator,
	sqlite::{
		SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
		SqliteTypeInfo, SqliteValueRef,
	},
	ConnectOptions, Decode, Row, Sqlite, SqlitePool, Transaction, Type,
};
use std::{cmp::Ordering, path::Path, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/state");

/// How long a writer waits for another process.
const BUSY: Duration = Duration::from_secs(10);

/// The number of concurrent readers.
const READERS: u32 = 8;

/// The gatekeeper's own database.
#[derive(Clone, Debug)]
pub struct State {
	readers: SqlitePool,
	/// One connection, so that the writers of this process queue.
	writer: SqlitePool,
}

impl State {
	/// Opens the database at `path`, creates it if it does not exist, and migrates it to this version.
	/// A new file is readable and writable by its owner only; a file that other users may access is
	/// [`Error::Exposed`].
	pub async fn open(path: &Path) -> Result<State, Error> {
		files::create(path)?;
		State::open_existing(path).await
	}

	/// Opens the database at `path` as [`State::open`] does. A missing file is [`Error::Open`].
	pub async fn open_existing(path: &Path) -> Result<State, Error> {
		State::check_rights(path)?;
		let fault = |source| Error::Open { path: path.to_owned(), source };
		let options = SqliteConnectOptions::new()
			.filename(path)
			.journal_mode(SqliteJournalMode::Wal)
			.synchronous(SqliteSynchronous::Full)
			.pragma("secure_delete", "ON")
			.busy_timeout(BUSY)
			.disable_statement_logging();
		let writer = SqlitePoolOptions::new()
			.max_connections(1)
			.connect_with(options.clone())
			.await
			.map_err(fault)?;
		MIGRATIONS
			.run(&writer)
			.await
			.map_err(|source| Error::Migrate { path: path.to_owned(), source })?;
		let readers = SqlitePoolOptions::new()
			.max_connections(READERS)
			.connect_with(options.pragma("query_only", "1"))
			.await
			.map_err(fault)?;
		Ok(State { readers, writer })
	}

	/// Opens the database at `path` for reading, at whatever version it is. A missing file is
	/// [`Error::Open`].
	pub async fn inspect(path: &Path) -> Result<State, Error> {
		State::check_rights(path)?;
		let options = SqliteConnectOptions::new()
			.filename(path)
			.pragma("query_only", "1")
			.busy_timeout(BUSY)
			.disable_statement_logging();
		let readers = SqlitePoolOptions::new()
			.connect_with(options)
			.await
			.map_err(|source| Error::Open { path: path.to_owned(), source })?;
		Ok(State { writer: readers.clone(), readers })
	}

	/// Fails if other users may access the database at `path`. A missing file is no error. The database
	/// is not opened.
	pub fn check_rights(path: &Path) -> Result<(), Error> {
		files::refuse_exposed(path)
	}

	/// How the version of the schema compares to the one that this program writes.
	pub async fn schema(&self) -> Result<Ordering, Error> {
		let applied: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
			.fetch_one(&self.readers)
			.await?;
		Ok(applied.cmp(&MIGRATIONS.iter().map(|migration| migration.version).max()))
	}

	/// Whether the database answers.
	pub async fn ping(&self) -> Result<(), Error> {
		sqlx::query("SELECT 1 FROM nonces").fetch_optional(&self.readers).await?;
		Ok(())
	}

	/// Closes the database after the statements that are running.
	pub async fn close(&self) {
		self.readers.close().await;
		self.writer.close().await;
	}

	/// A transaction with the lock of a writer from its start.
	async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
		Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
	}
}

/// An identifier, hash or key of 32 bytes, as a column holds it.
struct Bytes<T>(T);

impl<T> Type<Sqlite> for Bytes<T> {
	fn type_info() -> SqliteTypeInfo {
		<[u8] as Type<Sqlite>>::type_info()
	}
}

impl<'r, T: From<[u8; 32]>> Decode<'r, Sqlite> for Bytes<T> {
	fn decode(value: SqliteValueRef<'r>) -> Result<Bytes<T>, BoxDynError> {
		let bytes = <&[u8] as Decode<Sqlite>>::decode(value)?;
		Ok(Bytes(<[u8; 32]>::try_from(bytes)?.into()))
	}
}

/// The identifier, hash or key in a column.
fn bytes<T: From<[u8; 32]>>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
	row.try_get(column).map(|Bytes(value)| value)
}

/// `number` as the database holds it.
fn signed(number: u64) -> i64 {
	// Times and counts stay far below the limit.
	i64::try_from(number).unwrap_or(i64::MAX)
}

fn to_json(value: &impl Serialize) -> Result<String, Error> {
	serde_json::to_string(value).map_err(|_| Error::Damaged("a position cannot be written"))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
	serde_json::from_str(text).map_err(|_| Error::Damaged("a position cannot be read"))
}
