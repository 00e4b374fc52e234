//! Organisations join by motion, vote on finality, and lose both when they are suspended.

use crate::chain::*;
use frame_support::weights::Weight;
use medrec_primitives::{
	identity::{Profile, Role, Status},
	traits::{Miners, Subjects},
	AccountId,
};
use medrec_runtime::{Grandpa, Registrar, Runtime, RuntimeCall};
use pallet_collective::Instance1;
use parity_scale_codec::Encode;
use sp_runtime::traits::{BlakeTwo256, Hash as _};

fn motion(threshold: u32, call: impl Into<RuntimeCall>) -> RuntimeCall {
	let proposal = Box::new(call.into());
	let length_bound = proposal.encoded_size() as u32;
	RuntimeCall::Council(pallet_collective::Call::propose { threshold, proposal, length_bound })
}

fn provider_with_vote(name: &str, vote: u8) -> pallet_registrar::Call<Runtime> {
	pallet_registrar::Call::admit_provider {
		account: account(name),
		name: name.to_lowercase().into_bytes().try_into().expect("the name is short"),
		profile: Profile { finality_key: Some([vote; 32]), ..Default::default() },
	}
}

/// Moves that `call` be made, looks around, and passes it with the votes of A and B.
fn pass_by_both(chain: &Chain, call: impl Into<RuntimeCall>, before: impl FnOnce()) {
	let call = call.into();
	let proposal = BlakeTwo256::hash_of(&call);
	let index = pallet_collective::ProposalCount::<Runtime, Instance1>::get();
	chain.act("ProviderA", motion(2, call));
	before();
	for provider in ["ProviderA", "ProviderB"] {
		let vote = pallet_collective::Call::vote { proposal, index, approve: true };
		chain.act(provider, RuntimeCall::Council(vote));
	}
	let close = pallet_collective::Call::close {
		proposal_hash: proposal,
		index,
		proposal_weight_bound: Weight::from_parts(100_000_000_000, 10_000_000),
		length_bound: 10_000,
	};
	chain.act("ProviderA", RuntimeCall::Council(close));
}

/// Admits two researchers who mine, beside the one of genesis.
fn admit_two_more_miners(chain: &Chain) {
	for (name, mining) in [("ResearcherTwo", 2u8), ("ResearcherThree", 3)] {
		chain.act(
			"ProviderA",
			motion(
				1,
				pallet_registrar::Call::admit_researcher {
					account: account(name),
					name: name.to_lowercase().into_bytes().try_into().expect("it is short"),
					profile: Profile { mining_key: Some([mining; 32]), ..Default::default() },
				},
			),
		);
	}
}

fn voters() -> Vec<[u8; 32]> {
	Grandpa::grandpa_authorities()
		.into_iter()
		.map(|(key, _)| sp_core::ed25519::Public::from(key).0)
		.collect()
}

fn members() -> Vec<AccountId> {
	pallet_collective::Members::<Runtime, Instance1>::get()
}

#[test]
fn an_admitted_provider_sits_in_the_council_and_votes_on_finality() {
	on_a_chain(|chain| {
		assert_eq!(members(), vec![account("ProviderA")]);
		chain.act("ProviderA", motion(1, provider_with_vote("ProviderB", 2)));
		assert_eq!(voters().len(), 1, "the vote changes with the block, not in it");
		chain.next_block();
		assert!(members().contains(&account("ProviderB")));
		assert!(voters().contains(&[2; 32]));
		assert_eq!(voters().len(), 2);

		// From now on it takes both.
		pass_by_both(chain, provider_with_vote("ProviderC", 3), || {
			assert_eq!(Registrar::resolve(b"providerc"), None)
		});
		assert!(Registrar::resolve(b"providerc").is_some());
		chain.next_block();
		assert_eq!(voters().len(), 3);
	});
}

#[test]
fn two_admissions_in_one_block_both_vote_and_the_set_changes_once() {
	on_a_chain(|chain| {
		chain.act("ProviderA", motion(1, provider_with_vote("ProviderB", 2)));
		// The council has two members now, so that one alone cannot admit.
		assert!(chain
			.send("ProviderB", motion(1, provider_with_vote("ProviderC", 3)))
			.expect("the transaction is admitted")
			.is_ok());
		assert_eq!(Registrar::resolve(b"providerc"), None);
		chain.act(
			"ProviderB",
			pallet_registrar::Call::set_profile {
				profile: Profile { finality_key: Some([9; 32]), ..Default::default() },
			},
		);
		chain.next_block();
		assert!(voters().contains(&[9; 32]));
		assert!(!voters().contains(&[2; 32]));
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);
	});
}

#[test]
fn a_suspended_provider_loses_its_seat_its_vote_and_its_gatekeeper_at_once() {
	on_a_chain(|chain| {
		chain.act("ProviderA", motion(1, provider_with_vote("ProviderB", 2)));
		let patient = chain.enroll("ProviderB", "PatientP", Role::Patient);
		let relationship = chain.relate("ProviderB", "PatientP");
		chain.act("ProviderB", post(relationship, Default::default()));
		chain.next_block();

		// Both providers agree, the suspended one included: that is what a majority of two is.
		let suspend = pallet_registrar::Call::set_status {
			subject: subject("ProviderB"),
			status: Status::Suspended,
		};
		pass_by_both(chain, suspend, || ());
		assert_eq!(members(), vec![account("ProviderA")]);
		assert_eq!(
			chain.send("ProviderB", post(relationship, sp_core::H256::repeat_byte(1))),
			Err(sp_runtime::transaction_validity::InvalidTransaction::Custom(
				medrec_primitives::runtime_api::refusal::NOT_ACTIVE
			)
			.into())
		);
		assert!(<Registrar as Subjects<AccountId>>::role(&patient).is_some());
		chain.next_block();
		assert_eq!(voters().len(), 1);
	});
}

#[test]
fn an_admitted_researcher_may_mine_and_must_take_turns() {
	on_a_chain(|chain| {
		admit_two_more_miners(chain);
		assert_eq!(Registrar::miners().len(), 3);
		let first = subject("ResearcherOne");
		let second = subject("ResearcherTwo");
		chain.next_block_after(second, 1_000, || {
			assert_eq!(medrec_runtime::Pow::eligible(&first), Some(START + 10_000));
			assert_eq!(medrec_runtime::Pow::eligible(&second), Some(START + 1));
			assert_eq!(medrec_runtime::Pow::eligible(&subject("ProviderA")), None);
		});
		chain.next_block_by(first, 1_000);
		// After ten target times without a block, whoever mined last may mine again.
		chain.next_block_by(first, 10_000);
	});
}

#[test]
#[should_panic]
fn a_block_by_the_author_of_the_last_one_is_invalid_among_three_miners() {
	on_a_chain(|chain| {
		admit_two_more_miners(chain);
		let first = subject("ResearcherOne");
		chain.next_block_by(first, 1_000);
		chain.next_block_by(first, 1_000);
	});
}

#[test]
#[should_panic]
fn a_block_by_who_is_no_miner_is_invalid() {
	on_a_chain(|chain| chain.next_block_by(subject("ProviderA"), 1_000));
}
