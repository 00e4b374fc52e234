//! The organisations of the genesis.

use crate::*;
use medrec_primitives::identity::Role;

impl<T: Config> Pallet<T> {
	/// Admits `organisations` without notice to [`Config::OnProvidersChanged`]. It panics for one that
	/// cannot be admitted: a chain must begin as its specification says.
	pub(crate) fn build_genesis(role: Role, organisations: &[Organisation<T::AccountId>]) {
		for organisation in organisations {
			let Organisation { account, name, .. } = organisation;
			let (bounded_name, profile) = (organisation.bounded_name(), organisation.profile());
			assert!(bounded_name.is_some(), "genesis: the name {name:?} is too long");
			assert!(profile.is_some(), "genesis: {name:?} has too many peers");
			if let Some((bounded_name, profile)) = bounded_name.zip(profile) {
				let admitted = Self::admit(account.clone(), role, bounded_name, profile).err();
				assert!(admitted.is_none(), "genesis: {name:?} cannot be admitted: {admitted:?}");
			}
		}
	}
}
