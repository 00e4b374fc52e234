//! Vectors of polkadot-js and WebCrypto (`vectors/make.mjs`).

use http::{request::Parts, Request};
use medrec_client::keys::KeyJson;
use medrec_primitives::{AccountId, H256};
use medrec_protocol::{
	keys::{verify, Key, Scheme, Secret},
	receipt::request_hash,
	signing::{verify_request, wrap, Expectations},
};
use serde_json::Value;

fn vectors(text: &str) -> Value {
	serde_json::from_str(text).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
	value[name].as_str().unwrap()
}

fn account(value: &Value) -> AccountId {
	let mut bytes = [0; 32];
	hex::decode_to_slice(&text(value, "account")[2..], &mut bytes).unwrap();
	AccountId::from(bytes)
}

#[test]
fn raw_signatures_verify_in_their_frame_only() {
	for vector in vectors(include_str!("vectors/raw_signatures.json")).as_array().unwrap() {
		let scheme: Scheme = text(vector, "scheme").parse().unwrap();
		let key = Key::from_uri(text(vector, "uri"), scheme).unwrap();
		assert_eq!(key.account(), account(vector));
		let mut signature = [0; 64];
		hex::decode_to_slice(&text(vector, "signature")[2..], &mut signature).unwrap();
		let message = text(vector, "message").as_bytes();
		assert_eq!(verify(&account(vector), &wrap(message), &signature), Some(scheme));
		assert_eq!(verify(&account(vector), message, &signature), None);
	}
}

fn request(vector: &Value) -> (Parts, Vec<u8>) {
	let mut target = text(vector, "path").to_owned();
	if let Some(query) = vector["query"].as_str() {
		target = format!("{target}?{query}");
	}
	let mut request = Request::builder().method(text(vector, "method")).uri(target);
	for (name, value) in vector["headers"].as_object().unwrap() {
		request = request.header(name, value.as_str().unwrap());
	}
	let (parts, ()) = request.body(()).unwrap().into_parts();
	(parts, text(vector, "body").as_bytes().to_vec())
}

#[test]
fn signed_requests_verify() {
	let file = vectors(include_str!("vectors/requests.json"));
	let genesis: H256 = text(&file, "genesis").parse().unwrap();
	let created = file["created"].as_u64().unwrap();
	let requests = file["requests"].as_array().unwrap();
	assert_eq!(requests.len(), 5);
	for vector in requests {
		let (parts, body) = request(vector);
		let expected = Expectations {
			authority: text(vector, "authority"),
			genesis: &genesis,
			now: (created + 10) * 1000,
		};
		let verified = verify_request(&parts, &body, &expected).unwrap();
		assert_eq!(verified.account, account(vector));
		assert_eq!(verified.nonce, text(vector, "nonce"));
		let by_session = text(vector, "scheme") == "session";
		assert_eq!(verified.session.is_some(), by_session);
		let lifetime = if by_session { 60 } else { 300 };
		assert_eq!(verified.expires, (created + lifetime) * 1000);
		let signature = text(&vector["headers"], "signature");
		let signature = signature.strip_prefix("medrec=:").unwrap().strip_suffix(':').unwrap();
		let signature =
			base64::Engine::decode(&base64::engine::general_purpose::STANDARD, signature).unwrap();
		let hash = request_hash(text(vector, "base").as_bytes(), &signature);
		assert_eq!(verified.request_hash, hash);
	}
}

#[test]
fn key_files_made_by_polkadot_js_open() {
	for vector in vectors(include_str!("vectors/key_files.json")).as_array().unwrap() {
		let file = KeyJson::parse(&vector["file"].to_string()).unwrap();
		let scheme = file.scheme().unwrap().unwrap();
		let expected = Key::from_uri(text(vector, "uri"), scheme).unwrap();
		let key = file.open(&Secret::new(text(vector, "password").into())).unwrap();
		assert_eq!(key.account(), expected.account());
		assert_eq!(verify(&key.account(), b"message", &key.sign(b"message")), Some(scheme));
		assert!(file.name().unwrap().starts_with("made by polkadot-js"));
	}
}

/// Files that polkadot-js was seen to open and to sign with.
#[test]
fn key_files_that_polkadot_js_opened_still_open() {
	for vector in vectors(include_str!("vectors/key_files_made_here.json")).as_array().unwrap() {
		let file = KeyJson::parse(&vector["file"].to_string()).unwrap();
		let scheme = file.scheme().unwrap().unwrap();
		let expected = Key::from_uri(text(vector, "uri"), scheme).unwrap();
		let key = file.open(&Secret::new(text(vector, "password").into())).unwrap();
		assert_eq!(key.account(), expected.account());
	}
}

/// Prints new files for the vectors above.
#[test]
#[ignore = "makes vectors; its output goes to key_files_made_here.json"]
fn make_key_files() {
	let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
	let files: Vec<Value> = [Scheme::Sr25519, Scheme::Ed25519]
		.into_iter()
		.map(|scheme| {
			let uri = format!("{phrase}//medrec//{scheme}//here");
			let key = Key::from_uri(&uri, scheme).unwrap();
			let file = KeyJson::lock(&key, &Secret::new("correct horse ü".into()), "made here");
			serde_json::json!({ "uri": uri, "password": "correct horse ü", "file": file })
		})
		.collect();
	println!("{}", serde_json::to_string_pretty(&files).unwrap());
}
