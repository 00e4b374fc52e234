//! The organisations that a chain begins with.

use crate::{Config, Pallet};
use alloc::{string::String, vec::Vec};
use medrec_primitives::{
	identity::{Name, Profile, Role},
	H256,
};
use serde::{Deserialize, Serialize};
use sp_core::Bytes;

/// An organisation, as a chain specification writes it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organisation<AccountId> {
	/// The account that controls it.
	pub account: AccountId,
	/// Its name: see [`medrec_primitives::identity::is_valid_name`].
	pub name: String,
	/// The libp2p identities of its nodes, in their binary form; `0x` and hexadecimal digits.
	#[serde(default)]
	pub peers: Vec<Bytes>,
	/// The key that signs a researcher's seals; `0x` and hexadecimal digits.
	#[serde(default)]
	pub mining_key: Option<H256>,
	/// A provider's vote on finality; `0x` and hexadecimal digits.
	#[serde(default)]
	pub finality_key: Option<H256>,
}

impl<AccountId> Organisation<AccountId> {
	/// An organisation with neither nodes nor keys.
	pub fn new(account: AccountId, name: impl Into<String>) -> Self {
		Self { account, name: name.into(), peers: Vec::new(), mining_key: None, finality_key: None }
	}

	/// Its name, if it is no longer than names are.
	fn bounded_name(&self) -> Option<Name> {
		Name::try_from(self.name.as_bytes().to_vec()).ok()
	}

	/// Its profile, if its nodes are no more than a profile holds.
	fn profile(&self) -> Option<Profile> {
		let peers = self
			.peers
			.iter()
			.map(|peer| peer.0.clone().try_into().ok())
			.collect::<Option<Vec<_>>>()?;
		Some(Profile {
			gatekeeper: None,
			peers: peers.try_into().ok()?,
			mining_key: self.mining_key.map(|key| key.0),
			finality_key: self.finality_key.map(|key| key.0),
		})
	}
}

/// Admits `organisations`. It stops if one cannot be admitted, since a chain must not begin with
/// others than its specification says.
pub(crate) fn build<T: Config>(role: Role, organisations: &[Organisation<T::AccountId>]) {
	for organisation in organisations {
		let (name, profile) = (organisation.bounded_name(), organisation.profile());
		assert!(name.is_some(), "genesis: the name {:?} is too long", organisation.name);
		assert!(profile.is_some(), "genesis: {:?} has too many peers", organisation.name);
		if let Some((name, profile)) = name.zip(profile) {
			let admitted = Pallet::<T>::admit(organisation.account.clone(), role, name, profile);
			assert!(
				admitted.is_ok(),
				"genesis: {:?} is not admitted: {:?}",
				organisation.name,
				admitted.err(),
			);
		}
	}
}
