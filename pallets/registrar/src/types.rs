//! The types of the registrar's storage, genesis and admission.

use alloc::{string::String, vec::Vec};
use medrec_primitives::{
	identity::{FinalityKey, MiningKey, Name, Profile},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::Bytes;

/// The calls of a subject in one window.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Usage {
	/// The start of the window: the time of its first call.
	pub window_start: Moment,
	/// The number of ordinary calls in the window.
	pub ordinary: u32,
	/// The number of protective calls in the window.
	pub protective: u32,
}

/// The quota that a call is charged to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuotaClass {
	/// [`Config::Quota`](crate::Config::Quota).
	Ordinary,
	/// [`Config::ProtectiveQuota`](crate::Config::ProtectiveQuota).
	Protective,
}

/// The reason why an account may not send a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AdmissionError {
	/// The account controls no subject.
	Unknown,
	/// The subject of the account is suspended.
	NotActive,
	/// The subject has used up its quota in the current window.
	QuotaExhausted,
}

/// An organisation of the genesis, as a chain specification writes it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organisation<AccountId> {
	/// The account that controls the organisation.
	pub account: AccountId,
	/// The name: see [`medrec_primitives::identity::is_valid_name`].
	pub name: String,
	/// The libp2p peer IDs of its nodes in binary form, as `0x` and hexadecimal digits.
	#[serde(default)]
	pub peers: Vec<Bytes>,
	/// The key that signs the seals of a researcher.
	#[serde(default)]
	pub mining_key: Option<MiningKey>,
	/// The key that signs the GRANDPA votes of a provider.
	#[serde(default)]
	pub finality_key: Option<FinalityKey>,
}

impl<AccountId> Organisation<AccountId> {
	/// An organisation without nodes and keys.
	pub fn new(account: AccountId, name: impl Into<String>) -> Self {
		Self { account, name: name.into(), peers: Vec::new(), mining_key: None, finality_key: None }
	}

	/// The name and the profile. The error tells which bound is exceeded.
	pub(crate) fn bounded(&self) -> Result<(Name, Profile), &'static str> {
		let name = Name::try_from(self.name.clone().into_bytes()).map_err(|_| "NameTooLong")?;
		let peers = self.peers.iter().map(|peer| peer.0.clone().try_into());
		let peers = peers.collect::<Result<Vec<_>, _>>().map_err(|_| "PeerTooLong")?;
		let peers = peers.try_into().map_err(|_| "TooManyPeers")?;
		let (mining_key, finality_key) = (self.mining_key, self.finality_key);
		Ok((name, Profile { gatekeeper: None, peers, mining_key, finality_key }))
	}
}
