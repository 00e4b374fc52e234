//! Bounties: aggregates that providers offer with their transactions and that miners earn. An offer
//! names a template and a statistic, and holds no query text.

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
	/// The ID of a dataset, chosen by the provider that offers aggregates over it.
	DatasetId;

	/// The ID of a bounty.
	BountyId;

	/// SHA3-256 of the canonical JSON (RFC 8785) of an answer.
	AnswerCommitment;
}

/// The maximum number of templates in a dataset.
pub const MAX_TEMPLATES: u32 = 32;

/// The maximum number of fields by which an aggregate is grouped.
pub const MAX_GROUPINGS: u32 = 2;

/// The lower bound of [`Rules::smallest_group`].
pub const SMALLEST_GROUP: u32 = 11;

/// The rules of a dataset.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Rules {
	/// The templates over whose records aggregates may be offered.
	pub templates: BoundedVec<TemplateHash, ConstU32<MAX_TEMPLATES>>,
	/// Cells over fewer patients are suppressed; at least [`SMALLEST_GROUP`].
	pub smallest_group: u32,
	/// The privacy budget of a period, in the unit of [`Offer::cost`].
	pub budget: u64,
	/// The length of a period, in milliseconds.
	pub period: Moment,
}

/// A dataset as the mining-bounty pallet stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Dataset {
	/// The provider that registered the dataset.
	pub provider: SubjectId,
	/// The rules.
	pub rules: Rules,
	/// The start of the current period.
	pub period_start: Moment,
	/// The part of the budget that is spent in the current period.
	pub spent: u64,
}

/// The statistic of an aggregate.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Statistic {
	/// The number of patients.
	Count,
	/// The mean of a numeric field, with equal weight for each patient.
	Mean {
		/// The field.
		field: FieldNumber,
	},
}

/// The parameters of an aggregate over the records of one template.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Parameters {
	/// The statistic.
	pub statistic: Statistic,
	/// The fields to group by; empty for one value over all records.
	pub group_by: BoundedVec<FieldNumber, ConstU32<MAX_GROUPINGS>>,
}

/// The aggregate that a provider offers with a transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Offer {
	/// The dataset.
	pub dataset: DatasetId,
	/// The template, one of the dataset's.
	pub template: TemplateHash,
	/// The parameters of the aggregate.
	pub parameters: Parameters,
	/// The amount taken from the budget of the dataset; at least 1.
	pub cost: u64,
	/// The end of the time to answer, exclusive.
	pub expires_at: Moment,
}

/// The state of a bounty.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum BountyState {
	/// The provider owes an answer.
	Open,
	/// The provider computed the answer and committed to it.
	Answered {
		/// The commitment to the answer.
		commitment: AnswerCommitment,
		/// The time of the commitment.
		at: Moment,
	},
	/// [`Offer::expires_at`] passed without an answer.
	Defaulted,
}

/// A bounty as the mining-bounty pallet stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Bounty {
	/// The provider that owes the answer.
	pub provider: SubjectId,
	/// The miner of the block that holds the offer. It may collect the answer.
	pub owner: SubjectId,
	/// The offer.
	pub offer: Offer,
	/// The time of the offer.
	pub offered_at: Moment,
	/// The state.
	pub state: BountyState,
}

/// The record of a provider's answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct BountyStanding {
	/// The number of answered bounties.
	pub answered: u32,
	/// The number of defaulted bounties.
	pub defaulted: u32,
}
