//! A record, an answer and a receipt of a gatekeeper.
#![allow(dead_code, reason = "each test file uses a part")]

use medrec_primitives::{
	commitment::{canonical_json, field_salt, RecordSalt, RecordTree},
	identity::SubjectId,
	record::{Category, FieldNumber, Pointer, RecordId, RecordPointer, Release},
	relationship::{Purpose, RelationshipId},
	H256,
};
use medrec_protocol::{
	keys::{Key, Scheme},
	receipt,
	template::{
		template_hash, FieldSpec, FieldType, LineSpec, PrivateTemplateHash, PublicTemplate,
	},
	wire::{
		Answer, AnswerField, AnswerTemplate, BlockRef, Outcome, QueryRequest, Receipt, RequestHash,
		SignedReceipt,
	},
};
use serde_json::Value;

pub const RELATIONSHIP: RelationshipId = RelationshipId([1; 32]);
pub const RECORD: RecordId = RecordId([2; 32]);
pub const REQUESTER: SubjectId = SubjectId([3; 32]);
pub const DEVICE: SubjectId = SubjectId([4; 32]);
pub const REQUEST_HASH: RequestHash = RequestHash([5; 32]);
const SALT: RecordSalt = RecordSalt([6; 32]);
const PRIVATE: PrivateTemplateHash = PrivateTemplateHash([7; 32]);

pub fn device_key() -> Key {
	Key::from_uri("//Device", Scheme::Ed25519).unwrap()
}

/// A record and its commitment.
pub struct Record {
	pub template: PublicTemplate,
	pub values: Vec<Value>,
	pub tree: RecordTree,
}

impl Record {
	pub fn new(fields: Vec<(String, Value)>) -> Record {
		let (names, values): (Vec<String>, Vec<Value>) = fields.into_iter().unzip();
		let canonical: Vec<Vec<u8>> =
			values.iter().map(|value| canonical_json(value).unwrap()).collect();
		let pairs = names.iter().map(String::as_str).zip(canonical.iter().map(Vec::as_slice));
		let tree = RecordTree::new(&SALT, pairs).unwrap();
		let fields = names
			.into_iter()
			.map(|name| FieldSpec { name, kind: FieldType::Json, title: None, unit: None })
			.collect();
		let template = PublicTemplate {
			id: "test".into(),
			version: 1,
			title: "Test".into(),
			category: Category(1),
			category_name: "tests".into(),
			fields,
			line: LineSpec::default(),
		};
		Record { template, values, tree }
	}

	pub fn on_chain(&self) -> RecordPointer {
		RecordPointer {
			author: SubjectId([8; 32]),
			pointer: Pointer {
				template: template_hash(&self.template, PRIVATE),
				handle: vec![1].try_into().unwrap(),
			},
			commitment: self.tree.root(),
			version: 1,
			category: Category(1),
			release: Release::Released,
			posted_at: 0,
		}
	}

	pub fn answer(&self, numbers: &[FieldNumber]) -> Answer {
		let fields = numbers
			.iter()
			.map(|number| AnswerField {
				number: *number,
				name: self.template.fields[usize::from(*number)].name.clone(),
				value: self.values[usize::from(*number)].clone(),
				salt: field_salt(&SALT, *number),
			})
			.collect();
		Answer {
			relationship: RELATIONSHIP,
			record: RECORD,
			version: 1,
			commitment: self.tree.root(),
			template: AnswerTemplate { public: self.template.clone(), private: PRIVATE },
			fields,
			proof: self.tree.prove(numbers).unwrap(),
			decided_at: BlockRef { number: 9, hash: H256([9; 32]) },
			until: None,
		}
	}
}

pub fn request(fields: Option<Vec<FieldNumber>>) -> QueryRequest {
	QueryRequest { relationship: RELATIONSHIP, record: RECORD, fields, purpose: Purpose::Treat }
}

pub fn signed_receipt(sequence: u64, fields: Vec<FieldNumber>) -> SignedReceipt {
	let receipt = Receipt {
		sequence,
		request: REQUEST_HASH,
		requester: REQUESTER,
		relationship: RELATIONSHIP,
		record: RECORD,
		purpose: Purpose::Treat,
		decision: Outcome::Permit,
		fields,
		decided_at: BlockRef { number: 9, hash: H256([9; 32]) },
		at: 1_769_860_800_000,
		gatekeeper: DEVICE,
	};
	receipt::sign(receipt, &device_key())
}
