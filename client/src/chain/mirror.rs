use medrec_primitives::{
	bounty::{AnswerCommitment, BountyId, DatasetId, Offer, Rules},
	identity::{EncryptionKey, Identifier, Name, Profile, Role, Status, SubjectId},
	record::{Category, Commitment, Pointer, RecordId, Release},
	relationship::{GrantId, Grantee, Purposes, RelationshipId, ResearchConsent, Scope},
	summary::LogRoot,
	AccountId, Moment, Signature, H256,
};
use parity_scale_codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A call of the runtime, in the runtime's own encoding. Only what a person or a program would send
/// is here; other calls do not decode.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
pub enum RuntimeCall {
	/// What the council does.
	#[codec(index = 4)]
	Council(CouncilCall),
	/// Several calls in one.
	#[codec(index = 5)]
	Utility(UtilityCall),
	/// Who is who.
	#[codec(index = 10)]
	Registrar(RegistrarCall),
	/// Relationships, records and grants.
	#[codec(index = 11)]
	Ppr(PprCall),
	/// What happened.
	#[codec(index = 12)]
	Summary(SummaryCall),
	/// Datasets and bounties.
	#[codec(index = 13)]
	MiningBounty(MiningBountyCall),
}

/// How long a call takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
pub struct Weight {
	/// Picoseconds on the reference machine.
	#[codec(compact)]
	pub ref_time: u64,
	/// Bytes of proof.
	#[codec(compact)]
	pub proof_size: u64,
}

/// What the council does. Its members are the accounts of active providers.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(non_camel_case_types)]
pub enum CouncilCall {
	/// Moves that a call be made.
	#[codec(index = 2)]
	propose {
		/// How many votes it takes. With 1, the call is made at once.
		#[codec(compact)]
		threshold: u32,
		/// The call.
		proposal: Box<RuntimeCall>,
		/// No less than the length of the call.
		#[codec(compact)]
		length_bound: u32,
	},
	/// Votes on a motion.
	#[codec(index = 3)]
	vote {
		/// The hash of the call.
		proposal: H256,
		/// The number of the motion.
		#[codec(compact)]
		index: u32,
		/// For it, or against.
		approve: bool,
	},
	/// Ends a motion that is decided, and makes the call if it is approved.
	#[codec(index = 6)]
	close {
		/// The hash of the call.
		proposal_hash: H256,
		/// The number of the motion.
		#[codec(compact)]
		index: u32,
		/// No less than what the call takes.
		proposal_weight_bound: Weight,
		/// No less than the length of the call.
		#[codec(compact)]
		length_bound: u32,
	},
}

/// Several calls in one.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(non_camel_case_types)]
pub enum UtilityCall {
	/// Makes calls until one fails.
	#[codec(index = 0)]
	batch {
		/// The calls.
		calls: Vec<RuntimeCall>,
	},
	/// Makes all calls, or none.
	#[codec(index = 2)]
	batch_all {
		/// The calls.
		calls: Vec<RuntimeCall>,
	},
	/// Makes all calls, whichever of them fail.
	#[codec(index = 4)]
	force_batch {
		/// The calls.
		calls: Vec<RuntimeCall>,
	},
	/// Makes a call, and another if it fails.
	#[codec(index = 6)]
	if_else {
		/// The call.
		main: Box<RuntimeCall>,
		/// The other.
		fallback: Box<RuntimeCall>,
	},
}

/// Who is who. The arguments and who may call stand in the registrar's documentation.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(
	missing_docs,
	non_camel_case_types,
	reason = "the arguments are documented where the calls are"
)]
pub enum RegistrarCall {
	/// The council admits a provider.
	#[codec(index = 0)]
	admit_provider { account: AccountId, name: Name, profile: Profile },
	/// The council admits a researcher.
	#[codec(index = 1)]
	admit_researcher { account: AccountId, name: Name, profile: Profile },
	/// A provider enrols a patient, clinician or device.
	#[codec(index = 2)]
	enroll {
		account: AccountId,
		role: Role,
		identifier: Option<Identifier>,
		encryption_key: Option<EncryptionKey>,
	},
	/// The sponsor lets an identifier resolve to a subject.
	#[codec(index = 3)]
	bind_identifier { subject: SubjectId, identifier: Identifier },
	/// The sponsor lets it resolve to nothing.
	#[codec(index = 4)]
	unbind_identifier { identifier: Identifier },
	/// An organisation tells of itself.
	#[codec(index = 5)]
	set_profile { profile: Profile },
	/// A subject says where to seal answers for it.
	#[codec(index = 6)]
	set_encryption_key { key: Option<EncryptionKey> },
	/// A subject moves to another account, which consents by a signature over
	/// [`super::rotation_message`].
	#[codec(index = 7)]
	rotate_account { new_account: AccountId, proof: Signature },
	/// Lets a subject act, or stops it.
	#[codec(index = 8)]
	set_status { subject: SubjectId, status: Status },
}

