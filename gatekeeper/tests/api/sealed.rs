//! Answers are sealed to requesters with an encryption key.

use crate::support::{key, subject, Ask, Builder, Gate, DOCTOR, PATIENT};
use http::Method;
use medrec_primitives::{identity::EncryptionKey, relationship::Scope};
use medrec_protocol::{
	keys::SealingKey,
	seal,
	wire::{ErrorCode, LoggedReceipt, Outcome, QueryResponse, ReceiptsPage, PATH_LOG_RECEIPTS},
};

async fn gate(encryption_key: EncryptionKey) -> Gate {
	let gate = Builder::new()
		.world(|world| {
			let doctor = world.subjects.get_mut(&subject(DOCTOR)).unwrap();
			assert_eq!(doctor.account, key(DOCTOR).account());
			doctor.encryption_key = Some(encryption_key);
		})
		.start()
		.await;
	gate.grant(Scope::All, |_| {}).await;
	gate
}

#[tokio::test]
async fn only_the_requester_opens_a_sealed_answer() {
	let sealing = SealingKey::generate();
	let gate = gate(sealing.public()).await;
	let reply = gate.query(DOCTOR).send().await;
	let QueryResponse::Sealed { sealed } = reply.ok() else { panic!("the answer is not sealed") };
	let plain = seal::open(&sealing, reply.request, &sealed).unwrap();
	let QueryResponse::Plain { answer, receipt } = serde_json::from_slice(&plain).unwrap() else {
		panic!("the answer is sealed twice");
	};
	assert_eq!(answer.record, gate.record());
	assert_eq!(receipt.receipt.request, reply.request);
	assert!(seal::open(&SealingKey::generate(), reply.request, &sealed).is_err());
	let text = String::from_utf8(reply.body).unwrap();
	assert!(!text.contains("receipt") && !text.contains("fields"));
}

#[tokio::test]
async fn a_requester_with_an_unusable_key_receives_no_answer() {
	let gate = gate(EncryptionKey([0; 32])).await;
	let envelope = gate.query(DOCTOR).refused(ErrorCode::MalformedRequest).await;
	assert!(envelope.error.message.contains("encryption key"), "{}", envelope.error.message);
	let receipt = envelope.error.receipt.expect("a refusal leaves a receipt");
	// The log does not say that anything was served.
	let path = format!("{PATH_LOG_RECEIPTS}?relationship={}", gate.relationship());
	let page: ReceiptsPage = Ask::new(&gate, PATIENT, Method::GET, path).send().await.ok();
	let [LoggedReceipt { signed, proof: None }] = &page.receipts[..] else {
		panic!("there is another receipt or a proof");
	};
	assert_eq!(*signed, receipt);
	let last = &signed.receipt;
	assert_eq!(last.decision, Outcome::Refused(ErrorCode::MalformedRequest));
	assert!(last.fields.is_empty());
}
