//! The invariants of the storage.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::pallet_prelude::*;
use medrec_primitives::identity::{is_valid_name, Profile, Role, Status, Subject, SubjectId};
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
		for (id, Subject { role, account, sponsor, status, .. }) in Subjects::<T>::iter() {
			known = known.saturating_add(1);
			if status == Status::Retired {
				let is_former = FormerAccounts::<T>::contains_key(&account);
				ensure!(is_former, "the account of a retired subject is not a former account");
			} else {
				let controls = SubjectOf::<T>::get(&account) == Some(id);
				ensure!(controls, "the account of a subject does not control it");
				let exists = frame_system::Pallet::<T>::providers(&account) > 0;
				ensure!(exists, "the account of a subject does not exist");
			}
			let found = sponsor.and_then(Subjects::<T>::get);
			let fits =
				sponsor.is_some() != role.is_organisation() && sponsor.is_some() == found.is_some();
			ensure!(fits, "the sponsor does not fit the role");
			let is_provider = found.is_none_or(|sponsor| sponsor.role == Role::Provider);
			ensure!(is_provider, "the sponsor is not a provider");
		}
		let registered = NextSubject::<T>::get();
		ensure!(known == registered, "the number of subjects is not the number of registrations");
		for (account, id) in SubjectOf::<T>::iter() {
			let is_own = Self::not_retired(&id).is_some_and(|subject| subject.account == account);
			ensure!(is_own, "an account controls a subject that is not its own");
			let is_former = FormerAccounts::<T>::contains_key(&account);
			ensure!(!is_former, "a former account controls a subject");
		}
		let mut users = Usage::<T>::iter_keys();
		let all_act = users.all(|id| Self::not_retired(&id).is_some());
		ensure!(all_act, "usage is stored for no subject or a retired one");
		Ok(())
	}

	/// Invariant 4.
	fn check_names() -> Result<(), TryRuntimeError> {
		for (name, id) in Names::<T>::iter() {
			ensure!(is_valid_name(&name), "a name is not valid");
			let is_own = NameOf::<T>::get(id) == Some(name);
			ensure!(is_own, "a name resolves to an organisation with another name");
		}
		for (id, name) in NameOf::<T>::iter() {
			let resolves = Names::<T>::get(name) == Some(id);
			ensure!(resolves, "the name of an organisation resolves to another");
			let holder = Subjects::<T>::get(id).filter(|subject| subject.role.is_organisation());
			ensure!(holder.is_some(), "a subject that is not an organisation has a name");
		}
		let mut organisations =
			Subjects::<T>::iter().filter(|(_, subject)| subject.role.is_organisation());
		let all_named = organisations.all(|(id, _)| NameOf::<T>::contains_key(id));
		ensure!(all_named, "an organisation has no name");
		Ok(())
	}

	/// Invariants 5 and 6.
	fn check_profiles() -> Result<(), TryRuntimeError> {
		for (id, subject) in Subjects::<T>::iter() {
			let has_one = subject.role.is_organisation() && subject.status != Status::Retired;
			let fits = Profiles::<T>::contains_key(id) == has_one;
			ensure!(fits, "only organisations that are not retired have a profile");
		}
		for (id, Profile { gatekeeper, mining_key, finality_key, .. }) in Profiles::<T>::iter() {
			let role = Subjects::<T>::get(id).ok_or("a profile is stored for no subject")?.role;
			let is_providers = gatekeeper.is_some() || finality_key.is_some();
			let fits = role == Role::Provider || !is_providers;
			ensure!(fits, "a profile has a field that only providers have");
			let fits = role == Role::Researcher || mining_key.is_none();
			ensure!(fits, "a profile has a field that only researchers have");
			let is_own_device = |device: Subject<T::AccountId>| {
				device.role == Role::Device && device.sponsor == Some(id)
			};
			let keeps = gatekeeper.is_none_or(|gatekeeper| {
				Subjects::<T>::get(gatekeeper.device).is_some_and(is_own_device)
			});
			ensure!(keeps, "the gatekeeper is not a device of the provider");
			let held = mining_key.is_none_or(|key| MiningKeys::<T>::get(key) == Some(id))
				&& finality_key.is_none_or(|key| FinalityKeys::<T>::get(key) == Some(id));
			ensure!(held, "a key of a profile is not stored for its organisation");
		}
		let profile = |id| Profiles::<T>::get(id).unwrap_or_default();
		for (key, id) in MiningKeys::<T>::iter() {
			ensure!(profile(id).mining_key == Some(key), "a stored mining key is in no profile");
		}
		for (key, id) in FinalityKeys::<T>::iter() {
			ensure!(
				profile(id).finality_key == Some(key),
				"a stored finality key is in no profile"
			);
		}
		Ok(())
	}

	/// Invariants 7 and 8.
	fn check_lists() -> Result<(), TryRuntimeError> {
		let active = |role| {
			Subjects::<T>::iter()
				.filter(move |(_, subject)| subject.is_active() && subject.role == role)
				.map(|(id, _)| id)
		};
		let has_key =
			|id: &SubjectId| Profiles::<T>::get(id).is_some_and(|p| p.mining_key.is_some());
		let sorted = |mut ids: Vec<SubjectId>| {
			ids.sort();
			ids
		};
		let providers = sorted(Providers::<T>::get().into_inner());
		let fits = providers == sorted(active(Role::Provider).collect());
		ensure!(fits, "the listed providers are not the active ones");
		let miners = sorted(Miners::<T>::get().into_inner());
		let fits = miners == sorted(active(Role::Researcher).filter(has_key).collect());
		ensure!(fits, "the listed miners are not the active ones");
		let had_provider = Subjects::<T>::iter_values().any(|it| it.role == Role::Provider);
		ensure!(!had_provider || !providers.is_empty(), "no provider is active any more");
		let had_miner = MiningKeys::<T>::iter_keys().next().is_some();
		ensure!(!had_miner || !miners.is_empty(), "no miner is active any more");
		Ok(())
	}

	/// Invariant 9.
	fn check_identifiers() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<SubjectId, u32>::new();
		for id in Identifiers::<T>::iter_values() {
			let sponsor = Subjects::<T>::get(id).and_then(|subject| subject.sponsor);
			ensure!(sponsor.is_some(), "an identifier resolves to no subject with a sponsor");
			let count = counts.entry(id).or_default();
			*count = count.saturating_add(1);
		}
		let bounded = counts.values().all(|count| *count <= T::MaxIdentifiers::get());
		ensure!(bounded, "a subject has too many identifiers");
		let counted: BTreeMap<SubjectId, u32> = IdentifierCount::<T>::iter().collect();
		ensure!(counts == counted, "the identifiers are miscounted");
		Ok(())
	}

	/// The subject, unless it is retired.
	fn not_retired(id: &SubjectId) -> Option<Subject<T::AccountId>> {
		Subjects::<T>::get(id).filter(|subject| subject.status != Status::Retired)
	}
}