/// Relationships, records and grants. The arguments and who may call stand in the documentation of
/// the pallet.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(
	missing_docs,
	non_camel_case_types,
	reason = "the arguments are documented where the calls are"
)]
pub enum PprCall {
	/// A provider proposes a relationship.
	#[codec(index = 0)]
	propose { patient: SubjectId },
	/// The provider takes the proposal back.
	#[codec(index = 1)]
	withdraw { relationship: RelationshipId },
	/// The patient accepts.
	#[codec(index = 2)]
	accept { relationship: RelationshipId },
	/// The patient declines.
	#[codec(index = 3)]
	decline { relationship: RelationshipId },
	/// Either ends it.
	#[codec(index = 4)]
	terminate { relationship: RelationshipId },
	/// Posts a record.
	#[codec(index = 5)]
	post_record {
		relationship: RelationshipId,
		record: RecordId,
		commitment: Commitment,
		pointer: Pointer,
		category: Category,
		release: Release,
	},
	/// Posts a new version of a record.
	#[codec(index = 6)]
	amend_record {
		relationship: RelationshipId,
		record: RecordId,
		commitment: Commitment,
		pointer: Pointer,
		category: Category,
		release: Release,
	},
	/// The patient permits.
	#[codec(index = 7)]
	grant {
		relationship: RelationshipId,
		grantee: Grantee,
		scope: Scope,
		purposes: Purposes,
		not_before: Option<Moment>,
		expires_at: Option<Moment>,
	},
	/// The patient refuses.
	#[codec(index = 8)]
	deny {
		relationship: RelationshipId,
		grantee: Grantee,
		scope: Scope,
		not_before: Option<Moment>,
		expires_at: Option<Moment>,
	},
	/// Takes a grant or refusal back, or gives it up.
	#[codec(index = 9)]
	revoke { relationship: RelationshipId, grant: GrantId },
	/// Takes back all that name a grantee.
	#[codec(index = 10)]
	revoke_all { relationship: RelationshipId, grantee: Grantee },
	/// The patient says which records may count in aggregates.
	#[codec(index = 11)]
	set_research_consent { relationship: RelationshipId, consent: ResearchConsent },
}

/// What happened. The arguments and who may call stand in the documentation of the pallet.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(
	missing_docs,
	non_camel_case_types,
	reason = "the arguments are documented where the calls are"
)]
pub enum SummaryCall {
	/// A subject has seen the notifications of a relationship.
	#[codec(index = 0)]
	acknowledge { relationship: RelationshipId },
	/// A provider anchors the next stretch of its access log.
	#[codec(index = 1)]
	anchor_access_log { root: LogRoot, first: u64, count: u32 },
	/// A provider tells that a record does not match its commitment.
	#[codec(index = 2)]
	raise_alarm { relationship: RelationshipId, record: RecordId },
}

/// Datasets and bounties. The arguments and who may call stand in the documentation of the pallet.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(
	missing_docs,
	non_camel_case_types,
	reason = "the arguments are documented where the calls are"
)]
pub enum MiningBountyCall {
	/// A provider offers a dataset.
	#[codec(index = 0)]
	register_dataset { dataset: DatasetId, rules: Rules },
	/// A provider makes a call and offers a bounty with it.
	#[codec(index = 1)]
	with_bounty { call: Box<RuntimeCall>, offer: Offer },
	/// A provider commits to the answer of a bounty.
	#[codec(index = 2)]
	commit_answer { bounty: BountyId, commitment: AnswerCommitment },
	/// Anybody marks a bounty whose time has passed.
	#[codec(index = 3)]
	mark_defaulted { bounty: BountyId },
}
