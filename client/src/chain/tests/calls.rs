use super::{runtime, GENESIS};
use crate::chain::{
	rotation_message, BlockHeader, CouncilCall, MiningBountyCall, PprCall, RegistrarCall,
	RuntimeCall, SummaryCall, UtilityCall, Weight,
};
use medrec_primitives::{
	bounty::{Offer, Parameters, Rules, Statistic},
	identity::{Gatekeeper, Profile, Role, Status},
	record::{Category, Pointer, Release},
	relationship::{Grantee, Purpose, Purposes, ResearchConsent, Scope},
	AccountId, Signature, H256,
};
use medrec_protocol::keys::{Key, Scheme};
use parity_scale_codec::Encode;
use sp_core::sr25519;

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

fn purposes() -> Purposes {
	let mut purposes = Purposes::new();
	purposes.try_insert(Purpose::Treat).unwrap();
	purposes.try_insert(Purpose::Famrqt).unwrap();
	purposes
}

fn scopes() -> [Scope; 4] {
	let records = std::collections::BTreeSet::from([id(), [1; 32].into()]);
	let fields = std::collections::BTreeSet::from([1, 5]);
	[
		Scope::All,
		Scope::Category(Category(7)),
		Scope::Records(records.try_into().unwrap()),
		Scope::Fields { record: id(), fields: fields.try_into().unwrap() },
	]
}

/// Every call, by the name that the runtime gives it.
fn calls() -> Vec<(&'static str, &'static str, RuntimeCall)> {
	use MiningBountyCall as Bounty;
	use PprCall as Ppr;
	use RegistrarCall as Registrar;
	let inner = || Box::new(RuntimeCall::from(Ppr::Accept { relationship: id() }));
	let post = (id(), id(), id(), pointer(), Category(7), Release::Withheld);
	let (relationship, record, commitment, pointer, category, release) = post;
	let name = || b"hospital-a".to_vec().try_into().unwrap();
	let proof = Signature::Sr25519(sr25519::Signature::from_raw([7; 64]));
	let rules = Rules {
		templates: vec![id()].try_into().unwrap(),
		smallest_group: 11,
		budget: 100,
		period: 1000,
	};
	let weight = Weight { ref_time: 1 << 40, proof_size: 5 };
	let consent = ResearchConsent::Categories(
		[1, 2]
			.map(Category)
			.into_iter()
			.collect::<std::collections::BTreeSet<_>>()
			.try_into()
			.unwrap(),
	);
	let mut calls: Vec<(_, _, RuntimeCall)> = vec![
		(
			"Registrar",
			"admit_provider",
			Registrar::AdmitProvider { account: account(), name: name(), profile: profile() }
				.into(),
		),
		(
			"Registrar",
			"admit_researcher",
			Registrar::AdmitResearcher { account: account(), name: name(), profile: profile() }
				.into(),
		),
		(
			"Registrar",
			"enroll",
			Registrar::Enroll {
				account: account(),
				role: Role::Device,
				identifier: Some(id()),
				encryption_key: Some([4; 32].into()),
			}
			.into(),
		),
		(
			"Registrar",
			"bind_identifier",
			Registrar::BindIdentifier { subject: id(), identifier: id() }.into(),
		),
		("Registrar", "unbind_identifier", Registrar::UnbindIdentifier { identifier: id() }.into()),
		("Registrar", "set_profile", Registrar::SetProfile { profile: profile() }.into()),
		("Registrar", "set_encryption_key", Registrar::SetEncryptionKey { key: None }.into()),
		(
			"Registrar",
			"rotate_account",
			Registrar::RotateAccount { new_account: account(), proof }.into(),
		),
		(
			"Registrar",
			"set_status",
			Registrar::SetStatus { subject: id(), status: Status::Retired }.into(),
		),
		("Ppr", "propose", Ppr::Propose { patient: id() }.into()),
		("Ppr", "withdraw", Ppr::Withdraw { relationship: id() }.into()),
		("Ppr", "accept", Ppr::Accept { relationship: id() }.into()),
		("Ppr", "decline", Ppr::Decline { relationship: id() }.into()),
		("Ppr", "terminate", Ppr::Terminate { relationship: id() }.into()),
		(
			"Ppr",
			"post_record",
			Ppr::PostRecord {
				relationship,
				record,
				commitment,
				pointer: pointer.clone(),
				category,
				release,
			}
			.into(),
		),
		(
			"Ppr",
			"amend_record",
			Ppr::AmendRecord { relationship, record, commitment, pointer, category, release }
				.into(),
		),
		("Ppr", "revoke", Ppr::Revoke { relationship: id(), grant: id() }.into()),
		(
			"Ppr",
			"revoke_all",
			Ppr::RevokeAll { relationship: id(), grantee: Grantee::Group(id()) }.into(),
		),
		(
			"Ppr",
			"set_research_consent",
			Ppr::SetResearchConsent { relationship: id(), consent }.into(),
		),
		("Summary", "acknowledge", SummaryCall::Acknowledge { relationship: id() }.into()),
		(
			"Summary",
			"anchor_access_log",
			SummaryCall::AnchorAccessLog { root: id(), first: 1 << 33, count: 7 }.into(),
		),
		(
			"Summary",
			"raise_alarm",
			SummaryCall::RaiseAlarm { relationship: id(), record: id() }.into(),
		),
		(
			"MiningBounty",
			"register_dataset",
			Bounty::RegisterDataset { dataset: id(), rules }.into(),
		),
		("MiningBounty", "with_bounty", inner().with_bounty(offer())),
		(
			"MiningBounty",
			"commit_answer",
			Bounty::CommitAnswer { bounty: id(), commitment: id() }.into(),
		),
		("MiningBounty", "mark_defaulted", Bounty::MarkDefaulted { bounty: id() }.into()),
		("Utility", "batch", UtilityCall::Batch { calls: vec![*inner()] }.into()),
		("Utility", "batch_all", RuntimeCall::batch_all(vec![*inner(), *inner()])),
		("Utility", "force_batch", UtilityCall::ForceBatch { calls: vec![] }.into()),
		("Utility", "if_else", UtilityCall::IfElse { main: inner(), fallback: inner() }.into()),
		("Council", "propose", inner().as_motion(300)),
		(
			"Council",
			"vote",
			CouncilCall::Vote { proposal: id(), index: 70_000, approve: true }.into(),
		),
		(
			"Council",
			"close",
			CouncilCall::Close {
				proposal_hash: id(),
				index: 2,
				proposal_weight_bound: weight,
				length_bound: 1000,
			}
			.into(),
		),
	];
	for scope in scopes() {
		let grantee = Grantee::Subject(id());
		let (not_before, expires_at) = (Some(1), None);
		let grant = Ppr::Grant {
			relationship: id(),
			grantee,
			scope: scope.clone(),
			purposes: purposes(),
			not_before,
			expires_at,
		};
		calls.push(("Ppr", "grant", grant.into()));
		let deny =
			Ppr::Deny { relationship: id(), grantee, scope, not_before, expires_at: Some(2) };
		calls.push(("Ppr", "deny", deny.into()));
	}
	calls
}

