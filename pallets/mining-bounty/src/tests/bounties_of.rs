use super::*;
use medrec_primitives::runtime_api::PAGE;
use std::collections::BTreeMap;

#[test]
fn the_pages_hold_every_bounty_of_a_miner_once() {
	for count in [0, 1, PAGE, PAGE + 1, 150] {
		ExtBuilder.build_and_execute(|| {
			let rules = Rules { budget: 1_000, ..rules() };
			let origin = signed(PROVIDER);
			assert_ok!(MiningBounty::register_dataset(origin, DATASET, rules));
			for _ in 0..count {
				open(1);
			}
			MockAuthorship::set(Some(subject(OTHER_MINER)));
			open(1);

			let mut seen = BTreeMap::new();
			let mut cursor: Option<BountyId> = None;
			loop {
				let page = MiningBounty::bounties_of(&subject(MINER), cursor.as_ref());
				assert!(page.len() <= PAGE as usize);
				let Some((last, _)) = page.last() else { break };
				cursor = Some(*last);
				for (id, bounty) in page {
					assert_eq!(bounty.owner, subject(MINER));
					assert_eq!(seen.insert(id, bounty), None);
				}
			}
			assert_eq!(seen.len() as u32, count);
			assert_eq!(MiningBounty::bounties_of(&subject(OTHER_MINER), None).len(), 1);
		});
	}
}

#[test]
fn an_unknown_bounty_is_none() {
	ExtBuilder.build_and_execute(|| {
		assert_eq!(Bounties::<Test>::get(BountyId::default()), None);
	});
}
