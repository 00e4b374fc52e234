//! The organisations of the genesis.

use crate::*;
use medrec_primitives::identity::Role;

impl<T: Config> Pallet<T> {
	/// Admits `organisations` without notice to [`Config::OnProvidersChanged`]. It panics for one that
	/// cannot be admitted: a chain must begin as its specification says.
	pub(crate) fn build_genesis(role: Role, organisations: &[Organisation<T::AccountId>]) {
		for organisation in organisations {
			let admitted = organisation.bounded().and_then(|(name, profile)| {
				Ok(Self::admit(organisation.account.clone(), role, name, profile)?)
			});
			let (name, error) = (&organisation.name, admitted.err().unwrap_or_default());
			assert!(error.is_empty(), "genesis: {name:?} cannot be admitted: {error}");
		}
	}
}
