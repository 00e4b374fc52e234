//! Who may send, how much, and what goes first.

use crate::{bounties::offer, chain::*};
use frame_support::{dispatch::DispatchClass, weights::Weight};
use medrec_primitives::{
	identity::Role,
	relationship::{Grantee, RelationshipId},
	runtime_api::tx_error,
	H256,
};
use medrec_runtime::{
	configs::{MaxProposalWeight, RuntimeBlockLength, RuntimeBlockWeights},
	Runtime, RuntimeCall, System,
};
use pallet_collective::{Error as CouncilError, Instance1};
use sp_runtime::{
	generic::DigestItem,
	traits::{BlakeTwo256, Hash as _},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};

fn custom(code: u8) -> TransactionValidityError {
	InvalidTransaction::Custom(code).into()
}

fn nothing() -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] })
}

#[test]
fn a_stranger_is_refused_and_reads_why() {
	on_a_chain(|chain| {
		assert_eq!(chain.validate("Stranger", nothing()), Err(custom(tx_error::NOT_REGISTERED)));
		assert_eq!(chain.send("Stranger", nothing()), Err(custom(tx_error::NOT_REGISTERED)));
	});
}

/// What a full block answers.
fn full() -> TransactionValidityError {
	InvalidTransaction::ExhaustsResources.into()
}

/// What is answered to a call that nobody may make, or not as things stand.
fn not_now() -> TransactionValidityError {
	InvalidTransaction::Call.into()
}

fn remark() -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark { remark: b"a name".to_vec() })
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch { calls })
}

/// `call` by itself, and in everything that can hold it, once and twice.
fn alone_and_held(chain: &Chain, call: RuntimeCall) -> Vec<RuntimeCall> {
	use pallet_utility::Call as Utility;
	let calls = vec![nothing(), call.clone()];
	let (main, fallback) = (Box::new(nothing()), Box::new(call.clone()));
	let bounty = pallet_mining_bounty::Call::with_bounty {
		call: Box::new(call.clone()),
		offer: offer(chain.now() + 5_000),
	};
	let holding = [
		batch(calls.clone()),
		RuntimeCall::Utility(Utility::batch_all { calls: calls.clone() }),
		RuntimeCall::Utility(Utility::force_batch { calls }),
		RuntimeCall::Utility(Utility::if_else { main: main.clone(), fallback: fallback.clone() }),
		RuntimeCall::Utility(Utility::if_else { main: fallback, fallback: main }),
		bounty.into(),
		motion(1, call.clone()),
		motion(2, call.clone()),
	];
	let twice = holding.clone().map(|call| batch(vec![motion(2, call)]));
	[call].into_iter().chain(holding).chain(twice).collect()
}

#[test]
fn what_is_not_listed_is_refused_at_the_door_alone_and_in_whatever_holds_it() {
	use pallet_collective::Call as Council;
	on_a_chain(|chain| {
		let (proposal, length_bound) = (Box::new(nothing()), 100);
		let nobodys = [
			remark(),
			RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: chain.now() + 1 }),
			RuntimeCall::Utility(pallet_utility::Call::as_derivative {
				index: 1,
				call: Box::new(nothing()),
			}),
			RuntimeCall::Council(Council::execute { proposal, length_bound }),
			RuntimeCall::Council(Council::release_proposal_cost { proposal_hash: H256::zero() }),
		];
		for call in nobodys {
			for call in alone_and_held(chain, call) {
				let refused = chain.send("ProviderA", call.clone());
				assert_eq!(refused, Err(not_now()), "{call:?}");
			}
		}
		for call in alone_and_held(chain, nothing()) {
			assert!(chain.send("ProviderA", call.clone()).is_ok(), "{call:?}");
		}
		// The pool says the same, and a stranger reads first that it is one.
		for call in alone_and_held(chain, remark()) {
			let stranger = chain.send("Stranger", call);
			assert_eq!(stranger, Err(custom(tx_error::NOT_REGISTERED)));
		}
		assert_eq!(chain.validate("ProviderA", batch(vec![remark()])), Err(not_now()));
	});
}

