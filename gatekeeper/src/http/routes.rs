//! The routes, and the list of who may use each.

use super::{collect, cors, error, health, log, metrics, observe, openapi, query, receipts};
use crate::app::App;
use axum::{middleware, routing::get, Router};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Who may use a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Visibility {
	/// Everybody. The response concerns no person.
	Public,
	/// Requesters who sign, and who may read what they request.
	Signed,
}

/// One route of the public listener.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RouteEntry {
	/// The method, in lower case.
	pub method: &'static str,
	/// The path, with its parameters in braces.
	pub path: &'static str,
	/// Who may use it.
	pub visibility: Visibility,
}

/// Every route of the public listener. One test compares the list with the router, and another one
/// requests each route without authorization.
pub const CENSUS: &[RouteEntry] = &[
	entry("post", "/v1/query", Visibility::Signed),
	entry("post", "/v1/bounties/{id}/collect", Visibility::Signed),
	entry("get", "/v1/log/receipts", Visibility::Signed),
	entry("get", "/v1/log/head", Visibility::Public),
	entry("get", "/v1/log/proof", Visibility::Public),
	entry("get", "/healthz", Visibility::Public),
	entry("get", "/readyz", Visibility::Public),
	entry("get", "/openapi.json", Visibility::Public),
];

const fn entry(method: &'static str, path: &'static str, visibility: Visibility) -> RouteEntry {
	RouteEntry { method, path, visibility }
}

/// The routes with their descriptions. No route is added elsewhere.
pub(super) fn table() -> OpenApiRouter<Arc<App>> {
	OpenApiRouter::with_openapi(openapi::preamble())
		.routes(routes!(query::query))
		.routes(routes!(collect::collect))
		.routes(routes!(receipts::receipts))
		.routes(routes!(log::head))
		.routes(routes!(log::proof))
		.routes(routes!(health::healthz))
		.routes(routes!(health::readyz))
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
		.route("/metrics", get(metrics::metrics))
		.fallback(error::not_found)
		.method_not_allowed_fallback(error::method_not_allowed)
		.with_state(app)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeSet;

	#[test]
	fn the_list_has_every_route() {
		let document = super::super::document();
		let document = serde_json::to_value(document).unwrap();
		let mut found = BTreeSet::new();
		for (path, methods) in document["paths"].as_object().unwrap() {
			for method in methods.as_object().unwrap().keys() {
				found.insert((method.clone(), path.clone()));
			}
		}
		let listed: BTreeSet<_> =
			CENSUS.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
		assert_eq!(found, listed);
		assert_eq!(listed.len(), CENSUS.len(), "no route is listed twice");
	}
}
