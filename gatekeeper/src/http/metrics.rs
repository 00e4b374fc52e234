use crate::app::App;
use axum::{extract::State, http::header, response::IntoResponse};
use std::sync::Arc;

/// The metrics in the text format of Prometheus.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
	app.update_gauges();
	let text = crate::metrics::render();
	([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
