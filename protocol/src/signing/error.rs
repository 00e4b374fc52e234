use super::{BaseError, DigestError, KeyIdError, SessionError};
use crate::wire::ErrorCode;

/// Why a signed request is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
	/// There is no signature under the label `medrec`.
	#[error("there is no signature with the label \"medrec\" in Signature-Input and Signature")]
	Missing,
	/// The headers of the signature are not of the right form.
	#[error("Signature-Input or Signature is malformed: {0}")]
	Malformed(&'static str),
	/// A component that must be covered is not.
	#[error("the signature does not cover {0:?}")]
	NotCovered(&'static str),
	/// A covered component cannot be computed.
	#[error(transparent)]
	Base(#[from] BaseError),
	/// The tag is another.
	#[error("the signature's tag is not \"medrec-v1\"")]
	WrongTag,
	/// The algorithm is named where it must not be, or is another than a session's.
	#[error(
		"alg must be left out for a wallet's signature, and be \"ed25519\" together with \
		 Medrec-Session for a session's"
	)]
	WrongAlgorithm,
	/// The nonce is too short or too long, or not base64url.
	#[error("the nonce must be 16 to 64 bytes in base64url")]
	BadNonce,
	/// The key is not named as it must be.
	#[error(transparent)]
	KeyId(#[from] KeyIdError),
	/// The key is named on another chain.
	#[error("the key is named on another chain than this gatekeeper follows")]
	WrongChain,
	/// `created` is too long ago, or `expires` has passed.
	#[error("the signature has expired; sign the request again, with a clock that is right")]
	Expired,
	/// `created` is too far in the future.
	#[error("the signature lies in the future; set the clock right and sign again")]
	NotYetValid,
	/// `expires` is too long after `created`, or before it.
	#[error("the signature may live for {0} seconds at most")]
	LifetimeTooLong(u64),
	/// The body is another than the one signed.
	#[error(transparent)]
	Digest(#[from] DigestError),
	/// The request was signed for another authority.
	#[error("the request was signed for another gatekeeper than {0}")]
	WrongAuthority(String),
	/// The session is not valid.
	#[error(transparent)]
	Session(#[from] SessionError),
	/// The signature is not one of the key that it names over this request.
	#[error("the signature is not one of the key that it names over this request")]
	Invalid,
}

impl SignatureError {
	/// The code under which a gatekeeper refuses.
	pub fn code(&self) -> ErrorCode {
		match self {
			SignatureError::Missing
			| SignatureError::NotCovered(_)
			| SignatureError::WrongTag
			| SignatureError::Digest(DigestError::Missing) => ErrorCode::SignatureMissing,
			SignatureError::Malformed(_)
			| SignatureError::Base(_)
			| SignatureError::WrongAlgorithm
			| SignatureError::BadNonce
			| SignatureError::KeyId(_)
			| SignatureError::Digest(DigestError::Malformed) => ErrorCode::MalformedRequest,
			SignatureError::WrongChain => ErrorCode::WrongChain,
			SignatureError::Expired
			| SignatureError::NotYetValid
			| SignatureError::LifetimeTooLong(_) => ErrorCode::SignatureExpired,
			SignatureError::Digest(DigestError::Mismatch) => ErrorCode::DigestMismatch,
			SignatureError::WrongAuthority(_) => ErrorCode::WrongAuthority,
			SignatureError::Session(_) => ErrorCode::SessionInvalid,
			SignatureError::Invalid => ErrorCode::SignatureInvalid,
		}
	}
}
