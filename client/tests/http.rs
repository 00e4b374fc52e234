//! The client of gatekeepers against a scripted one.

#[path = "../../protocol/tests/support/mod.rs"]
mod support;

use http::{request::Parts, Request};
use medrec_client::http::{GatekeeperClient, GatekeeperError};
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyId, DatasetId},
	record::{Category, TemplateHash},
	summary::LogRoot,
	H256,
};
use medrec_protocol::{
	catalogue::Posted,
	keys::{Key, Scheme, SealingKey},
	seal,
	signing::{verify_request, Expectations, RequestSigner, SessionSigner, Verified},
	wire::{
		Aggregate, AggregateRules, BlockRef, CatalogueCategory, CatalogueResponse,
		CatalogueTemplate, Cell, CollectResponse, ErrorBody, ErrorCode, ErrorEnvelope, LogHead,
		LoggedReceipt, QueryRequest, QueryResponse, ReceiptsPage, ReceiptsQuery, Statistic,
	},
};
use serde_json::json;
use std::time::Duration;
use support::{request, signed_receipt, Record, RELATIONSHIP};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpListener,
	task::JoinHandle,
};

const GENESIS: H256 = H256([7; 32]);

/// Serves one request with `answer`.
async fn serve(
	answer: impl FnOnce(&Parts, &[u8], Option<&Verified>) -> (u16, String) + Send + 'static,
) -> (String, JoinHandle<()>) {
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let authority = listener.local_addr().unwrap().to_string();
	let url = format!("http://{authority}");
	let served = tokio::spawn(async move {
		let (mut stream, _) = listener.accept().await.unwrap();
		let mut bytes = Vec::new();
		let (head, mut body) = loop {
			let mut chunk = [0; 4096];
			let read = stream.read(&mut chunk).await.unwrap();
			bytes.extend_from_slice(&chunk[..read]);
			if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
				let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
				break (head, bytes[at + 4..].to_vec());
			}
		};
		let mut lines = head.lines();
		let mut first = lines.next().unwrap().split(' ');
		let mut request =
			Request::builder().method(first.next().unwrap()).uri(first.next().unwrap());
		for line in lines {
			let (name, value) = line.split_once(": ").unwrap();
			request = request.header(name, value);
		}
		let (parts, ()) = request.body(()).unwrap().into_parts();
		let len = parts.headers.get("content-length");
		let len = len.map_or(0, |len| len.to_str().unwrap().parse().unwrap());
		while body.len() < len {
			let mut chunk = [0; 4096];
			let read = stream.read(&mut chunk).await.unwrap();
			body.extend_from_slice(&chunk[..read]);
		}
		let now = medrec_client::now();
		let expected = Expectations { authority: &authority, genesis: &GENESIS, now };
		let verified = verify_request(&parts, &body, &expected).ok();
		let (status, text) = answer(&parts, &body, verified.as_ref());
		let retry = if status == 429 { "retry-after: 7\r\n" } else { "" };
		let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{retry}\r\n", text.len());
		stream.write_all(format!("{head}{text}").as_bytes()).await.unwrap();
	});
	(url, served)
}

fn wallet() -> Key {
	Key::from_uri("//Patient", Scheme::Sr25519).unwrap()
}

fn client(url: &str) -> GatekeeperClient {
	GatekeeperClient::new(url, GENESIS, RequestSigner::Wallet(wallet())).unwrap()
}

fn plain() -> QueryResponse {
	let record = Record::new(vec![("code".into(), json!("x")), ("value".into(), json!(1))]);
	QueryResponse::Plain {
		answer: Box::new(record.answer(&[0, 1])),
		receipt: signed_receipt(0, vec![0, 1]),
	}
}

#[tokio::test]
async fn queries_are_signed_and_answers_decoded() {
	let (url, served) = serve(|parts, body, verified| {
		assert_eq!(parts.uri, "/v1/query");
		assert_eq!(parts.headers["content-type"], "application/json");
		let query: QueryRequest = serde_json::from_slice(body).unwrap();
		assert_eq!(query, request(Some(vec![0, 1])));
		assert_eq!(verified.unwrap().account, wallet().account());
		(200, serde_json::to_string(&plain()).unwrap())
	})
	.await;
	let reply = client(&url).query(&request(Some(vec![0, 1]))).await.unwrap();
	assert!(!reply.sealed);
	assert_eq!(reply.answer.fields.len(), 2);
	assert_eq!(reply.receipt, signed_receipt(0, vec![0, 1]));
	served.await.unwrap();
}

