//! Commitments to records. A commitment proves any part of a record without the rest.
//!
//! `leaf_i = SHA3-256(0x00 || salt_i || name length as u16 little endian || name || value)`, where
//! the value is canonical JSON (RFC 8785) and `salt_i = HMAC-SHA3-256(record salt, i as u32 little
//! endian)`. Field numbers are positions in the template's field list, which also fixes the number
//! of leaves. The record is erased with its salt and its row: nothing can be guessed from the root.

use crate::{
	bytes32,
	merkle::{self, ProofError, LEAF_PREFIX},
	record::{Commitment, FieldNumber},
};
use alloc::vec::Vec;
use hmac::{Hmac, Mac};
use sha3::Sha3_256;
use sp_core::H256;

/// The maximum length of a field name, in bytes.
pub const MAX_FIELD_NAME: usize = u16::MAX as usize;

/// The secret from which the salts of one version of a record are derived. It has no `Display` and
/// no serde form, and `Debug` hides its bytes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct RecordSalt(pub [u8; 32]);

impl core::fmt::Debug for RecordSalt {
	fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		formatter.write_str("RecordSalt(..)")
	}
}

bytes32! {
	/// The salt of one field. It is disclosed with the field.
	FieldSalt;
}

/// `HMAC-SHA3-256(key, message)`.
pub fn hmac_sha3(key: &[u8; 32], message: &[&[u8]]) -> H256 {
	// A key shorter than the block of SHA3-256 is padded, not hashed.
	let mut padded = sha3::digest::generic_array::GenericArray::default();
	for (to, from) in padded.iter_mut().zip(key) {
		*to = *from;
	}
	let mut mac = <Hmac<Sha3_256> as hmac::digest::KeyInit>::new(&padded);
	for part in message {
		mac.update(part);
	}
	let tag: [u8; 32] = mac.finalize().into_bytes().into();
	H256(tag)
}

/// Derives the salt of field `number`: `HMAC-SHA3-256(record salt, number as u32 little endian)`.
pub fn field_salt(record_salt: &RecordSalt, number: FieldNumber) -> FieldSalt {
	FieldSalt(hmac_sha3(&record_salt.0, &[&u32::from(number).to_le_bytes()]).0)
}

/// The leaf of a field, whose value is `canonical` JSON. `None` if the name is longer than
/// [`MAX_FIELD_NAME`].
pub fn field_leaf(salt: &FieldSalt, name: &str, canonical: &[u8]) -> Option<H256> {
	let length = u16::try_from(name.len()).ok()?;
	Some(merkle::sha3(&[
		&[LEAF_PREFIX],
		salt.as_bytes(),
		&length.to_le_bytes(),
		name.as_bytes(),
		canonical,
	]))
}

/// A disclosed field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShownField<'a> {
	/// The position in the template's field list.
	pub number: FieldNumber,
	/// The name in that list.
	pub name: &'a str,
	/// The salt.
	pub salt: FieldSalt,
	/// The value in canonical JSON.
	pub canonical: &'a [u8],
}

/// The Merkle tree over all fields of a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordTree {
	leaves: Vec<H256>,
}

impl RecordTree {
	/// The tree over `fields`, pairs of name and canonical JSON, in the order of the template. `None`
	/// if there are more fields than [`FieldNumber`]s, or a name is too long.
	pub fn new<'a>(
		record_salt: &RecordSalt,
		fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
	) -> Option<RecordTree> {
		let leaves = fields
			.into_iter()
			.enumerate()
			.map(|(number, (name, canonical))| {
				let number = FieldNumber::try_from(number).ok()?;
				field_leaf(&field_salt(record_salt, number), name, canonical)
			})
			.collect::<Option<Vec<_>>>()?;
		Some(RecordTree { leaves })
	}

	/// The root of the tree.
	pub fn root(&self) -> Commitment {
		Commitment(merkle::root(&self.leaves).0)
	}

	/// Proves the fields of these numbers, which must be ascending and unique.
	pub fn prove(&self, numbers: &[FieldNumber]) -> Result<Vec<H256>, ProofError> {
		let positions: Vec<u64> = numbers.iter().map(|number| u64::from(*number)).collect();
		merkle::prove(&self.leaves, &positions)
	}
}

/// Verifies that `shown` are fields of the record with this commitment. Their numbers must ascend.
/// `field_count` is the number of fields of the template.
pub fn verify(
	commitment: &Commitment,
	field_count: u16,
	shown: &[ShownField<'_>],
	proof: &[H256],
) -> Result<(), ProofError> {
	let proven = shown
		.iter()
		.map(|field| {
			let leaf = field_leaf(&field.salt, field.name, field.canonical)
				.ok_or(ProofError::OutOfRange)?;
			Ok((u64::from(field.number), leaf))
		})
		.collect::<Result<Vec<_>, _>>()?;
	merkle::verify(&H256(commitment.0), u64::from(field_count), &proven, proof)
}

/// The canonical JSON (RFC 8785) of a value. `None` if a number has no such form, as NaN.
#[cfg(feature = "std")]
pub fn canonical_json(value: &serde_json::Value) -> Option<Vec<u8>> {
	serde_json_canonicalizer::to_vec(value).ok()
}
