//! What a newcomer does with the network while it stays up.

use super::Demo;
use crate::step_log::Step;
use anyhow::Context;
use medrec_e2e::network::{
	succeed, volunteer_uri, write_private, Patient,
	Person::{ClinicianB, ProviderA, ResearcherOne},
};
use std::path::{Path, PathBuf};

/// The tasks, in their order. The first line of each says what is to be done.
const TASKS: [&str; 5] = [
	include_str!("../../tasks/1-find.sh"),
	include_str!("../../tasks/2-show.sh"),
	include_str!("../../tasks/3-who-read-it.sh"),
	include_str!("../../tasks/4-take-it-back.sh"),
	include_str!("../../tasks/5-prove.sh"),
];

/// The name of the newcomer's own key.
const NEWCOMER: &str = "me";

/// A patient of hospital A, for a person at a shell.
pub struct Newcomer {
	/// The file that makes a shell act as the newcomer.
	environment: PathBuf,
	/// The ID in hospital A's database.
	local_id: String,
}

/// A patient whose records no one has asked for becomes the newcomer: a keystore has this patient's
/// key, and those of the others whom the tasks name. The environment of a shell is written to a file.
pub async fn prepare(demo: &Demo<'_>, volunteers: &[Patient]) -> Step<Newcomer> {
	let Demo { terminal, network, .. } = demo;
	let local_id = volunteers.first().context("no volunteers")?.local_id.clone();
	let keystore = network.folder.join("newcomer-keys");
	let people = [
		(NEWCOMER, volunteer_uri(0)),
		("dr-weber", ClinicianB.uri()),
		("hospital-a", ProviderA.uri()),
		("research-1", ResearcherOne.uri()),
	];
	for (name, uri) in people {
		let mut import = network.command("medrec");
		import.args(["keys", "import", name, "--seed-file", "-"]);
		import.arg("--keystore").arg(&keystore).arg("--password-file").arg(&terminal.password);
		succeed(import, &uri).await?;
	}
	let folder = network.folder.join("mine");
	std::fs::create_dir_all(&folder)?;
	let exported = [
		("MEDREC_NODE", demo.node_a.url()),
		("MEDREC_KEYSTORE", keystore.display().to_string()),
		("MEDREC_PASSWORD_FILE", terminal.password.display().to_string()),
		("MEDREC_KEY", NEWCOMER.to_owned()),
		("AUDITOR_NODE", demo.node_b.url()),
	];
	let mut text = format!("export PATH={}:\"$PATH\"\n", quoted(&network.programs));
	for (name, value) in exported {
		text += &format!("export {name}={}\n", quoted(Path::new(&value)));
	}
	// What the newcomer saves does not land in the project.
	text += &format!("umask 077\ncd {}\n", quoted(&folder));
	let environment = network.folder.join("env");
	write_private(&environment, &text)?;
	let seen = format!("{local_id} acts by the keys in {}", keystore.display());
	Ok((Newcomer { environment, local_id }, seen))
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
	format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Says how to use the network while it stays up, and whether its files are kept.
pub fn explain(demo: &Demo<'_>, newcomer: &Newcomer, kept: bool) {
	let after = match kept {
		true => "",
		false => {
			" Then its folder is removed, with what you\nsave there; --keep-dir DIR keeps one."
		},
	};
	println!(
		"
The network stays up until Ctrl-C.{after}

  RPC for polkadot-js   {rpc}
                        (https://polkadot.js.org/apps, development, custom)
  gatekeeper            {gatekeeper}
  metrics               {metrics}
  hospital A's database {ehr}

In another terminal, act as {local_id}, a patient of hospital A:

  source {environment}
",
		rpc = demo.node_a.url(),
		gatekeeper = demo.gatekeeper.url(),
		metrics = demo.gatekeeper.metrics,
		ehr = demo.gatekeeper.ehr().display(),
		local_id = newcomer.local_id,
		environment = quoted(&newcomer.environment),
	);
	for task in TASKS {
		let mut lines = task.lines();
		println!("  {}", lines.next().unwrap_or_default());
		for line in lines {
			println!("    {line}");
		}
		println!();
	}
	println!(
		"  # Be another person: the clinician dr-weber, hospital-a, or research-1
    medrec --key dr-weber query --find glucose --latest --purpose treatment
    medrec --key hospital-a summary show
"
	);
}
