//! Authority: who may do what, and what it changes.
//!
//! The runtime's pallets, the gatekeeper's view of pending transactions and the clients call these
//! functions. No other code derives a right from the parties of a relationship.
//!
//! Acts in a relationship, decided by [`authorize`]:
//!
//! | act | patient | provider | gatekeeper | grantee | required state | state after |
//! |---|---|---|---|---|---|---|
//! | withdraw | | yes | | | proposed | removed |
//! | accept | yes | | | | proposed | active |
//! | decline | yes | | | | proposed | declined |
//! | terminate | yes | yes | | | active | terminated |
//! | post a record | yes | yes | yes | | active | same |
//! | amend a record | its own | provider's | provider's | | active | same |
//! | permit, deny | yes | | | | active | same |
//! | revoke | yes | | | its own permission | any | same |
//! | revoke all of a grantee | yes | | | its own | any | same |
//! | set research consent | yes | | | | active | same |
//! | raise an alarm | | yes | yes | | any | same |
//!
//! Acts on subjects:
//!
//! | act | allowed to | function |
//! |---|---|---|
//! | propose a relationship, enroll a subject, register a dataset | provider | [`Actor::provider`] |
//! | anchor an access log, offer a bounty, answer it | provider, its gatekeeper | [`Actor::acting_provider`] |
//! | set a profile | provider or researcher, its own | [`Actor::organisation`] |
//! | bind or unbind an identifier | sponsor | [`Actor::is_sponsor_of`] |
//! | set a status | council, sponsor, the subject to retire itself | [`may_set_status`] |
//! | set an encryption key, rotate an account | the subject itself | |
//!
//! Only active subjects act: an [`Actor`] exists for no other. [`CallKind::is_protective`] decides which
//! calls are protective.

use crate::{
	identity::{Role, Status, Subject, SubjectId},
	relationship::{Effect, Grant, Grantee, Relationship, RelationshipState},
};

/// The active subject that signed a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Actor {
	/// The subject that the signing account controls.
	pub subject: SubjectId,
	/// The role of the subject.
	pub role: Role,
	/// The provider on whose behalf the subject posts, anchors and answers: a provider itself, or
	/// the active provider whose profile names the subject as its gatekeeper.
	pub acting_provider: Option<SubjectId>,
}

impl Actor {
	/// An active subject with this role. `gatekeeper_of` returns the active provider whose profile
	/// names the subject as its gatekeeper. It is called for devices only.
	pub fn new(
		subject: SubjectId,
		role: Role,
		gatekeeper_of: impl FnOnce() -> Option<SubjectId>,
	) -> Self {
		let acting_provider = match role {
			Role::Provider => Some(subject),
			Role::Device => gatekeeper_of(),
			Role::Clinician | Role::Patient | Role::Researcher => None,
		};
		Self { subject, role, acting_provider }
	}

	/// The subject, if it is a provider.
	pub fn provider(&self) -> Option<SubjectId> {
		(self.role == Role::Provider).then_some(self.subject)
	}

	/// The subject, if it is a provider or a researcher.
	pub fn organisation(&self) -> Option<SubjectId> {
		self.role.is_organisation().then_some(self.subject)
	}

	/// Whether the actor is the provider that enrolled `subject`.
	pub fn is_sponsor_of<AccountId>(&self, subject: &Subject<AccountId>) -> bool {
		self.provider().is_some_and(|provider| subject.sponsor == Some(provider))
	}
}

