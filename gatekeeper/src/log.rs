//! The log of receipts: an append-only Merkle tree with one receipt for each request of a subject that
//! is known to the chain. Its head is anchored on the chain, so that a missing receipt is evidence.

mod tree;

use crate::records::{state::NewReceipt, Error, State};
use medrec_primitives::{merkle::ProofError, summary::LogRoot, H256};
use medrec_protocol::{
	keys::Key,
	receipt,
	wire::{Receipt, ReceiptHash, SignedReceipt},
};
use parking_lot::RwLock;
use tree::Tree;

/// The log of receipts. The receipts are in the gatekeeper's database, the tree in memory.
pub struct Log {
	state: State,
	key: Key,
	tree: RwLock<Tree>,
}

impl Log {
	/// Reads the log. `key` signs new receipts.
	pub async fn open(state: State, key: Key) -> Result<Log, Error> {
		let log = Log { state, key, tree: RwLock::default() };
		log.catch_up().await?;
		Ok(log)
	}

	/// Assigns the next sequence number to the receipt, signs it and appends it to the database.
	pub async fn issue(&self, mut receipt: Receipt) -> Result<SignedReceipt, Error> {
		let mut issued = None;
		let (slot, key) = (&mut issued, &self.key);
		self.state
			.append_receipt(move |sequence| {
				receipt.sequence = sequence;
				let signed = receipt::sign(receipt, key);
				let new = NewReceipt {
					canonical: String::from_utf8(receipt::canonical(&signed))
						.map_err(|_| Error::Damaged("a receipt is not text"))?,
					relationship: signed.receipt.relationship,
					requester: signed.receipt.requester,
					at: signed.receipt.at,
				};
				*slot = Some(signed);
				Ok::<_, Error>(new)
			})
			.await?;
		self.catch_up().await?;
		issued.ok_or(Error::Damaged("a receipt was not signed"))
	}

	/// Adds the receipts that were appended to the database, also by other processes.
	pub async fn catch_up(&self) -> Result<(), Error> {
		let known = self.tree.read().len();
		let leaves = self.state.leaves(known).await?;
		let mut tree = self.tree.write();
		for (position, leaf) in (known..).zip(leaves) {
			// A concurrent call may have added it.
			if position == tree.len() {
				tree.push(leaf);
			}
		}
		Ok(())
	}

	/// The number of receipts and the root over them.
	pub fn head(&self) -> (u64, LogRoot) {
		let tree = self.tree.read();
		(tree.len(), LogRoot(tree.root(tree.len()).unwrap_or_default().0))
	}

	/// The root over the first `size` receipts, `None` if there are fewer.
	pub fn root(&self, size: u64) -> Option<LogRoot> {
		self.tree.read().root(size).map(|root| LogRoot(root.0))
	}

	/// The hash of receipt `sequence`, and the proof that it is in the log of `size` receipts.
	pub fn prove(&self, sequence: u64, size: u64) -> Result<(ReceiptHash, Vec<H256>), ProofError> {
		let tree = self.tree.read();
		let proof = tree.prove(sequence, size)?;
		let leaf = tree.leaf(sequence).ok_or(ProofError::OutOfRange)?;
		Ok((ReceiptHash(leaf.0), proof))
	}

	/// The proof that the log of `from` receipts is a prefix of that of `to`.
	pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<H256>, ProofError> {
		self.tree.read().prove_consistency(from, to)
	}
}

#[cfg(test)]
mod tests;
