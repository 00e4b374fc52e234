use super::{fixture::*, *};

#[test]
fn records_categories_and_fields_have_the_names_of_the_catalogue() {
	let (names, record) = (names(), record());
	assert_eq!(names.title(&record), Some("Laboratory result"));
	assert_eq!(names.category(LABORATORY), "laboratory");
	assert_eq!(names.category(Category(11)), "11");
	assert_eq!(names.fields(Some(&record), &[2, 9]), ["Value", "9"]);
	assert_eq!(names.fields(None, &[2]), ["2"]);
	assert_eq!(names.missing(), None);
	let note = RecordPointer { author: PATIENT, ..record };
	assert_eq!(names.what(&note), "Note of the patient");
}

#[test]
fn names_are_found_and_those_that_do_not_exist_are_errors_that_list_the_others() {
	let (names, record) = (names(), record());
	let category = |text: &str| names.find_category(&text.parse().unwrap());
	assert_eq!(category("Laboratory").unwrap(), LABORATORY);
	assert_eq!(category("11").unwrap(), Category(11));
	let error = category("radiology").unwrap_err();
	assert_eq!((&*error.code, error.exit as u8), ("unknown_category", 2));
	assert!(error.message.contains("laboratory"), "{}", error.message);

	let field = |text: &str| names.find_field(&record, &text.parse().unwrap());
	assert_eq!(field("value").unwrap(), 2);
	assert_eq!(field("effectivedatetime").unwrap(), 4);
	assert_eq!(field("Name").unwrap(), 1);
	assert_eq!(field("7").unwrap(), 7);
	let error = field("weight").unwrap_err();
	assert_eq!(&*error.code, "unknown_field");
	assert!(error.message.contains("Code, Name, Value"), "{}", error.message);
}

#[test]
fn a_name_of_several_fields_asks_for_the_number() {
	let mut template = laboratory();
	template.public.fields[3].title = Some("Value".into());
	template.public.fields[4].title = Some("Code".into());
	let (names, record) =
		(names_of(&[template.clone()], &[template.clone()]), record_of(&template));
	let field = |text: &str| names.find_field(&record, &text.parse().unwrap());
	for (name, fields) in [("value", "2 (value), 3 (unit)"), ("Code", "0 (code), 4 (eff")] {
		let error = field(name).unwrap_err();
		assert_eq!((&*error.code, error.exit as u8), ("ambiguous_field", 2));
		assert!(error.message.contains(fields), "{}", error.message);
	}
	assert_eq!(field("unit").unwrap(), 3);
	assert_eq!(field("3").unwrap(), 3);
}

#[test]
fn an_invented_template_does_not_exchange_the_names_of_categories() {
	const MEDICATION: Category = Category(40);
	let medication = in_category(MEDICATION, "medication");
	let invented = in_category(MEDICATION, "laboratory");
	let names = names_of(&[invented, medication.clone()], &[laboratory(), medication]);
	let error = names.find_category(&"laboratory".parse().unwrap()).unwrap_err();
	assert_eq!((&*error.code, error.exit as u8), ("unproven_category", 4));
	assert!(error.message.contains("no record on chain proves that the category 40"));
	assert_eq!(names.category(MEDICATION), "medication");
	assert_eq!(names.category(LABORATORY), "10");
	let missing = names.missing().unwrap();
	assert!(missing.starts_with("1 of the gatekeeper's names is left out"), "{missing}");
}

#[test]
fn a_name_that_several_categories_have_on_chain_stands_for_none() {
	let both = [laboratory(), in_category(Category(40), "laboratory")];
	let names = names_of(&both, &both);
	let error = names.find_category(&"laboratory".parse().unwrap()).unwrap_err();
	assert_eq!((&*error.code, error.exit as u8), ("unproven_category", 4));
	assert!(error.message.contains("another category this name"), "{}", error.message);
	assert_eq!(names.find_category(&"40".parse().unwrap()).unwrap(), Category(40));
	let missing = names.missing().unwrap();
	assert!(missing.starts_with("2 of the gatekeeper's names are left out"), "{missing}");
}

#[test]
fn the_name_of_a_category_without_a_record_asks_for_the_code() {
	let names = names_of(&[laboratory()], &[]);
	let error = names.find_category(&"laboratory".parse().unwrap()).unwrap_err();
	assert_eq!((&*error.code, error.exit as u8), ("unproven_category", 2));
	assert!(error.message.contains("the gatekeeper alone says: 10;"), "{}", error.message);
	assert_eq!(names.category(LABORATORY), "10");
	assert!(names.is_stated(LABORATORY));
	assert_eq!(names.missing(), None);
}

#[test]
fn without_a_catalogue_there_are_codes_and_the_reason() {
	let names = RecordNames::without(PATIENT, "cannot reach the gatekeeper");
	assert_eq!(names.title(&record()), None);
	assert_eq!(names.what(&record()), "category 10");
	assert_eq!(names.fields(Some(&record()), &[2]), ["2"]);
	assert_eq!(names.missing(), Some("cannot reach the gatekeeper"));
	let error = names.find_category(&CategoryRef::Name("laboratory".into())).unwrap_err();
	assert!(error.message.contains("cannot reach the gatekeeper"), "{}", error.message);
	assert!(names.find_category(&CategoryRef::Code(Category(7))).is_ok());
}
