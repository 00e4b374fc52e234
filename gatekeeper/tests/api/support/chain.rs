//! A chain in memory, whose blocks the tests make.

use async_trait::async_trait;
use medrec_client::{chain::RuntimeCall, now};
use medrec_gatekeeper::{
	chain::{
		Anchored, Block, Head, HeadHashes, Registration, Source, SourceError, Touched, Until,
		Update, Write, WriteError, Writer,
	},
	records::Post,
};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyState, Dataset, DatasetId, Offer},
	identity::{Identifier, Subject, SubjectId},
	merkle::sha3,
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Relationship, RelationshipId},
	summary::LogAnchor,
	AccountId, Moment, H256,
};
use medrec_protocol::wire::BlockRef;
use parking_lot::Mutex;
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
	time::Duration,
};
use tokio::sync::Notify;

/// The state at a block.
#[derive(Clone, Default)]
pub struct World {
	pub registration: Registration,
	pub subjects: BTreeMap<SubjectId, Subject<AccountId>>,
	pub identifiers: BTreeMap<Identifier, SubjectId>,
	pub relationships: BTreeMap<RelationshipId, Relationship>,
	pub records: BTreeMap<(RelationshipId, RecordId), RecordPointer>,
	pub grants: BTreeMap<(RelationshipId, GrantId), Grant>,
	pub bounties: BTreeMap<BountyId, Bounty>,
	pub datasets: BTreeMap<DatasetId, Dataset>,
	pub anchored: Option<LogAnchor>,
	pub alarms: Vec<(RelationshipId, RecordId)>,
}

impl World {
	/// All entries of the state.
	fn entries(&self) -> Vec<Touched> {
		let mut entries: Vec<_> = self.subjects.keys().copied().map(Touched::Subject).collect();
		entries.extend(self.identifiers.keys().copied().map(Touched::Identifier));
		entries.extend(self.relationships.keys().copied().map(Touched::Everything));
		entries.extend(self.datasets.keys().copied().map(Touched::Dataset));
		entries.extend(self.bounties.keys().copied().map(Touched::Bounty));
		entries
	}

	/// The values of an entry.
	fn read(&self, entry: Touched) -> Vec<Update> {
		vec![match entry {
			Touched::Subject(id) => Update::Subject(id, self.subjects.get(&id).cloned()),
			Touched::Identifier(id) => Update::Identifier(id, self.identifiers.get(&id).copied()),
			Touched::Relationship(id) => {
				Update::Relationship(id, self.relationships.get(&id).cloned())
			},
			Touched::Record(id, record) => {
				Update::Record(id, record, self.records.get(&(id, record)).cloned())
			},
			Touched::Grant(id, grant) => {
				Update::Grant(id, grant, self.grants.get(&(id, grant)).cloned())
			},
			Touched::Dataset(id) => Update::Dataset(id, self.datasets.get(&id).cloned()),
			Touched::Bounty(id) => Update::Bounty(id, self.bounties.get(&id).cloned()),
			Touched::Everything(id) => {
				let mut inner = vec![Touched::Relationship(id)];
				let records = self.records.keys().filter(|(within, _)| *within == id);
				inner.extend(records.map(|(_, record)| Touched::Record(id, *record)));
				let grants = self.grants.keys().filter(|(within, _)| *within == id);
				inner.extend(grants.map(|(_, grant)| Touched::Grant(id, *grant)));
				let removed = vec![Update::Relationship(id, None)];
				let values = inner.into_iter().flat_map(|entry| self.read(entry));
				return removed.into_iter().chain(values).collect();
			},
		}]
	}

	fn post(&mut self, post: &Post, provider: SubjectId) -> Result<(), WriteError> {
		let key = (post.id.relationship, post.id.record);
		let before = self.records.get(&key).map_or(0, |pointer| pointer.version);
		if (before == 0) != (post.id.version == 1) {
			return Err(WriteError::Failed("Ppr.AlreadyExists".into()));
		}
		let posting = post.posting.clone();
		let pointer = RecordPointer {
			author: provider,
			pointer: posting.pointer,
			commitment: posting.commitment,
			version: before + 1,
			category: posting.category,
			release: posting.release,
			posted_at: now(),
		};
		self.records.insert(key, pointer);
		Ok(())
	}
}

struct Node {
	block: Block,
	world: World,
}

#[derive(Default)]
struct Script {
	blocks: HashMap<H256, Node>,
	best: H256,
	finalized: H256,
	pool: Vec<(AccountId, RuntimeCall)>,
	down: bool,
	silent: bool,
	/// The error of every write.
	failure: Option<WriteError>,
	written: Vec<Write>,
}

