//! A loss of power at hospital A.

use super::{Demo, Scenario};
use crate::step_log::{passed, Step};
use anyhow::ensure;
use medrec_client::http::GatekeeperClient;
use medrec_e2e::network::Person;
use medrec_protocol::signing::RequestSigner;

/// Hospital A's node and gatekeeper are killed and started again.
pub async fn crash(demo: &mut Demo<'_>, scenario: &Scenario) -> Step {
	let identity = RequestSigner::Wallet(Person::PatientP.key()?);
	let genesis = demo.chain.genesis_hash();
	let client = GatekeeperClient::new(&demo.gatekeeper.url(), genesis, identity)?;
	let (final_before, log_before) = (demo.chain.finalized().await?, client.log_head().await?);

	demo.gatekeeper.kill();
	let address = demo.node_r1.address().await?;
	demo.node_a.restart(&format!("--bootnodes {address}")).await?;
	demo.gatekeeper.start().await?;
	demo.chain = demo.node_a.chain().await?;

	let finalized = demo.chain.finalized().await?;
	ensure!(finalized.number >= final_before.number, "block {} is lost", final_before.number);
	let log = client.log_head().await?;
	ensure!((log.size, log.root) == (log_before.size, log_before.root), "the log is another");
	demo.node_a.final_block(u64::from(finalized.number) + 1).await?;
	demo.terminal.until_served(Person::PatientP, scenario.other_target(), "").await?;
	let (receipts, block) = (log.size, finalized.number);
	passed(format!("all {receipts} receipts and final block {block} are there; P is served"))
}
