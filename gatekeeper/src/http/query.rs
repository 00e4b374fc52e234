use super::signed::Signed;
use crate::app::{ApiError, App};
use axum::{extract::State, Json};
use medrec_protocol::wire::{ErrorEnvelope, QueryRequest, QueryResponse};
use std::sync::Arc;

/// Requests a record, or some of its fields.
///
/// The answer holds the fields that the requester may read, each with the salt of its leaf, the
/// Merkle proof against the commitment on the chain, and the receipt of the request. It is sealed
/// if the requester has an encryption key.
#[utoipa::path(
	post,
	path = "/v1/query",
	tag = "records",
	security(("signature" = [])),
	request_body = QueryRequest,
	responses(
		(status = 200, description = "The record", body = QueryResponse),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn query(
	State(app): State<Arc<App>>,
	Signed(request): Signed,
) -> Result<Json<QueryResponse>, ApiError> {
	app.query(request).await.map(Json)
}