/// A chain in memory. A write is in the best block at once. That block is final at once, unless the test
/// says otherwise.
pub struct ScriptedChain {
	script: Mutex<Script>,
	news: Notify,
	genesis: H256,
	/// Whether every block is final at once.
	pub instant: Mutex<bool>,
}

impl ScriptedChain {
	pub fn new(world: World) -> Arc<ScriptedChain> {
		let head = Head { number: 1, hash: H256::repeat_byte(0xb1), time: now() };
		let block = Block { head, parent: H256::repeat_byte(0xb0), touched: Vec::new() };
		let script = Script {
			blocks: [(head.hash, Node { block, world })].into(),
			best: head.hash,
			finalized: head.hash,
			..Script::default()
		};
		Arc::new(ScriptedChain {
			script: Mutex::new(script),
			news: Notify::new(),
			genesis: H256::repeat_byte(0xb0),
			instant: Mutex::new(true),
		})
	}

	/// Makes a block that changes the state of the best one, with a time `age` before now.
	pub fn block_of_age(&self, age: Moment, touched: &[Touched], change: impl FnOnce(&mut World)) {
		{
			let script = &mut *self.script.lock();
			let parent = &script.blocks[&script.best];
			let mut world = parent.world.clone();
			change(&mut world);
			let number = parent.block.head.number + 1;
			let count = script.blocks.len() as u64;
			let hash = sha3(&[b"block", &count.to_le_bytes()]);
			let head = Head { number, hash, time: now() - age };
			let block = Block { head, parent: script.best, touched: touched.to_vec() };
			script.blocks.insert(hash, Node { block, world });
			script.best = hash;
			if *self.instant.lock() {
				script.finalized = hash;
			}
		}
		self.news.notify_waiters();
	}

	/// Makes a block that changes the state of the best one.
	pub fn block(&self, touched: &[Touched], change: impl FnOnce(&mut World)) {
		self.block_of_age(0, touched, change);
	}

	/// Makes the best block final.
	pub fn finalize(&self) {
		let script = &mut *self.script.lock();
		script.finalized = script.best;
		self.news.notify_waiters();
	}

	/// Retracts the best block in favour of a sibling without its change.
	pub fn retract(&self) {
		{
			let script = &mut *self.script.lock();
			script.best = script.blocks[&script.best].block.parent;
		}
		self.block(&[], |_| {});
	}

	/// Puts calls into the pool, in place of those that are there.
	pub fn pool(&self, pool: Vec<(AccountId, RuntimeCall)>) {
		self.script.lock().pool = pool;
		self.news.notify_waiters();
	}

	/// Makes the node unreachable, or reachable again.
	pub fn down(&self, down: bool) {
		self.script.lock().down = down;
		self.news.notify_waiters();
	}

	/// Leaves all further requests without an answer, as a client that reconnects does while its node is
	/// gone; or answers again.
	pub fn silent(&self, silent: bool) {
		self.script.lock().silent = silent;
	}

	/// Waits until requests are answered.
	async fn answering(&self) {
		while self.script.lock().silent {
			tokio::time::sleep(Duration::from_millis(5)).await;
		}
	}

	/// Makes all further writes fail, or none.
	pub fn fail(&self, failure: Option<WriteError>) {
		self.script.lock().failure = failure;
	}

	/// All writes, also those that failed.
	pub fn written(&self) -> Vec<Write> {
		self.script.lock().written.clone()
	}

	pub fn genesis(&self) -> H256 {
		self.genesis
	}

	pub fn best(&self) -> Head {
		let script = self.script.lock();
		script.blocks[&script.best].block.head
	}

	pub fn finalized(&self) -> Head {
		let script = self.script.lock();
		script.blocks[&script.finalized].block.head
	}

	/// The state at the best block.
	pub fn world(&self) -> World {
		let script = self.script.lock();
		script.blocks[&script.best].world.clone()
	}

	fn at<R>(&self, hash: &H256, read: impl FnOnce(&Node) -> R) -> Result<R, SourceError> {
		let script = self.script.lock();
		if script.down {
			return Err(SourceError("the node is down".into()));
		}
		script.blocks.get(hash).map(read).ok_or_else(|| SourceError("no such block".into()))
	}
}

#[async_trait]
impl Source for ScriptedChain {
	async fn genesis(&self) -> Result<H256, SourceError> {
		Ok(self.genesis)
	}

