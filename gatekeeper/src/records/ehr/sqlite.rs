use super::value::Raw;
use crate::records::{template::Statement, Error, Scalar, Template};
use sqlx::{
	error::DatabaseError,
	sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow, SqliteValueRef},
	AssertSqlSafe, ConnectOptions, Decode, Row as _, Sqlite, SqlitePool, TypeInfo, ValueRef,
};
use std::{
	path::Path,
	time::{Duration, Instant},
};

/// How many queries run at once.
const CONNECTIONS: u32 = 8;

/// How long a query waits for another that writes.
const BUSY: Duration = Duration::from_secs(2);

/// How long a query waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);

/// After how many instructions of SQLite's machine the clock is looked at.
const INSTRUCTIONS: i32 = 1_000;

pub async fn open(path: &Path) -> Result<SqlitePool, sqlx::Error> {
	let options = SqliteConnectOptions::new()
		.filename(path)
		.read_only(true)
		.pragma("query_only", "1")
		.pragma("trusted_schema", "0")
		.busy_timeout(BUSY)
		.disable_statement_logging();
	SqlitePoolOptions::new()
		.max_connections(CONNECTIONS)
		.acquire_timeout(ACQUIRE)
		.connect_with(options)
		.await
}

pub async fn ping(pool: &SqlitePool) -> Result<(), Error> {
	sqlx::query("SELECT 1 FROM sqlite_master")
		.fetch_optional(pool)
		.await
		.map(drop)
		.map_err(Error::EhrUnavailable)
}

/// Runs a statement with these values bound, for as long as the template allows.
pub async fn rows(
	pool: &SqlitePool,
	template: &Template,
	statement: &Statement,
	binds: Vec<Option<Scalar>>,
) -> Result<Vec<Vec<Raw>>, Error> {
	let timeout = Duration::from_millis(template.private().timeout_ms);
	let mut connection = pool.acquire().await.map_err(Error::EhrUnavailable)?;
	// SQLite itself stops the query: a caller who goes away would leave it running.
	let deadline = Instant::now() + timeout;
	connection
		.lock_handle()
		.await
		.map_err(Error::EhrUnavailable)?
		.set_progress_handler(INSTRUCTIONS, move || Instant::now() < deadline);

	let mut query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
	for bind in binds {
		query = match bind {
			None => query.bind(None::<i64>),
			Some(Scalar::Integer(number)) => query.bind(number),
			Some(Scalar::Text(text)) => query.bind(text),
		};
	}
	let rows = query.fetch_all(&mut *connection).await;
	if let Ok(mut handle) = connection.lock_handle().await {
		handle.remove_progress_handler();
	}
	rows.map_err(|error| fault(template, error))?
		.iter()
		.map(|row| read(row).map_err(|error| fault(template, error)))
		.collect()
}

fn read(row: &SqliteRow) -> Result<Vec<Raw>, sqlx::Error> {
	(0..row.len()).map(|column| row.try_get_raw(column).map(raw)).collect()
}

fn raw(value: SqliteValueRef<'_>) -> Raw {
	if value.is_null() {
		return Raw::Null;
	}
	let kind = value.type_info().name().to_owned();
	let decoded = match kind.as_str() {
		"INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Raw::Integer),
		"REAL" => <f64 as Decode<Sqlite>>::decode(value).map(Raw::Real),
		"TEXT" => <String as Decode<Sqlite>>::decode(value).map(Raw::Text),
		_ => Ok(Raw::Blob),
	};
	// Text that is no Unicode is a fault of its row, and of no other. A message of the decoder could
	// hold the value.
	decoded.unwrap_or(Raw::Blob)
}

fn fault(template: &Template, error: sqlx::Error) -> Error {
	/// The primary result codes of SQLite that say that it was interrupted, or is busy, locked, out
	/// of memory, broken, full, or cannot be opened or read.
	const INTERRUPTED: i32 = 9;
	const UNAVAILABLE: [i32; 8] = [5, 6, 7, 10, 11, 13, 14, 26];

	let code = error
		.as_database_error()
		.and_then(DatabaseError::code)
		.and_then(|code| code.parse::<i32>().ok())
		.map(|code| code & 0xff);
	match (code, &error) {
		(Some(INTERRUPTED), _) => Error::QueryTimeout {
			template: template.id().to_owned(),
			timeout_ms: template.private().timeout_ms,
		},
		(Some(code), _) if UNAVAILABLE.contains(&code) => Error::EhrUnavailable(error),
		(None, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => {
			Error::EhrUnavailable(error)
		},
		_ => Error::Query { template: template.id().to_owned(), source: error },
	}
}
