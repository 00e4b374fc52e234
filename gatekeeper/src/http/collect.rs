use super::{error::malformed, signed::Signed};
use crate::app::{ApiError, App};
use axum::{
	extract::{Path, State},
	Json,
};
use medrec_primitives::bounty::BountyId;
use medrec_protocol::wire::{CollectResponse, ErrorEnvelope};
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
	params(("id" = BountyId, Path, description = "The bounty")),
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
	app.collect(request, id.parse().map_err(malformed)).await.map(Json)
}
