//! Every route, requested without authorization.

use crate::support::{id, subject, Ask, Gate, DOCTOR, PATIENT, RESEARCHER};
use http::Method;
use medrec_gatekeeper::http::document;
use medrec_primitives::bounty::BountyId;
use medrec_protocol::wire::{path_catalogue, ErrorCode, ErrorEnvelope, ReceiptsPage};
use std::collections::BTreeSet;

/// Who may use a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Visibility {
	/// Everybody. The response concerns no person.
	Public,
	/// Requesters who sign, and who may read what they request.
	Signed,
}

/// One route of the public listener.
#[derive(Clone, Copy, Debug)]
struct RouteEntry {
	/// The method, in lower case.
	method: &'static str,
	/// The path, with its parameters in braces.
	path: &'static str,
	visibility: Visibility,
}

/// Every route of the public listener.
const CENSUS: &[RouteEntry] = &[
	entry("post", "/v1/query", Visibility::Signed),
	entry("get", "/v1/relationships/{id}/catalogue", Visibility::Signed),
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

#[test]
fn the_list_has_every_route() {
	let document = serde_json::to_value(document()).unwrap();
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

fn path(gate: &Gate, route: &RouteEntry) -> String {
	let path = match route.path {
		"/v1/relationships/{id}/catalogue" => path_catalogue(gate.relationship()),
		path => path.replace("{id}", &id::<BountyId>(0x31).to_string()),
	};
	match route.path {
		"/v1/log/receipts" => format!("{path}?relationship={}", gate.relationship()),
		"/v1/log/proof" => format!("{path}?sequence=0&size=1"),
		_ => path,
	}
}

fn method(route: &RouteEntry) -> Method {
	Method::from_bytes(route.method.to_uppercase().as_bytes()).unwrap()
}

fn request<'a>(gate: &'a Gate, name: &str, route: &RouteEntry) -> Ask<'a> {
	match route.path {
		"/v1/query" => gate.query(name),
		_ => Ask::new(gate, name, method(route), path(gate, route)),
	}
}

#[tokio::test]
async fn no_signed_route_answers_without_a_signature() {
	let gate = Gate::start().await;
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Signed) {
		let envelope = request(&gate, RESEARCHER, route)
			.tampered(|sent| {
				sent.headers.remove("signature");
				sent.headers.remove("signature-input");
			})
			.refused(ErrorCode::SignatureMissing)
			.await;
		assert_eq!(envelope.error.receipt, None, "{}", route.path);
	}
}

#[tokio::test]
async fn no_signed_route_answers_an_unknown_key() {
	let gate = Gate::start().await;
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Signed) {
		request(&gate, "Stranger", route).refused(ErrorCode::UnknownKey).await;
	}
}

#[tokio::test]
async fn no_signed_route_answers_a_known_key_without_rights() {
	let gate = Gate::start().await;
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Signed) {
		// The query leaves a receipt of the requester's own, which the requester may read.
		if route.path != "/v1/log/receipts" {
			request(&gate, RESEARCHER, route).refused(ErrorCode::NotFound).await;
		}
	}
	let own = request(&gate, RESEARCHER, &receipts()).send().await;
	let page: ReceiptsPage = own.ok();
	let me = subject(RESEARCHER);
	assert!(page.receipts.iter().all(|logged| logged.signed.receipt.requester == me));
	request(&gate, DOCTOR, &receipts()).refused(ErrorCode::NotFound).await;
}

fn receipts() -> RouteEntry {
	*CENSUS.iter().find(|route| route.path == "/v1/log/receipts").unwrap()
}

#[tokio::test]
async fn public_routes_reveal_nothing_about_persons() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	let hidden = [
		gate.relationship().to_string(),
		gate.record().to_string(),
		subject(PATIENT).to_string(),
		subject(DOCTOR).to_string(),
		gate.local_id(),
	];
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Public) {
		let url = format!("http://{}{}", gate.address(), path(&gate, route));
		let response = gate.http().request(method(route), url).send().await.unwrap();
		assert_eq!(response.status(), 200, "{}", route.path);
		let text = response.text().await.unwrap();
		assert!(serde_json::from_str::<ErrorEnvelope>(&text).is_err());
		for word in &hidden {
			assert!(!text.contains(word), "{} names {word}", route.path);
		}
	}
}
