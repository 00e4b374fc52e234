//! `medrec ppr set-research-consent`.

use super::{
	warnings::{self, unknown_category},
	ConsentArgs,
};
use crate::{
	catalogue::Catalogues,
	context::{self, Session, Submitted, Wait},
	failure::{Failure, Result},
	gatekeeper::Url,
	output::{Output, Report},
	page::Page,
	record_view::categories,
};
use medrec_client::chain::PprCall;
use medrec_primitives::{
	identity::SubjectId,
	record::Category,
	relationship::{RelationshipId, ResearchConsent, MAX_CONSENT_CATEGORIES},
	summary::EntryState,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a change of the consent prints.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct ConsentReport {
	/// The relationship.
	relationship: RelationshipId,
	/// The provider of the relationship.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// The codes of the categories whose records may count in aggregates.
	research_consent: Vec<Category>,
	/// Their names, in the same order.
	research_consent_names: Vec<String>,
	/// The codes of the categories of the consent that it replaces.
	before: Vec<Category>,
	/// Their names, in the same order.
	before_names: Vec<String>,
	/// What may be a mistake.
	warnings: Vec<String>,
}

impl Report for ConsentReport {
	fn page(&self) -> Page {
		let page = Page::of(format!(
			"Records of {} that may count in aggregates for research: {}.",
			self.provider_name,
			text(&self.research_consent_names)
		));
		match self.before == self.research_consent {
			true => page.line("That is what it was before."),
			false => page.line(format!("Before: {}.", text(&self.before_names))),
		}
	}
}

fn text(names: &[String]) -> String {
	match names {
		[] => "none".to_owned(),
		names => format!("those of {}", categories(names)),
	}
}

/// The categories whose records may count in aggregates.
pub(super) fn consented(consent: &ResearchConsent) -> Vec<Category> {
	match consent {
		ResearchConsent::None => Vec::new(),
		ResearchConsent::Categories(categories) => categories.iter().copied().collect(),
	}
}

pub(super) async fn set(session: &Session<'_>, args: ConsentArgs) -> Result<Output> {
	let active = [EntryState::Active];
	let relationship = session.relationship(args.relationship.as_ref(), &active).await?;
	let found = context::relationship(session.at(), relationship).await?;
	let names = Catalogues::new(session, Url::default()).of(relationship).await?;
	let categories = args.category.iter().map(|category| names.find_category(category));
	let categories = categories.collect::<Result<BTreeSet<Category>>>()?;
	let before = consented(&found.research);
	let records = session.at().records(relationship).await?;
	let pointers = records.iter().map(|(_, pointer)| pointer);
	let provider_name = session.directory().await?.name(found.provider).await?;
	let named = |categories: &[Category]| {
		Vec::from_iter(categories.iter().map(|category| names.category(*category)))
	};
	let research_consent = Vec::from_iter(categories.iter().copied());
	let report = ConsentReport {
		relationship,
		provider: found.provider,
		research_consent_names: named(&research_consent),
		before_names: named(&before),
		warnings: categories
			.iter()
			.filter_map(|category| {
				unknown_category(&names, pointers.clone(), &provider_name, *category)
			})
			.collect(),
		provider_name,
		research_consent,
		before,
	};
	let consent = match categories.is_empty() {
		true => ResearchConsent::None,
		false => ResearchConsent::Categories(categories.try_into().map_err(|_| {
			let message = format!("a consent names at most {MAX_CONSENT_CATEGORIES} categories");
			Failure::usage("usage", message)
		})?),
	};
	warnings::show(session.context, &report.warnings);
	let default = Wait::default_for(consent == ResearchConsent::None);
	let call = PprCall::set_research_consent { relationship, consent };
	let included = session.submit_with(call, default).await?;
	Ok(Output::of(&Submitted::new(&included, report)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{catalogue::fixture::LABORATORY, style::Style};

	#[test]
	fn a_consent_says_what_it_replaces() {
		let report = ConsentReport {
			relationship: RelationshipId::default(),
			provider: SubjectId::default(),
			provider_name: "hospital-a".into(),
			research_consent: vec![LABORATORY],
			research_consent_names: vec!["laboratory".into()],
			before: Vec::new(),
			before_names: Vec::new(),
			warnings: Vec::new(),
		};
		let text = report.page().render(&Style::PIPE);
		assert!(text.contains("for research: those of the category laboratory."), "{text}");
		assert!(text.contains("Before: none."), "{text}");
	}
}
