//! What the gatekeeper itself remembers, in a SQLite database of its own. All of it survives a
//! restart, and what must not be lost is on the disk before a function returns.
//!
//! One process may hold several [`State`]s of one file, and several gatekeepers may share one.

mod answers;
mod cursors;
mod nonces;
mod patients;
mod posts;
mod progress;
mod receipts;

pub use answers::{AlarmToRaise, Anchor, SavedAnswer};
pub use cursors::Watch;
pub use patients::Patient;
pub use posts::{Draft, KeptRecord};
pub use progress::Progress;
pub use receipts::{NewReceipt, StoredReceipt};

use super::{files, Error};
use medrec_primitives::H256;
use sqlx::{
	migrate::Migrator,
	sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
	ConnectOptions, Sqlite, SqlitePool, Transaction,
};
use std::{path::Path, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/state");

/// How long a writer waits for another process.
const BUSY: Duration = Duration::from_secs(10);

/// How many readers there are at once.
const READERS: u32 = 8;

/// The gatekeeper's own database.
#[derive(Clone, Debug)]
pub struct State {
	readers: SqlitePool,
	/// One connection, so that writers of this process wait for one another in a queue.
	writer: SqlitePool,
}

impl State {
	/// Opens the database at `path`, makes it if there is none, and brings it to this version. A new
	/// one may be used by its owner alone; one that others may use is [`Error::Exposed`].
	pub async fn open(path: &Path) -> Result<State, Error> {
		files::create(path)?;
		State::check_rights(path)?;
		let fault = |source| Error::Open { path: path.to_owned(), source };
		let options = SqliteConnectOptions::new()
			.filename(path)
			.create_if_missing(true)
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

	/// Whether a database at `path`, if there is one, is its owner's alone. It is not opened.
	pub fn check_rights(path: &Path) -> Result<(), Error> {
		files::refuse_exposed(path)
	}

	/// Whether the database answers.
	pub async fn ping(&self) -> Result<(), Error> {
		sqlx::query("SELECT 1 FROM nonces").fetch_optional(&self.readers).await?;
		Ok(())
	}

	/// Closes the database when everything under way is done.
	pub async fn close(&self) {
		self.readers.close().await;
		self.writer.close().await;
	}

	/// A transaction that no other writer comes between.
	async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
		Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
	}
}

impl From<sqlx::Error> for Error {
	fn from(error: sqlx::Error) -> Error {
		Error::Database(error)
	}
}

/// The hash that was written as `bytes`.
fn hash(bytes: Vec<u8>) -> Result<H256, Error> {
	<[u8; 32]>::try_from(bytes).map(H256).map_err(|_| Error::Damaged("a hash is not 32 bytes"))
}

/// The number that was written as `number`.
fn unsigned<T: TryFrom<i64>>(number: i64) -> Result<T, Error> {
	T::try_from(number).map_err(|_| Error::Damaged("a number is out of range"))
}

/// `number` as the database holds it.
fn signed(number: u64) -> i64 {
	// Times and counts stay far below.
	i64::try_from(number).unwrap_or(i64::MAX)
}
