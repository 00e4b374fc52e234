//! What the registrar tells others: the runtime API, and the traits by which pallets meet.

use crate::{Config, Identifiers, Miners, Names, Pallet, Profiles, Providers, SubjectOf, Subjects};
use alloc::vec::Vec;
use medrec_primitives::{
	identity::{FinalityKey, Identifier, MiningKey, Name, Role, Subject, SubjectId},
	traits,
};

impl<T: Config> Pallet<T> {
	/// The organisation of this name, whatever its status.
	pub fn resolve(name: &[u8]) -> Option<SubjectId> {
		let name = Name::try_from(name.to_vec()).ok()?;
		Names::<T>::get(name)
	}

	/// The subject to which a provider bound this identifier, whatever its status.
	pub fn resolve_identifier(identifier: &Identifier) -> Option<SubjectId> {
		Identifiers::<T>::get(identifier)
	}

	/// The subject that this account controls, which may be suspended.
	pub fn subject_of(account: &T::AccountId) -> Option<SubjectId> {
		SubjectOf::<T>::get(account)
	}

	/// What is known of a subject, whatever its status.
	pub fn subject(id: &SubjectId) -> Option<Subject<T::AccountId>> {
		Subjects::<T>::get(id)
	}

	/// The active subject that this account controls.
	pub fn active_subject(account: &T::AccountId) -> Option<(SubjectId, Subject<T::AccountId>)> {
		let id = SubjectOf::<T>::get(account)?;
		let subject = Subjects::<T>::get(id).filter(Subject::is_active)?;
		Some((id, subject))
	}

	/// The accounts of the active providers, each with its vote on finality, in the order in which
	/// they became active.
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

impl<T: Config> traits::Subjects<T::AccountId> for Pallet<T> {
	fn active(account: &T::AccountId) -> Option<(SubjectId, Role)> {
		Self::active_subject(account).map(|(id, subject)| (id, subject.role))
	}

	fn role(subject: &SubjectId) -> Option<Role> {
		Subjects::<T>::get(subject).filter(Subject::is_active).map(|subject| subject.role)
	}

	fn acting_provider(account: &T::AccountId) -> Option<SubjectId> {
		let (id, subject) = Self::active_subject(account)?;
		match subject.role {
			Role::Provider => Some(id),
			Role::Device => {
				let provider = subject.sponsor?;
				Subjects::<T>::get(provider).filter(Subject::is_active)?;
				let gatekeeper = Profiles::<T>::get(provider)?.gatekeeper?;
				(gatekeeper.device == id).then_some(provider)
			},
			Role::Clinician | Role::Patient | Role::Researcher => None,
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_subject(account: &T::AccountId, role: Role) -> SubjectId {
		crate::benchmarking::subject::<T>(account, role)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_acting_provider(account: &T::AccountId) -> SubjectId {
		crate::benchmarking::acting_provider::<T>(account)
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

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_miner(seed: u32) -> SubjectId {
		crate::benchmarking::miner::<T>(seed)
	}
}
