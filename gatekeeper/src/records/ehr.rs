//! The provider's database, read only.

mod sqlite;
mod value;

use super::{
	template::{Bind, Statement},
	Error, Scalar, ScalarType, Template,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqlitePool;
use std::path::Path;
use value::Raw;

/// The provider's database. It is opened so that it cannot be written to.
#[derive(Clone, Debug)]
pub struct Ehr {
	pool: Pool,
}

/// One kind of pool for each kind of database.
#[derive(Clone, Debug)]
enum Pool {
	Sqlite(SqlitePool),
}

/// One record, as it stands in the provider's database.
#[derive(Debug)]
pub struct Row {
	/// What identifies it among all rows of the template.
	pub handle: Scalar,
	/// Its changed column.
	pub changed: Scalar,
	/// The values of the template's fields in their order, or what is wrong with one of them.
	pub fields: Result<Vec<Value>, Error>,
}

/// A position in the order of the changed column, which is also the order of pages.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Serialize, Deserialize)]
pub struct Cursor {
	/// The changed column of a row.
	pub changed: Scalar,
	/// Its handle.
	pub handle: Scalar,
}

impl Cursor {
	/// The position before all rows of `template`.
	pub fn start(template: &Template) -> Cursor {
		let private = template.private();
		Cursor { changed: private.changed_type.least(), handle: private.handle_type.least() }
	}
}

/// A row that was found after a cursor.
#[derive(Debug)]
pub struct Changed {
	/// Whose it is; none where the subject column is empty or of another type.
	pub local_subject: Option<String>,
	/// Where it stands; where that cannot be read, which is a fault of its fields too, the position
	/// of the row before it.
	pub at: Cursor,
	/// Its fields in order, or what is wrong with one of its columns.
	pub fields: Result<Vec<Value>, Error>,
}

/// Some rows, in the order of the changed column.
#[derive(Debug)]
pub struct Page {
	/// The rows.
	pub rows: Vec<Changed>,
	/// Where the next page begins: after the last row whose position could be read, or where this
	/// page began if there is none.
	pub next: Cursor,
	/// Whether there may be more rows after it. It then begins elsewhere than this page did.
	pub more: bool,
}

/// How many times as many rows are read when of a full page no position could be read.
const WIDER: u32 = 16;

/// How many rows a template is tried with.
const TRIED: u32 = 16;

/// What is bound to a statement.
#[derive(Clone, Copy, Default)]
struct Given<'a> {
	subject: Option<&'a Scalar>,
	handle: Option<&'a Scalar>,
	after: Option<&'a Cursor>,
	limit: i64,
}

impl Given<'_> {
	fn get(&self, bind: &Bind) -> Option<Scalar> {
		match bind {
			Bind::Subject => self.subject.cloned(),
			Bind::Handle => self.handle.cloned(),
			Bind::AfterChanged => self.after.map(|cursor| cursor.changed.clone()),
			Bind::AfterHandle => self.after.map(|cursor| cursor.handle.clone()),
			Bind::Limit => Some(Scalar::Integer(self.limit)),
			Bind::Constant(value) => Some(value.clone()),
		}
	}
}

impl Ehr {
	/// Opens the SQLite database at `path`, which must exist, for reading alone.
	pub async fn open(path: &Path) -> Result<Ehr, Error> {
		let pool = sqlite::open(path)
			.await
			.map_err(|source| Error::Open { path: path.to_owned(), source })?;
		Ok(Ehr { pool: Pool::Sqlite(pool) })
	}

	/// Whether the database answers.
	pub async fn ping(&self) -> Result<(), Error> {
		match &self.pool {
			Pool::Sqlite(pool) => sqlite::ping(pool).await,
		}
	}

	/// Whether the database accepts the statements of `template`: its tables and columns exist, and
	/// the columns that every record needs are of the types that it says, in one of the first rows at
	/// least.
	pub async fn check(&self, template: &Template) -> Result<(), Error> {
		let start = Cursor::start(template);
		let page = self.page(template, &start, TRIED).await?;
		let is_unusable = |row: &Changed| matches!(row.fields, Err(Error::ColumnType { .. }));
		if page.rows.iter().all(is_unusable) {
			page.rows.into_iter().next().map_or(Ok(()), |row| row.fields.map(drop))?;
		}
		self.try_one(template).await
	}

