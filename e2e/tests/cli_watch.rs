//! What `medrec` shows of what happened, what happens, and what would happen: summaries, `watch`, dry
//! runs, and waits for the chain.

use anyhow::{bail, ensure, Context, Result};
use medrec_client::{
	chain::{Chain, RegistrarCall},
	http::GatekeeperClient,
};
use medrec_e2e::network::{
	admit_patients, ehr, finish, older_records, submit, until, Gatekeeper, Network, Node, Patient,
	Person::{self, ClinicianB, GateA, PatientP, ProviderA, Stranger},
	Terminal, LIMIT,
};
use medrec_primitives::{
	identity::{self, Role},
	record::RecordId,
	relationship::Purpose,
};
use medrec_protocol::{
	signing::RequestSigner,
	wire::{ErrorCode, QueryRequest, MAX_RECEIPTS},
};
use serde_json::Value;
use std::{process::Stdio, time::Duration};
use tokio::{
	io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
	process::{Child, ChildStdout, Command},
	time::timeout,
};

/// An ID of nothing.
const NOTHING: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

/// A hospital with one patient, whose terminal is connected with the node of a miner.
struct Hospital<'a> {
	network: &'a Network,
	terminal: Terminal<'a>,
	gatekeeper: Gatekeeper<'a>,
	/// A client of the miner's node.
	chain: Chain,
	/// The hospital's node, the only one that votes.
	voter: Node,
	miner: Node,
	patient: Patient,
	record: RecordId,
}

impl Hospital<'_> {
	async fn open(network: &Network) -> Result<Hospital<'_>> {
		let provider = "--chain local --dev-identity provider-a";
		let voter = Node::start(network, "voter", provider).await?;
		let researcher = format!(
			"--chain local --dev-identity researcher-1 --mine --mining-duty 5 --bootnodes {}",
			voter.address().await?
		);
		let miner = Node::start(network, "miner", &researcher).await?;
		let chain = miner.chain().await?;
		let mut gatekeeper = Gatekeeper::set_up(network, &voter.url(), &GateA.uri())?;
		gatekeeper.seed(3).await?;
		gatekeeper.command("sign-templates", &["--built-in"], "").await?;
		register(&chain, &gatekeeper).await?;
		let local_ids = ehr::patients(&gatekeeper.ehr(), 1).await?;
		let local_id = local_ids.into_iter().next().context("no patients")?;
		let patients =
			admit_patients(&gatekeeper, &chain, vec![(PatientP.key()?, local_id)]).await?;
		let patient = patients.into_iter().next().context("no patient was admitted")?;
		gatekeeper.start().await?;
		older_records(&chain, patient.relationship).await?;
		let at = chain.at(chain.finalized().await?.hash);
		let records = at.records(patient.relationship).await?;
		let record = records.first().context("no records are on chain")?.0;
		let terminal = Terminal::set_up(network, &miner).await?;
		Ok(Hospital { network, terminal, gatekeeper, chain, voter, miner, patient, record })
	}

	/// A command line of the patient, ready to be started.
	fn command(&self, program: &str, arguments: &[&str]) -> Command {
		let mut command = self.network.command(program);
		command
			.args(arguments)
			.current_dir(&self.network.folder)
			.env("MEDREC_NODE", self.miner.url())
			.env("MEDREC_KEYSTORE", &self.terminal.keystore)
			.env("MEDREC_PASSWORD_FILE", &self.terminal.password)
			.env("MEDREC_KEY", PatientP.name());
		command
	}

	fn watch(&self) -> Result<Watch> {
		let mut child = self.command("medrec", &["watch", "--accesses", "--json"]).spawn()?;
		let lines = BufReader::new(child.stdout.take().context("no output")?).lines();
		Ok(Watch { child, lines })
	}
}

