//! The provider's records: templates, the provider's database, and the gatekeeper's own state. Only
//! this module names SQL.
//!
//! - [`Template`]: the fields of one kind of record and its query, signed by the provider.
//!   [`Templates`] is the catalogue of them.
//! - [`EhrSource`]: the provider's database, read only.
//! - [`State`]: the gatekeeper's own database: linked patients, salts, versions, nonces, receipts.
//! - [`Planner`]: from rows to versions of records on the chain.
//! - [`serve`](fn@serve): from a record on the chain to its fields, checked against its commitment.
//!
//! Texts of errors name files, templates, fields and tables, and never hold a value of a row.

mod error;
mod files;
mod ids;
mod post;
mod publish;
mod scalar;
mod serve;
pub mod source;
pub mod state;
pub mod template;
mod template_error;

pub use error::{Error, Taken};
pub use ids::{identifier, record_id, Secret};
pub use post::{Candidate, Post, RecordVersion};
pub use publish::{Planned, Planner};
pub use scalar::{Scalar, ScalarType};
pub use serve::{serve, RecordRequest, Served};
pub use source::{has_patient, Cursor, EhrSource, Page, Row, SqliteSource};
pub use state::{Progress, State};
pub use template::{Template, Templates};
pub use template_error::TemplateError;
