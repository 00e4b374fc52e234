//! Metrics and logs of requests. They never hold a body, a query parameter, an unknown path or the
//! requester.

use super::{error::Code, peer::Peer};
use crate::app::{ApiError, App};
use axum::{
	extract::{MatchedPath, Request, State},
	middleware::Next,
	response::{IntoResponse, Response},
};
use futures::FutureExt;
use medrec_protocol::wire::ErrorCode;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

/// Counts and logs a request, and turns a panic into a response.
pub(super) async fn observe(request: Request, next: Next) -> Response {
	let started = Instant::now();
	let method = request.method().clone();
	let route = request
		.extensions()
		.get::<MatchedPath>()
		.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
	let response = AssertUnwindSafe(next.run(request))
		.catch_unwind()
		.await
		.unwrap_or_else(|_| ApiError::from(ErrorCode::Internal).into_response());
	let status = response.status();
	let failed = status.is_client_error() || status.is_server_error();
	let code = response.extensions().get::<Code>().map(|code| code.0.as_str());
	let code = code.unwrap_or(if failed { "failed" } else { "ok" });
	let spent = started.elapsed();
	crate::metrics::request(&route, code, spent);
	let status = status.as_u16();
	let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
	if status >= 500 {
		tracing::warn!(target: "medrec::http", %method, route, status, code, millis, "request failed");
	} else {
		tracing::info!(target: "medrec::http", %method, route, status, code, millis, "request");
	}
	response
}

/// Applies the rate limit of unauthenticated requests.
pub(super) async fn limit_peers(
	State(app): State<Arc<App>>,
	request: Request,
	next: Next,
) -> Response {
	let limited = request.uri().path().starts_with("/v1/");
	let peer = request.extensions().get::<Peer>().filter(|_| limited);
	match peer.map(|peer| app.admit(peer.0)) {
		Some(Err(error)) => error.into_response(),
		_ => next.run(request).await,
	}
}
