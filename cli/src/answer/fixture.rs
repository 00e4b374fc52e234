//! A verified answer for tests of its forms. Its hashes are placeholders.

use super::{SavedAnswer, Verification, VerifiedAnswer};
use medrec_primitives::{
	commitment::FieldSalt,
	identity::SubjectId,
	record::{Category, Commitment, RecordId},
	relationship::{Purpose, RelationshipId},
	H256,
};
use medrec_protocol::{
	keys::Key,
	receipt::sign,
	template::{FieldSpec, FieldType, PrivateTemplateHash, PublicTemplate},
	wire::{
		Answer, AnswerField, AnswerTemplate, BlockRef, Outcome, QueryRequest, Receipt, RequestHash,
	},
};
use serde_json::{json, Value};

/// A signed receipt, and the answer of two of three fields to which it belongs.
pub fn answer() -> VerifiedAnswer {
	let (relationship, record) = (RelationshipId::repeat_byte(1), RecordId::repeat_byte(2));
	let (purpose, requester) = (Purpose::Treat, SubjectId::repeat_byte(6));
	let (request_hash, gatekeeper) = (RequestHash::repeat_byte(7), SubjectId::repeat_byte(8));
	let commitment = Commitment::repeat_byte(3);
	let decided_at = BlockRef { number: 12, hash: H256::repeat_byte(12) };
	let spec = |name: &str, unit: Option<&str>| FieldSpec {
		name: name.into(),
		kind: FieldType::Json,
		unit: unit.map(str::to_owned),
	};
	let public = PublicTemplate {
		id: "lab-result".into(),
		version: 1,
		category: Category(7),
		fields: vec![spec("code", None), spec("value", Some("g/L")), spec("note", None)],
	};
	let field = |number, name: &str, value: Value| {
		let salt = FieldSalt::repeat_byte(9);
		AnswerField { number, name: name.into(), value, salt }
	};
	let answer = Answer {
		relationship,
		record,
		version: 1,
		commitment,
		template: AnswerTemplate { public, private: PrivateTemplateHash::repeat_byte(4) },
		fields: vec![field(0, "code", json!("iron")), field(1, "value", json!(1.5))],
		proof: vec![H256::repeat_byte(10)],
		decided_at,
		until: Some(1_769_860_800_000),
	};
	let receipt = Receipt {
		sequence: 3,
		request: request_hash,
		requester,
		relationship,
		record,
		purpose,
		decision: Outcome::Permit,
		fields: vec![0, 1],
		decided_at,
		at: 2000,
		gatekeeper,
	};
	let device = Key::from_uri("//Gate", Default::default()).unwrap();
	let saved = SavedAnswer {
		request: QueryRequest { relationship, record, fields: None, purpose },
		request_hash,
		requester,
		answer,
		receipt: sign(receipt, &device),
	};
	let verification = Verification {
		verified: true,
		block: decided_at,
		provider: SubjectId::repeat_byte(5),
		gatekeeper,
		commitment,
		version: 1,
		latest_version: 1,
		sealed: Some(true),
	};
	VerifiedAnswer { saved, verification }
}
