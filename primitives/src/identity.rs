//! Who is who: subjects, their roles and standing, and the profiles of organisations.

use crate::{bytes32, Moment};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

bytes32! {
	/// A participant. It never changes; the account that controls it can.
	SubjectId;

	/// A keyed hash of a local ID that only one provider can make:
	/// `HMAC-SHA3-256(provider's secret, namespace || 0x00 || local ID)`.
	///
	/// A plain hash of a patient number could be guessed; this cannot, and two providers' identifiers
	/// for one person do not match.
	Identifier;

	/// An X25519 public key to which answers are sealed.
	EncryptionKey;

	/// An Ed25519 public key that signs seals.
	MiningKey;

	/// An Ed25519 public key that votes on finality.
	FinalityKey;
}

/// The longest name of an organisation, in bytes.
pub const MAX_NAME: u32 = 64;

/// The name of an organisation: see [`is_valid_name`].
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME>>;

/// Whether `name` may be registered: 1 to 64 bytes of `a-z`, `0-9`, `.` and `-`, beginning and
/// ending with a letter or a digit.
pub fn is_valid_name(name: &[u8]) -> bool {
	let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
	name.len() <= MAX_NAME as usize
		&& name.first().is_some_and(alphanumeric)
		&& name.last().is_some_and(alphanumeric)
		&& name.iter().all(|byte| alphanumeric(byte) || matches!(byte, b'.' | b'-'))
}

/// What a subject is on the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
	/// A hospital, practice or laboratory that keeps records.
	Provider,
	/// A person who treats patients, enrolled by a provider.
	Clinician,
	/// A person whose records these are.
	Patient,
	/// An organisation that mines and earns bounties.
	Researcher,
	/// A machine of a provider: a gatekeeper, a monitor, a pump.
	Device,
}

impl Role {
	/// Whether the role is an organisation's, admitted by the council and known by a name.
	pub fn is_organisation(self) -> bool {
		matches!(self, Role::Provider | Role::Researcher)
	}
}

/// Whether a subject may act.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
	/// May act.
	Active,
	/// May not act until made active again.
	Suspended,
	/// Will not act again.
	Retired,
}

/// What the registrar knows of a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Subject<AccountId> {
	/// What the subject is.
	pub role: Role,
	/// The account that controls it now.
	pub account: AccountId,
	/// The provider that enrolled it; none for organisations, which the council admits.
	pub sponsor: Option<SubjectId>,
	/// Whether it may act.
	pub status: Status,
	/// Where to seal answers for it.
	pub encryption_key: Option<EncryptionKey>,
	/// When it was registered.
	pub registered_at: Moment,
}

impl<AccountId> Subject<AccountId> {
	/// Whether the subject may act.
	pub fn is_active(&self) -> bool {
		self.status == Status::Active
	}
}

/// Where a provider's gatekeeper is reached, and as whom it signs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Gatekeeper {
	/// Its base address, as `https://gate.example.org`.
	pub url: BoundedVec<u8, ConstU32<256>>,
	/// The Device subject whose key it holds.
	pub device: SubjectId,
}

/// What an organisation tells of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Profile {
	/// A provider's gatekeeper.
	pub gatekeeper: Option<Gatekeeper>,
	/// The libp2p identities of its nodes, in their binary form.
	pub peers: BoundedVec<BoundedVec<u8, ConstU32<64>>, ConstU32<8>>,
	/// The key that signs a researcher's seals. Without one it does not mine.
	pub mining_key: Option<MiningKey>,
	/// A provider's vote on finality. A provider without one does not vote.
	pub finality_key: Option<FinalityKey>,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_are_lower_case_and_bounded() {
		for good in ["a", "0", "hospital-a.example", "a--b"] {
			assert!(is_valid_name(good.as_bytes()), "{good}");
		}
		assert!(is_valid_name(&[b'a'; 64]));
		for bad in ["", "A", "a b", "-a", "a-", ".a", "a.", "ä", "a_b"] {
			assert!(!is_valid_name(bad.as_bytes()), "{bad}");
		}
		assert!(!is_valid_name(&[b'a'; 65]));
	}
}
