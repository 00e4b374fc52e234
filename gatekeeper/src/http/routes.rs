//! The routes.

use super::{cors, error, handlers, observe, openapi};
use crate::app::App;
use axum::{middleware, routing::get, Router};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of the public listener with their descriptions. They are added here alone.
pub(super) fn table() -> OpenApiRouter<Arc<App>> {
	OpenApiRouter::with_openapi(openapi::preamble())
		.routes(routes!(handlers::query))
		.routes(routes!(handlers::catalogue))
		.routes(routes!(handlers::collect))
		.routes(routes!(handlers::receipts))
		.routes(routes!(handlers::head))
		.routes(routes!(handlers::proof))
		.routes(routes!(handlers::healthz))
		.routes(routes!(handlers::readyz))
		.routes(routes!(openapi::openapi_json))
}

/// The router of the public listener.
pub fn router(app: Arc<App>) -> Router {
	let (router, _) = table().split_for_parts();
	router
		.fallback(error::not_found)
		.method_not_allowed_fallback(error::method_not_allowed)
		.layer(middleware::from_fn_with_state(app.clone(), observe::limit_peers))
		.layer(middleware::from_fn_with_state(app.clone(), cors::cors))
		.layer(middleware::from_fn(observe::observe))
		.with_state(app)
}

/// The router of the private listener.
pub fn private_router(app: Arc<App>) -> Router {
	Router::new()
		.route("/metrics", get(handlers::metrics))
		.fallback(error::not_found)
		.method_not_allowed_fallback(error::method_not_allowed)
		.with_state(app)
}
