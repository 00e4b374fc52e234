use crate::{mock::*, Error, Event, Miners, NameOf, Names, Profiles, Providers};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	identity::{Name, Profile, Role, Status, SubjectId},
	summary::ActivityKind,
	traits::{MAX_MINERS, MAX_PROVIDERS},
};
use sp_runtime::traits::BadOrigin;

#[test]
fn the_council_admits_a_provider() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::admit_provider(
			council(),
			account(10),
			name("gamma.example"),
			voting(10)
		));
		let subject = Registrar::subject(&id(10)).unwrap();
		assert_eq!(subject.role, Role::Provider);
		assert_eq!(subject.account, account(10));
		assert_eq!(subject.sponsor, None);
		assert_eq!(subject.status, Status::Active);
		assert_eq!(subject.encryption_key, None);
		assert_eq!(subject.registered_at, NOW);
		assert_eq!(Names::<Test>::get(name("gamma.example")), Some(id(10)));
		assert_eq!(NameOf::<Test>::get(id(10)), Some(name("gamma.example")));
		assert_eq!(Profiles::<Test>::get(id(10)), Some(voting(10)));
		assert_eq!(Providers::<Test>::get().into_inner(), vec![id(ALPHA), id(BETA), id(10)]);
		assert_eq!(System::providers(&account(10)), 1);
		assert_eq!(Notices::get().len(), 1);
		assert_eq!(notes(), vec![(id(10), None, ActivityKind::Registered)]);
		assert_eq!(
			events(),
			vec![Event::Admitted {
				subject: id(10),
				role: Role::Provider,
				name: name("gamma.example"),
				account: account(10),
			}]
		);
	});
}

#[test]
fn the_council_admits_a_researcher_that_may_mine() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::admit_researcher(council(), account(10), name("mu"), mining(10)));
		assert_eq!(Registrar::subject(&id(10)).unwrap().role, Role::Researcher);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![id(RHO), id(10)]);
		assert!(Notices::get().is_empty());
		assert_eq!(
			events(),
			vec![Event::Admitted {
				subject: id(10),
				role: Role::Researcher,
				name: name("mu"),
				account: account(10),
			}]
		);
	});
}

#[test]
fn a_researcher_without_a_key_does_not_mine() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::admit_researcher(
			council(),
			account(10),
			name("nu"),
			Profile::default()
		));
		assert_eq!(Miners::<Test>::get().into_inner(), vec![id(RHO)]);
	});
}

#[test]
fn subjects_of_one_genesis_differ() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ne!(id(ALPHA), id(BETA));
		assert_ne!(id(ALPHA), id(RHO));
	});
}

#[test]
fn only_the_council_admits() {
	ExtBuilder::default().build_and_execute(|| {
		for origin in [signed(ALPHA), signed(STRANGER), RuntimeOrigin::none()] {
			assert_noop!(
				Registrar::admit_provider(
					origin.clone(),
					account(10),
					name("x"),
					Profile::default()
				),
				BadOrigin
			);
			assert_noop!(
				Registrar::admit_researcher(origin, account(10), name("x"), Profile::default()),
				BadOrigin
			);
		}
	});
}

#[test]
fn a_name_must_be_valid_and_free() {
	ExtBuilder::default().build_and_execute(|| {
		for bad in ["", "Alpha", "-a", "a b"] {
			assert_noop!(
				Registrar::admit_provider(council(), account(10), name(bad), Profile::default()),
				Error::<Test>::InvalidName
			);
		}
		for taken in ["alpha", "rho"] {
			assert_noop!(
				Registrar::admit_provider(council(), account(10), name(taken), Profile::default()),
				Error::<Test>::NameTaken
			);
			assert_noop!(
				Registrar::admit_researcher(
					council(),
					account(10),
					name(taken),
					Profile::default()
				),
				Error::<Test>::NameTaken
			);
		}
	});
}

