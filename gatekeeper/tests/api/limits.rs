//! Limits of requests and connections.

use crate::support::{Ask, Builder, Gate, DOCTOR, PATIENT};
use http::Method;
use medrec_gatekeeper::config::Rate;
use medrec_primitives::relationship::Scope;
use medrec_protocol::wire::ErrorCode;
use std::{
	net::Ipv4Addr,
	time::{Duration, Instant},
};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
	let gate = Builder::new().limits(|limits| limits.body_bytes = 1024).start().await;
	gate.query(DOCTOR).body(vec![b' '; 1025]).refused(ErrorCode::BodyTooLarge).await;
	gate.query(DOCTOR).body(vec![b' '; 1024]).refused(ErrorCode::MalformedRequest).await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
	let gate = Gate::start().await;
	for kind in ["text/plain", "application/x-www-form-urlencoded"] {
		gate.query(DOCTOR)
			.header("content-type", kind)
			.refused(ErrorCode::UnsupportedMediaType)
			.await;
	}
	gate.query(DOCTOR).header("content-type", "application/json; charset=utf-8").answered().await;
}

#[tokio::test]
async fn a_request_of_another_form_is_refused() {
	let gate = Gate::start().await;
	for body in ["", "{}", "[]", r#"{"sql": "SELECT 1"}"#] {
		gate.query(DOCTOR).body(body).refused(ErrorCode::MalformedRequest).await;
	}
	gate.query(DOCTOR).fields(&[]).refused(ErrorCode::MalformedRequest).await;
	let envelope = gate.query(DOCTOR).fields(&[0, 99]).refused(ErrorCode::MalformedRequest).await;
	assert!(envelope.error.message.contains("0 to 7"), "{}", envelope.error.message);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_same_form() {
	let gate = Gate::start().await;
	Ask::new(&gate, DOCTOR, Method::GET, "/v1/nothing").refused(ErrorCode::NotFound).await;
	Ask::new(&gate, DOCTOR, Method::GET, "/").refused(ErrorCode::NotFound).await;
	for (method, path) in [
		(Method::GET, "/v1/query"),
		(Method::DELETE, "/v1/log/receipts"),
		(Method::POST, "/healthz"),
	] {
		Ask::new(&gate, DOCTOR, method, path).refused(ErrorCode::MethodNotAllowed).await;
	}
}

#[tokio::test]
async fn an_account_over_its_rate_is_refused_and_others_are_not() {
	let gate = Builder::new()
		.limits(|limits| limits.account = Rate { per_second: 1, burst: 3 })
		.start()
		.await;
	gate.grant(Scope::All, |_| {}).await;
	for _ in 0..3 {
		gate.query(DOCTOR).answered().await;
	}
	let reply = gate.query(DOCTOR).send().await;
	reply.refused(ErrorCode::RateLimited);
	assert_eq!(reply.headers["retry-after"], "1");
	gate.query(PATIENT).answered().await;
}

#[tokio::test]
async fn unauthenticated_requests_of_one_address_are_limited() {
	let gate = Builder::new()
		.limits(|limits| limits.peer = Rate { per_second: 1, burst: 4 })
		.start()
		.await;
	// Known subjects are not limited by the address that they share.
	for _ in 0..8 {
		gate.query(PATIENT).answered().await;
	}
	let forwarded = |number: u32| format!("192.0.2.{number}");
	for number in 0..4 {
		gate.query("Stranger")
			.header("x-forwarded-for", &forwarded(number))
			.refused(ErrorCode::UnknownKey)
			.await;
	}
	gate.query("Stranger")
		.header("x-forwarded-for", &forwarded(9))
		.refused(ErrorCode::RateLimited)
		.await;
	Ask::new(&gate, DOCTOR, Method::GET, "/v1/log/head").refused(ErrorCode::RateLimited).await;
	// The health of the service is not limited.
	assert_eq!(Ask::new(&gate, DOCTOR, Method::GET, "/healthz").send().await.status, 200);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_address_is_limited_by_itself() {
	let gate = Builder::new()
		.limits(|limits| {
			// No tokens are added over time.
			limits.peer = Rate { per_second: 0, burst: 2 };
			limits.trusted_proxies = vec![Ipv4Addr::LOCALHOST.into()];
		})
		.start()
		.await;
	let stranger = |forwarded| gate.query("Stranger").header("x-forwarded-for", forwarded);
	for _ in 0..2 {
		stranger("192.0.2.1").refused(ErrorCode::UnknownKey).await;
	}
	stranger("192.0.2.1").refused(ErrorCode::RateLimited).await;
	// Addresses that the client writes before that of the proxy have no effect.
	stranger("198.51.100.9, 192.0.2.1").refused(ErrorCode::RateLimited).await;
	stranger("192.0.2.1, 192.0.2.2").refused(ErrorCode::UnknownKey).await;
	for _ in 0..4 {
		let patient = gate.query(PATIENT).header("x-forwarded-for", "192.0.2.3");
		patient.answered().await;
	}
	// Without the header, the request counts for the proxy.
	for _ in 0..2 {
		gate.query("Stranger").refused(ErrorCode::UnknownKey).await;
	}
	gate.query("Stranger").refused(ErrorCode::RateLimited).await;
}

#[tokio::test]
async fn the_forwarded_address_of_others_than_trusted_proxies_is_ignored() {
	let gate = Builder::new()
		.limits(|limits| {
			limits.peer = Rate { per_second: 0, burst: 2 };
			limits.trusted_proxies = vec![Ipv4Addr::new(192, 0, 2, 77).into()];
		})
		.start()
		.await;
	let stranger = |forwarded| gate.query("Stranger").header("x-forwarded-for", forwarded);
	stranger("192.0.2.1").refused(ErrorCode::UnknownKey).await;
	stranger("192.0.2.2").refused(ErrorCode::UnknownKey).await;
	stranger("192.0.2.3").refused(ErrorCode::RateLimited).await;
	stranger("192.0.2.77").refused(ErrorCode::RateLimited).await;
}

/// The time for which a connection on which only `text` is sent stays open, and the response.
async fn kept_open(gate: &Gate, text: &str) -> (Duration, String) {
	let mut stream = TcpStream::connect(gate.address()).await.unwrap();
	let started = Instant::now();
	stream.write_all(text.as_bytes()).await.unwrap();
	let mut answer = Vec::new();
	let limit = Duration::from_secs(15);
	let _ = timeout(limit, stream.read_to_end(&mut answer)).await.expect("it is closed");
	(started.elapsed(), String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn an_incomplete_head_times_out() {
	let gate = Builder::new()
		.limits(|limits| limits.header_timeout = Duration::from_secs(1))
		.start()
		.await;
	for text in ["", "POST /v1/query HTTP/1.1\r\nhost: gate\r\nx-slow: "] {
		let (kept, answer) = kept_open(&gate, text).await;
		assert!(kept >= Duration::from_millis(900) && kept < Duration::from_secs(5), "{kept:?}");
		assert!(!answer.contains("200 OK"));
	}
}

#[tokio::test]
async fn a_slow_head_times_out() {
	let gate = Builder::new()
		.limits(|limits| limits.header_timeout = Duration::from_secs(1))
		.start()
		.await;
	let mut stream = TcpStream::connect(gate.address()).await.unwrap();
	let started = Instant::now();
	stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: gate\r\n").await.unwrap();
	// Each header arrives within the time limit of the head.
	while stream.write_all(b"x-drip: 1\r\n").await.is_ok() {
		assert!(started.elapsed() < Duration::from_secs(10), "the connection is still open");
		tokio::time::sleep(Duration::from_millis(100)).await;
	}
}

#[tokio::test]
async fn an_incomplete_body_times_out() {
	let gate =
		Builder::new().limits(|limits| limits.body_timeout = Duration::from_secs(1)).start().await;
	let text = "POST /v1/query HTTP/1.1\r\nhost: gate\r\ncontent-length: 100\r\n\r\nhalf";
	let (_, answer) = kept_open(&gate, text).await;
	assert!(answer.contains("malformed_request"), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_until_others_end() {
	let gate = Builder::new()
		.limits(|limits| {
			limits.connections = 2;
			limits.header_timeout = Duration::from_secs(2);
		})
		.start()
		.await;
	let idle = [
		TcpStream::connect(gate.address()).await.unwrap(),
		TcpStream::connect(gate.address()).await.unwrap(),
	];
	tokio::time::sleep(Duration::from_millis(100)).await;
	let started = Instant::now();
	gate.query(PATIENT).answered().await;
	assert!(started.elapsed() > Duration::from_millis(500), "it did not wait");
	drop(idle);
}
