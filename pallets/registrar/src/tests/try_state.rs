use crate::{mock::*, *};
use medrec_primitives::{
	identity::{FinalityKey, MiningKey, Profile, Role, Status, Subject, SubjectId},
	AccountId,
};

/// Checks that the invariants fail with `reason` after `corrupt`.
fn finds(reason: &'static str, corrupt: impl FnOnce()) {
	ExtBuilder::default().build().execute_with(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		Registrar::set_profile(signed(ALPHA), guarded(device)).unwrap();
		Registrar::bind_identifier(signed(ALPHA), device, identifier(1)).unwrap();
		Registrar::do_try_state().unwrap();
		corrupt();
		assert_eq!(Registrar::do_try_state(), Err(reason.into()));
	});
}

fn change(number: u16, change: impl FnOnce(&mut Subject<AccountId>)) {
	Subjects::<Test>::mutate(id(number), |subject| change(subject.as_mut().unwrap()));
}

#[test]
fn broken_bindings_of_accounts_are_found() {
	finds("the account of a retired subject is not a former account", || {
		change(DEVICE, |subject| subject.status = Status::Retired)
	});
	finds("the account of a subject does not control it", || {
		SubjectOf::<Test>::remove(account(BETA));
	});
	finds("the account of a subject does not exist", || {
		frame_system::Account::<Test>::remove(account(BETA));
	});
	finds("an account controls a subject that is not its own", || {
		SubjectOf::<Test>::insert(account(STRANGER), id(BETA));
	});
	finds("a former account controls a subject", || {
		FormerAccounts::<Test>::insert(account(BETA), ());
	});
	finds("the number of subjects is not the number of registrations", || {
		NextSubject::<Test>::put(9)
	});
	finds("usage is stored for no subject or a retired one", || {
		let usage = types::Usage { window_start: 0, ordinary: 0, protective: 0 };
		Usage::<Test>::insert(SubjectId::default(), usage);
	});
}

#[test]
fn broken_sponsorships_are_found() {
	let rule = "the sponsor does not fit the role";
	finds(rule, || change(DEVICE, |subject| subject.sponsor = None));
	finds(rule, || change(DEVICE, |subject| subject.sponsor = Some(SubjectId::default())));
	finds(rule, || change(BETA, |subject| subject.sponsor = Some(id(ALPHA))));
	finds("the sponsor is not a provider", || {
		change(DEVICE, |subject| subject.sponsor = Some(id(RHO)))
	});
}

#[test]
fn broken_names_are_found() {
	finds("a name is not valid", || Names::<Test>::insert(name("A"), id(ALPHA)));
	finds("a name resolves to an organisation with another name", || {
		Names::<Test>::insert(name("a"), id(ALPHA))
	});
	finds("the name of an organisation resolves to another", || {
		Names::<Test>::remove(name("alpha"))
	});
	finds("a subject that is not an organisation has a name", || {
		Names::<Test>::insert(name("a"), id(DEVICE));
		NameOf::<Test>::insert(id(DEVICE), name("a"));
	});
	finds("an organisation has no name", || {
		Names::<Test>::remove(name("beta"));
		NameOf::<Test>::remove(id(BETA));
	});
}

#[test]
fn broken_profiles_are_found() {
	finds("only organisations that are not retired have a profile", || {
		Profiles::<Test>::remove(id(BETA))
	});
	finds("only organisations that are not retired have a profile", || {
		Profiles::<Test>::insert(id(DEVICE), Profile::default());
	});
	finds("a profile is stored for no subject", || {
		Profiles::<Test>::insert(SubjectId::default(), Profile::default())
	});
	finds("a profile has a field that only providers have", || {
		Profiles::<Test>::insert(id(RHO), voting(9));
	});
	finds("a profile has a field that only researchers have", || {
		Profiles::<Test>::insert(id(BETA), mining(9));
	});
	finds("the gatekeeper is not a device of the provider", || {
		Profiles::<Test>::insert(id(BETA), guarded(id(DEVICE)));
	});
	finds("a key of a profile is not stored for its organisation", || {
		Profiles::<Test>::insert(id(BETA), voting(9))
	});
	finds("a stored mining key is in no profile", || {
		MiningKeys::<Test>::insert(key::<MiningKey>(9), id(RHO))
	});
	finds("a stored finality key is in no profile", || {
		FinalityKeys::<Test>::insert(key::<FinalityKey>(9), id(BETA))
	});
}

#[test]
fn broken_lists_are_found() {
	finds("the listed providers are not the active ones", Providers::<Test>::kill);
	finds("the listed miners are not the active ones", Miners::<Test>::kill);
	finds("the listed miners are not the active ones", || {
		Miners::<Test>::mutate(|miners| miners.try_push(id(RHO)).unwrap());
	});
}

#[test]
fn empty_lists_are_found() {
	finds("no provider is active any more", || {
		for number in [ALPHA, BETA] {
			change(number, |subject| subject.status = Status::Suspended);
		}
		Providers::<Test>::kill();
	});
	finds("no miner is active any more", || {
		change(RHO, |subject| subject.status = Status::Suspended);
		Miners::<Test>::kill();
	});
}

#[test]
fn broken_counts_of_identifiers_are_found() {
	finds("an identifier resolves to no subject with a sponsor", || {
		Identifiers::<Test>::insert(identifier(2), id(ALPHA));
	});
	finds("a subject has too many identifiers", || {
		for number in 2..5 {
			Identifiers::<Test>::insert(identifier(number), id(DEVICE));
		}
	});
	finds("the identifiers are miscounted", || IdentifierCount::<Test>::insert(id(DEVICE), 2));
	finds("the identifiers are miscounted", || IdentifierCount::<Test>::insert(id(BETA), 0));
}
