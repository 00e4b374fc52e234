//! Commitments: known answers from another implementation, the examples of RFC 8785, and altered
//! proofs.

use medrec_primitives::{
	commitment::{
		canonical_json, field_leaf, field_salt, hmac_sha3, verify, FieldSalt, RecordSalt,
		RecordTree, ShownField, MAX_FIELD_NAME,
	},
	merkle::ProofError,
	record::{Commitment, FieldNumber},
	H256,
};
use proptest::{prelude::*, sample::Index};
use serde_json::{json, Value};

const SALT: RecordSalt = RecordSalt([
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	26, 27, 28, 29, 30, 31,
]);

const FIELDS: [(&str, &[u8]); 6] = [
	("code", b"\"718-7\""),
	("value", b"13.2"),
	("unit", b"\"g/dL\""),
	("taken", b"\"2024-03-01T08:30:00Z\""),
	("note", b"null"),
	("größe", b"{\"a\":[1,2],\"b\":true}"),
];

fn hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// Field `number` of a record with these fields, disclosed.
fn shown<'a>(
	salt: &RecordSalt,
	fields: &[(&'a str, &'a [u8])],
	number: FieldNumber,
) -> ShownField<'a> {
	let (name, canonical) = fields[usize::from(number)];
	ShownField { number, name, salt: field_salt(salt, number), canonical }
}

/// The example of NIST for HMAC-SHA3-256 with a key shorter than the block.
#[test]
fn hmac_matches_the_published_example() {
	for parts in [
		&[&b"Sample message for keylen<blocklen"[..]][..],
		&[b"Sample message ", b"", b"for keylen<blocklen"],
	] {
		assert_eq!(
			hex(hmac_sha3(&SALT.0, parts)),
			"0x4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205"
		);
	}
}

/// Computed with another implementation of SHA3-256 and HMAC.
#[test]
fn salts_leaves_and_root_match_known_answers() {
	let known = [
		(
			"0xba289302ccdf9f7d0814d72cad0d10d33e6dbbb8f6d7ccd2af6b51aa7bc5b99b",
			"0xcc8c9e2aee3c4a824ec661678d5a421280b6fa7d069299a81aa2f89395e62c2b",
		),
		(
			"0x3e330c448bd593c5c2334ce8aa1972a71fd941ab1175d4e50331f156f24722dd",
			"0x867b706ac2327ff825405769b5376d2c68055c73b59bde377b7e19ac4ab986f4",
		),
		(
			"0x527ec9f1fa3d009b0283d2164a38eba23f24024ff168ad44ca6cd8d47143ab95",
			"0xb6d1477864a4caa0079a418d2b539ada540360437c761929904c0898526cc4a1",
		),
		(
			"0x9f84245fad69ab1a6955c694f4864f0cb68f8accdf3461c51305b3828c7c8b0c",
			"0xf7f77ea812679b643e3132048e58723023833f23f896d3edbe6711fff97befba",
		),
		(
			"0xae43395cc1cc1519b2c4d8935365aad876372878cd862178bf0fd3d694742c8e",
			"0x7528fa22642a121937af097c3a9ad421cbcbb1f7f7de0ed72bb00203d834ff37",
		),
		(
			"0xd1cbec96a6dfee2d9dd13a31e0fda3feb247238160d0485cfa5de09c6a26726e",
			"0x244d18ba54649b37381e7e7f61153dc30980483f252ad9368b0bd0b733c052bc",
		),
	];
	for (number, ((salt, leaf), (name, canonical))) in (0..).zip(known.into_iter().zip(FIELDS)) {
		assert_eq!(hex(field_salt(&SALT, number)), salt);
		assert_eq!(hex(field_leaf(&field_salt(&SALT, number), name, canonical).unwrap()), leaf);
	}
	assert_eq!(
		hex(RecordTree::new(&SALT, FIELDS).unwrap().root()),
		"0x01865249bfe747db2d57ae45fcb8b57863984fe6d686a408e0e4457544e358b5"
	);
}

