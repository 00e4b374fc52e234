use medrec_primitives::{commitment::hmac_sha3, identity::Identifier, record::RecordId};
use std::fmt;
use zeroize::Zeroizing;

/// The secret from which a provider's identifiers and record IDs are derived. Who has it can guess
/// them; without it none of them can be derived again.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl fmt::Debug for Secret {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str("Secret(..)")
	}
}

impl Secret {
	/// A secret of these bytes, which must be random and kept.
	pub fn new(bytes: [u8; 32]) -> Secret {
		Secret(Zeroizing::new(bytes))
	}
}

/// The keyed hash by which the registrar finds a local patient.
pub fn identifier(secret: &Secret, namespace: &str, local_id: &str) -> Identifier {
	Identifier::derive(&secret.0, namespace, local_id)
}

/// The ID of the record that is one row of a template:
/// `HMAC-SHA3-256(secret, "record" || 0x00 || template ID || 0x00 || handle of the row)`. It is the
/// same for all versions of the template.
pub fn record_id(secret: &Secret, template: &str, row_handle: &[u8]) -> RecordId {
	RecordId(hmac_sha3(&secret.0, &[b"record", &[0], template.as_bytes(), &[0], row_handle]).0)
}
