//! The denial census: every route is knocked at without the right to enter.

use crate::support::{id, Ask, Gate, RESEARCHER};
use http::Method;
use medrec_protocol::wire::{ErrorCode, ErrorEnvelope};
use medrec_gatekeeper::http::{RouteEntry, Visibility, CENSUS};

fn path(gate: &Gate, route: &RouteEntry) -> String {
	let path = route.path.replace("{id}", &format!("{:?}", id(0x31)));
	match route.path {
		"/v1/log/receipts" => format!("{path}?relationship={:?}", gate.relationship()),
		"/v1/log/proof" => format!("{path}?sequence=0&size=1"),
		_ => path,
	}
}

fn method(route: &RouteEntry) -> Method {
	Method::from_bytes(route.method.to_uppercase().as_bytes()).unwrap()
}

fn knock<'a>(gate: &'a Gate, name: &str, route: &RouteEntry) -> Ask<'a> {
	match route.path {
		"/v1/query" => gate.query(name),
		_ => Ask::new(gate, name, method(route), path(gate, route)),
	}
}

#[tokio::test]
async fn no_route_that_asks_for_a_signature_answers_without_one() {
	let gate = Gate::start().await;
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Signed) {
		let envelope = knock(&gate, RESEARCHER, route)
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
async fn no_route_that_asks_for_a_signature_answers_an_unknown_key() {
	let gate = Gate::start().await;
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Signed) {
		knock(&gate, "Stranger", route).refused(ErrorCode::UnknownKey).await;
	}
}

#[tokio::test]
async fn no_route_that_asks_for_a_signature_answers_a_known_key_without_rights() {
	let gate = Gate::start().await;
	for route in CENSUS.iter().filter(|route| route.visibility == Visibility::Signed) {
		// The first query leaves a receipt of one's own; what is asked for is somebody else's.
		if route.path != "/v1/log/receipts" {
			knock(&gate, RESEARCHER, route).refused(ErrorCode::NotFound).await;
		}
	}
	let own = knock(&gate, RESEARCHER, &receipts()).send().await;
	let page: medrec_protocol::wire::ReceiptsPage = own.ok();
	let me = crate::support::subject(RESEARCHER);
	assert!(page.receipts.iter().all(|signed| signed.receipt.requester == me));
	knock(&gate, crate::support::DOCTOR, &receipts()).refused(ErrorCode::NotFound).await;
}

fn receipts() -> RouteEntry {
	*CENSUS.iter().find(|route| route.path == "/v1/log/receipts").unwrap()
}

#[tokio::test]
async fn public_routes_say_nothing_of_anybody() {
	let gate = Gate::start().await;
	gate.query(crate::support::DOCTOR).answered().await;
	let hidden = [
		format!("{:?}", gate.relationship()),
		format!("{:?}", gate.record()),
		format!("{:?}", crate::support::subject(crate::support::PATIENT)),
		format!("{:?}", crate::support::subject(crate::support::DOCTOR)),
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
