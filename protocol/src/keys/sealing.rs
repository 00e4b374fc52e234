use hpke::{kem::X25519HkdfSha256, Deserializable, Kem, Serializable};
use medrec_primitives::identity::EncryptionKey;
use std::fmt;
use zeroize::Zeroizing;

/// A secret X25519 key, to whose public key answers are sealed (see [`crate::seal`]).
///
/// It is random, and not derived from a signature of a wallet, since those are randomised.
#[derive(Clone)]
pub struct SealingKey {
	secret: Zeroizing<[u8; 32]>,
	public: EncryptionKey,
}

impl SealingKey {
	/// A new random key.
	pub fn generate() -> SealingKey {
		let mut secret = Zeroizing::new([0u8; 32]);
		rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut *secret);
		SealingKey::from_bytes(&secret)
	}

	/// The key with these secret bytes, of which any 32 are a key.
	pub fn from_bytes(secret: &[u8; 32]) -> SealingKey {
		let private = private(secret);
		let public = EncryptionKey(X25519HkdfSha256::sk_to_pk(&private).to_bytes().into());
		SealingKey { secret: Zeroizing::new(*secret), public }
	}

	/// The secret bytes, wiped from memory on drop.
	pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
		self.secret.clone()
	}

	/// The public key, which the registrar holds as the subject's encryption key.
	pub fn public(&self) -> EncryptionKey {
		self.public
	}

	pub(crate) fn private(&self) -> <X25519HkdfSha256 as Kem>::PrivateKey {
		private(&self.secret)
	}
}

impl fmt::Debug for SealingKey {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(formatter, "SealingKey({})", self.public)
	}
}

fn private(secret: &[u8; 32]) -> <X25519HkdfSha256 as Kem>::PrivateKey {
	Deserializable::from_bytes(secret).expect("any 32 bytes are a secret X25519 key; qed")
}
