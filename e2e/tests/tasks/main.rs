//! The five tasks of a newcomer, and the README, on the network that the demonstration leaves.

mod picture;

use anyhow::{ensure, Context, Result};
use medrec_e2e::{
	guide::{follow, missing, Block, End, Guide, Isolation, Session, Step},
	network::{until, Network},
};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Row};
use std::{
	fs::{self, File},
	future::ready,
	path::{Path, PathBuf},
	process::{Child, Command, ExitStatus, Stdio},
};

/// The tasks, with the most commands that each may take.
const TASKS: [(&str, usize); 5] =
	[("1-find", 2), ("2-show", 1), ("3-who-read-it", 1), ("4-take-it-back", 1), ("5-prove", 1)];

/// What the clinician does.
const READS: &str = "medrec --key dr-weber query --find glucose --latest --purpose treatment\n";

fn root() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

/// The commands of a task. A `\` ends a line that the next one continues.
fn task(name: &str) -> Vec<String> {
	let script = root().join(format!("e2e/tasks/{name}.sh"));
	let script = fs::read_to_string(&script).unwrap();
	let mut commands: Vec<String> = Vec::new();
	for line in script.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
		match commands.last_mut() {
			Some(command) if command.ends_with("\\\n") => *command += &format!("{line}\n"),
			_ => commands.push(format!("{line}\n")),
		}
	}
	commands
}

#[test]
fn each_task_takes_few_commands_and_no_id() {
	for (name, most) in TASKS {
		let commands = task(name);
		assert!(!commands.is_empty() && commands.len() <= most, "{name}: {commands:?}");
		for command in commands {
			assert!(!command.contains("0x"), "{name}: {command}");
			// What would be two commands.
			let line = command.replace("\\\n", "");
			assert!(!line.trim_end().contains([';', '|', '&', '\\', '\n']), "{name}: {command}");
			// The demonstration prints it with a margin.
			assert!(command.lines().all(|line| line.len() + 4 <= 80), "{name}: {command}");
		}
	}
}

/// The demonstration, after its story.
struct Demonstration {
	process: Child,
	/// The file with all that it prints.
	output: PathBuf,
	/// The folder of its files.
	folder: PathBuf,
	/// The line by which it says how to act as the patient.
	source: String,
	/// The patient's ID in hospital A's database.
	patient: String,
}

impl Demonstration {
	/// Starts it, and waits for its last step.
	async fn start(network: &Network) -> Result<Demonstration> {
		let output = network.folder.join("output");
		let file = File::create(&output)?;
		let process = Command::new(env!("CARGO_BIN_EXE_medrec-e2e"))
			.args(["--bin-dir".as_ref(), network.programs.as_os_str()])
			.env("TMPDIR", &network.folder)
			.stdin(Stdio::null())
			.stdout(file.try_clone()?)
			.stderr(file)
			.spawn()?;
		let (folder, source, patient) = Default::default();
		let mut demonstration = Demonstration { process, output, folder, source, patient };
		let mut length = 0;
		// Each step of the story may take as long as one wait.
		let text = loop {
			let mut look = || {
				let text = fs::read_to_string(&demonstration.output)?;
				let ended = demonstration.process.try_wait()?.is_some();
				ensure!(!ended, "the demonstration ended: {text}");
				Ok((text.len() > length).then_some(text))
			};
			let text = until("the next step of the story", || ready(look())).await?;
			length = text.len();
			let source = text.lines().map(str::trim).find(|line| line.starts_with("source "));
			if let Some(line) = source {
				demonstration.source = format!("{line}\n");
				break text;
			}
		};
		let after = |words: &str| {
			let rest = text.split_once(words).with_context(|| format!("no {words} in {text}"))?.1;
			Ok::<_, anyhow::Error>(rest.split([',', '\n']).next().unwrap_or_default().to_owned())
		};
		demonstration.folder = after("All files are in ")?.into();
		demonstration.patient = after("In another terminal, act as ")?;
		Ok(demonstration)
	}

	/// Asks it to stop, as Ctrl-C does, and waits for its end; returns all that it printed.
	fn stop(mut self) -> Result<String> {
		let status = self.signal("INT")?;
		let text = fs::read_to_string(&self.output)?;
		ensure!(status.success(), "the demonstration failed: {text}");
		Ok(text)
	}

	/// It ends its nodes and its gatekeeper itself.
	fn signal(&mut self, signal: &str) -> Result<ExitStatus> {
		Command::new("kill").args(["-s", signal, &self.process.id().to_string()]).status()?;
		Ok(self.process.wait()?)
	}
}

impl Drop for Demonstration {
	fn drop(&mut self) {
		if matches!(self.process.try_wait(), Ok(None)) {
			let _ = self.signal("TERM");
		}
	}
}

/// The day and the value of a patient's last glucose result in the hospital's own database.
async fn last_glucose(database: &Path, patient: &str) -> Result<(String, String)> {
	let options = SqliteConnectOptions::new().filename(database).read_only(true);
	let row = sqlx::query(
		"SELECT substr(effectiveDateTime, 1, 10), value || ' ' || unit FROM observations
		 WHERE display LIKE '%glucose%' AND patient = ? ORDER BY effectiveDateTime DESC LIMIT 1",
	)
	.bind(patient)
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
	let mut steps = Vec::from_iter(task(name).iter().map(|command| step("before", command)));
	steps.last_mut().unwrap().place = name.into();
	steps
}

#[tokio::test]
async fn a_newcomer_does_the_tasks_on_the_network_of_the_demonstration() {
	let network = Network::temporary().unwrap();
	let demonstration = Demonstration::start(&network).await.unwrap();
	let mut session = Session::new(&network.folder, &network.programs, Isolation::None).unwrap();
	session.color = true;

	let [find, show, who, take_back, prove] = TASKS.map(|(name, _)| task_steps(name));
	let start = vec![step("source", &demonstration.source), read(true)];
	let steps = [start, find, show, vec![read(false)], who, take_back, vec![read(true)], prove];
	let steps = steps.concat();
	let printed = session.run(&steps).await.unwrap();

	let database = demonstration.folder.join("gatekeeper-a/ehr.sqlite");
	let (day, value) = last_glucose(&database, &demonstration.patient).await.unwrap();
	// A single answer has a line for each field.
	let (number, unit) = value.split_once(' ').unwrap();
	for (place, expected) in [
		("1-find", &*format!("{day} … Glucose … {value}")),
		("2-show", "dr-weber"),
		("3-who-read-it", "dr-weber … treatment … served"),
		("4-take-it-back", "dr-weber"),
		("5-prove", &*format!("{number} … {unit}")),
	] {
		let at = steps.iter().position(|step| step.place == place).unwrap();
		let printed = anstream::adapter::strip_str(&printed[at]).to_string();
		assert_eq!(missing(expected, &printed), None, "{place} printed\n{printed}");
		// The story tampered with a row of another patient.
		assert!(!printed.contains("Not read"), "{place} printed\n{printed}");
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

	let folder = demonstration.folder.clone();
	let output = demonstration.stop().unwrap();
	let end = format!("demo: stopped; {} is removed", folder.display());
	assert!(output.contains(&end) && !folder.exists(), "{output}");
}