#[test]
fn every_call_has_the_encoding_of_the_runtime() {
	let runtime = runtime();
	for (pallet, name, call) in calls() {
		let payload = runtime.client.tx().from_call_data_bytes(&call.encode());
		let payload = payload.unwrap_or_else(|error| panic!("{pallet}.{name}: {error}"));
		assert_eq!((payload.pallet_name(), payload.call_name()), (pallet, name));
		// And as the runtime would write it from the very values.
		assert_eq!(runtime.client.tx().call_data(&payload).unwrap(), call.encode());
		assert_eq!(runtime.names(&call), Some((pallet.to_owned(), name.to_owned())));
		assert_eq!(RuntimeCall::read(&call.encode()), Some(call));
	}
}

#[test]
fn malformed_and_deeply_nested_calls_do_not_decode() {
	let call = RuntimeCall::from(PprCall::Accept { relationship: id() });
	let mut bytes = call.encode();
	bytes.push(0);
	assert_eq!(RuntimeCall::read(&bytes), None);
	assert_eq!(RuntimeCall::read(&[0, 0]), None);
	let deep = (0..40).fold(call, |call, _| RuntimeCall::batch_all(vec![call]));
	assert_eq!(RuntimeCall::read(&deep.encode()), None);
}

#[test]
fn visits_reach_every_call_of_the_same_sender() {
	let revoke = RuntimeCall::from(PprCall::Revoke { relationship: id(), grant: id() });
	let deny = RuntimeCall::from(PprCall::Decline { relationship: id() });
	let motion = RuntimeCall::from(PprCall::Terminate { relationship: id() }).as_motion(1);
	let call = RuntimeCall::batch_all(vec![
		revoke.clone().with_bounty(offer()),
		UtilityCall::IfElse { main: Box::new(deny.clone()), fallback: Box::new(revoke.clone()) }
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
fn rotations_are_signed_over_chain_subject_and_account() {
	let message = rotation_message(&GENESIS, &id(), &account());
	assert_eq!(message, [b"medrec-rotate".as_slice(), &[1; 32], &[9; 32], &[8; 32]].concat());
}

#[test]
fn transactions_are_signed_by_either_scheme() {
	let runtime = runtime();
	let birth = BlockHeader { number: 5, hash: H256([2; 32]), parent: H256([3; 32]) };
	let short = RuntimeCall::from(PprCall::Accept { relationship: id() });
	let long = RuntimeCall::batch_all(vec![short.clone(); 20]);
	for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
		let key = Key::from_uri("//Patient", scheme).unwrap();
		for call in [&short, &long] {
			let signed = runtime.sign(call, &key, 300, birth).unwrap();
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
