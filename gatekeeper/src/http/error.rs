//! Every answer that is not a success has one form: [`ErrorEnvelope`].

use crate::app::ApiError;
use axum::{
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
	Json,
};
use medrec_protocol::wire::{ErrorBody, ErrorCode, ErrorEnvelope};

/// The code of a refusal, left on the response for whoever counts them.
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

/// The answer where there is no route.
pub(super) async fn not_found() -> ApiError {
	ApiError::with(
		ErrorCode::NotFound,
		"there is no such path here; /openapi.json lists those that there are",
	)
}

/// The answer where a route does not take the method.
pub(super) async fn method_not_allowed() -> ApiError {
	ErrorCode::MethodNotAllowed.into()
}