	async fn heads(&self) -> Result<HeadHashes, SourceError> {
		self.answering().await;
		let script = self.script.lock();
		match script.down {
			true => Err(SourceError("the node is down".into())),
			false => Ok(HeadHashes { best: script.best, finalized: script.finalized }),
		}
	}

	async fn block(&self, hash: &H256) -> Result<Block, SourceError> {
		self.at(hash, |node| node.block.clone())
	}

	async fn registration(&self, at: &H256, _: &AccountId) -> Result<Registration, SourceError> {
		self.at(at, |node| node.world.registration.clone())
	}

	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError> {
		let entries = self.at(at, |node| node.world.entries())?;
		self.read(at, provider, &entries).await
	}

	async fn read(
		&self,
		at: &H256,
		_: &SubjectId,
		entries: &[Touched],
	) -> Result<Vec<Update>, SourceError> {
		self.at(at, |node| entries.iter().flat_map(|entry| node.world.read(*entry)).collect())
	}

	async fn pending(&self) -> Result<Vec<(AccountId, RuntimeCall)>, SourceError> {
		self.answering().await;
		Ok(self.script.lock().pool.clone())
	}

	async fn anchored(&self, at: &H256, _: &SubjectId) -> Result<Anchored, SourceError> {
		self.answering().await;
		self.at(at, |node| {
			let last = node.world.anchored;
			Anchored { size: last.map_or(0, |last| last.size), last }
		})
	}

	async fn changed(&self) {
		let _ = tokio::time::timeout(Duration::from_millis(50), self.news.notified()).await;
	}
}

#[async_trait]
impl Writer for ScriptedChain {
	async fn write(&self, write: Write, until: Until) -> Result<BlockRef, WriteError> {
		self.answering().await;
		let failure = {
			let mut script = self.script.lock();
			script.written.push(write.clone());
			script.failure.clone()
		};
		if let Some(failure) = failure {
			return Err(failure);
		}
		let provider =
			self.world().registration.enrolment().ok().map(|enrolment| enrolment.provider);
		let provider = provider.ok_or_else(|| WriteError::Failed("NotAuthorized".into()))?;
		let mut world = self.world();
		let touched = execute(&mut world, &write, provider)?;
		self.block(&touched, |changed| *changed = world);
		let block = self.best();
		while until == Until::Final && self.finalized().number < block.number {
			tokio::time::sleep(Duration::from_millis(5)).await;
		}
		Ok(block.into())
	}
}

fn execute(
	world: &mut World,
	write: &Write,
	provider: SubjectId,
) -> Result<Vec<Touched>, WriteError> {
	let mut touched = Vec::new();
	match write {
		Write::Records(posts, offer) => {
			for post in posts {
				world.post(post, provider)?;
				touched.push(Touched::Record(post.id.relationship, post.id.record));
			}
			if let Some(offer) = offer {
				touched.push(Touched::Bounty(offered(world, offer, provider)?));
				touched.push(Touched::Dataset(offer.dataset));
			}
		},
		Write::Anchor { root, first, count } => {
			if *first != world.anchored.map_or(0, |last| last.size) {
				return Err(WriteError::Failed("Summary.Gap".into()));
			}
			let size = first + u64::from(*count);
			world.anchored = Some(LogAnchor { root: *root, size, at: now() });
		},
		Write::Alarm { relationship, record } => world.alarms.push((*relationship, *record)),
		Write::Answer { bounty, commitment } => {
			touched.push(Touched::Bounty(*bounty));
			let bounty = world.bounties.get_mut(bounty);
			let bounty = bounty.filter(|bounty| bounty.state == BountyState::Open);
			let bounty = bounty.ok_or_else(|| WriteError::Failed("NotOpen".into()))?;
			bounty.state = BountyState::Answered { commitment: *commitment, at: now() };
		},
	}
	Ok(touched)
}

fn offered(world: &mut World, offer: &Offer, provider: SubjectId) -> Result<BountyId, WriteError> {
	let dataset = world
		.datasets
		.get_mut(&offer.dataset)
		.ok_or_else(|| WriteError::Failed("MiningBounty.DatasetNotFound".into()))?;
	if dataset.spent + offer.cost > dataset.rules.budget {
		return Err(WriteError::Failed("MiningBounty.BudgetExhausted".into()));
	}
	dataset.spent += offer.cost;
	let id = BountyId(sha3(&[b"bounty", &(world.bounties.len() as u64).to_le_bytes()]).0);
	let bounty = Bounty {
		provider,
		owner: SubjectId::default(),
		offer: offer.clone(),
		offered_at: now(),
		state: BountyState::Open,
	};
	world.bounties.insert(id, bounty);
	Ok(id)
}
