//! Lookups for the runtime API and for other pallets.

use crate::*;
use alloc::vec::Vec;
use medrec_primitives::{
	identity::{FinalityKey, Identifier, MiningKey, Name, Role, Subject, SubjectId},
	traits,
};

impl<T: Config> Pallet<T> {
	/// The organisation with this name, whatever its status.
	pub fn resolve(name: &[u8]) -> Option<SubjectId> {
		let name = Name::try_from(name.to_vec()).ok()?;
		Names::<T>::get(name)
	}

	/// The subject to which this identifier is bound, whatever its status.
	pub fn resolve_identifier(identifier: &Identifier) -> Option<SubjectId> {
		Identifiers::<T>::get(identifier)
	}

	/// The subject that this account controls, active or suspended.
	pub fn subject_of(account: &T::AccountId) -> Option<SubjectId> {
		SubjectOf::<T>::get(account)
	}

	/// The stored subject, whatever its status.
	pub fn subject(id: &SubjectId) -> Option<Subject<T::AccountId>> {
		Subjects::<T>::get(id)
	}

	/// The accounts of the active providers with their finality keys, in the order in which the
	/// providers became active.
	pub fn providers() -> Vec<(T::AccountId, Option<FinalityKey>)> {
		Providers::<T>::get()
			.into_iter()
			.filter_map(|id| {
				let account = Subjects::<T>::get(id)?.account;
				let finality_key = Profiles::<T>::get(id).and_then(|profile| profile.finality_key);
				Some((account, finality_key))
			})
			.collect()
	}
}

impl<T: Config> traits::Subjects for Pallet<T> {
	fn role(subject: &SubjectId) -> Option<Role> {
		Subjects::<T>::get(subject).filter(Subject::is_active).map(|subject| subject.role)
	}
}

impl<T: Config> traits::Miners for Pallet<T> {
	fn miners() -> Vec<(SubjectId, MiningKey)> {
		Miners::<T>::get()
			.into_iter()
			.filter_map(|id| Some((id, Profiles::<T>::get(id)?.mining_key?)))
			.collect()
	}

	fn count() -> u32 {
		Miners::<T>::decode_len().and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
	}

	fn key(miner: &SubjectId) -> Option<MiningKey> {
		Subjects::<T>::get(miner).filter(Subject::is_active)?;
		Profiles::<T>::get(miner)?.mining_key
	}
}
