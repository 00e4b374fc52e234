//! A chain that does what the tests say, block by block.

use async_trait::async_trait;
use medrec_protocol::wire::BlockRef;
use medrec_gatekeeper::chain::{
	Anchored, Block, Ends, Enrolment, Head, Protective, RecordPost, Source, SourceError, Touched,
	Update, Wait, Write, WriteError, Writer,
};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyState, Dataset, DatasetId, Offer},
	identity::{Subject, SubjectId},
	merkle::sha3,
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Relationship, RelationshipId},
	summary::Anchor,
	AccountId, Moment, H256,
};
use parking_lot::Mutex;
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Notify;

/// The time, in Unix milliseconds.
pub fn now() -> Moment {
	SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as Moment
}

/// The state at a block.
#[derive(Clone, Default)]
pub struct World {
	pub enrolment: Option<Enrolment>,
	pub subjects: BTreeMap<SubjectId, Subject<AccountId>>,
	pub relationships: BTreeMap<RelationshipId, Relationship>,
	pub records: BTreeMap<(RelationshipId, RecordId), RecordPointer>,
	pub grants: BTreeMap<(RelationshipId, GrantId), Grant>,
	pub bounties: BTreeMap<BountyId, Bounty>,
	pub datasets: BTreeMap<DatasetId, Dataset>,
	pub anchored: Option<Anchor>,
	pub alarms: Vec<(RelationshipId, RecordId)>,
}

impl World {
	fn everything(&self, relationship: &RelationshipId) -> Vec<Update> {
		let mut updates = vec![
			Update::Relationship(*relationship, None),
			Update::Relationship(*relationship, self.relationships.get(relationship).cloned()),
		];
		let within = |id: &RelationshipId| id == relationship;
		updates.extend(
			self.records
				.iter()
				.filter(|((id, _), _)| within(id))
				.map(|((id, record), pointer)| Update::Record(*id, *record, Some(pointer.clone()))),
		);
		updates.extend(
			self.grants
				.iter()
				.filter(|((id, _), _)| within(id))
				.map(|((id, grant), entry)| Update::Grant(*id, *grant, Some(entry.clone()))),
		);
		updates
	}

