use super::signed::Signed;
use crate::app::{ApiError, App};
use axum::{extract::State, Json};
use medrec_protocol::wire::{ErrorEnvelope, ReceiptsPage};
use std::sync::Arc;

/// Reads the receipts of a relationship, oldest first.
///
/// The patient reads all of them: who requested what, and what was served. Other requesters read
/// their own.
#[utoipa::path(
	get,
	path = "/v1/log/receipts",
	tag = "log",
	security(("signature" = [])),
	params(
		("relationship" = String, Query, description = "0x and 64 hexadecimal digits"),
		("after" = Option<u64>, Query, description = "Only receipts after this sequence number"),
	),
	responses(
		(status = 200, description = "A page of receipts", body = ReceiptsPage),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn receipts(
	State(app): State<Arc<App>>,
	Signed(request): Signed,
) -> Result<Json<ReceiptsPage>, ApiError> {
	app.receipts(request).await.map(Json)
}
