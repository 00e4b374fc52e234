use super::verify::header_text;
use ::http::{HeaderMap, HeaderValue};
use base64::{engine::general_purpose::STANDARD, Engine};
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};
use sp_crypto_hashing::sha2_256;

/// The reason why a `Content-Digest` does not verify.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DigestError {
	/// The header is absent or has no SHA-256 digest.
	#[error("the request has no Content-Digest with sha-256")]
	Missing,
	/// The header is not a dictionary of byte sequences.
	#[error("Content-Digest is not a dictionary of byte sequences")]
	Malformed,
	/// The digest is that of another body.
	#[error("the body differs from the signed one")]
	Mismatch,
}

/// The value of `Content-Digest` (RFC 9530) for a body: its SHA-256.
pub fn content_digest(body: &[u8]) -> HeaderValue {
	let digest = STANDARD.encode(sha2_256(body));
	HeaderValue::try_from(format!("sha-256=:{digest}:")).expect("base64 is ASCII; qed")
}

/// Checks that the `Content-Digest` in `headers` is the digest of this body. Digests of other algorithms
/// than SHA-256 are ignored.
pub fn check_digest(headers: &HeaderMap, body: &[u8]) -> Result<(), DigestError> {
	let text = header_text(headers, "content-digest").map_err(|()| DigestError::Malformed)?;
	let text = text.ok_or(DigestError::Missing)?;
	let digests: Dictionary = Parser::new(&text).parse().map_err(|_| DigestError::Malformed)?;
	match digests.get("sha-256") {
		None => Err(DigestError::Missing),
		Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(digest), .. })) => {
			match digest.as_slice() == sha2_256(body) {
				true => Ok(()),
				false => Err(DigestError::Mismatch),
			}
		},
		Some(_) => Err(DigestError::Malformed),
	}
}
