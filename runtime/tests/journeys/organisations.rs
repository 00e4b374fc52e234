//! Organisations: admission by motions of the council, votes on finality, mining, and suspension.

use crate::chain::*;
use frame_support::{dispatch::GetDispatchInfo, traits::Get, weights::Weight};
use medrec_primitives::{
	identity::{FinalityKey, MiningKey, Profile, Role, Status},
	record::RecordId,
	traits::{Miners, Subjects, MAX_PROVIDERS},
	AccountId,
};
use medrec_runtime::{
	genesis::development::PROVIDER_A_FINALITY, Grandpa, Registrar, Runtime, RuntimeCall, System,
};
use pallet_collective::Instance1;
use pallet_registrar::WeightInfo;
use sp_consensus_grandpa::GRANDPA_ENGINE_ID;
use sp_runtime::{
	generic::DigestItem,
	traits::{BlakeTwo256, Hash as _},
};

/// Proposes `call`, runs `before`, and passes the motion with the votes of both providers.
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

/// Admits two miners in addition to the one of the genesis.
fn admit_two_more_miners(chain: &Chain) {
	for (name, key) in [("ResearcherTwo", 2), ("ResearcherThree", 3)] {
		chain.act(
			"ProviderA",
			motion(
				1,
				pallet_registrar::Call::admit_researcher {
					account: account(name),
					name: name.to_lowercase().into_bytes().try_into().expect("it is short"),
					profile: Profile {
						mining_key: Some(MiningKey([key; 32])),
						..Default::default()
					},
				},
			),
		);
	}
}

fn voters() -> Vec<FinalityKey> {
	Grandpa::grandpa_authorities()
		.into_iter()
		.map(|(key, _)| FinalityKey(sp_core::ed25519::Public::from(key).0))
		.collect()
}

/// The ID of the current or the pending set of voters.
fn set_id() -> u64 {
	pallet_grandpa::CurrentSetId::<Runtime>::get()
}

/// Sets or removes the finality key of `provider`.
fn set_finality_key(chain: &Chain, provider: &str, finality_key: Option<FinalityKey>) {
	let profile = Profile { finality_key, ..Default::default() };
	chain.act(provider, pallet_registrar::Call::set_profile { profile });
}

/// Closes the block and returns the number of changes of voters in its header.
fn close_and_count_changes(chain: &mut Chain) -> usize {
	let mut changes = 0;
	let author = subject("ResearcherOne");
	chain.next_block_after(author, 1_000, || {
		let of_finality =
			|item: &&DigestItem| matches!(item, DigestItem::Consensus(GRANDPA_ENGINE_ID, _));
		changes = System::digest().logs().iter().filter(of_finality).count();
	});
	changes
}

fn members() -> Vec<AccountId> {
	pallet_collective::Members::<Runtime, Instance1>::get()
}

#[test]
fn an_admitted_provider_is_in_the_council_and_votes_on_finality() {
	on_a_chain(|chain| {
		assert_eq!(members(), vec![account("ProviderA")]);
		chain.act("ProviderA", motion(1, admit_voter("ProviderB", 2)));
		assert_eq!(voters().len(), 1, "the voters change at the end of the block");
		chain.next_block();
		assert!(members().contains(&account("ProviderB")));
		assert!(voters().contains(&FinalityKey([2; 32])));
		assert_eq!(voters().len(), 2);

		// Now a majority takes both.
		pass_by_both(chain, admit_voter("ProviderC", 3), || {
			assert_eq!(Registrar::resolve(b"providerc"), None)
		});
		assert!(Registrar::resolve(b"providerc").is_some());
		chain.next_block();
		assert_eq!(voters().len(), 3);
	});
}

#[test]
fn one_of_two_members_alone_admits_no_organisation() {
	on_a_chain(|chain| {
		chain.act("ProviderA", motion(1, admit_voter("ProviderB", 2)));
		// The motion is executed immediately, and its call fails.
		chain.act("ProviderB", motion(1, admit_voter("ProviderC", 3)));
		assert_eq!(Registrar::resolve(b"providerc"), None);
	});
}

#[test]
fn two_admissions_in_one_block_change_the_voters_once() {
	on_a_chain(|chain| {
		chain.act("ProviderA", motion(1, admit_voter("ProviderB", 2)));
		pass_by_both(chain, admit_voter("ProviderC", 3), || ());
		assert_eq!(close_and_count_changes(chain), 1);
		assert_eq!(voters(), [PROVIDER_A_FINALITY, FinalityKey([2; 32]), FinalityKey([3; 32])]);
		assert_eq!(set_id(), 1);
	});
}

