//! The commands of the operator: what they check, print and say of mistakes.

use crate::support::{eventually, key, linked_patient, private, subject, Builder, Gate, CONFIG};
use medrec_gatekeeper::{
	chain::{Registration, Touched},
	commands::check_config::{check_chain, check_local, Report, State, Verdict},
	records,
};
use medrec_protocol::keys::MEDREC_PREFIX;
use serde_json::Value;
use std::{
	fs::{self, File},
	io::Write,
	net::TcpListener,
	os::unix::fs::PermissionsExt,
	process::{Command, Output, Stdio},
};

/// What `check-config` finds of a gatekeeper whose node is the chain in memory.
async fn check(gate: &Gate) -> Report {
	let mut report = Report::default();
	let local = check_local(&gate.path(CONFIG), &mut report).await;
	if let Some(local) = local {
		check_chain(&*gate.chain, &local, &mut report).await;
	}
	report
}

/// Asserts that one check has this state, and that its finding has all these words.
fn assert_found(report: &Report, check: &str, state: State, words: &[&str]) {
	let found: Vec<_> = report.checks.iter().filter(|found| found.check == check).collect();
	assert_eq!(found.len(), 1, "{check} in\n{report}");
	assert_eq!(found[0].state, state, "{check} in\n{report}");
	for word in words {
		assert!(found[0].found.contains(word), "{word:?} of {check} in\n{report}");
	}
}

/// Replaces a text in the configuration.
fn configure(gate: &Gate, from: &str, to: &str) {
	let path = gate.path(CONFIG);
	let text = fs::read_to_string(&path).unwrap();
	assert!(text.contains(from), "{from} in {text}");
	fs::write(&path, text.replace(from, to)).unwrap();
}

