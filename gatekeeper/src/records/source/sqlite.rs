//! A SQLite database.

use super::{
	rows::{exact, page, Decoded},
	value::Raw,
	Cursor, EhrSource, Page, Row,
};
use crate::records::{
	error::Error,
	scalar::Scalar,
	template::{SqlTemplate, Template},
};
use async_trait::async_trait;
use medrec_primitives::record::TemplateHash;
use sqlx::{
	error::DatabaseError,
	sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow, SqliteValueRef},
	AssertSqlSafe, Column as _, ConnectOptions, Decode, Either, Executor, Row as _, SqlSafeStr,
	Sqlite, SqliteConnection, SqlitePool, Statement, TypeInfo, ValueRef,
};
use std::{
	collections::BTreeSet,
	path::Path,
	sync::{Mutex, PoisonError},
	time::{Duration, Instant},
};

/// The number of queries that run at once.
const CONNECTIONS: u32 = 8;

/// How long a query waits for another process that writes.
const BUSY: Duration = Duration::from_secs(2);

/// How long a query waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);

/// The number of instructions of SQLite's virtual machine between two checks of the deadline.
const INSTRUCTIONS: i32 = 1_000;

/// The number of rows that may equal one handle of one patient under the collation of the database.
const EQUAL: u32 = 64;

/// The factor by which a page grows when no position on it can be read.
const WIDER: u32 = 16;

/// The number of rows with which a template is checked.
const CHECKED: u32 = 16;

/// A SQLite database that is open for reading only.
#[derive(Debug)]
pub struct SqliteSource {
	pool: SqlitePool,
	/// The templates whose query SQLite accepted as it stands.
	accepted: Mutex<BTreeSet<TemplateHash>>,
}

impl SqliteSource {
	/// Opens the database at `path`, which must exist.
	pub async fn open(path: &Path) -> Result<SqliteSource, Error> {
		let options = SqliteConnectOptions::new()
			.filename(path)
			.read_only(true)
			.pragma("query_only", "1")
			.pragma("trusted_schema", "0")
			.busy_timeout(BUSY)
			.disable_statement_logging();
		let pool = SqlitePoolOptions::new()
			.max_connections(CONNECTIONS)
			.acquire_timeout(ACQUIRE)
			.connect_with(options)
			.await
			.map_err(|source| Error::Open { path: path.to_owned(), source })?;
		Ok(SqliteSource { pool, accepted: Mutex::default() })
	}

	/// The rows of `template` under a condition, whose placeholders stand for `binds`.
	async fn rows(
		&self,
		template: &Template,
		condition: &str,
		binds: &[&Scalar],
	) -> Result<Vec<Decoded>, Error> {
		let mut connection = self.pool.acquire().await.map_err(Error::EhrUnavailable)?;
		// SQLite stops the query itself, since a query runs on when its caller is dropped.
		let timeout = Duration::from_millis(template.private().timeout_ms);
		let deadline = Instant::now() + timeout;
		connection
			.lock_handle()
			.await
			.map_err(Error::EhrUnavailable)?
			.set_progress_handler(INSTRUCTIONS, move || Instant::now() < deadline);
		let rows = self.run(&mut connection, template, condition, binds).await;
		if let Ok(mut handle) = connection.lock_handle().await {
			handle.remove_progress_handler();
		}
		rows?
			.iter()
			.map(|row| {
				let raw = (0..row.len()).map(|column| row.try_get_raw(column).map(raw));
				let raw = raw.collect::<Result<_, _>>().map_err(|error| fault(template, error))?;
				Ok(Decoded::new(template, raw))
			})
			.collect()
	}

	async fn run(
		&self,
		connection: &mut SqliteConnection,
		template: &Template,
		condition: &str,
		binds: &[&Scalar],
	) -> Result<Vec<SqliteRow>, Error> {
		self.accept(connection, template).await?;
		let (_, text, constants) = template.query();
		let mut query = sqlx::query(AssertSqlSafe(wrap(template, text, condition)));
		for value in constants.iter().chain(binds.iter().copied()) {
			query = match value {
				Scalar::Integer(number) => query.bind(*number),
				Scalar::Text(text) => query.bind(text.clone()),
			};
		}
		query.fetch_all(connection).await.map_err(|error| fault(template, error))
	}

