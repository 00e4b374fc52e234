//! A node whose chain a test controls.

use crate::chain::{bindings::METADATA, reads::to_hex, BlockHeader};
use futures::StreamExt;
use medrec_primitives::H256;
use parity_scale_codec::{Decode, Encode};
use serde_json::{json, value::RawValue, Value};
use std::{
	collections::{HashMap, VecDeque},
	sync::{Arc, Mutex, MutexGuard},
};
use subxt::config::substrate::{Digest, DigestItem, SubstrateHeader};
use subxt_rpcs::{
	client::{RawRpcFuture, RawRpcSubscription, RpcClient, RpcClientT},
	Error, UserError,
};
use tokio::sync::mpsc;

struct Block {
	header: SubstrateHeader<H256>,
	body: Vec<Vec<u8>>,
	events: Vec<u8>,
	/// The nonce of every account at this block.
	nonce: u32,
}

/// An answer to a submission other than acceptance.
enum Fault {
	/// The pool rejects it.
	Rejected(i32, String),
	/// The connection is lost before the answer comes.
	Broken { accepted: bool },
	/// The pool accepts it, and no answer comes.
	Silence,
	/// A block includes it before the pool answers that its nonce is used.
	Mined,
}

/// The reason why there is no answer.
enum Failure {
	User(UserError),
	Broken,
	Silence,
	Mined,
}

impl From<UserError> for Failure {
	fn from(error: UserError) -> Failure {
		Failure::User(error)
	}
}

#[derive(Default)]
struct State {
	blocks: HashMap<H256, Block>,
	best: H256,
	last_final: H256,
	storage: HashMap<Vec<u8>, Vec<u8>>,
	pool: Vec<Vec<u8>>,
	/// The faults of the next submissions, in their order.
	faults: VecDeque<Fault>,
	/// Every submission, accepted or not.
	submitted: Vec<Vec<u8>>,
	nonce: u32,
	calls: HashMap<String, Vec<u8>>,
	/// The result of dry runs; none if the node offers none.
	dry_run: Option<Vec<u8>>,
	/// The transactions of dry runs.
	dry_runs: Vec<Vec<u8>>,
	/// The answer of `grandpa_roundState`; an error code without one.
	round: Option<Value>,
	offers_subscription: bool,
	hides_heads: bool,
	subscribers: HashMap<String, Vec<mpsc::UnboundedSender<Value>>>,
	forks: u64,
}

impl State {
	/// The answer to a submission.
	fn submit(&mut self, bytes: Vec<u8>) -> Result<Value, Failure> {
		self.submitted.push(bytes.clone());
		let failure = match self.faults.pop_front() {
			None => None,
			Some(Fault::Rejected(code, data)) => {
				let data = Some(RawValue::from_string(json!(data).to_string()).unwrap());
				let error = UserError { code, message: "Rejected".into(), data };
				return Err(error.into());
			},
			Some(Fault::Broken { accepted: false }) => return Err(Failure::Broken),
			Some(Fault::Broken { accepted: true }) => Some(Failure::Broken),
			Some(Fault::Silence) => Some(Failure::Silence),
			Some(Fault::Mined) => Some(Failure::Mined),
		};
		if self.pool.contains(&bytes) {
			let message = "Twice".into();
			return Err(UserError { code: 1013, message, data: None }.into());
		}
		let hash = H256(sp_crypto_hashing::blake2_256(&bytes));
		self.pool.push(bytes);
		failure.map_or(Ok(json!(hash)), Err)
	}

	/// A page of keys with this prefix, after `start`.
	fn keys(&self, prefix: &[u8], start: &[u8], count: usize) -> Vec<String> {
		let matches = |key: &&Vec<u8>| key.starts_with(prefix) && key.as_slice() > start;
		let mut keys: Vec<&Vec<u8>> = self.storage.keys().filter(matches).collect();
		keys.sort();
		keys.into_iter().take(count).map(|key| to_hex(key)).collect()
	}
}

/// A node. Clones are the same node.
#[derive(Clone)]
pub struct Node(Arc<Mutex<State>>);

impl Node {
	pub fn new() -> Node {
		let node = Node(Arc::default());
		let genesis = node.add(None, Vec::new(), Vec::new());
		node.state().last_final = genesis.hash;
		node.set_best(genesis);
		node
	}

