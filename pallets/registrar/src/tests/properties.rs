use crate::{mock::*, Call, Providers, QuotaClass, Subjects};
use frame_support::traits::OriginTrait;
use medrec_primitives::{
	identity::{Profile, Role, Status, SubjectId},
	AccountId, Signature,
};
use proptest::prelude::*;
use sp_core::Pair;
use sp_io::storage::root;
use sp_runtime::{traits::Dispatchable, StateVersion};
use std::collections::BTreeSet;

/// The number of different keys, names and identifiers. It is small, so that they collide.
const FEW: u16 = 8;

/// The sender of a call.
#[derive(Clone, Copy, Debug)]
enum By {
	/// The account with this number, most often without the right.
	Somebody(u16),
	/// A sender that has the right, if there is one.
	Entitled,
}

/// A step of a test. Subjects are given by their position among the stored ones.
#[derive(Clone, Debug)]
enum Step {
	Admit { account: u16, role: Role, name: u16, profile: ProfileChoice },
	Enroll { by: By, place: usize, account: u16, role: Role, identifier: Option<u16> },
	Bind { by: By, place: usize, identifier: u16 },
	Unbind { by: By, identifier: u16 },
	SetProfile { by: By, place: usize, profile: ProfileChoice },
	SetEncryptionKey { by: By, place: usize, key: Option<u16> },
	Rotate { by: By, place: usize, to: u16, signer: u16 },
	SetStatus { by: By, place: usize, status: Status },
	Charge { place: usize, protective: bool },
	Wait { time: u64 },
}

/// The choices from which a profile is made.
#[derive(Clone, Debug)]
struct ProfileChoice {
	/// Whether to omit fields that the role does not have, and to name a device of the provider.
	fitting: bool,
	device: Option<usize>,
	mining_key: Option<u16>,
	finality_key: Option<u16>,
}

fn few() -> impl Strategy<Value = u16> {
	1..=FEW
}

fn maybe_few() -> impl Strategy<Value = Option<u16>> {
	proptest::option::of(few())
}

/// The number of an account to bind. The range is larger, since accounts are bound once.
fn number() -> impl Strategy<Value = u16> {
	1..=6 * FEW
}

fn by() -> impl Strategy<Value = By> {
	prop_oneof![1 => few().prop_map(By::Somebody), 4 => Just(By::Entitled)]
}

fn place() -> impl Strategy<Value = usize> {
	any::<usize>()
}

fn organisation() -> impl Strategy<Value = Role> {
	prop_oneof![Just(Role::Provider), Just(Role::Researcher)]
}

fn role() -> impl Strategy<Value = Role> {
	prop_oneof![
		1 => organisation(),
		3 => Just(Role::Patient),
		1 => Just(Role::Clinician),
		3 => Just(Role::Device),
	]
}

fn status() -> impl Strategy<Value = Status> {
	prop_oneof![
		4 => Just(Status::Active),
		3 => Just(Status::Suspended),
		1 => Just(Status::Retired),
	]
}

fn profile_choice() -> impl Strategy<Value = ProfileChoice> {
	let fitting = proptest::bool::weighted(0.8);
	(fitting, proptest::option::of(place()), maybe_few(), maybe_few()).prop_map(
		|(fitting, device, mining_key, finality_key)| ProfileChoice {
			fitting,
			device,
			mining_key,
			finality_key,
		},
	)
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		2 => (number(), organisation(), few(), profile_choice())
			.prop_map(|(account, role, name, profile)| Step::Admit { account, role, name, profile }),
		5 => (by(), place(), number(), role(), maybe_few()).prop_map(
			|(by, place, account, role, identifier)| {
				Step::Enroll { by, place, account, role, identifier }
			}
		),
		3 => (by(), place(), few())
			.prop_map(|(by, place, identifier)| Step::Bind { by, place, identifier }),
		2 => (by(), few()).prop_map(|(by, identifier)| Step::Unbind { by, identifier }),
		4 => (by(), place(), profile_choice())
			.prop_map(|(by, place, profile)| Step::SetProfile { by, place, profile }),
		1 => (by(), place(), maybe_few())
			.prop_map(|(by, place, key)| Step::SetEncryptionKey { by, place, key }),
		3 => (by(), place(), number(), proptest::option::weighted(0.2, number())).prop_map(
			|(by, place, to, other)| Step::Rotate { by, place, to, signer: other.unwrap_or(to) }
		),
		5 => (by(), place(), status())
			.prop_map(|(by, place, status)| Step::SetStatus { by, place, status }),
		2 => (place(), any::<bool>())
			.prop_map(|(place, protective)| Step::Charge { place, protective }),
		1 => (0..1_500u64).prop_map(|time| Step::Wait { time }),
	]
}

/// The subject at this position, modulo their number, among those that `wanted` accepts.
fn subject_where(place: usize, wanted: impl Fn(Role, Option<SubjectId>) -> bool) -> SubjectId {
	let mut known: Vec<_> = Subjects::<Test>::iter()
		.filter(|(_, subject)| wanted(subject.role, subject.sponsor))
		.map(|(id, _)| id)
		.collect();
	known.sort();
	known.get(place % known.len().max(1)).copied().unwrap_or_default()
}

fn subject(place: usize) -> SubjectId {
	subject_where(place, |_, _| true)
}

fn account_of(id: SubjectId) -> AccountId {
	Registrar::subject(&id).map_or(account(STRANGER), |subject| subject.account)
}

/// The sender that may set the status of a subject.
fn authority(id: SubjectId) -> RuntimeOrigin {
	match Registrar::subject(&id).and_then(|subject| subject.sponsor) {
		Some(sponsor) => RuntimeOrigin::signed(account_of(sponsor)),
		None => council(),
	}
}