#[test]
fn an_admission_and_a_new_key_in_one_block_change_the_voters_once() {
	on_a_chain(|chain| {
		chain.act("ProviderA", motion(1, admit_voter("ProviderB", 2)));
		set_finality_key(chain, "ProviderB", Some(FinalityKey([9; 32])));
		assert_eq!(close_and_count_changes(chain), 1);
		assert_eq!(voters(), [PROVIDER_A_FINALITY, FinalityKey([9; 32])]);
		assert_eq!(set_id(), 1);
	});
}

#[test]
fn a_change_that_is_undone_in_the_same_block_is_cancelled() {
	on_a_chain(|chain| {
		set_finality_key(chain, "ProviderA", Some(FinalityKey([9; 32])));
		assert!(pallet_grandpa::PendingChange::<Runtime>::exists(), "a change is pending");
		set_finality_key(chain, "ProviderA", Some(PROVIDER_A_FINALITY));
		assert!(!pallet_grandpa::PendingChange::<Runtime>::exists());
		assert_eq!(set_id(), 0);
		assert_eq!(close_and_count_changes(chain), 0);
		assert_eq!(voters(), [PROVIDER_A_FINALITY]);

		// Without the undoing, the header contains the change, and the set has the next ID.
		set_finality_key(chain, "ProviderA", Some(FinalityKey([9; 32])));
		assert_eq!(close_and_count_changes(chain), 1);
		assert_eq!((voters(), set_id()), (vec![FinalityKey([9; 32])], 1));
	});
}

#[test]
fn the_only_voter_remains_when_it_removes_its_key() {
	on_a_chain(|chain| {
		set_finality_key(chain, "ProviderA", None);
		assert!(!pallet_grandpa::PendingChange::<Runtime>::exists());
		assert_eq!(close_and_count_changes(chain), 0);
		assert_eq!((voters(), set_id()), (vec![PROVIDER_A_FINALITY], 0));
	});
}

#[test]
fn the_weight_of_a_change_of_providers_includes_the_maximum_number_of_motions() {
	on_a_chain(|_| {
		type Own = <Runtime as pallet_registrar::Config>::WeightInfo;
		let most: u32 = <Runtime as pallet_collective::Config<Instance1>>::MaxProposals::get();
		let database = <Runtime as frame_system::Config>::DbWeight::get();
		let votes = database.reads_writes(most.into(), most.into());
		let admission: RuntimeCall = admit_voter("ProviderB", 2).into();
		let weight = admission.get_dispatch_info().call_weight;
		assert!(weight.all_gt(Own::admit_provider(MAX_PROVIDERS).saturating_add(votes)));
	});
}

#[test]
fn a_suspended_provider_loses_its_seat_and_its_rights_immediately_and_its_vote_with_the_block() {
	on_a_chain(|chain| {
		chain.act("ProviderA", motion(1, admit_voter("ProviderB", 2)));
		let patient = chain.enroll("ProviderB", "PatientP", Role::Patient);
		let relationship = chain.relate("ProviderB", "PatientP");
		chain.act("ProviderB", post(relationship, Default::default()));
		chain.next_block();

		// A majority of two includes the provider to suspend.
		let suspend = pallet_registrar::Call::set_status {
			subject: subject("ProviderB"),
			status: Status::Suspended,
		};
		pass_by_both(chain, suspend, || ());
		assert_eq!(members(), vec![account("ProviderA")]);
		assert_eq!(
			chain.send("ProviderB", post(relationship, RecordId::repeat_byte(1))),
			Err(sp_runtime::transaction_validity::InvalidTransaction::Custom(
				medrec_primitives::runtime_api::tx_error::NOT_ACTIVE
			)
			.into())
		);
		assert!(Registrar::role(&patient).is_some());
		chain.next_block();
		assert_eq!(voters().len(), 1);
	});
}

#[test]
fn an_admitted_researcher_mines_and_keeps_the_spacing() {
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
		// After ten target times without a block, the last author may mine again.
		chain.next_block_by(first, 10_000);
	});
}

#[test]
#[should_panic(expected = "the block's author mined too recently")]
fn a_block_by_the_author_of_the_last_one_is_invalid_among_three_miners() {
	on_a_chain(|chain| {
		admit_two_more_miners(chain);
		chain.next_block_by(subject("ResearcherOne"), 1_000);
	});
}

#[test]
#[should_panic(expected = "the block's author is not an active miner")]
fn a_block_by_a_subject_that_is_no_miner_is_invalid() {
	on_a_chain(|chain| chain.next_block_by(subject("ProviderA"), 1_000));
}

#[test]
fn the_runtime_returns_the_minimum_difficulty_of_the_genesis() {
	use medrec_primitives::runtime_api::runtime_decl_for_medrec_api::MedrecApiV1;
	on_a_chain(|_| assert_eq!(Runtime::minimum_difficulty(), 1_000.into()));
}
