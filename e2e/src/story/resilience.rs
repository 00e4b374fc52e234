//! A power failure.

use super::{records::Case, Stage};
use crate::{
	cast::Who,
	step_log::StepLog,
	network::{local_client, until},
};
use anyhow::{ensure, Result};
use medrec_client::chain::Chain;
use medrec_protocol::wire::LogHead;

pub(super) async fn tell(stage: &mut Stage, case: &Case, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("14", "Node and gatekeeper are killed, and come back with everything", async {
			crash(stage, case).await
		})
		.await
}

async fn log_head(stage: &Stage) -> Result<LogHead> {
	let url = format!("{}/v1/log/head", stage.gatekeeper.url());
	Ok(local_client()?.get(url).send().await?.json().await?)
}

async fn crash(stage: &mut Stage, case: &Case) -> Result<String> {
	let final_before = stage.node_a.rpc.finalized().await?;
	let log_before = log_head(stage).await?;
	stage.gatekeeper.kill();
	stage.node_a.kill();
	stage.node_a.restart(stage.node_r1.address().await?).await?;
	stage.gatekeeper.start().await?;
	stage.chain = Chain::connect(&stage.node_a.url()).await?;

	let at_once = stage.node_a.rpc.finalized().await?;
	ensure!(at_once >= final_before, "final block {final_before} is lost: it is at {at_once}");
	let log = log_head(stage).await?;
	ensure!(
		log.size == log_before.size && log.root == log_before.root,
		"the log is another: {} receipts in place of {}",
		log.size,
		log_before.size
	);
	let rpc = &stage.node_a.rpc;
	until("finality going on", || async { Ok((rpc.finalized().await? > at_once).then_some(())) })
		.await?;
	let (relationship, record) =
		(format!("{:?}", case.relationship), format!("{:?}", case.spare_record));
	let query = ["query", "--relationship", &relationship, "--record", &record];
	until("P being served again", || async {
		Ok(stage.terminal.try_as(Who::PatientP, &query).await?.done().ok())
	})
	.await?;
	Ok(format!("block {at_once}, {} receipts, and P is served again", log.size))
}