fn set_mode(gate: &Gate, file: &str, mode: u32) {
	fs::set_permissions(gate.path(file), fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn nothing_is_missing_on_a_working_gatekeeper() {
	let gate = Gate::start().await;
	let report = check(&gate).await;
	assert_eq!(report.verdict(), Verdict::Serves, "{report}");
	assert!(report.checks.iter().all(|check| check.state == State::Ok), "{report}");
	let device = key("Device").address(MEDREC_PREFIX);
	assert_found(&report, "device", State::Ok, &[&device]);
	assert_found(&report, "templates", State::Ok, &["6 in "]);
	assert_found(&report, "template observation", State::Ok, &["version 1"]);
	assert_found(&report, "node", State::Ok, &["ws://127.0.0.1:1", "block ", " s old"]);
	assert_found(&report, "enrolment", State::Ok, &["hospital-a"]);
	assert_found(&report, "patients", State::Ok, &["1 linked"]);
	assert_found(&report, "relationships", State::Ok, &["1 active"]);
	let json = serde_json::to_value(&report).unwrap();
	assert_eq!((&json["serves"], &json["device"]), (&Value::Bool(true), &Value::from(device)));
	assert_eq!(json["templates"].as_array().unwrap().len(), 6);
	assert_eq!(json["checks"][0]["state"], "ok");
	let text = report.to_string();
	assert_eq!(text.lines().count(), report.checks.len() + 1, "one line for each check\n{text}");
	assert!(!text.contains(&gate.local_id()));
}

#[tokio::test]
async fn what_the_chain_does_not_hold_is_missing() {
	let gate = Gate::start().await;
	let good = gate.chain.world().registration;
	gate.block(&[], |world| world.registration = Registration::default()).await;
	let report = check(&gate).await;
	let device = key("Device").address(MEDREC_PREFIX);
	let enroll = format!("medrec registrar enroll --role device --account {device}");
	assert_found(&report, "enrolment", State::Missing, &[&enroll]);
	assert_eq!(report.verdict(), Verdict::Missing(1), "{report}");

	gate.instant_finality(false);
	gate.block(&[], |world| world.registration = good.clone()).await;
	assert_found(&check(&gate).await, "enrolment", State::Missing, &["not final", "wait"]);
	gate.instant_finality(true);

	let mut other = good.clone();
	let gatekeeper = other.provider.as_mut().unwrap().gatekeeper.as_mut().unwrap();
	gatekeeper.url = b"https://other.example:8443".to_vec().try_into().unwrap();
	gate.block(&[], |world| world.registration = other).await;
	let report = check(&gate).await;
	let words = ["https://other.example:8443", "--gatekeeper-url http://gate.test.example"];
	assert_found(&report, "authority", State::Missing, &words);

	gate.block(&[], |world| world.registration = good).await;
	assert_eq!(check(&gate).await.verdict(), Verdict::Serves);
	gate.chain.block_of_age(200_000, &[], |_| {});
	assert_found(&check(&gate).await, "node", State::Missing, &["too old"]);
	gate.chain.block(&[], |_| {});
	gate.sql("state.sqlite", "UPDATE chain SET genesis = zeroblob(32)").await;
	assert_found(&check(&gate).await, "node", State::Missing, &["another chain", "`state`"]);
}

#[tokio::test]
async fn a_node_that_does_not_answer_leaves_the_chain_unknown() {
	let gate = Gate::start().await;
	gate.chain.down(true);
	let report = check(&gate).await;
	assert_found(&report, "node", State::Unknown, &["the node is down"]);
	assert_eq!(report.verdict(), Verdict::Unknown, "{report}");
	set_mode(&gate, "secret", 0o644);
	assert_eq!(check(&gate).await.verdict(), Verdict::Missing(1));
}

#[tokio::test]
async fn patients_who_are_not_served_are_counted() {
	let mut builder = Builder::new();
	builder.patients = 3;
	let gate = builder.start().await;
	let [_, broken, unlinked] = [1, 2, 3].map(linked_patient);
	gate.block(&[Touched::Identifier(broken.identifier)], |world| {
		world.identifiers.remove(&broken.identifier);
	})
	.await;
	let state = records::State::open(gate.config.state.path()).await.unwrap();
	state.unlink_patient(&unlinked.local_id).await.unwrap();
	let report = check(&gate).await;
	assert_eq!(report.verdict(), Verdict::Serves, "{report}");
	assert_found(&report, "patients", State::Warning, &["2 linked, of which 1", "patients list"]);
	assert_found(
		&report,
		"relationships",
		State::Warning,
		&["3 active, of which 1", "link-patient"],
	);
	for patient in [1, 2].map(linked_patient) {
		state.unlink_patient(&patient.local_id).await.unwrap();
	}
	// The gatekeeper serves a patient as soon as one is linked.
	let report = check(&gate).await;
	assert_found(&report, "patients", State::Warning, &["none is linked", "link-patient"]);
	assert_eq!(report.verdict(), Verdict::Serves, "{report}");
}

#[tokio::test]
async fn what_this_machine_lacks_is_missing() {
	let gate = Gate::start().await;
	set_mode(&gate, "secret", 0o644);
	let report = check(&gate).await;
	assert_found(&report, "identifier_secret_file", State::Missing, &["chmod 600"]);
	assert_eq!(report.verdict(), Verdict::Missing(1), "{report}");
	set_mode(&gate, "secret", 0o600);

	private(&gate.path("device"), "//Another");
	let report = check(&gate).await;
	assert_found(&report, "templates", State::Missing, &["signed by", ".toml"]);
	private(&gate.path("device"), "horse");
	assert_found(&check(&gate).await, "device", State::Missing, &["`device.key_file`"]);
	private(&gate.path("device"), "//Device");

	let template = gate.path("templates/condition.toml");
	let text = fs::read_to_string(&template).unwrap();
	fs::write(&template, text.replace("version = 1", "version = 2")).unwrap();
	let report = check(&gate).await;
	assert_found(&report, "templates", State::Missing, &["condition.toml", "sign-templates"]);
	fs::write(&template, text).unwrap();

	gate.sql("ehr.sqlite", "ALTER TABLE conditions RENAME TO elsewhere").await;
	let report = check(&gate).await;
	assert_found(&report, "template condition", State::Missing, &["no such table"]);
	assert_found(&report, "template observation", State::Ok, &[]);
	assert_eq!(report.verdict(), Verdict::Missing(1), "{report}");
	gate.sql("ehr.sqlite", "ALTER TABLE elsewhere RENAME TO conditions").await;

	configure(&gate, "ehr.sqlite", "missing.sqlite");
	let report = check(&gate).await;
	assert_found(&report, "ehr", State::Missing, &["missing.sqlite", "cannot be opened"]);
	configure(&gate, "missing.sqlite", "ehr.sqlite");
	assert_eq!(check(&gate).await.verdict(), Verdict::Serves);
}

#[tokio::test]
async fn without_a_template_nothing_can_be_served() {
	let gate = Gate::start().await;
	configure(&gate, "templates = \"templates\"", "templates = \"empty\"");
	let report = check(&gate).await;
	assert_found(&report, "templates", State::Missing, &["sign-templates --built-in"]);
	fs::create_dir(gate.path("empty")).unwrap();
	let report = check(&gate).await;
	let words = ["nothing is published or served", "sign-templates", "--built-in"];
	assert_found(&report, "templates", State::Missing, &words);
	assert_eq!(report.verdict(), Verdict::Missing(1), "{report}");
	assert!(report.to_string().contains("The gatekeeper cannot serve"), "{report}");
}

#[tokio::test]
async fn the_database_of_the_gatekeeper_is_checked_and_not_changed() {
	let gate = Gate::start().await;
	set_mode(&gate, "state.sqlite", 0o640);
	assert_found(&check(&gate).await, "state", State::Missing, &["chmod 600"]);
	set_mode(&gate, "state.sqlite", 0o600);

	configure(&gate, "state.sqlite", "new.sqlite");
	let report = check(&gate).await;
	assert_found(&report, "state", State::Ok, &["the first start creates"]);
	assert!(!gate.path("new.sqlite").exists());
	private(&gate.path("new.sqlite"), "no database");
	assert_found(&check(&gate).await, "state", State::Missing, &["new.sqlite"]);
	configure(&gate, "new.sqlite", "folder/new.sqlite");
	assert_found(&check(&gate).await, "state", State::Missing, &["create the folder"]);

	configure(&gate, "folder/new.sqlite", "state.sqlite");
	gate.sql("state.sqlite", "DELETE FROM _sqlx_migrations WHERE version > 2").await;
	assert_found(&check(&gate).await, "state", State::Ok, &["the next start updates"]);
	let later = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, \
	             checksum, execution_time FROM _sqlx_migrations LIMIT 1";
	gate.sql("state.sqlite", later).await;
	assert_found(&check(&gate).await, "state", State::Missing, &["later version"]);
}

#[tokio::test]
async fn addresses_that_others_reach_are_warnings() {
	let gate = Gate::start().await;
	configure(&gate, "\nlisten = \"127.0.0.1:0\"", "\nlisten = \"0.0.0.0:8080\"");
	configure(&gate, "private_listen = \"127.0.0.1:0\"", "private_listen = \"[::]:9620\"");
	let report = check(&gate).await;
	assert_found(&report, "listen", State::Warning, &["0.0.0.0:8080", "without TLS"]);
	assert_found(&report, "private_listen", State::Warning, &["[::]:9620", "metrics"]);
	assert_eq!(report.verdict(), Verdict::Serves, "{report}");
}

#[tokio::test]
async fn a_malformed_configuration_is_all_that_is_checked() {
	let gate = Gate::start().await;
	configure(&gate, "node =", "nodes =");
	let report = check(&gate).await;
	assert_found(&report, "configuration", State::Missing, &["nodes", "gatekeeper.example.toml"]);
	assert_eq!((report.checks.len(), report.verdict()), (1, Verdict::Missing(1)));
}

/// Runs a command with the configuration of `gate`, and with `input` as standard input.
fn run(gate: &Gate, line: &str, input: &str) -> Output {
	let mut child = Command::new(env!("CARGO_BIN_EXE_medrec-gatekeeper"))
		.args(line.split_whitespace())
		.current_dir(gate.path("."))
		.env("MEDREC_GATEKEEPER_CONFIG", gate.path(CONFIG))
		.stdin(Stdio::piped())
		.stdout(Stdio::piped())
		.stderr(Stdio::piped())
		.spawn()
		.unwrap();
	// A command that reads no input may have ended already.
	let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
	child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_exit_status_says_whether_the_gatekeeper_can_serve() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	// The node of the configuration does not exist.
	let output = run(&gate, "check-config --json", "");
	assert_eq!(output.status.code(), Some(5));
	let report: Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(report["serves"], Value::Null);
	let node = report["checks"].as_array().unwrap().last().unwrap();
	assert_eq!((&node["check"], &node["state"]), (&"node".into(), &"unknown".into()));
	assert!(node["found"].as_str().unwrap().contains("check that it runs"));

	fs::remove_file(gate.path("secret")).unwrap();
	let output = run(&gate, "check-config", "");
	assert_eq!(output.status.code(), Some(1));
	let text = String::from_utf8(output.stdout).unwrap();
	assert!(text.contains("missing  identifier_secret_file: "), "{text}");
	assert!(text.ends_with("The gatekeeper cannot serve; checks that say missing: 1.\n"), "{text}");
}

#[tokio::test]
async fn mistakes_are_answered_with_what_happened_and_what_to_do() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	let (known, stranger) = (linked_patient(1), subject("Doctor"));
	private(&gate.path("open.id"), "x");
	set_mode(&gate, "open.id", 0o644);
	let unlink = format!("unlink-patient --subject {stranger}");
	let link = format!("link-patient --subject {} --local-id-file -", known.subject);
	for (line, input, status, words) in [
		("identifier --local-id-file missing.id", "", 1, ["missing.id", "`--local-id-file`"]),
		("identifier --local-id-file open.id", "", 1, ["readable by other", "chmod 600 open.id"]),
		("identifier --local-id-file .", "", 1, ["directory", "`--local-id-file`"]),
		("identifier --local-id-file -", "", 1, ["is empty", "`--local-id-file`"]),
		("identifier --local-id-file -", "one\ntwo", 1, ["several lines", "Write the ID alone"]),
		("identifier --local-id-file -", " one ", 1, ["spaces around it", "Write the ID alone"]),
		("identifier --local-id-file - --namespace=", "one", 2, ["--namespace", "without spaces"]),
		("identifier", "", 2, ["--local-id-file", "Usage"]),
		(&unlink, "", 1, ["no patient with this subject", "patients list"]),
		("unlink-patient --local-id-file -", "none", 1, ["this local ID", "patients list"]),
		("unlink-patient --subject 0x12", "", 2, ["'0x12'", "64 hexadecimal digits"]),
		("unlink-patient", "", 2, ["--subject", "--local-id-file"]),
		(&link, "one\ntwo", 1, ["several lines", "Write the ID alone"]),
		("link-patient --subject x --local-id-file -", "", 2, ["'x'", "64 hexadecimal digits"]),
		("patients", "", 2, ["list", "Example"]),
		("patient list", "", 2, ["unrecognized subcommand", "patients"]),
		("identifier -c none.toml --local-id-file -", "x", 3, ["none.toml", "--config"]),
		("run --address-file none/address", "", 1, ["none/address", "folder"]),
	] {
		let output = run(&gate, line, input);
		let text = String::from_utf8(output.stderr).unwrap();
		assert_eq!(output.status.code(), Some(status), "{line}: {text}");
		for word in words {
			assert!(text.contains(word), "{line}: {word:?} is not in {text}");
		}
		// With --json, the error is one object on the last line.
		let output = run(&gate, &format!("{line} --json"), input);
		let text = String::from_utf8(output.stderr).unwrap();
		assert_eq!(output.status.code(), Some(status), "{line} --json: {text}");
		let last = text.lines().last().unwrap_or_default();
		let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{line}: {text}"));
		assert!(error["error"].as_str().is_some_and(|error| !error.is_empty()), "{line}: {text}");
	}
}

#[tokio::test]
async fn no_database_is_created_to_list_or_remove_links() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	configure(&gate, "state.sqlite", "other.sqlite");
	let subject = linked_patient(1).subject;
	for line in ["patients list", "alarms list", &format!("unlink-patient --subject {subject}")] {
		let output = run(&gate, line, "");
		let text = String::from_utf8(output.stderr).unwrap();
		assert_eq!(output.status.code(), Some(3), "{text}");
		assert!(text.contains("other.sqlite") && text.contains("`state`"), "{text}");
		assert!(!gate.path("other.sqlite").exists());
	}
}

