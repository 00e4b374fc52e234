use super::signed::Signed;
use crate::app::{ApiError, App};
use axum::{
	extract::{Path, State},
	Json,
};
use medrec_protocol::wire::{CollectResponse, ErrorCode, ErrorEnvelope};
use std::sync::Arc;

/// Collects the aggregate of a bounty.
///
/// Only the owner of the bounty may. The aggregate is computed once, and its hash is on the chain: every
/// later request receives the same one.
#[utoipa::path(
	post,
	path = "/v1/bounties/{id}/collect",
	tag = "bounties",
	security(("signature" = [])),
	params(("id" = String, Path, description = "The bounty: 0x and 64 hexadecimal digits")),
	responses(
		(status = 200, description = "The aggregate", body = CollectResponse),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn collect(
	State(app): State<Arc<App>>,
	Path(id): Path<String>,
	Signed(request): Signed,
) -> Result<Json<CollectResponse>, ApiError> {
	let id = id.parse().map_err(|_| ApiError::from(ErrorCode::MalformedRequest));
	app.collect(request, id).await.map(Json)
}
