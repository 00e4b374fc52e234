use super::*;
use crate::{
	template::{FieldSpec, FieldType, LineSpec, PrivateTemplateHash},
	wire::CatalogueCategory,
};
use medrec_primitives::{
	record::{Commitment, Pointer, Release},
	H256,
};

const PROVIDER: SubjectId = SubjectId::repeat_byte(2);
const LABORATORY: Category = Category(10);
const MEDICATION: Category = Category(40);

fn template(id: &str, category: Category, name: &str) -> AnswerTemplate {
	let field = FieldSpec { name: "code".into(), kind: FieldType::String, title: None, unit: None };
	let public = PublicTemplate {
		id: id.into(),
		version: 1,
		title: id.to_uppercase(),
		category,
		category_name: name.into(),
		fields: vec![field],
		line: LineSpec::default(),
	};
	AnswerTemplate { public, private: PrivateTemplateHash([1; 32]) }
}

fn laboratory() -> AnswerTemplate {
	template("lab", LABORATORY, "laboratory")
}

fn medication() -> AnswerTemplate {
	template("drug", MEDICATION, "medication")
}

fn hash(template: &AnswerTemplate) -> TemplateHash {
	template_hash(&template.public, template.private)
}

fn record(template: &AnswerTemplate) -> RecordPointer {
	RecordPointer {
		author: PROVIDER,
		pointer: Pointer { template: hash(template), handle: Default::default() },
		commitment: Commitment::default(),
		version: 1,
		category: template.public.category,
		release: Release::Released,
		posted_at: 0,
	}
}

fn posted(templates: &[AnswerTemplate]) -> Posted {
	Posted::by(PROVIDER, &Vec::from_iter(templates.iter().map(record)))
}

fn response(templates: &[AnswerTemplate]) -> CatalogueResponse {
	let category = |AnswerTemplate { public, .. }: &AnswerTemplate| CatalogueCategory {
		key: public.category,
		name: public.category_name.clone(),
	};
	let entry = |template: &AnswerTemplate| CatalogueTemplate {
		keys: vec![hash(template)],
		template: template.clone(),
	};
	CatalogueResponse {
		decided_at: BlockRef { number: 9, hash: H256([9; 32]) },
		categories: templates.iter().map(category).collect(),
		templates: templates.iter().map(entry).collect(),
	}
}

/// The catalogue that lists `templates`, with a record of each of `on_chain`.
fn catalogue(templates: &[AnswerTemplate], on_chain: &[AnswerTemplate]) -> Catalogue {
	Catalogue::verify(response(templates), &posted(on_chain))
}

fn unproven(key: Category, name: &str) -> CatalogueError {
	CatalogueError::UnprovenCategory { key, name: name.into() }
}

#[test]
fn a_catalogue_names_what_the_chain_points_to() {
	let all = [laboratory(), medication()];
	let catalogue = catalogue(&all, &all);
	assert!(catalogue.unproven().is_empty());
	let key = hash(&laboratory());
	assert_eq!(catalogue.template(&key).unwrap().title, "LAB");
	assert_eq!(catalogue.template(&key).unwrap().number_of("code"), Some(0));
	assert_eq!(catalogue.template(&TemplateHash::default()), None);
	assert_eq!(catalogue.templates().count(), 2);
	assert_eq!(catalogue.category_name(LABORATORY), Some("laboratory"));
	assert_eq!(catalogue.category_name(Category(11)), None);
	assert_eq!(catalogue.category_named("medication"), Some(MEDICATION));
	assert_eq!(catalogue.category_named("drug"), None);
	assert_eq!(catalogue.stated().count(), 0);
	assert_eq!(catalogue.decided_at().number, 9);
}

#[test]
fn an_invented_template_gives_no_category_its_name() {
	// The true template of the category is left out, and an invented one swaps the name.
	let invented = template("invented", MEDICATION, "laboratory");
	let on_chain = [laboratory(), medication()];
	for listed in [
		vec![invented.clone()],
		vec![invented.clone(), medication()],
		vec![invented.clone(), laboratory(), medication()],
	] {
		let catalogue = catalogue(&listed, &on_chain);
		let is_listed = listed.contains(&laboratory());
		let named = catalogue.category_named("laboratory");
		assert_eq!(named, is_listed.then_some(LABORATORY), "{listed:?}");
		assert_ne!(catalogue.category_name(MEDICATION), Some("laboratory"));
		assert_eq!(catalogue.unproven(), [unproven(MEDICATION, "laboratory")]);
		assert_eq!(catalogue.stated().count(), 0);
	}
}

#[test]
fn the_list_of_categories_counts_for_nothing() {
	let all = [laboratory(), medication()];
	let mut response = response(&all);
	response.categories = vec![CatalogueCategory { key: MEDICATION, name: "laboratory".into() }];
	let catalogue = Catalogue::verify(response, &posted(&all));
	assert_eq!(catalogue.category_named("laboratory"), Some(LABORATORY));
	assert_eq!(catalogue.category_name(MEDICATION), Some("medication"));
}

#[test]
fn a_category_without_a_record_has_a_name_that_is_only_stated() {
	let imaging = template("scan", Category(50), "imaging");
	let catalogue = catalogue(&[laboratory(), imaging], &[laboratory()]);
	assert_eq!(catalogue.category_named("imaging"), None);
	assert_eq!(catalogue.category_name(Category(50)), None);
	assert!(catalogue.stated().eq([(Category(50), "imaging")]));
	assert!(catalogue.unproven().is_empty());
}

