//! The handlers of the routes: extractors, a call of [`App`] and the form of the response.

use super::{error::malformed, signed::Signed};
use crate::app::{ApiError, App, Health, LogProof, Readiness};
use axum::{
	extract::{rejection::QueryRejection, Path, Query, State},
	http::{header, StatusCode},
	response::IntoResponse,
	Json,
};
use medrec_primitives::{bounty::BountyId, relationship::RelationshipId};
use medrec_protocol::wire::{
	CatalogueResponse, CollectResponse, ErrorEnvelope, InclusionProof, LogHead, ProofQuery,
	QueryRequest, QueryResponse, ReceiptsPage, ReceiptsQuery,
};
use serde::Serialize;
use std::sync::Arc;

type Reply<T> = Result<Json<T>, ApiError>;

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
) -> Reply<QueryResponse> {
	app.query(request).await.map(Json)
}

/// Says what the templates and categories of a relationship's records mean.
///
/// The patient and the provider receive all templates that occur among the records, and the current
/// ones. A grantee receives those of which it may read a record, by the permissions in force. The keys
/// are opaque: compare them with what the chain holds in a record pointer. No record is read, and the
/// request leaves no receipt.
#[utoipa::path(
	get,
	path = "/v1/relationships/{id}/catalogue",
	tag = "records",
	security(("signature" = [])),
	params(("id" = RelationshipId, Path, description = "The relationship")),
	responses(
		(status = 200, description = "The catalogue", body = CatalogueResponse),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn catalogue(
	State(app): State<Arc<App>>,
	Path(id): Path<String>,
	Signed(request): Signed,
) -> Reply<CatalogueResponse> {
	app.catalogue(request, id.parse().map_err(malformed)).await.map(Json)
}

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
) -> Reply<CollectResponse> {
	app.collect(request, id.parse().map_err(malformed)).await.map(Json)
}

/// Reads the receipts of a relationship, oldest first.
///
/// The patient reads all of them: who requested what, and what was served. Other requesters read
/// their own. A page has at most 100. With `size`, each receipt among the first `size` of the log comes
/// with the proof that it is one of them.
#[utoipa::path(
	get,
	path = "/v1/log/receipts",
	tag = "log",
	security(("signature" = [])),
	params(
		("relationship" = RelationshipId, Query, description = "The relationship"),
		("after" = Option<u64>, Query, description = "Only receipts after this sequence number"),
		("since" = Option<u64>, Query, description = "Only receipts of decisions at this time or later, in Unix milliseconds"),
		("size" = Option<u64>, Query, description = "The number of receipts of the log in which they are proven"),
	),
	responses(
		(status = 200, description = "A page of receipts", body = ReceiptsPage),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn receipts(
	State(app): State<Arc<App>>,
	query: Result<Query<ReceiptsQuery>, QueryRejection>,
	Signed(request): Signed,
) -> Reply<ReceiptsPage> {
	let query = query.map(|Query(query)| query).map_err(malformed);
	app.receipts(request, query).await.map(Json)
}

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
pub(super) async fn head(State(app): State<Arc<App>>) -> Reply<LogHead> {
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
) -> Reply<LogProof> {
	let Query(query) = query.map_err(malformed)?;
	app.log_proof(query).await.map(Json)
}

/// Whether the service runs.
#[utoipa::path(
	get,
	path = "/healthz",
	tag = "operations",
	responses((status = 200, description = "The service runs", body = Health))
)]
pub(super) async fn healthz() -> impl IntoResponse {
	line(Health { alive: true })
}

/// Whether records can be served: the databases answer, and the view of the chain is fresh.
#[utoipa::path(
	get,
	path = "/readyz",
	tag = "operations",
	responses(
		(status = 200, description = "Records can be served", body = Readiness),
		(status = 503, description = "Records cannot be served, with the reason", body = Readiness),
	)
)]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> impl IntoResponse {
	let readiness = app.readiness().await;
	let status = match readiness.ready {
		true => StatusCode::OK,
		false => StatusCode::SERVICE_UNAVAILABLE,
	};
	(status, line(readiness))
}

/// JSON with a line break at its end, for people who read it in a terminal.
fn line(value: impl Serialize) -> impl IntoResponse {
	let text = serde_json::to_string(&value).unwrap_or_default() + "\n";
	([(header::CONTENT_TYPE, "application/json")], text)
}

/// The metrics in the text format of Prometheus.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
	app.update_gauges().await;
	let text = crate::metrics::render();
	([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn parse(query: &str) -> Option<ReceiptsQuery> {
		let uri = format!("/v1/log/receipts?{query}").parse().unwrap();
		Query::try_from_uri(&uri).ok().map(|Query(query)| query)
	}

	#[test]
	fn unknown_repeated_and_malformed_parameters_are_refused() {
		let relationship = RelationshipId::repeat_byte(7);
		let good = format!("relationship={relationship}");
		assert_eq!(
			parse(&good),
			Some(ReceiptsQuery { relationship, after: None, since: None, size: None })
		);
		let all = ReceiptsQuery { relationship, after: Some(9), since: Some(7), size: Some(12) };
		assert_eq!(parse(&format!("after=9&{good}&size=12&since=7")), Some(all));
		for bad in [
			String::new(),
			"after=1".to_owned(),
			"relationship=0x12".to_owned(),
			format!("{good}&{good}"),
			format!("{good}&after=-1"),
			format!("{good}&size=all"),
			format!("{good}&since=today"),
			format!("{good}&subject=0"),
			format!("{good}&after"),
		] {
			assert_eq!(parse(&bad), None, "{bad}");
		}
	}
}