/// An act in a relationship, with the stored facts that its authorization depends on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act<'a> {
	/// Take a proposal back.
	Withdraw,
	/// Accept a proposal.
	Accept,
	/// Decline a proposal.
	Decline,
	/// End the relationship.
	Terminate,
	/// Post a record or a note.
	PostRecord,
	/// Replace a record or a note by a new version.
	AmendRecord {
		/// The author of the stored record.
		author: &'a SubjectId,
	},
	/// Give a permission or a denial.
	Give(Effect),
	/// Revoke one grant.
	Revoke(&'a Grant),
	/// Revoke all permissions of one grantee.
	RevokeAll(&'a Grantee),
	/// Set the consent to research.
	SetResearchConsent,
	/// Report a record whose content does not match its commitment.
	RaiseAlarm,
}

impl Act<'_> {
	/// The state of the relationship after the act, `None` if the act removes the relationship.
	pub fn state_after(&self, state: RelationshipState) -> Option<RelationshipState> {
		match self {
			Act::Withdraw => None,
			Act::Accept => Some(RelationshipState::Active),
			Act::Decline => Some(RelationshipState::Declined),
			Act::Terminate => Some(RelationshipState::Terminated),
			_ => Some(state),
		}
	}

	/// Whether the act ends `grant`. [`Act::RevokeAll`] ends permissions only, since the end of a
	/// denial would widen access. Grants are compared by content: a caller with the ID of the grant
	/// of [`Act::Revoke`] needs no answer.
	pub fn ends(&self, grant: &Grant) -> bool {
		match self {
			Act::Revoke(named) => *named == grant,
			Act::RevokeAll(grantee) => grant.is_permission() && grant.grantee == **grantee,
			_ => false,
		}
	}

	/// The kind of the call that performs the act.
	pub fn kind(&self) -> CallKind {
		match self {
			Act::Decline => CallKind::Decline,
			Act::Terminate => CallKind::Terminate,
			Act::Give(Effect::Deny) => CallKind::Deny,
			Act::Revoke(_) => CallKind::Revoke,
			Act::RevokeAll(_) => CallKind::RevokeAll,
			_ => CallKind::Other,
		}
	}

	/// Whether the act is protective and opens no access, so that it may count before a block holds
	/// it. To revoke a denial opens access.
	pub fn narrows(&self) -> bool {
		let opens = matches!(self, Act::Revoke(grant) if !grant.is_permission());
		self.kind().is_protective() && !opens
	}

	/// The state in which the relationship must be, `None` for any.
	fn required_state(&self) -> Option<RelationshipState> {
		match self {
			Act::Withdraw | Act::Accept | Act::Decline => Some(RelationshipState::Proposed),
			Act::Terminate
			| Act::PostRecord
			| Act::AmendRecord { .. }
			| Act::Give(_)
			| Act::SetResearchConsent => Some(RelationshipState::Active),
			Act::Revoke(_) | Act::RevokeAll(_) | Act::RaiseAlarm => None,
		}
	}

	/// The subject in whose name `actor` performs the act, if it may: a party of the relationship or
	/// a grantee.
	fn party(&self, actor: &Actor, relationship: &Relationship) -> Option<SubjectId> {
		let subject = Some(actor.subject);
		let patient = subject.filter(|subject| *subject == relationship.patient);
		let provider = subject.filter(|subject| *subject == relationship.provider);
		let keeper = actor.acting_provider.filter(|acting| *acting == relationship.provider);
		let grantee = |grantee: &Grantee| subject.filter(|one| *grantee == Grantee::Subject(*one));
		match self {
			Act::Accept | Act::Decline | Act::Give(_) | Act::SetResearchConsent => patient,
			Act::Withdraw => provider,
			Act::Terminate => patient.or(provider),
			Act::PostRecord => keeper.or(patient),
			Act::AmendRecord { author } => keeper.or(patient).filter(|party| party == *author),
			Act::Revoke(grant) if grant.is_permission() => patient.or(grantee(&grant.grantee)),
			Act::Revoke(_) => patient,
			Act::RevokeAll(named) => patient.or(grantee(named)),
			Act::RaiseAlarm => keeper,
		}
	}
}

/// The reason why an act in a relationship is not allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AuthorityError {
	/// The actor has no right to this act.
	#[error("the subject has no right to this act")]
	NotAuthorized,
	/// The relationship is not proposed.
	#[error("the relationship is not proposed")]
	NotProposed,
	/// The relationship is not active.
	#[error("the relationship is not active")]
	NotActive,
}

/// Whether `actor` may perform `act` in `relationship`. Returns the subject in whose name it acts:
/// the patient, the provider or a grantee. Rights are checked before the state.
pub fn authorize(
	actor: &Actor,
	relationship: &Relationship,
	act: Act<'_>,
) -> Result<SubjectId, AuthorityError> {
	let party = act.party(actor, relationship).ok_or(AuthorityError::NotAuthorized)?;
	match act.required_state() {
		Some(required) if required != relationship.state => Err(match required {
			RelationshipState::Proposed => AuthorityError::NotProposed,
			_ => AuthorityError::NotActive,
		}),
		_ => Ok(party),
	}
}

/// The origin of a change of status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusOrigin {
	/// The council.
	Council,
	/// An active subject.
	Actor(Actor),
}

/// Whether `origin` may give `subject`, known as `id`, this status. The council decides on
/// organisations, a sponsor on whom it enrolled, and every subject may retire itself.
pub fn may_set_status<AccountId>(
	origin: &StatusOrigin,
	id: &SubjectId,
	subject: &Subject<AccountId>,
	status: Status,
) -> bool {
	match origin {
		StatusOrigin::Council => subject.role.is_organisation(),
		StatusOrigin::Actor(actor) => {
			let retires_itself = actor.subject == *id && status == Status::Retired;
			retires_itself || actor.is_sponsor_of(subject)
		},
	}
}

/// The kind of a call, as far as the arguments of the call determine it. Protective calls have a kind
/// of their own, all others are [`CallKind::Other`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallKind {
	/// `ppr.decline`.
	Decline,
	/// `ppr.terminate`.
	Terminate,
	/// `ppr.deny`.
	Deny,
	/// `ppr.revoke`. The call names a grant by its ID, which may be that of a denial.
	Revoke,
	/// `ppr.revoke_all`.
	RevokeAll,
	/// `registrar.set_status`, with the new status.
	SetStatus(Status),
	/// `registrar.rotate_account`.
	RotateAccount,
	/// Any other call, also one that contains calls, as a batch.
	Other,
}

impl CallKind {
	/// Whether the call is protective: it takes access or power away, or guards against the loss of
	/// an account. Protective transactions have a quota of their own, the highest priority and a
	/// reserved share of each block. To make a subject active again gives power.
	pub const fn is_protective(self) -> bool {
		!matches!(self, CallKind::SetStatus(Status::Active) | CallKind::Other)
	}
}
