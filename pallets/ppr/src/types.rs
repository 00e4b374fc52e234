//! Arguments of the calls, and what their weights depend on.

use alloc::vec::Vec;
use medrec_primitives::{
	record::RecordId,
	relationship::{Purposes, RelationshipState, Scope},
	Moment,
};

/// The terms of a grant, without its grantee and effect.
pub(crate) struct Terms {
	/// The covered records.
	pub(crate) scope: Scope,
	/// The permitted purposes; empty for a denial.
	pub(crate) purposes: Purposes,
	/// The start, `None` for now.
	pub(crate) not_before: Option<Moment>,
	/// The end, `None` for no end.
	pub(crate) expires_at: Option<Moment>,
}

/// The records that `scope` names, each of which is looked up.
pub(crate) fn named_records(scope: &Scope) -> Vec<&RecordId> {
	match scope {
		Scope::All | Scope::Category(_) => Vec::new(),
		Scope::Records(records) => records.iter().collect(),
		Scope::Fields { record, .. } => alloc::vec![record],
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

/// Whether a relationship in this state excludes another one of its pair.
pub(crate) fn is_open(state: RelationshipState) -> bool {
	matches!(state, RelationshipState::Proposed | RelationshipState::Active)
}
