//! Registration of subjects, their accounts and their identifiers.

mod genesis;
mod lookup;
mod origin;
mod profiles;
mod quota;
mod status;

pub use origin::EnsureActor;

use crate::*;
use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, traits::Time};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{
	authority::Actor,
	identity::{
		is_valid_name, EncryptionKey, Identifier, Name, Profile, Role, Status, Subject, SubjectId,
	},
	summary::ActivityKind,
	traits::Summaries,
};
use sp_runtime::traits::{BlakeTwo256, Hash, Verify};

impl<T: Config> Pallet<T> {
	/// The message that the new account signs for [`Pallet::rotate_account`]:
	/// `"medrec-rotate" || genesis hash || subject || SCALE(account)`. `account` is the current one.
	pub fn rotation_message(subject: &SubjectId, account: &T::AccountId) -> Vec<u8> {
		(b"medrec-rotate", Self::genesis_hash(), subject, account).encode()
	}

	pub(crate) fn do_admit(
		account: T::AccountId,
		role: Role,
		name: Name,
		profile: Profile,
	) -> Result<(), Error<T>> {
		Self::admit(account, role, name, profile)?;
		if role == Role::Provider {
			Self::notify_providers_changed();
		}
		Ok(())
	}

	pub(crate) fn do_enroll(
		actor: Actor,
		account: T::AccountId,
		role: Role,
		identifier: Option<Identifier>,
		encryption_key: Option<EncryptionKey>,
	) -> Result<(), Error<T>> {
		let sponsor = actor.provider().ok_or(Error::<T>::NotAuthorized)?;
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
		actor: Actor,
		id: SubjectId,
		identifier: Identifier,
	) -> Result<(), Error<T>> {
		let subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(actor.is_sponsor_of(&subject), Error::<T>::NotAuthorized);
		ensure!(subject.status != Status::Retired, Error::<T>::Retired);
		Self::bind(&id, identifier)?;
		Self::deposit_event(Event::IdentifierBound { identifier, subject: id });
		Ok(())
	}

	pub(crate) fn do_unbind_identifier(
		actor: Actor,
		identifier: Identifier,
	) -> Result<(), Error<T>> {
		let id = Identifiers::<T>::get(identifier).ok_or(Error::<T>::NotFound)?;
		let subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(actor.is_sponsor_of(&subject), Error::<T>::NotAuthorized);
		Identifiers::<T>::remove(identifier);
		IdentifierCount::<T>::mutate_exists(id, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|count| !count.is_zero());
		});
		Self::deposit_event(Event::IdentifierUnbound { identifier, subject: id });
		Ok(())
	}

	pub(crate) fn do_set_encryption_key(
		Actor { subject: id, .. }: Actor,
		key: Option<EncryptionKey>,
	) -> Result<(), Error<T>> {
		Subjects::<T>::mutate_extant(id, |subject| subject.encryption_key = key);
		Self::deposit_event(Event::EncryptionKeySet { subject: id });
		Ok(())
	}

	pub(crate) fn do_rotate_account(
		Actor { subject: id, role, .. }: Actor,
		to: T::AccountId,
		proof: T::Signature,
	) -> Result<(), Error<T>> {
		let subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let from = subject.account.clone();
		Self::ensure_bindable(&to)?;
		let message = Self::rotation_message(&id, &from);
		ensure!(Self::is_signed(&proof, &message, &to), Error::<T>::InvalidProof);
		Self::release_account(&from)?;
		Self::bind_account(&to, id);
		Subjects::<T>::insert(id, Subject { account: to.clone(), ..subject });
		if role == Role::Provider {
			Self::notify_providers_changed();
		}
		T::Summaries::note(&id, Some(&id), None, ActivityKind::AccountRotated);
		Self::deposit_event(Event::AccountRotated { subject: id, from, to });
		Ok(())
	}

	/// Admits an organisation without notice to [`Config::OnProvidersChanged`].
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
		Self::update_lists(&id, role, true, profile.mining_key.is_some())?;
		Self::put_profile(&id, profile);
		Names::<T>::insert(&name, id);
		NameOf::<T>::insert(id, &name);
		Self::register(id, &account, role, None, None);
		Self::deposit_event(Event::Admitted { subject: id, role, name, account });
		Ok(id)
	}

	/// Stores a new active subject with this ID, which must be [`Self::next_id`].
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
			registered_at: T::Time::now(),
		};
		Subjects::<T>::insert(id, subject);
		// Transactions cannot fill 64 bits.
		NextSubject::<T>::mutate(|next| *next = next.saturating_add(1));
		Self::bind_account(account, id);
		T::Summaries::note(&id, sponsor.as_ref(), None, ActivityKind::Registered);
	}

	/// The ID of the next subject, for a subject that `account` controls.
	pub(crate) fn next_id(account: &T::AccountId) -> SubjectId {
		let number = NextSubject::<T>::get();
		let parts = (b"medrec-subject", Self::genesis_hash(), account, number);
		SubjectId(BlakeTwo256::hash_of(&parts).0)
	}

	/// The hash of the first block. During the build of the genesis it is the default value.
	fn genesis_hash() -> T::Hash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
	}

	/// Binds `account` to the subject. The provider reference keeps the account in the state.
	fn bind_account(account: &T::AccountId, id: SubjectId) {
		SubjectOf::<T>::insert(account, id);
		frame_system::Pallet::<T>::inc_providers(account);
	}

	/// Unbinds `account`, which is never bound again.
	pub(crate) fn release_account(account: &T::AccountId) -> Result<(), Error<T>> {
		frame_system::Pallet::<T>::dec_providers(account).map_err(|_| Error::<T>::AccountInUse)?;
		SubjectOf::<T>::remove(account);
		FormerAccounts::<T>::insert(account, ());
		Ok(())
	}

	/// Binds `identifier` to the subject.
	fn bind(id: &SubjectId, identifier: Identifier) -> Result<(), Error<T>> {
		ensure!(!Identifiers::<T>::contains_key(identifier), Error::<T>::IdentifierTaken);
		let count = IdentifierCount::<T>::get(id);
		ensure!(count < T::MaxIdentifiers::get(), Error::<T>::TooManyIdentifiers);
		IdentifierCount::<T>::insert(id, count.saturating_add(1));
		Identifiers::<T>::insert(identifier, id);
		Ok(())
	}

	/// Whether `proof` is the signature of `account` over `message`, plain or wrapped as wallets wrap
	/// raw bytes.
	fn is_signed(proof: &T::Signature, message: &[u8], account: &T::AccountId) -> bool {
		let wrapped = [b"<Bytes>".as_slice(), message, b"</Bytes>"].concat();
		proof.verify(message, account) || proof.verify(&wrapped[..], account)
	}

	fn ensure_bindable(account: &T::AccountId) -> Result<(), Error<T>> {
		ensure!(!SubjectOf::<T>::contains_key(account), Error::<T>::AccountTaken);
		ensure!(!FormerAccounts::<T>::contains_key(account), Error::<T>::AccountSpent);
		Ok(())
	}
}
