//! A loss of power at hospital A.

use super::{Case, Stage};
use anyhow::{ensure, Result};
use medrec_client::http::{GatekeeperClient, Identity};
use medrec_e2e::network::{until, Person};

/// Hospital A's node and gatekeeper are killed and started again.
pub async fn crash(stage: &mut Stage<'_>, case: &Case) -> Result<((), String)> {
	let identity = Identity::Wallet(Person::PatientP.key()?);
	let genesis = stage.chain.genesis_hash();
	let client = GatekeeperClient::new(&stage.gatekeeper.url(), genesis, identity)?;
	let (final_before, log_before) = (stage.chain.finalized().await?, client.log_head().await?);

	stage.gatekeeper.kill();
	let address = stage.node_r1.address().await?;
	stage.node_a.restart(&["--bootnodes", &address]).await?;
	stage.gatekeeper.start().await?;
	stage.chain = stage.node_a.chain().await?;

	let finalized = stage.chain.finalized().await?;
	ensure!(finalized.number >= final_before.number, "block {} is lost", final_before.number);
	let log = client.log_head().await?;
	ensure!((log.size, log.root) == (log_before.size, log_before.root), "the log is another");
	stage.node_a.final_block(u64::from(finalized.number) + 1).await?;
	until("P being served again", || async {
		let outcome = stage.terminal.query(Person::PatientP, case.other_target(), &[]).await?;
		Ok(outcome.success().ok())
	})
	.await?;
	let seen = format!(
		"all {} receipts and final block {} are there; P is served",
		log.size, finalized.number
	);
	Ok(((), seen))
}
