//! Every reason why a signed request is refused.

use base64::{engine::general_purpose::STANDARD, Engine};
use http::{request::Parts, HeaderValue, Request};
use medrec_primitives::H256;
use medrec_protocol::{
	keys::{Key, Scheme},
	signing::{
		content_digest, prepare, sign, verify_request, wrap, DigestError, Expectations, KeyId,
		RequestSigner, Session, SessionError, SessionSigner, SignOptions, SignatureError, Verified,
	},
	wire::ErrorCode,
};

const AUTHORITY: &str = "gate.example.org";
const GENESIS: H256 = H256([7; 32]);
const NOW: u64 = 1_769_860_800_000;
const BODY: &[u8] = b"{}";

fn wallet(scheme: Scheme) -> Key {
	Key::from_uri("//Patient", scheme).unwrap()
}

fn options() -> SignOptions<'static> {
	SignOptions::new(AUTHORITY, &GENESIS, NOW)
}

fn request(target: &str) -> Parts {
	Request::post(target).header("host", AUTHORITY).body(()).unwrap().into_parts().0
}

fn signed_with(signer: &RequestSigner, options: &SignOptions<'_>) -> Parts {
	let mut parts = request("/v1/query?a=1");
	sign(&mut parts, BODY, signer, options).unwrap();
	parts
}

fn signed() -> Parts {
	signed_with(&RequestSigner::Wallet(wallet(Scheme::Sr25519)), &options())
}

fn verify_at(parts: &Parts, body: &[u8], now: u64) -> Result<Verified, SignatureError> {
	verify_request(parts, body, &Expectations { authority: AUTHORITY, genesis: &GENESIS, now })
}

fn verify(parts: &Parts) -> Result<Verified, SignatureError> {
	verify_at(parts, BODY, NOW)
}

/// A request whose signature is made after `change` of its `Signature-Input`.
fn with_input(change: impl Fn(&str) -> String) -> Parts {
	let key = wallet(Scheme::Ed25519);
	let mut parts = request("/v1/query?a=1");
	prepare(&mut parts, BODY, key.account(), false, &options())
		.unwrap()
		.finish(&mut parts, &[0; 64]);
	let input = change(parts.headers["signature-input"].to_str().unwrap());
	parts.headers.insert("signature-input", HeaderValue::try_from(&input).unwrap());

	let (_, list) = input.split_once('=').unwrap();
	let covered = list.trim_start_matches('(').split(')').next().unwrap();
	let mut base = String::new();
	for name in covered.split(' ').filter(|name| !name.is_empty()) {
		let value = match name {
			"\"@method\"" => "POST".into(),
			"\"@authority\"" => AUTHORITY.into(),
			"\"@path\"" => "/v1/query".into(),
			"\"@query\"" => "?a=1".into(),
			field => parts.headers[field.trim_matches('"')].to_str().unwrap().to_owned(),
		};
		base.push_str(&format!("{name}: {value}\n"));
	}
	base.push_str(&format!("\"@signature-params\": {list}"));
	let signature = STANDARD.encode(key.sign(&wrap(base.as_bytes())));
	let signature = HeaderValue::try_from(format!("medrec=:{signature}:")).unwrap();
	parts.headers.insert("signature", signature);
	parts
}

fn replaced(from: &str, to: &str) -> Result<Verified, SignatureError> {
	verify(&with_input(|input| {
		assert!(input.contains(from), "{input}");
		input.replace(from, to)
	}))
}

fn codes<T: std::fmt::Debug>(result: Result<T, SignatureError>) -> ErrorCode {
	result.unwrap_err().code()
}

#[test]
fn signatures_of_both_schemes_verify() {
	for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
		let key = wallet(scheme);
		let mut parts = request("/v1/query?a=1");
		let hash = sign(&mut parts, BODY, &RequestSigner::Wallet(key.clone()), &options()).unwrap();
		let verified = verify(&parts).unwrap();
		assert_eq!(verified.account, key.account());
		assert_eq!(verified.request_hash, hash);
		assert_eq!(verified.expires, NOW + 60_000);
		assert_eq!(verified.keyid, KeyId::new(&GENESIS, key.account()).to_string());
		assert_eq!(verified.session, None);
		assert_eq!(verified.nonce.len(), 22);
	}
}