	/// Whether the database accepts the statement by which [`Ehr::fetch`] finds a row of `template`,
	/// whatever the rows hold.
	pub async fn try_one(&self, template: &Template) -> Result<(), Error> {
		let handle = template.private().handle_type.least();
		self.fetch(template, &subject_like(template), &handle.to_bytes()).await.map(drop)
	}

	/// The row of `template` with this handle (see [`Scalar::to_bytes`]), if it is there and is that
	/// of the patient with this local ID.
	///
	/// # Errors
	///
	/// - [`Error::NotOneRow`]: there are several.
	/// - [`Error::ColumnType`]: its handle or changed column is of another type.
	/// - [`Error::Query`]: the database refuses the query, for its own sake or for what the row holds.
	/// - [`Error::EhrUnavailable`], [`Error::QueryTimeout`].
	pub async fn fetch(
		&self,
		template: &Template,
		local_subject: &str,
		handle: &[u8],
	) -> Result<Option<Row>, Error> {
		let subject = subject_type(template).read(local_subject.as_bytes());
		let handle = template.private().handle_type.read(handle);
		let (Some(subject), Some(handle)) = (subject, handle) else { return Ok(None) };
		let given = Given { subject: Some(&subject), handle: Some(&handle), ..Default::default() };
		let mut rows = self.run(template, &template.statements().one, &given).await?;
		let row = match (rows.pop(), rows.is_empty()) {
			(None, _) => return Ok(None),
			(Some(_), false) => {
				return Err(Error::NotOneRow { template: template.id().to_owned() });
			},
			(Some(row), true) => row,
		};
		let (at, fields) = split(template, row);
		let Cursor { changed, handle } = at?;
		Ok(Some(Row { handle, changed, fields }))
	}

	/// Rows of `template` after `after`, of all patients, at most as many as the template allows. A
	/// row that cannot be read keeps no other from being found.
	pub async fn changed_since(&self, template: &Template, after: &Cursor) -> Result<Page, Error> {
		self.page(template, after, template.private().row_limit).await
	}

	/// Rows of `template` after `after` of one patient, under the same rules.
	pub async fn changed_of(
		&self,
		template: &Template,
		local_subject: &str,
		after: &Cursor,
	) -> Result<Page, Error> {
		let limit = template.private().row_limit;
		let Some(subject) = subject_type(template).read(local_subject.as_bytes()) else {
			return Ok(Page { rows: Vec::new(), next: after.clone(), more: false });
		};
		let given = Given { subject: Some(&subject), after: Some(after), ..Default::default() };
		let statement = &template.statements().page_of_subject;
		let whose = |_: &mut Vec<Raw>| Ok(Some(local_subject.to_owned()));
		self.pages(template, statement, given, limit, whose).await
	}

	/// Where the last row of `template` stands; the start if there is none, or if that cannot be
	/// read: to begin there finds every row that can be.
	pub async fn last(&self, template: &Template) -> Result<Cursor, Error> {
		let rows = self.run(template, &template.statements().last, &Given::default()).await?;
		let last = rows.into_iter().next().and_then(|row| position(template, row).ok());
		Ok(last.unwrap_or_else(|| Cursor::start(template)))
	}

	async fn page(&self, template: &Template, after: &Cursor, limit: u32) -> Result<Page, Error> {
		let given = Given { after: Some(after), ..Default::default() };
		let whose = |row: &mut Vec<Raw>| subject(template, row.pop().unwrap_or(Raw::Null));
		self.pages(template, &template.statements().page, given, limit, whose).await
	}

	/// The page after `given.after`, of at most `limit` rows. `whose` says whose a row is, and takes
	/// off it what says so.
	async fn pages(
		&self,
		template: &Template,
		statement: &Statement,
		given: Given<'_>,
		limit: u32,
		whose: impl Fn(&mut Vec<Raw>) -> Result<Option<String>, Error>,
	) -> Result<Page, Error> {
		let start = given.after.cloned().unwrap_or_else(|| Cursor::start(template));
		let narrow = Given { limit: i64::from(limit), ..given };
		let rows = self.run(template, statement, &narrow).await?;
		let page = page_of(template, rows, &start, limit, &whose);
		if !page.more || page.next != start {
			return Ok(page);
		}
		// Nothing on it says where the next page begins, so that it would be read for ever. What
		// lies behind even more such rows is found when they are put right.
		let limit = limit.saturating_mul(WIDER);
		let wide = Given { limit: i64::from(limit), ..given };
		let rows = self.run(template, statement, &wide).await?;
		let mut page = page_of(template, rows, &start, limit, &whose);
		page.more &= page.next != start;
		Ok(page)
	}

