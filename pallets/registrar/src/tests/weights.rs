//! Weights and dispatch classes.

use crate::{mock::*, Call, WeightInfo};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	weights::Weight,
};
use medrec_primitives::{
	identity::{Profile, Status},
	traits::MAX_PROVIDERS,
};

fn set_status(status: Status) -> Call<Test> {
	Call::set_status { subject: id(BETA), status }
}

#[test]
fn calls_that_change_the_providers_weigh_their_notice() {
	ExtBuilder::default().build_and_execute(|| {
		type Own = <Test as crate::Config>::WeightInfo;
		let (new_account, profile) = (account(10), Profile::default());
		let admit_provider = Call::admit_provider {
			account: new_account.clone(),
			name: name("gamma"),
			profile: profile.clone(),
		};
		let calls: [(Call<Test>, Weight); 4] = [
			(admit_provider, Own::admit_provider(MAX_PROVIDERS)),
			(
				Call::rotate_account { new_account, proof: proof(ALPHA, 10) },
				Own::rotate_account(MAX_PROVIDERS),
			),
			(set_status(Status::Active), Own::set_status(MAX_PROVIDERS)),
			(set_status(Status::Retired), Own::set_status(MAX_PROVIDERS)),
		];
		for (call, own) in calls {
			let weight = call.get_dispatch_info().call_weight;
			assert_eq!(weight, own.saturating_add(NOTICE_WEIGHT), "{call:?}");
		}
		// This call changes no account.
		let set_profile = Call::<Test>::set_profile { profile };
		let weight = set_profile.get_dispatch_info().call_weight;
		assert_eq!(weight, Own::set_profile(MAX_PROVIDERS));
	});
}

#[test]
fn a_status_is_operational_unless_it_activates() {
	ExtBuilder::default().build_and_execute(|| {
		for (status, class) in [
			(Status::Active, DispatchClass::Normal),
			(Status::Suspended, DispatchClass::Operational),
			(Status::Retired, DispatchClass::Operational),
		] {
			assert_eq!(set_status(status).get_dispatch_info().class, class, "{status:?}");
		}
	});
}
