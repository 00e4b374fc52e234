//! The story, in the order in which it happens.

mod access;
mod audit;
mod bounties;
mod ehr;
mod organisations;
mod records;
mod requests;
mod resilience;
mod strangers;

use crate::{
	cast::Terminal,
	step_log::StepLog,
	ending::{Ending, Endings},
	network::{Gatekeeper, Node, NodeOptions},
	Options,
};
use anyhow::{ensure, Context, Result};
use medrec_client::chain::Chain;
use std::{
	io::Write,
	path::{Path, PathBuf},
};

/// Everything that is there while the story is told.
pub struct Stage {
	/// Where the programs are.
	pub bin: PathBuf,
	/// Where everything is kept.
	pub folder: PathBuf,
	/// Hospital A's node, which everybody's terminal talks to.
	pub node_a: Node,
	/// The first researcher's node.
	pub node_r1: Node,
	/// Hospital B's node.
	pub node_b: Node,
	/// The second researcher's node.
	pub node_r2: Node,
	/// Hospital A's gatekeeper.
	pub gatekeeper: Gatekeeper,
	/// Everybody's terminal.
	pub terminal: Terminal,
	/// A client of node A.
	pub chain: Chain,
}

/// Tells the story. False if a step failed.
pub async fn tell(options: Options) -> Result<bool> {
	let mut endings = Endings::listen()?;
	let temporary = tempfile::Builder::new().prefix("medrec-demo-").tempdir()?;
	let folder = match &options.keep_dir {
		Some(folder) => {
			std::fs::create_dir_all(folder)?;
			ensure!(
				std::fs::read_dir(folder)?.next().is_none(),
				"{} is not empty; name another folder with --keep-dir",
				folder.display()
			);
			folder.canonicalize()?
		},
		None => temporary.path().to_owned(),
	};
	let mut step_log = StepLog::default();
	let told = tokio::select! {
		biased;
		ending = endings.next() => {
			// All that was started has ended with the story. Who only wanted to look around may
			// leave; a test that is cut short has not passed.
			let passed = step_log.close() && ending == Ending::Left && !options.smoke;
			if !passed {
				// The terminal may be gone.
				let _ = writeln!(std::io::stderr(), "demo: it was cut short");
			}
			return Ok(passed);
		},
		told = tell_in(&options, &folder, &mut step_log) => told,
	};
	if let Err(error) = &told {
		eprintln!("\ndemo: {error:#}");
		show_logs(&folder);
	}
	Ok(step_log.close() && told.is_ok())
}

async fn tell_in(options: &Options, folder: &Path, step_log: &mut StepLog) -> Result<()> {
	println!("The story of one record. Everything is in {}\n", folder.display());
	let mut stage = None;
	step_log
		.step("0", "Two hospitals' and two researchers' nodes start", async {
			let set = set_up(&options.bin_dir, folder).await?;
			let seen = format!("hospital A's node is at {}", set.node_a.url());
			stage = Some(set);
			Ok(seen)
		})
		.await?;
	let mut stage = stage.context("the stage is set")?;
	organisations::tell(&mut stage, step_log).await?;
	let case = records::tell(&mut stage, options.import.as_deref(), step_log).await?;
	access::tell(&stage, &case, step_log).await?;
	requests::tell(&mut stage, &case, step_log).await?;
	bounties::tell(&mut stage, &case, step_log).await?;
	audit::tell(&mut stage, &case, step_log).await?;
	strangers::tell(&mut stage, &case, step_log).await?;
	resilience::tell(&mut stage, &case, step_log).await?;
	if !options.smoke {
		stay(&stage, &case, step_log).await?;
	}
	Ok(())
}

async fn set_up(bin: &Path, folder: &Path) -> Result<Stage> {
	let node = |name, part, mine, bootnode| NodeOptions { name, part, mine, bootnode };
	let node_a = Node::start(bin, folder, node("hospital-a", "provider-a", false, None)).await?;
	let peer = Some(node_a.address().await?);
	let node_r1 =
		Node::start(bin, folder, node("research-1", "researcher-1", true, peer.clone())).await?;
	let node_b =
		Node::start(bin, folder, node("hospital-b", "provider-b", false, peer.clone())).await?;
	let node_r2 = Node::start(bin, folder, node("research-2", "researcher-2", true, peer)).await?;
	let chain = Chain::connect(&node_a.url()).await?;
	let terminal = Terminal::set_up(bin, folder, &node_a.url()).await?;
	let gatekeeper =
		Gatekeeper::set_up(bin, folder, &node_a.url(), &crate::cast::Who::GateA.uri())?;
	Ok(Stage {
		bin: bin.into(),
		folder: folder.into(),
		node_a,
		node_r1,
		node_b,
		node_r2,
		gatekeeper,
		terminal,
		chain,
	})
}

/// Stays up until Ctrl-C, and says where to go.
async fn stay(stage: &Stage, case: &records::Case, step_log: &StepLog) -> Result<()> {
	step_log.close();
	println!(
		"
Everything stays up until Ctrl-C.

  RPC for polkadot-js   {rpc}   (https://polkadot.js.org/apps, development, custom)
  gatekeeper            {gate}
  metrics               {metrics}
  hospital A's database {ehr}

To type as one of them (provider-a, provider-b, patient-p, clinician-b, ...):

  export PATH=\"{bin}:$PATH\"
  export MEDREC_NODE={rpc} MEDREC_KEYSTORE={keys} MEDREC_PASSWORD_FILE={password}
  medrec chain status
  medrec --key patient-p summary show
  medrec --key patient-p query --relationship {relationship:?} --record {record:?}
",
		rpc = stage.node_a.url(),
		gate = stage.gatekeeper.url(),
		metrics = stage.gatekeeper.metrics().unwrap_or_default(),
		ehr = stage.gatekeeper.ehr().display(),
		bin = stage.bin.display(),
		keys = stage.terminal.keystore().display(),
		password = stage.terminal.password().display(),
		relationship = case.relationship,
		record = case.spare_record,
	);
	// Whoever tells the story ends here when Ctrl-C comes.
	std::future::pending().await
}

/// Shows the ends of all logs.
fn show_logs(folder: &Path) {
	const LINES: usize = 25;
	for name in ["hospital-a", "research-1", "hospital-b", "research-2", "gatekeeper-a"] {
		let Ok(text) = std::fs::read(folder.join(name).join("log")) else { continue };
		let text = String::from_utf8_lossy(&text);
		let lines: Vec<&str> = text.lines().collect();
		eprintln!("\n--- the end of the log of {name}");
		for line in lines.iter().skip(lines.len().saturating_sub(LINES)) {
			eprintln!("{line}");
		}
	}
}
