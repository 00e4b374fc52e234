//! The list of alarms.

use super::{open_state, print_result};
use crate::{
	cli::WithConfig,
	config::Config,
	records::{state::Progress, RecordVersion},
};
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;
use serde_json::json;

/// A version of a record whose row did not match its commitment.
#[derive(Serialize)]
struct Alarm {
	relationship: RelationshipId,
	record: RecordId,
	version: u32,
	/// The block that holds the alarm; none before it is on the chain.
	block: Option<BlockRef>,
}

/// Prints the alarms in the gatekeeper's database.
pub(super) async fn list(config: &WithConfig, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&config.config)?;
	let state = open_state(&config).await?;
	let alarms: Vec<Alarm> = state.alarms().await?.into_iter().map(alarm).collect();
	state.close().await;
	let lines: Vec<String> = match alarms.is_empty() {
		true => vec!["Every row that was read matched its commitment.".to_owned()],
		false => alarms.iter().map(describe).collect(),
	};
	print_result(json, &json!({ "alarms": alarms }), lines.join("\n"))
}

fn alarm((id, progress): (RecordVersion, Progress)) -> Alarm {
	let RecordVersion { relationship, record, version } = id;
	let block = match progress {
		Progress::Planned => None,
		Progress::InBlock(block) | Progress::Final(block) => Some(block),
	};
	Alarm { relationship, record, version, block }
}

/// Lines of at most 80 columns, in which no ID is split.
fn describe(alarm: &Alarm) -> String {
	let Alarm { relationship, record, version, block } = alarm;
	let notified = match block {
		Some(block) => format!("the patient was notified in block {}", block.number),
		None => "the notification is not on the chain yet".to_owned(),
	};
	format!("record {record}\n  version {version}; {notified}\n  relationship\n    {relationship}")
}
