use crate::{mock::*, *};
use medrec_primitives::{
	identity::{Profile, Role, Status, Subject},
	AccountId, H256,
};

/// Whether `corrupt` makes the check fail with `reason`.
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
fn broken_bonds_of_accounts_are_found() {
	finds("account of a retired subject is not a former one", || {
		change(DEVICE, |subject| subject.status = Status::Retired)
	});
	finds("subject is not what its account controls", || {
		SubjectOf::<Test>::remove(account(BETA));
	});
	finds("account of a subject does not exist", || {
		frame_system::Account::<Test>::remove(account(BETA));
	});
	finds("account controls what it should not", || {
		SubjectOf::<Test>::insert(account(STRANGER), id(BETA));
	});
	finds("former account controls a subject", || {
		FormerAccounts::<Test>::insert(account(BETA), ());
	});
	finds("not as many subjects as registered", || NextSubject::<Test>::put(9));
	finds("usage of a subject that is gone", || {
		let usage = types::Usage { window_start: 0, ordinary: 0, protective: 0 };
		Usage::<Test>::insert(H256::zero(), usage);
	});
}

#[test]
fn broken_sponsorships_are_found() {
	let rule = "not the sponsor that the role has";
	finds(rule, || change(DEVICE, |subject| subject.sponsor = None));
	finds(rule, || change(DEVICE, |subject| subject.sponsor = Some(H256::zero())));
	finds(rule, || change(BETA, |subject| subject.sponsor = Some(id(ALPHA))));
	finds("sponsor is not a provider", || {
		change(DEVICE, |subject| subject.sponsor = Some(id(RHO)))
	});
}

#[test]
fn broken_names_are_found() {
	finds("name is not well made", || Names::<Test>::insert(name("A"), id(ALPHA)));
	finds("name of another organisation", || Names::<Test>::insert(name("a"), id(ALPHA)));
	finds("name resolves to another", || Names::<Test>::remove(name("alpha")));
	finds("name of none that has one", || {
		Names::<Test>::insert(name("a"), id(DEVICE));
		NameOf::<Test>::insert(id(DEVICE), name("a"));
	});
	finds("organisation without a name", || {
		Names::<Test>::remove(name("beta"));
		NameOf::<Test>::remove(id(BETA));
	});
}

#[test]
fn broken_profiles_are_found() {
	finds("not the profile that it has", || Profiles::<Test>::remove(id(BETA)));
	finds("not the profile that it has", || {
		Profiles::<Test>::insert(id(DEVICE), Profile::default());
	});
	finds("profile of nobody", || Profiles::<Test>::insert(H256::zero(), Profile::default()));
	finds("profile tells what only providers have", || {
		Profiles::<Test>::insert(id(RHO), voting(9));
	});
	finds("profile tells what only researchers have", || {
		Profiles::<Test>::insert(id(BETA), mining(9));
	});
	finds("gatekeeper is not a device of the provider", || {
		Profiles::<Test>::insert(id(BETA), guarded(id(DEVICE)));
	});
	finds("key in a profile is not held", || Profiles::<Test>::insert(id(BETA), voting(9)));
	finds("mining key is in no profile", || MiningKeys::<Test>::insert(key(9), id(RHO)));
	finds("finality key is in no profile", || FinalityKeys::<Test>::insert(key(9), id(BETA)));
}

#[test]
fn broken_lists_are_found() {
	finds("listed providers are not the active ones", Providers::<Test>::kill);
	finds("listed miners are not the active ones", Miners::<Test>::kill);
	finds("listed miners are not the active ones", || {
		Miners::<Test>::mutate(|miners| miners.try_push(id(RHO)).unwrap());
	});
}

#[test]
fn broken_counts_of_identifiers_are_found() {
	finds("identifier of none that has one", || {
		Identifiers::<Test>::insert(identifier(2), id(ALPHA));
	});
	finds("too many identifiers", || {
		for number in 2..5 {
			Identifiers::<Test>::insert(identifier(number), id(DEVICE));
		}
	});
	finds("identifiers are miscounted", || IdentifierCount::<Test>::insert(id(DEVICE), 2));
	finds("identifiers are miscounted", || IdentifierCount::<Test>::insert(id(BETA), 0));
}
