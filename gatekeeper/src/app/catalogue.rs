//! The catalogue of a relationship: what its templates and categories mean.

use super::{ApiError, App, Services, SignedRequest};
use crate::{
	authz::{self, CurrentTemplate},
	records::Template,
};
use medrec_client::now;
use medrec_primitives::{record::Category, relationship::RelationshipId};
use medrec_protocol::wire::{
	AnswerTemplate, CatalogueCategory, CatalogueResponse, CatalogueTemplate, ErrorCode,
};
use std::collections::BTreeMap;

impl App {
	/// The templates and categories that the requester may know (see [`authz::catalogue`]). It holds no
	/// content of a record, and the request leaves no receipt. A template that the gatekeeper does not have
	/// is not listed. The error in a malformed `id` is returned after the requester is identified.
	pub async fn catalogue(
		&self,
		request: SignedRequest,
		id: Result<RelationshipId, ApiError>,
	) -> Result<CatalogueResponse, ApiError> {
		let who = self.identify_active(&request).await?;
		let relationship = id?;
		let Services { chain, templates, .. } = &self.services;
		let requester = who.requester.subject;
		let context = chain.context(&requester, &relationship).ok_or(ErrorCode::ChainStale)?;
		let current: Vec<CurrentTemplate> = templates
			.current()
			.map(|template| CurrentTemplate {
				hash: template.hash(),
				category: template.category(),
				release: template.release(),
			})
			.collect();
		let known = authz::catalogue(requester, &current, &context, now())?;
		let listed = || known.iter().filter_map(|hash| templates.get(hash).ok());
		let names: BTreeMap<Category, &str> = listed()
			.map(|template| (template.category(), template.public().category_name.as_str()))
			.collect();
		let categories = names
			.into_iter()
			.map(|(key, name)| CatalogueCategory { key, name: name.to_owned() })
			.collect();
		Ok(CatalogueResponse {
			decided_at: context.finalized.head.into(),
			categories,
			templates: listed().map(|template| entry(template)).collect(),
		})
	}
}

fn entry(template: &Template) -> CatalogueTemplate {
	let (public, private) = (template.public().clone(), template.private_hash());
	CatalogueTemplate { keys: vec![template.hash()], template: AnswerTemplate { public, private } }
}
