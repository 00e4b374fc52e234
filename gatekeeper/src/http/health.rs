use crate::app::{App, Health, Readiness};
use axum::{extract::State, http::StatusCode, Json};
use std::sync::Arc;

/// Whether the service runs.
#[utoipa::path(
	get,
	path = "/healthz",
	tag = "operations",
	responses((status = 200, description = "The service runs", body = Health))
)]
pub(super) async fn healthz() -> Json<Health> {
	Json(Health { alive: true })
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
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Json<Readiness>) {
	let readiness = app.readiness().await;
	let status = match readiness.ready {
		true => StatusCode::OK,
		false => StatusCode::SERVICE_UNAVAILABLE,
	};
	(status, Json(readiness))
}
