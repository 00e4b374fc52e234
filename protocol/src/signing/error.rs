use super::{BaseError, DigestError, KeyIdError, SessionError};
use crate::wire::ErrorCode;

/// The reason why the signature of a request is not valid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
	/// The request has no signature with the label `medrec`.
	#[error("Signature-Input and Signature have no member \"medrec\"")]
	Missing,
	/// This header or parameter is malformed.
	#[error("{0} is malformed; see RFC 9421")]
	Malformed(&'static str),
	/// A required component is not covered.
	#[error("the signature does not cover {0:?}")]
	NotCovered(&'static str),
	/// A covered component cannot be computed.
	#[error(transparent)]
	Base(#[from] BaseError),
	/// The tag is not `medrec-v1`.
	#[error("the signature's tag is not \"medrec-v1\"")]
	WrongTag,
	/// `alg` is present for a wallet, or is not the algorithm of a session.
	#[error(
		"alg must be absent from the signature of a wallet, and be \"ed25519\" with Medrec-Session \
		 in the signature of a session"
	)]
	WrongAlgorithm,
	/// The nonce is too short or too long, or not base64url.
	#[error("the nonce must be 16 to 64 bytes in base64url")]
	BadNonce,
	/// The `keyid` is malformed.
	#[error(transparent)]
	KeyId(#[from] KeyIdError),
	/// The `keyid` names another chain.
	#[error("the keyid names another chain than the one of this gatekeeper")]
	WrongChain,
	/// `created` is too long ago, or `expires` has passed.
	#[error("the signature has expired; check this machine's clock and sign the request again")]
	Expired,
	/// `created` is too far in the future.
	#[error(
		"the signature is not yet valid; check this machine's clock and sign the request again"
	)]
	NotYetValid,
	/// `expires` is before `created` or too long after it.
	#[error("the lifetime of the signature must be 0 to {0} seconds")]
	LifetimeTooLong(u64),
	/// The `Content-Digest` does not verify.
	#[error(transparent)]
	Digest(#[from] DigestError),
	/// The request was signed for another authority than this one.
	#[error("the request was signed for another gatekeeper than {0}")]
	WrongAuthority(String),
	/// The delegation of the session is not valid.
	#[error(transparent)]
	Session(#[from] SessionError),
	/// The signature is not a signature of the named key over this request.
	#[error("the signature is not a signature of the named key over this request")]
	Invalid,
}

impl SignatureError {
	/// The code with which a gatekeeper refuses the request.
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
