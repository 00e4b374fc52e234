//! Bounties: a provider offers one with a call, the author of the block owns it.

use crate::chain::*;
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyState, DatasetId, Offer, Parameters, Rules, Statistic},
	identity::Role,
	record::{RecordId, TemplateHash},
};
use medrec_runtime::{MiningBounty, Runtime, RuntimeCall};

const DATASET: DatasetId = DatasetId::repeat_byte(0xd);
const TEMPLATE: TemplateHash = TemplateHash::repeat_byte(8);

/// An offer on the dataset of these tests.
pub fn offer(expires_at: u64) -> Offer {
	Offer {
		dataset: DATASET,
		template: TEMPLATE,
		parameters: Parameters { statistic: Statistic::Count, group_by: Default::default() },
		cost: 1,
		expires_at,
	}
}

#[test]
fn the_author_of_the_block_owns_the_bounty_and_the_provider_answers_once() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		let relationship = chain.relate("ProviderA", "PatientP");
		chain.act(
			"ProviderA",
			pallet_mining_bounty::Call::register_dataset {
				dataset: DATASET,
				rules: Rules {
					templates: vec![TEMPLATE].try_into().expect("one is within the bound"),
					smallest_group: 11,
					budget: 1,
					period: 1_000_000,
				},
			},
		);
		let update: RuntimeCall = post(relationship, RecordId::repeat_byte(1)).into();
		chain.act(
			"ProviderA",
			pallet_mining_bounty::Call::with_bounty {
				call: Box::new(update),
				offer: offer(chain.now() + 5_000),
			},
		);
		let miner = subject("ResearcherOne");
		let (bounty, held) =
			MiningBounty::bounties_of(&miner, None).pop().expect("the author owns it");
		assert_eq!(held.owner, miner);
		assert!(pallet_ppr::Records::<Runtime>::contains_key(
			relationship,
			RecordId::repeat_byte(1)
		));

		// The budget is spent, and a call whose offer fails has no effect.
		let update: RuntimeCall = post(relationship, RecordId::repeat_byte(2)).into();
		chain.fails(
			"ProviderA",
			pallet_mining_bounty::Call::with_bounty {
				call: Box::new(update),
				offer: offer(chain.now() + 5_000),
			},
		);
		assert!(!pallet_ppr::Records::<Runtime>::contains_key(
			relationship,
			RecordId::repeat_byte(2)
		));

		chain.act(
			"ProviderA",
			pallet_mining_bounty::Call::commit_answer {
				bounty,
				commitment: AnswerCommitment::repeat_byte(3),
			},
		);
		chain.fails(
			"ProviderA",
			pallet_mining_bounty::Call::commit_answer {
				bounty,
				commitment: AnswerCommitment::repeat_byte(4),
			},
		);
		chain.next_block_by(miner, 10_000);
		chain.fails("ResearcherOne", pallet_mining_bounty::Call::mark_defaulted { bounty });
		assert!(matches!(
			MiningBounty::bounties_of(&miner, None)[0].1.state,
			BountyState::Answered { commitment, .. } if commitment == AnswerCommitment::repeat_byte(3)
		));
	});
}
