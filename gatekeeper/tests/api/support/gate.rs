//! A gatekeeper with its databases and its chain.

use super::{
	id, key,
	request::{Ask, Reply},
	ScriptedChain, World,
};
use medrec_client::{chain::RuntimeCall, now};
use medrec_ehr::synthetic;
use medrec_gatekeeper::{
	chain::{Genesis, Registration, Sponsor, Touched, View},
	config::{Config, Limits},
	records::{
		self,
		state::{Patient, State},
		template, Secret,
	},
	startup::{self, Running},
};
use medrec_primitives::{
	identity::{Gatekeeper, Role, Status, Subject, SubjectId},
	merkle::sha3,
	record::{RecordId, RecordPointer, TemplateHash},
	relationship::{
		Effect, Grant, GrantId, Grantee, Purpose, Purposes, Relationship, RelationshipId,
		RelationshipState, ResearchConsent, Scope,
	},
	AccountId, Moment,
};
use medrec_protocol::{keys::Key, signing::SessionSigner};
use sqlx::{Connection, SqliteConnection};
use std::{
	fs,
	future::Future,
	net::SocketAddr,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};
use tokio::task::JoinHandle;

/// The names from which keys and subjects are derived.
pub const PATIENT: &str = "Patient";
pub const PROVIDER: &str = "Provider";
pub const DOCTOR: &str = "Doctor";
pub const RESEARCHER: &str = "Researcher";

/// The authority for which requests are signed, whatever the address of the listener.
pub const AUTHORITY: &str = "gate.test.example";

/// The name of the configuration in the gatekeeper's folder.
pub const CONFIG: &str = "gatekeeper.toml";

/// The seed of the synthetic patients.
const SEED: u64 = 7;

/// The time limit of every expected change.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits until `holds`; panics after the time limit.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
	let started = std::time::Instant::now();
	while !holds() {
		assert!(started.elapsed() < LIMIT, "this did not happen in time: {what}");
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
}

/// The settings of a gatekeeper.
pub struct Builder {
	pub limits: Limits,
	/// Further lines of the configuration.
	pub extra: String,
	/// Files in the folder of the configuration, readable by their owner alone.
	pub files: Vec<(&'static str, String)>,
	pub patients: u32,
	pub research: ResearchConsent,
	world: World,
}

impl Builder {
	pub fn new() -> Builder {
		let mut world = World { registration: registration(), ..World::default() };
		for (name, role) in [
			(PROVIDER, Role::Provider),
			("Device", Role::Device),
			(DOCTOR, Role::Clinician),
			(RESEARCHER, Role::Researcher),
		] {
			world.subjects.insert(subject_id(name), subject(name, role));
		}
		let mut limits = Limits::default();
		// Only the tests of rates set lower ones.
		limits.peer.burst = 10_000;
		limits.account.burst = 10_000;
		Builder {
			limits,
			extra: String::new(),
			files: Vec::new(),
			patients: 1,
			research: ResearchConsent::None,
			world,
		}
	}

	/// Changes the state of the first block.
	pub fn world(mut self, change: impl FnOnce(&mut World)) -> Builder {
		change(&mut self.world);
		self
	}

	pub fn extra(mut self, lines: &str) -> Builder {
		self.extra.push_str(lines);
		self.extra.push('\n');
		self
	}

	pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Builder {
		change(&mut self.limits);
		self
	}

	/// Starts the gatekeeper, and waits until every record of every patient is posted.
	pub async fn start(mut self) -> Gate {
		let folder = tempfile::tempdir().unwrap();
		let root = folder.path();
		let ehr = root.join("ehr.sqlite");
		synthetic::seed(&ehr, self.patients, SEED, false).await.unwrap();
		private(&root.join("device"), "//Device");
		for (name, text) in &self.files {
			private(&root.join(name), text);
		}
		private(&root.join("secret"), &"5a".repeat(32));
		template::built_in::install(&root.join("templates")).unwrap();
		template::sign_templates(&root.join("templates"), &key("Device")).unwrap();
		let config = configuration(root, &self);
		for number in 1..=self.patients {
			self.enrol(&config, number).await;
		}
		let chain = ScriptedChain::new(self.world);
		let running = run(&config, &chain).await;
		let gate =
			Gate { running: Some(running), chain, config, folder, http: super::request::http() };
		gate.settled().await;
		gate
	}

