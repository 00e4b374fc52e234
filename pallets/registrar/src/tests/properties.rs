use crate::{mock::*, Call, Lane, Subjects};
use medrec_primitives::{
	identity::{Profile, Role, Status, SubjectId},
	Signature, H256,
};
use proptest::prelude::*;
use sp_core::Pair;
use sp_io::storage::root;
use sp_runtime::{traits::Dispatchable, StateVersion};

/// Accounts, keys and identifiers are drawn from few, so that they meet.
const FEW: u16 = 8;

/// Something that somebody tries. Subjects are named by their place among those that there are.
#[derive(Clone, Debug)]
enum Step {
	Admit { account: u16, role: Role, name: u16, profile: Draft },
	Enroll { by: u16, account: u16, role: Role, identifier: Option<u16> },
	Bind { by: u16, subject: usize, identifier: u16 },
	Unbind { by: u16, identifier: u16 },
	SetProfile { by: u16, profile: Draft },
	SetEncryptionKey { by: u16, key: Option<u16> },
	Rotate { by: u16, to: u16, signer: u16 },
	SetStatus { by: Option<u16>, subject: usize, status: Status },
	Charge { by: u16, protective: bool },
	Wait { time: u64 },
}

/// A profile, before its gatekeeper is looked up.
#[derive(Clone, Debug)]
struct Draft {
	device: Option<usize>,
	mining_key: Option<u16>,
	finality_key: Option<u16>,
}

fn few() -> impl Strategy<Value = u16> + Clone {
	1..=FEW
}

fn maybe_few() -> impl Strategy<Value = Option<u16>> {
	proptest::option::weighted(0.4, few())
}

fn role() -> impl Strategy<Value = Role> + Clone {
	proptest::sample::select(vec![
		Role::Provider,
		Role::Clinician,
		Role::Patient,
		Role::Researcher,
		Role::Device,
	])
}

fn status() -> impl Strategy<Value = Status> {
	prop_oneof![
		3 => Just(Status::Active),
		3 => Just(Status::Suspended),
		1 => Just(Status::Retired),
	]
}

fn draft() -> impl Strategy<Value = Draft> {
	(proptest::option::weighted(0.3, any::<usize>()), maybe_few(), maybe_few())
		.prop_map(|(device, mining_key, finality_key)| Draft { device, mining_key, finality_key })
}

/// Accounts to be bound are drawn from more than senders, since they are used up.
fn fresh() -> impl Strategy<Value = u16> {
	prop_oneof![few(), 1..=3 * FEW]
}

fn step() -> impl Strategy<Value = Step> {
	let by = fresh;
	let subject = any::<usize>;
	prop_oneof![
		2 => (fresh(), role(), few(), draft())
			.prop_map(|(account, role, name, profile)| Step::Admit { account, role, name, profile }),
		4 => (by(), fresh(), role(), maybe_few()).prop_map(|(by, account, role, identifier)| {
			Step::Enroll { by, account, role, identifier }
		}),
		2 => (by(), subject(), few())
			.prop_map(|(by, subject, identifier)| Step::Bind { by, subject, identifier }),
		1 => (by(), few()).prop_map(|(by, identifier)| Step::Unbind { by, identifier }),
		3 => (by(), draft()).prop_map(|(by, profile)| Step::SetProfile { by, profile }),
		1 => (by(), maybe_few()).prop_map(|(by, key)| Step::SetEncryptionKey { by, key }),
		2 => (by(), fresh(), few(), any::<bool>()).prop_map(|(by, to, other, honest)| {
			Step::Rotate { by, to, signer: if honest { to } else { other } }
		}),
		4 => (proptest::option::of(by()), subject(), status())
			.prop_map(|(by, subject, status)| Step::SetStatus { by, subject, status }),
		2 => (by(), any::<bool>()).prop_map(|(by, protective)| Step::Charge { by, protective }),
		1 => (0..1_500u64).prop_map(|time| Step::Wait { time }),
	]
}

/// The subject at this place, wrapped around.
fn subject(place: usize) -> SubjectId {
	let mut known: Vec<_> = Subjects::<Test>::iter_keys().collect();
	known.sort();
	known.get(place % known.len().max(1)).copied().unwrap_or_default()
}

fn profile(draft: Draft) -> Profile {
	let base = draft.device.map(|place| guarded(subject(place))).unwrap_or_default();
	Profile {
		mining_key: draft.mining_key.map(key),
		finality_key: draft.finality_key.map(key),
		..base
	}
}

/// The call of a step and who makes it; none for steps that are no calls, which are taken.
fn call_of(step: Step) -> Option<(RuntimeOrigin, Call<Test>)> {
	Some(match step {
		Step::Admit { account: number, role, name: number_of_name, profile: draft } => {
			let (account, name) = (account(number), name(&format!("n{number_of_name}")));
			let profile = profile(draft);
			let call = match role {
				Role::Researcher => Call::admit_researcher { account, name, profile },
				_ => Call::admit_provider { account, name, profile },
			};
			(council(), call)
		},
		Step::Enroll { by, account: number, role, identifier: bound } => {
			let call = Call::enroll {
				account: account(number),
				role,
				identifier: bound.map(identifier),
				encryption_key: None,
			};
			(signed(by), call)
		},
		Step::Bind { by, subject: place, identifier: number } => {
			let (subject, identifier) = (subject(place), identifier(number));
			(signed(by), Call::bind_identifier { subject, identifier })
		},
		Step::Unbind { by, identifier: number } => {
			(signed(by), Call::unbind_identifier { identifier: identifier(number) })
		},
		Step::SetProfile { by, profile: draft } => {
			(signed(by), Call::set_profile { profile: profile(draft) })
		},
		Step::SetEncryptionKey { by, key: number } => {
			(signed(by), Call::set_encryption_key { key: number.map(key) })
		},
		Step::Rotate { by, to, signer } => {
			let subject = Registrar::subject_of(&account(by)).unwrap_or(H256::zero());
			let message = Registrar::rotation_message(&subject, &account(by));
			let proof: Signature = pair(signer).sign(&message).into();
			(signed(by), Call::rotate_account { new_account: account(to), proof })
		},
		Step::SetStatus { by, subject: place, status } => {
			let origin = by.map(signed).unwrap_or_else(council);
			(origin, Call::set_status { subject: subject(place), status })
		},
		Step::Charge { by, protective } => {
			let lane = if protective { Lane::Protective } else { Lane::Ordinary };
			let allowed = Registrar::check_quota(&account(by), lane);
			assert_eq!(Registrar::charge(&account(by), lane), allowed);
			return None;
		},
		Step::Wait { time } => {
			Now::mutate(|now| *now += time);
			return None;
		},
	})
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

	#[test]
	fn whatever_is_called_the_invariants_hold(steps in prop::collection::vec(step(), 1..60)) {
		ExtBuilder::default().build_and_execute(|| {
			for step in steps {
				if let Some((origin, call)) = call_of(step.clone()) {
					let (before, told) = (root(StateVersion::V1), Tellings::get().len());
					if RuntimeCall::from(call).dispatch(origin).is_err() {
						assert_eq!(root(StateVersion::V1), before, "{step:?}");
						assert_eq!(Tellings::get().len(), told, "{step:?}");
					}
				}
				if let Err(error) = Registrar::do_try_state() {
					panic!("{error:?} after {step:?}");
				}
				check_listener();
			}
		});
	}
}
