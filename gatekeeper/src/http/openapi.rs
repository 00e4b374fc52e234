//! The OpenAPI description, from which clients are generated.

use super::routes;
use axum::{http::header, response::IntoResponse};
use medrec_protocol::wire::{ConsistencyProof, ErrorEnvelope};
use std::sync::OnceLock;
use utoipa::{
	openapi::{
		security::{ApiKey, ApiKeyValue, SecurityScheme},
		OpenApi as Document,
	},
	Modify, OpenApi,
};

#[derive(OpenApi)]
#[openapi(
	info(
		title = "MedRec gatekeeper",
		description = "Serves the records of one provider to requesters whom the patients permit. All \
		               errors have the form of ErrorEnvelope with a stable code.",
		license(name = "Apache-2.0", identifier = "Apache-2.0"),
	),
	components(schemas(ErrorEnvelope, ConsistencyProof)),
	modifiers(&Signatures),
)]
struct Preamble;

/// Adds the description of signatures.
struct Signatures;

impl Modify for Signatures {
	fn modify(&self, document: &mut Document) {
		let description = "HTTP Message Signatures (RFC 9421) with the label `medrec`, over \
			\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\", with created, \
			expires, nonce, keyid=\"polkadot:<first 32 digits of the genesis hash>:<SS58 \
			address>\" and tag=\"medrec-v1\"; Content-Digest (RFC 9530) always by sha-256. A \
			wallet's key signs <Bytes> + base + </Bytes>.";
		let key = ApiKeyValue::with_description("Signature", description);
		let components = document.components.get_or_insert_with(Default::default);
		components.add_security_scheme("signature", SecurityScheme::ApiKey(ApiKey::Header(key)));
	}
}

pub(super) fn preamble() -> Document {
	Preamble::openapi()
}

/// The description of the public listener's routes.
pub fn document() -> Document {
	routes::table().into_openapi()
}

/// The OpenAPI description of this service.
#[utoipa::path(
	get,
	path = "/openapi.json",
	tag = "operations",
	responses((status = 200, description = "An OpenAPI document", content_type = "application/json"))
)]
pub(super) async fn openapi_json() -> impl IntoResponse {
	static TEXT: OnceLock<String> = OnceLock::new();
	let text = TEXT.get_or_init(|| document().to_json().unwrap_or_default());
	([(header::CONTENT_TYPE, "application/json")], text.as_str())
}

#[cfg(test)]
mod tests {
	use super::*;

	/// With `UPDATE_OPENAPI=1`, the test writes the file.
	#[test]
	fn the_checked_in_description_is_that_of_the_routes() {
		let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
		let text = document().to_pretty_json().unwrap() + "\n";
		if std::env::var_os("UPDATE_OPENAPI").is_some() {
			std::fs::write(path, &text).unwrap();
		}
		let checked_in = std::fs::read_to_string(path).unwrap_or_default();
		assert!(checked_in == text, "run this test with UPDATE_OPENAPI=1 and review the change");
	}
}
