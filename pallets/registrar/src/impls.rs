//! How subjects come to be, and which account controls them.

use crate::{
	Config, Error, Event, FormerAccounts, IdentifierCount, Identifiers, NameOf, Names, NextSubject,
	Pallet, SubjectOf, Subjects,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{
	identity::{
		is_valid_name, EncryptionKey, Identifier, Name, Profile, Role, Status, Subject, SubjectId,
	},
	summary::ActivityKind,
	traits::{Clock, Summaries},
};
use parity_scale_codec::Encode;
use sp_runtime::traits::{BlakeTwo256, Hash, Verify, Zero};

impl<T: Config> Pallet<T> {
	/// What the new account signs when the subject that `account` controls is handed to it:
	/// `"medrec-rotate" || genesis hash || subject || SCALE(account)`.
	pub fn rotation_message(subject: &SubjectId, account: &T::AccountId) -> Vec<u8> {
		(b"medrec-rotate", Self::genesis_hash(), subject, account).encode()
	}

	pub(crate) fn do_admit_provider(
		account: T::AccountId,
		name: Name,
		profile: Profile,
	) -> Result<(), Error<T>> {
		Self::admit(account, Role::Provider, name, profile)?;
		Self::tell_providers();
		Ok(())
	}

	pub(crate) fn do_admit_researcher(
		account: T::AccountId,
		name: Name,
		profile: Profile,
	) -> Result<(), Error<T>> {
		Self::admit(account, Role::Researcher, name, profile)?;
		Ok(())
	}

	pub(crate) fn do_enroll(
		who: &T::AccountId,
		account: T::AccountId,
		role: Role,
		identifier: Option<Identifier>,
		encryption_key: Option<EncryptionKey>,
	) -> Result<(), Error<T>> {
		let sponsor = Self::ensure_provider(who)?;
		ensure!(!role.is_organisation(), Error::<T>::InvalidRole);
		Self::ensure_bindable(&account)?;
		let id = Self::next_id(&account);
		if let Some(identifier) = identifier {
			Self::bind(&id, identifier)?;
		}
		Self::register(id, &account, role, Some(sponsor), encryption_key);
		Self::deposit_event(Event::Enrolled { subject: id, role, sponsor, account });
		if let Some(identifier) = identifier {
			Self::deposit_event(Event::IdentifierBound { identifier, subject: id });
		}
		Ok(())
	}

	pub(crate) fn do_bind_identifier(
		who: &T::AccountId,
		id: SubjectId,
		identifier: Identifier,
	) -> Result<(), Error<T>> {
		let subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		Self::ensure_sponsor(who, &subject)?;
		ensure!(subject.status != Status::Retired, Error::<T>::Retired);
		Self::bind(&id, identifier)?;
		Self::deposit_event(Event::IdentifierBound { identifier, subject: id });
		Ok(())
	}

	pub(crate) fn do_unbind_identifier(
		who: &T::AccountId,
		identifier: Identifier,
	) -> Result<(), Error<T>> {
		let id = Identifiers::<T>::get(identifier).ok_or(Error::<T>::NotFound)?;
		let subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		Self::ensure_sponsor(who, &subject)?;
		Identifiers::<T>::remove(identifier);
		IdentifierCount::<T>::mutate_exists(id, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|count| !count.is_zero());
		});
		Self::deposit_event(Event::IdentifierUnbound { identifier, subject: id });
		Ok(())
	}

	pub(crate) fn do_set_encryption_key(
		who: &T::AccountId,
		key: Option<EncryptionKey>,
	) -> Result<(), Error<T>> {
		let (id, mut subject) = Self::ensure_active(who)?;
		subject.encryption_key = key;
		Subjects::<T>::insert(id, subject);
		Self::deposit_event(Event::EncryptionKeySet { subject: id });
		Ok(())
	}

	pub(crate) fn do_rotate_account(
		who: &T::AccountId,
		new_account: T::AccountId,
		proof: T::Signature,
	) -> Result<(), Error<T>> {
		let (id, mut subject) = Self::ensure_active(who)?;
		Self::ensure_bindable(&new_account)?;
		let message = Self::rotation_message(&id, who);
		ensure!(Self::is_signed(&proof, &message, &new_account), Error::<T>::InvalidProof);
		Self::release_account(who)?;
		Self::bind_account(&new_account, id);
		subject.account = new_account.clone();
		let role = subject.role;
		Subjects::<T>::insert(id, subject);
		if role == Role::Provider {
			Self::tell_providers();
		}
		T::Summaries::note(&id, Some(&id), None, ActivityKind::AccountRotated);
		Self::deposit_event(Event::AccountRotated {
			subject: id,
			from: who.clone(),
			to: new_account,
		});
		Ok(())
	}

	/// Admits an organisation, and tells no one but its summary and the events.
	pub(crate) fn admit(
		account: T::AccountId,
		role: Role,
		name: Name,
		profile: Profile,
	) -> Result<SubjectId, Error<T>> {
		ensure!(is_valid_name(&name), Error::<T>::InvalidName);
		ensure!(!Names::<T>::contains_key(&name), Error::<T>::NameTaken);
		Self::ensure_bindable(&account)?;
		let id = Self::next_id(&account);
		Self::ensure_profile(&id, role, &profile)?;
		Self::relist(&id, role, true, profile.mining_key.is_some())?;
		Self::put_profile(&id, profile);
		Names::<T>::insert(&name, id);
		NameOf::<T>::insert(id, &name);
		Self::register(id, &account, role, None, None);
		Self::deposit_event(Event::Admitted { subject: id, role, name, account });
		Ok(id)
	}

	/// Stores a new active subject of this id, which must be [`Self::next_id`].
	pub(crate) fn register(
		id: SubjectId,
		account: &T::AccountId,
		role: Role,
		sponsor: Option<SubjectId>,
		encryption_key: Option<EncryptionKey>,
	) {
		let subject = Subject {
			role,
			account: account.clone(),
			sponsor,
			status: Status::Active,
			encryption_key,
			registered_at: T::Clock::now(),
		};
		Subjects::<T>::insert(id, subject);
		NextSubject::<T>::mutate(|next| *next = next.saturating_add(1));
		Self::bind_account(account, id);
		T::Summaries::note(&id, sponsor.as_ref(), None, ActivityKind::Registered);
	}

	/// The id of the next subject, if `account` is to control it.
	pub(crate) fn next_id(account: &T::AccountId) -> SubjectId {
		let number = NextSubject::<T>::get();
		BlakeTwo256::hash_of(&(b"medrec-subject", Self::genesis_hash(), account, number))
	}

	/// The hash of the first block. While that is being made, a placeholder.
	fn genesis_hash() -> T::Hash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
	}

	/// Makes `account` control the subject. The account exists from now on.
	fn bind_account(account: &T::AccountId, id: SubjectId) {
		SubjectOf::<T>::insert(account, id);
		frame_system::Pallet::<T>::inc_providers(account);
	}

	/// Makes `account` control nothing, for ever.
	pub(crate) fn release_account(account: &T::AccountId) -> Result<(), Error<T>> {
		frame_system::Pallet::<T>::dec_providers(account).map_err(|_| Error::<T>::AccountInUse)?;
		SubjectOf::<T>::remove(account);
		FormerAccounts::<T>::insert(account, ());
		Ok(())
	}

	/// Lets `identifier` stand for the subject.
	fn bind(id: &SubjectId, identifier: Identifier) -> Result<(), Error<T>> {
		ensure!(!Identifiers::<T>::contains_key(identifier), Error::<T>::IdentifierTaken);
		let count = IdentifierCount::<T>::get(id);
		ensure!(count < T::MaxIdentifiers::get(), Error::<T>::TooManyIdentifiers);
		IdentifierCount::<T>::insert(id, count.saturating_add(1));
		Identifiers::<T>::insert(identifier, id);
		Ok(())
	}

	/// Whether `account` signed `message`, or did as wallets sign raw bytes.
	fn is_signed(proof: &T::Signature, message: &[u8], account: &T::AccountId) -> bool {
		let wrapped = [b"<Bytes>".as_slice(), message, b"</Bytes>"].concat();
		proof.verify(message, account) || proof.verify(&wrapped[..], account)
	}

	fn ensure_bindable(account: &T::AccountId) -> Result<(), Error<T>> {
		ensure!(!SubjectOf::<T>::contains_key(account), Error::<T>::AccountTaken);
		ensure!(!FormerAccounts::<T>::contains_key(account), Error::<T>::AccountSpent);
		Ok(())
	}

	/// The active subject that `account` controls.
	pub(crate) fn ensure_active(
		account: &T::AccountId,
	) -> Result<(SubjectId, Subject<T::AccountId>), Error<T>> {
		Self::active_subject(account).ok_or(Error::<T>::NotAuthorized)
	}

	/// The active provider that `account` controls.
	fn ensure_provider(account: &T::AccountId) -> Result<SubjectId, Error<T>> {
		let (id, subject) = Self::ensure_active(account)?;
		ensure!(subject.role == Role::Provider, Error::<T>::NotAuthorized);
		Ok(id)
	}

	/// Whether `account` controls the active sponsor of `subject`.
	fn ensure_sponsor(
		account: &T::AccountId,
		subject: &Subject<T::AccountId>,
	) -> Result<(), Error<T>> {
		let provider = Self::ensure_provider(account)?;
		ensure!(subject.sponsor == Some(provider), Error::<T>::NotAuthorized);
		Ok(())
	}
}
