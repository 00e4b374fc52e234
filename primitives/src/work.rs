//! The arithmetic of proof of work: targets, difficulty and the schedule of targets.
//!
//! `work = SHA3-256(pre-hash || nonce as u64 little endian)`, read as a big-endian number. It is
//! valid for a difficulty if `work * difficulty` does not overflow 2^256.
//!
//! The target follows aserti3-2d (the "absolutely scheduled exponentially rising targets" of
//! Bitcoin Cash, specified by its upgrade of 2020-11-15). It depends on an anchor block and on the
//! height and time of the last block only.

use crate::merkle;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use primitive_types::U512;
use scale_info::TypeInfo;
use sp_core::H256;

pub use sp_core::U256;

/// The expected number of hashes to find a block.
pub type Difficulty = U256;

/// The prefix of [`seal_message`].
pub const SEAL_CONTEXT: &[u8] = b"medrec-seal";

/// The work of `nonce` for the header with this pre-hash: `SHA3-256(pre-hash || nonce)`.
pub fn work(pre_hash: &H256, nonce: u64) -> H256 {
	merkle::sha3(&[pre_hash.as_bytes(), &nonce.to_le_bytes()])
}

/// Whether `work * difficulty` does not overflow 2^256. No work meets a difficulty of zero.
pub fn meets(work: &H256, difficulty: Difficulty) -> bool {
	!difficulty.is_zero() && !U256::from_big_endian(work.as_bytes()).overflowing_mul(difficulty).1
}

/// The difficulty of a target: `(2^256 - 1) / target`, at least 1.
pub fn difficulty_of(target: U256) -> Difficulty {
	U256::MAX.checked_div(target).unwrap_or(U256::MAX).max(U256::one())
}

/// The target of a difficulty: the largest valid work.
pub fn target_of(difficulty: Difficulty) -> U256 {
	U256::MAX.checked_div(difficulty).unwrap_or(U256::MAX)
}

/// The message that a miner signs: [`SEAL_CONTEXT`], the pre-hash, and the nonce in little endian.
pub fn seal_message(pre_hash: &H256, nonce: u64) -> [u8; 51] {
	let mut message = [0u8; 51];
	let parts = SEAL_CONTEXT.iter().chain(pre_hash.as_bytes());
	for (to, from) in message.iter_mut().zip(parts.copied().chain(nonce.to_le_bytes())) {
		*to = from;
	}
	message
}

/// The block from which the schedule is computed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ScheduleAnchor {
	/// The height of the block.
	pub height: u64,
	/// The time of its parent.
	pub parent_time: u64,
	/// The target of the block.
	pub target: U256,
}

/// The parameters of the schedule. All times have the same unit, any one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Schedule {
	/// The intended time between two blocks.
	pub spacing: u64,
	/// The delay against the ideal schedule that doubles the target.
	pub half_life: u64,
	/// The upper bound of targets.
	pub limit: U256,
}

impl Schedule {
	/// The target of the block that follows the block at `height` and `time`.
	pub fn next_target(&self, anchor: &ScheduleAnchor, height: u64, time: u64) -> U256 {
		/// The number of binary digits after the point.
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

		// 2^exponent = 2^whole * 2^fraction. The specification approximates the latter by a cubic,
		// whose sum stays below 2^64.
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
			reason = "a shift of U512 drops bits and does not overflow"
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
