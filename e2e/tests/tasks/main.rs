//! The five tasks of a newcomer, and the README, on the network that the demonstration leaves.

mod picture;

use anyhow::{ensure, Result};
use medrec_e2e::{
	guide::{follow, missing, Block, End, Guide, Isolation, Session, Step},
	network::{until, Network},
};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Row};
use std::{
	fs::{self, File},
	future::ready,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
};

/// The tasks, with the most commands that each may take.
const TASKS: [(&str, usize); 5] =
	[("1-find", 2), ("2-show", 1), ("3-who-read-it", 1), ("4-take-it-back", 1), ("5-prove", 1)];

/// What the clinician does.
const READS: &str = "medrec --key clinician-b query --find glucose --latest --purpose treatment\n";

fn root() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

/// The commands of a task, one on each line.
fn task(name: &str) -> String {
	let script = root().join(format!("e2e/tasks/{name}.sh"));
	let script = fs::read_to_string(&script).unwrap();
	let commands = script.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
	commands.map(|command| format!("{command}\n")).collect()
}

#[test]
fn each_task_takes_few_commands_and_no_id() {
	for (name, most) in TASKS {
		let commands = task(name);
		assert!(!commands.is_empty() && commands.lines().count() <= most, "{name}: {commands}");
		assert!(!commands.contains("0x"), "{name}: {commands}");
		// What would be two commands in one line.
		assert!(!commands.contains([';', '|', '&', '\\']), "{name}: {commands}");
	}
}

/// The demonstration, after its story. It is asked to stop when this is dropped.
struct Demonstration {
	process: Child,
	/// The line by which it says how to act as the patient.
	source: String,
}

impl Demonstration {
	/// Starts it with its files in `folder`, and waits for its last step.
	async fn start(network: &Network, folder: &Path) -> Result<Demonstration> {
		let output = network.folder.join("output");
		let process = Command::new(env!("CARGO_BIN_EXE_medrec-e2e"))
			.args(["--bin-dir".as_ref(), network.programs.as_os_str()])
			.args(["--keep-dir".as_ref(), folder.as_os_str()])
			.stdin(Stdio::null())
			.stdout(File::create(&output)?)
			.spawn()?;
		let mut demonstration = Demonstration { process, source: String::new() };
		let mut length = 0;
		// Each step of the story may take as long as one wait.
		while demonstration.source.is_empty() {
			let mut look = || {
				let text = fs::read_to_string(&output)?;
				let ended = demonstration.process.try_wait()?.is_some();
				ensure!(!ended, "the demonstration ended: {text}");
				Ok((text.len() > length).then_some(text))
			};
			let text = until("the next step of the story", || ready(look())).await?;
			length = text.len();
			let source = text.lines().map(str::trim).find(|line| line.starts_with("source "));
			demonstration.source = source.map(|line| format!("{line}\n")).unwrap_or_default();
		}
		Ok(demonstration)
	}
}

impl Drop for Demonstration {
	fn drop(&mut self) {
		// It ends its nodes and its gatekeeper itself.
		let id = self.process.id().to_string();
		let _ = Command::new("kill").args(["-s", "TERM", &id]).status();
		let _ = self.process.wait();
	}
}

/// The day and the value of the patient's last glucose result in the hospital's own database. The
/// patient is the one whose new result the story published.
async fn last_glucose(database: &Path) -> Result<(String, String)> {
	let options = SqliteConnectOptions::new().filename(database).read_only(true);
	let row = sqlx::query(
		"SELECT substr(effectiveDateTime, 1, 10), value || ' ' || unit FROM observations
		 WHERE display LIKE '%glucose%' AND EXISTS
		 (SELECT 1 FROM observations AS new WHERE new.id = observations.patient || '-new')
		 ORDER BY effectiveDateTime DESC LIMIT 1",
	)
	.fetch_one(&mut options.connect().await?)
	.await?;
	Ok((row.try_get(0)?, row.try_get(1)?))
}

/// A step with commands that all succeed.
fn step(place: &str, commands: &str) -> Step {
	Step { place: place.into(), commands: commands.into(), end: End::default() }
}

/// A step in which the clinician reads, or is refused.
fn read(fails: bool) -> Step {
	Step { end: End { fails, soon: true }, ..step("clinician", READS) }
}

/// A step for each command of a task. The last one has the name of the task.
fn task_steps(name: &str) -> Vec<Step> {
	let commands = task(name);
	let commands = commands.split_inclusive('\n');
	let mut steps = Vec::from_iter(commands.map(|command| step("before", command)));
	steps.last_mut().unwrap().place = name.into();
	steps
}

#[tokio::test]
async fn a_newcomer_does_the_tasks_on_the_network_of_the_demonstration() {
	let network = Network::temporary().unwrap();
	let folder = network.folder.join("demonstration");
	let demonstration = Demonstration::start(&network, &folder).await.unwrap();
	let mut session = Session::new(&network.folder, &network.programs, Isolation::None).unwrap();
	session.color = true;

	let [find, show, who, take_back, prove] = TASKS.map(|(name, _)| task_steps(name));
	let start = vec![step("source", &demonstration.source), read(true)];
	let steps = [start, find, show, vec![read(false)], who, take_back, vec![read(true)], prove];
	let steps = steps.concat();
	let printed = session.run(&steps).await.unwrap();

	let (day, value) = last_glucose(&folder.join("gatekeeper-a/ehr.sqlite")).await.unwrap();
	// A single answer has a line for each field.
	let (number, unit) = value.split_once(' ').unwrap();
	for (place, expected) in [
		("1-find", &*format!("{day} … Glucose … {value}")),
		("2-show", "dr-weber"),
		("3-who-read-it", "dr-weber"),
		("4-take-it-back", "dr-weber"),
		("5-prove", &*format!("{number} … {unit}")),
	] {
		let at = steps.iter().position(|step| step.place == place).unwrap();
		let printed = anstream::adapter::strip_str(&printed[at]).to_string();
		assert_eq!(missing(expected, &printed), None, "{place} printed\n{printed}");
	}
	picture::check(&root().join("docs/images/terminal.svg"), &steps, &printed);

	// The minutes of the README, in a folder of their own.
	session.color = false;
	let start = Guide {
		path: "demonstration".into(),
		continues: None,
		blocks: vec![Block {
			line: 1,
			commands: format!("{}mkdir minutes\ncd minutes\n", demonstration.source),
			end: End::default(),
			expected: String::new(),
		}],
	};
	let readme = Guide::read(&root().join("README.md")).unwrap();
	assert!(!readme.blocks.is_empty());
	follow(&session, &[start, readme]).await.unwrap();
}
