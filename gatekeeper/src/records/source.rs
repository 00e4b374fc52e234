//! Sources: the provider's database, read only.
//!
//! A source limits the query of a template to one patient, one row or one page, and reads subject
//! and handle back with the row. Both are compared byte by byte here, so a collation of the database
//! that equates `ab1` with `AB1` never gives one patient the row of another.

mod rows;
mod sqlite;
mod value;

pub use sqlite::SqliteSource;

use super::{
	error::Error,
	scalar::Scalar,
	template::{Template, Templates},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Debug;

/// The provider's database. It is only ever read.
#[async_trait]
pub trait EhrSource: Debug + Send + Sync {
	/// Whether the database answers.
	async fn ping(&self) -> Result<(), Error>;

	/// Whether the database accepts the query of `template`, and has the columns that every record
	/// needs, with values of the right types in at least one of the first rows.
	async fn check(&self, template: &Template) -> Result<(), Error>;

	/// The row of the patient `local_id` with this handle (see [`Scalar::to_bytes`]), if it exists.
	///
	/// # Errors
	///
	/// - [`Error::NotOneRow`]: several rows have the handle.
	/// - [`Error::ColumnType`]: the changed column of the row has another type.
	/// - [`Error::Query`], [`Error::Column`], [`Error::Placeholders`]: the database rejects the query, or
	///   fails to compute the row.
	/// - [`Error::EhrUnavailable`], [`Error::QueryTimeout`].
	async fn fetch(
		&self,
		template: &Template,
		local_id: &str,
		handle: &[u8],
	) -> Result<Option<Row>, Error>;

	/// The rows of all patients that are new or changed since `after`, at most
	/// [`row_limit`](super::template::PrivateTemplate::row_limit). A row that cannot be read is part
	/// of the page with its error.
	async fn changed_since(&self, template: &Template, after: &Cursor) -> Result<Page, Error>;

	/// The current rows of one patient after `after`, under the same rules.
	async fn current(
		&self,
		template: &Template,
		local_id: &str,
		after: &Cursor,
	) -> Result<Page, Error>;

	/// The position of the last row; the start if there is none or if its position cannot be read.
	async fn last(&self, template: &Template) -> Result<Cursor, Error>;
}

/// Whether any current template finds a row of the patient `local_id`.
pub async fn has_patient(
	source: &dyn EhrSource,
	templates: &Templates,
	local_id: &str,
) -> Result<bool, Error> {
	for template in templates.current() {
		let mut at = Cursor::start(template);
		loop {
			let page = source.current(template, local_id, &at).await?;
			if !page.rows.is_empty() {
				return Ok(true);
			}
			if !page.more {
				break;
			}
			at = page.next;
		}
	}
	Ok(false)
}

/// A row of the provider's database.
#[derive(Debug)]
pub struct Row {
	/// The patient to whom it belongs; none where the subject column is NULL or of another type.
	pub local_id: Option<String>,
	/// Its position. On a page, a row whose position cannot be read has that of the row before it.
	pub at: Cursor,
	/// The values of the template's fields in their order, or the first error of a column.
	pub fields: Result<Vec<Value>, Error>,
}

/// A position in the order of changes, in which pages are read.
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
		Cursor {
			changed: template.changed_type().minimum(),
			handle: template.handle_type().minimum(),
		}
	}
}

/// Rows in the order of changes.
#[derive(Debug)]
pub struct Page {
	/// The rows.
	pub rows: Vec<Row>,
	/// The start of the next page: after the last row whose position could be read, or the start of
	/// this page if there is none.
	pub next: Cursor,
	/// Whether more rows may follow. If so, `next` is not where this page started.
	pub more: bool,
}