/// Enrols the gatekeeper's device and a clinician, and names the gatekeeper in the provider's profile.
async fn register(chain: &Chain, gatekeeper: &Gatekeeper<'_>) -> Result<()> {
	let operator = ProviderA.key()?;
	let enroll = |person: Person, role| {
		let (account, identifier, encryption_key) = (person.key()?.account(), None, None);
		Ok(RegistrarCall::enroll { account, role, identifier, encryption_key }.into())
	};
	let calls: Result<_> = [(GateA, Role::Device), (ClinicianB, Role::Clinician)]
		.map(|(p, r)| enroll(p, r))
		.into_iter()
		.collect();
	let enrolled = submit(chain, calls?, &operator).await?;
	let at = chain.at(enrolled.block.hash);
	let provider = at.resolve("hospital-a").await?.context("no provider")?;
	let device = at.subject_of(&GateA.key()?.account()).await?.context("no device")?;
	let url = gatekeeper.url().into_bytes().try_into().ok().context("the URL is too long")?;
	let mut profile = at.profile(provider).await?.unwrap_or_default();
	profile.gatekeeper = Some(identity::Gatekeeper { url, device });
	submit(chain, vec![RegistrarCall::set_profile { profile }.into()], &operator).await?;
	Ok(())
}

/// A running `medrec watch --json`.
struct Watch {
	child: Child,
	lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
	/// The next event of this kind. Others before it are skipped.
	async fn next(&mut self, kind: &str) -> Result<Value> {
		let next = async {
			loop {
				let line = self.lines.next_line().await?.context("watch ended")?;
				let event: Value = serde_json::from_str(&line)?;
				if event["event"] == kind {
					return Ok(event);
				}
			}
		};
		timeout(LIMIT, next).await.with_context(|| format!("no event {kind}"))?
	}

	/// The text of the next event of this kind.
	async fn text(&mut self, kind: &str) -> Result<String> {
		Ok(self.next(kind).await?["text"].as_str().unwrap_or_default().to_owned())
	}

	async fn signal(&self, name: &str) -> Result<()> {
		let id = self.child.id().context("it has ended")?.to_string();
		ensure!(Command::new("kill").args(["-s", name, &id]).status().await?.success());
		Ok(())
	}

	/// Ends it as Ctrl-C does.
	async fn interrupt(mut self) -> Result<()> {
		self.signal("INT").await?;
		self.next("stopped").await?;
		let status = timeout(LIMIT, self.child.wait()).await??;
		ensure!(status.success(), "watch ended with {status}");
		Ok(())
	}
}

/// A text without its line breaks.
fn words(text: &str) -> String {
	Vec::from_iter(text.split_whitespace()).join(" ")
}

