use super::*;
use crate::chain::{
	fixtures::{grant, id, registration, relationship},
	view::POOL_VALID,
	Anchored, Source, Stale, Update,
};
use async_trait::async_trait;
use medrec_client::chain::{PprCall, RuntimeCall};
use medrec_primitives::{
	identity::{Role, Status, Subject, SubjectId},
	relationship::{Effect, Grant},
};
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

fn account(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}

const PATIENT: u8 = 1;
const PROVIDER: u8 = 2;
const DEVICE: u8 = 3;
const DOCTOR: u8 = 4;
const RELATIONSHIP: u8 = 10;
const GRANT: u8 = 20;

/// A block, with whether the one grant exists in its state.
#[derive(Clone, Copy)]
struct Scripted {
	number: u32,
	parent: H256,
	grant: bool,
	touches: bool,
	enrolled: bool,
}

#[derive(Default)]
struct Script {
	blocks: HashMap<H256, Scripted>,
	heads: Option<HeadHashes>,
	genesis: H256,
	pool: Vec<(AccountId, RuntimeCall)>,
	down: bool,
	/// Whether reads of the state wait until this is false.
	slow: bool,
	reads: usize,
	loads: usize,
}

#[derive(Default)]
struct Node(Mutex<Script>);

impl Node {
	/// Adds block `hash` after `parent`.
	fn add(&self, hash: u8, parent: u8, grant: bool) {
		let mut script = self.0.lock();
		let before = script.blocks.get(&id(parent)).copied();
		let block = Scripted {
			number: before.map_or(1, |before| before.number + 1),
			parent: id(parent),
			grant,
			touches: before.is_some_and(|before| before.grant != grant),
			enrolled: true,
		};
		script.blocks.insert(id(hash), block);
	}

	fn heads(&self, best: u8, finalized: u8) {
		self.0.lock().heads = Some(HeadHashes { best: id(best), finalized: id(finalized) });
	}

	/// Waits while the node is slow.
	async fn ready(&self) {
		while self.0.lock().slow {
			tokio::time::sleep(Duration::from_millis(5)).await;
		}
	}

	fn at(&self, hash: &H256) -> Result<Scripted, SourceError> {
		let script = self.0.lock();
		if script.down {
			return Err(SourceError("down".into()));
		}
		script.blocks.get(hash).copied().ok_or_else(|| SourceError("no such block".into()))
	}
}

fn subject(byte: u8, role: Role) -> Update {
	let subject = Subject {
		role,
		account: account(byte),
		sponsor: (role != Role::Provider).then(|| id(PROVIDER)),
		status: Status::Active,
		encryption_key: None,
		registered_at: 0,
	};
	Update::Subject(id(byte), Some(subject))
}

fn permit() -> Grant {
	grant(id(DOCTOR), Effect::Permit)
}

#[async_trait]
impl Source for Node {
	async fn genesis(&self) -> Result<H256, SourceError> {
		Ok(self.0.lock().genesis)
	}

	async fn heads(&self) -> Result<HeadHashes, SourceError> {
		let script = self.0.lock();
		script.heads.filter(|_| !script.down).ok_or_else(|| SourceError("down".into()))
	}

	async fn block(&self, hash: &H256) -> Result<Block, SourceError> {
		let block = self.at(hash)?;
		let touched = Touched::Grant(id(RELATIONSHIP), id(GRANT));
		Ok(Block {
			head: Head { number: block.number, hash: *hash, time: 0 },
			parent: block.parent,
			touched: block.touches.then_some(touched).into_iter().collect(),
		})
	}

	async fn registration(&self, at: &H256, _: &AccountId) -> Result<Registration, SourceError> {
		let enrolled = self.at(at)?.enrolled.then(|| registration(id(DEVICE), id(PROVIDER)));
		Ok(enrolled.unwrap_or_default())
	}

	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError> {
		self.ready().await;
		let block = self.at(at)?;
		self.0.lock().loads += 1;
		let mut updates = vec![
			subject(PATIENT, Role::Patient),
			subject(PROVIDER, Role::Provider),
			subject(DOCTOR, Role::Clinician),
		];
		if *provider == id(PROVIDER) {
			updates.push(Update::Relationship(
				id(RELATIONSHIP),
				Some(relationship(id(PATIENT), id(PROVIDER))),
			));
			updates.push(Update::Grant(id(RELATIONSHIP), id(GRANT), block.grant.then(permit)));
		}
		Ok(updates)
	}

	async fn read(
		&self,
		at: &H256,
		_: &SubjectId,
		touched: &[Touched],
	) -> Result<Vec<Update>, SourceError> {
		self.ready().await;
		let block = self.at(at)?;
		self.0.lock().reads += touched.len();
		Ok(touched
			.iter()
			.map(|_| Update::Grant(id(RELATIONSHIP), id(GRANT), block.grant.then(permit)))
			.collect())
	}

	async fn pending(&self) -> Result<Vec<(AccountId, RuntimeCall)>, SourceError> {
		Ok(self.0.lock().pool.clone())
	}