#[test]
fn the_list_is_the_filter_at_dispatch_too() {
	use frame_support::traits::Contains;
	use medrec_runtime::calls::Allowed;
	let inherent = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: 1 });
	assert!(!Allowed::contains(&remark()));
	assert!(Allowed::contains(&nothing()));
	assert!(Allowed::contains(&inherent), "nobody signs it, and every block needs it");
}

/// A call that closes this motion, the first of the chain.
fn close(proposal_hash: H256, proposal_weight_bound: Weight) -> RuntimeCall {
	RuntimeCall::Council(pallet_collective::Call::close {
		proposal_hash,
		index: 0,
		proposal_weight_bound,
		length_bound: 1_000,
	})
}

/// A vote on a motion that nobody moved.
fn vote() -> RuntimeCall {
	RuntimeCall::Council(pallet_collective::Call::vote {
		proposal: H256::zero(),
		index: 0,
		approve: true,
	})
}

#[test]
fn a_motion_is_closed_only_if_it_is_open_and_with_no_more_weight_than_motions_have() {
	on_a_chain(|chain| {
		let most = MaxProposalWeight::get();
		chain.act("ProviderA", motion(1, provider_with_vote("ProviderB", 2)));
		let moved = RuntimeCall::from(provider_with_vote("ProviderC", 3));
		let open = BlakeTwo256::hash_of(&moved);
		for call in alone_and_held(chain, close(open, most)) {
			assert_eq!(chain.send("ProviderA", call.clone()), Err(not_now()), "{call:?}");
		}

		chain.act("ProviderA", motion(2, moved));
		let too_early = DispatchError::from(CouncilError::<Runtime, Instance1>::TooEarly);
		assert_eq!(chain.fails("ProviderA", close(open, Weight::zero())), too_early);
		chain.next_block();
		assert_eq!(chain.fails("ProviderA", close(open, most)), too_early);
		chain.next_block();
		for more in [Weight::from_parts(1, 0), Weight::from_parts(0, 1)] {
			for call in alone_and_held(chain, close(open, most.saturating_add(more))) {
				assert_eq!(chain.send("ProviderA", call.clone()), Err(not_now()), "{call:?}");
			}
		}

		// Nor with a weight that fits into no block beside what every block does.
		let half = Weight::from_parts(most.ref_time(), 0);
		let fifth = Weight::from_parts(most.ref_time() / 5 * 2, 0);
		let two = batch(vec![close(open, half), close(open, fifth)]);
		assert_eq!(chain.validate("ProviderA", two), Err(full()));
	});
}

#[test]
fn the_council_is_addressed_by_its_members_alone() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		for call in [vote(), close(H256::zero(), Weight::zero()), motion(1, nothing())] {
			for call in alone_and_held(chain, call) {
				let refused = chain.send("PatientP", call.clone());
				assert_eq!(refused, Err(custom(tx_error::NOT_IN_COUNCIL)), "{call:?}");
			}
		}
		let missing = DispatchError::from(CouncilError::<Runtime, Instance1>::ProposalMissing);
		assert_eq!(chain.fails("ProviderA", vote()), missing);
	});
}

#[test]
fn who_used_up_the_ordinary_quota_can_still_protect_themselves() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
		let relationship = chain.relate("ProviderA", "PatientP");
		let clinician = subject("ClinicianC");
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		let refused = loop {
			match chain.send("PatientP", nothing()) {
				Ok(outcome) => outcome.expect("an empty batch succeeds"),
				// A full block is no tx_error of the quota.
				Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => {
					chain.next_block()
				},
				Err(refused) => break refused,
			}
		};
		assert_eq!(refused, custom(tx_error::QUOTA_EXHAUSTED));
		chain.act(
			"PatientP",
			pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) },
		);
		// Another's quota is their own, and a window ends.
		chain.act("ProviderA", nothing());
		chain.next_block_by(subject("ResearcherOne"), 10 * 60_000);
		chain.act("PatientP", nothing());
	});
}

