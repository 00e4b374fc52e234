//! Stored types.

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The head of a provider's anchored access log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct AnchorHead {
	/// The number of the next anchor.
	pub next: u64,
	/// The number of receipts that the anchors cover, which is the number of the next receipt.
	pub size: u64,
}
