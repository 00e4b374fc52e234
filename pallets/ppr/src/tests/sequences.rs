//! Properties of any sequence of calls: the invariants hold, a call that fails changes nothing, the
//! summaries agree with the grants, and nobody but the patient widens access.

use crate::{mock::*, Call, Grants, Records, Relationships};
use frame_support::traits::{Time, UnfilteredDispatchable};
use medrec_primitives::{
	access::{Decision, Fields},
	identity::SubjectId,
	record::{Category, Commitment, RecordId, Release},
	relationship::{
		Effect, GrantId, Grantee, Purpose, Relationship, RelationshipId, RelationshipState,
		ResearchConsent, Scope,
	},
	summary::{EntryRole, EntryState},
	H256,
};
use proptest::{
	prelude::*,
	test_runner::{Config, TestRunner},
};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

const CAST: [AccountId; 9] = [
	PROVIDER,
	OTHER_PROVIDER,
	GATEKEEPER,
	PATIENT,
	OTHER_PATIENT,
	CLINICIAN,
	OTHER_CLINICIAN,
	MINER,
	STRANGER,
];

#[derive(Clone, Debug)]
enum Verb {
	Propose { provider: AccountId, patient: AccountId },
	Withdraw,
	Accept,
	Decline,
	Terminate,
	Post { patient: bool, record: u8, withheld: bool },
	Amend { patient: bool, record: u8, withheld: bool },
	Grant { grantee: AccountId, scope: u8, from: Option<u8>, to: Option<u8> },
	Deny { grantee: AccountId, scope: u8, from: Option<u8>, to: Option<u8> },
	Revoke { grant: usize, grantee: bool },
	RevokeAll { grantee: AccountId },
	Consent,
}

#[derive(Clone, Debug)]
enum Step {
	/// A call in a relationship, by a sender with the right or by another account.
	Call { verb: Verb, position: usize, by: Option<AccountId> },
	/// The time advances.
	Pass(u8),
	/// The registrar suspends a subject, or makes it active again.
	Suspend(AccountId, bool),
}

fn account() -> impl Strategy<Value = AccountId> + Clone {
	prop::sample::select(CAST.as_slice())
}

fn viewer_account() -> impl Strategy<Value = AccountId> + Clone {
	prop_oneof![4 => prop::sample::select([CLINICIAN, OTHER_CLINICIAN].as_slice()), 1 => account()]
}

fn given() -> impl Strategy<Value = (AccountId, u8, Option<u8>, Option<u8>)> {
	let time = || prop::option::weighted(0.3, 0u8..40);
	(viewer_account(), 0u8..8, time(), time())
}

fn verb() -> impl Strategy<Value = Verb> {
	let provider = prop::sample::select([PROVIDER, OTHER_PROVIDER].as_slice());
	let patient = prop::sample::select([PATIENT, OTHER_PATIENT].as_slice());
	let posting = || (any::<bool>(), 0u8..5, prop::bool::weighted(0.2));
	prop_oneof![
		2 => (provider, patient).prop_map(|(provider, patient)| Verb::Propose { provider, patient }),
		1 => Just(Verb::Withdraw),
		4 => Just(Verb::Accept),
		1 => Just(Verb::Decline),
		1 => Just(Verb::Terminate),
		6 => posting()
			.prop_map(|(patient, record, withheld)| Verb::Post { patient, record, withheld }),
		4 => posting()
			.prop_map(|(patient, record, withheld)| Verb::Amend { patient, record, withheld }),
		6 => given()
			.prop_map(|(grantee, scope, from, to)| Verb::Grant { grantee, scope, from, to }),
		2 => given()
			.prop_map(|(grantee, scope, from, to)| Verb::Deny { grantee, scope, from, to }),
		3 => (0usize..6, any::<bool>())
			.prop_map(|(grant, grantee)| Verb::Revoke { grant, grantee }),
		2 => viewer_account().prop_map(|grantee| Verb::RevokeAll { grantee }),
		1 => Just(Verb::Consent),
	]
}

fn step() -> impl Strategy<Value = Step> {
	let call = (verb(), 0usize..8, prop::option::weighted(0.2, account()))
		.prop_map(|(verb, position, by)| Step::Call { verb, position, by });
	prop_oneof![
		30 => call,
		2 => (1u8..30).prop_map(Step::Pass),
		1 => (account(), prop::bool::weighted(0.4)).prop_map(|(who, off)| Step::Suspend(who, off)),
	]
}

fn account_of(subject: SubjectId) -> AccountId {
	H256(subject.0).to_low_u64_be()
}

fn scope_of(number: u8) -> Scope {
	match number {
		0 | 1 => Scope::All,
		2 => Scope::Category(Category(1)),
		3 => Scope::Category(Category(2)),
		4 => records([0, 1]),
		5 => records([2]),
		6 => fields(0, [0, 2]),
		_ => fields(1, []),
	}
}

