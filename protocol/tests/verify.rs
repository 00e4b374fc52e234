//! Valid answers and receipts, and every way in which they are invalid.

mod support;

use medrec_primitives::{
	commitment::FieldSalt,
	merkle::{self, ProofError},
	record::{RecordPointer, Release},
	relationship::Purpose,
	summary::LogRoot,
	H256,
};
use medrec_protocol::{
	receipt,
	verify::{
		check_answer, check_consistency, check_inclusion, check_receipt, check_receipt_of_answer,
		check_reply, Proven, ReceiptExpectations, VerifyError,
	},
	wire::{Answer, ErrorCode, Outcome, QueryRequest, SignedReceipt},
};
use serde_json::json;
use support::*;

fn record() -> Record {
	let fields = [
		("code", json!("2345-7")),
		("value", json!(5.4)),
		("unit", json!("mmol/L")),
		("note", json!(null)),
		("tags", json!({"b": 1, "a": [true, "ä"]})),
	];
	Record::new(fields.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn check(
	fields: Option<Vec<u16>>,
	change: impl FnOnce(&mut QueryRequest, &mut Answer, &mut RecordPointer),
) -> Result<(), VerifyError> {
	let record = record();
	let (mut request, mut on_chain) = (request(fields), record.on_chain());
	let mut answer = record.answer(&[1, 4]);
	change(&mut request, &mut answer, &mut on_chain);
	check_answer(&request, &answer, &on_chain)
}

#[test]
fn every_part_of_a_record_verifies_by_itself() {
	let record = record();
	for numbers in 1u8..32 {
		let numbers: Vec<u16> = (0..5).filter(|number| numbers >> number & 1 == 1).collect();
		let answer = record.answer(&numbers);
		assert_eq!(check_answer(&request(Some(numbers)), &answer, &record.on_chain()), Ok(()));
		assert_eq!(check_answer(&request(None), &answer, &record.on_chain()), Ok(()));
		let sent: Answer = serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
		assert_eq!(check_answer(&request(None), &sent, &record.on_chain()), Ok(()));
	}
}

#[test]
fn answers_about_another_record_are_refused() {
	let other = [99; 32];
	assert_eq!(
		check(None, |request, _, _| request.record.0 = other),
		Err(VerifyError::WrongRecord)
	);
	assert_eq!(
		check(None, |_, answer, _| answer.relationship.0 = other),
		Err(VerifyError::WrongRecord)
	);
	assert_eq!(
		check(None, |_, _, on_chain| on_chain.version = 2),
		Err(VerifyError::WrongVersion { given: 1, expected: 2 })
	);
	assert_eq!(
		check(None, |_, _, on_chain| on_chain.commitment.0 = other),
		Err(VerifyError::WrongCommitment)
	);
	assert_eq!(
		check(None, |_, _, on_chain| on_chain.release = Release::Withheld),
		Err(VerifyError::Withheld)
	);
	assert_eq!(
		check(None, |_, _, on_chain| on_chain.pointer.template.0 = other),
		Err(VerifyError::WrongTemplate)
	);
	assert_eq!(
		check(None, |_, answer, _| answer.template.private.0 = other),
		Err(VerifyError::WrongTemplate)
	);
}

#[test]
fn templates_cannot_be_swapped() {
	let renamed = |_: &mut QueryRequest, answer: &mut Answer, _: &mut RecordPointer| {
		answer.template.public.fields[1].name = "dose".into();
		answer.fields[0].name = "dose".into();
	};
	assert_eq!(check(None, renamed), Err(VerifyError::WrongTemplate));
}

#[test]
fn fields_must_be_the_requested_ones() {
	assert_eq!(check(Some(vec![1, 4]), |_, _, _| {}), Ok(()));
	assert_eq!(check(Some(vec![1]), |_, _, _| {}), Err(VerifyError::NotRequested(4)));
	assert_eq!(check(Some(vec![0, 1, 4]), |_, _, _| {}), Err(VerifyError::FieldMissing(0)));
	assert_eq!(check(None, |_, answer, _| answer.fields.clear()), Err(VerifyError::NoFields));
}

#[test]
fn changed_fields_are_refused() {
	let wrong_root = Err(VerifyError::Proof(ProofError::WrongRoot));
	assert_eq!(check(None, |_, answer, _| answer.fields[0].value = json!(5.5)), wrong_root);
	assert_eq!(
		check(None, |_, answer, _| answer.fields[0].salt = FieldSalt::default()),
		wrong_root
	);
	assert_eq!(
		check(None, |_, answer, _| answer.fields[0].name = "code".into()),
		Err(VerifyError::WrongField(1))
	);
	assert_eq!(
		check(None, |_, answer, _| answer.fields[1].number = 5),
		Err(VerifyError::WrongField(5))
	);
	let moved = |_: &mut QueryRequest, answer: &mut Answer, _: &mut RecordPointer| {
		answer.fields[0].number = 2;
		answer.fields[0].name = "unit".into();
	};
	assert!(matches!(check(None, moved), Err(VerifyError::Proof(_))));
	let twice = |_: &mut QueryRequest, answer: &mut Answer, _: &mut RecordPointer| {
		answer.fields[1] = answer.fields[0].clone();
	};
	assert_eq!(check(None, twice), Err(VerifyError::Proof(ProofError::OutOfRange)));
	let short = |_: &mut QueryRequest, answer: &mut Answer, _: &mut RecordPointer| {
		answer.proof.pop();
	};
	assert_eq!(check(None, short), Err(VerifyError::Proof(ProofError::WrongLength)));
}

fn check_signed(change: impl FnOnce(&mut SignedReceipt)) -> Result<(), VerifyError> {
	let mut signed = signed_receipt(0, vec![1, 4]);
	change(&mut signed);
	let request = request(None);
	let account = device_key().account();
	check_receipt(
		&signed,
		&ReceiptExpectations {
			request: &request,
			request_hash: REQUEST_HASH,
			requester: REQUESTER,
			gatekeeper: DEVICE,
			account: &account,
		},
	)
}

#[test]
fn receipts_must_match_the_request_and_be_signed() {
	assert_eq!(check_signed(|_| {}), Ok(()));
	let other = [99; 32];
	for (what, refused) in [
		("the hash of the request", check_signed(|signed| signed.receipt.request.0 = other)),
		("the requester", check_signed(|signed| signed.receipt.requester.0 = other)),
		("the relationship", check_signed(|signed| signed.receipt.relationship.0 = other)),
		("the record", check_signed(|signed| signed.receipt.record.0 = other)),
		("the purpose", check_signed(|signed| signed.receipt.purpose = Purpose::Hresch)),
		("the gatekeeper", check_signed(|signed| signed.receipt.gatekeeper.0 = other)),
	] {
		assert_eq!(refused, Err(VerifyError::ReceiptMismatch(what)));
	}
	assert_eq!(
		check_signed(|signed| signed.receipt.sequence = 1),
		Err(VerifyError::ReceiptUnsigned)
	);
	assert_eq!(
		check_signed(|signed| signed.signature.0[0] ^= 1),
		Err(VerifyError::ReceiptUnsigned)
	);
	assert!(!receipt::is_signed_by(
		&signed_receipt(0, vec![]),
		&medrec_primitives::AccountId::from([0; 32])
	));
}

#[test]
fn receipts_must_match_the_answer() {
	let answer = record().answer(&[1, 4]);
	let check = |change: fn(&mut SignedReceipt)| {
		let mut signed = signed_receipt(0, vec![1, 4]);
		change(&mut signed);
		check_receipt_of_answer(&signed, &answer)
	};
	assert_eq!(check(|_| {}), Ok(()));
	for (what, refused) in [
		(
			"the decision",
			check(|signed| {
				signed.receipt.decision = Outcome::Refused(ErrorCode::NotPermitted);
			}),
		),
		("the fields", check(|signed| signed.receipt.fields = vec![1])),
		("the block of the decision", check(|signed| signed.receipt.decided_at.number = 8)),
	] {
		assert_eq!(refused, Err(VerifyError::ReceiptMismatch(what)));
	}
}

fn prove(
	change: impl FnOnce(&mut Answer, &mut SignedReceipt, &mut RecordPointer),
) -> Result<Proven, VerifyError> {
	let record = record();
	let (mut answer, mut receipt) = (record.answer(&[1, 4]), signed_receipt(3, vec![1, 4]));
	let mut on_chain = record.on_chain();
	change(&mut answer, &mut receipt, &mut on_chain);
	let (request, account) = (request(None), device_key().account());
	let expected = ReceiptExpectations {
		request: &request,
		request_hash: REQUEST_HASH,
		requester: REQUESTER,
		gatekeeper: DEVICE,
		account: &account,
	};
	check_reply(&answer, &receipt, &on_chain, &expected)
}

#[test]
fn a_verified_reply_says_what_it_proves() {
	let proven = prove(|_, _, _| {}).unwrap();
	let (on_chain, receipt) = (record().on_chain(), signed_receipt(3, vec![1, 4]).receipt);
	let content = &proven.content;
	assert_eq!((content.relationship, content.record), (RELATIONSHIP, RECORD));
	assert_eq!((content.version, content.commitment), (1, on_chain.commitment));
	assert_eq!(content.template, on_chain.pointer.template);
	let fields = content.fields.iter().map(|field| (field.number, field.name.as_str()));
	assert!(fields.eq([(1, "value"), (4, "tags")]));
	assert_eq!(content.field_count, 5);
	let request = proven.request;
	assert_eq!((request.requester, request.gatekeeper), (REQUESTER, DEVICE));
	assert_eq!((request.purpose, request.at), (receipt.purpose, receipt.at));
	assert_eq!((request.decision, request.sequence), (Outcome::Permit, 3));
	assert_eq!(request.decided_at, receipt.decided_at);
}

#[test]
fn a_reply_is_refused_if_any_part_is_not_valid() {
	let other = [99; 32];
	let changed = prove(|answer, _, _| answer.fields[0].value = json!(5.5));
	assert_eq!(changed, Err(VerifyError::Proof(ProofError::WrongRoot)));
	let amended = prove(|_, _, on_chain| on_chain.commitment.0 = other);
	assert_eq!(amended, Err(VerifyError::WrongCommitment));
	let unsigned = prove(|_, receipt, _| receipt.receipt.at += 1);
	assert_eq!(unsigned, Err(VerifyError::ReceiptUnsigned));
	let elsewhere = prove(|answer, _, _| answer.decided_at.number += 1);
	assert_eq!(elsewhere, Err(VerifyError::ReceiptMismatch("the block of the decision")));
}

/// Neither the commitment nor the receipt covers it.
#[test]
fn the_end_of_the_permission_is_not_among_what_is_proven() {
	let extended = prove(|answer, _, _| answer.until = Some(u64::MAX)).unwrap();
	assert_eq!(extended, prove(|_, _, _| {}).unwrap());
}

#[test]
fn receipts_are_proven_to_be_in_the_log() {
	let receipts: Vec<_> = (0..7).map(|sequence| signed_receipt(sequence, vec![1])).collect();
	let leaves: Vec<H256> =
		receipts.iter().map(|signed| H256(receipt::receipt_hash(signed).0)).collect();
	for size in 1..=leaves.len() {
		let (log, len) = (&leaves[..size], size as u64);
		let root = LogRoot(merkle::root(log).0);
		for signed in &receipts[..size] {
			let proof = merkle::prove(log, &[signed.receipt.sequence]).unwrap();
			assert_eq!(check_inclusion(signed, len, root, &proof), Ok(()));
			let mut changed = signed.clone();
			changed.receipt.at += 1;
			assert!(matches!(
				check_inclusion(&changed, len, root, &proof),
				Err(VerifyError::Log(ProofError::WrongRoot))
			));
		}
		for earlier in 1..=size {
			let proof = merkle::prove_consistency(log, earlier as u64).unwrap();
			let before = LogRoot(merkle::root(&leaves[..earlier]).0);
			let (from, to) = ((earlier as u64, before), (len, root));
			assert_eq!(check_consistency(from, to, &proof), Ok(()));
			let rewritten = LogRoot::default();
			assert!(check_consistency((earlier as u64, rewritten), to, &proof).is_err());
		}
	}
}