#[test]
fn every_choice_of_fields_is_proven() {
	let tree = RecordTree::new(&SALT, FIELDS).unwrap();
	for mask in 1u32..1 << FIELDS.len() {
		let numbers: Vec<FieldNumber> = (0..6).filter(|bit| mask >> bit & 1 == 1).collect();
		let fields: Vec<_> = numbers.iter().map(|number| shown(&SALT, &FIELDS, *number)).collect();
		let proof = tree.prove(&numbers).unwrap();
		assert_eq!(verify(&tree.root(), 6, &fields, &proof), Ok(()));
	}
}

#[test]
fn empty_disclosure_is_not_proven() {
	let tree = RecordTree::new(&SALT, FIELDS).unwrap();
	assert_eq!(tree.prove(&[]), Err(ProofError::OutOfRange));
	assert_eq!(verify(&tree.root(), 6, &[], &[H256(tree.root().0)]), Err(ProofError::OutOfRange));
}

#[test]
fn wrong_number_of_fields_is_an_error() {
	let tree = RecordTree::new(&SALT, FIELDS).unwrap();
	for number in 0..6 {
		let fields = [shown(&SALT, &FIELDS, number)];
		let proof = tree.prove(&[number]).unwrap();
		for count in [0, 1, 2, 3, 4, u16::MAX] {
			assert!(verify(&tree.root(), count, &fields, &proof).is_err(), "{number} {count}");
		}
	}
}

#[test]
fn byte_moved_between_name_and_value_is_an_error() {
	let fields: [(&str, &[u8]); 1] = [("ab", b"1")];
	let tree = RecordTree::new(&SALT, fields).unwrap();
	let salt = field_salt(&SALT, 0);
	let moved = ShownField { number: 0, name: "a", salt, canonical: b"b1" };
	assert_eq!(verify(&tree.root(), 1, &[moved], &[]), Err(ProofError::WrongRoot));
}

#[test]
fn names_longer_than_their_length_field_are_an_error() {
	let longest = "n".repeat(MAX_FIELD_NAME);
	let longer = "n".repeat(MAX_FIELD_NAME + 1);
	assert!(RecordTree::new(&SALT, [(longest.as_str(), &b"1"[..])]).is_some());
	assert!(RecordTree::new(&SALT, [(longer.as_str(), &b"1"[..])]).is_none());
	let field = ShownField { number: 0, name: &longer, salt: FieldSalt([0; 32]), canonical: b"1" };
	assert_eq!(verify(&Commitment::default(), 1, &[field], &[]), Err(ProofError::OutOfRange));
}

#[test]
fn more_fields_than_field_numbers_are_an_error() {
	let fields = |count: usize| std::iter::repeat_n(("n", &b"1"[..]), count);
	assert!(RecordTree::new(&SALT, fields(1 << 16)).is_some());
	assert!(RecordTree::new(&SALT, fields((1 << 16) + 1)).is_none());
}

/// RFC 8785, appendix B: the bits of doubles and their text.
#[test]
fn numbers_have_the_form_of_rfc_8785() {
	for (bits, expected) in [
		(0x0000000000000000, "0"),
		(0x8000000000000000, "0"),
		(0x0000000000000001, "5e-324"),
		(0x8000000000000001, "-5e-324"),
		(0x7fefffffffffffff, "1.7976931348623157e+308"),
		(0xffefffffffffffff, "-1.7976931348623157e+308"),
		(0x4340000000000000, "9007199254740992"),
		(0xc340000000000000, "-9007199254740992"),
		(0x4430000000000000, "295147905179352830000"),
		(0x44b52d02c7e14af5, "9.999999999999997e+22"),
		(0x44b52d02c7e14af6, "1e+23"),
		(0x44b52d02c7e14af7, "1.0000000000000001e+23"),
		(0x444b1ae4d6e2ef4e, "999999999999999700000"),
		(0x444b1ae4d6e2ef4f, "999999999999999900000"),
		(0x444b1ae4d6e2ef50, "1e+21"),
		(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
		(0x3eb0c6f7a0b5ed8d, "0.000001"),
		(0x41b3de4355555553, "333333333.3333332"),
		(0x41b3de4355555554, "333333333.33333325"),
		(0x41b3de4355555555, "333333333.3333333"),
		(0x41b3de4355555556, "333333333.3333334"),
		(0x41b3de4355555557, "333333333.33333343"),
		(0xbecbf647612f3696, "-0.0000033333333333333333"),
		(0x43143ff3c1cb0959, "1424953923781206.2"),
	] {
		let canonical = canonical_json(&Value::from(f64::from_bits(bits))).unwrap();
		assert_eq!(String::from_utf8(canonical).unwrap(), expected, "{bits:x}");
		let reread: Value = serde_json::from_str(expected).unwrap();
		assert_eq!(canonical_json(&reread).unwrap(), expected.as_bytes(), "{bits:x}");
	}
}

/// RFC 8785, 3.2.2.
#[test]
fn literals_and_strings_have_the_form_of_rfc_8785() {
	let value: Value = serde_json::from_str(
		r#"{
			"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
			"literals": [null, true, false]
		}"#,
	)
	.unwrap();
	let expected = concat!(
		r#"{"literals":[null,true,false],"#,
		r#""numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
		r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
	);
	assert_eq!(String::from_utf8(canonical_json(&value).unwrap()).unwrap(), expected);
}