/// A patient who shared something, and may revoke it by this call.
fn sharing(chain: &Chain) -> pallet_ppr::Call<Runtime> {
	chain.enroll("ProviderA", "PatientP", Role::Patient);
	chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
	let relationship = chain.relate("ProviderA", "PatientP");
	let clinician = subject("ClinicianC");
	chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
	pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) }
}

#[test]
fn protective_calls_go_first() {
	on_a_chain(|chain| {
		let revoke = sharing(chain);
		let ordinary = chain.validate("PatientP", nothing()).expect("it is valid");
		let protective = chain.validate("PatientP", revoke).expect("it is valid");
		assert!(protective.priority > ordinary.priority);
	});
}

/// Fills the share of ordinary calls, and expects that none enters whatever its class, and that
/// protective ones do.
fn reserves(fill: impl FnOnce()) {
	on_a_chain(|chain| {
		let revoke = sharing(chain);
		fill();
		for call in [nothing(), vote(), batch(vec![vote()]), motion(1, nothing())] {
			assert_eq!(chain.send("ProviderA", call.clone()), Err(full()), "{call:?}");
		}
		chain.act("PatientP", revoke);
	});
}

#[test]
fn a_block_that_is_full_of_ordinary_calls_has_room_for_protective_ones_alone() {
	for class in [DispatchClass::Normal, DispatchClass::Operational] {
		let limits = RuntimeBlockWeights::get();
		let share = limits.get(DispatchClass::Normal).max_total.expect("there is a limit");
		reserves(|| System::register_extra_weight_unchecked(share, class));
	}
}

#[test]
fn a_block_that_is_full_of_bytes_has_room_for_protective_calls_alone() {
	let share = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
	// The header counts among the bytes of a block.
	reserves(|| System::deposit_log(DigestItem::Other(vec![0; share as usize])));
}

#[test]
fn every_protective_call_is_of_the_operational_class() {
	use frame_support::dispatch::GetDispatchInfo;
	use medrec_primitives::identity::Status;
	on_a_chain(|chain| {
		let clinician = subject("ProviderA");
		let relationship = RelationshipId::default();
		let grantee = Grantee::Subject(clinician);
		let set_status = |status| -> RuntimeCall {
			pallet_registrar::Call::set_status { subject: clinician, status }.into()
		};
		let calls: [RuntimeCall; 8] = [
			pallet_ppr::Call::revoke { relationship, grant: Default::default() }.into(),
			pallet_ppr::Call::revoke_all { relationship, grantee }.into(),
			pallet_ppr::Call::deny {
				relationship,
				grantee,
				scope: medrec_primitives::relationship::Scope::All,
				not_before: None,
				expires_at: None,
			}
			.into(),
			pallet_ppr::Call::decline { relationship }.into(),
			pallet_ppr::Call::terminate { relationship }.into(),
			set_status(Status::Suspended),
			set_status(Status::Retired),
			pallet_registrar::Call::rotate_account {
				new_account: account("Another"),
				proof: sp_runtime::MultiSignature::Sr25519(Default::default()),
			}
			.into(),
		];
		for call in calls {
			assert!(medrec_runtime::extensions::is_protective(&call), "{call:?}");
			assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational, "{call:?}");
		}
		let gives = grant_all(relationship, clinician, chain.now()).into();
		for ordinary in [gives, set_status(Status::Active)] {
			assert!(!medrec_runtime::extensions::is_protective(&ordinary), "{ordinary:?}");
			assert_eq!(ordinary.get_dispatch_info().class, DispatchClass::Normal, "{ordinary:?}");
		}
	});
}
