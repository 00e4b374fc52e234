use super::SignedReceipt;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! error_codes {
	($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal;)+) => {
		/// The reason why a gatekeeper refuses a request. The codes are stable; [`ErrorCode::status`] is
		/// the HTTP status of each.
		#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
		#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
		#[serde(rename_all = "snake_case")]
		pub enum ErrorCode {
			$($(#[doc = $doc])+ $variant,)+
		}

		impl ErrorCode {
			/// All codes, in the order of their status.
			pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)+];

			/// The code in JSON.
			pub fn as_str(self) -> &'static str {
				match self {
					$(ErrorCode::$variant => $code,)+
				}
			}

			/// The HTTP status of the answer.
			pub fn status(self) -> u16 {
				match self {
					$(ErrorCode::$variant => $status,)+
				}
			}
		}
	};
}

error_codes! {
	/// The request does not have the documented shape.
	MalformedRequest = "malformed_request", 400;
	/// The request has no signature, or one that does not cover the required components.
	SignatureMissing = "signature_missing", 401;
	/// The signature is not a signature of the named key.
	SignatureInvalid = "signature_invalid", 401;
	/// The signature is expired, not yet valid, or has too long a lifetime.
	SignatureExpired = "signature_expired", 401;
	/// The nonce was used in an earlier request.
	RequestReplayed = "request_replayed", 401;
	/// The request was signed for another gatekeeper.
	WrongAuthority = "wrong_authority", 401;
	/// The body differs from the signed one.
	DigestMismatch = "digest_mismatch", 401;
	/// The `keyid` names another chain.
	WrongChain = "wrong_chain", 401;
	/// The key controls no active subject.
	UnknownKey = "unknown_key", 401;
	/// The delegation of the session is invalid or expired.
	SessionInvalid = "session_invalid", 401;
	/// The requester has access to the relationship, but not to the requested data.
	NotPermitted = "not_permitted", 403;
	/// The final head permits the access, but the best head or a pending transaction denies it.
	AccessRevoked = "access_revoked", 403;
	/// The requester is suspended or retired.
	RequesterNotActive = "requester_not_active", 403;
	/// The relationship is not active.
	RelationshipNotActive = "relationship_not_active", 403;
	/// The record is withheld from everybody.
	Withheld = "withheld", 403;
	/// The resource does not exist, or is hidden from the requester.
	NotFound = "not_found", 404;
	/// The path does not support this method.
	MethodNotAllowed = "method_not_allowed", 405;
	/// The row in the database does not match the commitment on the chain.
	IntegrityMismatch = "integrity_mismatch", 409;
	/// The aggregate is not computed yet, or its commitment is not yet on the chain.
	BountyNotReady = "bounty_not_ready", 409;
	/// The body exceeds the size limit.
	BodyTooLarge = "body_too_large", 413;
	/// The media type of the body is not supported.
	UnsupportedMediaType = "unsupported_media_type", 415;
	/// The requester exceeded its rate limit.
	RateLimited = "rate_limited", 429;
	/// An internal error of the gatekeeper.
	Internal = "internal", 500;
	/// The gatekeeper's view of the chain is too old for a decision.
	ChainStale = "chain_stale", 503;
	/// The provider's database is unavailable.
	DatabaseUnavailable = "database_unavailable", 503;
	/// The query of the provider's database exceeded its time limit.
	QueryTimeout = "query_timeout", 504;
}

impl fmt::Display for ErrorCode {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(self.as_str())
	}
}

/// The body of every answer with an error status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
	/// The error.
	pub error: ErrorBody,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
	/// The stable code.
	pub code: ErrorCode,
	/// The cause and a remedy, for people.
	pub message: String,
	/// The receipt of the refusal; none if the log holds none.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub receipt: Option<SignedReceipt>,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn codes_have_one_text_in_json() {
		for code in ErrorCode::ALL {
			assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
			assert_eq!(serde_json::from_value::<ErrorCode>(code.as_str().into()).unwrap(), *code);
			assert!((400..600).contains(&code.status()));
		}
		assert!(serde_json::from_value::<ErrorCode>("teapot".into()).is_err());
	}
}
