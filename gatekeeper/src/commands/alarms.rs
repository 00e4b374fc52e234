//! The list of alarms.

use super::{open_state, output::write_lines, print_result};
use crate::{
	cli::WithConfig,
	config::Config,
	records::{state::Progress, RecordVersion},
};
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// The alarms of a gatekeeper.
#[derive(Serialize, ToSchema)]
pub(super) struct AlarmList {
	/// The alarms.
	alarms: Vec<Alarm>,
}

/// A version of a record whose row did not match its commitment.
#[derive(Serialize, ToSchema)]
struct Alarm {
	/// The relationship.
	relationship: RelationshipId,
	/// The record.
	record: RecordId,
	/// The version of the record.
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
	print_result(json, &AlarmList { alarms })
}

fn alarm((id, progress): (RecordVersion, Progress)) -> Alarm {
	let RecordVersion { relationship, record, version } = id;
	let block = match progress {
		Progress::Planned => None,
		Progress::InBlock(block) | Progress::Final(block) => Some(block),
	};
	Alarm { relationship, record, version, block }
}

impl fmt::Display for AlarmList {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write_lines(formatter, &self.alarms, "Every row that was read matched its commitment.")
	}
}

/// Lines of at most 80 columns, in which no ID is split.
impl fmt::Display for Alarm {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Alarm { relationship, record, version, block } = self;
		let notified = match block {
			Some(block) => format!("the patient was notified in block {}", block.number),
			None => "the notification is not on the chain yet".to_owned(),
		};
		writeln!(formatter, "record {record}\n  version {version}; {notified}")?;
		write!(formatter, "  relationship\n    {relationship}")
	}
}