fn origin(by: By, entitled: impl FnOnce() -> RuntimeOrigin) -> RuntimeOrigin {
	match by {
		By::Somebody(number) => signed(number),
		By::Entitled => entitled(),
	}
}

/// The profile of these choices for an organisation of this role. A new one has no `id`.
fn profile(choice: ProfileChoice, role: Role, id: Option<SubjectId>) -> Profile {
	let ProfileChoice { fitting, device, mining_key, finality_key } = choice;
	let device = device
		.map(|place| match fitting {
			true => subject_where(place, |role, sponsor| role == Role::Device && sponsor == id),
			false => subject(place),
		})
		.filter(|device| {
			!fitting || role == Role::Provider && *device != SubjectId::default() && id.is_some()
		});
	Profile {
		mining_key: mining_key.filter(|_| !fitting || role == Role::Researcher).map(key),
		finality_key: finality_key.filter(|_| !fitting || role == Role::Provider).map(key),
		..device.map(guarded).unwrap_or_default()
	}
}

/// The call of a step with its origin. A step without a call is executed, and returns `None`.
fn call_of(step: Step) -> Option<(RuntimeOrigin, Call<Test>)> {
	let self_at = |place| move || RuntimeOrigin::signed(account_of(subject(place)));
	Some(match step {
		Step::Admit { account: number, role, name: text, profile: choice } => {
			let (account, name) = (account(number), name(&format!("n{text}")));
			let profile = profile(choice, role, None);
			let call = match role {
				Role::Researcher => Call::admit_researcher { account, name, profile },
				_ => Call::admit_provider { account, name, profile },
			};
			(council(), call)
		},
		Step::Enroll { by, place, account: number, role, identifier: bound } => {
			let provider = || {
				let providers = Providers::<Test>::get();
				RuntimeOrigin::signed(account_of(providers[place % providers.len()]))
			};
			let (account, identifier) = (account(number), bound.map(identifier));
			let call = Call::enroll { account, role, identifier, encryption_key: None };
			(origin(by, provider), call)
		},
		Step::Bind { by, place, identifier: number } => {
			let subject = subject_where(place, |role, _| !role.is_organisation());
			let call = Call::bind_identifier { subject, identifier: identifier(number) };
			(origin(by, || authority(subject)), call)
		},
		Step::Unbind { by, identifier: number } => {
			let identifier = identifier(number);
			let subject = Registrar::resolve_identifier(&identifier).unwrap_or_default();
			(origin(by, || authority(subject)), Call::unbind_identifier { identifier })
		},
		Step::SetProfile { by, place, profile: choice } => {
			let id = subject_where(place, |role, _| role.is_organisation());
			let role = Registrar::subject(&id).unwrap().role;
			let entitled = || RuntimeOrigin::signed(account_of(id));
			let profile = profile(choice, role, Some(id));
			(origin(by, entitled), Call::set_profile { profile })
		},
		Step::SetEncryptionKey { by, place, key: number } => {
			(origin(by, self_at(place)), Call::set_encryption_key { key: number.map(key) })
		},
		Step::Rotate { by, place, to, signer } => {
			let origin = origin(by, self_at(place));
			let from = origin.as_signer().unwrap();
			let subject = Registrar::subject_of(from).unwrap_or_default();
			let message = Registrar::rotation_message(&subject, from);
			let proof: Signature = pair(signer).sign(&message).into();
			(origin, Call::rotate_account { new_account: account(to), proof })
		},
		Step::SetStatus { by, place, status } => {
			let subject = subject(place);
			(origin(by, || authority(subject)), Call::set_status { subject, status })
		},
		Step::Charge { place, protective } => {
			let class = if protective { QuotaClass::Protective } else { QuotaClass::Ordinary };
			let account = account_of(subject(place));
			let allowed = Registrar::check_quota(&account, class);
			assert_eq!(Registrar::charge(&account, class), allowed);
			return None;
		},
		Step::Wait { time } => {
			MockTime::advance(time);
			return None;
		},
	})
}

/// Executes a step and checks the invariants. Returns whether it is a call that succeeded.
fn take(step: Step) -> bool {
	let taken = call_of(step.clone()).is_some_and(|(origin, call)| {
		let (before, notices) = (root(StateVersion::V1), Notices::get().len());
		let taken = RuntimeCall::from(call).dispatch(origin).is_ok();
		if !taken {
			assert_eq!(root(StateVersion::V1), before, "{step:?} failed and changed the state");
			assert_eq!(Notices::get().len(), notices, "{step:?} failed and sent a notice");
		}
		taken
	});
	assert_eq!(ExtBuilder::try_state(), Ok(()), "after {step:?}");
	taken
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

	#[test]
	fn any_sequence_of_calls_keeps_the_invariants(steps in prop::collection::vec(step(), 1..80)) {
		ExtBuilder::default().build_and_execute(|| {
			for step in steps {
				take(step);
			}
		});
	}
}

#[test]
fn the_steps_reach_every_call() {
	use proptest::{strategy::ValueTree, test_runner::TestRunner};
	let mut runner = TestRunner::deterministic();
	let mut reached = BTreeSet::new();
	for _ in 0..32 {
		let steps = prop::collection::vec(step(), 80).new_tree(&mut runner).unwrap().current();
		ExtBuilder::default().build_and_execute(|| {
			for step in steps {
				let call = name_of(&step);
				if take(step) {
					reached.insert(call);
				}
			}
		});
	}
	assert_eq!(reached.len(), 9, "only {reached:?}");
}

/// The name of a step. The two kinds of admission have different names.
fn name_of(step: &Step) -> String {
	let name = format!("{step:?}");
	let name = name.split(' ').next().unwrap_or_default();
	match step {
		Step::Admit { role, .. } => format!("{name}{role:?}"),
		_ => name.into(),
	}
}
