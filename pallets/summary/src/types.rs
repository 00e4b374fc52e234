//! What is stored beside the words of `medrec-primitives`.

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Where the anchors of a provider's access log stand.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct AnchorHead {
	/// The number of the next anchor.
	pub next: u64,
	/// How many receipts the anchors cover so far; the number of the next receipt.
	pub size: u64,
}
