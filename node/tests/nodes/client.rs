//! What clients do with a node: `medrec-client` against the real one.

use crate::running::{Node, LIMIT};
use futures::StreamExt;
use medrec_client::chain::{Chain, Error, Head, Heads, PprCall, PoolRejection, RegistrarCall, RuntimeCall, SubmitOptions, Touched, Until};
use medrec_protocol::keys::{Key, Scheme};
use medrec_primitives::{
	identity::{Role, Status},
	record::{Pointer, Release},
	relationship::{Grantee, Purpose, Purposes, RelationshipState, Scope},
	summary::EntryState,
	H256,
};
use std::{sync::Arc, time::Duration};
use tokio::{
	net::{TcpListener, TcpStream},
	task::JoinSet,
	time::timeout,
};

fn random_key() -> Key {
	Key::generate(Scheme::Sr25519).0
}

async fn next_head(heads: &mut Heads) -> Head {
	timeout(LIMIT, heads.next()).await.expect("it comes in time").expect("heads do not end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relationship_is_made_used_and_ended() {
	let node = Node::start(["--dev", "--tmp"]).await;
	let chain = Chain::connect(&node.url).await.unwrap();
	let status = chain.node_status().await.unwrap();
	assert_eq!((status.peers, status.is_syncing), (0, false));
	assert!(status.name.contains("MedRec"), "{status:?}");
	let provider = Key::from_uri("//ProviderA", Scheme::Sr25519).unwrap();
	let (patient, doctor) = (random_key(), Key::generate(Scheme::Ed25519).0);
	let options = SubmitOptions::default();

	// A stranger reads why.
	let stranger = PprCall::Accept { relationship: H256::zero() }.into();
	let refused = chain.submit(&stranger, &patient, options).await;
	assert!(matches!(refused, Err(Error::Refused(PoolRejection::NotRegistered))), "{refused:?}");

	// Two subjects at once.
	let enroll = |key: &Key, role| {
		let (account, identifier, encryption_key) = (key.account(), None, Some([9; 32]));
		RuntimeCall::from(RegistrarCall::Enroll { account, role, identifier, encryption_key })
	};
	let both = RuntimeCall::batch_all(vec![
		enroll(&patient, Role::Patient),
		enroll(&doctor, Role::Clinician),
	]);
	let enrolled = chain.submit(&both, &provider, options).await.unwrap();
	let at = chain.at(enrolled.block.hash);
	let patient_id = at.subject_of(&patient.account()).await.unwrap().unwrap();
	let doctor_id = at.subject_of(&doctor.account()).await.unwrap().unwrap();
	let provider_id = at.resolve("hospital-a").await.unwrap().unwrap();
	assert_eq!(at.name_of(provider_id).await.unwrap().as_deref(), Some("hospital-a"));
	let subject = at.subject(patient_id).await.unwrap().unwrap();
	assert_eq!((subject.role, subject.sponsor), (Role::Patient, Some(provider_id)));
	assert!(at.subjects().await.unwrap().iter().any(|(id, _)| *id == doctor_id));
	assert!(at.timestamp().await.unwrap() > 0);
	assert!(!at.difficulty().await.unwrap().is_zero());
	assert!(!at.miners().await.unwrap().is_empty());
	assert!(at.pow_parameters().await.unwrap().target_block_time > 0);
	assert!(at.council().await.unwrap().contains(&provider.account()));

	// A relationship, and a record in it.
	let proposed =
		chain.submit(&PprCall::Propose { patient: patient_id }.into(), &provider, options).await;
	let proposed = proposed.unwrap();
	let relationship: H256 =
		proposed.event("Ppr", "Proposed").unwrap().get("relationship").unwrap();
	let accept = PprCall::Accept { relationship }.into();
	let accepted =
		chain.submit(&accept, &patient, SubmitOptions { until: Until::Final, ..options });
	let accepted = accepted.await.unwrap();
	assert!(accepted.is_final && chain.finalized().await.unwrap().number >= accepted.block.number);
	let again = chain.submit(&accept, &patient, options).await;
	let Err(Error::Failed(failure)) = again else { panic!("{again:?}") };
	assert_eq!((failure.pallet.as_deref(), failure.name.as_str()), (Some("Ppr"), "NotProposed"));

	let record = H256::random();
	let post = PprCall::PostRecord {
		relationship,
		record,
		commitment: H256([1; 32]),
		pointer: Pointer { template: H256([2; 32]), handle: vec![3].try_into().unwrap() },
		category: 7,
		release: Release::Released,
	};
	let posted = chain.submit(&post.into(), &provider, options).await.unwrap();
	let touched: Vec<_> = posted.events.iter().flat_map(|event| event.touched()).collect();
	assert!(touched.contains(&Touched::Record(relationship, record)));

	// A grant, seen by the runtime as by the storage.
	let mut purposes = Purposes::new();
	purposes.try_insert(Purpose::Treat).unwrap();
	let grantee = Grantee::Subject(doctor_id);
	let scope = Scope::Category(7);
	let (not_before, expires_at) = (None, None);
	let grant =
		PprCall::Grant { relationship, grantee, scope, purposes, not_before, expires_at }.into();
	let granted = chain.submit(&grant, &patient, options).await.unwrap();
	let at = chain.at(granted.block.hash);
	let grants = at.grants(relationship).await.unwrap();
	assert_eq!(grants.len(), 1);
	assert_eq!(at.grants_to(relationship, grantee).await.unwrap(), grants);
	assert_eq!(at.records(relationship).await.unwrap().len(), 1);
	assert_eq!(at.relationship_between(provider_id, patient_id).await.unwrap(), Some(relationship));
	assert!(at.patients_of(provider_id).await.unwrap().contains(&(patient_id, relationship)));
	let allowed = at.check_access(doctor_id, relationship, record, Purpose::Treat).await.unwrap();
	assert!(allowed.is_permit());
	let entries = at.relationships_of(patient_id).await.unwrap();
	assert_eq!((entries[0].0, entries[0].1.state), (relationship, EntryState::Active));
	let head = at.activity_head(patient_id).await.unwrap();
	assert_eq!(at.activity(patient_id).await.unwrap().len() as u64, head.next);

	// A revocation.
	let revoke: RuntimeCall = PprCall::Revoke { relationship, grant: grants[0].0 }.into();
	let revoked = chain.submit(&revoke, &patient, options).await.unwrap();
	let at = chain.at(revoked.block.hash);
	let denied = at.check_access(doctor_id, relationship, record, Purpose::Treat).await.unwrap();
	assert!(!denied.is_permit());

	// The end; and a suspended doctor may send nothing.
	let end: RuntimeCall = PprCall::Terminate { relationship }.into();
	chain.submit(&end, &patient, options).await.unwrap();
	let suspend: RuntimeCall =
		RegistrarCall::SetStatus { subject: doctor_id, status: Status::Suspended }.into();
	let suspended = chain.submit(&suspend, &provider, options).await.unwrap();
	let at = chain.at(suspended.block.hash);
	let ended = at.relationship(relationship).await.unwrap().unwrap();
	assert_eq!(ended.state, RelationshipState::Terminated);
	let refused = chain.submit(&stranger, &doctor, options).await;
	assert!(matches!(refused, Err(Error::Refused(PoolRejection::NotActive))), "{refused:?}");

	let mut heads = chain.best_heads();
	let first = next_head(&mut heads).await;
	let mut second = first;
	// The present head may be told twice, as such and as one that just came.
	while second == first {
		second = next_head(&mut heads).await;
	}
	let route = chain.route(first, second).await.unwrap();
	assert_eq!(route.enacted.last(), Some(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_the_pool_is_told_and_read() {
	// It does not mine, so what is sent stays in the pool.
	let node = Node::start(["--chain=local", "--tmp"]).await;
	let chain = Chain::connect(&node.url).await.unwrap();
	let provider = Key::from_uri("//ProviderA", Scheme::Sr25519).unwrap();
	let mut signals = chain.pool_signals();
	let call = |patient| RuntimeCall::from(PprCall::Propose { patient });
	let mut sent = Vec::new();
	let told = async {
		loop {
			// The first ones may come before the node knows that somebody listens.
			let patient = H256::random();
			sent.push(call(patient));
			let options =
				SubmitOptions { timeout: Duration::from_millis(200), ..Default::default() };
			let waiting = chain.submit(&call(patient), &provider, options).await;
			assert!(matches!(waiting, Err(Error::NotIncluded)), "{waiting:?}");
			if timeout(Duration::from_millis(200), signals.next()).await.is_ok() {
				break;
			}
		}
	};
	timeout(LIMIT, told).await.unwrap();
	let pending = chain.pending().await.unwrap();
	assert_eq!(pending.len(), sent.len());
	for call in &sent {
		assert!(pending.iter().any(|transaction| {
			transaction.signer == Some(provider.account())
				&& transaction.call.as_ref() == Some(call)
		}));
	}
}

/// Passes on to `to` whatever connects here; what it passes is cut when the task is aborted.
async fn forward(listener: Arc<TcpListener>, to: String) {
	let mut passing = JoinSet::new();
	while let Ok((mut here, _)) = listener.accept().await {
		let mut there = TcpStream::connect(&to).await.unwrap();
		passing.spawn(async move {
			let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
		});
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_mended() {
	let node = Node::start(["--dev", "--tmp"]).await;
	let to = node.url.trim_start_matches("ws://").to_owned();
	// It keeps its port throughout, so that nobody else takes it while nothing is passed on.
	let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
	let address = listener.local_addr().unwrap();
	let way = tokio::spawn(forward(listener.clone(), to.clone()));
	let chain = Chain::connect(&format!("ws://{address}")).await.unwrap();
	let mut heads = chain.best_heads();
	let before = next_head(&mut heads).await;

	way.abort();
	let _ = way.await;
	let asked = tokio::spawn({
		let chain = chain.clone();
		async move { chain.best().await }
	});
	let way = tokio::spawn(forward(listener, to));
	// It begins again with the present head, which may be the same still.
	while next_head(&mut heads).await.number <= before.number {}
	assert!(asked.await.unwrap().unwrap().number >= before.number);
	way.abort();
}
