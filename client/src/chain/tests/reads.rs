use super::{chain, node::Node};
use crate::chain::{reads::prefix, AnchorHead, Error};
use medrec_primitives::{
	identity::{Profile, Role, Status, Subject},
	relationship::{Effect, Grant, Grantee, Purposes, RelationshipId, Scope},
	runtime_api::PAGE,
	summary::{Entry, EntryRole, EntryState, LogAnchor},
	work::Difficulty,
	AccountId,
};
use parity_scale_codec::Encode;
use sp_crypto_hashing::{blake2_128, twox_64};

/// The identifier of this number.
fn id<T: From<[u8; 32]>>(number: u32) -> T {
	T::from(raw(number))
}

fn raw(number: u32) -> [u8; 32] {
	sp_crypto_hashing::blake2_256(&number.encode())
}

fn blake(key: impl Encode) -> Vec<u8> {
	key.using_encoded(|key| [&blake2_128(key)[..], key].concat())
}

fn twox(key: impl Encode) -> Vec<u8> {
	key.using_encoded(|key| [&twox_64(key)[..], key].concat())
}

fn key(pallet: &str, item: &str, parts: &[Vec<u8>]) -> Vec<u8> {
	[prefix(pallet, item), parts.concat()].concat()
}

#[tokio::test]
async fn entries_are_read_by_their_key() {
	let node = Node::new();
	let chain = chain(&node).await;
	let at = chain.at(node.best().hash);
	let account = AccountId::from([5; 32]);
	let subject = Subject {
		role: Role::Clinician,
		account: account.clone(),
		sponsor: Some(id(1)),
		status: Status::Active,
		encryption_key: None,
		registered_at: 7,
	};
	assert_eq!(at.subject(id(2)).await.unwrap(), None);
	node.set_storage(key("Registrar", "Subjects", &[blake(raw(2))]), subject.encode());
	node.set_storage(key("Registrar", "SubjectOf", &[blake(&account)]), raw(2).encode());
	node.set_storage(key("Registrar", "NameOf", &[blake(raw(1))]), b"hospital".to_vec().encode());
	node.set_storage(key("Registrar", "Profiles", &[blake(raw(1))]), Profile::default().encode());
	node.set_storage(key("Timestamp", "Now", &[]), 99u64.encode());
	node.set_storage(key("Pow", "CurrentDifficulty", &[]), Difficulty::from(5).encode());
	assert_eq!(at.subject(id(2)).await.unwrap(), Some(subject.clone()));
	assert_eq!(at.subject_of(&account).await.unwrap(), Some(id(2)));
	assert_eq!(at.name_of(id(1)).await.unwrap().as_deref(), Some("hospital"));
	assert_eq!(at.profile(id(1)).await.unwrap(), Some(Profile::default()));
	assert_eq!(at.timestamp().await.unwrap(), 99);
	assert_eq!(at.difficulty().await.unwrap(), Difficulty::from(5));
	assert_eq!(at.subjects().await.unwrap(), [(id(2), subject)]);

	node.set_storage(key("Registrar", "SubjectOf", &[blake(&account)]), vec![1, 2]);
	assert!(matches!(at.subject_of(&account).await, Err(Error::Malformed(_))));
}

#[tokio::test]
async fn maps_are_read_page_by_page_within_their_prefix() {
	let node = Node::new();
	let chain = chain(&node).await;
	let at = chain.at(node.best().hash);
	let grant = |number: u32| Grant {
		grantee: Grantee::Subject(id(number)),
		effect: Effect::Permit,
		scope: Scope::All,
		purposes: Purposes::new(),
		not_before: 0,
		expires_at: None,
		given_at: u64::from(number),
	};
	for number in 0..600 {
		let parts = [blake(raw(1)), blake(raw(number))];
		node.set_storage(key("Ppr", "Grants", &parts), grant(number).encode());
		let other = [blake(raw(2)), blake(raw(number))];
		node.set_storage(key("Ppr", "Grants", &other), grant(number).encode());
	}
	let mut grants = at.grants(id(1)).await.unwrap();
	grants.sort_by_key(|(_, grant)| grant.given_at);
	let expected: Vec<_> = (0..600).map(|number| (id(number), grant(number))).collect();
	assert_eq!(grants, expected);
	assert_eq!(at.grants(id(3)).await.unwrap(), []);

	let of = key("Ppr", "GrantsOf", &[blake(raw(1)), blake(Grantee::Subject(id(4)))]);
	node.set_storage(of, vec![raw(4), raw(9999)].encode());
	assert_eq!(at.grants_to(id(1), Grantee::Subject(id(4))).await.unwrap(), [(id(4), grant(4))]);
}

