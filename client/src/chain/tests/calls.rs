use super::{metadata, runtime, GENESIS};
use crate::chain::{
	error_names, rotation_message, BlockHeader, CouncilCall, MiningBountyCall, PprCall,
	RegistrarCall, RuntimeCall, SummaryCall, UtilityCall, Weight,
};
use medrec_primitives::{
	authority::{Act, CallKind},
	bounty::{Offer, Parameters, Rules, Statistic},
	identity::{Gatekeeper, Profile, Role, Status, SubjectId},
	record::{Category, Pointer, Release},
	relationship::{Effect, Grant, Grantee, Purpose, Purposes, ResearchConsent, Scope},
	AccountId, Signature, H256,
};
use medrec_protocol::keys::{Key, Scheme};
use parity_scale_codec::Encode;
use sp_core::sr25519;
use std::collections::BTreeSet;

/// Any identifier, hash or commitment.
fn id<T: From<[u8; 32]>>() -> T {
	T::from([9; 32])
}

fn account() -> AccountId {
	AccountId::from([8; 32])
}

fn profile() -> Profile {
	Profile {
		gatekeeper: Some(Gatekeeper {
			url: b"https://gate.example.org".to_vec().try_into().unwrap(),
			device: id(),
		}),
		peers: vec![vec![1, 2].try_into().unwrap()].try_into().unwrap(),
		mining_key: Some([1; 32].into()),
		finality_key: None,
	}
}

fn pointer() -> Pointer {
	Pointer { template: id(), handle: vec![1, 2, 3].try_into().unwrap() }
}

fn offer() -> Offer {
	Offer {
		dataset: id(),
		template: id(),
		parameters: Parameters {
			statistic: Statistic::Mean { field: 3 },
			group_by: vec![1, 2].try_into().unwrap(),
		},
		cost: 5,
		expires_at: 77,
	}
}

fn denial() -> Grant {
	Grant {
		grantee: Grantee::Subject(id()),
		effect: Effect::Deny,
		scope: Scope::All,
		purposes: Purposes::new(),
		not_before: 0,
		expires_at: None,
		given_at: 1,
	}
}

fn scopes() -> [Scope; 4] {
	let records = BTreeSet::from([id(), [1; 32].into()]);
	let fields = BTreeSet::from([1, 5]);
	[
		Scope::All,
		Scope::Category(Category(7)),
		Scope::Records(records.try_into().unwrap()),
		Scope::Fields { record: id(), fields: fields.try_into().unwrap() },
	]
}

fn consent() -> ResearchConsent {
	let categories = BTreeSet::from([Category(1), Category(2)]);
	ResearchConsent::Categories(categories.try_into().unwrap())
}

fn rules() -> Rules {
	let templates = vec![id()].try_into().unwrap();
	Rules { templates, smallest_group: 11, budget: 100, period: 1000 }
}

fn registrar_calls() -> Vec<RegistrarCall> {
	use RegistrarCall::*;
	let (account, name, profile) = (account(), b"hospital-a".to_vec(), profile());
	let proof = Signature::Sr25519(sr25519::Signature::from_raw([7; 64]));
	vec![
		admit_provider { account: account.clone(), name: name.clone(), profile: profile.clone() },
		admit_researcher { account: account.clone(), name, profile: profile.clone() },
		enroll {
			account: account.clone(),
			role: Role::Device,
			identifier: Some(id()),
			encryption_key: Some([4; 32].into()),
		},
		bind_identifier { subject: id(), identifier: id() },
		unbind_identifier { identifier: id() },
		set_profile { profile },
		set_encryption_key { key: None },
		rotate_account { new_account: account, proof },
		set_status { subject: id(), status: Status::Retired },
	]
}

