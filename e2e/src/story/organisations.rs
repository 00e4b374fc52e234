//! Who is who at the beginning, and who joins.

use super::Stage;
use crate::{
	cast::{development_public, text, Who},
	step_log::StepLog,
	network::until,
};
use anyhow::{ensure, Result};
use serde_json::json;

pub(super) async fn tell(stage: &mut Stage, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("1", "A and R1 exist at genesis; B and R2 are admitted, and B votes", join(stage))
		.await
}

async fn join(stage: &Stage) -> Result<String> {
	let terminal = &stage.terminal;
	for name in ["hospital-a", "research-1"] {
		terminal.run_as(Who::ProviderA, &["registrar", "resolve", name]).await?;
	}
	terminal
		.try_as(Who::ProviderA, &["registrar", "resolve", "hospital-b"])
		.await?
		.done()
		.err()
		.ok_or_else(|| anyhow::anyhow!("hospital B exists before it was admitted"))?;
	let mining = development_public("//ResearcherTwo//mining")?;
	let finality = development_public("//ProviderB//finality")?;
	let researcher = Who::ResearcherTwo.address()?;
	let provider = Who::ProviderB.address()?;
	// The council has one member, so that its motions pass at once.
	let admit = ["registrar", "admit-researcher", "--name", "research-2", "--account"];
	terminal
		.run_as(Who::ProviderA, &[&admit[..], &[&researcher, "--mining-key", &mining]].concat())
		.await?;
	let admit = ["registrar", "admit-provider", "--name", "hospital-b", "--account"];
	terminal
		.run_as(Who::ProviderA, &[&admit[..], &[&provider, "--finality-key", &finality]].concat())
		.await?;
	for name in ["hospital-b", "research-2"] {
		text(&terminal.run_as(Who::ProviderA, &["registrar", "resolve", name]).await?, "subject")?;
	}

	let rpc = &stage.node_a.rpc;
	until("both hospitals voting", || async {
		let state = rpc.call("grandpa_roundState", json!([])).await?;
		Ok((state["best"]["totalWeight"].as_u64() == Some(2)).then_some(()))
	})
	.await?;
	let joined = rpc.best().await?;
	let beyond = until("finality with both votes", || async {
		let finalized = rpc.finalized().await?;
		Ok((finalized > joined).then_some(finalized))
	})
	.await?;
	ensure!(stage.node_b.rpc.finalized().await? > 0, "hospital B's node sees no final block");
	Ok(format!("two votes since block {joined}, final up to {beyond}"))
}