#[tokio::test]
async fn templates_are_signed_where_there_are_some() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	let output = run(&gate, "sign-templates --json", "");
	let signed: Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(signed["signed"].as_array().unwrap().len(), 6);
	configure(&gate, "templates = \"templates\"", "templates = \"others\"");
	for (folder, status, words) in
		[(false, 3, ["others", "--built-in"]), (true, 1, ["nothing to sign", "--built-in"])]
	{
		if folder {
			fs::create_dir(gate.path("others")).unwrap();
		}
		let output = run(&gate, "sign-templates", "");
		let text = String::from_utf8(output.stderr).unwrap();
		assert_eq!(output.status.code(), Some(status), "{text}");
		assert!(words.iter().all(|word| text.contains(word)), "{text}");
	}
	assert!(run(&gate, "sign-templates --built-in", "").status.success());
}

#[tokio::test]
async fn a_port_that_is_taken_ends_the_start() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	let taken = TcpListener::bind("127.0.0.1:0").unwrap();
	let address = taken.local_addr().unwrap();
	for (key, from) in [
		("listen", "\nlisten = \"127.0.0.1:0\""),
		("private_listen", "private_listen = \"127.0.0.1:0\""),
	] {
		let to = from.replace("127.0.0.1:0", &address.to_string());
		configure(&gate, from, &to);
		let output = run(&gate, "run", "");
		let text = String::from_utf8(output.stderr).unwrap();
		assert_eq!(output.status.code(), Some(3), "{text}");
		let expected = format!("`{key}` is {address}, where another program listens");
		assert!(text.contains(&expected) && text.contains("give another port"), "{text}");
		configure(&gate, &to, from);
	}
	configure(&gate, "\nlisten = \"127.0.0.1:0\"", "\nlisten = \"192.0.2.1:8080\"");
	let text = String::from_utf8(run(&gate, "run", "").stderr).unwrap();
	assert!(text.contains("192.0.2.1:8080") && text.contains("this machine"), "{text}");
}

