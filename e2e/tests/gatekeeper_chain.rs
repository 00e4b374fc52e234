//! The gatekeeper's connection with a real node: which changes of the chain it sees, from which
//! moment on they count, and what it does without its node.

use anyhow::{ensure, Context, Result};
use medrec_client::{
	chain::{Chain, PprCall, RegistrarCall, RuntimeCall, SubmitOptions, UtilityCall},
	http::GatekeeperClient,
};
use medrec_e2e::network::{
	admit_patients, ehr, local_client, older_records, submit, until, write_private, Gatekeeper,
	Network, Node, Patient, Person, Publication,
};
use medrec_primitives::{
	identity::{self, Role, Status, SubjectId},
	record::RecordId,
	relationship::{Grantee, Purpose, RelationshipId, Scope},
};
use medrec_protocol::{
	signing::RequestSigner,
	wire::{ErrorCode, QueryRequest},
};
use serde_json::Value;

/// Within how many blocks a new row is on chain.
const PROMPT: u32 = 2;

/// How many rows may be tried. The gatekeeper polls its database once a second, and so often do
/// blocks come here at random: two of them may well pass before it has seen a row.
const TRIES: usize = 10;

/// A hospital whose gatekeeper serves one patient.
struct Hospital<'a> {
	gatekeeper: Gatekeeper<'a>,
	chain: Chain,
	/// The gatekeeper's node. It votes and does not mine.
	node: Node,
	miner: Node,
	patient: Patient,
	clinician: SubjectId,
	record: RecordId,
}

impl Hospital<'_> {
	async fn open(network: &Network) -> Result<Hospital<'_>> {
		let (node, miner) = start_nodes(network).await?;
		let chain = node.chain().await?;
		let mut gatekeeper = Gatekeeper::set_up(network, &node.url(), &Person::GateA.uri())?;
		gatekeeper.seed(3).await?;
		gatekeeper.command("sign-templates", &["--built-in"], "").await?;
		let clinician = register(&chain, &gatekeeper).await?;
		let local_ids = ehr::patients(&gatekeeper.ehr(), 1).await?;
		let local_id = local_ids.into_iter().next().context("no patients")?;
		let people = vec![(Person::PatientP.key()?, local_id)];
		let patients = admit_patients(&gatekeeper, &chain, people).await?;
		let patient = patients.into_iter().next().context("no patient was admitted")?;
		gatekeeper.start().await?;
		let record = until("a final record", || async {
			let head = chain.finalized().await?;
			let records = chain.at(head.hash).records(patient.relationship).await?;
			Ok(records.first().map(|(id, _)| *id))
		})
		.await?;
		let hospital = Hospital { gatekeeper, chain, node, miner, patient, clinician, record };
		hospital.answers(Person::PatientP, None).await?;
		Ok(hospital)
	}

	fn relationship(&self) -> RelationshipId {
		self.patient.relationship
	}

	/// Waits until the gatekeeper refuses a query of `who` with `expected`, or serves it if none.
	async fn answers(&self, who: Person, expected: Option<ErrorCode>) -> Result<()> {
		let identity = RequestSigner::Wallet(who.key()?);
		let url = self.gatekeeper.url();
		let client = GatekeeperClient::new(&url, self.chain.genesis_hash(), identity)?;
		let purpose = match who {
			Person::PatientP => Purpose::Patrqt,
			_ => Purpose::Treat,
		};
		let (relationship, record) = (self.relationship(), self.record);
		let query = QueryRequest { relationship, record, fields: None, purpose };
		until(&format!("{who:?} getting {expected:?}"), || async {
			let code = match client.query(&query).await {
				Ok(_) => None,
				Err(error) => Some(error.code().with_context(|| error.to_string())?),
			};
			Ok((code == expected).then_some(()))
		})
		.await
	}

	async fn grant(&self) -> Result<()> {
		let grant = PprCall::grant {
			relationship: self.relationship(),
			grantee: Grantee::Subject(self.clinician),
			scope: Scope::All,
			purposes: [Purpose::Treat].into(),
			not_before: None,
			expires_at: None,
		};
		submit(&self.chain, vec![grant.into()], &self.patient.key).await.map(drop)
	}

	fn revocation(&self) -> RuntimeCall {
		let (relationship, grantee) = (self.relationship(), Grantee::Subject(self.clinician));
		PprCall::revoke_all { relationship, grantee }.into()
	}

	fn status(&self, status: Status) -> RuntimeCall {
		RegistrarCall::set_status { subject: self.clinician, status }.into()
	}

	/// The status of `/readyz`, and the reason that it gives in `chain`.
	async fn readiness(&self) -> Result<(u16, Value)> {
		let url = format!("{}/readyz", self.gatekeeper.url());
		let response = local_client()?.get(url).send().await?;
		let status = response.status().as_u16();
		Ok((status, response.json::<Value>().await?["chain"].take()))
	}
}

