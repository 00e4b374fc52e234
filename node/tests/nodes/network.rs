//! What nodes do together and by themselves, as real processes.

use crate::running::{at, next, node, number_of, Node};
use medrec_consensus::Seal;
use medrec_runtime::{
	extensions::AdmitSubject, opaque::Block, RuntimeCall, SignedPayload, TxExtension,
	UncheckedExtrinsic, VERSION,
};
use parity_scale_codec::{Decode, Encode};
use sp_consensus_pow::POW_ENGINE_ID;
use sp_core::{bytes::to_hex, ed25519, sr25519, Pair, H256};
use sp_runtime::{
	generic::{Era, SignedBlock},
	traits::{BlakeTwo256, Hash, IdentifyAccount},
	DigestItem, MultiSigner,
};
use std::path::Path;
use subxt_rpcs::{client::RpcParams, rpc_params};

/// The node that mines on the network of the tests, and votes.
const FOUNDER: [&str; 5] =
	["--chain=local", "--tmp", "--dev-identity=provider-a,researcher-1", "--mine", "--mining-duty=5"];

/// More transactions than the node keeps signals for.
const BURST: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_lone_development_node_mines_and_finalises() {
	let node = Node::start(["--dev", "--tmp"]).await;
	node.final_block(3).await;

	let status = node.ask("mining_status", RpcParams::new()).await;
	assert!(status["found"].as_u64() >= Some(3), "{status}");
	assert_eq!(status["duty"], 5, "{status}");

	let researcher = node.ask("medrec_resolve", rpc_params!["research-1"]).await;
	assert_eq!(status["miner"], researcher, "{status}");
	let miners = node.ask("medrec_miners", RpcParams::new()).await;
	assert_eq!(miners[0]["subject"], researcher, "{miners}");
	let eligible = node.ask("medrec_eligible", rpc_params![&researcher]).await;
	assert!(eligible.is_u64(), "{eligible}");
	let pending = node.ask("medrec_pendingFor", rpc_params![&researcher]).await;
	assert!(pending.is_u64(), "{pending}");
	let nobody = node.ask("medrec_resolve", rpc_params!["nobody"]).await;
	assert!(nobody.is_null(), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_signalled_at_once_and_mined_in_the_next_blocks() {
	let node = Node::start(["--dev", "--tmp"]).await;
	node.final_block(1).await;
	let genesis = node.block_hash(0).await.expect("there is a genesis");
	let bytes = transaction(genesis.parse().expect("it is a hash"), 0).encode();
	let hash = to_hex(BlakeTwo256::hash(&bytes).as_bytes(), false);

	let mut pool = node.subscribe("medrec_subscribePool", "medrec_unsubscribePool").await;
	let mut heads = node.subscribe("chain_subscribeNewHeads", "chain_unsubscribeNewHeads").await;
	let before = number_of(&next(&mut heads).await);
	let sent = node.ask("author_submitExtrinsic", rpc_params![to_hex(&bytes, false)]).await;
	assert_eq!(sent, hash);
	assert_eq!(next(&mut pool).await, hash);

	let wanted = to_hex(&bytes, false);
	loop {
		let head = number_of(&next(&mut heads).await);
		let block = node.block_hash(head).await;
		let block = node.ask("chain_getBlock", rpc_params![block]).await;
		let transactions = block["block"]["extrinsics"].as_array().expect("it is a list").clone();
		if transactions.contains(&wanted.clone().into()) {
			break;
		}
		// The stock worker needs two blocks and more; this one rebuilds. One block may have been
		// found while the transaction travelled.
		assert!(head < before + 4, "still not mined in block {head}, sent after {before}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_transactions_does_not_end_the_signals_of_the_pool() {
	// It does not mine, so that what is sent stays in the pool.
	let node = Node::start(["--chain=local", "--tmp"]).await;
	let genesis = node.block_hash(0).await.expect("there is a genesis");
	let genesis = genesis.parse().expect("it is a hash");
	let mut pool = node.subscribe("medrec_subscribePool", "medrec_unsubscribePool").await;

	let send = |nonce| {
		let bytes = to_hex(&transaction(genesis, nonce).encode(), false);
		node.ask("author_submitExtrinsic", rpc_params![bytes])
	};
	futures::future::join_all((0..BURST).map(send)).await;
	// Some may be passed over, but never the last.
	let last = send(BURST).await;
	while next(&mut pool).await != last {}
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_finds_the_network_and_follows_finality() {
	let founder = Node::start(FOUNDER).await;
	founder.final_block(1).await;
	let bootnode = format!("--bootnodes={}", founder.address().await);
	let follower = Node::start(["--chain=local", "--tmp", &bootnode]).await;

	let seen = follower.final_block(5).await;
	assert_eq!(founder.block_hash(5).await, Some(seen));
	let status = follower.ask("mining_status", RpcParams::new()).await;
	assert_eq!(status["mining"], false, "{status}");
	assert_eq!(status["found"], 0, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_votes_the_chain_goes_on_and_says_so() {
	let node = Node::start(["--dev", "--tmp", "--no-grandpa", "--mining-duty=100"]).await;
	node.says("no new permission counts");
	let last_final = node.ask("chain_getFinalizedHead", RpcParams::new()).await;
	assert_eq!(last_final.as_str(), node.block_hash(0).await.as_deref());

	let mut heads = node.subscribe("chain_subscribeNewHeads", "chain_unsubscribeNewHeads").await;
	let first = number_of(&next(&mut heads).await);
	while number_of(&next(&mut heads).await) < first + 2 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_keeps_its_chain_and_goes_on() {
	let base = tempfile::tempdir().expect("a folder");
	let arguments = ["--dev".into(), at("base-path", base.path())];
	let node = Node::start(&arguments).await;
	let kept = node.final_block(3).await;
	// What was written last may be lost, so look at what is older.
	node.final_block(6).await;
	node.kill();

	let again = Node::start(&arguments).await;
	assert_eq!(again.block_hash(3).await, Some(kept.clone()));
	again.final_block(9).await;
	assert_eq!(again.block_hash(3).await, Some(kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_sealed_by_a_stranger_is_refused() {
	let folder = tempfile::tempdir().expect("a folder");
	let (mined, honest, forged) =
		(folder.path().join("mined"), folder.path().join("honest"), folder.path().join("forged"));
	let dev = Node::start(["--dev".into(), at("base-path", &mined)]).await;
	dev.final_block(5).await;
	dev.kill();
	let exported = node([
		"export-blocks".into(),
		"--chain=dev".into(),
		at("base-path", &mined),
		"--binary".into(),
		"--to=4".into(),
		honest.display().to_string(),
	]);
	assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));

	let mut blocks = read_blocks(&std::fs::read(&honest).expect("it was exported"));
	assert_eq!(blocks.len(), 4);
	assert_eq!(best_after_import(&folder.path().join("first"), &honest).0, 4);

	// The work is real, the signature is good, and the key is nobody's.
	let last = &mut blocks.last_mut().expect("there are four").block.header;
	let Some(DigestItem::Seal(POW_ENGINE_ID, seal)) = last.digest.logs.pop() else {
		panic!("the block has no seal")
	};
	let nonce = Seal::read(&seal).expect("the node sealed it").nonce;
	let stranger = ed25519::Pair::from_string("//Stranger", None).expect("it is a path");
	let seal = Seal::sign(&stranger, &last.hash(), nonce);
	last.digest.logs.push(DigestItem::Seal(POW_ENGINE_ID, seal.encode()));
	std::fs::write(&forged, write_blocks(&blocks)).expect("there is room");
	let (best, said) = best_after_import(&folder.path().join("second"), &forged);
	assert_eq!(best, 3);
	assert!(said.contains("invalid seal"), "{said}");
}

#[test]
fn development_keys_are_refused_on_a_live_chain() {
	let folder = tempfile::tempdir().expect("a folder");
	let exported = node(["export-chain-spec", "--chain=local", "--raw"]);
	let spec = String::from_utf8(exported.stdout).expect("it is JSON");
	let live = spec.replace("\"chainType\": \"Local\"", "\"chainType\": \"Live\"");
	assert_ne!(live, spec);
	let path = folder.path().join("live.json");
	std::fs::write(&path, live).expect("there is room");

	let arguments = [
		at("chain", &path),
		at("base-path", folder.path()),
		"--port=0".into(),
		"--rpc-port=0".into(),
		"--no-prometheus".into(),
	];
	let refused = |arguments: &[String]| {
		let run = node(arguments);
		assert!(!run.status.success());
		String::from_utf8_lossy(&run.stderr).into_owned()
	};
	let said = refused(&[&arguments[..], &["--dev-identity=provider-a".into()]].concat());
	assert!(said.contains("--dev-identity is for development chains"), "{said}");

	// The keys are in the genesis, whoever starts the node.
	let said = refused(&arguments);
	let weak = "the development key //ProviderA//finality as a voter on finality";
	assert!(said.contains(weak), "{said}");
}

#[test]
fn ways_to_sync_that_check_no_work_are_refused() {
	for way in ["fast", "warp"] {
		let run = node(["--dev", "--port=0", "--rpc-port=0", &format!("--sync={way}")]);
		assert!(!run.status.success(), "{way}");
		let said = String::from_utf8_lossy(&run.stderr);
		assert!(said.contains("use --sync full"), "{said}");
	}
}

/// An empty batch by the provider of genesis, its transaction of this number.
fn transaction(genesis: H256, nonce: u32) -> UncheckedExtrinsic {
	let batch = [5u8, 0, 0];
	let call = RuntimeCall::decode(&mut &batch[..]).expect("it is a batch of no calls");
	let extension: TxExtension = (
		AdmitSubject,
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
	);
	let implicit =
		((), (), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), ());
	let pair = sr25519::Pair::from_string("//ProviderA", None).expect("it is a path");
	let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
	let signature = payload.using_encoded(|payload| pair.sign(payload));
	let account = MultiSigner::from(pair.public()).into_account();
	UncheckedExtrinsic::new_signed(call, account.into(), signature.into(), extension)
}

/// Imports the blocks of a file into a fresh database, and returns the number of the best, with
/// what was said.
fn best_after_import(base: &Path, file: &Path) -> (u64, String) {
	let import = node([
		"import-blocks".into(),
		"--chain=dev".into(),
		at("base-path", base),
		"--binary".into(),
		file.display().to_string(),
	]);
	let info = node(["chain-info".into(), "--chain=dev".into(), at("base-path", base)]);
	let info: serde_json::Value = serde_json::from_slice(&info.stdout).expect("it is JSON");
	let best = info["best_number"].as_u64().expect("it has a number");
	(best, String::from_utf8_lossy(&import.stderr).into())
}

/// Reads what `export-blocks --binary` writes.
fn read_blocks(mut bytes: &[u8]) -> Vec<SignedBlock<Block>> {
	let count = u64::decode(&mut bytes).expect("it begins with their number");
	(0..count).map(|_| SignedBlock::decode(&mut bytes).expect("they follow")).collect()
}

/// Writes what `import-blocks --binary` reads.
fn write_blocks(blocks: &[SignedBlock<Block>]) -> Vec<u8> {
	let count = u64::try_from(blocks.len()).expect("they are few");
	blocks.iter().fold(count.encode(), |mut bytes, block| {
		block.encode_to(&mut bytes);
		bytes
	})
}
