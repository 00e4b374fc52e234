//! The chain to which the gatekeeper belongs, by the hash of its genesis block.

use medrec_primitives::H256;

/// The chains that are allowed: all, unless a hash is given.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Genesis {
	/// `chain.genesis` of the configuration.
	pub configured: Option<H256>,
	/// The chain on which the records in the gatekeeper's own database were posted.
	pub stored: Option<H256>,
}

/// The node follows another chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OtherChain {
	/// Than the configuration names.
	#[error(
		"the node follows another chain than `chain.genesis` names: its genesis is {0:?}. Correct \
		 `node` or `chain.genesis`"
	)]
	Configured(H256),
	/// Than the one of the gatekeeper's own database.
	#[error(
		"the node follows another chain than the gatekeeper's database belongs to: its genesis is \
		 {0:?}. Correct `node`, or name a new file in `state`"
	)]
	Stored(H256),
}

impl Genesis {
	/// Fails if the chain with the genesis `found` is not allowed.
	pub fn check(&self, found: H256) -> Result<(), OtherChain> {
		let differs = |required: Option<H256>| required.is_some_and(|required| required != found);
		if differs(self.configured) {
			return Err(OtherChain::Configured(found));
		}
		if differs(self.stored) {
			return Err(OtherChain::Stored(found));
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_chain_must_be_the_configured_and_the_stored_one() {
		let (ours, other) = (H256::repeat_byte(1), H256::repeat_byte(2));
		let check = |configured, stored| Genesis { configured, stored }.check(ours);
		assert_eq!(check(None, None), Ok(()));
		assert_eq!(check(Some(ours), Some(ours)), Ok(()));
		assert_eq!(check(Some(other), Some(ours)), Err(OtherChain::Configured(ours)));
		assert_eq!(check(Some(ours), Some(other)), Err(OtherChain::Stored(ours)));
		assert_eq!(check(None, Some(other)), Err(OtherChain::Stored(ours)));
	}
}
