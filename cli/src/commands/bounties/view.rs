//! A bounty in an output.

use crate::{
	directory::Directory,
	failure::Result,
	output::Report,
	page::{Cell, Page},
	text::{list, short},
};
use medrec_primitives::{
	bounty::{AnswerCommitment, Bounty, BountyId, BountyState, DatasetId, Statistic},
	identity::SubjectId,
	record::{FieldNumber, TemplateHash},
	Moment,
};
use serde::Serialize;

/// The word for the state of a bounty.
pub fn state_of(bounty: &Bounty) -> &'static str {
	match bounty.state {
		BountyState::Open => "open",
		BountyState::Answered { .. } => "answered",
		BountyState::Defaulted => "defaulted",
	}
}

/// A bounty.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = Bounty)]
pub struct BountyView {
	/// The bounty.
	pub bounty: BountyId,
	/// The provider that owes the answer.
	pub provider: SubjectId,
	/// Its name.
	pub provider_name: String,
	/// The miner of the block that holds the offer, who may collect the answer.
	pub owner: SubjectId,
	/// Its name.
	pub owner_name: String,
	/// What is computed.
	pub statistic: StatisticView,
	/// The numbers of the fields by which patients are grouped.
	pub group_by: Vec<FieldNumber>,
	/// The template of the records that are counted.
	pub template: TemplateHash,
	/// The dataset.
	pub dataset: DatasetId,
	/// What is taken from the budget of the dataset.
	pub cost: u64,
	/// When it was offered, in Unix milliseconds.
	pub offered_at: Moment,
	/// The end of the time to answer, in Unix milliseconds.
	pub expires_at: Moment,
	/// The state: open, answered or defaulted.
	pub state: &'static str,
	/// When the provider committed to the answer, in Unix milliseconds.
	pub answered_at: Option<Moment>,
	/// The commitment to the answer.
	pub commitment: Option<AnswerCommitment>,
}

/// The statistic of a bounty.
#[derive(Clone, Copy, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[schema(as = BountyStatistic)]
pub enum StatisticView {
	/// The number of patients.
	Count,
	/// The mean of a numeric field, with equal weight for each patient.
	Mean {
		/// The number of the field.
		field: FieldNumber,
	},
}

impl BountyView {
	/// The view of a bounty.
	pub async fn of(
		directory: &mut Directory<'_>,
		id: BountyId,
		bounty: &Bounty,
	) -> Result<BountyView> {
		let offer = &bounty.offer;
		let (commitment, answered_at) = match bounty.state {
			BountyState::Answered { commitment, at } => (Some(commitment), Some(at)),
			BountyState::Open | BountyState::Defaulted => (None, None),
		};
		let statistic = match offer.parameters.statistic {
			Statistic::Count => StatisticView::Count,
			Statistic::Mean { field } => StatisticView::Mean { field },
		};
		Ok(BountyView {
			bounty: id,
			provider: bounty.provider,
			provider_name: directory.name(bounty.provider).await?,
			owner: bounty.owner,
			owner_name: directory.name(bounty.owner).await?,
			statistic,
			group_by: offer.parameters.group_by.to_vec(),
			template: offer.template,
			dataset: offer.dataset,
			cost: offer.cost,
			offered_at: bounty.offered_at,
			expires_at: offer.expires_at,
			state: state_of(bounty),
			answered_at,
			commitment,
		})
	}

	/// The statistic in words.
	fn what(&self) -> String {
		let statistic = match self.statistic {
			StatisticView::Count => "count of patients".to_owned(),
			StatisticView::Mean { field } => format!("mean of field {field}"),
		};
		match self.group_by.as_slice() {
			[] => statistic,
			fields => format!("{statistic} by field {}", list(fields, "")),
		}
	}

	/// A row of a table that fits a terminal with any names: bounty, provider, owner, what and state.
	pub fn row(&self) -> [Cell; 5] {
		[
			Cell::id(self.bounty),
			Cell::words(&self.provider_name),
			Cell::words(&self.owner_name),
			Cell::words(self.what()),
			Cell::word(self.state),
		]
	}

	/// How to collect the answer.
	pub fn collect_line(&self) -> String {
		let bounty = short(self.bounty);
		format!("Collect an answer, also again, with: medrec bounties collect {bounty}")
	}
}

impl Report for BountyView {
	fn page(&self) -> Page {
		let page = Page::default().facts([
			("bounty", Cell::id(self.bounty)),
			("provider", Cell::words(&self.provider_name)),
			("owner", Cell::words(&self.owner_name)),
			("what", Cell::words(self.what())),
			("template", Cell::id(self.template)),
			("dataset", Cell::id(self.dataset)),
			("cost", Cell::word(self.cost)),
			("offered", Cell::time(self.offered_at)),
			("answer due", Cell::time(self.expires_at)),
			("state", Cell::word(self.state)),
			("answered", Cell::time(self.answered_at)),
			("commitment", Cell::maybe(self.commitment, Cell::id)),
		]);
		let is_collectable = self.state == "answered" && self.owner_name == "you";
		page.maybe_line(is_collectable.then(|| self.collect_line()))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn bounty() -> BountyView {
		BountyView {
			bounty: BountyId::repeat_byte(0xab),
			provider: SubjectId::repeat_byte(1),
			provider_name: "hospital-a".into(),
			owner: SubjectId::repeat_byte(2),
			owner_name: "you".into(),
			statistic: StatisticView::Mean { field: 4 },
			group_by: vec![1, 2],
			template: TemplateHash::repeat_byte(3),
			dataset: DatasetId::repeat_byte(4),
			cost: 1,
			offered_at: 0,
			expires_at: 0,
			state: "answered",
			answered_at: Some(0),
			commitment: None,
		}
	}

	#[test]
	fn a_list_is_a_table_with_names_of_any_length() {
		let columns = ["bounty", "provider", "owner", "what", "state"];
		for name in ["hospital-a", "hospital-of-the-holy-spirit-in-the-north"] {
			let (provider_name, owner_name) = (name.to_owned(), name.to_owned());
			let bounty = BountyView { provider_name, owner_name, state: "defaulted", ..bounty() };
			let page = Page::default().table("Bounties", columns, [bounty.row()]);
			let text = page.shows(&["0xabababab", "defaulted"]);
			assert!(text.starts_with("Bounties\nbounty      provider"), "{text}");
		}
	}

	#[test]
	fn a_bounty_says_what_is_computed_and_how_to_collect_it() {
		let bounty = bounty();
		let parts = ["mean of field 4 by field 1, 2", "hospital-a", "collect 0xabababab"];
		bounty.page().shows(&parts);
		assert_eq!(
			serde_json::json!(bounty)["statistic"],
			serde_json::json!({"kind": "mean", "field": 4})
		);
		let other = BountyView { owner_name: "research-2".into(), ..bounty };
		assert!(!other.page().shows(&[]).contains("collect"));
	}
}
