//! An answer as a gatekeeper gives it, with the record that the chain holds.

use super::{Asked, Saved};
use medrec_client::check::Checked;
use medrec_protocol::{keys::Key, receipt::sign, template::{FieldSpec, FieldType, PublicTemplate, template_hash}, wire::{Answer, AnswerField, AnswerTemplate, BlockRef, Outcome, QueryRequest, Receipt}};
use medrec_primitives::{
	commitment::{canonical_json, field_salt, RecordTree},
	record::{Pointer, RecordPointer, Release},
	relationship::Purpose,
	H256,
};
use serde_json::{json, Value};

/// An answer of two of three fields.
pub fn asked() -> Asked {
	let field = |name: &str, kind, unit: Option<&str>| FieldSpec {
		name: name.into(),
		kind,
		unit: unit.map(str::to_owned),
	};
	let public = PublicTemplate {
		id: "lab-result".into(),
		version: 1,
		category: 7,
		fields: vec![
			field("code", FieldType::String, None),
			field("value", FieldType::Number, Some("g/L")),
			field("note", FieldType::String, None),
		],
	};
	let values = [json!("iron"), json!(1.5), Value::Null];
	let canonical: Vec<Vec<u8>> =
		values.iter().map(|value| canonical_json(value).unwrap()).collect();
	let salt = [9; 32];
	let pairs = public.fields.iter().zip(&canonical);
	let pairs = pairs.map(|(field, value)| (field.name.as_str(), value.as_slice()));
	let tree = RecordTree::new(&salt, pairs).unwrap();
	let private = H256::repeat_byte(4);
	let decided_at = BlockRef { number: 12, hash: H256::repeat_byte(12) };
	let (relationship, record) = (H256::repeat_byte(1), H256::repeat_byte(2));
	let shown = [0u16, 1].map(|number| AnswerField {
		number,
		name: public.fields[usize::from(number)].name.clone(),
		value: values[usize::from(number)].clone(),
		salt: H256(field_salt(&salt, number)),
	});
	let record_pointer = RecordPointer {
		author: H256::repeat_byte(5),
		pointer: Pointer { template: template_hash(&public, private), handle: Default::default() },
		commitment: tree.root(),
		version: 1,
		category: 7,
		release: Release::Released,
		posted_at: 1000,
	};
	let answer = Answer {
		relationship,
		record,
		version: 1,
		commitment: tree.root(),
		template: AnswerTemplate { public, private },
		fields: shown.to_vec(),
		proof: tree.prove(&[0, 1]).unwrap(),
		decided_at,
		until: Some(1_769_860_800_000),
	};
	let purpose = Purpose::Treat;
	let requester = H256::repeat_byte(6);
	let receipt = Receipt {
		sequence: 3,
		request: H256::repeat_byte(7),
		requester,
		relationship,
		record,
		purpose,
		decision: Outcome::Permit,
		fields: vec![0, 1],
		decided_at,
		at: 2000,
		gatekeeper: H256::repeat_byte(8),
	};
	let device = Key::from_uri("//Gate", Default::default()).unwrap();
	let saved = Saved {
		request: QueryRequest { relationship, record, fields: None, purpose },
		request_hash: H256::repeat_byte(7),
		requester,
		answer,
		receipt: sign(receipt, &device),
	};
	let checked = Checked { provider: H256::repeat_byte(5), record: record_pointer };
	Asked { saved, checked, latest: 1, sealed: Some(true) }
}
