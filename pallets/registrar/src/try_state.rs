//! What always holds of the registrar's storage.

use crate::{
	Config, FinalityKeys, FormerAccounts, IdentifierCount, Identifiers, Miners, MiningKeys, NameOf,
	Names, NextSubject, Pallet, Profiles, Providers, SubjectOf, Subjects, Usage,
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::Get};
use medrec_primitives::identity::{is_valid_name, Role, Status, Subject, SubjectId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks what always holds:
	///
	/// 1. Every subject that is not retired is the one that its account controls; that account
	///    exists on the chain and is not a former one. The account of a retired subject is a former
	///    one. No account controls anything else, and no former account controls anything.
	/// 2. Organisations have no sponsor; all others have one, and it is a provider.
	/// 3. As many subjects are stored as ever were registered.
	/// 4. Exactly the organisations have a name. No two share one, and all are well made.
	/// 5. Exactly the organisations that are not retired have a profile, and it tells only what its
	///    role has. A gatekeeper is a device that the provider sponsors.
	/// 6. The mining keys and finality keys are exactly those in profiles.
	/// 7. The listed providers are exactly the active ones, and the listed miners exactly the active
	///    researchers with a mining key, each once.
	/// 8. Every identifier stands for a known subject that a provider enrolled. How many stand for
	///    it is counted, and no more than it may have.
	/// 9. Usage is counted only for subjects that are not retired.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_accounts()?;
		Self::check_names()?;
		Self::check_profiles()?;
		Self::check_lists()?;
		Self::check_identifiers()
	}

	/// Invariants 1, 2, 3 and 9.
	fn check_accounts() -> Result<(), TryRuntimeError> {
		let mut known = 0u64;
		for (id, subject) in Subjects::<T>::iter() {
			known = known.saturating_add(1);
			let account = &subject.account;
			if subject.status == Status::Retired {
				ensure!(
					FormerAccounts::<T>::contains_key(account),
					"account of a retired subject is not a former one"
				);
			} else {
				ensure!(
					SubjectOf::<T>::get(account) == Some(id),
					"subject is not what its account controls"
				);
				ensure!(
					frame_system::Pallet::<T>::providers(account) > 0,
					"account of a subject does not exist"
				);
			}
			let sponsor = subject.sponsor.and_then(Subjects::<T>::get);
			ensure!(
				subject.sponsor.is_none() == subject.role.is_organisation()
					&& subject.sponsor.is_some() == sponsor.is_some(),
				"not the sponsor that the role has"
			);
			ensure!(
				sponsor.is_none_or(|sponsor| sponsor.role == Role::Provider),
				"sponsor is not a provider"
			);
		}
		ensure!(known == NextSubject::<T>::get(), "not as many subjects as registered");
		for (account, id) in SubjectOf::<T>::iter() {
			ensure!(
				Self::standing(&id).is_some_and(|subject| subject.account == account),
				"account controls what it should not"
			);
			ensure!(
				!FormerAccounts::<T>::contains_key(&account),
				"former account controls a subject"
			);
		}
		for id in Usage::<T>::iter_keys() {
			ensure!(Self::standing(&id).is_some(), "usage of a subject that is gone");
		}
		Ok(())
	}

	/// Invariant 4.
	fn check_names() -> Result<(), TryRuntimeError> {
		for (name, id) in Names::<T>::iter() {
			ensure!(is_valid_name(&name), "name is not well made");
			ensure!(NameOf::<T>::get(id) == Some(name), "name of another organisation");
		}
		for (id, name) in NameOf::<T>::iter() {
			ensure!(Names::<T>::get(name) == Some(id), "name resolves to another");
			ensure!(
				Subjects::<T>::get(id).is_some_and(|subject| subject.role.is_organisation()),
				"name of none that has one"
			);
		}
		for (id, subject) in Subjects::<T>::iter() {
			ensure!(
				NameOf::<T>::contains_key(id) == subject.role.is_organisation(),
				"organisation without a name"
			);
		}
		Ok(())
	}

	/// Invariants 5 and 6.
	fn check_profiles() -> Result<(), TryRuntimeError> {
		for (id, subject) in Subjects::<T>::iter() {
			let has_one = subject.role.is_organisation() && subject.status != Status::Retired;
			ensure!(Profiles::<T>::contains_key(id) == has_one, "not the profile that it has");
		}
		for (id, profile) in Profiles::<T>::iter() {
			let subject = Subjects::<T>::get(id).ok_or("profile of nobody")?;
			ensure!(
				subject.role == Role::Provider
					|| profile.gatekeeper.is_none() && profile.finality_key.is_none(),
				"profile tells what only providers have"
			);
			ensure!(
				subject.role == Role::Researcher || profile.mining_key.is_none(),
				"profile tells what only researchers have"
			);
			let device = profile.gatekeeper.map(|gatekeeper| Subjects::<T>::get(gatekeeper.device));
			ensure!(
				device.is_none_or(|device| device.is_some_and(|device| {
					device.role == Role::Device && device.sponsor == Some(id)
				})),
				"gatekeeper is not a device of the provider"
			);
			ensure!(
				profile.mining_key.is_none_or(|key| MiningKeys::<T>::get(key) == Some(id))
					&& profile
						.finality_key
						.is_none_or(|key| FinalityKeys::<T>::get(key) == Some(id)),
				"key in a profile is not held"
			);
		}
		for (key, id) in MiningKeys::<T>::iter() {
			let profile = Profiles::<T>::get(id).unwrap_or_default();
			ensure!(profile.mining_key == Some(key), "mining key is in no profile");
		}
		for (key, id) in FinalityKeys::<T>::iter() {
			let profile = Profiles::<T>::get(id).unwrap_or_default();
			ensure!(profile.finality_key == Some(key), "finality key is in no profile");
		}
		Ok(())
	}

	/// Invariant 7.
	fn check_lists() -> Result<(), TryRuntimeError> {
		let mut providers = Vec::new();
		let mut miners = Vec::new();
		for (id, subject) in Subjects::<T>::iter().filter(|(_, subject)| subject.is_active()) {
			let profile = Profiles::<T>::get(id).unwrap_or_default();
			match subject.role {
				Role::Provider => providers.push(id),
				Role::Researcher if profile.mining_key.is_some() => miners.push(id),
				_ => {},
			}
		}
		providers.sort();
		miners.sort();
		let mut listed = Providers::<T>::get().into_inner();
		listed.sort();
		ensure!(listed == providers, "listed providers are not the active ones");
		let mut listed = Miners::<T>::get().into_inner();
		listed.sort();
		ensure!(listed == miners, "listed miners are not the active ones");
		Ok(())
	}

	/// Invariant 8.
	fn check_identifiers() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<SubjectId, u32>::new();
		for (_, id) in Identifiers::<T>::iter() {
			ensure!(
				Subjects::<T>::get(id).is_some_and(|subject| subject.sponsor.is_some()),
				"identifier of none that has one"
			);
			let count = counts.entry(id).or_default();
			*count = count.saturating_add(1);
		}
		ensure!(
			counts.values().all(|count| *count <= T::MaxIdentifiers::get()),
			"too many identifiers"
		);
		let counted: BTreeMap<SubjectId, u32> = IdentifierCount::<T>::iter().collect();
		ensure!(counts == counted, "identifiers are miscounted");
		Ok(())
	}

	/// A subject that is not retired.
	fn standing(id: &SubjectId) -> Option<Subject<T::AccountId>> {
		Subjects::<T>::get(id).filter(|subject| subject.status != Status::Retired)
	}
}
