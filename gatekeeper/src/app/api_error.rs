use medrec_protocol::wire::{ErrorCode, SignedReceipt};
use std::borrow::Cow;

/// A refusal, as the requester reads it. It never holds the cause's internals.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
	/// The stable code.
	pub code: ErrorCode,
	/// What the requester can do about it.
	pub message: Cow<'static, str>,
	/// The receipt, where one was kept.
	pub receipt: Option<Box<SignedReceipt>>,
}

impl ApiError {
	/// A refusal with its own words.
	pub fn with(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> ApiError {
		ApiError { code, message: message.into(), receipt: None }
	}
}

impl From<ErrorCode> for ApiError {
	fn from(code: ErrorCode) -> ApiError {
		ApiError::with(code, advice(code))
	}
}

/// What the requester can do about each code.
fn advice(code: ErrorCode) -> &'static str {
	match code {
		ErrorCode::MalformedRequest => {
			"the request is not of the documented form; /openapi.json describes it"
		},
		ErrorCode::SignatureMissing => "sign the request as RFC 9421 says, with the label medrec",
		ErrorCode::SignatureInvalid => {
			"the signature is not one of the key that it names over this request"
		},
		ErrorCode::SignatureExpired => "sign the request again, with a clock that is right",
		ErrorCode::RequestReplayed => "this nonce was used before; sign the request with a new one",
		ErrorCode::WrongAuthority => "sign the request for the authority of this gatekeeper",
		ErrorCode::DigestMismatch => "the body is not the one that was signed",
		ErrorCode::WrongChain => "name the key on the chain that this gatekeeper follows",
		ErrorCode::UnknownKey => {
			"no subject of the chain is controlled by this key; enrol with a provider, or wait until \
			 the enrolment is final"
		},
		ErrorCode::SessionInvalid => "begin a new session",
		ErrorCode::NotPermitted => "ask the patient for a grant over this, for this purpose",
		ErrorCode::AccessRevoked => "the patient or the provider is taking this permission back",
		ErrorCode::RequesterNotActive => "your subject is suspended; ask whoever enrolled it",
		ErrorCode::RelationshipNotActive => "the relationship is not in force",
		ErrorCode::Withheld => "this record exists, and its content is shown to nobody",
		ErrorCode::NotFound => "there is no such thing, or you may not know of it",
		ErrorCode::MethodNotAllowed => "the path does not take this method; see /openapi.json",
		ErrorCode::IntegrityMismatch => {
			"the provider's row does not match its commitment on the chain; it is not served, and \
			 the patient is told"
		},
		ErrorCode::BountyNotReady => "the answer is not on the chain yet; ask again",
		ErrorCode::BodyTooLarge => "send a smaller body",
		ErrorCode::UnsupportedMediaType => "send the body as application/json",
		ErrorCode::RateLimited => "ask less often",
		ErrorCode::Internal => "something broke here; the operator finds it in the log",
		ErrorCode::ChainStale => {
			"the gatekeeper's view of the chain is not fit to decide by; ask again later"
		},
		ErrorCode::DatabaseUnavailable => "the provider's database does not answer; ask again later",
		ErrorCode::QueryTimeout => "the provider's database took too long; ask again later",
	}
}
