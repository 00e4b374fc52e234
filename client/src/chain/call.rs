use medrec_primitives::{
	bounty::{AnswerCommitment, BountyId, DatasetId, Offer, Rules},
	identity::{EncryptionKey, Identifier, Name, Profile, Role, Status, SubjectId},
	record::{Category, Commitment, Pointer, RecordId, Release},
	relationship::{GrantId, Grantee, Purposes, RelationshipId, ResearchConsent, Scope},
	summary::LogRoot,
	AccountId, Moment, Signature, H256,
};
use parity_scale_codec::{Decode, DecodeLimit, Encode};
use scale_info::TypeInfo;

/// How deep calls may stand within one another.
const MAX_DEPTH: u32 = 16;

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

impl RuntimeCall {
	/// Reads a call, unless it is none of these or stands too deep in itself.
	pub fn read(bytes: &[u8]) -> Option<RuntimeCall> {
		RuntimeCall::decode_all_with_depth_limit(MAX_DEPTH, &mut &*bytes).ok()
	}

	/// Visits this call and those that it dispatches on behalf of the same sender, each before those
	/// within it.
	pub fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a RuntimeCall)) {
		visitor(self);
		match self {
			RuntimeCall::Utility(
				UtilityCall::Batch { calls }
				| UtilityCall::BatchAll { calls }
				| UtilityCall::ForceBatch { calls },
			) => calls.iter().for_each(|call| call.visit(visitor)),
			RuntimeCall::Utility(UtilityCall::IfElse { main, fallback }) => {
				main.visit(visitor);
				fallback.visit(visitor);
			},
			RuntimeCall::MiningBounty(MiningBountyCall::WithBounty { call, .. }) => {
				call.visit(visitor)
			},
			_ => {},
		}
	}

	/// One call that makes all of these, or none.
	pub fn batch_all(calls: Vec<RuntimeCall>) -> RuntimeCall {
		RuntimeCall::Utility(UtilityCall::BatchAll { calls })
	}

	/// This call, with a bounty offered beside it.
	pub fn with_bounty(self, offer: Offer) -> RuntimeCall {
		RuntimeCall::MiningBounty(MiningBountyCall::WithBounty { call: Box::new(self), offer })
	}

	/// A motion of the council to make this call, which passes with `threshold` votes.
	pub fn as_motion(self, threshold: u32) -> RuntimeCall {
		let length_bound = u32::try_from(self.encoded_size()).unwrap_or(u32::MAX);
		let proposal = Box::new(self);
		RuntimeCall::Council(CouncilCall::Propose { threshold, proposal, length_bound })
	}

	/// The hash by which the council names a motion to make this call.
	pub fn motion_hash(&self) -> H256 {
		H256(sp_crypto_hashing::blake2_256(&self.encode()))
	}
}

macro_rules! into_runtime_call {
	($($call:ident => $variant:ident),+ $(,)?) => {
		$(impl From<$call> for RuntimeCall {
			fn from(call: $call) -> RuntimeCall {
				RuntimeCall::$variant(call)
			}
		})+
	};
}

