//! Identifiers of local IDs.

use medrec_primitives::{commitment::hmac_sha3, identity::Identifier};

#[test]
fn an_identifier_depends_on_secret_namespace_and_local_id() {
	let secret = [7; 32];
	let one = Identifier::derive(&secret, "patient", "17");
	assert_eq!(one.0, hmac_sha3(&secret, &[b"patient\x0017"]).0);
	assert_eq!(one, Identifier::derive(&secret, "patient", "17"));
	assert_ne!(one, Identifier::derive(&[8; 32], "patient", "17"));
	assert_ne!(one, Identifier::derive(&secret, "ward", "17"));
	assert_ne!(one, Identifier::derive(&secret, "patient", "18"));
	// The separator keeps the two texts apart.
	assert_ne!(Identifier::derive(&secret, "a", "b"), Identifier::derive(&secret, "ab", ""));
}