	/// Enrols a synthetic patient, binds the patient's identifier and links the patient.
	async fn enrol(&mut self, config: &Config, number: u32) {
		let name = patient_name(number);
		self.world.subjects.insert(subject_id(&name), subject(&name, Role::Patient));
		let relationship = Relationship {
			patient: subject_id(&name),
			provider: subject_id(PROVIDER),
			state: RelationshipState::Active,
			since: now(),
			research: self.research.clone(),
			records: 0,
			notes: 0,
			grants: 0,
		};
		self.world.relationships.entry(relationship_id(&name)).or_insert(relationship);
		let patient = linked_patient(number);
		self.world.identifiers.insert(patient.identifier, patient.subject);
		let state = State::open(config.state.path()).await.unwrap();
		state.link_patient(&patient, None).await.unwrap();
		state.close().await;
	}
}

/// A synthetic patient with the subject in the tests.
pub fn linked_patient(number: u32) -> Patient {
	let local_id = synthetic::patient_id(SEED, number);
	let identifier = records::identifier(&Secret::new([0x5a; 32]), "patient", &local_id);
	Patient { local_id, subject: subject_id(&patient_name(number)), identifier }
}

/// Writes a file that its owner alone can read.
pub fn private(path: &Path, text: &str) {
	fs::write(path, text).unwrap();
	fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn configuration(root: &Path, builder: &Builder) -> Config {
	let extra = &builder.extra;
	let text = format!(
		r#"
authority = "{AUTHORITY}"
listen = "127.0.0.1:0"
private_listen = "127.0.0.1:0"
node = "ws://127.0.0.1:1"
templates = "templates"
identifier_secret_file = "secret"
ehr = {{ sqlite = "ehr.sqlite" }}
state = {{ sqlite = "state.sqlite" }}
device = {{ key_file = "device" }}
{extra}
"#
	);
	let path = root.join(CONFIG);
	fs::write(&path, &text).unwrap();
	let mut config = Config::parse(&text, root, &path).unwrap();
	config.limits = builder.limits.clone();
	config.publish.poll_interval = Duration::from_secs(1);
	config
}

/// The name of a synthetic patient in the tests; the first is [`PATIENT`].
pub fn patient_name(number: u32) -> String {
	match number {
		1 => PATIENT.to_owned(),
		_ => format!("{PATIENT}{number}"),
	}
}

/// The subject of this name.
pub fn subject_id(name: &str) -> SubjectId {
	SubjectId(sha3(&[b"subject", name.as_bytes()]).0)
}

/// The relationship with the patient of this name.
pub fn relationship_id(name: &str) -> RelationshipId {
	RelationshipId(sha3(&[b"relationship", name.as_bytes()]).0)
}

fn subject(name: &str, role: Role) -> Subject<AccountId> {
	Subject {
		role,
		account: key(name).account(),
		sponsor: (!role.is_organisation()).then(|| subject_id(PROVIDER)),
		status: Status::Active,
		encryption_key: None,
		registered_at: 0,
	}
}

/// The gatekeeper's device, which the provider's profile names.
fn registration() -> Registration {
	let device = subject_id("Device");
	let url = format!("https://{AUTHORITY}").into_bytes().try_into().unwrap();
	let sponsor = Sponsor {
		id: subject_id(PROVIDER),
		status: Status::Active,
		name: Some("hospital-a".to_owned()),
		gatekeeper: Some(Gatekeeper { url, device }),
	};
	Registration {
		device: Some((device, subject("Device", Role::Device))),
		provider: Some(sponsor),
	}
}

struct Chained {
	running: Running,
	view: Arc<View>,
	following: JoinHandle<()>,
}

async fn run(config: &Config, chain: &Arc<ScriptedChain>) -> Chained {
	let view = Arc::new(View::new(chain.clone()));
	let following = tokio::spawn({
		let view = view.clone();
		async move { view.follow(&key("Device").account(), Genesis::default()).await }
	});
	let running =
		startup::start(config, &key("Device"), view.clone(), chain.clone()).await.unwrap();
	Chained { running, view, following }
}

/// A running gatekeeper.
pub struct Gate {
	running: Option<Chained>,
	pub chain: Arc<ScriptedChain>,
	pub config: Config,
	folder: tempfile::TempDir,
	http: reqwest::Client,
}

impl Gate {
	/// A gatekeeper with one patient, whose records are posted, and a doctor who sees all of them.
	pub async fn start() -> Gate {
		let gate = Builder::new().start().await;
		gate.grant(Scope::All, |_| {}).await;
		gate
	}

	fn chained(&self) -> &Chained {
		self.running.as_ref().expect("the gatekeeper runs")
	}

	pub fn address(&self) -> SocketAddr {
		self.chained().running.address
	}

	/// The metrics. All gatekeepers of the process share one recorder, in which a request sets the gauges:
	/// one test at a time requests them.
	pub async fn metrics(&self) -> String {
		static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
		let _alone = ONE_AT_A_TIME.lock().await;
		let url = format!("http://{}/metrics", self.chained().running.private_address.unwrap());
		self.http.get(url).send().await.unwrap().text().await.unwrap()
	}

	pub fn http(&self) -> &reqwest::Client {
		&self.http
	}

	pub fn path(&self, file: &str) -> PathBuf {
		self.folder.path().join(file)
	}

	pub async fn connect(&self, file: &str) -> SqliteConnection {
		let url = format!("sqlite://{}", self.path(file).display());
		SqliteConnection::connect(&url).await.unwrap()
	}

	/// Executes a statement on a database, on a connection of its own.
	pub async fn sql(&self, file: &str, statement: &str) -> u64 {
		let statement = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()));
		statement.execute(&mut self.connect(file).await).await.unwrap().rows_affected()
	}

