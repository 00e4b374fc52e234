use super::{source::Cursor, template::Template};
use medrec_primitives::{
	record::{Commitment, Posting, RecordId},
	relationship::RelationshipId,
};

/// Names one version of one record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct RecordVersion {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The record in it.
	pub record: RecordId,
	/// The version: 1 for the first.
	pub version: u32,
}

/// A version of a record to send to the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Post {
	/// Which version it is. Version 1 is posted; a later one amends the record.
	pub id: RecordVersion,
	/// The values that the chain stores of it.
	pub posting: Posting,
}

/// A row that belongs on the chain, if its content is not there yet.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
	/// The relationship of the patient to whom the row belongs.
	pub relationship: RelationshipId,
	/// The local ID of that patient.
	pub local_id: &'a str,
	/// The ID of the record that the row is.
	pub record: RecordId,
	/// The template by which the row was read.
	pub template: &'a Template,
	/// The position of the row.
	pub at: &'a Cursor,
	/// The canonical JSON of its fields.
	pub canonical: Vec<Vec<u8>>,
	/// The commitment of the record's last version, if that is of another template, and the row was
	/// found to match it there or to be announced as changed since. Without it such a record is not
	/// amended.
	pub follows: Option<Commitment>,
}
