//! A request with its whole body, as its signature covers it.

use super::peer::Peer;
use crate::app::{App, ApiError, SignedRequest};
use axum::{
	body::Body,
	extract::{FromRequest, Request},
};
use futures::StreamExt;
use medrec_protocol::wire::ErrorCode;
use std::sync::Arc;

/// Gathers a request for [`App::identify`]. Nothing in it was checked but its size.
pub(super) struct Signed(pub SignedRequest);

impl FromRequest<Arc<App>> for Signed {
	type Rejection = ApiError;

	async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
		let (parts, body) = request.into_parts();
		let limits = app.limits();
		let body = tokio::time::timeout(limits.body_timeout(), gather(body, limits.body_bytes))
			.await
			.map_err(|_| {
				ApiError::with(ErrorCode::MalformedRequest, "the body took too long to arrive")
			})??;
		let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
		Ok(Signed(SignedRequest { parts, body, peer }))
	}
}

async fn gather(body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
	let mut chunks = body.into_data_stream();
	let mut gathered = Vec::new();
	while let Some(chunk) = chunks.next().await {
		let chunk = chunk.map_err(|_| {
			ApiError::with(ErrorCode::MalformedRequest, "the body ended before it was whole")
		})?;
		if gathered.len() + chunk.len() > limit {
			return Err(ErrorCode::BodyTooLarge.into());
		}
		gathered.extend_from_slice(&chunk);
	}
	Ok(gathered)
}
