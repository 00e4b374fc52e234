//! CORS: which origins' pages may read responses in a browser. It is no access control: signatures
//! authenticate requests, and there are no cookies.

use crate::app::App;
use axum::{
	extract::{Request, State},
	http::{header, HeaderValue, Method, StatusCode},
	middleware::Next,
	response::{IntoResponse, Response},
};
use std::sync::Arc;

/// The headers of a signed request.
const HEADERS: &str = "content-type, content-digest, signature, signature-input, medrec-session";

/// Answers preflight requests, and lets pages of the configured origins read responses.
pub(super) async fn cors(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
	let origins = &app.config().origins;
	let is_allowed = |origin: &HeaderValue| {
		origins.iter().any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
	};
	let origin = request.headers().get(header::ORIGIN).filter(|origin| is_allowed(origin)).cloned();
	let Some(origin) = origin else { return next.run(request).await };
	let preflight = request.method() == Method::OPTIONS
		&& request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
	let mut response = match preflight {
		true => (
			StatusCode::NO_CONTENT,
			[
				(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
				(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
				(header::ACCESS_CONTROL_MAX_AGE, "600"),
			],
		)
			.into_response(),
		false => next.run(request).await,
	};
	let headers = response.headers_mut();
	headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
	headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
	headers.append(header::VARY, HeaderValue::from_static("origin"));
	response
}
