//! Sealed answers: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//! ChaCha20-Poly1305. The hash of the request is the associated data.

use crate::{
	keys::SealingKey,
	wire::{RequestHash, Sealed},
};
use hpke::{
	aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256, Deserializable, Kem, OpModeR,
	OpModeS, Serializable,
};
use medrec_primitives::identity::EncryptionKey;
use zeroize::Zeroizing;

/// The `info` of HPKE for answers.
pub const ANSWER_INFO: &[u8] = b"medrec-answer-v1";

/// An error of sealing or opening a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SealError {
	/// The recipient's public key is invalid or of small order.
	#[error("the recipient's encryption key is not a usable X25519 key")]
	UnusableKey,
	/// Authentication failed: another key, another request, or a changed message.
	#[error("the answer was sealed to another key or for another request, or it was changed")]
	CannotOpen,
}

/// Seals `plaintext` to `recipient`, bound to the request with this hash.
pub fn seal(
	recipient: &EncryptionKey,
	request_hash: RequestHash,
	plaintext: &[u8],
) -> Result<Sealed, SealError> {
	let recipient = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(recipient.as_bytes())
		.map_err(|_| SealError::UnusableKey)?;
	let (enc, ciphertext) =
		hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
			&OpModeS::Base,
			&recipient,
			ANSWER_INFO,
			plaintext,
			request_hash.as_bytes(),
		)
		.map_err(|_| SealError::UnusableKey)?;
	Ok(Sealed { enc: enc.to_bytes().to_vec(), ciphertext })
}

/// Opens a message that was sealed to `key` for the request with this hash.
pub fn open(
	key: &SealingKey,
	request_hash: RequestHash,
	sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
	open_as(key, ANSWER_INFO, request_hash.as_bytes(), sealed)
}

fn open_as(
	key: &SealingKey,
	info: &[u8],
	aad: &[u8],
	sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
	let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&sealed.enc)
		.map_err(|_| SealError::CannotOpen)?;
	hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
		&OpModeR::Base,
		&key.private(),
		&enc,
		info,
		&sealed.ciphertext,
		aad,
	)
	.map(Zeroizing::new)
	.map_err(|_| SealError::CannotOpen)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_suite_is_that_of_rfc_9180_appendix_a_2_1() {
		let bytes = |text: &str| hex::decode(text).unwrap();
		let secret = bytes("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
		let key = SealingKey::from_bytes(&secret.try_into().unwrap());
		assert_eq!(
			hex::encode(key.public()),
			"4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
		);
		let sealed = Sealed {
			enc: bytes("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"),
			ciphertext: bytes(
				"1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db\
				 21993c62ce81883d2dd1b51a28",
			),
		};
		let info = bytes("4f6465206f6e2061204772656369616e2055726e");
		let opened = open_as(&key, &info, b"Count-0", &sealed).unwrap();
		assert_eq!(opened.as_slice(), b"Beauty is truth, truth beauty");
	}

	#[test]
	fn only_the_recipient_opens_an_answer_and_only_for_the_same_request() {
		let key = SealingKey::generate();
		let request = RequestHash([1; 32]);
		let sealed = seal(&key.public(), request, b"answer").unwrap();
		assert_eq!(open(&key, request, &sealed).unwrap().as_slice(), b"answer");

		let failed = Err(SealError::CannotOpen);
		assert_eq!(open(&SealingKey::generate(), request, &sealed), failed);
		assert_eq!(open(&key, RequestHash([2; 32]), &sealed), failed);
		let mut changed = sealed.clone();
		changed.ciphertext[0] ^= 1;
		assert_eq!(open(&key, request, &changed), failed);
		let mut short = sealed;
		short.enc.pop();
		assert_eq!(open(&key, request, &short), failed);
	}

	#[test]
	fn nothing_is_sealed_to_a_key_of_small_order() {
		assert_eq!(
			seal(&EncryptionKey([0; 32]), RequestHash::default(), b"answer"),
			Err(SealError::UnusableKey)
		);
	}
}