#[tokio::test]
async fn sealed_answers_open_with_the_right_key_only() {
	let key = SealingKey::generate();
	for given in [Some(key.clone()), Some(SealingKey::generate()), None] {
		let public = key.public();
		let (url, served) = serve(move |_, _, verified| {
			let plain = serde_json::to_vec(&plain()).unwrap();
			let sealed = seal::seal(&public, verified.unwrap().request_hash, &plain).unwrap();
			(200, serde_json::to_string(&QueryResponse::Sealed { sealed }).unwrap())
		})
		.await;
		let mut client = client(&url);
		let mine = given.as_ref().map(SealingKey::public);
		if let Some(given) = given {
			client = client.with_sealing_key(given);
		}
		let reply = client.query(&request(None)).await;
		match mine {
			Some(mine) if mine == public => assert!(reply.unwrap().sealed),
			Some(_) => assert!(matches!(reply, Err(GatekeeperError::CannotOpen(_)))),
			None => assert!(matches!(reply, Err(GatekeeperError::Sealed))),
		}
		served.await.unwrap();
	}
}

#[tokio::test]
async fn sessions_send_requests_for_the_account_of_the_wallet() {
	let (url, served) = serve(|_, _, verified| {
		let verified = verified.unwrap();
		assert!(verified.session.is_some());
		assert_eq!(verified.account, wallet().account());
		(200, serde_json::to_string(&plain()).unwrap())
	})
	.await;
	let now = medrec_client::now();
	let session = SessionSigner::delegate(&wallet(), "cli.test", &GENESIS, now, 600).unwrap();
	let client = GatekeeperClient::new(&url, GENESIS, RequestSigner::Session(session)).unwrap();
	client.query(&request(None)).await.unwrap();
	served.await.unwrap();
}

#[tokio::test]
async fn refusals_have_a_code_and_a_receipt() {
	let body = ErrorBody {
		code: ErrorCode::NotPermitted,
		message: "ask the patient".into(),
		receipt: Some(signed_receipt(3, vec![])),
	};
	let envelope = ErrorEnvelope { error: body.clone() };
	let (url, served) =
		serve(move |_, _, _| (403, serde_json::to_string(&envelope).unwrap())).await;
	let refused = client(&url).query(&request(None)).await.unwrap_err();
	assert_eq!(refused.code(), Some(ErrorCode::NotPermitted));
	assert_eq!(refused.retry_after(), None);
	assert!(matches!(refused, GatekeeperError::Refused { body: found, .. } if *found == body));
	served.await.unwrap();
}

#[tokio::test]
async fn a_refusal_says_when_to_ask_again() {
	let error = ErrorBody { code: ErrorCode::RateLimited, message: "later".into(), receipt: None };
	let text = serde_json::to_string(&ErrorEnvelope { error }).unwrap();
	let (url, served) = serve(move |_, _, _| (429, text)).await;
	let refused = client(&url).query(&request(None)).await.unwrap_err();
	assert_eq!(refused.code(), Some(ErrorCode::RateLimited));
	assert_eq!(refused.retry_after(), Some(Duration::from_secs(7)));
	served.await.unwrap();
}

#[tokio::test]
async fn a_catalogue_is_read_and_verified() {
	let record = Record::new(vec![("code".into(), json!("x"))]);
	let (answer, on_chain) = (record.answer(&[0]), record.on_chain());
	let key = on_chain.pointer.template;
	let response = CatalogueResponse {
		decided_at: answer.decided_at,
		categories: vec![CatalogueCategory { key: Category(1), name: "tests".into() }],
		templates: vec![CatalogueTemplate {
			keys: vec![key, TemplateHash([9; 32])],
			template: answer.template,
		}],
	};
	let text = serde_json::to_string(&response).unwrap();
	let (url, served) = serve(move |parts, body, verified| {
		let path = format!("/v1/relationships/{RELATIONSHIP}/catalogue");
		assert_eq!((parts.method.as_str(), parts.uri.to_string()), ("GET", path));
		assert!(body.is_empty() && verified.is_some());
		(200, text)
	})
	.await;
	let posted = Posted::by(on_chain.author, [&on_chain]);
	let catalogue = client(&url).catalogue(RELATIONSHIP, &posted).await.unwrap();
	assert_eq!(catalogue.template(&key), Some(&record.template));
	assert_eq!(catalogue.category_name(Category(1)), Some("tests"));
	assert_eq!(catalogue.unproven().len(), 1);
	served.await.unwrap();
}

#[tokio::test]
async fn undocumented_answers_are_errors() {
	for (status, text) in [(200, "{}"), (502, "<html>"), (302, "")] {
		let (url, served) = serve(move |_, _, _| (status, text.to_owned())).await;
		let refused = client(&url).query(&request(None)).await.unwrap_err();
		assert!(matches!(&refused, GatekeeperError::Malformed { url: found, status: code }
			if *found == url && *code == status));
		assert_eq!(refused.code(), None);
		served.await.unwrap();
	}
	let unreachable = client("http://127.0.0.1:1").log_head().await;
	let Err(error @ GatekeeperError::Transport(_)) = unreachable else { panic!("{unreachable:?}") };
	let text = error.to_string();
	assert!(text.starts_with("cannot reach the gatekeeper: Connection refused"), "{text}");
}