fn grants_of(id: RelationshipId) -> BTreeMap<GrantId, medrec_primitives::relationship::Grant> {
	Grants::<Test>::iter_prefix(id).collect()
}

/// A relationship in the state that the call requires, or at some positions in any state.
fn relationship_for(verb: &Verb, position: usize) -> RelationshipId {
	let wanted = match verb {
		Verb::Withdraw | Verb::Accept | Verb::Decline => RelationshipState::Proposed,
		_ => RelationshipState::Active,
	};
	let all: BTreeMap<_, _> = Relationships::<Test>::iter().collect();
	let likely = all.iter().filter(|(_, found)| found.state == wanted);
	let likely: Vec<_> = likely.map(|(id, _)| *id).collect();
	let ids = match position {
		0..6 if !likely.is_empty() => likely,
		_ => all.into_keys().collect(),
	};
	ids.get(position % ids.len().max(1)).copied().unwrap_or_default()
}

/// The ID, the category and the release of a posting.
fn content(number: u8, withheld: bool) -> (RecordId, Category, Release) {
	let release = if withheld { Release::Withheld } else { Release::Released };
	(record(number), Category(u16::from(number % 3)), release)
}

/// The call of [`Verb::Grant`] or [`Verb::Deny`].
fn give_call(verb: &Verb, relationship: RelationshipId) -> Call<Test> {
	let moment = |after: &Option<u8>| after.map(|after| MockTime::now() + u64::from(after));
	match verb {
		Verb::Deny { grantee, scope, from, to } => Call::deny {
			relationship,
			grantee: viewer(*grantee),
			scope: scope_of(*scope),
			not_before: moment(from),
			expires_at: moment(to),
		},
		Verb::Grant { grantee, scope, from, to } => Call::grant {
			relationship,
			grantee: viewer(*grantee),
			scope: scope_of(*scope),
			purposes: purposes([Purpose::Treat]),
			not_before: moment(from),
			expires_at: moment(to),
		},
		other => unreachable!("{other:?} gives no grant"),
	}
}

/// The call, and a sender that has the right.
fn call_of(verb: &Verb, position: usize) -> (Call<Test>, AccountId) {
	let relationship = relationship_for(verb, position);
	let found = Relationships::<Test>::get(relationship);
	let patient = found.as_ref().map_or(STRANGER, |found| account_of(found.patient));
	let provider = found.as_ref().map_or(STRANGER, |found| account_of(found.provider));
	let commitment = Commitment::repeat_byte(1);
	match verb.clone() {
		Verb::Propose { provider, patient } => {
			(Call::propose { patient: subject(patient) }, provider)
		},
		Verb::Withdraw => (Call::withdraw { relationship }, provider),
		Verb::Accept => (Call::accept { relationship }, patient),
		Verb::Decline => (Call::decline { relationship }, patient),
		Verb::Terminate => (Call::terminate { relationship }, provider),
		Verb::Post { patient: note, record: number, withheld } => {
			let (record, category, release) = content(number, withheld);
			let pointer = pointer();
			let call =
				Call::post_record { relationship, record, commitment, pointer, category, release };
			(call, if note { patient } else { provider })
		},
		Verb::Amend { patient: note, record: number, withheld } => {
			let (record, category, release) = content(number, withheld);
			let (category, pointer) = (Category(category.0 + 1), pointer());
			let call =
				Call::amend_record { relationship, record, commitment, pointer, category, release };
			(call, if note { patient } else { provider })
		},
		Verb::Grant { .. } | Verb::Deny { .. } => (give_call(verb, relationship), patient),
		Verb::Revoke { grant, grantee } => {
			let grants = grants_of(relationship);
			let (grant, by) = match grants.into_iter().nth(grant) {
				Some((id, found)) => match found.grantee {
					Grantee::Subject(viewer) if grantee => (id, account_of(viewer)),
					_ => (id, patient),
				},
				None => (GrantId::default(), patient),
			};
			(Call::revoke { relationship, grant }, by)
		},
		Verb::RevokeAll { grantee } => {
			(Call::revoke_all { relationship, grantee: viewer(grantee) }, patient)
		},
		Verb::Consent => {
			let consent =
				ResearchConsent::Categories(BTreeSet::from([Category(1)]).try_into().unwrap());
			(Call::set_research_consent { relationship, consent }, patient)
		},
	}
}

/// The root of the state.
fn root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// The readable fields of every viewer, among fields 0 to 3 and one that no scope names.
type Sight = BTreeSet<(AccountId, RelationshipId, RecordId, u16)>;

