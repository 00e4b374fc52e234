//! Nodes as their operators and peers see them.

use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use medrec_client::chain::{RuntimeCall, SubmitOptions, UtilityCall};
use medrec_e2e::network::{
	argument, best_after_import, development_key, finish, next, number_of, read_blocks, seal_as,
	succeed, write_blocks, Network, Node, Person,
};
use medrec_primitives::H256;
use medrec_protocol::keys::{Key, Scheme};
use parity_scale_codec::{Compact, Encode};
use serde_json::Value;
use subxt_rpcs::rpc_params;

/// The only provider and the only researcher of genesis in one node.
const FOUNDER: &str = "--chain local --dev-identity provider-a,researcher-1 --mine --mining-duty 5";

/// More transactions than the node buffers notifications for one subscriber.
const BURST: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_lone_development_node_mines_and_finalises() -> Result<()> {
	let network = Network::temporary()?;
	let node = Node::start(&network, "node", "--dev").await?;
	node.final_block(3).await?;

	let status = node.call("mining_status", rpc_params![]).await?;
	assert!(status["found"].as_u64() >= Some(3), "{status}");
	assert_eq!(status["duty"], 5, "{status}");

	let researcher = node.call("medrec_resolve", rpc_params!["research-1"]).await?;
	assert_eq!(status["miner"], researcher, "{status}");
	let miners = node.call("medrec_miners", rpc_params![]).await?;
	assert_eq!(miners[0]["subject"], researcher, "{miners}");
	let eligible = node.call("medrec_eligible", rpc_params![&researcher]).await?;
	assert!(eligible.is_u64(), "{eligible}");
	let pending = node.call("medrec_pendingFor", rpc_params![&researcher]).await?;
	assert!(pending.is_u64(), "{pending}");
	for method in ["medrec_relationshipsOf", "medrec_bountiesOf"] {
		// Without a cursor.
		let page = node.call(method, rpc_params![&researcher]).await?;
		assert!(page.is_array(), "{method}: {page}");
	}
	let unknown = node.call("medrec_resolve", rpc_params!["nobody"]).await?;
	assert!(unknown.is_null(), "{unknown}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_announced_at_once_and_mined_in_the_next_blocks() -> Result<()> {
	let network = Network::temporary()?;
	let node = Node::start(&network, "node", "--dev").await?;
	node.final_block(1).await?;
	let chain = node.chain().await?;
	let mut pool = node.subscribe("medrec", "Pool").await?;
	let before = chain.best().await?.number;

	let call = RuntimeCall::Utility(UtilityCall::batch { calls: Vec::new() });
	let key = Person::ProviderA.key()?;
	let submit = async { Ok(chain.submit(&call, &key, SubmitOptions::default()).await?) };
	let (included, announced) = tokio::try_join!(submit, next(&mut pool))?;
	assert_eq!(announced, format!("{:?}", included.extrinsic));
	// The stock worker needs two blocks and more; this one rebuilds its template. One block may have
	// been found while the transaction travelled.
	let block = included.block.number;
	assert!(block <= before + 4, "mined in block {block}, sent after {before}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_transactions_does_not_end_the_notifications_of_the_pool() -> Result<()> {
	let network = Network::temporary()?;
	// It does not mine, so that transactions stay in the pool.
	let node = Node::start(&network, "node", "--chain local").await?;
	let mut pool = node.subscribe("medrec", "Pool").await?;
	let version = node.call("state_getRuntimeVersion", rpc_params![]).await?;
	let genesis = node.chain().await?.genesis_hash();

	let send = async |nonce| -> Result<Value> {
		let bytes = empty_batch(&Person::ProviderA.key()?, nonce, &version, genesis)?;
		let bytes = format!("0x{}", hex::encode(bytes));
		node.call("author_submitExtrinsic", rpc_params![bytes]).await
	};
	try_join_all((0..BURST).map(&send)).await?;
	// Some may be skipped, but never the last.
	let last = send(BURST).await?;
	while next(&mut pool).await? != last {}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_finds_the_network_and_follows_finality() -> Result<()> {
	let network = Network::temporary()?;
	let founder = Node::start(&network, "founder", FOUNDER).await?;
	founder.final_block(1).await?;
	let address = founder.address().await?;
	let arguments = format!("--chain local --bootnodes {address}");
	let follower = Node::start(&network, "follower", &arguments).await?;

	let hash = follower.final_block(5).await?;
	assert_eq!(founder.block_hash(5).await?, Some(hash));
	let status = follower.call("mining_status", rpc_params![]).await?;
	assert_eq!(status["mining"], false, "{status}");
	assert_eq!(status["found"], 0, "{status}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_votes_the_chain_continues_and_the_node_warns() -> Result<()> {
	let network = Network::temporary()?;
	let arguments = "--dev --no-grandpa --mining-duty 100";
	let mut node = Node::start(&network, "node", arguments).await?;
	node.logs("no new permission counts").await?;
	let last_final = node.call("chain_getFinalizedHead", rpc_params![]).await?;
	assert_eq!(last_final.as_str(), node.block_hash(0).await?.as_deref());

	let mut heads = node.subscribe("chain", "NewHeads").await?;
	let first = number_of(&next(&mut heads).await?)?;
	while number_of(&next(&mut heads).await?)? < first + 2 {}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_keeps_its_chain_and_continues() -> Result<()> {
	let network = Network::temporary()?;
	let mut node = Node::start(&network, "node", "--dev").await?;
	let kept = node.final_block(3).await?;
	// The newest blocks may be lost.
	node.final_block(6).await?;
	node.restart("").await?;

	assert_eq!(node.block_hash(3).await?.as_ref(), Some(&kept));
	node.final_block(9).await?;
	assert_eq!(node.block_hash(3).await?, Some(kept));
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_sealed_by_a_stranger_is_rejected() -> Result<()> {
	let network = Network::temporary()?;
	let mut node = Node::start(&network, "node", "--dev").await?;
	node.final_block(5).await?;
	node.kill();
	let [honest, forged] = ["honest", "forged"].map(|name| network.folder.join(name));
	let mut export = network.command("medrec-node");
	export.args(["export-blocks", "--chain", "dev", "--binary", "--to", "4", argument(&honest)?]);
	export.arg("--base-path").arg(node.data());
	succeed(export, "").await?;

	let mut blocks = read_blocks(&honest)?;
	assert_eq!(blocks.len(), 4);
	assert_eq!(best_after_import(&network, "first", "dev", &honest).await?.0, 4);

	// The work is real and the signature is good, but the key is not listed.
	let stranger = development_key("//Stranger", Scheme::Ed25519)?;
	seal_as(blocks.last_mut().context("no blocks")?, &stranger)?;
	write_blocks(&forged, &blocks)?;
	let (best, log) = best_after_import(&network, "second", "dev", &forged).await?;
	assert_eq!(best, 3);
	assert!(log.contains("invalid seal"), "{log}");
	Ok(())
}

#[tokio::test]
async fn development_keys_are_rejected_on_a_live_chain() -> Result<()> {
	let network = Network::temporary()?;
	let mut export = network.command("medrec-node");
	export.args(["export-chain-spec", "--chain", "local", "--raw"]);
	let spec = succeed(export, "").await?;
	let live = spec.replace("\"chainType\": \"Local\"", "\"chainType\": \"Live\"");
	assert_ne!(live, spec);
	let path = network.folder.join("live.json");
	std::fs::write(&path, live)?;

	let data = network.folder.join("data");
	let chain = ["--chain", argument(&path)?, "--base-path", argument(&data)?];
	let log =
		log_of_failed_start(&network, &[&chain[..], &["--dev-identity", "provider-a"]].concat())
			.await?;
	assert!(log.contains("--dev-identity is for development chains"), "{log}");

	// Without options: the genesis contains development keys.
	let log = log_of_failed_start(&network, &chain).await?;
	let weak = "the development key //ProviderA//finality as a voter on finality";
	assert!(log.contains(weak), "{log}");
	Ok(())
}

#[tokio::test]
async fn sync_modes_that_verify_no_work_are_rejected() -> Result<()> {
	let network = Network::temporary()?;
	for mode in ["fast", "warp"] {
		let log = log_of_failed_start(&network, &["--dev", "--sync", mode]).await?;
		assert!(log.contains("use --sync full"), "{log}");
	}
	Ok(())
}

/// The log of a node that does not start with these arguments.
async fn log_of_failed_start(network: &Network, arguments: &[&str]) -> Result<String> {
	let mut node = network.command("medrec-node");
	node.args(["--port", "0", "--rpc-port", "0", "--no-prometheus"]).args(arguments);
	let output = finish(node, "").await?;
	ensure!(!output.status.success(), "the node starts with {arguments:?}");
	Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A signed transaction with a batch of no calls, as `author_submitExtrinsic` takes it.
fn empty_batch(key: &Key, nonce: u32, version: &Value, genesis: H256) -> Result<Vec<u8>> {
	let number = |name: &str| -> Result<u32> {
		Ok(version[name].as_u64().with_context(|| format!("no {name}"))?.try_into()?)
	};
	let call = RuntimeCall::Utility(UtilityCall::batch { calls: Vec::new() });
	let immortal = 0u8;
	let extensions = (immortal, Compact(nonce));
	let versions = (number("specVersion")?, number("transactionVersion")?);
	let signature = key.sign(&(&call, &extensions, versions, genesis, genesis).encode());
	/// Version 4, signed.
	const SIGNED: u8 = 0x84;
	/// The variants of an address that is an account, and of an Sr25519 signature.
	const ACCOUNT: u8 = 0;
	const SR25519: u8 = 1;
	let extrinsic = (SIGNED, ACCOUNT, key.public(), SR25519, signature, extensions, call);
	Ok(extrinsic.encode().encode())
}
