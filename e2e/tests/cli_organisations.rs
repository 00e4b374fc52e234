//! The commands `keys`, `names`, `registrar`, `council` and `bounties` against a real node and a real
//! gatekeeper.

use futures::future::try_join_all;
use medrec_client::chain::{Chain, PprCall, RuntimeCall, SubmitOptions};
use medrec_e2e::network::{
	admit_volunteers, ehr, laboratory_template, offer_bounty, older_records, text, until,
	write_private, Gatekeeper, Network, Node, Patient,
	Person::{self, ClinicianB, GateA, PatientP, ProviderA, ProviderB, ResearcherOne},
	Terminal,
};
use medrec_primitives::{
	bounty::{BountyId, DatasetId, Offer, Parameters, Statistic},
	record::TemplateHash,
	relationship::RelationshipId,
};

/// A network with one node, and what the examples name.
struct Stage<'a> {
	terminal: Terminal<'a>,
	network: &'a Network,
	chain: Chain,
}

impl Stage<'_> {
	async fn example(&self, who: Person, line: &str) -> String {
		self.example_with(who, line, &[]).await
	}

	async fn example_with(&self, who: Person, line: &str, variables: &[(&str, &str)]) -> String {
		self.terminal.example(who, line, variables).await.unwrap()
	}

	async fn json(&self, who: Person, line: &str) -> serde_json::Value {
		self.terminal.run_as(who, line).await.unwrap()
	}

	async fn mistake(&self, who: Person, line: &str) {
		self.terminal.mistake(who, line).await.unwrap();
	}

	/// Makes a key of the keystore, and returns its address.
	async fn key(&self, name: &str, more: &str) -> String {
		let create = format!("keys create {name} --seed-out {name}.seed {more}");
		text(&self.json(ProviderA, &create).await, "address").unwrap()
	}

	/// Stores the key of a person under another name.
	async fn key_of(&self, person: Person, name: &str) {
		write_private(&self.network.folder.join(format!("{name}.seed")), &person.uri()).unwrap();
		let import = format!("keys import {name} --seed-file {name}.seed");
		self.json(ProviderA, &import).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_do_their_work_from_a_terminal() {
	let network = Network::temporary().unwrap();
	let node = Node::start(&network, "node", "--dev").await.unwrap();
	let mut gatekeeper = Gatekeeper::set_up(&network, &node.url(), &GateA.uri()).unwrap();
	let terminal = Terminal::set_up(&network, &node).await.unwrap();
	let stage = Stage { terminal, network: &network, chain: node.chain().await.unwrap() };

	enroll_subjects(&stage, &gatekeeper).await;
	name_subjects(&stage).await;
	earn_aggregates(&stage, &mut gatekeeper).await;
	council_decides(&stage).await;
	let replaced = keys_change(&stage).await;
	make_mistakes(&stage, &replaced).await;
	stage.terminal.mistakes_are("cli/tests/mistakes_organisations.txt").unwrap();
	stop_finality(&stage).await;
	stage.terminal.all_examples_ran(file!()).unwrap();
}

/// Hospital A enrols subjects and shows its gatekeeper.
async fn enroll_subjects(stage: &Stage<'_>, gatekeeper: &Gatekeeper<'_>) {
	stage.example(ProviderA, "medrec registrar resolve hospital-a").await;
	let shown = stage.example(ProviderA, "medrec registrar show hospital-a").await;
	assert!(shown.contains("provider") && shown.contains("genesis"), "{shown}");
	let activity = stage.json(ProviderA, "summary activity").await;
	assert_eq!(activity["activity"][0]["text"], "the genesis block registered you");

	stage.key("me", "").await;
	let found = stage.json(ProviderA, "keys find --seed-file me.seed").await;
	assert_eq!(found["subjects"], serde_json::json!([]));
	stage.example(ProviderA, "medrec registrar enroll --account me --role patient").await;
	let found = stage.example(ProviderA, "medrec keys find --seed-file me.seed").await;
	assert!(found.contains("patient of hospital-a"), "{found}");
	stage.example(ProviderA, "medrec keys find --seed-file - < me.seed").await;

	let identifier = format!("0x{}", "1d".repeat(32));
	let variables: &[(&str, &str)] = &[("IDENTIFIER", &identifier)];
	let bind = "medrec registrar bind-identifier me $IDENTIFIER";
	stage.example_with(ProviderA, bind, variables).await;
	let resolve = "medrec registrar resolve-identifier $IDENTIFIER";
	let resolved = stage.example_with(ProviderA, resolve, variables).await;
	let me = text(&stage.json(ProviderA, "registrar resolve me").await, "subject").unwrap();
	assert!(resolved.contains(&me), "{resolved}");
	let resolve = "registrar resolve-identifier 0x1d1d1d1d";
	assert_eq!(stage.json(ProviderA, resolve).await["identifier"], identifier);
	let unbind = "medrec registrar unbind-identifier $IDENTIFIER";
	stage.example_with(ProviderA, unbind, &[("IDENTIFIER", "0x1d1d1d1d")]).await;

	stage.key_of(GateA, "gate").await;
	stage.example(ProviderA, "medrec registrar enroll --account gate --role device").await;
	let profile = "medrec registrar set-profile --gatekeeper-url $URL --gatekeeper-device gate";
	let url = gatekeeper.url();
	let set = stage.example_with(ProviderA, profile, &[("URL", &url)]).await;
	assert!(set.contains(&url), "{set}");
	stage.example(ProviderA, "medrec registrar set-profile --no-peers").await;
	let shown = stage.json(ProviderA, "registrar show").await;
	assert_eq!(shown["profile"]["gatekeeper"]["url"], url);
	assert_eq!(shown["profile"]["gatekeeper"]["device_name"], "gate");
}

/// Hospital A gives a clinician a name.
async fn name_subjects(stage: &Stage<'_>) {
	let address = ClinicianB.address().unwrap();
	let variables: &[(&str, &str)] = &[("ADDRESS", &address)];
	let enroll = "medrec registrar enroll --account $ADDRESS --role clinician --name dr-weber";
	stage.example_with(ProviderA, enroll, variables).await;
	let listed = stage.example(ProviderA, "medrec names list").await;
	assert!(listed.contains("dr-weber") && listed.contains("clinician"), "{listed}");
	let listed = stage.example(ProviderA, "medrec names list --json").await;
	let shown = stage.example(ProviderA, "medrec registrar show dr-weber --json").await;
	let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
	assert_eq!((&shown["role"], &shown["account"]), (&"clinician".into(), &(*address).into()));
	assert_eq!(shown["subject_name"], "dr-weber");
	assert!(listed.contains(shown["subject"].as_str().unwrap()), "{listed}");
	stage.example(ProviderA, "medrec names remove dr-weber").await;
	stage.example_with(ProviderA, "medrec names add dr-weber $ADDRESS", variables).await;
	let removed = stage.json(ProviderA, "names remove dr-weber").await;
	assert_eq!(removed["subject"], shown["subject"]);
	let added = stage.json(ProviderA, "names add dr-weber clinician-b").await;
	assert_eq!(added["subject"], shown["subject"]);
	// Its own key has the name already.
	stage.json(ProviderA, "names add clinician-b clinician-b").await;
	stage.json(ProviderA, "names remove clinician-b").await;
}

/// Hospital A offers a dataset, and the researcher who mines collects an aggregate of it.
async fn earn_aggregates(stage: &Stage<'_>, gatekeeper: &mut Gatekeeper<'_>) {
	let mine = stage.terminal.run_as(ResearcherOne, "bounties list --mine").await.unwrap();
	assert_eq!(mine["bounties"], serde_json::json!([]));
	let volunteers = volunteer(stage, gatekeeper).await;
	let summary = stage.json(ProviderA, "summary show").await;
	let patient = text(&summary["relationships"][0], "patient_name").unwrap();
	assert!(patient.starts_with("patient 0x") && !patient.contains("hospital-a"), "{patient}");
	let (dataset, template) = register_dataset(stage, gatekeeper).await;
	let first = volunteers.first().unwrap();
	let bounty = offer_bounty(gatekeeper, &stage.chain, dataset, first, "second").await.unwrap();
	let bounty = bounty.to_string();
	let variables: &[(&str, &str)] = &[("BOUNTY", &bounty)];

	let collected = stage.example(ResearcherOne, "medrec bounties collect --until-answered").await;
	assert!(collected.contains("the word of hospital-a"), "{collected}");
	let collect = "medrec bounties collect $BOUNTY --json > aggregate.json";
	stage.example_with(ResearcherOne, collect, variables).await;
	let aggregate = stage.json(ResearcherOne, &format!("bounties collect {}", &bounty[..10])).await;
	assert_eq!(aggregate["provider_name"], "hospital-a");
	assert_ne!(aggregate["aggregate"]["cells"], serde_json::json!([]));
	let saved = std::fs::read_to_string(stage.network.folder.join("aggregate.json")).unwrap();
	let saved: serde_json::Value = serde_json::from_str(&saved).unwrap();
	assert_eq!(saved["aggregate"], aggregate["aggregate"]);

	let listed = stage.example(ResearcherOne, "medrec bounties list --mine --state answered").await;
	assert!(listed.contains(&bounty), "{listed}");
	stage.example(ResearcherOne, "medrec bounties list").await;
	stage.example(ResearcherOne, "medrec bounties list --provider hospital-a --json").await;
	let shown = stage.example_with(ResearcherOne, "medrec bounties show $BOUNTY", variables).await;
	assert!(shown.contains("count of patients by field"), "{shown}");
	stage.json(ResearcherOne, &format!("bounties show {bounty}")).await;
	default_on_one(stage, gatekeeper, dataset, template).await;
	let standings = stage.example(ResearcherOne, "medrec bounties standings").await;
	assert!(standings.contains("hospital-a\t"), "{standings}");
	let standings = stage.json(ResearcherOne, "bounties standings").await;
	assert_eq!(standings["standings"][0]["defaulted"], 1);
}

/// Patients of hospital A consent to research, and their records come to the chain.
async fn volunteer(stage: &Stage<'_>, gatekeeper: &mut Gatekeeper<'_>) -> Vec<Patient> {
	gatekeeper.seed(60).await.unwrap();
	gatekeeper.command("sign-templates", &["--built-in"], "").await.unwrap();
	let volunteers = admit_volunteers(gatekeeper, &stage.chain, None).await.unwrap();
	for volunteer in &volunteers {
		ehr::insert_result(&gatekeeper.ehr(), &volunteer.local_id, "first").await.unwrap();
	}
	gatekeeper.start().await.unwrap();
	let posted =
		volunteers.iter().map(|volunteer| older_records(&stage.chain, volunteer.relationship));
	try_join_all(posted).await.unwrap();
	volunteers
}

/// Hospital A registers a dataset of its laboratory results, and changes its rules.
async fn register_dataset(
	stage: &Stage<'_>,
	gatekeeper: &Gatekeeper<'_>,
) -> (DatasetId, TemplateHash) {
	let hash = laboratory_template(gatekeeper).await.unwrap();
	let template = hash.to_string();
	let register =
		"medrec bounties register-dataset --template $TEMPLATE --budget 100 --period 30d";
	let registered = stage.example_with(ProviderA, register, &[("TEMPLATE", &template)]).await;
	let head = stage.chain.finalized().await.unwrap();
	let (dataset, _) = stage.chain.at(head.hash).datasets().await.unwrap()[0];
	assert!(registered.contains(&dataset.to_string()), "{registered}");
	let (id, first) = (dataset.to_string(), dataset.to_string()[..10].to_owned());
	let change =
		"medrec bounties register-dataset --dataset $DATASET --template $TEMPLATE --budget 50 \
	              --period 7d";
	let variables: &[(&str, &str)] = &[("DATASET", &id), ("TEMPLATE", &template)];
	stage.example_with(ProviderA, change, variables).await;
	let digits = &template[..10];
	let change = format!(
		"bounties register-dataset --dataset {first} --template {digits} --budget 60 --period 7d"
	);
	assert_eq!(stage.json(ProviderA, &change).await["dataset"], id);
	let datasets = stage.example(ProviderA, "medrec bounties datasets").await;
	assert!(datasets.contains("0 of 60"), "{datasets}");
	assert_eq!(stage.json(ProviderA, "bounties datasets").await["datasets"][0]["budget"], 60);
	(dataset, hash)
}

/// Without its gatekeeper, hospital A does not answer a bounty in time.
async fn default_on_one(
	stage: &Stage<'_>,
	gatekeeper: &mut Gatekeeper<'_>,
	dataset: DatasetId,
	template: TemplateHash,
) {
	gatekeeper.stop().await.unwrap();
	let now = stage.chain.at(stage.chain.best().await.unwrap().hash).timestamp().await.unwrap();
	// Some blocks from now.
	let expires_at = now + 15_000;
	let (statistic, group_by) = (Statistic::Count, Default::default());
	let parameters = Parameters { statistic, group_by };
	let offer = Offer { dataset, template, parameters, cost: 1, expires_at };
	let later = Offer { expires_at: now + 3_600_000, ..offer.clone() };
	let patient = stage.json(ProviderA, "registrar resolve me").await;
	let patient = text(&patient, "subject").unwrap().parse().unwrap();
	let call: RuntimeCall = PprCall::propose { patient }.into();
	let key = ProviderA.key().unwrap();
	let options = SubmitOptions::default();
	let included = stage.chain.submit(&call.with_bounty(offer), &key, options).await.unwrap();
	let bounty: BountyId =
		included.event("MiningBounty", "Offered").unwrap().get("bounty").unwrap();
	let relationship: RelationshipId =
		included.event("Ppr", "Proposed").unwrap().get("relationship").unwrap();
	let call: RuntimeCall = PprCall::withdraw { relationship }.into();
	let included = stage.chain.submit(&call.with_bounty(later), &key, options).await.unwrap();
	let open: BountyId = included.event("MiningBounty", "Offered").unwrap().get("bounty").unwrap();
	stage.mistake(ResearcherOne, &format!("medrec bounties mark-defaulted {open}")).await;
	until("the end of the time to answer", || async {
		let head = stage.chain.best().await?;
		Ok((stage.chain.at(head.hash).timestamp().await? >= expires_at).then_some(()))
	})
	.await
	.unwrap();
	let bounty = bounty.to_string();
	let mark = "medrec bounties mark-defaulted $BOUNTY";
	stage.example_with(ResearcherOne, mark, &[("BOUNTY", &bounty)]).await;
	stage.mistake(ResearcherOne, &format!("medrec bounties mark-defaulted {bounty}")).await;
	stage.mistake(ResearcherOne, &format!("medrec bounties collect {bounty}")).await;
}

/// Hospitals decide together.
async fn council_decides(stage: &Stage<'_>) {
	stage.key_of(ProviderB, "hospital-b").await;
	stage.mistake(ProviderA, "medrec council vote --approve").await;
	let admit = "medrec registrar admit-provider --account hospital-b --name hospital-b";
	let admitted = stage.example(ProviderA, admit).await;
	assert!(admitted.contains("at once") && admitted.contains("hospital-b"), "{admitted}");

	// The council has two members now.
	stage.key("institute", "").await;
	stage.key("seals", "--scheme ed25519").await;
	let admit =
		"medrec registrar admit-researcher --account institute --name institute --mining-key seals";
	let proposed = stage.example(ProviderA, admit).await;
	assert!(proposed.contains("2 of 2 votes"), "{proposed}");
	let listed = stage.example(ProviderA, "medrec council list").await;
	assert!(listed.contains("admit the researcher institute"), "{listed}");
	stage.example(ProviderA, "medrec council list --json").await;
	stage.example(ProviderA, "medrec council vote --approve").await;
	stage.mistake(ProviderA, "medrec council vote --approve").await;
	stage.mistake(ProviderA, admit).await;
	stage.mistake(ProviderA, "medrec council close").await;
	let voted = stage.json(ProviderB, "council vote --approve").await;
	assert_eq!((&voted["ayes"], &voted["nays"]), (&2.into(), &0.into()));
	let closed = stage.example(ProviderA, "medrec council close").await;
	assert!(closed.contains("its call was made: admit the researcher institute"), "{closed}");
	assert_eq!(stage.json(ProviderA, "registrar show institute").await["role"], "researcher");

	let address = stage.key("hospital-c", "").await;
	stage.key("votes", "--scheme ed25519").await;
	let admit =
		"medrec registrar admit-provider --account $ADDRESS --name hospital-c --finality-key votes";
	stage.example_with(ProviderA, admit, &[("ADDRESS", &address)]).await;
	let motions = stage.json(ProviderA, "council list").await;
	let motion = text(&motions["motions"][0], "motion").unwrap();
	let reject = "medrec council vote $MOTION --reject --key hospital-b";
	stage.example_with(ProviderB, reject, &[("MOTION", &motion[..12])]).await;
	let closed = stage.json(ProviderA, &format!("council close {motion}")).await;
	assert_eq!(closed["executed"], false);
	stage.mistake(ProviderA, &format!("medrec council close {motion}")).await;

	let status = stage.example(ProviderA, "medrec registrar set-status dr-weber suspended").await;
	assert!(status.contains("The status of dr-weber is suspended"), "{status}");
	stage.mistake(ProviderA, "medrec registrar set-status dr-weber suspended").await;
	stage.mistake(ClinicianB, "medrec registrar set-encryption-key --clear").await;
	let status = stage.json(ProviderA, "registrar set-status dr-weber active").await;
	assert_eq!(status["proposal"], serde_json::Value::Null);
	let status = stage.example(ProviderA, "medrec registrar set-status hospital-b suspended").await;
	assert!(status.contains("Proposed to the council"), "{status}");
}

/// A patient's keys change. Returns the address that another one replaced.
async fn keys_change(stage: &Stage<'_>) -> String {
	stage.json(ProviderA, "keys encryption me").await;
	stage.example(ProviderA, "medrec registrar set-encryption-key --key me").await;
	stage.json(ProviderA, "registrar enroll --account patient-p --role patient").await;
	stage.json(PatientP, "keys encryption patient-p").await;
	stage.json(PatientP, "registrar set-encryption-key").await;
	let cleared = stage.example(PatientP, "medrec registrar set-encryption-key --clear").await;
	assert!(cleared.contains("in the clear"), "{cleared}");

	stage.key("me-2026", "").await;
	let refused = stage.terminal.try_as(ProviderA, "keys remove me").await.unwrap();
	assert_eq!(refused.code(), "key_in_use");
	stage.mistake(ProviderA, "medrec keys remove patient-p").await;
	write_private(&stage.network.folder.join("other.password"), "another one").unwrap();
	stage.key("other", "--password-file other.password").await;
	stage.mistake(ProviderA, "medrec registrar rotate-account --key me --to other").await;
	let rotate = "medrec registrar rotate-account --key me --to me-2026";
	stage.mistake(ProviderA, &format!("{rotate} --password-file other.password")).await;
	stage.example(ProviderA, "medrec registrar rotate-account --key me --to me-2026").await;
	stage.mistake(ProviderA, "medrec summary show --key me").await;
	let replaced = text(&stage.json(ProviderA, "keys show me").await, "address").unwrap();
	let removed = stage.json(ProviderA, "keys remove me --yes").await;
	assert_eq!((&removed["subject"], &removed["node_reachable"]), (&().into(), &true.into()));
	let shown = stage.json(ProviderA, "keys show me-2026").await;
	assert_eq!(shown["subject_name"], "patient of hospital-a");
	let listed = stage.json(ProviderA, "keys list").await;
	let keys = listed["keys"].as_array().unwrap();
	assert!(keys.iter().any(|key| key["subject_name"] == "provider hospital-a"), "{listed}");
	replaced
}

/// Mistakes that a node must know of.
async fn make_mistakes(stage: &Stage<'_>, replaced: &str) {
	let id = format!("0x{}", "1f".repeat(32));
	let stranger = Person::Stranger;
	for line in [
		"medrec registrar resolve nowhere",
		"medrec registrar show nobody",
		"medrec registrar show 0x1f1f1f1f",
		&format!("medrec registrar show {id}"),
		&format!("medrec registrar resolve-identifier {id}"),
		&format!("medrec registrar unbind-identifier {id}"),
		"medrec registrar unbind-identifier 0x1f1f1f1f",
		"medrec registrar show stranger",
		"medrec registrar bind-identifier stranger 0x12",
		"medrec registrar enroll --account me-2026 --role patient",
		"medrec registrar enroll --account stranger --role patient --name hospital-a",
		"medrec registrar enroll --account stranger --role patient --name gate",
		"medrec registrar rotate-account --to clinician-b",
		"medrec names add hospital-a clinician-b",
		"medrec names add gate clinician-b",
		"medrec names add dr-weber hospital-b",
		"medrec names add eva nobody",
		&format!("medrec names add eva {id}"),
		"medrec names remove eva",
		&format!("medrec bounties show {id}"),
		"medrec bounties show 0x1f1f1f1f",
		&format!("medrec bounties collect {id}"),
		"medrec bounties collect",
		"medrec bounties list --provider nowhere",
		&format!("medrec council vote {id} --approve"),
		"medrec council vote 0x1f1f1f1f --reject",
		"medrec registrar admit-provider --account stranger --name hospital-b",
		"medrec registrar admit-provider --account institute --name hospital-d",
		&format!("medrec registrar admit-researcher --account {replaced} --name hospital-d"),
	] {
		stage.mistake(ProviderA, line).await;
	}
	for line in [
		"medrec registrar show",
		"medrec registrar set-encryption-key --clear",
		"medrec registrar enroll --account stranger --role patient",
		"medrec registrar admit-provider --account stranger --name stranger",
		"medrec registrar set-profile --no-peers",
		"medrec registrar set-status hospital-a suspended",
		"medrec bounties list --mine",
		"medrec council vote --approve",
		"medrec ppr show",
		"medrec ppr show --key nobody",
	] {
		stage.mistake(stranger, line).await;
	}
	for line in [
		"medrec registrar set-profile --no-peers",
		"medrec registrar enroll --account stranger --role patient",
		"medrec registrar set-status hospital-a suspended",
		"medrec registrar admit-researcher --account stranger --name stranger",
		"medrec bounties register-dataset --template 0x1f --budget 1 --period 1d",
		"medrec council vote --approve",
	] {
		stage.mistake(PatientP, line).await;
	}
}

/// Hospital B gets a vote that no node casts. Nothing is final after that, so it comes last.
async fn stop_finality(stage: &Stage<'_>) {
	stage.example(ProviderB, "medrec registrar set-profile --finality-key votes").await;
}
