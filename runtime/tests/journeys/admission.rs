//! The admission of transactions: senders, quotas, priority and the reserved share of blocks.

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
fn an_unknown_account_is_rejected_with_a_reason() {
	on_a_chain(|chain| {
		assert_eq!(chain.validate("Stranger", nothing()), Err(custom(tx_error::NOT_REGISTERED)));
		assert_eq!(chain.send("Stranger", nothing()), Err(custom(tx_error::NOT_REGISTERED)));
	});
}

/// The rejection by a block without room.
fn exhausts_resources() -> TransactionValidityError {
	InvalidTransaction::ExhaustsResources.into()
}

/// The rejection of a call that is not allowed, or not in this state.
fn not_allowed() -> TransactionValidityError {
	InvalidTransaction::Call.into()
}

fn remark() -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark { remark: b"a name".to_vec() })
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch { calls })
}

/// `call` alone, and contained in every call that can contain it, at a depth of one and two.
fn alone_and_contained(chain: &Chain, call: RuntimeCall) -> Vec<RuntimeCall> {
	use pallet_utility::Call as Utility;
	let calls = vec![nothing(), call.clone()];
	let (main, fallback) = (Box::new(nothing()), Box::new(call.clone()));
	let bounty = pallet_mining_bounty::Call::with_bounty {
		call: Box::new(call.clone()),
		offer: offer(chain.now() + 5_000),
	};
	let containing = [
		batch(calls.clone()),
		RuntimeCall::Utility(Utility::batch_all { calls: calls.clone() }),
		RuntimeCall::Utility(Utility::force_batch { calls }),
		RuntimeCall::Utility(Utility::if_else { main: main.clone(), fallback: fallback.clone() }),
		RuntimeCall::Utility(Utility::if_else { main: fallback, fallback: main }),
		bounty.into(),
		motion(1, call.clone()),
		motion(2, call.clone()),
	];
	let twice = containing.clone().map(|call| batch(vec![motion(2, call)]));
	[call].into_iter().chain(containing).chain(twice).collect()
}

#[test]
fn a_call_that_is_not_listed_is_rejected_alone_and_contained_in_others() {
	use pallet_collective::Call as Council;
	on_a_chain(|chain| {
		let (proposal, length_bound) = (Box::new(nothing()), 100);
		let not_listed = [
			remark(),
			RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: chain.now() + 1 }),
			RuntimeCall::Utility(pallet_utility::Call::as_derivative {
				index: 1,
				call: Box::new(nothing()),
			}),
			RuntimeCall::Council(Council::execute { proposal, length_bound }),
			RuntimeCall::Council(Council::release_proposal_cost { proposal_hash: H256::zero() }),
		];
		for call in not_listed {
			for call in alone_and_contained(chain, call) {
				let result = chain.send("ProviderA", call.clone());
				assert_eq!(result, Err(not_allowed()), "{call:?}");
			}
		}
		for call in alone_and_contained(chain, nothing()) {
			assert!(chain.send("ProviderA", call.clone()).is_ok(), "{call:?}");
		}
		// The pool agrees, and an unknown account gets the error of its sender.
		for call in alone_and_contained(chain, remark()) {
			let result = chain.send("Stranger", call);
			assert_eq!(result, Err(custom(tx_error::NOT_REGISTERED)));
		}
		assert_eq!(chain.validate("ProviderA", batch(vec![remark()])), Err(not_allowed()));
	});
}

#[test]
fn the_list_also_filters_dispatches() {
	use frame_support::traits::Contains;
	use medrec_runtime::calls::CallFilter;
	let inherent = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: 1 });
	assert!(!CallFilter::contains(&remark()));
	assert!(CallFilter::contains(&nothing()));
	assert!(CallFilter::contains(&inherent), "the inherent is unsigned and in every block");
}

/// A call that closes this motion, with the index of the first motion.
fn close(proposal_hash: H256, proposal_weight_bound: Weight) -> RuntimeCall {
	RuntimeCall::Council(pallet_collective::Call::close {
		proposal_hash,
		index: 0,
		proposal_weight_bound,
		length_bound: 1_000,
	})
}

/// A vote on a motion that does not exist.
fn vote() -> RuntimeCall {
	RuntimeCall::Council(pallet_collective::Call::vote {
		proposal: H256::zero(),
		index: 0,
		approve: true,
	})
}

#[test]
fn only_open_motions_are_closed_and_with_no_more_weight_than_motions_may_have() {
	on_a_chain(|chain| {
		let max = MaxProposalWeight::get();
		chain.act("ProviderA", motion(1, admit_voter("ProviderB", 2)));
		let proposed = RuntimeCall::from(admit_voter("ProviderC", 3));
		let open = BlakeTwo256::hash_of(&proposed);
		for call in alone_and_contained(chain, close(open, max)) {
			assert_eq!(chain.send("ProviderA", call.clone()), Err(not_allowed()), "{call:?}");
		}

		chain.act("ProviderA", motion(2, proposed));
		let too_early = DispatchError::from(CouncilError::<Runtime, Instance1>::TooEarly);
		assert_eq!(chain.fails("ProviderA", close(open, Weight::zero())), too_early);
		chain.next_block();
		assert_eq!(chain.fails("ProviderA", close(open, max)), too_early);
		chain.next_block();
		for more in [Weight::from_parts(1, 0), Weight::from_parts(0, 1)] {
			for call in alone_and_contained(chain, close(open, max.saturating_add(more))) {
				assert_eq!(chain.send("ProviderA", call.clone()), Err(not_allowed()), "{call:?}");
			}
		}

		// The weights of several closings count together.
		let half = Weight::from_parts(max.ref_time(), 0);
		let fifth = Weight::from_parts(max.ref_time() / 5 * 2, 0);
		let two = batch(vec![close(open, half), close(open, fifth)]);
		assert_eq!(chain.validate("ProviderA", two), Err(exhausts_resources()));
	});
}

