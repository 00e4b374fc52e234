//! The form of every response that is not a success: [`ErrorEnvelope`].

use crate::app::ApiError;
use axum::{
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
	Json,
};
use medrec_protocol::wire::{ErrorBody, ErrorCode, ErrorEnvelope};

/// The code of an error, kept in the extensions of the response for metrics and logs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code(pub ErrorCode);

impl IntoResponse for ApiError {
	fn into_response(self) -> Response {
		let status =
			StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
		let body = ErrorBody {
			code: self.code,
			message: self.message.into_owned(),
			receipt: self.receipt.map(|receipt| *receipt),
		};
		let mut response = (status, Json(ErrorEnvelope { error: body })).into_response();
		response.extensions_mut().insert(Code(self.code));
		let retry_after = match self.code {
			ErrorCode::RateLimited | ErrorCode::BountyNotReady => Some("1"),
			ErrorCode::ChainStale | ErrorCode::DatabaseUnavailable => Some("5"),
			_ => None,
		};
		if let Some(seconds) = retry_after {
			response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
		}
		response
	}
}

/// The error for a path or query that cannot be parsed.
pub(super) fn malformed<E>(_: E) -> ApiError {
	ErrorCode::MalformedRequest.into()
}

/// The response to a path without a route.
pub(super) async fn not_found() -> ApiError {
	ApiError::with(
		ErrorCode::NotFound,
		"this path does not exist; /openapi.json lists the existing ones",
	)
}

/// The response to a method that the route does not support.
pub(super) async fn method_not_allowed() -> ApiError {
	ErrorCode::MethodNotAllowed.into()
}