fn sight() -> Sight {
	let mut sight = Sight::new();
	for (id, record, _) in Records::<Test>::iter() {
		let patient = stored(id).patient;
		for account in CAST.into_iter().filter(|account| subject(*account) != patient) {
			let decision = Ppr::check_access(
				MockTime::now(),
				subject(account),
				true,
				id,
				record,
				Purpose::Treat,
			);
			let Decision::Permit { fields, .. } = decision else { continue };
			let seen = [0, 1, 2, 3, 1000].into_iter().filter(|number| fields.contains(*number));
			sight.extend(seen.map(|number| (account, id, record, number)));
			assert!(fields == Fields::All || !fields.contains(1000));
		}
	}
	sight
}

/// Checks that the summaries agree with the grants. `permitted` holds all that ever had a permission.
fn check_summaries(permitted: &BTreeSet<(SubjectId, RelationshipId)>) {
	for (subject, id, role, state) in MockSummaries::entries() {
		let found = Relationships::<Test>::get(id).expect("an entry is of a relationship");
		let Relationship { patient, provider, .. } = found;
		match role {
			EntryRole::Patient => assert_eq!(subject, patient),
			EntryRole::Provider => assert_eq!(subject, provider),
			EntryRole::Viewer => {
				assert!(permitted.contains(&(subject, id)));
				let shared = grants_of(id).values().any(|grant| {
					grant.effect == Effect::Permit && grant.grantee == Grantee::Subject(subject)
				});
				let expected = if shared { EntryState::Shared } else { EntryState::Terminated };
				assert_eq!(state, expected);
			},
		}
	}
	for (id, Relationship { patient, provider, state, .. }) in Relationships::<Test>::iter() {
		let expected = match state {
			RelationshipState::Proposed => EntryState::Proposed,
			RelationshipState::Active => EntryState::Active,
			RelationshipState::Declined => EntryState::Declined,
			RelationshipState::Terminated => EntryState::Terminated,
		};
		for (subject, role) in [(patient, EntryRole::Patient), (provider, EntryRole::Provider)] {
			let (found, state, _) =
				entry(account_of(subject), id).expect("both parties have an entry");
			assert_eq!((found, state), (role, expected));
		}
		for grant in grants_of(id).into_values() {
			if let (Effect::Permit, Grantee::Subject(viewer)) = (grant.effect, grant.grantee) {
				assert!(entry(account_of(viewer), id).is_some());
			}
		}
	}
}

/// Makes a call and checks the properties. Returns whether it succeeded.
fn call_and_check(
	(call, by): (Call<Test>, AccountId),
	permitted: &mut BTreeSet<(SubjectId, RelationshipId)>,
) -> bool {
	let posts = matches!(call, Call::post_record { .. } | Call::amend_record { .. });
	let by_patient = [PATIENT, OTHER_PATIENT].contains(&by);
	let given = match &call {
		Call::grant { relationship, grantee: Grantee::Subject(viewer), .. } => {
			Some((*viewer, *relationship))
		},
		_ => None,
	};
	let (before, seen) = (root(), sight());
	let done = call.dispatch_bypass_filter(signed(by)).is_ok();
	if !done {
		assert_eq!(before, root());
	} else {
		permitted.extend(given);
	}
	if !posts && !by_patient {
		assert!(sight().is_subset(&seen));
	}
	done
}

#[test]
fn any_sequence_of_calls_keeps_the_properties() {
	let succeeded = RefCell::new(BTreeMap::<&'static str, u32>::new());
	let config = Config { cases: 256, failure_persistence: None, ..Config::default() };
	let steps = prop::collection::vec(step(), 1..80);
	let result = TestRunner::new(config).run(&steps, |steps| {
		ExtBuilder.build_and_execute(|| {
			active();
			let mut permitted = BTreeSet::new();
			for step in steps {
				match step {
					Step::Call { verb, position, by } => {
						let (call, natural) = call_of(&verb, position);
						let name = frame_support::traits::GetCallName::get_call_name(&call);
						let call = (call, by.unwrap_or(natural));
						if call_and_check(call, &mut permitted) {
							*succeeded.borrow_mut().entry(name).or_default() += 1;
						}
					},
					Step::Pass(by) => MockTime::advance(by.into()),
					Step::Suspend(who, off) => set_suspended(who, off),
				}
				Ppr::do_try_state().unwrap();
				check_summaries(&permitted);
			}
		});
		Ok(())
	});
	result.unwrap();

	// Without this the sequences might consist of failures.
	let succeeded = succeeded.into_inner();
	for name in <Call<Test> as frame_support::traits::GetCallName>::get_call_names() {
		assert!(succeeded.get(name).is_some_and(|times| *times >= 10), "{name}: {succeeded:?}");
	}
}
