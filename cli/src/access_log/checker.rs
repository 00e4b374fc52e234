//! The verification of receipts: who signed them, and whether the anchored log holds them.

use super::CheckedReceipt;
use crate::failure::{if_kept, Result};
use medrec_client::chain::Chain;
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
	AccountId, H256,
};
use medrec_protocol::{
	receipt::is_signed_by,
	verify::check_inclusion,
	wire::{AnchoredHead, BlockRef, LoggedReceipt, SignedReceipt},
};
use std::collections::HashMap;

/// The account of the subject that a receipt names as its signer, at one block.
#[derive(Clone, Debug)]
enum Signer {
	/// The account of a device of the provider.
	Device(AccountId),
	/// No device of the provider decided at that block. The reason.
	Invalid(&'static str),
	/// The node does not tell. The reason.
	Unknown(String),
}

/// Whether the provider's gatekeeper signed a receipt.
#[derive(Debug, PartialEq)]
enum Signature {
	Genuine,
	Forged(&'static str),
	/// The reason why that is not known.
	NotCheckable(String),
}

/// Checks receipts of one relationship.
pub struct Checker<'a> {
	chain: &'a Chain,
	/// The final block.
	head: BlockRef,
	relationship: RelationshipId,
	provider: SubjectId,
	/// The anchor whose log holds the receipts that it covers.
	anchor: Option<AnchoredHead>,
	signers: HashMap<(SubjectId, H256), Signer>,
}

impl<'a> Checker<'a> {
	/// For the receipts of a relationship with this provider, by the state of the final block.
	pub fn new(
		chain: &'a Chain,
		head: BlockRef,
		(relationship, provider): (RelationshipId, SubjectId),
		anchor: Option<AnchoredHead>,
	) -> Checker<'a> {
		Checker { chain, head, relationship, provider, anchor, signers: HashMap::new() }
	}

	/// Checks each of these receipts.
	pub async fn check_all(mut self, receipts: Vec<LoggedReceipt>) -> Result<Vec<CheckedReceipt>> {
		let mut checked = Vec::with_capacity(receipts.len());
		for LoggedReceipt { signed, proof } in receipts {
			let signature = match signed.receipt.relationship == self.relationship {
				true => self.signature(&signed).await?,
				false => Signature::Forged("it belongs to another relationship"),
			};
			checked.push(checked_by(signature, signed, proof, self.anchor));
		}
		Ok(checked)
	}

	async fn signature(&mut self, signed: &SignedReceipt) -> Result<Signature> {
		let (head, then) = (self.head, signed.receipt.decided_at);
		signature(signed, async |is_today| {
			self.signer(signed.receipt.gatekeeper, if is_today { head } else { then }).await
		})
		.await
	}

	async fn signer(&mut self, device: SubjectId, block: BlockRef) -> Result<Signer> {
		let key = (device, block.hash);
		if let Some(known) = self.signers.get(&key) {
			return Ok(known.clone());
		}
		let signer = self.read_signer(device, block).await?;
		self.signers.insert(key, signer.clone());
		Ok(signer)
	}

	async fn read_signer(&self, device: SubjectId, block: BlockRef) -> Result<Signer> {
		let number = block.number;
		if number > self.head.number {
			return Ok(Signer::Unknown(format!("block {number} is not final for this node yet")));
		}
		if !self.chain.is_final(block, self.head.number).await? {
			return Ok(Signer::Invalid("it refers to a block that is not in the chain"));
		}
		let Some(subject) = if_kept(self.chain.at(block.hash).subject(device).await)? else {
			let reason = format!("the node has discarded the state of block {number}");
			return Ok(Signer::Unknown(reason));
		};
		let subject = subject.filter(|subject| {
			subject.role == Role::Device && subject.sponsor == Some(self.provider)
		});
		Ok(match subject {
			Some(subject) => Signer::Device(subject.account),
			None => Signer::Invalid("its signer is no device of the provider"),
		})
	}
}

/// Whether the provider's gatekeeper signed a receipt: with its account of today, or with that at the
/// block of the decision, since an account can be replaced. `signer` finds the one of today (true) or the
/// other.
async fn signature(
	signed: &SignedReceipt,
	mut signer: impl AsyncFnMut(bool) -> Result<Signer>,
) -> Result<Signature> {
	for is_today in [true, false] {
		match signer(is_today).await? {
			Signer::Device(account) if is_signed_by(signed, &account) => {
				return Ok(Signature::Genuine)
			},
			Signer::Device(_) => {},
			// The role and the sponsor of a subject never change.
			Signer::Invalid(reason) => return Ok(Signature::Forged(reason)),
			Signer::Unknown(reason) => return Ok(Signature::NotCheckable(reason)),
		}
	}
	Ok(Signature::Forged("the provider's gatekeeper did not sign it"))
}

