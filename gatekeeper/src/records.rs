//! The provider's data: the templates that say what a record is, the provider's database from which
//! records are read, and the gatekeeper's own memory. Nothing else in the gatekeeper names SQL.
//!
//! - [`Template`]: what a record of one kind looks like and how it is queried, signed by the
//!   provider. [`Templates`] is the catalogue of them.
//! - [`Ehr`]: the provider's database, read only.
//! - [`State`]: the gatekeeper's own database: who is who, salts, what was posted, nonces, receipts.
//! - [`publish`]: from changed rows to posts.
//! - [`serve`](fn@serve): from a record on the chain to its fields, checked against its commitment.
//! - [`EhrStore`]: a database of the project's own clinical schema, written by imports.
//!
//! Texts of errors name files, templates, fields and tables, and never hold a value of a row.

pub mod ehr;
mod error;
mod files;
mod ids;
pub mod publish;
mod scalar;
mod serve;
pub mod state;
pub mod store;
pub mod template;

pub use ehr::{Changed, Cursor, Ehr, Page, Row};
pub use error::Error;
pub use ids::{identifier, record_id, Secret};
pub use publish::{Planned, Planner, Post, PostKind};
pub use scalar::{Scalar, ScalarType};
pub use serve::{serve, Asked, Served};
pub use state::{Progress, State};
pub use store::EhrStore;
pub use template::{Template, TemplateError, Templates};
