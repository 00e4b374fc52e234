//! A request with its body, which its signature covers.

use super::peer::Peer;
use crate::app::{ApiError, App, SignedRequest};
use axum::{
	body::Body,
	extract::{FromRequest, Request},
};
use futures::StreamExt;
use medrec_protocol::wire::ErrorCode;
use std::sync::Arc;

/// A request for [`App::identify`]. Only the size of its body was checked.
pub(super) struct Signed(pub SignedRequest);

impl FromRequest<Arc<App>> for Signed {
	type Rejection = ApiError;

	async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
		let (parts, body) = request.into_parts();
		let limits = &app.config().limits;
		let body = tokio::time::timeout(limits.body_timeout, gather(body, limits.body_bytes))
			.await
			.map_err(|_| {
				ApiError::with(ErrorCode::MalformedRequest, "the body did not arrive in time")
			})??;
		let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
		Ok(Signed(SignedRequest { parts, body, peer }))
	}
}

async fn gather(body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
	let mut chunks = body.into_data_stream();
	let mut gathered = Vec::new();
	while let Some(chunk) = chunks.next().await {
		let chunk = chunk
			.map_err(|_| ApiError::with(ErrorCode::MalformedRequest, "the body is incomplete"))?;
		if gathered.len() + chunk.len() > limit {
			return Err(ErrorCode::BodyTooLarge.into());
		}
		gathered.extend_from_slice(&chunk);
	}
	Ok(gathered)
}