#[test]
fn no_two_signatures_share_a_nonce() {
	assert_ne!(verify(&signed()).unwrap().nonce, verify(&signed()).unwrap().nonce);
}

#[test]
fn other_signatures_are_ignored() {
	let mut parts = signed();
	for (name, other) in
		[("signature-input", r#"proxy=("@path");created=1"#), ("signature", "proxy=:AA==:")]
	{
		parts.headers.append(name, HeaderValue::from_static(other));
	}
	assert!(verify(&parts).is_ok());
}

#[test]
fn more_components_than_required_may_be_covered() {
	let list = r#""content-digest" "host")"#;
	assert!(replaced(r#""content-digest")"#, list).is_ok());
}

#[test]
fn a_missing_signature_is_refused() {
	for name in ["signature-input", "signature"] {
		let mut parts = signed();
		parts.headers.remove(name);
		assert_eq!(verify(&parts), Err(SignatureError::Missing));
		let other = if name == "signature" { "other=:AA==:" } else { "other=()" };
		parts.headers.insert(name, HeaderValue::from_static(other));
		assert_eq!(verify(&parts), Err(SignatureError::Missing));
	}
	assert_eq!(SignatureError::Missing.code(), ErrorCode::SignatureMissing);
}

#[test]
fn malformed_headers_are_refused() {
	for (name, text) in [
		("signature-input", "medrec=(("),
		("signature-input", "medrec=1"),
		("signature", "medrec"),
		("signature", "medrec=:AAAA:"),
		("signature", "medrec=()"),
	] {
		let mut parts = signed();
		parts.headers.insert(name, HeaderValue::from_static(text));
		let refused = verify(&parts);
		assert!(matches!(refused, Err(SignatureError::Malformed(_))), "{text}: {refused:?}");
		assert_eq!(codes(refused), ErrorCode::MalformedRequest);
	}
	let mut parts = signed();
	let long = HeaderValue::try_from("a".repeat(9000)).unwrap();
	parts.headers.insert("signature", long);
	assert!(matches!(verify(&parts), Err(SignatureError::Malformed(_))));
	for (from, to) in [
		("created=1769860800", "created=\"1769860800\""),
		("created=1769860800;", ""),
		("expires=1769860860", "expires=1769860860.5"),
		("expires=1769860860", "expires=-5"),
		("keyid=", "key="),
		("tag=\"medrec-v1\"", "tag=medrec-v1"),
	] {
		let refused = replaced(from, to);
		assert!(matches!(refused, Err(SignatureError::Malformed(_))), "{to}: {refused:?}");
	}
}

#[test]
fn every_required_component_must_be_covered() {
	for name in ["@method", "@authority", "@path", "@query", "content-digest"] {
		let quoted = format!("\"{name}\"");
		let refused = verify(&with_input(|input| input.replace(&quoted, "").replace("  ", " ")));
		assert_eq!(refused, Err(SignatureError::NotCovered(name)));
		assert_eq!(codes(refused), ErrorCode::SignatureMissing);
	}
}

#[test]
fn missing_components_are_refused() {
	let mut parts =
		with_input(|input| input.replace("\"content-digest\")", "\"content-digest\" \"host\")"));
	parts.headers.remove("host");
	let refused = verify(&parts);
	assert!(matches!(refused, Err(SignatureError::Base(_))));
	assert_eq!(codes(refused), ErrorCode::MalformedRequest);
}

#[test]
fn another_tag_is_refused() {
	let refused = replaced("medrec-v1", "medrec-v2");
	assert_eq!(refused, Err(SignatureError::WrongTag));
	assert_eq!(codes(refused), ErrorCode::SignatureMissing);
	assert_eq!(replaced(";tag=\"medrec-v1\"", ""), Err(SignatureError::WrongTag));
}

#[test]
fn weak_nonces_are_refused() {
	for nonce in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAA", "!!!!!!!!!!!!!!!!!!!!!!!!", &"A".repeat(100)]
	{
		let refused = verify(&with_input(|input| {
			let (before, rest) = input.split_once("nonce=\"").unwrap();
			let (_, after) = rest.split_once('"').unwrap();
			format!("{before}nonce=\"{nonce}\"{after}")
		}));
		assert_eq!(refused, Err(SignatureError::BadNonce), "{nonce}");
		assert_eq!(codes(refused), ErrorCode::MalformedRequest);
	}
}

#[test]
fn a_key_is_identified_on_its_chain() {
	let refused = replaced("polkadot:07070707", "polkadot:08070707");
	assert_eq!(refused, Err(SignatureError::WrongChain));
	assert_eq!(codes(refused), ErrorCode::WrongChain);
	for (from, to) in [
		("polkadot:", "eip155:"),
		("polkadot:07", "polkadot:"),
		("polkadot:07", "polkadot:AA"),
		("07070707:", "07070707:x"),
	] {
		let refused = replaced(from, to);
		assert!(matches!(refused, Err(SignatureError::KeyId(_))), "{to}: {refused:?}");
		assert_eq!(codes(refused), ErrorCode::MalformedRequest);
	}
}

#[test]
fn signatures_are_valid_for_their_lifetime_only() {
	let lasting = SignOptions { lifetime: 300, ..options() };
	let parts = signed_with(&RequestSigner::Wallet(wallet(Scheme::Ed25519)), &lasting);
	for now in [NOW - 60_000, NOW, NOW + 60_999] {
		assert!(verify_at(&parts, BODY, now).is_ok(), "{now}");
	}
	assert_eq!(verify_at(&parts, BODY, NOW - 61_000), Err(SignatureError::NotYetValid));
	assert_eq!(verify_at(&parts, BODY, NOW + 61_000), Err(SignatureError::Expired));

	let short = SignOptions { lifetime: 5, ..options() };
	let parts = signed_with(&RequestSigner::Wallet(wallet(Scheme::Ed25519)), &short);
	assert!(verify_at(&parts, BODY, NOW + 4_999).is_ok());
	assert_eq!(verify_at(&parts, BODY, NOW + 5_000), Err(SignatureError::Expired));

	let long = SignOptions { lifetime: 301, ..options() };
	let parts = signed_with(&RequestSigner::Wallet(wallet(Scheme::Ed25519)), &long);
	assert_eq!(verify(&parts), Err(SignatureError::LifetimeTooLong(300)));
	assert_eq!(
		replaced("expires=1769860860", "expires=1769860799"),
		Err(SignatureError::LifetimeTooLong(300))
	);
	for error in
		[SignatureError::Expired, SignatureError::NotYetValid, SignatureError::LifetimeTooLong(300)]
	{
		assert_eq!(error.code(), ErrorCode::SignatureExpired);
	}
}

#[test]
fn another_body_is_refused() {
	let refused = verify_at(&signed(), b"{ }", NOW);
	assert_eq!(refused, Err(SignatureError::Digest(DigestError::Mismatch)));
	assert_eq!(codes(refused), ErrorCode::DigestMismatch);

	// With the digest of the other body, the signature is invalid.
	let mut parts = signed();
	parts.headers.insert("content-digest", content_digest(b"{ }"));
	assert_eq!(verify_at(&parts, b"{ }", NOW), Err(SignatureError::Invalid));
}

#[test]
fn a_digest_is_required() {
	for (value, error, code) in [
		(None, DigestError::Missing, ErrorCode::SignatureMissing),
		(Some("sha-512=:AAAA:"), DigestError::Missing, ErrorCode::SignatureMissing),
		(Some("sha-256=AAAA"), DigestError::Malformed, ErrorCode::MalformedRequest),
		(Some("sha-256=()"), DigestError::Malformed, ErrorCode::MalformedRequest),
		(Some(":"), DigestError::Malformed, ErrorCode::MalformedRequest),
	] {
		let mut parts = signed();
		parts.headers.remove("content-digest");
		if let Some(value) = value {
			parts.headers.insert("content-digest", HeaderValue::from_static(value));
		}
		let refused = verify(&parts);
		assert_eq!(refused, Err(SignatureError::Digest(error)), "{value:?}");
		assert_eq!(codes(refused), code);
	}
}

#[test]
fn another_method_path_or_query_is_refused() {
	let mut parts = signed();
	parts.method = http::Method::PUT;
	assert_eq!(verify(&parts), Err(SignatureError::Invalid));
	for target in ["/v1/other?a=1", "/v1/query?a=2", "/v1/query", "/v1/query?"] {
		let mut parts = signed();
		parts.uri = target.parse().unwrap();
		let refused = verify(&parts);
		assert_eq!(refused, Err(SignatureError::Invalid), "{target}");
		assert_eq!(codes(refused), ErrorCode::SignatureInvalid);
	}
}

#[test]
fn a_request_for_another_gatekeeper_is_refused_whatever_its_host_says() {
	let elsewhere = SignOptions { authority: "other.example.org", ..options() };
	let key = wallet(Scheme::Sr25519);
	// Relayed with the host of a malicious gatekeeper.
	let mut parts = request("/v1/query");
	parts.headers.insert("host", HeaderValue::from_static("other.example.org"));
	sign(&mut parts, BODY, &RequestSigner::Wallet(key.clone()), &elsewhere).unwrap();
	let refused = verify(&parts);
	assert_eq!(refused, Err(SignatureError::WrongAuthority(AUTHORITY.into())));
	assert_eq!(codes(refused), ErrorCode::WrongAuthority);
	// With our host.
	parts.headers.insert("host", HeaderValue::from_static(AUTHORITY));
	assert_eq!(verify(&parts), Err(SignatureError::Invalid));
	// Signed for us, it is valid behind any proxy.
	let mut parts = signed();
	parts.headers.insert("host", HeaderValue::from_static("127.0.0.1:8080"));
	assert!(verify(&parts).is_ok());
}

#[test]
fn another_key_is_refused() {
	let mallory = Key::from_uri("//Mallory", Scheme::Sr25519).unwrap();
	let patient = wallet(Scheme::Sr25519);
	let mut parts = request("/v1/query?a=1");
	let prepared = prepare(&mut parts, BODY, patient.account(), false, &options()).unwrap();
	let signature = mallory.sign(&prepared.wrapped());
	prepared.finish(&mut parts, &signature);
	assert_eq!(verify(&parts), Err(SignatureError::Invalid));
}

#[test]
fn a_wallets_signature_without_its_frame_is_refused() {
	let patient = wallet(Scheme::Ed25519);
	let mut parts = request("/v1/query?a=1");
	let prepared = prepare(&mut parts, BODY, patient.account(), false, &options()).unwrap();
	let signature = patient.sign(prepared.base().as_bytes());
	prepared.finish(&mut parts, &signature);
	assert_eq!(verify(&parts), Err(SignatureError::Invalid));
}

#[test]
fn the_signature_of_a_wallet_has_no_alg() {
	for name in ["ed25519", "sr25519"] {
		let refused = replaced(";tag=", &format!(";alg=\"{name}\";tag="));
		assert!(
			matches!(
				refused,
				Err(SignatureError::WrongAlgorithm | SignatureError::Session(SessionError::Missing))
			),
			"{refused:?}"
		);
	}
}

fn session(seconds: u64) -> SessionSigner {
	SessionSigner::delegate(&wallet(Scheme::Sr25519), "portal.example.org", &GENESIS, NOW, seconds)
		.unwrap()
}

#[test]
fn requests_of_a_session_are_those_of_the_wallet() {
	let session = session(3600);
	let parts = signed_with(&RequestSigner::Session(session.clone()), &options());
	let verified = verify(&parts).unwrap();
	assert_eq!(verified.account, wallet(Scheme::Sr25519).account());
	assert_eq!(verified.session.as_ref(), Some(session.session()));
	assert_eq!(verified.keyid, KeyId::new(&GENESIS, session.account()).to_string());
	assert_eq!(session.session().expires, NOW + 3_600_000);
	assert_eq!(Session::parse(&session.session().to_text()).as_ref(), Ok(session.session()));
}

#[test]
fn signatures_of_a_session_live_for_a_minute() {
	let long = SignOptions { lifetime: 61, ..options() };
	let parts = signed_with(&RequestSigner::Session(session(3600)), &long);
	assert_eq!(verify(&parts), Err(SignatureError::LifetimeTooLong(60)));
}

#[test]
fn a_session_has_an_end_and_a_chain() {
	let check = |header: &str, genesis, now| Session::verify(header, genesis, now);
	let open = session(600);
	assert!(check(open.header(), &GENESIS, NOW + 599_999).is_ok());
	assert_eq!(check(open.header(), &GENESIS, NOW + 600_000), Err(SessionError::Expired));
	assert_eq!(check(open.header(), &GENESIS, NOW - 61_000), Err(SessionError::NotYetValid));
	assert_eq!(check(open.header(), &H256([8; 32]), NOW), Err(SessionError::WrongChain));
	assert_eq!(session(100_000).session().expires, NOW + 3_600_000);

	let mut long = open.session().clone();
	long.expires += 3_600_000;
	assert_eq!(check(&delegate(&long.to_text()), &GENESIS, NOW), Err(SessionError::TooLong));
	let mut backwards = open.session().clone();
	backwards.issued_at = NOW + 50_000;
	backwards.expires = NOW + 10_000;
	assert_eq!(check(&delegate(&backwards.to_text()), &GENESIS, NOW), Err(SessionError::TooLong));
}

/// The header with the signature of the wallet over any text.
fn delegate(text: &str) -> String {
	let signature = wallet(Scheme::Sr25519).sign(&wrap(text.as_bytes()));
	format!("{}.{}", STANDARD.encode(text), hex::encode(signature))
}

#[test]
fn only_the_named_account_delegates() {
	let mallory = Key::from_uri("//Mallory", Scheme::Sr25519).unwrap();
	let text = session(60).session().to_text();
	let signature = hex::encode(mallory.sign(&wrap(text.as_bytes())));
	let header = format!("{}.{signature}", STANDARD.encode(text));
	assert_eq!(Session::verify(&header, &GENESIS, NOW), Err(SessionError::Unsigned));
}

#[test]
fn malformed_session_headers_are_refused() {
	for header in ["", "abc", "%.00", "AAAA.zz", "AAAA.00", "/w==.00"] {
		let refused = Session::verify(header, &GENESIS, NOW);
		assert_eq!(refused, Err(SessionError::Malformed), "{header}");
	}
}

#[test]
fn delegations_that_differ_in_any_line_are_refused() {
	let text = session(60).session().to_text();
	assert!(Session::verify(&delegate(&text), &GENESIS, NOW).is_ok());
	for (from, to) in [
		("Polkadot account:", "Ethereum account:"),
		("portal.example.org wants", " wants"),
		("Let a session key", "Let nobody"),
		("URI: https", "URL: https"),
		("Version: 1", "Version: 2"),
		("Nonce: ", "Nonce: -"),
		("Issued At: 2026", "Issued At: x"),
		("Expiration Time: ", "Expiration: "),
		("Resources:", "Resource:"),
		("medrec:session:ed25519:0x", "medrec:session:ed25519:0xzz"),
		("- medrec:session", "- other:session"),
	] {
		assert!(text.contains(from));
		let refused = Session::parse(&text.replacen(from, to, 1));
		assert!(matches!(refused, Err(SessionError::Text(_))), "{to}: {refused:?}");
	}
	for changed in [
		format!("{text}\n- medrec:session:ed25519:0x{}", "11".repeat(32)),
		text.lines().take(5).collect::<Vec<_>>().join("\n"),
		"x".repeat(3000),
	] {
		assert!(matches!(Session::parse(&changed), Err(SessionError::Text(_))), "{changed}");
	}
	let named = SessionSigner::delegate(&wallet(Scheme::Sr25519), "two\nlines", &GENESIS, NOW, 60);
	assert!(matches!(named, Err(SessionError::Text(_))));
}

#[test]
fn a_session_requires_its_alg_and_its_key() {
	let session = session(3600);
	let good = signed_with(&RequestSigner::Session(session.clone()), &options());
	let mut parts = good.clone();
	parts.headers.remove("medrec-session");
	let refused = verify(&parts);
	assert_eq!(refused, Err(SignatureError::Session(SessionError::Missing)));
	assert_eq!(codes(refused), ErrorCode::SessionInvalid);

	let mut parts = signed();
	parts.headers.insert("medrec-session", HeaderValue::try_from(session.header()).unwrap());
	assert_eq!(verify(&parts), Err(SignatureError::WrongAlgorithm));

	let mut parts = good;
	let other = self::session(3600);
	parts.headers.insert("medrec-session", HeaderValue::try_from(other.header()).unwrap());
	assert_eq!(verify(&parts), Err(SignatureError::Session(SessionError::WrongKey)));
}

#[test]
fn a_sessions_signature_is_checked() {
	let session = session(3600);
	let mut parts = signed_with(&RequestSigner::Session(session.clone()), &options());
	parts.uri = "/v1/other".parse().unwrap();
	assert_eq!(verify(&parts), Err(SignatureError::Invalid));
}