/// RFC 8785, 3.2.3: names are sorted by their UTF-16 code units.
#[test]
fn names_are_sorted_as_in_rfc_8785() {
	let value = json!({
		"\u{20ac}": "Euro Sign",
		"\r": "Carriage Return",
		"\u{fb33}": "Hebrew Letter Dalet With Dagesh",
		"1": "One",
		"\u{1f600}": "Emoji: Grinning Face",
		"\u{80}": "Control",
		"\u{f6}": "Latin Small Letter O With Diaeresis"
	});
	let expected = concat!(
		"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",",
		"\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",",
		"\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
	);
	assert_eq!(String::from_utf8(canonical_json(&value).unwrap()).unwrap(), expected);
}

/// The input of a verifier, owned so that a test can alter it.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Presentation {
	fields: Vec<(FieldNumber, String, FieldSalt, Vec<u8>)>,
	proof: Vec<H256>,
}

impl Presentation {
	fn verify(&self, root: &Commitment, count: u16) -> Result<(), ProofError> {
		let fields: Vec<_> = self
			.fields
			.iter()
			.map(|(number, name, salt, canonical)| ShownField {
				number: *number,
				name,
				salt: *salt,
				canonical,
			})
			.collect();
		verify(root, count, &fields, &self.proof)
	}
}

/// An alteration of a presentation. Indices are modulo the number of elements.
#[derive(Clone, Debug)]
enum Forgery {
	FlipValue(Index, Index, u8),
	ReplaceValue(Index, Vec<u8>),
	ReplaceName(Index, String),
	FlipSalt(Index, u8, u8),
	Renumber(Index, FieldNumber),
	SwapContents(Index, Index),
	HideField(Index),
	RepeatField(Index),
	FlipProof(Index, u8, u8),
	DropProof(Index),
	InsertProof(Index, [u8; 32]),
	RepeatProof(Index),
	SwapProof(Index, Index),
}

fn forgery() -> impl Strategy<Value = Forgery> {
	use Forgery::*;
	let index = any::<Index>;
	prop_oneof![
		(index(), index(), 1u8..).prop_map(|(at, byte, mask)| FlipValue(at, byte, mask)),
		(index(), any::<Vec<u8>>()).prop_map(|(at, value)| ReplaceValue(at, value)),
		(index(), "[a-z]{0,4}").prop_map(|(at, name)| ReplaceName(at, name)),
		(index(), 0u8..32, 1u8..).prop_map(|(at, byte, mask)| FlipSalt(at, byte, mask)),
		(index(), 0u16..18).prop_map(|(at, number)| Renumber(at, number)),
		(index(), index()).prop_map(|(one, other)| SwapContents(one, other)),
		index().prop_map(HideField),
		index().prop_map(RepeatField),
		(index(), 0u8..32, 1u8..).prop_map(|(at, byte, mask)| FlipProof(at, byte, mask)),
		index().prop_map(DropProof),
		(index(), any::<[u8; 32]>()).prop_map(|(at, hash)| InsertProof(at, hash)),
		index().prop_map(RepeatProof),
		(index(), index()).prop_map(|(one, other)| SwapProof(one, other)),
	]
}

