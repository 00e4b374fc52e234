//! The schedule of targets compared with the published aserti3-2d vectors, and properties of work,
//! targets and difficulty.

use medrec_primitives::{
	work::{
		difficulty_of, meets, seal_message, target_of, work, Schedule, ScheduleAnchor,
		SEAL_CONTEXT, U256,
	},
	H256,
};
use primitive_types::U512;
use proptest::prelude::*;
use std::{env, fs, path::PathBuf};

/// Decodes a target in Bitcoin's compact form, without signs.
fn expand(compact: u32) -> U256 {
	let exponent = compact >> 24;
	let mantissa = U256::from(compact & 0x007f_ffff);
	match exponent {
		0..=3 => mantissa >> (8 * (3 - exponent)),
		_ => mantissa << (8 * (exponent - 3)),
	}
}

/// Encodes a target in Bitcoin's compact form, which keeps its 16 to 23 highest bits.
fn compact(target: U256) -> u32 {
	let mut exponent = (target.bits() as u32).div_ceil(8);
	let mut mantissa = match exponent {
		0..=3 => target.low_u32() << (8 * (3 - exponent)),
		_ => (target >> (8 * (exponent - 3))).low_u32(),
	};
	// The highest bit of the mantissa stands for a sign.
	if mantissa & 0x0080_0000 != 0 {
		mantissa >>= 8;
		exponent += 1;
	}
	exponent << 24 | mantissa
}

/// The schedule of Bitcoin Cash.
fn bitcoin_cash() -> Schedule {
	Schedule { spacing: 600, half_life: 172_800, limit: U256::MAX >> 32 }
}

/// The schedule of MedRec with blocks of ten seconds.
fn medrec() -> Schedule {
	Schedule { spacing: 10_000, half_life: 200_000, limit: target_of(U256::from(1000)) }
}

fn decimal_or_hex(text: &str) -> u64 {
	match text.strip_prefix("0x") {
		Some(digits) => u64::from_str_radix(digits, 16),
		None => text.parse(),
	}
	.unwrap_or_else(|_| panic!("{text} is not a number"))
}

/// Checks one file of vectors. Returns the number of vectors.
fn check_run(text: &str) -> usize {
	let header = |name: &str| {
		let line = text
			.lines()
			.find_map(|line| line.strip_prefix("##")?.trim().strip_prefix(name))
			.unwrap_or_else(|| panic!("no {name}"));
		decimal_or_hex(line.trim())
	};
	let parent_time = if text.contains("anchor parent time:") {
		header("anchor parent time:")
	} else {
		header("anchor ancestor time:")
	};
	let anchor = ScheduleAnchor {
		height: header("anchor height:"),
		parent_time,
		target: expand(header("anchor nBits:") as u32),
	};
	let start = (header("start height:"), header("start time:"));

	let mut rows = 0;
	for line in text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
		let fields: Vec<u64> = line.split_whitespace().map(decimal_or_hex).collect();
		let [iteration, height, time, bits] = fields[..] else { panic!("{line}") };
		if rows == 0 {
			assert_eq!((height, time), start, "{line}");
		}
		rows += 1;
		assert_eq!(iteration, rows, "{line}");
		let target = bitcoin_cash().next_target(&anchor, height, time);
		assert_eq!(u64::from(compact(target)), bits, "{line}");
	}
	assert_eq!(rows, header("iterations:"));
	rows as usize
}

#[test]
fn targets_follow_the_published_vectors() {
	let data = env::var_os("MEDREC_TEST_DATA").map(|data| PathBuf::from(data).join("asert"));
	let Some(data) = data.filter(|data| data.is_dir()) else {
		println!("skipped: $MEDREC_TEST_DATA/asert with the aserti3-2d vectors is absent");
		return;
	};
	let rows: usize = (1..=12)
		.map(|run| {
			let path = data.join(format!("run{run:02}"));
			let text = fs::read_to_string(&path)
				.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
			check_run(&text)
		})
		.sum();
	assert_eq!(rows, 14_000);
}

#[test]
fn the_compact_form_is_read_and_written() {
	assert_eq!(expand(0x1d00_ffff), U256::from(0xffff) << 208);
	for bits in [0x0101_0000, 0x1d00_ffff, 0x1a2b_3c4d, 0x1802_aee8, 0x0200_8000] {
		assert_eq!(compact(expand(bits)), bits);
	}
}

#[test]
fn a_chain_on_schedule_keeps_its_target() {
	let target = target_of(U256::from(123_456));
	let anchor = ScheduleAnchor { height: 1, parent_time: 5_000, target };
	for height in 1..1000 {
		assert_eq!(medrec().next_target(&anchor, height, 5_000 + height * 10_000), target);
	}
	assert_eq!(difficulty_of(target), U256::from(123_456));
}

#[test]
fn a_delay_of_one_half_life_doubles_the_target_and_a_lead_halves_it() {
	let target = target_of(U256::from(1_000_000));
	let anchor = ScheduleAnchor { height: 1, parent_time: 1_000_000, target };
	assert_eq!(medrec().next_target(&anchor, 1, 1_210_000), target << 1);
	assert_eq!(medrec().next_target(&anchor, 1, 810_000), target >> 1);
	assert_eq!(medrec().next_target(&anchor, 21, 1_010_000), target >> 1);
}

