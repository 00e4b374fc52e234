use super::{ehr, until, Gatekeeper};
use anyhow::{Context, Result};
use medrec_client::chain::{BlockHeader, Chain};
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use std::collections::BTreeSet;

/// For how many blocks no record comes before the older ones count as complete.
const QUIET: u32 = 4;

/// Waits until no more of a patient's older records come to the chain; returns their number.
pub async fn older_records(chain: &Chain, relationship: RelationshipId) -> Result<u32> {
	let (mut posted, mut since) = (0, 0);
	loop {
		let (now, head) = until("the older records on chain", || async {
			let head = chain.best().await?;
			let found = chain.at(head.hash).relationship(relationship).await?;
			let now = found.context("the relationship does not exist")?.records;
			let quiet = now > 0 && head.number >= since + QUIET;
			Ok((quiet || now != posted).then_some((now, head.number)))
		})
		.await?;
		if now == posted {
			return Ok(posted);
		}
		(posted, since) = (now, head);
	}
}

/// A new row of the hospital's database on its way to the chain.
#[derive(Clone, Debug)]
pub struct Publication {
	/// The ID of the row.
	pub row: String,
	/// The record on chain.
	pub record: RecordId,
	/// A record that was on chain before.
	pub other_record: RecordId,
	/// The best block when the row was inserted.
	pub inserted_at: BlockHeader,
	/// The first block with the record.
	pub block: BlockHeader,
}

impl Publication {
	/// Inserts a laboratory result of a patient, whose older records are on chain, and waits until it
	/// is on chain too.
	pub async fn of(
		gatekeeper: &Gatekeeper<'_>,
		chain: &Chain,
		local_id: &str,
		relationship: RelationshipId,
		name: &str,
	) -> Result<Publication> {
		let records = async |at: &BlockHeader| -> Result<BTreeSet<RecordId>> {
			let records = chain.at(at.hash).records(relationship).await?;
			Ok(records.into_iter().map(|(id, _)| id).collect())
		};
		let inserted_at = chain.best().await?;
		let before = records(&inserted_at).await?;
		let other_record = *before.first().context("no older records are on chain")?;
		let row = ehr::insert_result(&gatekeeper.ehr(), local_id, name).await?;
		let (record, mut block) = until("the new record on chain", || async {
			let head = chain.best().await?;
			Ok(records(&head).await?.difference(&before).next().map(|record| (*record, head)))
		})
		.await?;
		// More blocks may have come since the last look.
		loop {
			let parent = chain.head(block.parent).await?;
			match chain.at(parent.hash).record(relationship, record).await? {
				Some(_) => block = parent,
				None => return Ok(Publication { row, record, other_record, inserted_at, block }),
			}
		}
	}
}