	fn post(&mut self, post: &RecordPost, provider: SubjectId) -> Result<(), WriteError> {
		let key = (post.relationship, post.record);
		let before = self.records.get(&key).map(|pointer| pointer.version);
		if before.is_some() != post.amends {
			return Err(WriteError::Refused("Ppr.AlreadyExists".into()));
		}
		let pointer = RecordPointer {
			author: provider,
			pointer: post.pointer.clone(),
			commitment: post.commitment,
			version: before.unwrap_or(0) + 1,
			category: post.category,
			release: post.release,
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
	pool: Vec<(AccountId, Protective)>,
	down: bool,
	/// What each write is refused with, if with anything.
	refusal: Option<WriteError>,
	written: Vec<Write>,
}

/// A chain in memory. What is written to it is in the best block at once; what is final is said by
/// the test, unless it follows at once.
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
	pub fn pool(&self, pool: Vec<(AccountId, Protective)>) {
		self.script.lock().pool = pool;
		self.news.notify_waiters();
	}

	/// Lets the node be unreachable, or reachable again.
	pub fn down(&self, down: bool) {
		self.script.lock().down = down;
		self.news.notify_waiters();
	}

	/// Refuses all further writes, or none.
	pub fn refuse(&self, refusal: Option<WriteError>) {
		self.script.lock().refusal = refusal;
	}

	/// Everything that was written, refused or not.
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

	async fn ends(&self) -> Result<Ends, SourceError> {
		let script = self.script.lock();
		match script.down {
			true => Err(SourceError("the node is down".into())),
			false => Ok(Ends { best: script.best, finalized: script.finalized }),
		}
	}

	async fn block(&self, hash: &H256) -> Result<Block, SourceError> {
		self.at(hash, |node| node.block.clone())
	}

	async fn enrolment(&self, at: &H256, _: &AccountId) -> Result<Option<Enrolment>, SourceError> {
		self.at(at, |node| node.world.enrolment)
	}

	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError> {
		self.at(at, |node| {
			let world = &node.world;
			let subjects = world.subjects.iter();
			let mut updates: Vec<_> =
				subjects.map(|(id, subject)| Update::Subject(*id, Some(subject.clone()))).collect();
			for (id, relationship) in &world.relationships {
				if relationship.provider == *provider {
					updates.extend(world.everything(id));
				}
			}
			for (id, dataset) in &world.datasets {
				updates.push(Update::Dataset(*id, Some(dataset.clone())));
			}
			for (id, bounty) in &world.bounties {
				updates.push(Update::Bounty(*id, Some(bounty.clone())));
			}
			updates
		})
	}

	async fn read(
		&self,
		at: &H256,
		_: &SubjectId,
		touched: &[Touched],
	) -> Result<Vec<Update>, SourceError> {
		self.at(at, |node| {
			let world = &node.world;
			let mut updates = Vec::new();
			for touched in touched {
				match *touched {
					Touched::Subject(id) => {
						updates.push(Update::Subject(id, world.subjects.get(&id).cloned()));
					},
					Touched::Relationship(id) => updates
						.push(Update::Relationship(id, world.relationships.get(&id).cloned())),
					Touched::Everything(id) => updates.extend(world.everything(&id)),
					Touched::Record(id, record) => updates.push(Update::Record(
						id,
						record,
						world.records.get(&(id, record)).cloned(),
					)),
					Touched::Grant(id, grant) => updates.push(Update::Grant(
						id,
						grant,
						world.grants.get(&(id, grant)).cloned(),
					)),
					Touched::Dataset(id) => {
						updates.push(Update::Dataset(id, world.datasets.get(&id).cloned()));
					},
					Touched::Bounty(id) => {
						updates.push(Update::Bounty(id, world.bounties.get(&id).cloned()));
					},
				}
			}
			updates
		})
	}

	async fn pending(&self) -> Result<Vec<(AccountId, Protective)>, SourceError> {
		Ok(self.script.lock().pool.clone())
	}

	async fn anchored(&self, at: &H256, _: &SubjectId) -> Result<Anchored, SourceError> {
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
	async fn write(&self, write: Write, wait: Wait) -> Result<BlockRef, WriteError> {
		let refusal = {
			let mut script = self.script.lock();
			script.written.push(write.clone());
			script.refusal.clone()
		};
		if let Some(refusal) = refusal {
			return Err(refusal);
		}
		let provider = self.world().enrolment.map(|enrolment| enrolment.provider);
		let provider = provider.ok_or_else(|| WriteError::Refused("NotAuthorized".into()))?;
		let mut world = self.world();
		let touched = execute(&mut world, &write, provider)?;
		self.block(&touched, |changed| *changed = world);
		let block = self.best();
		while wait == Wait::Final && self.finalized().number < block.number {
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
				touched.push(Touched::Record(post.relationship, post.record));
			}
			if let Some(offer) = offer {
				touched.push(Touched::Bounty(offered(world, offer, provider)?));
				touched.push(Touched::Dataset(offer.dataset));
			}
		},
		Write::Anchor { root, first, count } => {
			if *first != world.anchored.map_or(0, |last| last.size) {
				return Err(WriteError::Refused("Summary.Gap".into()));
			}
			let size = first + u64::from(*count);
			world.anchored = Some(Anchor { root: *root, size, at: now() });
		},
		Write::Alarm { relationship, record } => world.alarms.push((*relationship, *record)),
		Write::Answer { bounty, commitment } => {
			touched.push(Touched::Bounty(*bounty));
			let bounty = world.bounties.get_mut(bounty);
			let bounty = bounty.filter(|bounty| bounty.state == BountyState::Open);
			let bounty = bounty.ok_or_else(|| WriteError::Refused("NotOpen".into()))?;
			bounty.state = BountyState::Answered { commitment: *commitment, at: now() };
		},
	}
	Ok(touched)
}

fn offered(world: &mut World, offer: &Offer, provider: SubjectId) -> Result<BountyId, WriteError> {
	let dataset = world
		.datasets
		.get_mut(&offer.dataset)
		.ok_or_else(|| WriteError::Refused("MiningBounty.DatasetNotFound".into()))?;
	if dataset.spent + offer.cost > dataset.rules.budget {
		return Err(WriteError::Refused("MiningBounty.BudgetExhausted".into()));
	}
	dataset.spent += offer.cost;
	let id = sha3(&[b"bounty", &(world.bounties.len() as u64).to_le_bytes()]);
	let bounty = Bounty {
		provider,
		owner: SubjectId::zero(),
		offer: offer.clone(),
		offered_at: now(),
		state: BountyState::Open,
	};
	world.bounties.insert(id, bounty);
	Ok(id)
}