	/// The statement that adds a condition of the first patient.
	pub fn condition(&self, id: &str) -> String {
		format!(
			"INSERT INTO conditions (id, patient, code, display, resource) \
			 VALUES ('{id}', '{}', '1', 'New', '{{}}')",
			self.local_id()
		)
	}

	/// Adds a condition of the first patient to the provider's database.
	pub async fn add_condition(&self, id: &str) {
		self.sql("ehr.sqlite", &self.condition(id)).await;
	}

	/// Stops the gatekeeper as an operator does.
	pub async fn stop(&mut self) {
		let Chained { running, following, .. } = self.running.take().expect("it runs");
		running.stop().await;
		following.abort();
	}

	/// Starts the gatekeeper after it was stopped.
	pub async fn start_again(&mut self) {
		self.running = Some(run(&self.config, &self.chain).await);
		self.caught_up().await;
	}

	/// Stops the gatekeeper and starts it again.
	pub async fn restart(&mut self) {
		self.stop().await;
		self.start_again().await;
	}

	/// Waits until the view is at the heads of the chain.
	pub async fn caught_up(&self) {
		let view = &self.chained().view;
		eventually("the view is at the heads of the chain", || {
			let status = view.status();
			status.best == Some(self.chain.best())
				&& status.finalized == Some(self.chain.finalized())
		})
		.await;
	}

