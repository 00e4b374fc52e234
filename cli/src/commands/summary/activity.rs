//! `medrec summary activity`: the history of a subject in words.

use crate::{
	activity::{ActivityView, Describer},
	context::{Context, Whose},
	failure::Result,
	output::{Output, Report},
	page::{Cell, Page},
	parse,
};
use clap::Args;
use medrec_primitives::identity::SubjectId;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Activity {
	#[command(flatten)]
	whose: Whose,
	/// Only this many of the latest entries.
	#[arg(long, value_name = "N", allow_negative_numbers = true,
		value_parser = parse::at_least(1usize))]
	last: Option<usize>,
}

/// The activity of a subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ActivityReport {
	/// The subject.
	subject: SubjectId,
	/// Its name.
	subject_name: String,
	/// The entries of its history that the chain keeps, the latest last.
	activity: Vec<ActivityView>,
}

impl Report for ActivityReport {
	fn page(&self) -> Page {
		let title = match self.subject_name.as_str() {
			"you" => "Your activity".to_owned(),
			name => format!("Activity of {name}"),
		};
		let rows = self.activity.iter().map(|entry| {
			[
				Cell::word(entry.number),
				entry.when(),
				Cell::words(&entry.text),
				Cell::maybe(entry.relationship, Cell::id),
			]
		});
		Page::default().table(title, ["no.", "when", "what happened", "relationship"], rows)
	}
}

pub(super) async fn run(context: &Context, args: Activity) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let subject = session.resolve_or_me(at, args.whose.subject.as_ref()).await?;
	let mut entries = at.activity(subject).await?;
	if let Some(last) = args.last {
		entries.drain(..entries.len().saturating_sub(last));
	}
	let mut describer = Describer::new(&session, at, subject).await?;
	let mut activity = Vec::with_capacity(entries.len());
	for (number, entry) in &entries {
		activity.push(describer.view(*number, entry).await?);
	}
	let subject_name = describer.directory().name(subject).await?;
	Ok(Output::of(&ActivityReport { subject, subject_name, activity }))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::summary::ActivityKind;

	#[test]
	fn what_the_genesis_block_holds_has_no_age() {
		let entry = |number, at| ActivityView {
			number,
			at,
			by: None,
			by_name: "the genesis block".into(),
			relationship: None,
			kind: ActivityKind::Registered,
			text: "the genesis block registered you".into(),
		};
		let activity = vec![entry(0, 0), entry(1, 1000)];
		let subject = SubjectId::repeat_byte(1);
		let report = ActivityReport { subject, subject_name: "you".into(), activity };
		let text = report.page().shows(&["Your activity", "0    at genesis  the genesis block"]);
		assert_eq!(text.matches("at genesis").count(), 1, "{text}");
	}
}