#[tokio::test]
async fn start_wait_and_stop_are_logged() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	configure(&gate, "templates = \"templates\"", "templates = \"empty\"");
	fs::create_dir(gate.path("empty")).unwrap();
	let (log, out) = (gate.path("log"), gate.path("out"));
	let mut child = Command::new(env!("CARGO_BIN_EXE_medrec-gatekeeper"))
		.args(["run", "--config"])
		.arg(gate.path(CONFIG))
		.stdout(File::create(&out).unwrap())
		.stderr(File::create(&log).unwrap())
		.spawn()
		.unwrap();
	let logged = |text: &str| fs::read_to_string(&log).unwrap().contains(text);
	eventually("what it waits for is logged", || {
		logged("waiting for the node at ws://127.0.0.1:1; requests are refused")
	})
	.await;
	assert!(logged("medrec: listening public=\"http://127.0.0.1:"));
	assert!(logged("holds no template, so that nothing is published"));
	let process = child.id().to_string();
	assert!(Command::new("kill").args(["-s", "TERM", &process]).status().unwrap().success());
	assert!(child.wait().unwrap().success());
	assert!(logged("stopping: open requests are answered") && logged("signal=\"SIGTERM\""));
	assert!(fs::read_to_string(&log).unwrap().trim_end().ends_with("medrec: stopped"));
	assert!(!logged("are not anchored"));
	assert_eq!(fs::read_to_string(&out).unwrap(), "");
}

#[tokio::test]
async fn examples_of_commands_that_need_no_node_run() {
	let mut gate = Gate::start().await;
	gate.stop().await;
	let patient = linked_patient(1);
	private(&gate.path("patient.id"), &patient.local_id);
	let unlink = format!("unlink-patient -c gatekeeper.toml --subject {}", patient.subject);
	for (line, input, output) in [
		("sign-templates --config gatekeeper.toml --built-in", "", "observation version 1"),
		("identifier -c gatekeeper.toml --local-id-file patient.id", "", "0x"),
		("identifier -c gatekeeper.toml --local-id-file -", "one", "0x"),
		("alarms list --config gatekeeper.toml", "", "Every row that was read matched"),
		("openapi", "", "\"openapi\""),
		("help", "", "The MedRec gatekeeper"),
		(&unlink, "", "Unlinked from the subject 0x"),
	] {
		let ran = run(&gate, line, input);
		let (out, error) =
			(String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
		assert!(ran.status.success() && out.contains(output), "{line}: {out}{error}");
	}
}
