//! The weight of `with_bounty` is its own and that of the call that it dispatches.

use super::*;
use crate::{Call, Error, WeightInfo};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	weights::Weight,
};
use probe::{ACTUAL, ANNOUNCED};

fn own() -> Weight {
	<() as WeightInfo>::with_bounty()
}

fn with_bounty(call: RuntimeCall) -> RuntimeCall {
	Call::with_bounty { call: Box::new(call), offer: offer() }.into()
}

#[test]
fn the_announced_weight_includes_the_inner_call_and_its_class() {
	ExtBuilder.build_and_execute(|| {
		let info = with_bounty(set(1)).get_dispatch_info();
		assert_eq!(info.call_weight, own().saturating_add(ANNOUNCED));
		assert_eq!(info.class, DispatchClass::Operational);

		let info = with_bounty(RuntimeCall::Probe(probe::Call::fail {})).get_dispatch_info();
		assert_eq!(info.call_weight, own().saturating_add(ANNOUNCED));
		assert_eq!(info.class, DispatchClass::Normal);

		// The inner call may dispatch another one.
		let forward = probe::Call::forward { call: Box::new(set(1)) };
		let info = with_bounty(RuntimeCall::Probe(forward)).get_dispatch_info();
		assert_eq!(info.call_weight, own().saturating_add(ANNOUNCED));
	});
}

#[test]
fn the_actual_weight_includes_the_actual_weight_of_the_inner_call() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let done = send(GATEKEEPER, set(1), offer()).unwrap();
		assert_eq!(done.actual_weight, Some(own().saturating_add(ACTUAL)));

		let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
		let announced = remark.get_dispatch_info().call_weight;
		let done = send(GATEKEEPER, remark, offer()).unwrap();
		assert_eq!(done.actual_weight, Some(own().saturating_add(announced)));
	});
}

#[test]
fn a_failed_call_is_charged_for_its_actual_weight() {
	ExtBuilder.build_and_execute(|| {
		register_dataset();
		let fail = RuntimeCall::Probe(probe::Call::fail {});
		let failed = send(GATEKEEPER, fail, offer()).unwrap_err();
		assert_eq!(failed.error, probe::Error::<Test>::Failed.into());
		assert_eq!(failed.post_info.actual_weight, Some(own().saturating_add(ACTUAL)));

		let refused = send(GATEKEEPER, set(1), Offer { cost: 0, ..offer() }).unwrap_err();
		assert_eq!(refused.error, Error::<Test>::InvalidOffer.into());
		assert_eq!(refused.post_info.actual_weight, Some(own().saturating_add(ACTUAL)));
	});
}