	/// Has SQLite parse the query of `template` as it stands. A text that SQLite accepts as a statement
	/// by itself cannot close the parentheses that are put around it.
	async fn accept(
		&self,
		connection: &mut SqliteConnection,
		template: &Template,
	) -> Result<(), Error> {
		let accepted = || self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
		if accepted().contains(&template.hash()) {
			return Ok(());
		}
		let (_, text, constants) = template.query();
		let statement = connection
			.prepare(AssertSqlSafe(text.to_owned()).into_sql_str())
			.await
			.map_err(|error| fault(template, error))?;
		if statement.parameters().and_then(Either::right) != Some(constants.len()) {
			return Err(Error::Placeholders { template: template.id().to_owned() });
		}
		for column in template.columns() {
			let columns = statement.columns().iter();
			let found = columns.filter(|other| other.name().eq_ignore_ascii_case(column)).count();
			if found != 1 {
				let (template, column) = (template.id().to_owned(), column.to_owned());
				return Err(Error::Column { template, column, found });
			}
		}
		accepted().insert(template.hash());
		Ok(())
	}

	/// The page after `after`, of at most `limit` rows; of one patient's if `only` is given.
	async fn page(
		&self,
		template: &Template,
		after: &Cursor,
		limit: u32,
		only: Option<&Scalar>,
	) -> Result<Page, Error> {
		let narrow = self.read_page(template, after, limit, only).await?;
		if !narrow.more || narrow.next != *after {
			return Ok(narrow);
		}
		// No position on this page can be read, so the next page would be this one again. Rows behind
		// more such rows than the wider page holds are read when those rows are corrected.
		let mut wide = self.read_page(template, after, limit.saturating_mul(WIDER), only).await?;
		wide.more &= wide.next != *after;
		Ok(wide)
	}

	async fn read_page(
		&self,
		template: &Template,
		after: &Cursor,
		limit: u32,
		only: Option<&Scalar>,
	) -> Result<Page, Error> {
		let [subject, handle, changed] = columns(template);
		let of_patient = only.map_or_else(String::new, |_| format!("{subject} = ? AND "));
		let sql = format!(
			"{of_patient}({changed} COLLATE BINARY, {handle} COLLATE BINARY) > (?, ?) \
			 ORDER BY {changed} COLLATE BINARY, {handle} COLLATE BINARY LIMIT {limit}"
		);
		let binds: Vec<&Scalar> = only.into_iter().chain([&after.changed, &after.handle]).collect();
		Ok(page(self.rows(template, &sql, &binds).await?, after, limit, only))
	}
}

#[async_trait]
impl EhrSource for SqliteSource {
	async fn ping(&self) -> Result<(), Error> {
		sqlx::query("SELECT 1 FROM sqlite_master")
			.fetch_optional(&self.pool)
			.await
			.map(drop)
			.map_err(Error::EhrUnavailable)
	}

	async fn check(&self, template: &Template) -> Result<(), Error> {
		let start = Cursor::start(template);
		let page = self.page(template, &start, CHECKED, None).await?;
		let is_unusable = |row: &Row| matches!(row.fields, Err(Error::ColumnType { .. }));
		if page.rows.iter().all(is_unusable) {
			page.rows.into_iter().next().map_or(Ok(()), |row| row.fields.map(drop))?;
		}
		let no_patient = template.subject_type().minimum();
		self.fetch(template, &no_patient.to_text(), &start.handle.to_bytes()).await.map(drop)
	}

	async fn fetch(
		&self,
		template: &Template,
		local_id: &str,
		handle: &[u8],
	) -> Result<Option<Row>, Error> {
		let subject = template.subject_type().read(local_id.as_bytes());
		let handle = template.handle_type().read(handle);
		let (Some(subject), Some(handle)) = (subject, handle) else { return Ok(None) };
		let [whose, which, _] = columns(template);
		let sql = format!("{whose} = ? AND {which} = ? LIMIT {EQUAL}");
		let rows = self.rows(template, &sql, &[&subject, &handle]).await?;
		if rows.len() >= EQUAL as usize {
			return Err(Error::NotOneRow { template: template.id().to_owned() });
		}
		exact(template, rows, &subject, &handle)
	}