	async fn anchored(&self, _: &H256, _: &SubjectId) -> Result<Anchored, SourceError> {
		Ok(Anchored::default())
	}

	async fn changed(&self) {
		tokio::time::sleep(Duration::from_millis(1)).await;
	}
}

struct Watched {
	node: Arc<Node>,
	view: View,
	memory: Memory,
}

impl Watched {
	fn new(node: Node) -> Watched {
		let node = Arc::new(node);
		Watched { view: View::new(node.clone()), node, memory: Memory::default() }
	}

	async fn step(&mut self) -> Result<(), FollowError> {
		let genesis = Genesis::default();
		self.view.step(&mut self.memory, &account(DEVICE), &genesis).await
	}

	/// Whether the grant exists at the final and at the best block.
	fn grants(&self) -> (bool, bool) {
		let context = self.view.context(&id(DOCTOR), &id(RELATIONSHIP)).unwrap();
		let exists = |snapshot: &crate::chain::Snapshot| {
			snapshot.relationship.as_ref().is_some_and(|facts| !facts.grants.is_empty())
		};
		(exists(&context.finalized), exists(&context.best))
	}
}

#[tokio::test]
async fn a_grant_is_seen_at_the_best_block_and_later_at_the_final_one() {
	let node = Node::default();
	node.add(1, 0, false);
	node.add(2, 1, true);
	node.heads(1, 1);
	let mut watched = Watched::new(node);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (false, false));
	watched.node.heads(2, 1);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (false, true));
	watched.node.heads(2, 2);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (true, true));
	assert_eq!(watched.node.0.lock().loads, 2, "everything is read once at each head");
}

#[tokio::test]
async fn a_retracted_block_is_undone() {
	let node = Node::default();
	node.add(1, 0, false);
	node.add(2, 1, true);
	node.add(3, 2, true);
	// The other fork never touched the grant.
	node.add(12, 1, false);
	node.add(13, 12, false);
	node.add(14, 13, false);
	node.heads(3, 1);
	let mut watched = Watched::new(node);
	watched.node.heads(1, 1);
	watched.step().await.unwrap();
	watched.node.heads(3, 1);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (false, true));
	watched.node.heads(14, 1);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (false, false));
	assert_eq!(watched.view.status().best.unwrap().number, 4);
	watched.node.heads(3, 1);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (false, true), "and back again");
	assert_eq!(watched.node.0.lock().loads, 2);
}

#[tokio::test]
async fn several_blocks_at_once_are_read_once_each() {
	let node = Node::default();
	node.add(1, 0, false);
	for block in 2..=9 {
		node.add(block, block - 1, block % 2 == 0);
	}
	node.heads(1, 1);
	let mut watched = Watched::new(node);
	watched.step().await.unwrap();
	watched.node.heads(8, 7);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (false, true));
	assert_eq!(watched.node.0.lock().reads, 2, "one entry at each head");
	assert_eq!(watched.view.status().finalized.unwrap().number, 7);
}

#[tokio::test]
async fn a_reorganisation_beyond_the_kept_blocks_is_an_error() {
	let node = Node::default();
	node.add(5, 0, false);
	node.add(6, 5, true);
	// A chain with nothing in common, as after a gap.
	node.add(7, 90, true);
	node.heads(6, 5);
	let mut watched = Watched::new(node);
	watched.step().await.unwrap();
	watched.node.heads(7, 7);
	let error = watched.step().await.unwrap_err();
	assert!(matches!(error, FollowError::Deep | FollowError::Source(_)), "{error}");
	watched.memory = Memory::default();
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (true, true));
}

#[tokio::test]
async fn a_revocation_in_the_pool_counts_at_the_best_block() {
	let node = Node::default();
	node.add(1, 0, true);
	node.heads(1, 1);
	let mut watched = Watched::new(node);
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (true, true));
	let revoke = PprCall::revoke { relationship: id(RELATIONSHIP), grant: id(GRANT) };
	watched.node.0.lock().pool = vec![(account(PATIENT), revoke.into())];
	watched.step().await.unwrap();
	assert_eq!(watched.grants(), (true, false));
	assert_eq!(watched.view.pending(), 1);
}

#[tokio::test]
async fn a_gatekeeper_that_is_no_longer_named_has_no_provider() {
	let node = Node::default();
	node.add(1, 0, true);
	node.add(2, 1, true);
	node.0.lock().blocks.get_mut(&id(2)).unwrap().enrolled = false;
	node.heads(1, 1);
	let mut watched = Watched::new(node);
	watched.step().await.unwrap();
	let mut enrolment = watched.view.enrolment();
	assert!(enrolment.borrow_and_update().as_ref().unwrap().is_ok());
	assert_eq!(watched.view.status().provider, Some(id(PROVIDER)));
	watched.node.heads(2, 1);
	watched.step().await.unwrap();
	assert_eq!(watched.view.status().provider, None);
	assert!(enrolment.has_changed().unwrap());
	assert_eq!(*enrolment.borrow(), Some(Err(NotEnrolled::Unknown)));
}