	pub fn client(&self) -> RpcClient {
		RpcClient::new(self.clone())
	}

	fn state(&self) -> MutexGuard<'_, State> {
		self.0.lock().unwrap()
	}

	fn add(&self, parent: Option<H256>, body: Vec<Vec<u8>>, events: Vec<u8>) -> BlockHeader {
		let mut state = self.state();
		state.forks += 1;
		// Makes each block unique.
		let logs = vec![DigestItem::Other(state.forks.encode())];
		let number = parent.map_or(0, |parent| state.blocks[&parent].header.number + 1);
		let header = SubstrateHeader {
			parent_hash: parent.unwrap_or_default(),
			number,
			state_root: H256::zero(),
			extrinsics_root: H256::zero(),
			digest: Digest { logs },
		};
		let head = BlockHeader::of(&header).unwrap();
		let nonce = state.nonce;
		state.blocks.insert(head.hash, Block { header, body, events, nonce });
		head
	}

	fn set_best(&self, head: BlockHeader) {
		self.state().best = head.hash;
		self.notify("chain_subscribeNewHeads", head);
	}

	fn notify(&self, subscription: &str, head: BlockHeader) {
		let mut state = self.state();
		let header = header_json(&state.blocks[&head.hash].header);
		if let Some(subscribers) = state.subscribers.get_mut(subscription) {
			subscribers.retain(|subscriber| subscriber.send(header.clone()).is_ok());
		}
	}

	/// Mines a block on this one. It becomes the best if its chain is the longest.
	pub fn mine_on(&self, parent: BlockHeader, body: Vec<Vec<u8>>, events: Vec<u8>) -> BlockHeader {
		let head = self.add(Some(parent.hash), body, events);
		if head.number > self.best().number {
			self.set_best(head);
		}
		head
	}

	/// Mines a block on the best one with the transactions of the pool.
	pub fn mine(&self) -> BlockHeader {
		self.mine_with(vec![0])
	}

	/// As [`Self::mine`], with these events.
	pub fn mine_with(&self, events: Vec<u8>) -> BlockHeader {
		let pool = std::mem::take(&mut self.state().pool);
		self.mine_on(self.best(), pool, events)
	}

	pub fn finalize(&self, head: BlockHeader) {
		self.state().last_final = head.hash;
		self.notify("chain_subscribeFinalizedHeads", head);
	}

	pub fn best(&self) -> BlockHeader {
		let state = self.state();
		BlockHeader::of(&state.blocks[&state.best].header).unwrap()
	}

	/// Rejects the next submission.
	pub fn reject(&self, code: i32, data: &str) {
		self.state().faults.push_back(Fault::Rejected(code, data.to_owned()));
	}

	/// Loses the connection before the answer to the next submission.
	pub fn lose_answer(&self, accepted: bool) {
		self.state().faults.push_back(Fault::Broken { accepted });
	}

	/// Accepts the next submission, and never answers.
	pub fn keep_silent(&self) {
		self.state().faults.push_back(Fault::Silence);
	}

	/// Mines the next submission, and answers that it is outdated.
	pub fn mine_before_answer(&self) {
		self.state().faults.push_back(Fault::Mined);
	}

	pub fn submitted(&self) -> Vec<Vec<u8>> {
		self.state().submitted.clone()
	}

	pub fn pool(&self) -> Vec<Vec<u8>> {
		self.state().pool.clone()
	}

	/// Removes all transactions from the pool.
	pub fn clear_pool(&self) -> Vec<Vec<u8>> {
		std::mem::take(&mut self.state().pool)
	}

	pub fn fill_pool(&self, bytes: Vec<u8>) {
		let mut state = self.state();
		let hash = json!(H256(sp_crypto_hashing::blake2_256(&bytes)));
		state.pool.push(bytes);
		if let Some(subscribers) = state.subscribers.get_mut("medrec_subscribePool") {
			subscribers.retain(|subscriber| subscriber.send(hash.clone()).is_ok());
		}
	}

	/// The nonce of every account from the next block on.
	pub fn set_nonce(&self, nonce: u32) {
		self.state().nonce = nonce;
	}

	pub fn set_storage(&self, key: Vec<u8>, value: Vec<u8>) {
		self.state().storage.insert(key, value);
	}

	/// Sets what a function of the runtime returns for these arguments.
	pub fn set_call(&self, function: &str, arguments: &[u8], answer: Vec<u8>) {
		self.state().calls.insert(format!("{function}{}", hex::encode(arguments)), answer);
	}

	/// Sets the result of dry runs.
	pub fn set_dry_run(&self, answer: Vec<u8>) {
		self.state().dry_run = Some(answer);
	}

	/// The transactions of dry runs.
	pub fn dry_runs(&self) -> Vec<Vec<u8>> {
		self.state().dry_runs.clone()
	}

	/// Sets the round of votes of finality.
	pub fn set_round(&self, round: Value) {
		self.state().round = Some(round);
	}

	pub fn offer_subscription(&self) {
		self.state().offers_subscription = true;
	}

	pub fn hide_heads(&self, hides: bool) {
		self.state().hides_heads = hides;
	}

	/// Ends all subscriptions.
	pub fn hang_up(&self) {
		self.state().subscribers.clear();
	}

	pub fn subscriptions(&self) -> usize {
		self.state().subscribers.values().map(Vec::len).sum()
	}

	fn answer(&self, method: &str, params: &[Value]) -> Result<Value, Failure> {
		let hash = |at: usize| -> Option<H256> {
			params.get(at).and_then(|value| serde_json::from_value(value.clone()).ok())
		};
		let bytes = |at: usize| hex::decode(&params[at].as_str().unwrap()[2..]).unwrap();
		let hexed = |bytes: &[u8]| json!(to_hex(bytes));
		let mut state = self.state();
		Ok(match method {
			"chain_getBlockHash" => json!(on_best_chain(&state, params[0].as_u64().unwrap())),
			"chain_getFinalizedHead" => json!(state.last_final),
			"chain_getHeader" => match state.blocks.get(&hash(0).unwrap_or(state.best)) {
				Some(block) => header_json(&block.header),
				None => Value::Null,
			},
			"chain_getBlock" => match state.blocks.get(&hash(0).unwrap()) {
				Some(block) => {
					let body: Vec<Value> = block.body.iter().map(|bytes| hexed(bytes)).collect();
					json!({ "block": { "extrinsics": body } })
				},
				None => Value::Null,
			},
			"state_getRuntimeVersion" => json!({ "specVersion": 1, "transactionVersion": 1 }),
			"state_call" => match params[0].as_str().unwrap() {
				"Metadata_metadata_at_version" => hexed(&Some(METADATA.to_vec()).encode()),
				"AccountNonceApi_account_nonce" => {
					hexed(&state.blocks[&hash(2).unwrap()].nonce.encode())
				},
				"BlockBuilder_apply_extrinsic" => {
					state.dry_runs.push(bytes(1));
					let answer = state.dry_run.as_ref();
					hexed(answer.ok_or_else(UserError::method_not_found)?)
				},
				function => hexed(&state.calls[&format!("{function}{}", hex::encode(bytes(1)))]),
			},
			"state_getStorage" => {
				let key = bytes(0);
				let events = crate::chain::reads::prefix("System", "Events");
				let found = match key == events {
					true => state.blocks.get(&hash(1).unwrap()).map(|block| &block.events),
					false => state.storage.get(&key),
				};
				found.map_or(Value::Null, |bytes| hexed(bytes))
			},
			"state_getKeysPaged" => {
				let (prefix, count) = (bytes(0), params[1].as_u64().unwrap() as usize);
				let start = params[2].as_str().map(|_| bytes(2)).unwrap_or_default();
				json!(state.keys(&prefix, &start, count))
			},
			"state_queryStorageAt" => {
				let keys: Vec<String> = serde_json::from_value(params[0].clone()).unwrap();
				let value = |key: &str| state.storage.get(&hex::decode(&key[2..]).unwrap());
				let changes =
					keys.iter().map(|key| (json!(key), value(key).map(|bytes| hexed(bytes))));
				json!([{ "block": hash(1), "changes": changes.collect::<Vec<_>>() }])
			},
			"grandpa_roundState" => match &state.round {
				Some(round) => round.clone(),
				None => {
					let message = "GRANDPA RPC endpoint not ready".into();
					return Err(UserError { code: 1, message, data: None }.into());
				},
			},
			"system_health" => json!({ "peers": 3, "isSyncing": true, "shouldHavePeers": true }),
			"system_chain" => json!("Test"),
			"system_name" => json!("a node"),
			"system_version" => json!("1.2.3"),
			"system_localPeerId" => json!("12D3KooW"),
			"system_localListenAddresses" => json!(["/ip4/127.0.0.1/tcp/30333/p2p/12D3KooW"]),
			"system_accountNextIndex" => json!(state.nonce + state.pool.len() as u32),
			"author_pendingExtrinsics" => {
				json!(state.pool.iter().map(|bytes| hexed(bytes)).collect::<Vec<_>>())
			},
			"author_submitExtrinsic" => state.submit(bytes(0))?,
			_ => return Err(UserError::method_not_found().into()),
		})
	}
}

