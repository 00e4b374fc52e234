//! The arithmetic of work: targets, difficulty, and how difficulty follows the clock.
//!
//! `work = SHA3-256(pre-hash || nonce as u64 little endian)`, read as a big-endian number. It is
//! valid for a difficulty if `work * difficulty` does not overflow 2^256.
//!
//! The target follows aserti3-2d (the "absolutely scheduled exponentially rising targets" of
//! Bitcoin Cash, specified by its upgrade of 2020-11-15): it depends on an anchor and on the height
//! and time of the last block, and on nothing between them.

use crate::merkle;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use primitive_types::U512;
use scale_info::TypeInfo;
use sp_core::H256;

pub use sp_core::U256;

/// How hard the next block is; the expected number of hashes to find it.
pub type Difficulty = U256;

/// What a miner signs: this, the pre-hash, and the nonce as `u64` little endian.
pub const SEAL_CONTEXT: &[u8] = b"medrec-seal";

/// The work that `nonce` does for the header with this pre-hash.
pub fn work(pre_hash: &H256, nonce: u64) -> H256 {
	merkle::sha3(&[pre_hash.as_bytes(), &nonce.to_le_bytes()])
}

/// Whether `work` meets `difficulty`. No work meets a difficulty of zero.
pub fn meets(work: &H256, difficulty: Difficulty) -> bool {
	!difficulty.is_zero() && !U256::from_big_endian(work.as_bytes()).overflowing_mul(difficulty).1
}

/// The difficulty at which work up to about `target` is valid; at least 1.
pub fn difficulty_of(target: U256) -> Difficulty {
	U256::MAX.checked_div(target).unwrap_or(U256::MAX).max(U256::one())
}

/// The largest work that is valid at `difficulty`.
pub fn target_of(difficulty: Difficulty) -> U256 {
	U256::MAX.checked_div(difficulty).unwrap_or(U256::MAX)
}

/// The message that a miner signs.
pub fn seal_message(pre_hash: &H256, nonce: u64) -> [u8; 51] {
	let mut message = [0u8; 51];
	let parts = SEAL_CONTEXT.iter().chain(pre_hash.as_bytes());
	for (to, from) in message.iter_mut().zip(parts.copied().chain(nonce.to_le_bytes())) {
		*to = from;
	}
	message
}

/// The block from which the schedule counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Anchor {
	/// Its height.
	pub height: u64,
	/// The time of the block before it.
	pub parent_time: u64,
	/// Its target.
	pub target: U256,
}

/// How targets follow the clock. Times may be in any one unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Schedule {
	/// The time between blocks that is aimed at.
	pub spacing: u64,
	/// By how much time a chain must lag for its target to double.
	pub half_life: u64,
	/// The easiest target.
	pub limit: U256,
}

impl Schedule {
	/// The target of the block after the one at `height` and `time`.
	pub fn next_target(&self, anchor: &Anchor, height: u64, time: u64) -> U256 {
		/// Binary digits after the point.
		const RADIX: u32 = 16;
		const ONE: i128 = 1 << RADIX;

		let elapsed = i128::from(time).saturating_sub(i128::from(anchor.parent_time));
		let blocks = i128::from(height).saturating_sub(i128::from(anchor.height)).saturating_add(1);
		let scheduled = i128::from(self.spacing).saturating_mul(blocks);
		let exponent = elapsed
			.saturating_sub(scheduled)
			.saturating_mul(ONE)
			.checked_div(i128::from(self.half_life))
			.unwrap_or(0);

		// 2^exponent = 2^whole * 2^fraction, the latter by the cubic of the specification, whose
		// sum stays below 2^64.
		let whole = exponent >> RADIX;
		let fraction = exponent.rem_euclid(ONE) as u128;
		let square = fraction.saturating_mul(fraction);
		let cube = square.saturating_mul(fraction);
		let factor = 195_766_423_245_049u128
			.saturating_mul(fraction)
			.saturating_add(971_821_376u128.saturating_mul(square))
			.saturating_add(5_127u128.saturating_mul(cube))
			.saturating_add(1 << 47)
			>> 48;
		let factor = factor.saturating_add(ONE as u128);

		let scaled = anchor.target.full_mul(U256::from(factor));
		let shift = whole.saturating_sub(i128::from(RADIX));
		#[allow(
			clippy::arithmetic_side_effects,
			reason = "a shift of U512 drops bits, at worst all"
		)]
		let target = if shift <= 0 {
			scaled >> usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX).min(512)
		} else {
			let shift = usize::try_from(shift).unwrap_or(usize::MAX);
			if scaled.bits().saturating_add(shift) > 256 {
				U512::from(self.limit)
			} else {
				scaled << shift
			}
		};
		U256::try_from(target).unwrap_or(self.limit).min(self.limit).max(U256::one())
	}
}
