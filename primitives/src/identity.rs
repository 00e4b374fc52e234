//! Subjects, their roles and status, and the profiles of organisations.

use crate::{bytes32, commitment::hmac_sha3, Moment};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

bytes32! {
	/// The ID of a subject, a participant of the network. It never changes, while the account that
	/// controls the subject may.
	SubjectId;

	/// A keyed hash of a provider's local ID for a subject ([`Identifier::derive`]).
	///
	/// A hash without a key could be guessed from a patient number. The identifiers of two providers
	/// for one person differ.
	Identifier;

	/// An X25519 public key to which answers for a subject are sealed.
	EncryptionKey;

	/// An Ed25519 public key that signs the seals of blocks.
	MiningKey;

	/// An Ed25519 public key that signs GRANDPA votes.
	FinalityKey;
}

impl Identifier {
	/// `HMAC-SHA3-256(secret, namespace || 0x00 || local ID)`, where `secret` is the provider's. The
	/// namespace must not contain 0x00.
	pub fn derive(secret: &[u8; 32], namespace: &str, local_id: &str) -> Identifier {
		Identifier(hmac_sha3(secret, &[namespace.as_bytes(), &[0], local_id.as_bytes()]).0)
	}
}

/// The maximum length of a [`Name`], in bytes.
pub const MAX_NAME: u32 = 64;

/// The name of an organisation. [`is_valid_name`] defines its alphabet.
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

/// The role of a subject. It is set at registration and never changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
	/// A hospital, practice or laboratory that keeps records. Admitted by the council.
	Provider,
	/// A person who treats patients. Enrolled by a provider.
	Clinician,
	/// A person whom records are about. Enrolled by a provider.
	Patient,
	/// An organisation that mines and earns bounties. Admitted by the council.
	Researcher,
	/// A machine of a provider, such as a gatekeeper or a monitor. Enrolled by the provider.
	Device,
}

impl Role {
	/// Whether the council admits subjects of this role. They have a name and a profile.
	pub fn is_organisation(self) -> bool {
		matches!(self, Role::Provider | Role::Researcher)
	}
}

/// The status of a subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
	/// The subject may act.
	Active,
	/// The subject may not act until its status is `Active` again. It keeps account, name and keys.
	Suspended,
	/// The subject never acts again. Its account, profile and keys are released.
	Retired,
}

/// A subject as the registrar stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Subject<AccountId> {
	/// The role.
	pub role: Role,
	/// The account that controls the subject. For a retired subject, the last one.
	pub account: AccountId,
	/// The provider that enrolled the subject, `None` for organisations.
	pub sponsor: Option<SubjectId>,
	/// The status.
	pub status: Status,
	/// The key to which answers for the subject are sealed.
	pub encryption_key: Option<EncryptionKey>,
	/// The time of registration.
	pub registered_at: Moment,
}

impl<AccountId> Subject<AccountId> {
	/// Whether the status is [`Status::Active`].
	pub fn is_active(&self) -> bool {
		self.status == Status::Active
	}
}

/// The gatekeeper of a provider.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Gatekeeper {
	/// The base URL, as `https://gate.example.org`; at most 256 bytes.
	pub url: BoundedVec<u8, ConstU32<256>>,
	/// The subject that the gatekeeper signs as, a device of the provider.
	pub device: SubjectId,
}

/// The public profile of an organisation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Profile {
	/// The gatekeeper. Providers only.
	pub gatekeeper: Option<Gatekeeper>,
	/// The libp2p peer IDs of the organisation's nodes, in binary form.
	pub peers: BoundedVec<BoundedVec<u8, ConstU32<64>>, ConstU32<8>>,
	/// The key that signs seals. Researchers only; without it, a researcher does not mine.
	pub mining_key: Option<MiningKey>,
	/// The key that signs GRANDPA votes. Providers only; without it, a provider does not vote.
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
