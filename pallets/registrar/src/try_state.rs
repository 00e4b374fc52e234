//! The invariants of the storage.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::Get};
use medrec_primitives::identity::{is_valid_name, Role, Status, Subject, SubjectId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the storage:
	///
	/// 1. The account of each subject that is not retired controls this subject, exists on the chain
	///    and is not a former account. The account of a retired subject is a former account. No
	///    other account controls a subject.
	/// 2. Organisations have no sponsor. All other subjects have one, a provider.
	/// 3. The number of stored subjects is the number of registrations.
	/// 4. Exactly the organisations have a name, each a valid one of its own.
	/// 5. Exactly the organisations that are not retired have a profile, with no field that their role
	///    does not have. A gatekeeper is a device that the provider sponsors.
	/// 6. The stored mining keys and finality keys are exactly those of the profiles.
	/// 7. The listed providers are exactly the active providers, and the listed miners exactly the
	///    active researchers with a mining key, each once.
	/// 8. If there ever was a provider, a provider is listed. If any mining key is held, a miner is
	///    listed.
	/// 9. Each identifier resolves to a subject with a sponsor. The identifiers of a subject are
	///    counted, and not more than the maximum.
	/// 10. Usage is stored only for subjects that are not retired.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_accounts()?;
		Self::check_names()?;
		Self::check_profiles()?;
		Self::check_lists()?;
		Self::check_identifiers()
	}

	/// Invariants 1, 2, 3 and 10.
	fn check_accounts() -> Result<(), TryRuntimeError> {
		let mut known = 0u64;
		for (id, subject) in Subjects::<T>::iter() {
			known = known.saturating_add(1);
			let account = &subject.account;
			if subject.status == Status::Retired {
				ensure!(
					FormerAccounts::<T>::contains_key(account),
					"the account of a retired subject is not a former account"
				);
			} else {
				ensure!(
					SubjectOf::<T>::get(account) == Some(id),
					"the account of a subject does not control it"
				);
				ensure!(
					frame_system::Pallet::<T>::providers(account) > 0,
					"the account of a subject does not exist"
				);
			}
			let sponsor = subject.sponsor.and_then(Subjects::<T>::get);
			ensure!(
				subject.sponsor.is_none() == subject.role.is_organisation()
					&& subject.sponsor.is_some() == sponsor.is_some(),
				"the sponsor does not fit the role"
			);
			ensure!(
				sponsor.is_none_or(|sponsor| sponsor.role == Role::Provider),
				"the sponsor is not a provider"
			);
		}
		ensure!(
			known == NextSubject::<T>::get(),
			"the number of subjects is not the number of registrations"
		);
		for (account, id) in SubjectOf::<T>::iter() {
			ensure!(
				Self::not_retired(&id).is_some_and(|subject| subject.account == account),
				"an account controls a subject that is not its own"
			);
			ensure!(
				!FormerAccounts::<T>::contains_key(&account),
				"a former account controls a subject"
			);
		}
		for id in Usage::<T>::iter_keys() {
			ensure!(
				Self::not_retired(&id).is_some(),
				"usage is stored for no subject or a retired one"
			);
		}
		Ok(())
	}

	/// Invariant 4.
	fn check_names() -> Result<(), TryRuntimeError> {
		for (name, id) in Names::<T>::iter() {
			ensure!(is_valid_name(&name), "a name is not valid");
			ensure!(
				NameOf::<T>::get(id) == Some(name),
				"a name resolves to an organisation with another name"
			);
		}
		for (id, name) in NameOf::<T>::iter() {
			ensure!(
				Names::<T>::get(name) == Some(id),
				"the name of an organisation resolves to another"
			);
			ensure!(
				Subjects::<T>::get(id).is_some_and(|subject| subject.role.is_organisation()),
				"a subject that is not an organisation has a name"
			);
		}
		for (id, subject) in Subjects::<T>::iter() {
			ensure!(
				NameOf::<T>::contains_key(id) == subject.role.is_organisation(),
				"an organisation has no name"
			);
		}
		Ok(())
	}

	/// Invariants 5 and 6.
	fn check_profiles() -> Result<(), TryRuntimeError> {
		for (id, subject) in Subjects::<T>::iter() {
			let has_one = subject.role.is_organisation() && subject.status != Status::Retired;
			ensure!(
				Profiles::<T>::contains_key(id) == has_one,
				"only organisations that are not retired have a profile"
			);
		}
		for (id, profile) in Profiles::<T>::iter() {
			let subject = Subjects::<T>::get(id).ok_or("a profile is stored for no subject")?;
			ensure!(
				subject.role == Role::Provider
					|| profile.gatekeeper.is_none() && profile.finality_key.is_none(),
				"a profile has a field that only providers have"
			);
			ensure!(
				subject.role == Role::Researcher || profile.mining_key.is_none(),
				"a profile has a field that only researchers have"
			);
			let device = profile.gatekeeper.map(|gatekeeper| Subjects::<T>::get(gatekeeper.device));
			ensure!(
				device.is_none_or(|device| device.is_some_and(|device| {
					device.role == Role::Device && device.sponsor == Some(id)
				})),
				"the gatekeeper is not a device of the provider"
			);
			ensure!(
				profile.mining_key.is_none_or(|key| MiningKeys::<T>::get(key) == Some(id))
					&& profile
						.finality_key
						.is_none_or(|key| FinalityKeys::<T>::get(key) == Some(id)),
				"a key of a profile is not stored for its organisation"
			);
		}
		for (key, id) in MiningKeys::<T>::iter() {
			let profile = Profiles::<T>::get(id).unwrap_or_default();
			ensure!(profile.mining_key == Some(key), "a stored mining key is in no profile");
		}
		for (key, id) in FinalityKeys::<T>::iter() {
			let profile = Profiles::<T>::get(id).unwrap_or_default();
			ensure!(profile.finality_key == Some(key), "a stored finality key is in no profile");
		}
		Ok(())
	}

	/// Invariants 7 and 8.
	fn check_lists() -> Result<(), TryRuntimeError> {
		let (mut providers, mut miners) = (Vec::new(), Vec::new());
		let mut had_provider = false;
		for (id, subject) in Subjects::<T>::iter() {
			had_provider |= subject.role == Role::Provider;
			if !subject.is_active() {
				continue;
			}
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
		ensure!(listed == providers, "the listed providers are not the active ones");
		let mut listed = Miners::<T>::get().into_inner();
		listed.sort();
		ensure!(listed == miners, "the listed miners are not the active ones");
		ensure!(!had_provider || !providers.is_empty(), "no provider is active any more");
		let had_miner = MiningKeys::<T>::iter_keys().next().is_some();
		ensure!(!had_miner || !miners.is_empty(), "no miner is active any more");
		Ok(())
	}

	/// Invariant 9.
	fn check_identifiers() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<SubjectId, u32>::new();
		for (_, id) in Identifiers::<T>::iter() {
			ensure!(
				Subjects::<T>::get(id).is_some_and(|subject| subject.sponsor.is_some()),
				"an identifier resolves to no subject with a sponsor"
			);
			let count = counts.entry(id).or_default();
			*count = count.saturating_add(1);
		}
		ensure!(
			counts.values().all(|count| *count <= T::MaxIdentifiers::get()),
			"a subject has too many identifiers"
		);
		let counted: BTreeMap<SubjectId, u32> = IdentifierCount::<T>::iter().collect();
		ensure!(counts == counted, "the identifiers are miscounted");
		Ok(())
	}

	/// The subject, unless it is retired.
	fn not_retired(id: &SubjectId) -> Option<Subject<T::AccountId>> {
		Subjects::<T>::get(id).filter(|subject| subject.status != Status::Retired)
	}
}