fn ppr_calls() -> Vec<PprCall> {
	use PprCall::*;
	let (relationship, record, commitment) = (id(), id(), id());
	let (category, release) = (Category(7), Release::Withheld);
	let (grantee, not_before) = (Grantee::Subject(id()), Some(1));
	let mut calls = vec![
		propose { patient: id() },
		withdraw { relationship },
		accept { relationship },
		decline { relationship },
		terminate { relationship },
		post_record { relationship, record, commitment, pointer: pointer(), category, release },
		amend_record { relationship, record, commitment, pointer: pointer(), category, release },
		revoke { relationship, grant: id() },
		revoke_all { relationship, grantee: Grantee::Group(id()) },
		set_research_consent { relationship, consent: consent() },
	];
	for scope in scopes() {
		let purposes = [Purpose::Treat, Purpose::Famrqt].into();
		let given = scope.clone();
		calls.extend([
			grant { relationship, grantee, scope: given, purposes, not_before, expires_at: None },
			deny { relationship, grantee, scope, not_before, expires_at: Some(2) },
		]);
	}
	calls
}

fn other_calls() -> Vec<RuntimeCall> {
	use CouncilCall::{close, vote};
	use MiningBountyCall::*;
	use SummaryCall::*;
	use UtilityCall::{batch, force_batch, if_else};
	let inner = || Box::new(RuntimeCall::from(PprCall::accept { relationship: id() }));
	let proposal_weight_bound = Weight { ref_time: 1 << 40, proof_size: 5 };
	vec![
		acknowledge { relationship: id() }.into(),
		anchor_access_log { root: id(), first: 1 << 33, count: 7 }.into(),
		raise_alarm { relationship: id(), record: id() }.into(),
		register_dataset { dataset: id(), rules: rules() }.into(),
		inner().with_bounty(offer()),
		commit_answer { bounty: id(), commitment: id() }.into(),
		mark_defaulted { bounty: id() }.into(),
		batch { calls: vec![*inner()] }.into(),
		RuntimeCall::batch_all(vec![*inner(), *inner()]),
		force_batch { calls: vec![] }.into(),
		if_else { main: inner(), fallback: inner() }.into(),
		inner().as_motion(300),
		vote { proposal: id(), index: 70_000, approve: true }.into(),
		close { proposal_hash: id(), index: 2, proposal_weight_bound, length_bound: 1000 }.into(),
	]
}

/// Every call that this crate sends, with the name of its pallet and its own name.
fn calls() -> Vec<(String, String, RuntimeCall)> {
	let registrar = registrar_calls().into_iter().map(RuntimeCall::from);
	let ppr = ppr_calls().into_iter().map(RuntimeCall::from);
	let calls = registrar.chain(ppr).chain(other_calls());
	let named = |call: RuntimeCall| {
		let text = format!("{call:?}");
		let (pallet, rest) = text.split_once('(').unwrap();
		let (name, _) = rest.split_once(' ').unwrap();
		(pallet.to_owned(), name.to_owned(), call)
	};
	calls.map(named).collect()
}

#[test]
fn every_call_has_the_encoding_of_the_runtime() {
	let runtime = runtime();
	for (pallet, name, call) in calls() {
		let payload = runtime.client.tx().from_call_data_bytes(&call.encode());
		let payload = payload.unwrap_or_else(|error| panic!("{pallet}.{name}: {error}"));
		assert_eq!((payload.pallet_name(), payload.call_name()), (&*pallet, &*name));
		// The dynamic encoding of the decoded values is the same.
		assert_eq!(runtime.client.tx().call_data(&payload).unwrap(), call.encode());
		assert_eq!(RuntimeCall::read(&call.encode()), Some(call));
	}
}

#[test]
fn every_call_of_our_pallets_is_tested() {
	let tested = calls();
	for pallet in ["Registrar", "Ppr", "Summary", "MiningBounty"] {
		for call in metadata().pallet_by_name(pallet).unwrap().call_variants().unwrap() {
			let named = |(of, name, _): &(String, String, _)| of == pallet && *name == call.name;
			assert!(tested.iter().any(named), "{pallet}.{}", call.name);
		}
	}
}