#[test]
fn a_name_of_another_category_is_not_stated_for_one_without_a_record() {
	let other = template("other", Category(50), "laboratory");
	let catalogue = catalogue(&[laboratory(), other], &[laboratory()]);
	assert_eq!(catalogue.category_named("laboratory"), Some(LABORATORY));
	assert_eq!(catalogue.stated().count(), 0);
	assert_eq!(catalogue.unproven(), [unproven(Category(50), "laboratory")]);
}

#[test]
fn a_later_version_may_repeat_the_name_before_a_record_has_it() {
	let mut later = laboratory();
	later.public.version = 2;
	let catalogue = catalogue(&[laboratory(), later], &[laboratory()]);
	assert_eq!(catalogue.category_named("laboratory"), Some(LABORATORY));
	assert!(catalogue.unproven().is_empty());
	assert_eq!(catalogue.stated().count(), 0);
}

#[test]
fn a_category_with_two_names_has_none() {
	let other = template("other", LABORATORY, "chemistry");
	let all = [laboratory(), other, medication()];
	let catalogue = catalogue(&all, &all);
	assert_eq!(catalogue.category_name(LABORATORY), None);
	for name in ["laboratory", "chemistry"] {
		assert_eq!(catalogue.category_named(name), None);
		let key = LABORATORY;
		let ambiguous = CatalogueError::AmbiguousCategory { key, name: name.into() };
		assert!(catalogue.unproven().contains(&ambiguous), "{name}");
	}
	assert_eq!(catalogue.category_named("medication"), Some(MEDICATION));
}

#[test]
fn a_name_of_two_categories_stands_for_none() {
	let all = [laboratory(), medication(), template("more", Category(9), "medication")];
	let catalogue = catalogue(&all, &all);
	assert_eq!(catalogue.category_named("medication"), None);
	for key in [MEDICATION, Category(9)] {
		assert_eq!(catalogue.category_name(key), None);
		let ambiguous = CatalogueError::AmbiguousCategory { key, name: "medication".into() };
		assert!(catalogue.unproven().contains(&ambiguous), "{key}");
	}
	assert_eq!(catalogue.category_named("laboratory"), Some(LABORATORY));
}

#[test]
fn only_records_of_the_provider_in_the_category_of_the_template_count() {
	let templates = [laboratory()];
	let note = RecordPointer { author: SubjectId::repeat_byte(1), ..record(&laboratory()) };
	let elsewhere = RecordPointer { category: MEDICATION, ..record(&laboratory()) };
	for other in [note, elsewhere] {
		let posted = Posted::by(PROVIDER, [&other]);
		let catalogue = Catalogue::verify(response(&templates), &posted);
		assert_eq!(catalogue.category_named("laboratory"), None);
		assert_eq!(catalogue.categories().count(), 0);
	}
}

#[test]
fn a_template_that_does_not_have_its_hash_is_left_out() {
	let all = [laboratory(), medication()];
	let mut response = response(&all);
	let key = response.templates[0].keys[0];
	response.templates[0].template.public.title = "Something else".into();
	let catalogue = Catalogue::verify(response, &posted(&all));
	assert_eq!(catalogue.template(&key), None);
	let wrong = CatalogueError::WrongTemplate { id: "lab".into(), version: 1, key };
	assert_eq!(catalogue.unproven(), [wrong]);
	// The name of its category rests on the template.
	assert_eq!(catalogue.category_named("laboratory"), None);
	assert_eq!(catalogue.category_named("medication"), Some(MEDICATION));
}

#[test]
fn a_template_with_an_unfit_text_is_left_out() {
	let changes: [fn(&mut PublicTemplate); 5] = [
		|template| template.title.push('\n'),
		|template| template.category_name.insert(0, '\u{1b}'),
		|template| template.fields[0].title = Some("Code\u{7}".into()),
		|template| template.fields[0].unit = Some("\r".into()),
		|template| template.title = "x".repeat(257),
	];
	for change in changes {
		let mut unfit = medication();
		change(&mut unfit.public);
		let all = [laboratory(), unfit];
		let catalogue = catalogue(&all, &all);
		let refused = CatalogueError::UnfitText { id: "drug".into(), version: 1 };
		assert_eq!(catalogue.unproven(), [refused]);
		assert_eq!(catalogue.templates().count(), 1);
	}
}

#[test]
fn an_error_quotes_the_beginning_of_a_long_name() {
	let mut response = response(&[laboratory()]);
	response.templates[0].template.public.id = "ä".repeat(100_000);
	let key = hash(&response.templates[0].template);
	for keys in [vec![TemplateHash::default()], vec![key]] {
		response.templates[0].keys = keys;
		let catalogue = Catalogue::verify(response.clone(), &Posted::default());
		let text = catalogue.unproven()[0].to_string();
		assert!(text.contains(&format!("{}…", "ä".repeat(64))), "{text}");
		assert!(text.chars().count() < 250, "{text}");
	}
}

#[test]
fn keys_are_texts_on_the_wire() {
	let response = response(&[laboratory(), medication()]);
	let json = serde_json::to_value(&response).unwrap();
	assert_eq!(json["categories"][0]["key"], "10");
	let key = hash(&laboratory());
	assert_eq!(json["templates"][0]["keys"][0], key.to_string());
	assert_eq!(json["templates"][0]["public"]["id"], "lab");
	assert_eq!(serde_json::from_value::<CatalogueResponse>(json).unwrap(), response);
}
