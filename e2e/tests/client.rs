//! `medrec-client` against a real node.

use futures::StreamExt;
use medrec_client::chain::{
	BlockHeader, Chain, Error, Heads, PoolRejection, PprCall, RegistrarCall, RuntimeCall,
	StateChange, SubmitOptions, Until,
};
use medrec_e2e::network::{Network, Node, LIMIT};
use medrec_primitives::{
	identity::{EncryptionKey, Role, Status, SubjectId},
	record::{Category, Commitment, Pointer, RecordId, Release, TemplateHash},
	relationship::{Grantee, Purpose, RelationshipId, RelationshipState, Scope},
	summary::EntryState,
	H256,
};
use medrec_protocol::keys::{Key, Scheme};
use std::{sync::Arc, time::Duration};
use tokio::{
	net::{TcpListener, TcpStream},
	task::JoinSet,
	time::timeout,
};

fn random_key() -> Key {
	Key::generate(Scheme::Sr25519).0
}

async fn next_head(heads: &mut Heads) -> BlockHeader {
	timeout(LIMIT, heads.next()).await.expect("a head in time").expect("an endless stream")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relationship_is_made_used_and_ended() {
	let network = Network::temporary().unwrap();
	let node = Node::start(&network, "node", "--dev").await.unwrap();
	let chain = node.chain().await.unwrap();
	let status = chain.node_status().await.unwrap();
	assert_eq!((status.peers, status.is_syncing), (0, false));
	assert!(status.name.contains("MedRec"), "{status:?}");
	let provider = Key::from_uri("//ProviderA", Scheme::Sr25519).unwrap();
	let (patient, doctor) = (random_key(), Key::generate(Scheme::Ed25519).0);
	let options = SubmitOptions::default();

	// The pool rejects a stranger with a reason.
	let stranger = PprCall::accept { relationship: RelationshipId::default() }.into();
	let rejected = chain.submit(&stranger, &patient, options).await;
	assert!(matches!(rejected, Err(Error::Rejected(PoolRejection::NotRegistered))), "{rejected:?}");

	// Two subjects at once.
	let enroll = |key: &Key, role| {
		let (account, identifier, encryption_key) =
			(key.account(), None, Some(EncryptionKey([9; 32])));
		RuntimeCall::from(RegistrarCall::enroll { account, role, identifier, encryption_key })
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
		chain.submit(&PprCall::propose { patient: patient_id }.into(), &provider, options).await;
	let proposed = proposed.unwrap();
	let relationship: RelationshipId =
		proposed.event("Ppr", "Proposed").unwrap().get("relationship").unwrap();
	let accept = PprCall::accept { relationship }.into();
	let accepted =
		chain.submit(&accept, &patient, SubmitOptions { until: Until::Final, ..options });
	let accepted = accepted.await.unwrap();
	assert!(accepted.is_final && chain.finalized().await.unwrap().number >= accepted.block.number);
	let again = chain.submit(&accept, &patient, options).await;
	let Err(Error::Failed(failure)) = again else { panic!("{again:?}") };
	assert_eq!((failure.pallet.as_deref(), failure.name.as_str()), (Some("Ppr"), "NotProposed"));

	let record = RecordId::repeat_byte(7);
	let post = PprCall::post_record {
		relationship,
		record,
		commitment: Commitment([1; 32]),
		pointer: Pointer { template: TemplateHash([2; 32]), handle: vec![3].try_into().unwrap() },
		category: Category(7),
		release: Release::Released,
	};
	let posted = chain.submit(&post.into(), &provider, options).await.unwrap();
	let touched: Vec<_> = posted.events.iter().flat_map(|event| event.changes()).collect();
	assert!(touched.contains(&StateChange::Record(relationship, record)));

	// A grant, seen by the runtime as by the storage.
	let purposes = [Purpose::Treat].into();
	let grantee = Grantee::Subject(doctor_id);
	let scope = Scope::Category(Category(7));
	let (not_before, expires_at) = (None, None);
	let grant =
		PprCall::grant { relationship, grantee, scope, purposes, not_before, expires_at }.into();
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
	let revoke: RuntimeCall = PprCall::revoke { relationship, grant: grants[0].0 }.into();
	let revoked = chain.submit(&revoke, &patient, options).await.unwrap();
	let at = chain.at(revoked.block.hash);
	let denied = at.check_access(doctor_id, relationship, record, Purpose::Treat).await.unwrap();
	assert!(!denied.is_permit());

	// The end; and a suspended doctor may send nothing.
	let end: RuntimeCall = PprCall::terminate { relationship }.into();
	chain.submit(&end, &patient, options).await.unwrap();
	let suspend: RuntimeCall =
		RegistrarCall::set_status { subject: doctor_id, status: Status::Suspended }.into();
	let suspended = chain.submit(&suspend, &provider, options).await.unwrap();
	let at = chain.at(suspended.block.hash);
	let ended = at.relationship(relationship).await.unwrap().unwrap();
	assert_eq!(ended.state, RelationshipState::Terminated);
	let rejected = chain.submit(&stranger, &doctor, options).await;
	assert!(matches!(rejected, Err(Error::Rejected(PoolRejection::NotActive))), "{rejected:?}");

	let mut heads = chain.best_heads();
	let first = next_head(&mut heads).await;
	let mut second = first;
	// The present head may come twice: as such, and as a new one.
	while second == first {
		second = next_head(&mut heads).await;
	}
	let route = chain.route(first, second).await.unwrap();
	assert_eq!(route.enacted.last(), Some(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_transactions_are_announced_and_read() {
	// It does not mine, so that transactions stay in the pool.
	let network = Network::temporary().unwrap();
	let node = Node::start(&network, "node", "--chain local").await.unwrap();
	let chain = node.chain().await.unwrap();
	let provider = Key::from_uri("//ProviderA", Scheme::Sr25519).unwrap();
	let mut signals = chain.pool_signals();
	let call = |patient| RuntimeCall::from(PprCall::propose { patient });
	let mut sent = Vec::new();
	let announced = async {
		loop {
			// The first ones may come before the subscription.
			let patient = SubjectId(H256::random().0);
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
	timeout(LIMIT, announced).await.unwrap();
	let pending = chain.pending().await.unwrap();
	assert_eq!(pending.len(), sent.len());
	for call in &sent {
		assert!(pending.iter().any(|transaction| {
			transaction.signer == Some(provider.account())
				&& transaction.call.as_ref() == Some(call)
		}));
	}
}

/// Forwards connections to `to`. They break when the task is aborted.
async fn forward(listener: Arc<TcpListener>, to: String) {
	let mut forwarded = JoinSet::new();
	while let Ok((mut here, _)) = listener.accept().await {
		let mut there = TcpStream::connect(&to).await.unwrap();
		forwarded.spawn(async move {
			let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
		});
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_restored() {
	let network = Network::temporary().unwrap();
	let node = Node::start(&network, "node", "--dev").await.unwrap();
	let to = node.url().trim_start_matches("ws://").to_owned();
	// The port stays bound, so that no other program takes it while nothing is forwarded.
	let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
	let address = listener.local_addr().unwrap();
	let forwarding = tokio::spawn(forward(listener.clone(), to.clone()));
	let chain = Chain::connect(&format!("ws://{address}")).await.unwrap();
	let mut heads = chain.best_heads();
	let before = next_head(&mut heads).await;

	forwarding.abort();
	let _ = forwarding.await;
	let asked = tokio::spawn({
		let chain = chain.clone();
		async move { chain.best().await }
	});
	let forwarding = tokio::spawn(forward(listener, to));
	// The stream resumes with the present head, which may be the same.
	while next_head(&mut heads).await.number <= before.number {}
	assert!(asked.await.unwrap().unwrap().number >= before.number);
	forwarding.abort();
}