	async fn run(
		&self,
		template: &Template,
		statement: &Statement,
		given: &Given<'_>,
	) -> Result<Vec<Vec<Raw>>, Error> {
		let binds: Vec<Option<Scalar>> =
			statement.binds.iter().map(|bind| given.get(bind)).collect();
		match &self.pool {
			Pool::Sqlite(pool) => sqlite::rows(pool, template, statement, binds).await,
		}
	}
}

/// The page that begins at `start` and of which these rows were found. A row that cannot be read is on
/// it with what is wrong.
fn page_of(
	template: &Template,
	rows: Vec<Vec<Raw>>,
	start: &Cursor,
	limit: u32,
	whose: impl Fn(&mut Vec<Raw>) -> Result<Option<String>, Error>,
) -> Page {
	let more = rows.len() >= limit as usize;
	let mut next = start.clone();
	let changed = |mut row: Vec<Raw>| {
		let whose = whose(&mut row);
		let (at, fields) = split(template, row);
		let at = at.map(|at| next = at);
		let (local_subject, whose) = match whose {
			Ok(local_subject) => (local_subject, Ok(())),
			Err(error) => (None, Err(error)),
		};
		let fields = at.and(whose).and(fields);
		Changed { local_subject, at: next.clone(), fields }
	};
	let rows = rows.into_iter().map(changed).collect();
	Page { rows, next, more }
}

/// The local ID in a subject column; none where it is empty.
fn subject(template: &Template, raw: Raw) -> Result<Option<String>, Error> {
	match raw {
		Raw::Null => Ok(None),
		raw => scalar(template, "subject", subject_type(template), raw)
			.map(|subject| Some(subject.to_text().into_owned())),
	}
}

fn subject_type(template: &Template) -> ScalarType {
	let parameters = &template.private().parameters;
	parameters.get("subject").map_or(ScalarType::Text, |parameter| parameter.kind)
}

/// The text of some local ID of the right type.
fn subject_like(template: &Template) -> String {
	subject_type(template).least().to_text().into_owned()
}

/// A row's position and fields. The handle and the changed column are its last two values.
fn split(
	template: &Template,
	mut row: Vec<Raw>,
) -> (Result<Cursor, Error>, Result<Vec<Value>, Error>) {
	let changed = row.pop().unwrap_or(Raw::Null);
	let handle = row.pop().unwrap_or(Raw::Null);
	let at = position(template, vec![changed, handle]);
	let fields = row
		.into_iter()
		.zip(&template.public().fields)
		.map(|(raw, spec)| {
			value::field(spec.kind, raw).ok_or_else(|| Error::FieldType {
				template: template.id().to_owned(),
				field: spec.name.clone(),
				expected: spec.kind,
			})
		})
		.collect();
	(at, fields)
}

/// The position of a row of which the changed column and the handle were read.
fn position(template: &Template, row: Vec<Raw>) -> Result<Cursor, Error> {
	let private = template.private();
	let mut row = row.into_iter();
	let mut next = |column, kind| scalar(template, column, kind, row.next().unwrap_or(Raw::Null));
	let changed = next("changed", private.changed_type)?;
	let handle = next("handle", private.handle_type)?;
	Ok(Cursor { changed, handle })
}

fn scalar(
	template: &Template,
	column: &'static str,
	expected: ScalarType,
	raw: Raw,
) -> Result<Scalar, Error> {
	match (expected, raw) {
		(ScalarType::Integer, Raw::Integer(number)) => Ok(Scalar::Integer(number)),
		(ScalarType::Text, Raw::Text(text)) => Ok(Scalar::Text(text)),
		_ => Err(Error::ColumnType { template: template.id().to_owned(), column, expected }),
	}
}