#[tokio::test]
async fn numbered_entries_are_sorted() {
	let node = Node::new();
	let chain = chain(&node).await;
	let at = chain.at(node.best().hash);
	assert_eq!(at.latest_anchor(id(1)).await.unwrap(), None);
	for number in 0u64..20 {
		let anchor = LogAnchor { root: id(9), size: number * 10, at: number };
		let parts = [blake(raw(1)), twox(number)];
		node.set_storage(key("Summary", "Anchors", &parts), anchor.encode());
	}
	let head = AnchorHead { next: 20, size: 190 };
	node.set_storage(key("Summary", "AnchorHeads", &[blake(raw(1))]), head.encode());
	let anchors = at.anchors(id(1)).await.unwrap();
	assert!(anchors.iter().map(|(number, _)| *number).eq(0..20));
	assert_eq!(at.latest_anchor(id(1)).await.unwrap().map(|anchor| anchor.size), Some(190));
}

#[tokio::test]
async fn pages_of_the_runtime_are_joined() {
	let node = Node::new();
	let chain = chain(&node).await;
	let at = chain.at(node.best().hash);
	let entry = Entry { role: EntryRole::Patient, state: EntryState::Active, pending: 0, last: 0 };
	let first: Vec<_> = (0..PAGE).map(|number| (id::<RelationshipId>(number), entry)).collect();
	let second = vec![(id(PAGE), entry)];
	let cursor = Some(raw(PAGE - 1));
	let function = "MedrecApi_relationships_of";
	node.set_call(function, &(raw(1), None::<[u8; 32]>).encode(), first.encode());
	node.set_call(function, &(raw(1), cursor).encode(), second.encode());
	let all = at.relationships_of(id(1)).await.unwrap();
	assert_eq!(all, [first, second].concat());

	node.set_call("MedrecApi_resolve", &"hospital".encode(), Some(raw(1)).encode());
	assert_eq!(at.resolve("hospital").await.unwrap(), Some(id(1)));
}

#[tokio::test]
async fn the_status_of_a_node_is_read() {
	let chain = chain(&Node::new()).await;
	let status = chain.node_status().await.unwrap();
	assert_eq!((&*status.chain, &*status.name, &*status.version), ("Test", "a node", "1.2.3"));
	assert_eq!((&*status.identity, status.peers, status.is_syncing), ("12D3KooW", 3, true));
	assert!(status.expects_peers);
	let addresses = chain.peer_addresses().await.unwrap();
	assert_eq!(addresses, ["/ip4/127.0.0.1/tcp/30333/p2p/12D3KooW"]);
}

#[tokio::test]
async fn an_error_in_an_event_is_explained() {
	let node = Node::new();
	let chain = chain(&node).await;
	let at = chain.at(node.best().hash);
	let error = at.explain(&[3, 11, 0, 0, 0, 0]).await.unwrap();
	assert_eq!(error.pallet.as_deref(), Some("Ppr"));
	assert!(!error.docs.is_empty());
	assert_eq!(at.explain(&[2]).await.unwrap().name, "BadOrigin");
	assert_eq!(at.explain(&[]).await.unwrap().name, "Unknown");
	assert_eq!(at.explain(&[3, 250, 0, 0, 0, 0]).await.unwrap().name, "Unknown");
}
