//! The unit tests, one file for each call and query.

mod bounties_of;
mod commit_answer;
mod mark_defaulted;
mod properties;
mod register_dataset;
mod try_state;
mod weights;
mod with_bounty;

use crate::{mock::*, Bounties, Datasets, Event};
use frame_support::{assert_ok, dispatch::DispatchResultWithPostInfo, traits::Time, BoundedVec};
use medrec_primitives::{
	bounty::{
		Bounty, BountyId, BountyState, Dataset, DatasetId, Offer, Parameters, Rules, Statistic,
		SMALLEST_GROUP,
	},
	record::TemplateHash,
};

const DATASET: DatasetId = DatasetId::repeat_byte(0xda);
const TEMPLATE: TemplateHash = TemplateHash::repeat_byte(0x7e);
const BUDGET: u64 = 10;
const PERIOD: u64 = 100;

/// Valid rules.
fn rules() -> Rules {
	Rules {
		templates: BoundedVec::truncate_from(vec![TemplateHash::repeat_byte(1), TEMPLATE]),
		smallest_group: SMALLEST_GROUP,
		budget: BUDGET,
		period: PERIOD,
	}
}

/// A valid offer over [`DATASET`].
fn offer() -> Offer {
	Offer {
		dataset: DATASET,
		template: TEMPLATE,
		parameters: Parameters { statistic: Statistic::Count, group_by: BoundedVec::new() },
		cost: 1,
		expires_at: MockTime::now() + 500,
	}
}

/// Registers [`DATASET`] as [`PROVIDER`].
fn register_dataset() {
	assert_ok!(MiningBounty::register_dataset(signed(PROVIDER), DATASET, rules()));
}

/// A call to attach a bounty to.
fn set(number: u32) -> RuntimeCall {
	RuntimeCall::Probe(probe::Call::set { number })
}

/// Sends `call` with a bounty.
fn send(who: u64, call: RuntimeCall, offer: Offer) -> DispatchResultWithPostInfo {
	MiningBounty::with_bounty(signed(who), Box::new(call), offer)
}

/// Offers a bounty of this cost. Returns its ID.
fn open(cost: u64) -> BountyId {
	assert_ok!(send(GATEKEEPER, set(1), Offer { cost, ..offer() }));
	let event = System::events().pop().unwrap().event;
	match event {
		RuntimeEvent::MiningBounty(Event::Offered { bounty, .. }) => bounty,
		other => panic!("{other:?} is not Offered"),
	}
}

fn state(bounty: BountyId) -> BountyState {
	Bounties::<Test>::get(bounty).unwrap().state
}

fn dataset() -> Dataset {
	Datasets::<Test>::get(DATASET).unwrap()
}

fn only_bounty() -> (BountyId, Bounty) {
	let mut bounties = Bounties::<Test>::iter();
	let only = bounties.next().unwrap();
	assert!(bounties.next().is_none());
	only
}