#[test]
fn malformed_and_deeply_nested_calls_do_not_decode() {
	let call = RuntimeCall::from(PprCall::accept { relationship: id() });
	let mut bytes = call.encode();
	bytes.push(0);
	assert_eq!(RuntimeCall::read(&bytes), None);
	// `System.remark`, alone and in a batch: the calls of that pallet are not compared with the chain.
	let remark = [0, 0, 0];
	assert!(runtime().client.tx().from_call_data_bytes(&remark).is_ok());
	assert_eq!(RuntimeCall::read(&remark), None);
	let batch = RuntimeCall::batch_all(vec![call.clone()]).encode();
	assert_eq!(RuntimeCall::read(&[&[5, 2, 8], &remark[..], &batch[3..]].concat()), None);
	let deep = (0..40).fold(call, |call, _| RuntimeCall::batch_all(vec![call]));
	assert_eq!(RuntimeCall::read(&deep.encode()), None);
}

#[test]
fn visits_reach_every_call_of_the_same_sender() {
	let revoke = RuntimeCall::from(PprCall::revoke { relationship: id(), grant: id() });
	let deny = RuntimeCall::from(PprCall::decline { relationship: id() });
	let motion = RuntimeCall::from(PprCall::terminate { relationship: id() }).as_motion(1);
	let call = RuntimeCall::batch_all(vec![
		revoke.clone().with_bounty(offer()),
		UtilityCall::if_else { main: Box::new(deny.clone()), fallback: Box::new(revoke.clone()) }
			.into(),
		motion,
	]);
	let mut ppr = Vec::new();
	call.visit(&mut |call| {
		if matches!(call, RuntimeCall::Ppr(_)) {
			ppr.push(call.clone());
		}
	});
	assert_eq!(ppr, [revoke.clone(), deny, revoke]);
}

#[test]
fn protective_calls_are_those_of_the_runtime() {
	let protective: Vec<_> = calls()
		.into_iter()
		.filter(|(_, _, call)| call.kind().is_protective())
		.map(|(_, name, _)| name)
		.collect();
	let denials = ["deny"; 4];
	let others = ["rotate_account", "set_status", "decline", "terminate", "revoke", "revoke_all"];
	assert_eq!(protective, [others.as_slice(), &denials].concat());
	let activate = RegistrarCall::set_status { subject: id(), status: Status::Active };
	assert!(!RuntimeCall::from(activate).kind().is_protective());
	assert_eq!(RuntimeCall::batch_all(vec![]).kind(), CallKind::Other);
}

#[test]
fn calls_in_a_relationship_have_an_act() {
	let (author, grant) = (SubjectId([1; 32]), denial());
	let acts: Vec<_> = calls()
		.iter()
		.filter_map(|(_, name, call)| {
			let (relationship, act) = call.act(|_, _| Some(&grant), |_, _| Some(&author))?;
			assert_eq!(relationship, id());
			Some((name.clone(), format!("{act:?}").split([' ', '(']).next().unwrap().to_owned()))
		})
		.collect();
	let expected = [
		("withdraw", "Withdraw"),
		("accept", "Accept"),
		("decline", "Decline"),
		("terminate", "Terminate"),
		("post_record", "PostRecord"),
		("amend_record", "AmendRecord"),
		("revoke", "Revoke"),
		("revoke_all", "RevokeAll"),
		("set_research_consent", "SetResearchConsent"),
	];
	let grants = [("grant", "Give"), ("deny", "Give")].repeat(4);
	let expected = expected.into_iter().chain(grants).chain([("raise_alarm", "RaiseAlarm")]);
	let expected = expected.map(|(name, act)| (name.to_owned(), act.to_owned()));
	assert!(acts.into_iter().eq(expected));

	let mut without = calls();
	without.retain(|(pallet, _, call)| {
		pallet == "Ppr" && call.act(|_, _| Some(&grant), |_, _| Some(&author)).is_none()
	});
	let without: Vec<_> = without.iter().map(|(_, name, _)| name.as_str()).collect();
	assert_eq!(without, ["propose"], "every other call is in a relationship");

	let revoke = RuntimeCall::from(PprCall::revoke { relationship: id(), grant: id() });
	assert_eq!(revoke.act(|_, _| None, |_, _| None), None);
	assert_eq!(revoke.act(|_, _| Some(&grant), |_, _| None).unwrap().1, Act::Revoke(&grant));
}

