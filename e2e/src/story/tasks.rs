//! What a newcomer does with the network while it stays up.

use super::Demo;
use crate::step_log::Step;
use medrec_e2e::network::{write_private, Person::PatientP};
use std::path::{Path, PathBuf};

/// The tasks, in their order. The first line of each says what is to be done.
const TASKS: [&str; 5] = [
	include_str!("../../tasks/1-find.sh"),
	include_str!("../../tasks/2-show.sh"),
	include_str!("../../tasks/3-who-read-it.sh"),
	include_str!("../../tasks/4-take-it-back.sh"),
	include_str!("../../tasks/5-prove.sh"),
];

/// P calls the clinician by a name, and the environment of a shell that acts as P is written to a file.
pub async fn prepare(demo: &Demo<'_>) -> Step<PathBuf> {
	let Demo { terminal, network, .. } = demo;
	terminal.run_as(PatientP, "names add dr-weber clinician-b").await?;
	let folder = network.folder.join("mine");
	std::fs::create_dir_all(&folder)?;
	let exported = [
		("MEDREC_NODE", demo.node_a.url()),
		("MEDREC_KEYSTORE", terminal.keystore.display().to_string()),
		("MEDREC_PASSWORD_FILE", terminal.password.display().to_string()),
		("MEDREC_KEY", PatientP.name()),
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
	let seen =
		format!("P calls the clinician dr-weber; {} is to be sourced", environment.display());
	Ok((environment, seen))
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
	format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Says how to use the network while it stays up.
pub fn explain(demo: &Demo<'_>, environment: &Path) {
	println!(
		"
The network stays up until Ctrl-C.

  RPC for polkadot-js   {rpc}
                        (https://polkadot.js.org/apps, development, custom)
  gatekeeper            {gatekeeper}
  metrics               {metrics}
  hospital A's database {ehr}

In another terminal, act as {person}, a patient of hospital A:

  source {environment}
",
		rpc = demo.node_a.url(),
		gatekeeper = demo.gatekeeper.url(),
		metrics = demo.gatekeeper.metrics,
		ehr = demo.gatekeeper.ehr().display(),
		person = PatientP.name(),
		environment = quoted(environment),
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
		"  # Be another person: a clinician (clinician-b), or a hospital (provider-a)
    medrec --key clinician-b query --find glucose --latest --purpose treatment
    medrec --key provider-a summary show
"
	);
}