	/// Waits until every patient has a record on the chain, and no version is due.
	pub async fn settled(&self) {
		let state = State::open(self.config.state.path()).await.unwrap();
		let relationships = self.chain.world().relationships.len();
		let started = std::time::Instant::now();
		loop {
			let due = state.due_posts(0, 1).await.unwrap().len();
			let world = self.chain.world();
			let mut posted: Vec<_> = world.records.keys().map(|(id, _)| *id).collect();
			posted.dedup();
			if due == 0 && posted.len() >= relationships {
				break;
			}
			assert!(started.elapsed() < LIMIT * 3, "records were not posted");
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
		self.caught_up().await;
	}

	/// Makes a block, and waits until the gatekeeper has seen it.
	pub async fn block(&self, touched: &[Touched], change: impl FnOnce(&mut World)) {
		self.chain.block(touched, change);
		self.caught_up().await;
	}

	/// Whether new blocks are final at once, as they are in the beginning.
	pub fn instant_finality(&self, instant: bool) {
		*self.chain.instant.lock() = instant;
	}

	pub async fn finalize(&self) {
		self.chain.finalize();
		self.caught_up().await;
	}

	/// Puts a call by `name` into the pool, and waits until it is seen.
	pub async fn pend(&self, name: &str, call: impl Into<RuntimeCall>) {
		self.chain.pool(vec![(key(name).account(), call.into())]);
		let view = &self.chained().view;
		eventually("the pool is seen", || view.pending() > 0).await;
	}

	/// Grants the doctor a scope for treatment; `change` alters the grant.
	pub async fn grant(&self, scope: Scope, change: impl FnOnce(&mut Grant)) -> GrantId {
		let mut purposes = Purposes::new();
		purposes.try_insert(Purpose::Treat).unwrap();
		let mut grant = Grant {
			grantee: Grantee::Subject(subject_id(DOCTOR)),
			effect: Effect::Permit,
			scope,
			purposes,
			not_before: 0,
			expires_at: None,
			given_at: now(),
		};
		change(&mut grant);
		let relationship = self.relationship();
		let count = self.chain.world().grants.len() as u8;
		let id: GrantId = id(0xa0 + count);
		self.block(&[Touched::Grant(relationship, id)], |world| {
			world.grants.insert((relationship, id), grant);
		})
		.await;
		id
	}

	/// Takes a grant out of the best block.
	pub async fn revoke(&self, grant: GrantId) {
		let relationship = self.relationship();
		self.block(&[Touched::Grant(relationship, grant)], |world| {
			world.grants.remove(&(relationship, grant));
		})
		.await;
	}

	/// Sends a query by `name`, and waits for `change` between the first decision and the read of the
	/// row: the provider's database is locked meanwhile.
	pub async fn query_during(&self, name: &str, change: impl Future<Output = ()>) -> Reply {
		let mut ehr = self.connect("ehr.sqlite").await;
		let mut state = self.connect("state.sqlite").await;
		let mut nonces = async || -> u32 {
			let count = sqlx::query_scalar("SELECT count(*) FROM nonces");
			count.fetch_one(&mut state).await.unwrap()
		};
		let before = nonces().await;
		sqlx::query("BEGIN EXCLUSIVE").execute(&mut ehr).await.unwrap();
		let meanwhile = async {
			// The decision follows the nonce.
			while nonces().await == before {
				tokio::time::sleep(Duration::from_millis(5)).await;
			}
			tokio::time::sleep(Duration::from_millis(200)).await;
			change.await;
			sqlx::query("ROLLBACK").execute(&mut ehr).await.unwrap();
		};
		tokio::join!(self.query(name).send(), meanwhile).0
	}

	/// Makes the node unreachable, and waits until the gatekeeper has noticed.
	pub async fn disconnect(&self) {
		self.chain.down(true);
		let view = &self.chained().view;
		eventually("the view is disconnected", || !view.status().connected).await;
	}

	pub fn relationship(&self) -> RelationshipId {
		relationship_id(PATIENT)
	}

	/// A record of the first patient, of the template of this id.
	pub fn record_of(&self, template: &str) -> (RecordId, RecordPointer) {
		let hash = self.template_hash(template);
		let world = self.chain.world();
		let found = world.records.iter().find(|((relationship, _), pointer)| {
			*relationship == self.relationship() && pointer.pointer.template == hash
		});
		let ((_, record), pointer) = found.expect("the patient has such a record");
		(*record, pointer.clone())
	}

	pub fn template_hash(&self, template: &str) -> TemplateHash {
		let path = self.path("templates").join(format!("{template}.toml"));
		template::Template::load_unsigned(&path).unwrap().hash()
	}

	/// A condition of the first patient.
	pub fn record(&self) -> RecordId {
		self.record_of("condition").0
	}

	/// The local ID of the first patient.
	pub fn local_id(&self) -> String {
		synthetic::patient_id(SEED, 1)
	}

	/// A request for [`Gate::record`], signed by `name`.
	pub fn query(&self, name: &str) -> Ask<'_> {
		Ask::query(self, name, self.record())
	}

	/// A session of `name`, for so many seconds from `now` on.
	pub fn session(&self, wallet: &Key, now: Moment, seconds: u64) -> SessionSigner {
		SessionSigner::delegate(wallet, "portal.example", &self.chain.genesis(), now, seconds)
			.unwrap()
	}
}