#[test]
fn the_name_of_a_retired_organisation_is_not_given_again() {
	ExtBuilder::default().build_and_execute(|| {
		let beta = id(BETA);
		set_status(council(), beta, Status::Retired);
		assert_noop!(
			Registrar::admit_provider(council(), account(10), name("beta"), Profile::default()),
			Error::<Test>::NameTaken
		);
		assert_eq!(Registrar::resolve(b"beta"), Some(beta));
	});
}

#[test]
fn an_account_must_be_free_and_never_bound_before() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registrar::admit_provider(council(), account(RHO), name("x"), Profile::default()),
			Error::<Test>::AccountTaken
		);
		admit_sigma();
		set_status(council(), id(RHO), Status::Retired);
		assert_noop!(
			Registrar::admit_provider(council(), account(RHO), name("x"), Profile::default()),
			Error::<Test>::AccountSpent
		);
	});
}

#[test]
fn a_profile_has_only_the_fields_of_the_role() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		assert_noop!(
			Registrar::admit_provider(council(), account(10), name("x"), mining(10)),
			Error::<Test>::InvalidProfile
		);
		assert_noop!(
			Registrar::admit_researcher(council(), account(10), name("x"), voting(10)),
			Error::<Test>::InvalidProfile
		);
		assert_noop!(
			Registrar::admit_researcher(council(), account(10), name("x"), guarded(device)),
			Error::<Test>::InvalidProfile
		);
		for device in [device, id(ALPHA), SubjectId::default()] {
			assert_noop!(
				Registrar::admit_provider(council(), account(10), name("x"), guarded(device)),
				Error::<Test>::InvalidGatekeeper
			);
		}
	});
}

#[test]
fn a_key_belongs_to_one_organisation() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registrar::admit_provider(council(), account(10), name("x"), voting(ALPHA)),
			Error::<Test>::KeyTaken
		);
		assert_noop!(
			Registrar::admit_researcher(council(), account(10), name("x"), mining(RHO)),
			Error::<Test>::KeyTaken
		);
	});
}

#[test]
fn active_providers_are_bounded() {
	ExtBuilder::default().build_and_execute(|| {
		let admit = |number: u16| {
			let name = name(&format!("p{number}"));
			Registrar::admit_provider(council(), account(number), name, Profile::default())
		};
		let bound = MAX_PROVIDERS as u16;
		for number in 100..100 + bound - 2 {
			assert_ok!(admit(number));
		}
		assert_noop!(admit(99), Error::<Test>::TooManyProviders);
		set_status(council(), id(BETA), Status::Suspended);
		assert_ok!(admit(99));
		assert_noop!(
			Registrar::set_status(council(), id(BETA), Status::Active),
			Error::<Test>::TooManyProviders
		);
	});
}

#[test]
fn active_miners_are_bounded() {
	ExtBuilder::default().build_and_execute(|| {
		let admit = |number: u16, profile: Profile| {
			let name = name(&format!("m{number}"));
			Registrar::admit_researcher(council(), account(number), name, profile)
		};
		let bound = MAX_MINERS as u16;
		for number in 1_000..1_000 + bound - 1 {
			assert_ok!(admit(number, mining(number)));
		}
		assert_noop!(admit(99, mining(99)), Error::<Test>::TooManyMiners);
		assert_ok!(admit(99, Profile::default()));
		assert_noop!(Registrar::set_profile(signed(99), mining(99)), Error::<Test>::TooManyMiners);
		set_status(council(), id(RHO), Status::Suspended);
		assert_ok!(Registrar::set_profile(signed(99), mining(99)));
		assert_noop!(
			Registrar::set_status(council(), id(RHO), Status::Active),
			Error::<Test>::TooManyMiners
		);
	});
}

#[test]
fn a_name_of_the_maximum_length_is_admitted() {
	ExtBuilder::default().build_and_execute(|| {
		let longest = Name::try_from(vec![b'a'; 64]).unwrap();
		assert_ok!(Registrar::admit_provider(council(), account(10), longest, Profile::default()));
	});
}