	async fn changed_since(&self, template: &Template, after: &Cursor) -> Result<Page, Error> {
		self.page(template, after, template.private().row_limit, None).await
	}

	async fn current(
		&self,
		template: &Template,
		local_id: &str,
		after: &Cursor,
	) -> Result<Page, Error> {
		let Some(subject) = template.subject_type().read(local_id.as_bytes()) else {
			return Ok(Page { rows: Vec::new(), next: after.clone(), more: false });
		};
		self.page(template, after, template.private().row_limit, Some(&subject)).await
	}

	async fn last(&self, template: &Template) -> Result<Cursor, Error> {
		let [_, handle, changed] = columns(template);
		let sql = format!(
			"{changed} IS NOT NULL AND {handle} IS NOT NULL \
			 ORDER BY {changed} COLLATE BINARY DESC, {handle} COLLATE BINARY DESC LIMIT 1"
		);
		let rows = self.rows(template, &sql, &[]).await?;
		let last = rows.into_iter().next().and_then(|row| row.at.ok());
		Ok(last.unwrap_or_else(|| Cursor::start(template)))
	}
}

/// The query that runs: the columns that are read, of the template's own text in parentheses, under a
/// condition. The line break ends a comment at the end of the text.
fn wrap(template: &Template, text: &str, condition: &str) -> String {
	let columns: Vec<String> = template.columns().map(|name| format!("t.\"{name}\"")).collect();
	format!("SELECT {} FROM (\n{text}\n) AS t WHERE {condition}", columns.join(", "))
}

/// The columns of the subject, the handle and the changes.
fn columns(template: &Template) -> [String; 3] {
	let (SqlTemplate { subject, handle, changes, .. }, ..) = template.query();
	[subject, handle, changes].map(|column| format!("t.\"{}\"", column.column))
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
	// Text that is not UTF-8 is an error of its row alone. The decoder's message could hold the value.
	decoded.unwrap_or(Raw::Blob)
}

fn fault(template: &Template, error: sqlx::Error) -> Error {
	/// The primary result codes of SQLite for: interrupted; and busy, locked, out of memory, I/O error,
	/// corrupt, full, cannot open, not a database.
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

#[cfg(test)]
mod tests {
	use super::*;

	/// A database with one table, and a connection to it as templates have.
	async fn database() -> (tempfile::TempDir, SqliteSource) {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("ehr.sqlite");
		let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
		let mut owner = options.connect().await.unwrap();
		sqlx::raw_sql("CREATE TABLE labs (id)").execute(&mut owner).await.unwrap();
		let source = SqliteSource::open(&path).await.unwrap();
		(folder, source)
	}

	#[tokio::test]
	async fn the_connection_can_neither_write_nor_create_nor_load_code() {
		let (folder, source) = database().await;
		let other = folder.path().join("other.sqlite");
		let attach = format!("ATTACH 'file:{}?mode=rwc' AS other", other.display());
		for sql in [
			format!("VACUUM INTO '{}'", folder.path().join("copy.sqlite").display()),
			"INSERT INTO labs VALUES (1)".to_owned(),
			"CREATE TABLE other (id)".into(),
			"PRAGMA query_only = 0; INSERT INTO labs VALUES (1)".into(),
			"PRAGMA query_only = 0; PRAGMA writable_schema = 1; DELETE FROM sqlite_master".into(),
			attach,
			"SELECT load_extension('x')".into(),
			"SELECT writefile('x', 'y')".into(),
			"SELECT readfile('/etc/passwd')".into(),
			"SELECT edit('x')".into(),
			"SELECT fts3_tokenizer('x', x'00')".into(),
		] {
			let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&source.pool).await;
			assert!(done.is_err(), "{sql}");
		}
		assert!(!other.exists());
	}
}
