//! Merkle trees over SHA3-256, in the shape of RFC 6962: the tree over `n` leaves splits at the
//! largest power of two below `n`, which is the same as pairing level by level and moving an odd
//! node up unchanged.
//!
//! A leaf is `SHA3-256(0x00 || content)`, hashed by the caller; an inner node is
//! `SHA3-256(0x01 || left || right)`. A verifier must know the number of leaves: for a record it is
//! the number of fields of the template that the chain names, for an access log it is anchored with
//! the root.

use alloc::vec::Vec;
use sha3::{Digest, Sha3_256};
use sp_core::H256;

/// The first byte of the preimage of a leaf.
pub const LEAF_PREFIX: u8 = 0x00;

/// The first byte of the preimage of an inner node.
pub const NODE_PREFIX: u8 = 0x01;

/// The maximum number of leaves that a proof may be verified against.
pub const MAX_LEAVES: u64 = 1 << 40;

/// SHA3-256 of the concatenation of `parts`.
pub fn sha3(parts: &[&[u8]]) -> H256 {
	let mut hasher = Sha3_256::new();
	for part in parts {
		hasher.update(part);
	}
	let digest: [u8; 32] = hasher.finalize().into();
	H256(digest)
}

/// The hash of a leaf: `SHA3-256(0x00 || content)`.
pub fn leaf(content: &[u8]) -> H256 {
	sha3(&[&[LEAF_PREFIX], content])
}

/// The hash of an inner node: `SHA3-256(0x01 || left || right)`.
pub fn node(left: &H256, right: &H256) -> H256 {
	sha3(&[&[NODE_PREFIX], left.as_bytes(), right.as_bytes()])
}

/// The root of the tree over `leaves`. The root of an empty tree is the hash of no bytes.
pub fn root(leaves: &[H256]) -> H256 {
	match leaves {
		[] => sha3(&[]),
		[leaf] => *leaf,
		_ => {
			let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
			node(&root(left), &root(right))
		},
	}
}

/// The reason why a proof cannot be made or is not valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
	/// The positions are empty, not ascending, or outside the tree, or the tree has more than
	/// [`MAX_LEAVES`] leaves.
	#[error("the proof names a position outside the tree")]
	OutOfRange,
	/// The proof has too few or too many hashes.
	#[error("the proof has too few or too many hashes")]
	WrongLength,
	/// The proof results in another root.
	#[error("the proof results in another root")]
	WrongRoot,
}

/// The number of leaves in the left subtree of a tree of `len` leaves; `len` is at least 2.
fn split(len: u64) -> u64 {
	len.checked_next_power_of_two().unwrap_or(u64::MAX) >> 1
}

/// Proves that the leaves at `positions` are in the tree over `leaves`. The proof holds the roots of
/// the largest subtrees without any of them, from left to right. Positions must be ascending and
/// unique.
pub fn prove(leaves: &[H256], positions: &[u64]) -> Result<Vec<H256>, ProofError> {
	let ascending = positions.is_sorted_by(|one, next| one < next);
	let in_range = positions.last().is_some_and(|last| *last < leaves.len() as u64);
	if !ascending || !in_range {
		return Err(ProofError::OutOfRange);
	}
	let mut proof = Vec::new();
	collect(leaves, 0, positions, &mut proof);
	Ok(proof)
}

fn collect(leaves: &[H256], start: u64, positions: &[u64], proof: &mut Vec<H256>) {
	if positions.is_empty() {
		proof.push(root(leaves));
	} else if leaves.len() > 1 {
		let middle = split(leaves.len() as u64);
		let (left, right) = leaves.split_at(middle as usize);
		let boundary = start.saturating_add(middle);
		let (before, after) =
			positions.split_at(positions.partition_point(|position| *position < boundary));
		collect(left, start, before, proof);
		collect(right, boundary, after, proof);
	}
}