/// Alters one of the fields, of which there must be at least one.
fn forge_field(fields: &mut Vec<(FieldNumber, String, FieldSalt, Vec<u8>)>, forgery: &Forgery) {
	let len = fields.len();
	match forgery {
		Forgery::FlipValue(at, byte, mask) => {
			let value = &mut fields[at.index(len)].3;
			if !value.is_empty() {
				let byte = byte.index(value.len());
				value[byte] ^= mask;
			}
		},
		Forgery::ReplaceValue(at, value) => fields[at.index(len)].3.clone_from(value),
		Forgery::ReplaceName(at, name) => fields[at.index(len)].1.clone_from(name),
		Forgery::FlipSalt(at, byte, mask) => fields[at.index(len)].2 .0[usize::from(*byte)] ^= mask,
		Forgery::Renumber(at, number) => {
			fields[at.index(len)].0 = *number;
			fields.sort_by_key(|field| field.0);
		},
		Forgery::SwapContents(one, other) => {
			let (one, other) = (one.index(len), other.index(len));
			fields.swap(one, other);
			let number = fields[one].0;
			fields[one].0 = fields[other].0;
			fields[other].0 = number;
		},
		Forgery::HideField(at) => drop(fields.remove(at.index(len))),
		Forgery::RepeatField(at) => {
			let at = at.index(len);
			fields.insert(at, fields[at].clone());
		},
		_ => {},
	}
}

/// Alters a proof, which must have at least one hash.
fn forge_proof(proof: &mut Vec<H256>, forgery: &Forgery) {
	let len = proof.len();
	match forgery {
		Forgery::FlipProof(at, byte, mask) => proof[at.index(len)].0[usize::from(*byte)] ^= mask,
		Forgery::DropProof(at) => drop(proof.remove(at.index(len))),
		Forgery::RepeatProof(at) => {
			let at = at.index(len);
			proof.insert(at, proof[at]);
		},
		Forgery::SwapProof(one, other) => proof.swap(one.index(len), other.index(len)),
		_ => {},
	}
}

fn forge(presentation: &mut Presentation, forgery: &Forgery) {
	if !presentation.fields.is_empty() {
		forge_field(&mut presentation.fields, forgery);
	}
	if !presentation.proof.is_empty() {
		forge_proof(&mut presentation.proof, forgery);
	}
	if let Forgery::InsertProof(at, hash) = forgery {
		let at = at.index(presentation.proof.len() + 1);
		presentation.proof.insert(at, H256(*hash));
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 100_000,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn no_altered_proof_is_accepted(
		salt in any::<[u8; 32]>().prop_map(RecordSalt),
		fields in prop::collection::vec(("[a-z]{0,4}", prop::collection::vec(any::<u8>(), 0..6)), 1..16),
		mask in any::<u16>(),
		forgeries in prop::collection::vec(forgery(), 1..4),
	) {
		let named = || fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
		let tree = RecordTree::new(&salt, named()).unwrap();
		let count = fields.len() as u16;
		// At least one field is disclosed.
		let mask = mask | 1 << (mask % count);
		let numbers: Vec<FieldNumber> = (0..count).filter(|bit| mask >> bit & 1 == 1).collect();
		let original = Presentation {
			fields: numbers
				.iter()
				.map(|number| {
					let (name, value) = fields[usize::from(*number)].clone();
					(*number, name, field_salt(&salt, *number), value)
				})
				.collect(),
			proof: tree.prove(&numbers).unwrap(),
		};
		prop_assert_eq!(original.verify(&tree.root(), count), Ok(()));

		let mut forged = original.clone();
		for forgery in &forgeries {
			forge(&mut forged, forgery);
		}
		prop_assert_eq!(forged.verify(&tree.root(), count).is_ok(), forged == original);
	}
}
