//! What the pallet tells the world. The section below becomes a part of the pallet's own module.

/// The events of the pallet.
#[frame_support::pallet_macros::pallet_section]
mod events {
	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider proposed a relationship.
		Proposed {
			/// Its id.
			relationship: RelationshipId,
			/// Who would keep the records.
			provider: SubjectId,
			/// Whose records they would be.
			patient: SubjectId,
		},
		/// The provider took its proposal back.
		Withdrawn {
			/// Its id, which is free of meaning from now on.
			relationship: RelationshipId,
			/// Who proposed it.
			provider: SubjectId,
			/// To whom.
			patient: SubjectId,
		},
		/// The patient accepted a relationship.
		Accepted {
			/// Its id.
			relationship: RelationshipId,
			/// Who keeps the records.
			provider: SubjectId,
			/// Whose records they are.
			patient: SubjectId,
		},
		/// The patient declined a relationship.
		Declined {
			/// Its id.
			relationship: RelationshipId,
			/// Who proposed it.
			provider: SubjectId,
			/// Who declined.
			patient: SubjectId,
		},
		/// A relationship ended.
		Terminated {
			/// Its id.
			relationship: RelationshipId,
			/// The patient or the provider.
			by: SubjectId,
		},
		/// A record or a note was posted.
		RecordPosted {
			/// In which relationship.
			relationship: RelationshipId,
			/// Its id.
			record: RecordId,
			/// The provider, or the patient for a note.
			author: SubjectId,
			/// Always 1.
			version: u32,
		},
		/// A record or a note has a new version.
		RecordAmended {
			/// In which relationship.
			relationship: RelationshipId,
			/// Its id.
			record: RecordId,
			/// The provider, or the patient for a note.
			author: SubjectId,
			/// The number of the new version.
			version: u32,
		},
		/// The patient permitted somebody something.
		Granted {
			/// In which relationship.
			relationship: RelationshipId,
			/// The id of the permit.
			grant: GrantId,
			/// To whom.
			grantee: Grantee,
		},
		/// The patient refused somebody something.
		Denied {
			/// In which relationship.
			relationship: RelationshipId,
			/// The id of the refusal.
			grant: GrantId,
			/// Whom.
			grantee: Grantee,
		},
		/// A permit or a refusal is no more.
		Revoked {
			/// In which relationship.
			relationship: RelationshipId,
			/// Its id.
			grant: GrantId,
			/// Whom it spoke of.
			grantee: Grantee,
			/// The patient, or the grantee that gave it up.
			by: SubjectId,
		},
		/// The patient said anew which records may count in aggregates.
		ResearchConsentSet {
			/// In which relationship.
			relationship: RelationshipId,
		},
	}
}