/// Verifies that `proven`, pairs of position and leaf hash with ascending positions, are in the tree
/// with this `root` over `len` leaves.
pub fn verify(
	root: &H256,
	len: u64,
	proven: &[(u64, H256)],
	proof: &[H256],
) -> Result<(), ProofError> {
	let ascending = proven.is_sorted_by(|(one, _), (next, _)| one < next);
	let in_range = proven.last().is_some_and(|(last, _)| *last < len);
	if !ascending || !in_range || len > MAX_LEAVES {
		return Err(ProofError::OutOfRange);
	}
	let mut hashes = proof.iter();
	let computed = rebuild(0, len, proven, &mut hashes)?;
	if hashes.next().is_some() {
		return Err(ProofError::WrongLength);
	}
	(computed == *root).then_some(()).ok_or(ProofError::WrongRoot)
}

fn rebuild(
	start: u64,
	len: u64,
	proven: &[(u64, H256)],
	proof: &mut core::slice::Iter<'_, H256>,
) -> Result<H256, ProofError> {
	match proven {
		[] => proof.next().copied().ok_or(ProofError::WrongLength),
		[(_, leaf)] if len == 1 => Ok(*leaf),
		_ => {
			let middle = split(len);
			let boundary = start.saturating_add(middle);
			let (before, after) =
				proven.split_at(proven.partition_point(|(position, _)| *position < boundary));
			let left = rebuild(start, middle, before, proof)?;
			let right = rebuild(boundary, len.saturating_sub(middle), after, proof)?;
			Ok(node(&left, &right))
		},
	}
}

/// Proves that the tree over the first `earlier` of `leaves` is a prefix of the tree over all `leaves`
/// (RFC 6962, section 2.1.2).
pub fn prove_consistency(leaves: &[H256], earlier: u64) -> Result<Vec<H256>, ProofError> {
	if earlier == 0 || earlier > leaves.len() as u64 {
		return Err(ProofError::OutOfRange);
	}
	let mut proof = Vec::new();
	collect_consistency(leaves, earlier, true, &mut proof);
	Ok(proof)
}

fn collect_consistency(leaves: &[H256], earlier: u64, known: bool, proof: &mut Vec<H256>) {
	let len = leaves.len() as u64;
	if earlier >= len {
		if !known {
			proof.push(root(leaves));
		}
		return;
	}
	let middle = split(len);
	let (left, right) = leaves.split_at(middle as usize);
	if earlier <= middle {
		collect_consistency(left, earlier, known, proof);
		proof.push(root(right));
	} else {
		collect_consistency(right, earlier.saturating_sub(middle), false, proof);
		proof.push(root(left));
	}
}

/// Verifies that the tree over `earlier` leaves with root `earlier_root` is a prefix of the tree over
/// `later` leaves with root `later_root`.
pub fn verify_consistency(
	earlier: u64,
	earlier_root: &H256,
	later: u64,
	later_root: &H256,
	proof: &[H256],
) -> Result<(), ProofError> {
	if earlier == 0 || earlier > later || later > MAX_LEAVES {
		return Err(ProofError::OutOfRange);
	}
	let mut hashes = proof.iter().rev();
	let (old, new) = rebuild_consistency(earlier, later, Some(earlier_root), &mut hashes)?;
	if hashes.next().is_some() {
		return Err(ProofError::WrongLength);
	}
	let is_right = old == *earlier_root && new == *later_root;
	is_right.then_some(()).ok_or(ProofError::WrongRoot)
}

/// The roots of the earlier and of the later tree over one subtree. `known` is the root of the subtree
/// if the verifier knows it, which is that of the earlier tree. Hashes are taken from the end of the
/// proof, which holds the outermost last.
fn rebuild_consistency<'a>(
	earlier: u64,
	later: u64,
	known: Option<&'a H256>,
	proof: &mut impl Iterator<Item = &'a H256>,
) -> Result<(H256, H256), ProofError> {
	if earlier >= later {
		let root = *known.or_else(|| proof.next()).ok_or(ProofError::WrongLength)?;
		return Ok((root, root));
	}
	let middle = split(later);
	let sibling = proof.next().ok_or(ProofError::WrongLength)?;
	if earlier <= middle {
		let (old, new) = rebuild_consistency(earlier, middle, known, proof)?;
		Ok((old, node(&new, sibling)))
	} else {
		let (earlier, later) = (earlier.saturating_sub(middle), later.saturating_sub(middle));
		let (old, new) = rebuild_consistency(earlier, later, None, proof)?;
		Ok((node(sibling, &old), node(sibling, &new)))
	}
}
