//! Arguments of the calls, and what their weights depend on.

use medrec_primitives::{
	relationship::{Purposes, Scope},
	Moment,
};

/// The terms of a grant, without its grantee and effect.
pub(crate) struct Terms {
	/// The covered records.
	pub(crate) scope: Scope,
	/// The permitted purposes; empty for a denial.
	pub(crate) purposes: Purposes,
	/// The begin, `None` for now.
	pub(crate) not_before: Option<Moment>,
	/// The end, `None` for no end.
	pub(crate) expires_at: Option<Moment>,
}

/// The number of records that `scope` names. Each of them is looked up.
pub(crate) fn named_records(scope: &Scope) -> u32 {
	match scope {
		Scope::All | Scope::Category(_) => 0,
		// The bound of the set is far below `u32::MAX`.
		Scope::Records(records) => u32::try_from(records.len()).unwrap_or(u32::MAX),
		Scope::Fields { .. } => 1,
	}
}

/// Whether `scope` is by records or fields and names none.
pub(crate) fn is_empty(scope: &Scope) -> bool {
	match scope {
		Scope::All | Scope::Category(_) => false,
		Scope::Records(records) => records.is_empty(),
		Scope::Fields { fields, .. } => fields.is_empty(),
	}
}
