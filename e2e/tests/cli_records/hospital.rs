//! A hospital with a gatekeeper, a patient and a clinician.

use anyhow::{Context, Result};
use medrec_client::chain::Chain;
use medrec_e2e::network::{
	ehr, until, Gatekeeper, Network, Node,
	Person::{self, ClinicianB, GateA, PatientP, ProviderA},
	Terminal,
};
use serde_json::Value;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Row};
use std::path::Path;

/// The patient's last glucose value, as a chart shows it, and the one before.
pub const LAST: &str = "5.9 mmol/L";
pub const BEFORE: &str = "5.4 mmol/L";

/// How long ago they were measured.
const DAYS: [&str; 2] = ["-3 days", "-10 days"];

/// A hospital with one patient and one clinician, who have the names ann and dr-weber.
pub struct Hospital<'a> {
	pub gatekeeper: Gatekeeper<'a>,
	pub terminal: Terminal<'a>,
	pub chain: Chain,
	/// It votes and mines.
	_node: Node,
	pub network: &'a Network,
	/// The patient's ID in the hospital's database.
	pub local_id: String,
	/// The day of the last glucose value.
	pub day: String,
}

impl Hospital<'_> {
	/// Starts the node, fills the hospital's database and enrols everybody. The gatekeeper is not started.
	pub async fn open(network: &Network) -> Result<Hospital<'_>> {
		let node = Node::start(network, "node", "--dev").await?;
		let chain = node.chain().await?;
		let terminal = Terminal::set_up(network, &node).await?;
		let gatekeeper = Gatekeeper::set_up(network, &node.url(), &GateA.uri())?;
		gatekeeper.seed(3).await?;
		gatekeeper.command("sign-templates", &["--built-in"], "").await?;
		let local_ids = ehr::patients(&gatekeeper.ehr(), 1).await?;
		let local_id = local_ids.into_iter().next().context("no patients")?;
		insert_glucose(&gatekeeper.ehr(), &local_id, "5.4", DAYS[1]).await?;
		let day = insert_glucose(&gatekeeper.ehr(), &local_id, "5.9", DAYS[0]).await?;

		let identifier = gatekeeper.identifier(&local_id).await?;
		for (person, role) in [
			(PatientP, format!("patient --identifier {identifier} --name ann")),
			(ClinicianB, "clinician --name dr-weber".to_owned()),
			(GateA, "device".to_owned()),
		] {
			let enroll = format!("registrar enroll --account {} --role {role}", person.address()?);
			terminal.run_as(ProviderA, &enroll).await?;
		}
		let profile = format!(
			"registrar set-profile --gatekeeper-url {} --gatekeeper-device {}",
			gatekeeper.url(),
			GateA.name()
		);
		terminal.run_as(ProviderA, &profile).await?;
		Ok(Hospital { gatekeeper, terminal, chain, _node: node, network, local_id, day })
	}

	/// Runs an example of the help.
	pub async fn example(&self, who: Person, line: &str) -> Result<String> {
		self.terminal.example(who, line, &[]).await
	}

	/// Runs a command that succeeds; returns its JSON.
	pub async fn run(&self, who: Person, line: &str) -> Result<Value> {
		self.terminal.run_as(who, line).await
	}

	/// Repeats a command until it succeeds and its JSON is as wanted.
	pub async fn until(
		&self,
		who: Person,
		line: &str,
		wanted: impl Fn(&Value) -> bool,
	) -> Result<Value> {
		until(line, async || {
			let printed = self.terminal.try_as(who, line).await?.success().ok();
			Ok(printed.filter(&wanted))
		})
		.await
	}

	/// Repeats a command until it fails.
	pub async fn until_fails(&self, who: Person, line: &str) -> Result<()> {
		until(line, async || Ok(self.terminal.try_as(who, line).await?.success().err())).await?;
		Ok(())
	}
}

/// Inserts a glucose result of some time `ago`; returns its day.
async fn insert_glucose(database: &Path, patient: &str, value: &str, ago: &str) -> Result<String> {
	let options = SqliteConnectOptions::new().filename(database);
	let row = sqlx::query(
		"INSERT INTO observations (id, patient, status, category, system, code, display, value,
		 unit, effectiveDateTime, resource)
		 VALUES (?1 || '-glucose-' || ?2, ?1, 'final', 'laboratory', 'http://loinc.org', '2339-0',
		 'Glucose', CAST(?2 AS REAL), 'mmol/L', date('now', ?3) || 'T07:30:00Z',
		 '{\"resourceType\":\"Observation\"}')
		 RETURNING substr(effectiveDateTime, 1, 10)",
	)
	.bind(patient)
	.bind(value)
	.bind(ago)
	.fetch_one(&mut options.connect().await?)
	.await?;
	Ok(row.try_get(0)?)
}
