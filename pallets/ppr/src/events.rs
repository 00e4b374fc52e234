//! The events of the pallet. The section becomes part of the module `pallet`.

/// The events of the pallet.
#[frame_support::pallet_macros::pallet_section]
mod events {
	/// The events of the pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider proposed a relationship.
		Proposed {
			/// The relationship.
			relationship: RelationshipId,
			/// The proposing provider.
			provider: SubjectId,
			/// The patient, who has to answer.
			patient: SubjectId,
		},
		/// The provider withdrew a proposal.
		Withdrawn {
			/// The removed relationship.
			relationship: RelationshipId,
			/// The provider.
			provider: SubjectId,
			/// The patient.
			patient: SubjectId,
		},
		/// The patient accepted a relationship.
		Accepted {
			/// The relationship.
			relationship: RelationshipId,
			/// The provider, which may now post records.
			provider: SubjectId,
			/// The patient.
			patient: SubjectId,
		},
		/// The patient declined a relationship.
		Declined {
			/// The relationship.
			relationship: RelationshipId,
			/// The provider.
			provider: SubjectId,
			/// The patient.
			patient: SubjectId,
		},
		/// A party terminated a relationship.
		Terminated {
			/// The relationship.
			relationship: RelationshipId,
			/// The patient or the provider.
			by: SubjectId,
		},
		/// A record or a note was posted.
		RecordPosted {
			/// The relationship.
			relationship: RelationshipId,
			/// The record.
			record: RecordId,
			/// The provider, or the patient for a note.
			author: SubjectId,
			/// Always 1.
			version: u32,
		},
		/// A record or a note has a new version.
		RecordAmended {
			/// The relationship.
			relationship: RelationshipId,
			/// The record.
			record: RecordId,
			/// The provider, or the patient for a note.
			author: SubjectId,
			/// The number of the new version.
			version: u32,
		},
		/// The patient gave a permission.
		Granted {
			/// The relationship.
			relationship: RelationshipId,
			/// The new permission.
			grant: GrantId,
			/// The grantee.
			grantee: Grantee,
		},
		/// The patient gave a denial.
		Denied {
			/// The relationship.
			relationship: RelationshipId,
			/// The new denial.
			grant: GrantId,
			/// The grantee.
			grantee: Grantee,
		},
		/// A permission or a denial was revoked.
		Revoked {
			/// The relationship.
			relationship: RelationshipId,
			/// The removed grant.
			grant: GrantId,
			/// The grantee.
			grantee: Grantee,
			/// The patient, or the grantee that gave it up.
			by: SubjectId,
		},
		/// The patient set the consent to research.
		ResearchConsentSet {
			/// The relationship.
			relationship: RelationshipId,
		},
	}
}
