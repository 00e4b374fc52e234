//! The events of the pallet. The section becomes part of the module `pallet`.

/// The events of the registrar.
#[frame_support::pallet_macros::pallet_section]
mod events {
	/// The events of the registrar.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The council admitted an organisation.
		Admitted {
			/// The new subject.
			subject: SubjectId,
			/// Provider or researcher.
			role: Role,
			/// The name, which no other organisation ever has.
			name: Name,
			/// The account that controls the subject.
			account: T::AccountId,
		},
		/// A provider enrolled a subject.
		Enrolled {
			/// The new subject.
			subject: SubjectId,
			/// Patient, clinician or device.
			role: Role,
			/// The provider.
			sponsor: SubjectId,
			/// The account that controls the subject.
			account: T::AccountId,
		},
		/// A sponsor bound an identifier to a subject.
		IdentifierBound {
			/// The identifier.
			identifier: Identifier,
			/// The subject to which it resolves.
			subject: SubjectId,
		},
		/// A sponsor unbound an identifier.
		IdentifierUnbound {
			/// The identifier, which resolves to no subject.
			identifier: Identifier,
			/// The subject to which it resolved.
			subject: SubjectId,
		},
		/// An organisation set its profile.
		ProfileSet {
			/// The organisation.
			subject: SubjectId,
		},
		/// A subject set or removed its encryption key.
		EncryptionKeySet {
			/// The subject.
			subject: SubjectId,
		},
		/// A subject moved to another account.
		AccountRotated {
			/// The subject.
			subject: SubjectId,
			/// The former account, which is never bound again.
			from: T::AccountId,
			/// The account that controls the subject.
			to: T::AccountId,
		},
		/// The status of a subject changed.
		StatusSet {
			/// The subject.
			subject: SubjectId,
			/// The new status.
			status: Status,
		},
	}
}