into_runtime_call!(
	CouncilCall => Council,
	UtilityCall => Utility,
	RegistrarCall => Registrar,
	PprCall => Ppr,
	SummaryCall => Summary,
	MiningBountyCall => MiningBounty,
);

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
pub enum CouncilCall {
	/// Moves that a call be made.
	#[codec(index = 2)]
	Propose {
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
	Vote {
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
	Close {
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
pub enum UtilityCall {
	/// Makes calls until one fails.
	#[codec(index = 0)]
	Batch {
		/// The calls.
		calls: Vec<RuntimeCall>,
	},
	/// Makes all calls, or none.
	#[codec(index = 2)]
	BatchAll {
		/// The calls.
		calls: Vec<RuntimeCall>,
	},
	/// Makes all calls, whichever of them fail.
	#[codec(index = 4)]
	ForceBatch {
		/// The calls.
		calls: Vec<RuntimeCall>,
	},
	/// Makes a call, and another if it fails.
	#[codec(index = 6)]
	IfElse {
		/// The call.
		main: Box<RuntimeCall>,
		/// The other.
		fallback: Box<RuntimeCall>,
	},
}

/// Who is who. The arguments and who may call stand in the registrar's documentation.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(missing_docs, reason = "the arguments are documented where the calls are")]
pub enum RegistrarCall {
	/// The council admits a provider.
	#[codec(index = 0)]
	AdmitProvider { account: AccountId, name: Name, profile: Profile },
	/// The council admits a researcher.
	#[codec(index = 1)]
	AdmitResearcher { account: AccountId, name: Name, profile: Profile },
	/// A provider enrols a patient, clinician or device.
	#[codec(index = 2)]
	Enroll {
		account: AccountId,
		role: Role,
		identifier: Option<Identifier>,
		encryption_key: Option<EncryptionKey>,
	},
	/// The sponsor lets an identifier resolve to a subject.
	#[codec(index = 3)]
	BindIdentifier { subject: SubjectId, identifier: Identifier },
	/// The sponsor lets it resolve to nothing.
	#[codec(index = 4)]
	UnbindIdentifier { identifier: Identifier },
	/// An organisation tells of itself.
	#[codec(index = 5)]
	SetProfile { profile: Profile },
	/// A subject says where to seal answers for it.
	#[codec(index = 6)]
	SetEncryptionKey { key: Option<EncryptionKey> },
	/// A subject moves to another account, which consents by a signature over
	/// [`super::rotation_message`].
	#[codec(index = 7)]
	RotateAccount { new_account: AccountId, proof: Signature },
	/// Lets a subject act, or stops it.
	#[codec(index = 8)]
	SetStatus { subject: SubjectId, status: Status },
}

/// Relationships, records and grants. The arguments and who may call stand in the documentation of
/// the pallet.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(missing_docs, reason = "the arguments are documented where the calls are")]
pub enum PprCall {
	/// A provider proposes a relationship.
	#[codec(index = 0)]
	Propose { patient: SubjectId },
	/// The provider takes the proposal back.
	#[codec(index = 1)]
	Withdraw { relationship: RelationshipId },
	/// The patient accepts.
	#[codec(index = 2)]
	Accept { relationship: RelationshipId },
	/// The patient declines.
	#[codec(index = 3)]
	Decline { relationship: RelationshipId },
	/// Either ends it.
	#[codec(index = 4)]
	Terminate { relationship: RelationshipId },
	/// Posts a record.
	#[codec(index = 5)]
	PostRecord {
		relationship: RelationshipId,
		record: RecordId,
		commitment: Commitment,
		pointer: Pointer,
		category: Category,
		release: Release,
	},
	/// Posts a new version of a record.
	#[codec(index = 6)]
	AmendRecord {
		relationship: RelationshipId,
		record: RecordId,
		commitment: Commitment,
		pointer: Pointer,
		category: Category,
		release: Release,
	},
	/// The patient permits.
	#[codec(index = 7)]
	Grant {
		relationship: RelationshipId,
		grantee: Grantee,
		scope: Scope,
		purposes: Purposes,
		not_before: Option<Moment>,
		expires_at: Option<Moment>,
	},
	/// The patient refuses.
	#[codec(index = 8)]
	Deny {
		relationship: RelationshipId,
		grantee: Grantee,
		scope: Scope,
		not_before: Option<Moment>,
		expires_at: Option<Moment>,
	},
	/// Takes a grant or refusal back, or gives it up.
	#[codec(index = 9)]
	Revoke { relationship: RelationshipId, grant: GrantId },
	/// Takes back all that name a grantee.
	#[codec(index = 10)]
	RevokeAll { relationship: RelationshipId, grantee: Grantee },
	/// The patient says which records may count in aggregates.
	#[codec(index = 11)]
	SetResearchConsent { relationship: RelationshipId, consent: ResearchConsent },
}

/// What happened. The arguments and who may call stand in the documentation of the pallet.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(missing_docs, reason = "the arguments are documented where the calls are")]
pub enum SummaryCall {
	/// A subject has seen the notifications of a relationship.
	#[codec(index = 0)]
	Acknowledge { relationship: RelationshipId },
	/// A provider anchors the next stretch of its access log.
	#[codec(index = 1)]
	AnchorAccessLog { root: LogRoot, first: u64, count: u32 },
	/// A provider tells that a record does not match its commitment.
	#[codec(index = 2)]
	RaiseAlarm { relationship: RelationshipId, record: RecordId },
}

/// Datasets and bounties. The arguments and who may call stand in the documentation of the pallet.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, TypeInfo)]
#[allow(missing_docs, reason = "the arguments are documented where the calls are")]
pub enum MiningBountyCall {
	/// A provider offers a dataset.
	#[codec(index = 0)]
	RegisterDataset { dataset: DatasetId, rules: Rules },
	/// A provider makes a call and offers a bounty with it.
	#[codec(index = 1)]
	WithBounty { call: Box<RuntimeCall>, offer: Offer },
	/// A provider commits to the answer of a bounty.
	#[codec(index = 2)]
	CommitAnswer { bounty: BountyId, commitment: AnswerCommitment },
	/// Anybody marks a bounty whose time has passed.
	#[codec(index = 3)]
	MarkDefaulted { bounty: BountyId },
}