/// A receipt with the result of both checks. Where its signer is not known, the anchored log proves it.
fn checked_by(
	signature: Signature,
	signed: SignedReceipt,
	proof: Option<Vec<H256>>,
	anchor: Option<AnchoredHead>,
) -> CheckedReceipt {
	let covering = anchor.filter(|anchor| signed.receipt.sequence < anchor.size);
	let included = covering.map(|AnchoredHead { size, root, .. }| {
		check_inclusion(&signed, size, root, &proof.unwrap_or_default())
	});
	let proven = matches!(included, Some(Ok(())));
	let missing = included.and_then(Result::err).map(|error| error.to_string());
	let (signer_known, problem) = match signature {
		Signature::Genuine => (true, missing),
		Signature::Forged(problem) => (true, Some(problem.to_owned())),
		Signature::NotCheckable(reason) => {
			let unproven = || (!proven).then(|| format!("its signer is not checkable: {reason}"));
			(false, missing.or_else(unproven))
		},
	};
	CheckedReceipt { signer_known, ..CheckedReceipt::new(signed, proven, problem) }
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::access_log::fixture;
	use medrec_primitives::{merkle, summary::LogRoot};
	use medrec_protocol::{
		keys::{Key, Scheme},
		receipt,
	};

	fn key() -> Key {
		Key::generate(Scheme::Sr25519).0
	}

	fn device(key: &Key) -> Signer {
		Signer::Device(key.account())
	}

	/// What the signer of today, and the one at the block of the decision, say of a receipt.
	async fn signed_by(key: &Key, today: Signer, then: Signer) -> Signature {
		let signed = receipt::sign(fixture::receipt().receipt, key);
		signature(&signed, async |is_today| Ok(if is_today { today.clone() } else { then.clone() }))
			.await
			.unwrap()
	}

	#[tokio::test]
	async fn a_receipt_is_genuine_after_its_signer_has_another_account() {
		let (old, new, stranger) = (key(), key(), key());
		let rotated = async |key: &Key| signed_by(key, device(&new), device(&old)).await;
		assert_eq!(rotated(&old).await, Signature::Genuine);
		assert_eq!(rotated(&new).await, Signature::Genuine);
		assert!(matches!(rotated(&stranger).await, Signature::Forged(_)));
		// The account that was replaced signs nothing any more.
		let after = signed_by(&old, device(&new), device(&new)).await;
		assert!(matches!(after, Signature::Forged(_)), "{after:?}");
		let other = signed_by(&stranger, Signer::Invalid("no device"), device(&stranger)).await;
		assert_eq!(other, Signature::Forged("no device"));
	}

	#[tokio::test]
	async fn a_discarded_state_leaves_the_signer_open() {
		let (old, new) = (key(), key());
		let gone = || Signer::Unknown("the state is gone".into());
		let open = signed_by(&old, device(&new), gone()).await;
		assert_eq!(open, Signature::NotCheckable("the state is gone".into()));
		assert_eq!(signed_by(&new, device(&new), gone()).await, Signature::Genuine);
	}

	#[test]
	fn the_anchored_log_proves_a_receipt_whose_signer_is_not_checkable() {
		let open = || Signature::NotCheckable("the state is gone".into());
		let mut signed = fixture::receipt();
		signed.receipt.sequence = 0;
		let leaves = [H256(receipt::receipt_hash(&signed).0), H256([2; 32])];
		let root = LogRoot(merkle::root(&leaves).0);
		let anchor = |size| Some(AnchoredHead { size, root, at: 1 });
		let proof = || merkle::prove(&leaves, &[0]).ok();

		let proven = checked_by(open(), signed.clone(), proof(), anchor(2));
		assert!(proven.verified && proven.proven && !proven.signer_known, "{proven:?}");
		assert_eq!(proven.outcome(), "served; signer not checkable");
		let waiting = checked_by(open(), signed.clone(), None, None);
		assert!(!waiting.verified, "{waiting:?}");
		assert!(waiting.outcome().starts_with("NOT VERIFIED"), "{}", waiting.outcome());
		assert!(waiting.problem.unwrap().contains("the state is gone"));
		let missing = checked_by(open(), signed.clone(), None, anchor(2));
		assert!(!missing.verified && !missing.proven, "{missing:?}");
		let forged = checked_by(Signature::Forged("forged"), signed, proof(), anchor(2));
		assert!(forged.outcome().starts_with("NOT GENUINE"), "{}", forged.outcome());
	}
}
