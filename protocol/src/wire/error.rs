use super::SignedReceipt;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! error_codes {
	($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal;)+) => {
		/// Why a gatekeeper refuses. The words are stable; [`ErrorCode::status`] is the status under
		/// which each is sent.
		#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
		#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
		#[serde(rename_all = "snake_case")]
		pub enum ErrorCode {
			$($(#[doc = $doc])+ $variant,)+
		}

		impl ErrorCode {
			/// Every code.
			pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)+];

			/// The word on the wire.
			pub fn as_str(self) -> &'static str {
				match self {
					$(ErrorCode::$variant => $code,)+
				}
			}

			/// The HTTP status.
			pub fn status(self) -> u16 {
				match self {
					$(ErrorCode::$variant => $status,)+
				}
			}
		}
	};
}

error_codes! {
	/// The request is not of the documented shape.
	MalformedRequest = "malformed_request", 400;
	/// There is no signature, or one that does not cover what it must.
	SignatureMissing = "signature_missing", 401;
	/// The signature is not one of the key it names.
	SignatureInvalid = "signature_invalid", 401;
	/// The signature is too old, lies in the future, or lives too long.
	SignatureExpired = "signature_expired", 401;
	/// The nonce was used before.
	RequestReplayed = "request_replayed", 401;
	/// The request was signed for another gatekeeper.
	WrongAuthority = "wrong_authority", 401;
	/// The body is not the one that was signed.
	DigestMismatch = "digest_mismatch", 401;
	/// The key is named on another chain.
	WrongChain = "wrong_chain", 401;
	/// No active subject is controlled by this key.
	UnknownKey = "unknown_key", 401;
	/// The session was not delegated, or is over.
	SessionInvalid = "session_invalid", 401;
	/// The requester knows of the relationship, and may not see this of it.
	NotPermitted = "not_permitted", 403;
	/// The final head still permits it, and the best head or a pending transaction does not.
	AccessRevoked = "access_revoked", 403;
	/// The requester is suspended or retired.
	RequesterNotActive = "requester_not_active", 403;
	/// The relationship is not in force.
	RelationshipNotActive = "relationship_not_active", 403;
	/// The record is shown to nobody.
	Withheld = "withheld", 403;
	/// There is no such thing, or the requester may not know of it.
	NotFound = "not_found", 404;
	/// The path does not take this method.
	MethodNotAllowed = "method_not_allowed", 405;
	/// The row in the database does not match the commitment on the chain.
	IntegrityMismatch = "integrity_mismatch", 409;
	/// The aggregate is not computed yet, or its commitment is not on the chain yet.
	BountyNotReady = "bounty_not_ready", 409;
	/// The body is too large.
	BodyTooLarge = "body_too_large", 413;
	/// The body is not of a type that is read here.
	UnsupportedMediaType = "unsupported_media_type", 415;
	/// Too many requests.
	RateLimited = "rate_limited", 429;
	/// Something broke.
	Internal = "internal", 500;
	/// The gatekeeper's view of the chain is too old to decide by.
	ChainStale = "chain_stale", 503;
	/// The provider's database does not answer.
	DatabaseUnavailable = "database_unavailable", 503;
	/// The provider's database took too long.
	QueryTimeout = "query_timeout", 504;
}

impl fmt::Display for ErrorCode {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(self.as_str())
	}
}

/// A word that is no [`ErrorCode`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not an error code of a gatekeeper")]
pub struct UnknownErrorCode(pub String);

impl FromStr for ErrorCode {
	type Err = UnknownErrorCode;

	fn from_str(word: &str) -> Result<Self, Self::Err> {
		ErrorCode::ALL
			.iter()
			.copied()
			.find(|code| code.as_str() == word)
			.ok_or_else(|| UnknownErrorCode(word.to_owned()))
	}
}

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
	/// What went wrong.
	pub error: ErrorBody,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
	/// The stable code.
	pub code: ErrorCode,
	/// What the requester can do about it, for people.
	pub message: String,
	/// The receipt of the refusal, where one was kept.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub receipt: Option<SignedReceipt>,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn codes_have_one_text_in_json_and_in_parsing() {
		for code in ErrorCode::ALL {
			assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
			assert_eq!(code.as_str().parse(), Ok(*code));
			assert!((400..600).contains(&code.status()));
		}
		assert_eq!("teapot".parse::<ErrorCode>(), Err(UnknownErrorCode("teapot".into())));
	}
}
