//! Arguments that travel together within the pallet.

use medrec_primitives::{
	record::{Commitment, Pointer, Release},
	relationship::{Purposes, Scope},
	Moment,
};

/// What is said of a record when it is posted or amended.
pub(crate) struct Posting {
	/// What it is committed to.
	pub(crate) commitment: Commitment,
	/// Where it is found.
	pub(crate) pointer: Pointer,
	/// Its category.
	pub(crate) category: u16,
	/// Whether its content may be shown.
	pub(crate) release: Release,
}

/// What a grant says, apart from to whom and whether it permits.
pub(crate) struct Terms {
	/// Over what.
	pub(crate) scope: Scope,
	/// For what; empty for a refusal.
	pub(crate) purposes: Purposes,
	/// From when on; none for now.
	pub(crate) not_before: Option<Moment>,
	/// Until when; none for as long as the relationship.
	pub(crate) expires_at: Option<Moment>,
}

/// How many records `scope` names, each of which is looked up.
pub(crate) fn named_records(scope: &Scope) -> u32 {
	match scope {
		Scope::All | Scope::Category(_) => 0,
		// Bounded far below `u32::MAX`.
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