fn on_best_chain(state: &State, number: u64) -> Option<H256> {
	let mut hash = state.best;
	loop {
		let header = &state.blocks.get(&hash)?.header;
		match header.number.cmp(&number) {
			std::cmp::Ordering::Less => return None,
			std::cmp::Ordering::Equal => return Some(hash),
			std::cmp::Ordering::Greater => hash = header.parent_hash,
		}
	}
}

fn header_json(header: &SubstrateHeader<H256>) -> Value {
	let logs: Vec<String> = header.digest.logs.iter().map(|log| to_hex(&log.encode())).collect();
	json!({
		"parentHash": header.parent_hash,
		"number": format!("0x{:x}", header.number),
		"stateRoot": header.state_root,
		"extrinsicsRoot": header.extrinsics_root,
		"digest": { "logs": logs },
	})
}

impl RpcClientT for Node {
	fn request_raw<'a>(
		&'a self,
		method: &'a str,
		params: Option<Box<RawValue>>,
	) -> RawRpcFuture<'a, Box<RawValue>> {
		Box::pin(async move {
			let params: Vec<Value> = params
				.map(|params| serde_json::from_str(params.get()).unwrap())
				.unwrap_or_default();
			match self.answer(method, &params) {
				Ok(answer) => Ok(RawValue::from_string(answer.to_string()).unwrap()),
				Err(Failure::User(error)) => Err(Error::User(error)),
				Err(Failure::Mined) => {
					self.mine();
					let data = RawValue::from_string(json!("Transaction is outdated").to_string());
					let (code, message) = (1010, "Rejected".into());
					Err(Error::User(UserError { code, message, data: data.ok() }))
				},
				Err(Failure::Broken) => Err(Error::DisconnectedWillReconnect("broken".into())),
				Err(Failure::Silence) => std::future::pending().await,
			}
		})
	}

	fn subscribe_raw<'a>(
		&'a self,
		subscribe: &'a str,
		_: Option<Box<RawValue>>,
		_: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		Box::pin(async move {
			let mut state = self.state();
			let (sender, mut receiver) = mpsc::unbounded_channel();
			match subscribe {
				"chain_subscribeNewHeads" if !state.hides_heads => {
					sender.send(header_json(&state.blocks[&state.best].header)).unwrap();
				},
				"chain_subscribeFinalizedHeads" => {
					sender.send(header_json(&state.blocks[&state.last_final].header)).unwrap();
				},
				"medrec_subscribePool" if state.offers_subscription => {},
				_ => return Err(UserError::method_not_found().into()),
			}
			state.subscribers.entry(subscribe.to_owned()).or_default().push(sender);
			let stream = async_stream(move |context| receiver.poll_recv(context));
			Ok(RawRpcSubscription { stream: stream.boxed(), id: None })
		})
	}
}

fn async_stream(
	poll: impl FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<Value>> + Send,
) -> impl futures::Stream<Item = Result<Box<RawValue>, Error>> + Send {
	futures::stream::poll_fn(poll)
		.map(|value: Value| Ok(RawValue::from_string(value.to_string()).unwrap()))
}

/// The nonce of a transaction of this chain.
pub fn nonce_of(transaction: &[u8]) -> u32 {
	use parity_scale_codec::Compact;
	let bytes = Vec::<u8>::decode(&mut &*transaction).unwrap();
	// Version, address, signature, era of two bytes.
	let at = 1 + 33 + 65 + 2;
	Compact::<u32>::decode(&mut &bytes[at..]).unwrap().0
}