#[test]
fn calls_of_the_council_are_for_its_members() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		for call in [vote(), close(H256::zero(), Weight::zero()), motion(1, nothing())] {
			for call in alone_and_contained(chain, call) {
				let result = chain.send("PatientP", call.clone());
				assert_eq!(result, Err(custom(tx_error::NOT_IN_COUNCIL)), "{call:?}");
			}
		}
		let missing = DispatchError::from(CouncilError::<Runtime, Instance1>::ProposalMissing);
		assert_eq!(chain.fails("ProviderA", vote()), missing);
	});
}

#[test]
fn protective_calls_are_admitted_when_the_ordinary_quota_is_used_up() {
	on_a_chain(|chain| {
		chain.enroll("ProviderA", "PatientP", Role::Patient);
		chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
		let relationship = chain.relate("ProviderA", "PatientP");
		let clinician = subject("ClinicianC");
		chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
		let rejection = loop {
			match chain.send("PatientP", nothing()) {
				Ok(outcome) => outcome.expect("an empty batch succeeds"),
				// A full block is no rejection by the quota.
				Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => {
					chain.next_block()
				},
				Err(rejection) => break rejection,
			}
		};
		assert_eq!(rejection, custom(tx_error::QUOTA_EXHAUSTED));
		chain.act(
			"PatientP",
			pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) },
		);
		// Each subject has a quota of its own, and the quota is renewed after the window.
		chain.act("ProviderA", nothing());
		chain.next_block_by(subject("ResearcherOne"), 10 * 60_000);
		chain.act("PatientP", nothing());
	});
}

/// Gives a permission and returns the call that revokes it.
fn give_permission(chain: &Chain) -> pallet_ppr::Call<Runtime> {
	chain.enroll("ProviderA", "PatientP", Role::Patient);
	chain.enroll("ProviderA", "ClinicianC", Role::Clinician);
	let relationship = chain.relate("ProviderA", "PatientP");
	let clinician = subject("ClinicianC");
	chain.act("PatientP", grant_all(relationship, clinician, chain.now()));
	pallet_ppr::Call::revoke_all { relationship, grantee: Grantee::Subject(clinician) }
}

#[test]
fn protective_calls_have_priority() {
	on_a_chain(|chain| {
		let revoke = give_permission(chain);
		let ordinary = chain.validate("PatientP", nothing()).expect("it is valid");
		let protective = chain.validate("PatientP", revoke).expect("it is valid");
		assert!(protective.priority > ordinary.priority);
	});
}

/// Fills the unreserved share of a block by `fill`. Then no ordinary call is admitted, of whatever
/// class, and a protective one is.
fn assert_reserve(fill: impl FnOnce()) {
	on_a_chain(|chain| {
		let revoke = give_permission(chain);
		fill();
		for call in [nothing(), vote(), batch(vec![vote()]), motion(1, nothing())] {
			assert_eq!(
				chain.send("ProviderA", call.clone()),
				Err(exhausts_resources()),
				"{call:?}"
			);
		}
		chain.act("PatientP", revoke);
	});
}

#[test]
fn a_share_of_the_weight_is_reserved_for_protective_calls() {
	for class in [DispatchClass::Normal, DispatchClass::Operational] {
		let limits = RuntimeBlockWeights::get();
		let share = limits.get(DispatchClass::Normal).max_total.expect("there is a limit");
		assert_reserve(|| System::register_extra_weight_unchecked(share, class));
	}
}

#[test]
fn a_share_of_the_length_is_reserved_for_protective_calls() {
	let share = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
	// The header is part of the length of a block.
	assert_reserve(|| System::deposit_log(DigestItem::Other(vec![0; share as usize])));
}

#[test]
fn protective_calls_are_of_the_operational_class() {
	use frame_support::dispatch::GetDispatchInfo;
	use medrec_primitives::identity::Status;
	use medrec_runtime::calls::kind;
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
			assert!(kind(&call).is_protective(), "{call:?}");
			assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational, "{call:?}");
		}
		let ordinary: [RuntimeCall; 6] = [
			grant_all(relationship, clinician, chain.now()).into(),
			pallet_ppr::Call::accept { relationship }.into(),
			pallet_ppr::Call::withdraw { relationship }.into(),
			pallet_ppr::Call::propose { patient: clinician }.into(),
			pallet_registrar::Call::set_encryption_key { key: None }.into(),
			set_status(Status::Active),
		];
		for ordinary in ordinary {
			assert!(!kind(&ordinary).is_protective(), "{ordinary:?}");
			assert_eq!(ordinary.get_dispatch_info().class, DispatchClass::Normal, "{ordinary:?}");
		}
	});
}
