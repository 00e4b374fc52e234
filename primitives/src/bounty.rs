//! Bounties: aggregates that providers offer with their transactions and miners earn. An offer is
//! typed; it never holds query text.

use crate::{
	bytes32,
	identity::SubjectId,
	record::{FieldNumber, TemplateHash},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

bytes32! {
	/// A dataset that a provider offers aggregates of.
	DatasetId;

	/// One bounty.
	BountyId;

	/// SHA3-256 of an answer's canonical JSON (RFC 8785).
	AnswerCommitment;
}

/// How many templates a dataset may span.
pub const MAX_TEMPLATES: u32 = 32;

/// How many fields an aggregate may group by.
pub const MAX_GROUPINGS: u32 = 2;

/// The smallest group that any dataset may publish.
pub const SMALLEST_GROUP: u32 = 11;

/// The rules of a dataset.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Rules {
	/// Hashes of the templates over whose records aggregates may be offered.
	pub templates: BoundedVec<TemplateHash, ConstU32<MAX_TEMPLATES>>,
	/// Cells over fewer patients are cut; at least [`SMALLEST_GROUP`].
	pub smallest_group: u32,
	/// How much privacy may be spent in a period, in the units of [`Offer::cost`].
	pub budget: u64,
	/// How long a period lasts.
	pub period: Moment,
}

/// A dataset as the chain holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Dataset {
	/// Whose it is.
	pub provider: SubjectId,
	/// Its rules.
	pub rules: Rules,
	/// When the period of the budget began.
	pub period_start: Moment,
	/// How much was spent since.
	pub spent: u64,
}

/// What is computed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Statistic {
	/// How many patients.
	Count,
	/// The mean of a numeric field, each patient counting once.
	Mean {
		/// The field.
		field: FieldNumber,
	},
}

/// An aggregate over the records of one template.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Parameters {
	/// What is computed.
	pub statistic: Statistic,
	/// By which fields, none for one figure over all.
	pub group_by: BoundedVec<FieldNumber, ConstU32<MAX_GROUPINGS>>,
}

/// What a provider offers with a transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Offer {
	/// Over which dataset.
	pub dataset: DatasetId,
	/// Over the records of which template.
	pub template: TemplateHash,
	/// Which aggregate.
	pub parameters: Parameters,
	/// What it takes from the dataset's budget; at least 1.
	pub cost: u64,
	/// Until when the provider promises to answer.
	pub expires_at: Moment,
}

/// Where a bounty is in its life.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum BountyState {
	/// Offered and not yet answered.
	Open,
	/// The provider computed the answer, once, and committed to it.
	Answered {
		/// What it committed to.
		commitment: AnswerCommitment,
		/// When.
		at: Moment,
	},
	/// The deadline passed without an answer.
	Defaulted,
}

/// A bounty as the chain holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Bounty {
	/// Who owes the answer.
	pub provider: SubjectId,
	/// Who mined the block that holds the offer, and may collect.
	pub owner: SubjectId,
	/// What was offered.
	pub offer: Offer,
	/// When.
	pub offered_at: Moment,
	/// Where it is in its life.
	pub state: BountyState,
}

/// How a provider kept its promises.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct BountyStanding {
	/// How many bounties it answered.
	pub answered: u32,
	/// How many it let expire.
	pub defaulted: u32,
}
