//! The vectors of RFC 9421, appendix B.2.

use base64::{engine::general_purpose::STANDARD, Engine};
use ed25519_dalek::{Signer, SigningKey};
use http::HeaderMap;
use medrec_protocol::{
	keys::verify_ed25519,
	signing::{signature_base, BaseError, Message, StartLine},
};
use sfv::{Dictionary, InnerList, ListEntry, Parser};

const REQUEST_HEADERS: [(&str, &str); 5] = [
	("host", "example.com"),
	("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
	("content-type", "application/json"),
	(
		"content-digest",
		"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
	),
	("content-length", "18"),
];

const RESPONSE_HEADERS: [(&str, &str); 4] = [
	("date", "Tue, 20 Apr 2021 02:07:56 GMT"),
	("content-type", "application/json"),
	(
		"content-digest",
		"sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:",
	),
	("content-length", "23"),
];

fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
	fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn input(text: &str) -> InnerList {
	let members: Dictionary = Parser::new(text).parse().unwrap();
	match members.into_iter().next() {
		Some((_, ListEntry::InnerList(list))) => list,
		other => panic!("{other:?}"),
	}
}

const REQUEST: StartLine<'static> = StartLine::Request {
	method: "POST",
	scheme: "https",
	authority: "example.com",
	path: "/foo",
	query: Some("param=Value&Pet=dog"),
};

fn request_base(signature_input: &str) -> Result<String, BaseError> {
	let headers = headers(&REQUEST_HEADERS);
	signature_base(&Message { start: REQUEST, headers: &headers }, &input(signature_input))
}

#[test]
fn b_2_1_minimal() {
	let base = request_base(
		r#"sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#,
	);
	assert_eq!(
		base.unwrap(),
		r#""@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#
	);
}

#[test]
fn b_2_2_selective() {
	let base = request_base(
		r#"sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example""#,
	);
	assert_eq!(
		base.unwrap(),
		r#""@authority": example.com
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"@query-param";name="Pet": dog
"@signature-params": ("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example""#
	);
}

#[test]
fn b_2_3_full() {
	let base = request_base(
		r#"sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss""#,
	);
	assert_eq!(
		base.unwrap(),
		r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@query": ?param=Value&Pet=dog
"@authority": example.com
"content-type": application/json
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss""#
	);
}

#[test]
fn b_2_4_response() {
	let headers = headers(&RESPONSE_HEADERS);
	let message = Message { start: StartLine::Response { status: 200 }, headers: &headers };
	let input = input(
		r#"sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256""#,
	);
	assert_eq!(
		signature_base(&message, &input).unwrap(),
		r#""@status": 200
"content-type": application/json
"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:
"content-length": 23
"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256""#
	);
}

/// HMAC-SHA256 with a key of exactly one block.
fn hmac_sha256(key: &[u8; 64], message: &[u8]) -> [u8; 32] {
	let pad = |byte: u8| key.map(|part| part ^ byte);
	let inner = sp_crypto_hashing::sha2_256(&[&pad(0x36)[..], message].concat());
	sp_crypto_hashing::sha2_256(&[&pad(0x5c)[..], &inner].concat())
}

#[test]
fn b_2_5_hmac() {
	let base = request_base(
		r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
	)
	.unwrap();
	assert_eq!(
		base,
		r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@authority": example.com
"content-type": application/json
"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#
	);
	let key = STANDARD
		.decode(
			"uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
		)
		.unwrap();
	assert_eq!(
		STANDARD.encode(hmac_sha256(&key.try_into().unwrap(), base.as_bytes())),
		"pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="
	);
}

#[test]
fn b_2_6_ed25519() {
	let base = request_base(
		r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
	)
	.unwrap();
	assert_eq!(
		base,
		r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#
	);
	let decode =
		|text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
	let public = decode("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs");
	let signature = STANDARD
		.decode(
			"wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
		)
		.unwrap();
	let public: [u8; 32] = public.try_into().unwrap();
	let mut signature: [u8; 64] = signature.try_into().unwrap();
	assert!(verify_ed25519(&public, base.as_bytes(), &signature));
	let secret = decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU");
	let key = SigningKey::from_bytes(&secret.try_into().unwrap());
	assert_eq!(key.sign(base.as_bytes()).to_bytes(), signature);
	signature[0] ^= 1;
	assert!(!verify_ed25519(&public, base.as_bytes(), &signature));
}

#[test]
fn components_and_parameters_keep_their_order() {
	let base = request_base(r#"a=("@path" "@method");nonce="x";created=1;alg="ed25519""#).unwrap();
	assert!(base.starts_with("\"@path\": /foo\n\"@method\": POST\n"));
	assert!(base.ends_with(r#"("@path" "@method");nonce="x";created=1;alg="ed25519""#));
}

#[test]
fn fields_are_trimmed_and_joined() {
	let mut headers = HeaderMap::new();
	headers.append("x-list", "  one ".parse().unwrap());
	headers.append("x-list", "two".parse().unwrap());
	let message = Message { start: REQUEST, headers: &headers };
	let base = signature_base(&message, &input(r#"a=("x-list" "@target-uri" "@request-target")"#));
	assert_eq!(
		base.unwrap(),
		"\"x-list\": one, two\n\
		 \"@target-uri\": https://example.com/foo?param=Value&Pet=dog\n\
		 \"@request-target\": /foo?param=Value&Pet=dog\n\
		 \"@signature-params\": (\"x-list\" \"@target-uri\" \"@request-target\")"
	);
}

#[test]
fn unsupported_components_are_refused() {
	for (text, error) in [
		(r#"a=("@path" "@path")"#, BaseError::Duplicate(r#""@path""#.into())),
		(r#"a=("x-absent")"#, BaseError::Missing(r#""x-absent""#.into())),
		(r#"a=("@status")"#, BaseError::Unsupported(r#""@status""#.into())),
		(r#"a=("@nonsense")"#, BaseError::Unsupported(r#""@nonsense""#.into())),
		(r#"a=("Date")"#, BaseError::Unsupported(r#""Date""#.into())),
		(r#"a=("date";sf)"#, BaseError::Unsupported(r#""date";sf"#.into())),
		(r#"a=("@path";req)"#, BaseError::Unsupported(r#""@path";req"#.into())),
		(r#"a=(date)"#, BaseError::Unsupported("date".into())),
		(r#"a=("@query-param")"#, BaseError::Unsupported(r#""@query-param""#.into())),
		(
			r#"a=("@query-param";name="Cat")"#,
			BaseError::Missing(r#""@query-param";name="Cat""#.into()),
		),
	] {
		assert_eq!(request_base(text), Err(error), "{text}");
	}
	let headers = [("x-latin".parse().unwrap(), http::HeaderValue::from_bytes(b"\xe4").unwrap())]
		.into_iter()
		.collect();
	let message = Message { start: REQUEST, headers: &headers };
	assert_eq!(
		signature_base(&message, &input(r#"a=("x-latin")"#)),
		Err(BaseError::NotAscii(r#""x-latin""#.into()))
	);
}