/// Fails unless the text has all parts.
fn has(text: &str, parts: &[&str]) -> Result<()> {
	for part in parts {
		ensure!(text.contains(part), "{part:?} is not in: {text}");
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_what_happens_and_what_will_happen() -> Result<()> {
	let network = Network::temporary()?;
	let mut hospital = Hospital::open(&network).await?;
	let mut watch = hospital.watch()?;
	has(&watch.text("started").await?, &["Watching you since block", "Ctrl-C"])?;

	grants_and_accesses_are_shown(&hospital, &mut watch).await?;
	new_records_are_shown(&hospital, &mut watch).await?;
	what_the_chain_would_refuse_is_not_sent(&hospital).await?;
	a_record_is_read_often(&hospital).await?;
	examples(&hospital).await?;
	the_gatekeeper_gets_another_account(&mut hospital, &mut watch).await?;
	hospital.gatekeeper.kill();
	let lost = watch.text("gatekeeper-lost").await?;
	has(&lost, &["The gatekeeper of hospital-a shows no accesses"])?;
	has(&lost, &["cannot reach the gatekeeper", "nothing listens there"])?;
	a_gatekeeper_without_its_log_is_noticed(&mut hospital).await?;
	a_wait_without_votes_says_whose_are_missing(&hospital, &mut watch).await?;
	a_lost_node_is_found_again(&hospital, &mut watch).await?;
	watch.interrupt().await
}

async fn grants_and_accesses_are_shown(hospital: &Hospital<'_>, watch: &mut Watch) -> Result<()> {
	let Hospital { terminal, patient, .. } = hospital;
	let relationship = patient.relationship;
	let grant = format!("ppr grant --relationship {relationship} --to clinician-b --all --purpose");
	terminal.run_as(PatientP, &format!("{grant} TREAT --for 1d")).await?;
	let text = watch.text("granted").await?;
	has(&text, &["you gave a permission: clinician-b may see all records for treatment until"])?;

	let target = (relationship, hospital.record);
	terminal.until_served(ClinicianB, target, "--purpose TREAT").await?;
	let access = watch.next("access").await?;
	let text = access["text"].as_str().unwrap_or_default();
	has(text, &["clinician-b", "for treatment"])?;
	ensure!(access["access"]["verified"] == true, "{access}");

	// Another grant, which ends while it is watched.
	let granted = terminal.run_as(PatientP, &format!("{grant} HRESCH --for 30s")).await?;
	let ended = watch.text("grant-ended").await?;
	has(&ended, &["Ended: clinician-b may see all records for research"])?;

	// The history still says what it was.
	let revoke = format!("ppr revoke --grant {}", granted["grant"].as_str().unwrap_or_default());
	terminal.run_as(PatientP, &revoke).await?;
	let activity = terminal.run_as(PatientP, "summary activity").await?;
	let entries = activity["activity"].as_array().context("no activity")?;
	let past = entries.iter().filter_map(|entry| entry["text"].as_str());
	let past = past.filter(|text| text.ends_with("; it was revoked since"));
	let [past] = *past.collect::<Vec<_>>() else { bail!("{activity}") };
	has(past, &["you gave a permission: clinician-b may see all records for research until"])
}

async fn new_records_are_shown(hospital: &Hospital<'_>, watch: &mut Watch) -> Result<()> {
	let Hospital { gatekeeper, patient, .. } = hospital;
	ehr::insert_result(&gatekeeper.ehr(), &patient.local_id, "new").await?;
	let text = watch.text("record-posted").await?;
	// The name is that of the gatekeeper's catalogue.
	has(&text, &["hospital-a posted Laboratory result 0x", "among your records"])
}

async fn what_the_chain_would_refuse_is_not_sent(hospital: &Hospital<'_>) -> Result<()> {
	let Hospital { terminal, chain, .. } = hospital;
	let nonce = async || -> Result<u32> {
		Ok(chain.at(chain.best().await?.hash).nonce(&PatientP.key()?.account()).await?)
	};
	let before = nonce().await?;
	let line = format!("medrec summary acknowledge {NOTHING}");
	let refused = terminal.try_as(PatientP, line.trim_start_matches("medrec ")).await?;
	refused.refused("Summary.NotFound")?;
	let stranger = terminal.try_as(Stranger, line.trim_start_matches("medrec ")).await?;
	stranger.refused("not_registered")?;
	let account = PatientP.key()?.account();
	let pending = chain.pending().await?;
	let is_pending = pending.iter().any(|one| one.signer.as_ref() == Some(&account));
	ensure!(nonce().await? == before && !is_pending, "it was sent");

	terminal.mistake(PatientP, &line).await?;
	terminal.mistake(Stranger, &line).await?;
	terminal.mistake(PatientP, "medrec summary acknowledge 0x1111").await?;
	terminal.mistake(PatientP, "medrec summary acknowledge nobody").await?;
	terminal.mistake(PatientP, "medrec summary accesses --relationship 0x1111").await?;
	terminal.mistake(Stranger, "medrec summary show").await?;
	terminal.mistake(Stranger, "medrec watch").await?;
	terminal.mistake(Stranger, "medrec summary show --subject nobody").await?;
	terminal.mistake(PatientP, "medrec watch --until lunch").await?;
	terminal.mistake(PatientP, "medrec watch --until reached").await?;
	// Where nothing listens, and where a node does.
	for authority in ["127.0.0.1:1", "${MEDREC_NODE#ws://}"] {
		let accesses = "medrec summary accesses --relationship hospital-a --gatekeeper http://";
		terminal.mistake(PatientP, &format!("{accesses}{authority}")).await?;
	}
	terminal.mistakes_are("cli/tests/mistakes_watch.txt")
}

/// The patient reads a record more often than one page of receipts can show.
async fn a_record_is_read_often(hospital: &Hospital<'_>) -> Result<()> {
	let signer = RequestSigner::Wallet(PatientP.key()?);
	let url = hospital.gatekeeper.url();
	let client = GatekeeperClient::new(&url, hospital.chain.genesis_hash(), signer)?;
	let (relationship, record) = (hospital.patient.relationship, hospital.record);
	let query = QueryRequest { relationship, record, fields: None, purpose: Purpose::Patrqt };
	let mut served = 0;
	while served <= MAX_RECEIPTS {
		match client.query(&query).await {
			Ok(_) => served += 1,
			Err(error) => {
				let limited = error.code() == Some(ErrorCode::RateLimited);
				ensure!(limited, "{error}");
				tokio::time::sleep(error.retry_after().unwrap_or(Duration::from_secs(1))).await;
			},
		}
	}
	Ok(())
}

async fn examples(hospital: &Hospital<'_>) -> Result<()> {
	let terminal = &hospital.terminal;
	let run = |line: &'static str| terminal.example(PatientP, line, &[]);
	has(&run("medrec summary show").await?, &["hospital-a\tactive"])?;
	has(&run("medrec summary show --subject hospital-a --json").await?, &["\"patient_name\""])?;
	let activity = run("medrec summary activity").await?;
	has(&activity, &["hospital-a registered you", "you gave a permission: clinician-b"])?;
	run("medrec summary activity --last 20 --json").await?;
	has(&run("medrec summary acknowledge hospital-a").await?, &["1 relationship are marked"])?;
	has(&run("medrec summary acknowledge --all").await?, &["no unread"])?;

	run("medrec summary history export --out history.json").await?;
	run("medrec summary history export --previous history.json --out history-2.json").await?;
	has(&run("medrec summary history verify history.json").await?, &["Verified"])?;
	// A file that is there is not overwritten.
	let again = terminal.try_as(PatientP, "summary history export --out history.json").await?;
	ensure!(again.success().is_err(), "the file was overwritten");

	let all = run("medrec summary accesses").await?;
	has(&all, &["clinician-b\t", "\ttreatment\t", "served", "requests of your own"])?;
	run("medrec summary accesses --relationship hospital-a --own").await?;
	let anchored: Value =
		serde_json::from_str(&run("medrec summary accesses --anchored --json").await?)?;
	let accesses = anchored["accesses"].as_array().context("no accesses")?;
	ensure!(accesses.len() > MAX_RECEIPTS as usize, "{} accesses", accesses.len());
	ensure!(accesses.iter().all(|access| access["proven"] == true), "{anchored}");

	has(&run("medrec watch --last 10 --until granted").await?, &["you gave a permission"])?;
	run("medrec watch --accesses --last 50 --until record-posted --json").await?;

	has(&run("medrec chain status").await?, &["1 peer", "miners\tresearch-1"])?;
	run("medrec chain status --synced --json").await?;
	has(&run("medrec chain address").await?, &["/tcp/", "/p2p/12D3"])?;
	terminal.all_examples_ran(file!())
}

/// Its earlier receipts stay genuine, and a watch that starts while it is down misses no access.
async fn the_gatekeeper_gets_another_account(
	hospital: &mut Hospital<'_>,
	watch: &mut Watch,
) -> Result<()> {
	hospital.gatekeeper.stop().await?;
	watch.next("gatekeeper-lost").await?;
	let mut late = hospital.watch()?;
	late.next("gatekeeper-lost").await?;
	late.signal("STOP").await?;

	let seed = hospital.gatekeeper.ehr().with_file_name("device.seed");
	std::fs::write(&seed, "//GateTwo")?;
	let import = format!("keys import gate-2 --seed-file {}", seed.display());
	hospital.terminal.run_as(GateA, &import).await?;
	let rotate = "registrar rotate-account --to gate-2 --wait final";
	hospital.terminal.run_as(GateA, rotate).await?;
	hospital.gatekeeper.command("sign-templates", &[], "").await?;
	hospital.gatekeeper.start().await?;
	let target = (hospital.patient.relationship, hospital.record);
	hospital.terminal.until_served(ClinicianB, target, "--purpose TREAT").await?;

	late.signal("CONT").await?;
	let access = late.next("access").await?;
	ensure!(access["access"]["verified"] == true, "{access}");
	late.interrupt().await?;
	let found = watch.text("gatekeeper-found").await?;
	has(&found, &["The gatekeeper of hospital-a answers again"])?;

	let all = hospital.terminal.run_as(PatientP, "summary accesses").await?;
	let accesses = all["accesses"].as_array().context("no accesses")?;
	ensure!(accesses.len() > MAX_RECEIPTS as usize, "{} accesses", accesses.len());
	ensure!(accesses.iter().all(|access| access["verified"] == true), "{all}");
	let revoked = hospital.terminal.run_as(PatientP, "ppr revoke-all --to clinician-b").await?;
	// At least one under each account.
	let fetched = revoked["already_fetched"].as_array().context("what was fetched")?;
	ensure!(fetched.len() >= 2, "{revoked}");
	Ok(())
}

async fn a_gatekeeper_without_its_log_is_noticed(hospital: &mut Hospital<'_>) -> Result<()> {
	for file in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
		// The last two exist as long as the database was not closed in order.
		let _ = std::fs::remove_file(hospital.gatekeeper.ehr().with_file_name(file));
	}
	hospital.gatekeeper.start().await?;
	// Until the gatekeeper knows the chain, it refuses.
	let (shown, error) = until("the failure of the log", async || {
		let command = hospital.command("medrec", &["summary", "accesses"]);
		let output = finish(command, "").await?;
		let is_unverified = output.status.code() == Some(4);
		Ok(is_unverified.then_some((output.stdout, output.stderr)))
	})
	.await?;
	for text in [shown, error] {
		has(&String::from_utf8(text)?, &["does not show the log that it anchored"])?;
	}
	hospital.gatekeeper.kill();
	Ok(())
}

async fn a_wait_without_votes_says_whose_are_missing(
	hospital: &Hospital<'_>,
	watch: &mut Watch,
) -> Result<()> {
	let Hospital { terminal, voter, .. } = hospital;
	voter.pause()?;
	has(&watch.text("finality-stalled").await?, &["the vote of hospital-a is missing"])?;
	let status = terminal.run_as(PatientP, "chain status").await?;
	ensure!(status["finality"]["is_late"] == true, "{status}");
	ensure!(status["finality"]["missing_votes"][0]["provider_name"] == "hospital-a", "{status}");

	// At a terminal. Ctrl-C is typed once the wait is explained.
	let line = "medrec summary acknowledge hospital-a --wait final";
	let program = hospital.network.programs.join("medrec");
	let line = line.replacen("medrec", &format!("exec {}", program.display()), 1);
	let mut script = hospital.command("medrec", &[]);
	let environment = Vec::from_iter(
		script
			.as_std()
			.get_envs()
			.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))),
	);
	script = Command::new("script");
	script
		.args(["--quiet", "--return", "--command", &line, "/dev/null"])
		.envs(environment)
		.current_dir(&hospital.network.folder)
		.stdin(Stdio::piped())
		.stdout(Stdio::piped())
		.stderr(Stdio::piped())
		.kill_on_drop(true);
	let mut child = script.spawn()?;
	let mut input = child.stdin.take().context("no input")?;
	let mut output = child.stdout.take().context("no output")?;
	let mut shown = String::new();
	let mut typed = false;
	let wait = async {
		let mut bytes = [0; 1024];
		loop {
			let count = output.read(&mut bytes).await?;
			if count == 0 {
				return Ok::<_, anyhow::Error>(());
			}
			shown.push_str(&String::from_utf8_lossy(bytes.get(..count).unwrap_or_default()));
			let words = words(&shown);
			if !typed && words.contains("Waiting for finality") && words.ends_with("what it does.")
			{
				typed = true;
				input.write_all(&[3]).await?;
				input.flush().await?;
			}
		}
	};
	timeout(LIMIT, wait).await.with_context(|| "the command did not end")??;
	let words = words(&shown);
	has(&words, &["the vote of hospital-a is missing", "Ctrl-C is safe: the transaction 0x"])?;
	has(&words, &["interrupted; the transaction 0x", "which is not final yet"])?;
	ensure!(timeout(LIMIT, child.wait()).await??.code() == Some(1), "{words}");

	voter.resume()?;
	has(&watch.text("finality-continues").await?, &["is final"])
}

async fn a_lost_node_is_found_again(hospital: &Hospital<'_>, watch: &mut Watch) -> Result<()> {
	hospital.miner.pause()?;
	has(&watch.text("node-lost").await?, &["does not answer"])?;
	hospital.miner.resume()?;
	has(&watch.text("node-found").await?, &["answers again"])
}
