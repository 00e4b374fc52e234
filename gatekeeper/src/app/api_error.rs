use medrec_protocol::wire::{ErrorCode, SignedReceipt};
use std::borrow::Cow;

/// The reason why a request is refused, for the requester. It holds no internals of the cause.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
	/// The stable code.
	pub code: ErrorCode,
	/// What the requester can do.
	pub message: Cow<'static, str>,
	/// The receipt, if the log has one of the request.
	pub receipt: Option<Box<SignedReceipt>>,
}

impl ApiError {
	/// An error with its own message.
	pub fn with(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> ApiError {
		ApiError { code, message: message.into(), receipt: None }
	}
}

impl From<ErrorCode> for ApiError {
	fn from(code: ErrorCode) -> ApiError {
		ApiError::with(code, advice(code))
	}
}

/// The message of a code: what the requester can do.
fn advice(code: ErrorCode) -> &'static str {
	match code {
		ErrorCode::MalformedRequest => {
			"the request does not have the documented form; see /openapi.json"
		},
		ErrorCode::SignatureMissing => "sign the request by RFC 9421 with the label medrec",
		ErrorCode::SignatureInvalid => "the key that the signature names did not sign this request",
		ErrorCode::SignatureExpired => "sign the request again, and check this machine's clock",
		ErrorCode::RequestReplayed => "this nonce was used before; sign the request with a new one",
		ErrorCode::WrongAuthority => "sign the request for the authority of this gatekeeper",
		ErrorCode::DigestMismatch => "the body is not the one that was signed",
		ErrorCode::WrongChain => "sign with a key ID of the chain that this gatekeeper follows",
		ErrorCode::UnknownKey => {
			"this key controls no subject on the chain; enrol with a provider, or wait until the \
			 enrolment is final"
		},
		ErrorCode::SessionInvalid => "start a new session",
		ErrorCode::NotPermitted => {
			"ask the patient for a permission for these fields and this purpose"
		},
		ErrorCode::AccessRevoked => "the permission is being revoked",
		ErrorCode::RequesterNotActive => {
			"your subject is suspended; ask the provider that enrolled it"
		},
		ErrorCode::RelationshipNotActive => "the relationship is not active",
		ErrorCode::Withheld => "this record exists, and its content is withheld",
		ErrorCode::NotFound => "there is no such record, or you may not know that it exists",
		ErrorCode::MethodNotAllowed => "this path does not support this method; see /openapi.json",
		ErrorCode::IntegrityMismatch => {
			"the provider's row does not match its commitment on the chain; it is not served, and \
			 the patient is notified"
		},
		ErrorCode::BountyNotReady => "the answer is not on the chain yet; try again later",
		ErrorCode::BodyTooLarge => "send a smaller body",
		ErrorCode::UnsupportedMediaType => "send the body as application/json",
		ErrorCode::RateLimited => "too many requests; try again later",
		ErrorCode::Internal => "internal error; see the gatekeeper's log",
		ErrorCode::ChainStale => {
			"the gatekeeper's view of the chain is out of date; try again later"
		},
		ErrorCode::DatabaseUnavailable => {
			"the provider's database does not answer; try again later"
		},
		ErrorCode::QueryTimeout => "the provider's database took too long; try again later",
	}
}
