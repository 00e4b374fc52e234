//! The signatures of receipts and their hashes in the access log.

use crate::{
	keys::{self, Key},
	wire::{Receipt, ReceiptHash, RequestHash, SignedReceipt},
};
use medrec_primitives::{
	commitment::canonical_json,
	merkle::{self, sha3},
	AccountId,
};
use serde::Serialize;
use sp_core::H512;

/// The domain separator of [`message`].
pub const RECEIPT_CONTEXT: &[u8] = b"medrec-receipt";

/// The hash of a signed request: `SHA3-256(signature base || signature)`.
///
/// `base` is the signature base of RFC 9421 without the `<Bytes>` frame of wallets, and `signature` the
/// bytes in the `Signature` header.
pub fn request_hash(base: &[u8], signature: &[u8]) -> RequestHash {
	RequestHash(sha3(&[base, signature]).0)
}

/// The message that the gatekeeper signs: `"medrec-receipt" || JCS(receipt)`, without a frame.
pub fn message(receipt: &Receipt) -> Vec<u8> {
	let mut message = RECEIPT_CONTEXT.to_vec();
	message.extend(canonical(receipt));
	message
}

/// The leaf of a receipt in the log: [`merkle::leaf`] of `JCS(signed receipt)`.
pub fn receipt_hash(signed: &SignedReceipt) -> ReceiptHash {
	ReceiptHash(merkle::leaf(&canonical(signed)).0)
}

/// The canonical JSON (RFC 8785) of a receipt, signed or not. The log stores that of signed ones.
pub fn canonical<T: Serialize>(receipt: &T) -> Vec<u8> {
	serde_json::to_value(receipt)
		.ok()
		.and_then(|value| canonical_json(&value))
		.expect("receipts hold texts and whole numbers, which have canonical JSON; qed")
}

/// Signs a receipt with the key of the gatekeeper.
pub fn sign(receipt: Receipt, device: &Key) -> SignedReceipt {
	let signature = H512(device.sign(&message(&receipt)));
	SignedReceipt { receipt, signature }
}

/// Whether a receipt is signed by the key of this account.
pub fn is_signed_by(signed: &SignedReceipt, device: &AccountId) -> bool {
	keys::verify(device, &message(&signed.receipt), &signed.signature.0).is_some()
}