#[tokio::test]
async fn a_node_that_is_down_makes_the_view_stale_until_it_is_back() {
	let node = Node::default();
	node.add(1, 0, true);
	node.heads(1, 1);
	let followed = Followed::new(node);
	let limit = Duration::from_secs(10);
	followed.becomes(Ok(()), limit).await;
	followed.node.0.lock().down = true;
	followed.becomes(Err(Stale::Unreachable), limit).await;
	followed.node.0.lock().down = false;
	followed.becomes(Ok(()), limit).await;
}

/// A view that follows the chain in a task.
struct Followed {
	node: Arc<Node>,
	view: Arc<View>,
	following: tokio::task::JoinHandle<()>,
}

impl Followed {
	fn new(node: Node) -> Followed {
		let node = Arc::new(node);
		let view = Arc::new(View::new(node.clone()));
		let following = tokio::spawn({
			let view = view.clone();
			async move { view.follow(&account(DEVICE), Genesis::default()).await }
		});
		Followed { node, view, following }
	}

	fn fresh(&self) -> Result<(), Stale> {
		let age = Duration::from_secs(60);
		self.view.status().fresh(0, age, age).map(|_| ())
	}

	/// Waits until the view is fresh, or stale for this reason; fails if that takes longer.
	async fn becomes(&self, wanted: Result<(), Stale>, within: Duration) {
		let reached = async {
			while self.fresh() != wanted {
				tokio::time::sleep(Duration::from_millis(5)).await;
			}
		};
		let reached = timeout(within, reached).await;
		reached.unwrap_or_else(|_| panic!("{:?} and not {wanted:?}", self.fresh()));
	}
}

impl Drop for Followed {
	fn drop(&mut self) {
		self.following.abort();
	}
}

/// Much less than [`POOL_VALID`], and much more than a step of the scripted node takes.
const SOON: Duration = Duration::from_secs(3);

#[tokio::test(start_paused = true)]
async fn the_view_is_stale_while_everything_is_read_again() {
	let node = Node::default();
	node.add(1, 0, true);
	node.add(2, 1, true);
	node.0.lock().blocks.get_mut(&id(2)).unwrap().enrolled = false;
	node.heads(1, 1);
	let followed = Followed::new(node);
	followed.becomes(Ok(()), SOON).await;
	// The gatekeeper is no longer named, and everything is read again.
	followed.node.0.lock().slow = true;
	followed.node.heads(2, 2);
	followed.becomes(Err(Stale::Unreachable), SOON).await;
	followed.node.0.lock().slow = false;
	followed.becomes(Err(Stale::NotEnrolled), SOON).await;
}

#[tokio::test(start_paused = true)]
async fn the_view_becomes_stale_while_a_block_takes_long_to_read() {
	let node = Node::default();
	node.add(1, 0, true);
	node.add(2, 1, false);
	node.heads(1, 1);
	let followed = Followed::new(node);
	followed.becomes(Ok(()), SOON).await;
	followed.node.0.lock().slow = true;
	followed.node.heads(2, 1);
	// The pool was read a moment ago.
	tokio::time::sleep(SOON).await;
	assert_eq!(followed.fresh(), Ok(()));
	assert_eq!(followed.view.status().best.unwrap().number, 1);
	followed.becomes(Err(Stale::Unreachable), POOL_VALID).await;
	followed.node.0.lock().slow = false;
	followed.becomes(Ok(()), SOON).await;
	assert_eq!(followed.view.status().best.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn a_chain_without_new_blocks_stays_fresh_while_the_node_answers() {
	let node = Node::default();
	node.add(1, 0, true);
	node.heads(1, 1);
	let followed = Followed::new(node);
	followed.becomes(Ok(()), SOON).await;
	for _ in 0..10 {
		tokio::time::sleep(POOL_VALID / 4).await;
		assert_eq!(followed.fresh(), Ok(()));
	}
}

#[tokio::test]
async fn the_state_of_another_chain_is_not_used() {
	let node = Node::default();
	node.add(1, 0, true);
	node.heads(1, 1);
	let watched = Watched::new(node);
	let mut memory = Memory::default();
	let (ours, other) = (Some(id(0)), Some(id(99)));
	for genesis in
		[Genesis { configured: other, stored: ours }, Genesis { configured: ours, stored: other }]
	{
		let step = watched.view.step(&mut memory, &account(DEVICE), &genesis).await;
		assert!(matches!(step, Err(FollowError::OtherChain(_))));
	}
	let genesis = Genesis { configured: ours, stored: ours };
	watched.view.step(&mut memory, &account(DEVICE), &genesis).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_node_that_changes_to_another_chain_is_not_followed() {
	let node = Node::default();
	node.add(1, 0, true);
	node.heads(1, 1);
	let followed = Followed::new(node);
	followed.becomes(Ok(()), SOON).await;
	followed.node.0.lock().genesis = id(99);
	followed.becomes(Err(Stale::Unreachable), SOON).await;
	tokio::time::sleep(SOON).await;
	assert_eq!(followed.fresh(), Err(Stale::Unreachable));
	followed.node.0.lock().genesis = id(0);
	followed.becomes(Ok(()), SOON).await;
}