#[test]
fn rotations_are_signed_over_chain_subject_and_account() {
	let message = rotation_message(&GENESIS, &id(), &account());
	assert_eq!(message, [b"medrec-rotate".as_slice(), &[1; 32], &[9; 32], &[8; 32]].concat());
}

#[test]
fn transactions_are_signed_by_either_scheme() {
	let runtime = runtime();
	let birth = BlockHeader { number: 5, hash: H256([2; 32]), parent: H256([3; 32]) };
	let short = RuntimeCall::from(PprCall::accept { relationship: id() });
	let long = RuntimeCall::batch_all(vec![short.clone(); 20]);
	for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
		let key = Key::from_uri("//Patient", scheme).unwrap();
		for call in [&short, &long] {
			let signed = runtime.sign(call, &key, 300, birth, 64).unwrap();
			assert_eq!(super::node::nonce_of(&signed.bytes), 300);
			assert!(signed.bytes.ends_with(&call.encode()));
			assert_eq!(signed.hash, H256(sp_crypto_hashing::blake2_256(&signed.bytes)));
			// Version 4, signed, by an account.
			let body =
				<Vec<u8> as parity_scale_codec::Decode>::decode(&mut &*signed.bytes).unwrap();
			assert_eq!(body[..2], [0x84, 0]);
			assert_eq!(body[2..34], key.public());
			assert_eq!(body[34], if scheme == Scheme::Ed25519 { 0 } else { 1 });

			// What is signed: call, era, nonce, and what is implied.
			let extra = &body[99..body.len() - call.encoded_size()];
			let implied = (1u32, 1u32, GENESIS, birth.hash).encode();
			let payload = [&call.encode(), extra, &implied].concat();
			let payload = match payload.len() {
				0..=256 => payload,
				_ => sp_crypto_hashing::blake2_256(&payload).to_vec(),
			};
			let signature: [u8; 64] = body[35..99].try_into().unwrap();
			assert_eq!(
				medrec_protocol::keys::verify(&key.account(), &payload, &signature),
				Some(scheme)
			);
		}
	}
}

#[test]
fn arguments_have_their_names_and_short_texts() {
	let argument = |call: RuntimeCall, name: &str| {
		let found = call.arguments().into_iter().find(|(found, _)| found == name);
		found.map(|(_, text)| text)
	};
	let hex = |byte: u8| Some(format!("0x{}", hex::encode([byte; 32])));
	let (relationship, scope, purposes) = (id(), Scope::All, Default::default());
	let (grantee, not_before, expires_at) = (Grantee::Subject(id()), None, Some(5));
	let grant: RuntimeCall =
		PprCall::grant { relationship, grantee, scope, purposes, not_before, expires_at }.into();
	assert_eq!(grant.pallet(), "Ppr");
	assert_eq!(argument(grant.clone(), "relationship"), hex(9));
	assert_eq!(argument(grant.clone(), "grantee"), hex(9));
	assert_eq!(argument(grant.clone(), "expires_at").as_deref(), Some("5"));
	assert_eq!(argument(grant.clone(), "not_before"), None);

	let (account, name) = (account(), b"hospital-a".to_vec());
	let admit = RegistrarCall::admit_provider { account, name, profile: profile() };
	assert_eq!(argument(admit.clone().into(), "account"), hex(8));
	assert_eq!(argument(admit.into(), "name").as_deref(), Some("hospital-a"));
	let status = RegistrarCall::set_status { subject: id(), status: Status::Retired };
	assert_eq!(argument(status.into(), "status").as_deref(), Some("Retired"));

	// The calls in a batch are visited one by one.
	assert_eq!(RuntimeCall::batch_all(vec![grant]).arguments(), []);
}

#[test]
fn the_errors_of_a_pallet_are_named() {
	let errors = error_names("Ppr");
	assert!(errors.contains(&"GranteeNotFound") && errors.len() > 10, "{errors:?}");
	assert_eq!(error_names("Nothing"), [] as [&str; 0]);
}