/// Starts the gatekeeper's node, which votes, and a miner.
async fn start_nodes(network: &Network) -> Result<(Node, Node)> {
	let provider = "--chain local --dev-identity provider-a";
	let node = Node::start(network, "node", provider).await?;
	let researcher = format!(
		"--chain local --dev-identity researcher-1 --mine --mining-duty 5 --bootnodes {}",
		node.address().await?
	);
	let miner = Node::start(network, "miner", &researcher).await?;
	Ok((node, miner))
}

/// Enrols the gatekeeper's device and a clinician, and names the gatekeeper in the provider's
/// profile; returns the clinician.
async fn register(chain: &Chain, gatekeeper: &Gatekeeper<'_>) -> Result<SubjectId> {
	let operator = Person::ProviderA.key()?;
	let [device, clinician] = [Person::GateA.key()?, Person::ClinicianB.key()?];
	let enroll = |account, role| {
		RegistrarCall::enroll { account, role, identifier: None, encryption_key: None }.into()
	};
	let calls =
		vec![enroll(device.account(), Role::Device), enroll(clinician.account(), Role::Clinician)];
	let enrolled = submit(chain, calls, &operator).await?;
	let at = chain.at(enrolled.block.hash);
	let provider = at.resolve("hospital-a").await?.context("no provider")?;
	let device = at.subject_of(&device.account()).await?.context("no device")?;
	let url = gatekeeper.url().into_bytes().try_into().ok().context("the URL is too long")?;
	let mut profile = at.profile(provider).await?.unwrap_or_default();
	profile.gatekeeper = Some(identity::Gatekeeper { url, device });
	submit(chain, vec![RegistrarCall::set_profile { profile }.into()], &operator).await?;
	at.subject_of(&clinician.account()).await?.context("no clinician")
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_the_chain_change_what_is_served() -> Result<()> {
	let network = Network::temporary()?;
	let hospital = Hospital::open(&network).await?;
	let operator = Person::ProviderA.key()?;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::NotFound)).await?;
	hospital.grant().await?;
	hospital.answers(Person::ClinicianB, None).await?;

	submit(&hospital.chain, vec![hospital.status(Status::Suspended)], &operator).await?;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::RequesterNotActive)).await?;
	submit(&hospital.chain, vec![hospital.status(Status::Active)], &operator).await?;
	hospital.answers(Person::ClinicianB, None).await?;

	submit(&hospital.chain, vec![hospital.revocation()], &hospital.patient.key).await?;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::NotFound)).await?;

	hospital.grant().await?;
	hospital.answers(Person::ClinicianB, None).await?;
	let relationship = hospital.relationship();
	let terminate = PprCall::terminate { relationship }.into();
	submit(&hospital.chain, vec![terminate], &hospital.patient.key).await?;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::RelationshipNotActive)).await?;
	hospital.answers(Person::PatientP, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn protective_calls_in_the_pool_count_before_their_block() -> Result<()> {
	let network = Network::temporary()?;
	let hospital = Hospital::open(&network).await?;
	hospital.grant().await?;
	hospital.answers(Person::ClinicianB, None).await?;

	// No block can hold what is signed while the only miner is paused.
	hospital.miner.pause()?;
	let send = |call, key| {
		let chain = hospital.chain.clone();
		tokio::spawn(async move { chain.submit(&call, &key, SubmitOptions::default()).await })
	};
	let suspended = send(hospital.status(Status::Suspended), Person::ProviderA.key()?);
	hospital.answers(Person::ClinicianB, Some(ErrorCode::AccessRevoked)).await?;
	ensure!(!suspended.is_finished(), "the suspension is in a block");
	hospital.miner.resume()?;
	suspended.await??;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::RequesterNotActive)).await?;
	send(hospital.status(Status::Active), Person::ProviderA.key()?).await??;
	hospital.answers(Person::ClinicianB, None).await?;

	hospital.miner.pause()?;
	let batch = UtilityCall::batch { calls: vec![hospital.revocation()] };
	let nested = RuntimeCall::batch_all(vec![batch.into()]);
	let revoked = send(nested, hospital.patient.key.clone());
	hospital.answers(Person::ClinicianB, Some(ErrorCode::AccessRevoked)).await?;
	hospital.answers(Person::PatientP, None).await?;
	ensure!(!revoked.is_finished(), "the revocation is in a block");
	hospital.miner.resume()?;
	revoked.await??;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::NotFound)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_node_a_gatekeeper_refuses_until_the_node_is_back() -> Result<()> {
	let network = Network::temporary()?;
	let mut hospital = Hospital::open(&network).await?;
	assert_eq!(hospital.readiness().await?, (200, Value::Null));

	// A node that hangs: its connections stay open.
	hospital.node.pause()?;
	hospital.answers(Person::PatientP, Some(ErrorCode::ChainStale)).await?;
	hospital.node.resume()?;
	hospital.answers(Person::PatientP, None).await?;

	hospital.node.kill();
	hospital.answers(Person::PatientP, Some(ErrorCode::ChainStale)).await?;
	let (status, reason) = hospital.readiness().await?;
	assert!(status == 503 && reason.is_string(), "{status} {reason}");

	let address = hospital.miner.address().await?;
	hospital.node.restart(&format!("--bootnodes {address}")).await?;
	hospital.answers(Person::PatientP, None).await?;
	// Blocks and the pool are followed again.
	hospital.chain = hospital.node.chain().await?;
	hospital.grant().await?;
	hospital.answers(Person::ClinicianB, None).await?;
	submit(&hospital.chain, vec![hospital.revocation()], &hospital.patient.key).await?;
	hospital.answers(Person::ClinicianB, Some(ErrorCode::NotFound)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_node_a_gatekeeper_stops_and_anchors_its_log_later() -> Result<()> {
	let network = Network::temporary()?;
	let mut hospital = Hospital::open(&network).await?;
	// No block anchors the receipt of this query while the only miner is paused.
	hospital.miner.pause()?;
	hospital.answers(Person::PatientP, None).await?;
	hospital.node.kill();
	hospital.gatekeeper.stop().await?;
	let log = std::fs::read_to_string(hospital.gatekeeper.file("log"))?;
	let lines = ["they are anchored after the next start", "\"stopped\""];
	ensure!(lines.iter().all(|line| log.contains(line)), "{log}");

	hospital.miner.resume()?;
	let address = hospital.miner.address().await?;
	hospital.node.restart(&format!("--bootnodes {address}")).await?;
	hospital.gatekeeper.start().await?;
	until("an anchor of the log", || async {
		let anchored = hospital.gatekeeper.log().contains("the log of receipts is anchored");
		Ok(anchored.then_some(()))
	})
	.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_is_on_chain_within_two_blocks() -> Result<()> {
	let network = Network::temporary()?;
	let hospital = Hospital::open(&network).await?;
	let Hospital { gatekeeper, chain, patient, .. } = &hospital;
	older_records(chain, patient.relationship).await?;
	let mut blocks = Vec::new();
	while blocks.len() < TRIES {
		let name = format!("row-{}", blocks.len());
		let relationship = patient.relationship;
		let publication =
			Publication::of(gatekeeper, chain, &patient.local_id, relationship, &name).await?;
		blocks.push(publication.block.number.saturating_sub(publication.inserted_at.number));
		if blocks.last() <= Some(&PROMPT) {
			return Ok(());
		}
	}
	anyhow::bail!("it took more than {PROMPT} blocks {TRIES} times: {blocks:?}")
}

/// The exit status of `check-config`, and the state and finding of one of its checks.
async fn check(gatekeeper: &Gatekeeper<'_>, name: &str) -> Result<(Option<i32>, String, String)> {
	let (status, report) = gatekeeper.check().await?;
	let checks = report["checks"].as_array().context("no checks")?;
	let found = checks.iter().find(|check| check["check"] == name);
	let found = found.with_context(|| format!("no {name} in {report}"))?;
	let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
	Ok((status, text("state"), text("found")))
}

#[tokio::test(flavor = "multi_thread")]
async fn check_config_says_what_is_missing_until_the_gatekeeper_can_serve() -> Result<()> {
	let network = Network::temporary()?;
	let (mut node, _miner) = start_nodes(&network).await?;
	let chain = node.chain().await?;
	let mut gatekeeper = Gatekeeper::set_up(&network, &node.url(), &Person::GateA.uri())?;
	gatekeeper.seed(1).await?;
	// The genesis block has no recent time.
	until("a block", || async { Ok((chain.best().await?.number > 0).then_some(())) }).await?;
	let (status, state, found) = check(&gatekeeper, "enrolment").await?;
	let enroll = format!("enroll --role device --account {}", Person::GateA.address()?);
	assert!(status == Some(1) && state == "missing" && found.contains(&enroll), "{found}");
	let (_, state, found) = check(&gatekeeper, "templates").await?;
	assert!(state == "missing" && found.contains("--built-in"), "{found}");

	gatekeeper.command("sign-templates", &["--built-in"], "").await?;
	register(&chain, &gatekeeper).await?;
	let (status, state, found) = check(&gatekeeper, "patients").await?;
	assert!(status == Some(0) && state == "warning" && found.contains("link-patient"), "{found}");
	let local_id = ehr::patients(&gatekeeper.ehr(), 1).await?.pop().context("no patients")?;
	let people = vec![(Person::PatientP.key()?, local_id.clone())];
	let patient = admit_patients(&gatekeeper, &chain, people).await?.pop().context("no patient")?;
	for (name, expected) in [
		("enrolment", "hospital-a"),
		("authority", gatekeeper.authority().as_str()),
		("patients", "1 linked"),
		("relationships", "1 active"),
		("node", "genesis 0x"),
	] {
		let (status, state, found) = check(&gatekeeper, name).await?;
		ensure!(status == Some(0) && state == "ok" && found.contains(expected), "{name}: {found}");
	}

	gatekeeper.start().await?;
	let lines = ["\"serving\"", "\"hospital-a\"", "\"records are in a block\""];
	let log = until("a posted batch in the log", || async {
		let log = gatekeeper.log();
		Ok(lines.iter().all(|line| log.contains(line)).then_some(log))
	})
	.await?;
	// The log has no identifier of a person, a relationship or a record.
	let records = chain.at(chain.best().await?.hash).records(patient.relationship).await?;
	let mut ids: Vec<String> = records.iter().map(|(id, _)| id.to_string()).collect();
	ids.extend([patient.relationship.to_string(), patient.subject.to_string(), local_id]);
	for id in ids {
		ensure!(!log.contains(id.trim_start_matches("0x")), "the log names {id}: {log}");
	}

	node.kill();
	let (status, state, found) = check(&gatekeeper, "node").await?;
	assert!(
		status == Some(5) && state == "unknown" && found.contains("check that it runs"),
		"{found}"
	);
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_the_help_runs() -> Result<()> {
	let network = Network::temporary()?;
	let mut hospital = Hospital::open(&network).await?;
	hospital.gatekeeper.stop().await?;
	let Hospital { gatekeeper, patient, .. } = &hospital;
	let local_id = &patient.local_id;
	write_private(&gatekeeper.file("patient.id"), local_id)?;
	let examples = gatekeeper.examples().await?;
	for name in ["check-config", "run", "link-patient", "patients list", "alarms list", "openapi"] {
		assert!(
			examples.iter().any(|line| line.starts_with(name)),
			"{name} is not in {examples:?}"
		);
	}
	for line in examples {
		gatekeeper.link(local_id, patient.subject).await?;
		if line.starts_with("link-patient") {
			gatekeeper.command("unlink-patient", &["--local-id-file", "-"], local_id).await?;
		}
		let line = line.replace("0x...", &patient.subject.to_string());
		gatekeeper.example(&line, if line.ends_with(" -") { local_id } else { "" }).await?;
	}
	Ok(())
}
