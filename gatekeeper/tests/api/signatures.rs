//! Authentication: invalid signatures of every kind.

use crate::support::{id, key, Ask, Builder, Gate, DOCTOR, PATIENT};
use http::Method;
use medrec_client::now;
use medrec_primitives::{
	identity::{Role, Status, Subject},
	H256,
};
use medrec_protocol::{
	keys::{Key, Scheme},
	wire::ErrorCode,
};

#[tokio::test]
async fn a_signed_request_is_answered() {
	let gate = Gate::start().await;
	let (answer, receipt) = gate.query(DOCTOR).answered().await;
	assert_eq!(answer.record, gate.record());
	assert_eq!(receipt.receipt.fields.len(), answer.fields.len());
}

#[tokio::test]
async fn an_ed25519_key_is_accepted() {
	let wallet = Key::from_uri("//Edward", Scheme::Ed25519).unwrap();
	let account = wallet.account();
	let gate = Builder::new()
		.world(|world| {
			let subject = Subject {
				role: Role::Clinician,
				account,
				sponsor: None,
				status: Status::Active,
				encryption_key: None,
				registered_at: 0,
			};
			world.subjects.insert(id(0x77), subject);
		})
		.start()
		.await;
	// The subject is known and has no permission.
	gate.query(DOCTOR).key(wallet).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
	let gate = Gate::start().await;
	for header in ["signature", "signature-input"] {
		gate.query(DOCTOR)
			.tampered(|sent| drop(sent.headers.remove(header)))
			.refused(ErrorCode::SignatureMissing)
			.await;
	}
	gate.query(DOCTOR)
		.tampered(|sent| drop(sent.headers.remove("content-digest")))
		.send()
		.await
		.refused(ErrorCode::SignatureMissing);
}

#[tokio::test]
async fn an_altered_body_is_refused() {
	let gate = Gate::start().await;
	gate.query(DOCTOR)
		.tampered(|sent| sent.body = sent.body.replace_last(b"TREAT", b"HRESC"))
		.refused(ErrorCode::DigestMismatch)
		.await;
	gate.query(DOCTOR)
		.tampered(|sent| {
			sent.body = sent.body.replace_last(b"TREAT", b"HRESC");
			let digest = medrec_protocol::signing::content_digest(&sent.body);
			sent.headers.insert("content-digest", digest);
		})
		.refused(ErrorCode::SignatureInvalid)
		.await;
}

trait ReplaceLast {
	fn replace_last(&self, from: &[u8], to: &[u8]) -> Vec<u8>;
}

impl ReplaceLast for Vec<u8> {
	fn replace_last(&self, from: &[u8], to: &[u8]) -> Vec<u8> {
		let text = String::from_utf8(self.clone()).unwrap();
		let (from, to) = (std::str::from_utf8(from).unwrap(), std::str::from_utf8(to).unwrap());
		assert!(text.contains(from));
		text.replace(from, to).into_bytes()
	}
}

#[tokio::test]
async fn an_altered_method_path_or_query_is_refused() {
	let gate = Gate::start().await;
	gate.query(DOCTOR)
		.tampered(|sent| sent.path.push_str("?extra=1"))
		.refused(ErrorCode::SignatureInvalid)
		.await;
	let receipts = format!("/v1/log/receipts?relationship={:?}", gate.relationship());
	Ask::new(&gate, PATIENT, Method::GET, receipts.clone())
		.tampered(|sent| sent.path = sent.path.replace("relationship=", "after=0&relationship="))
		.refused(ErrorCode::SignatureInvalid)
		.await;
	Ask::new(&gate, PATIENT, Method::POST, receipts)
		.tampered(|sent| sent.method = Method::GET)
		.refused(ErrorCode::SignatureInvalid)
		.await;
	let collect = medrec_protocol::wire::path_collect(id(1));
	Ask::new(&gate, PATIENT, Method::POST, collect)
		.tampered(|sent| sent.path = medrec_protocol::wire::path_collect(id(2)))
		.refused(ErrorCode::SignatureInvalid)
		.await;
}

#[tokio::test]
async fn a_request_for_another_gatekeeper_is_refused_whatever_its_host_says() {
	let gate = Gate::start().await;
	let asked = gate.query(DOCTOR).authority("other.example").header("host", "gate.test.example");
	let code = asked.send().await;
	let envelope: medrec_protocol::wire::ErrorEnvelope =
		serde_json::from_slice(&code.body).unwrap();
	// Whether it was signed for somebody else or not at all can be told if that somebody is named.
	assert!(matches!(envelope.error.code, ErrorCode::WrongAuthority | ErrorCode::SignatureInvalid));
	gate.query(DOCTOR)
		.authority("other.example")
		.tampered(|sent| drop(sent.headers.insert("host", "other.example".parse().unwrap())))
		.refused(ErrorCode::WrongAuthority)
		.await;
	// A host that lies changes nothing about a request that was signed for this gatekeeper.
	gate.query(DOCTOR)
		.tampered(|sent| drop(sent.headers.insert("host", "other.example".parse().unwrap())))
		.answered()
		.await;
}

