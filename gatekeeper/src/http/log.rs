use super::error::malformed;
use crate::app::{ApiError, App, LogProof};
use axum::{
	extract::{rejection::QueryRejection, Query, State},
	Json,
};
use medrec_protocol::wire::{ErrorEnvelope, InclusionProof, LogHead, ProofQuery};
use std::sync::Arc;

/// The head of the log of receipts, and the last head that is anchored on the chain.
#[utoipa::path(
	get,
	path = "/v1/log/head",
	tag = "log",
	responses(
		(status = 200, description = "The head", body = LogHead),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn head(State(app): State<Arc<App>>) -> Result<Json<LogHead>, ApiError> {
	app.log_head().await.map(Json)
}

/// Proves that a receipt is in the log, or that one log is a prefix of another.
///
/// Give `sequence` and `size` for the first, `from` and `to` for the second.
#[utoipa::path(
	get,
	path = "/v1/log/proof",
	tag = "log",
	params(
		("sequence" = Option<u64>, Query, description = "The receipt to prove"),
		("size" = Option<u64>, Query, description = "The number of receipts of the log"),
		("from" = Option<u64>, Query, description = "The smaller log"),
		("to" = Option<u64>, Query, description = "The larger log"),
	),
	responses(
		(status = 200, description = "The proof: of inclusion, or of consistency without `leaf`",
			body = InclusionProof),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn proof(
	State(app): State<Arc<App>>,
	query: Result<Query<ProofQuery>, QueryRejection>,
) -> Result<Json<LogProof>, ApiError> {
	let Query(query) = query.map_err(malformed)?;
	app.log_proof(query).await.map(Json)
}
