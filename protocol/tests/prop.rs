//! Properties of signed, sealed and disclosed data.

mod support;

use http::Request;
use medrec_primitives::H256;
use medrec_protocol::{
	keys::{Key, Scheme, SealingKey},
	seal,
	signing::{
		sign, verify_request, Expectations, RequestSigner, Session, SessionSigner, SignOptions,
	},
	verify::check_answer,
	wire::RequestHash,
};
use proptest::{collection::btree_set, prelude::*};
use serde_json::Value;
use support::{request, Record};

fn json() -> impl Strategy<Value = Value> {
	let leaf = prop_oneof![
		Just(Value::Null),
		any::<bool>().prop_map(Value::from),
		any::<i32>().prop_map(Value::from),
		(-1e9f64..1e9).prop_map(Value::from),
		".{0,12}".prop_map(Value::from),
	];
	leaf.prop_recursive(3, 16, 4, |inner| {
		prop_oneof![
			proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
			proptest::collection::btree_map(".{0,6}", inner, 0..4)
				.prop_map(|map| Value::Object(map.into_iter().collect())),
		]
	})
}

fn target() -> impl Strategy<Value = String> {
	("(/[a-z0-9._~-]{1,8}){1,4}", proptest::option::of("[a-z0-9=&%._~-]{0,20}")).prop_map(
		|(path, query)| match query {
			Some(query) => format!("{path}?{query}"),
			None => path,
		},
	)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn any_disclosed_part_of_any_record_verifies_and_no_other_value_does(
		values in proptest::collection::vec(json(), 1..20),
		picks in btree_set(0usize..20, 1..8),
		other in json(),
	) {
		let fields = values.iter().cloned().enumerate();
		let record = Record::new(fields.map(|(at, value)| (format!("f{at}"), value)).collect());
		let numbers: std::collections::BTreeSet<u16> =
			picks.iter().map(|pick| (pick % values.len()) as u16).collect();
		let numbers: Vec<u16> = numbers.into_iter().collect();
		let answer = record.answer(&numbers);
		let on_chain = record.on_chain();
		prop_assert_eq!(check_answer(&request(Some(numbers)), &answer, &on_chain), Ok(()));
		let mut changed = answer;
		if changed.fields[0].value != other {
			changed.fields[0].value = other;
			prop_assert!(check_answer(&request(None), &changed, &on_chain).is_err());
		}
	}

	#[test]
	fn any_signed_request_verifies_and_no_other_body_does(
		target in target(),
		body in proptest::collection::vec(any::<u8>(), 0..64),
		other in proptest::collection::vec(any::<u8>(), 0..64),
		seed in any::<[u8; 32]>(),
		ed25519 in any::<bool>(),
		by_session in any::<bool>(),
		now in 1_000_000u64..4_000_000_000_000,
	) {
		let genesis = H256(seed);
		let scheme = if ed25519 { Scheme::Ed25519 } else { Scheme::Sr25519 };
		let key = Key::from_uri(&format!("0x{}", hex::encode(seed)), scheme).unwrap();
		let session = SessionSigner::delegate(&key, "portal.test", &genesis, now, 600).unwrap();
		let signer = match by_session {
			true => RequestSigner::Session(session),
			false => RequestSigner::Wallet(key.clone()),
		};
		let (mut parts, ()) = Request::post(target).body(()).unwrap().into_parts();
		let options = SignOptions::new("Gate.Test:8443", &genesis, now);
		let hash = sign(&mut parts, &body, &signer, &options).unwrap();
		let expected = Expectations { authority: "gate.test:8443", genesis: &genesis, now };
		let verified = verify_request(&parts, &body, &expected).unwrap();
		prop_assert_eq!(verified.account, key.account());
		prop_assert_eq!(verified.request_hash, hash);
		if body != other {
			prop_assert!(verify_request(&parts, &other, &expected).is_err());
		}
	}

	#[test]
	fn sealed_messages_open_unchanged(
		message in proptest::collection::vec(any::<u8>(), 0..200),
		request in any::<[u8; 32]>(),
	) {
		let key = SealingKey::generate();
		let sealed = seal::seal(&key.public(), RequestHash(request), &message).unwrap();
		let opened = seal::open(&key, RequestHash(request), &sealed).unwrap();
		prop_assert_eq!(opened.as_slice(), &message[..]);
	}

	#[test]
	fn no_header_or_text_makes_the_verifier_panic(text in ".{0,300}", bytes in any::<Vec<u8>>()) {
		let _ = Session::parse(&text);
		let _ = Session::verify(&text, &H256::zero(), 0);
		let (mut parts, ()) = Request::get("/").body(()).unwrap().into_parts();
		for name in ["signature-input", "signature", "content-digest", "medrec-session"] {
			if let Ok(value) = http::HeaderValue::from_bytes(&bytes) {
				parts.headers.insert(name, value);
			}
		}
		let genesis = H256::zero();
		let expected = Expectations { authority: "a", genesis: &genesis, now: 0 };
		prop_assert!(verify_request(&parts, &bytes, &expected).is_err());
	}
}
