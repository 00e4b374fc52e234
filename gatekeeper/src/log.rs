//! The log of receipts: one for each request by somebody the chain knows, in an append-only Merkle
//! tree whose head is anchored on the chain, so that a missing receipt is itself evidence.

mod tree;

pub use tree::Tree;

use crate::records::{
	state::{NewReceipt, StoredReceipt},
	Error, State,
};
use medrec_protocol::{keys::Key, receipt, wire::{BlockRef, Outcome, Receipt, SignedReceipt}};
use medrec_primitives::{
	identity::SubjectId,
	merkle::ProofError,
	record::{FieldNumber, RecordId},
	relationship::{Purpose, RelationshipId},
	Moment, H256,
};
use parking_lot::RwLock;
use sp_core::H512;

/// Everything of a receipt but its place in the log.
#[derive(Clone, Debug)]
pub struct Draft {
	/// The hash of the signed request.
	pub request: H256,
	/// Who asked.
	pub requester: SubjectId,
	/// In which relationship.
	pub relationship: RelationshipId,
	/// For which record.
	pub record: RecordId,
	/// For what purpose.
	pub purpose: Purpose,
	/// How it ended.
	pub decision: Outcome,
	/// Which fields were served.
	pub fields: Vec<FieldNumber>,
	/// At which final block it was decided.
	pub decided_at: BlockRef,
	/// When.
	pub at: Moment,
	/// The gatekeeper's own subject.
	pub gatekeeper: SubjectId,
}

/// The log of receipts. The receipts are in the gatekeeper's database, the tree over them in memory.
pub struct Log {
	state: State,
	key: Key,
	tree: RwLock<Tree>,
}

impl Log {
	/// Reads the log. New receipts are signed with `key`.
	pub async fn open(state: State, key: Key) -> Result<Log, Error> {
		let log = Log { state, key, tree: RwLock::default() };
		log.catch_up().await?;
		Ok(log)
	}

	/// Signs the receipt and appends it. It is on the disk when this returns.
	pub async fn issue(&self, draft: Draft) -> Result<SignedReceipt, Error> {
		let mut issued = None;
		let slot = &mut issued;
		let key = &self.key;
		let stored = self
			.state
			.append_receipt(move |sequence| {
				let signed = sign(key, sequence, draft);
				let new = NewReceipt {
					canonical: String::from_utf8(receipt::canonical(&signed))
						.map_err(|_| Error::Damaged("a receipt is no text"))?,
					relationship: signed.receipt.relationship,
					requester: signed.receipt.requester,
					at: signed.receipt.at,
				};
				*slot = Some(signed);
				Ok::<_, Error>(new)
			})
			.await?;
		self.append(&stored).await?;
		issued.ok_or(Error::Damaged("a receipt was not made"))
	}

	/// Takes in what other gatekeepers appended to the same database.
	pub async fn catch_up(&self) -> Result<(), Error> {
		let known = self.tree.read().len();
		let leaves = self.state.leaves(known).await?;
		let mut tree = self.tree.write();
		for (position, leaf) in (known..).zip(leaves) {
			// Somebody else may have come first.
			if position == tree.len() {
				tree.push(leaf);
			}
		}
		Ok(())
	}

	/// How many receipts there are, and the root over them.
	pub fn head(&self) -> (u64, H256) {
		let tree = self.tree.read();
		(tree.len(), tree.root(tree.len()).unwrap_or_default())
	}

	/// The root over the first `size` receipts; none if there are fewer.
	pub fn root(&self, size: u64) -> Option<H256> {
		self.tree.read().root(size)
	}

	/// The leaf of receipt `sequence`, and the proof that it is in the log of `size` receipts.
	pub fn prove(&self, sequence: u64, size: u64) -> Result<(H256, Vec<H256>), ProofError> {
		let tree = self.tree.read();
		let proof = tree.prove(sequence, size)?;
		let leaf = tree.leaf(sequence).ok_or(ProofError::OutOfRange)?;
		Ok((leaf, proof))
	}

	/// The proof that the log of `from` receipts is a prefix of that of `to`.
	pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<H256>, ProofError> {
		self.tree.read().prove_consistency(from, to)
	}

	async fn append(&self, stored: &StoredReceipt) -> Result<(), Error> {
		{
			let mut tree = self.tree.write();
			if stored.sequence == tree.len() {
				tree.push(stored.leaf);
			}
			if stored.sequence < tree.len() {
				return Ok(());
			}
		}
		self.catch_up().await
	}
}

fn sign(key: &Key, sequence: u64, draft: Draft) -> SignedReceipt {
	let receipt = Receipt {
		sequence,
		request: draft.request,
		requester: draft.requester,
		relationship: draft.relationship,
		record: draft.record,
		purpose: draft.purpose,
		decision: draft.decision,
		fields: draft.fields,
		decided_at: draft.decided_at,
		at: draft.at,
		gatekeeper: draft.gatekeeper,
	};
	let signature = H512(key.sign(&receipt::message(&receipt)));
	SignedReceipt { receipt, signature }
}

#[cfg(test)]
mod tests;