#[tokio::test]
async fn invalid_addresses_are_refused() {
	for url in ["gate.example.org", "ftp://gate.example.org", "https://a/?b", "https://"] {
		let client = GatekeeperClient::new(url, GENESIS, RequestSigner::Wallet(wallet()));
		assert!(matches!(client, Err(GatekeeperError::InvalidUrl(_))), "{url}");
	}
}

#[tokio::test]
async fn receipts_and_proofs_are_read() {
	let logged =
		|sequence, proof| LoggedReceipt { signed: signed_receipt(sequence, vec![1]), proof };
	let proof = Some(vec![H256([2; 32])]);
	let page = ReceiptsPage { receipts: vec![logged(8, proof), logged(9, None)], next: Some(9) };
	let text = serde_json::to_string(&page).unwrap();
	let (url, served) = serve(move |parts, body, verified| {
		assert_eq!(
			parts.uri.to_string(),
			format!("/v1/log/receipts?relationship={RELATIONSHIP}&after=7&since=5&size=9")
		);
		assert!(body.is_empty() && verified.is_some());
		(200, text)
	})
	.await;
	let (relationship, after, since) = (RELATIONSHIP, Some(7), Some(5));
	let query = ReceiptsQuery { relationship, after, since, size: Some(9) };
	assert_eq!(client(&url).receipts(&query).await.unwrap(), page);
	served.await.unwrap();

	let head = LogHead { size: 9, root: LogRoot([1; 32]), anchored: None };
	let (url, served) = serve(move |parts, _, verified| {
		assert!(verified.is_none());
		assert_eq!(parts.uri, "/v1/log/head");
		(200, serde_json::to_string(&head).unwrap())
	})
	.await;
	assert_eq!(client(&url).log_head().await.unwrap(), head);
	served.await.unwrap();

	let hash = H256([2; 32]);
	let (url, served) = serve(move |parts, _, _| {
		assert_eq!(parts.uri, "/v1/log/proof?sequence=3&size=9");
		(200, json!({"leaf": hash, "proof": [hash]}).to_string())
	})
	.await;
	assert_eq!(client(&url).inclusion_proof(3, 9).await.unwrap().proof, [hash]);
	served.await.unwrap();

	let (url, served) = serve(move |parts, _, _| {
		assert_eq!(parts.uri, "/v1/log/proof?from=3&to=9");
		(200, json!({"proof": [hash]}).to_string())
	})
	.await;
	assert_eq!(client(&url).consistency_proof(3, 9).await.unwrap().proof, [hash]);
	served.await.unwrap();
}

#[tokio::test]
async fn aggregates_match_their_commitment() {
	let bounty = BountyId([3; 32]);
	let aggregate = Aggregate {
		bounty,
		dataset: DatasetId([4; 32]),
		template: TemplateHash([5; 32]),
		statistic: Statistic::Mean { field: "value".into() },
		group_by: vec!["sex".into()],
		cells: vec![Cell { group: vec![json!("f")], count: Some(15), mean: Some(5.41) }],
		suppressed: 1,
		computed_at: BlockRef { number: 1, hash: H256([6; 32]) },
		rules: AggregateRules { smallest_group: 11, rounding: 5 },
	};
	let good = CollectResponse {
		commitment: aggregate.commitment().unwrap(),
		aggregate: aggregate.clone(),
	};
	let bad = CollectResponse { commitment: AnswerCommitment::default(), aggregate };
	for (response, is_valid) in [(good, true), (bad, false)] {
		let text = serde_json::to_string(&response).unwrap();
		let (url, served) = serve(move |parts, _, verified| {
			assert_eq!(parts.uri.to_string(), format!("/v1/bounties/{bounty}/collect"));
			assert!(verified.is_some());
			(200, text)
		})
		.await;
		let collected = client(&url).collect(bounty).await;
		match is_valid {
			true => assert_eq!(collected.unwrap(), response),
			false => assert!(matches!(collected, Err(GatekeeperError::WrongCommitment))),
		}
		served.await.unwrap();
	}
}

#[tokio::test]
async fn requests_can_be_signed_for_another_authority() {
	let (url, served) = serve(|_, _, verified| {
		assert!(verified.is_none());
		(200, serde_json::to_string(&plain()).unwrap())
	})
	.await;
	let client = client(&url).with_authority("Gate.Example.org");
	client.query(&request(None)).await.unwrap();
	served.await.unwrap();
}