#[tokio::test]
async fn old_early_and_long_lived_signatures_are_refused() {
	let gate = Gate::start().await;
	for (created, lifetime) in
		[(now() - 120_000, 60), (now() - 70_000, 300), (now() + 120_000, 60), (now(), 301)]
	{
		gate.query(DOCTOR).created(created, lifetime).refused(ErrorCode::SignatureExpired).await;
	}
	gate.query(DOCTOR).created(now() - 30_000, 300).answered().await;
}

#[tokio::test]
async fn a_request_for_another_chain_is_refused() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).genesis(H256::repeat_byte(9)).refused(ErrorCode::WrongChain).await;
}

#[tokio::test]
async fn a_stranger_is_refused_and_leaves_no_receipt() {
	let gate = Gate::start().await;
	let envelope = gate.query("Stranger").refused(ErrorCode::UnknownKey).await;
	assert_eq!(envelope.error.receipt, None);
	let head: medrec_protocol::wire::LogHead =
		Ask::new(&gate, DOCTOR, Method::GET, "/v1/log/head").send().await.ok();
	assert_eq!(head.size, 0);
}

#[tokio::test]
async fn a_request_counts_once() {
	let mut gate = Gate::start().await;
	let sent = gate.query(DOCTOR).sign();
	assert_eq!(sent.clone().send(&gate).await.status, 200);
	sent.clone().send(&gate).await.refused(ErrorCode::RequestReplayed);
	gate.restart().await;
	sent.clone().send(&gate).await.refused(ErrorCode::RequestReplayed);
}

#[tokio::test]
async fn of_many_copies_at_once_one_counts() {
	let gate = Gate::start().await;
	let sent = gate.query(DOCTOR).sign();
	let replies = futures::future::join_all((0..8).map(|_| sent.clone().send(&gate))).await;
	let answered = replies.iter().filter(|reply| reply.status == 200).count();
	assert_eq!(answered, 1);
	for reply in replies.iter().filter(|reply| reply.status != 200) {
		reply.refused(ErrorCode::RequestReplayed);
	}
}

#[tokio::test]
async fn a_session_asks_in_its_wallets_name() {
	let gate = Gate::start().await;
	let session = gate.session(&key(DOCTOR), now(), 600);
	let (answer, _) = gate.query(DOCTOR).session(session).answered().await;
	assert_eq!(answer.record, gate.record());
}

#[tokio::test]
async fn a_session_that_is_over_or_forged_is_refused() {
	let gate = Gate::start().await;
	let over = gate.session(&key(DOCTOR), now() - 700_000, 600);
	gate.query(DOCTOR).session(over).refused(ErrorCode::SessionInvalid).await;
	let session = gate.session(&key(DOCTOR), now(), 600);
	gate.query(DOCTOR)
		.session(session.clone())
		.tampered(|sent| drop(sent.headers.remove("medrec-session")))
		.refused(ErrorCode::SessionInvalid)
		.await;
	let other = gate.session(&key(DOCTOR), now(), 600);
	let header = other.header().to_owned();
	gate.query(DOCTOR)
		.session(session)
		.tampered(move |sent| {
			sent.headers.insert("medrec-session", header.parse().unwrap());
		})
		.refused(ErrorCode::SessionInvalid)
		.await;
}

#[tokio::test]
async fn a_session_is_not_good_on_another_chain() {
	let gate = Gate::start().await;
	let other = medrec_protocol::signing::SessionSigner::delegate(
		&key(DOCTOR),
		"portal.example",
		&H256::repeat_byte(9),
		now(),
		600,
	)
	.unwrap();
	gate.query(DOCTOR).session(other).refused(ErrorCode::SessionInvalid).await;
}

#[tokio::test]
async fn a_rotated_account_no_longer_asks() {
	let gate = Gate::start().await;
	let doctor = crate::support::subject(DOCTOR);
	gate.instant_finality(false);
	gate.block(&[medrec_gatekeeper::chain::Touched::Subject(doctor)], |world| {
		world.subjects.get_mut(&doctor).unwrap().account = key("New").account();
	})
	.await;
	// The old key has no power from the best block on; the new one has it when that is final.
	gate.query(DOCTOR).refused(ErrorCode::UnknownKey).await;
	gate.query("New").refused(ErrorCode::UnknownKey).await;
	gate.finalize().await;
	gate.query(DOCTOR).refused(ErrorCode::UnknownKey).await;
	gate.query("New").answered().await;
}