#[test]
fn targets_are_bounded_on_both_sides() {
	let anchor = ScheduleAnchor { height: 1, parent_time: 0, target: U256::from(5) << 200 };
	assert_eq!(medrec().next_target(&anchor, 1, u64::MAX), medrec().limit);
	assert_eq!(medrec().next_target(&anchor, u64::MAX, 0), U256::one());
	assert_eq!(medrec().next_target(&anchor, 1_000_000, 0), U256::one());
}

#[test]
fn no_work_meets_a_difficulty_of_zero_and_any_meets_one() {
	assert!(!meets(&H256::zero(), U256::zero()));
	assert!(meets(&H256::repeat_byte(0xff), U256::one()));
	assert!(!meets(&H256::repeat_byte(0xff), U256::from(2)));
	assert_eq!(target_of(U256::zero()), U256::MAX);
	assert_eq!(difficulty_of(U256::zero()), U256::MAX);
	assert_eq!(difficulty_of(U256::MAX), U256::one());
}

/// Computed with another implementation of SHA3-256.
#[test]
fn work_is_sha3_of_hash_and_nonce() {
	assert_eq!(
		format!("{:?}", work(&H256::repeat_byte(0x11), 0x0102_0304_0506_0708)),
		"0xa4a82e96683500859f81c800788145da2a654d4c02484888f89fe69c5082e4ca"
	);
}

#[test]
fn the_signed_message_is_context_hash_and_nonce() {
	let hash = H256::repeat_byte(0x11);
	let message = seal_message(&hash, 0x0102_0304_0506_0708);
	let expected =
		[SEAL_CONTEXT, hash.as_bytes(), &0x0102_0304_0506_0708u64.to_le_bytes()].concat();
	assert_eq!(message.as_slice(), expected);
	assert!(message.starts_with(b"medrec-seal"));
}

prop_compose! {
	/// Numbers of every magnitude.
	fn number()(bytes in any::<[u8; 32]>(), shift in 0usize..256) -> U256 {
		U256::from_little_endian(&bytes) >> shift
	}
}

fn edge() -> impl Strategy<Value = u64> {
	prop_oneof![
		any::<u64>(),
		0u64..1_000_000,
		prop::sample::select(vec![
			0,
			1,
			u64::MAX >> 1,
			(u64::MAX >> 1) + 1,
			u64::MAX - 1,
			u64::MAX
		]),
	]
}

prop_compose! {
	fn anything()(
		spacing in edge(),
		half_life in edge(),
		limit in number(),
		height in edge(),
		parent_time in edge(),
		target in number(),
	) -> (Schedule, ScheduleAnchor) {
		let limit = limit.max(U256::one());
		(Schedule { spacing, half_life, limit }, ScheduleAnchor { height, parent_time, target })
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 10_000,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn targets_stay_within_bounds_for_any_input(
		(schedule, anchor) in anything(),
		height in edge(),
		time in edge(),
	) {
		let target = schedule.next_target(&anchor, height, time);
		prop_assert!(target >= U256::one() && target <= schedule.limit);
	}

	#[test]
	fn later_blocks_never_make_the_next_target_harder(
		(schedule, anchor) in anything(),
		height in edge(),
		one in edge(),
		other in edge(),
	) {
		let earlier = schedule.next_target(&anchor, height, one.min(other));
		let later = schedule.next_target(&anchor, height, one.max(other));
		prop_assert!(earlier <= later);
	}

	/// Neighbouring moments, where the steps of the approximation meet.
	#[test]
	fn the_target_is_monotone_moment_by_moment(
		difficulty in 1_000u64..,
		start in 0u64..4_000_000,
	) {
		let anchor = ScheduleAnchor {
			height: 1,
			parent_time: 2_000_000,
			target: target_of(U256::from(difficulty)),
		};
		let mut last = U256::zero();
		for time in start..start + 50 {
			let target = medrec().next_target(&anchor, 1, time);
			prop_assert!(target >= last);
			last = target;
		}
	}

	#[test]
	fn higher_blocks_never_make_the_next_target_easier(
		(schedule, anchor) in anything(),
		one in edge(),
		other in edge(),
		time in edge(),
	) {
		let lower = schedule.next_target(&anchor, one.min(other), time);
		let higher = schedule.next_target(&anchor, one.max(other), time);
		prop_assert!(higher <= lower);
	}

	#[test]
	fn work_is_valid_exactly_if_the_product_does_not_overflow(work in number(), difficulty in number()) {
		let product = U512::from(work) * U512::from(difficulty);
		let fits = product <= U512::from(U256::MAX) && !difficulty.is_zero();
		prop_assert_eq!(meets(&H256(work.to_big_endian()), difficulty), fits);
	}

	#[test]
	fn the_target_is_the_largest_valid_work(difficulty in number()) {
		prop_assume!(!difficulty.is_zero());
		let target = target_of(difficulty);
		prop_assert!(meets(&H256(target.to_big_endian()), difficulty));
		if let Some(above) = target.checked_add(U256::one()) {
			prop_assert!(!meets(&H256(above.to_big_endian()), difficulty));
		}
	}

	#[test]
	fn the_difficulty_of_the_target_is_not_lower(difficulty in number()) {
		prop_assume!(!difficulty.is_zero());
		let again = difficulty_of(target_of(difficulty));
		prop_assert!(again >= difficulty);
		if difficulty.bits() <= 128 {
			prop_assert_eq!(again, difficulty);
		}
	}
}
