//! The author of the block.

use frame_support::storage_alias;
use medrec_primitives::{identity::SubjectId, traits::Authorship};

#[storage_alias]
type Author = StorageValue<Testing, SubjectId>;

/// The author of the block, which tests set.
pub struct MockAuthorship;

impl MockAuthorship {
	/// Sets the author of the block.
	pub fn set(author: Option<SubjectId>) {
		Author::set(author);
	}
}

impl Authorship for MockAuthorship {
	fn author() -> Option<SubjectId> {
		Author::get()
	}
}
