//! `medrec records post-note`: a note of the patient's own, which never leaves them.

use crate::{
	cli::Wait,
	context::{read_text, sent, Context},
	failure::Failure,
	keys::write_secret,
	report::{full, Report},
	values,
};
use clap::{Args, ValueHint};
use medrec_client::{
	chain::PprCall,
	template::{part_hash, template_hash, FieldSpec, FieldType, PublicTemplate},
	wire::AnswerTemplate,
};
use medrec_primitives::{
	commitment::{canonical_json, RecordTree},
	record::{Commitment, Pointer, RecordId, Release},
	relationship::RelationshipId,
	H256,
};
use rand::{rngs::OsRng, RngCore};
use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};
use std::path::{Path, PathBuf};

/// `records post-note`.
#[derive(Debug, Args)]
pub struct PostNote {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// The note: a file with a JSON object, whose keys are its fields.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub file: PathBuf,
	/// Under which category.
	#[arg(long, value_name = "N", default_value_t = 0)]
	pub category: u16,
	/// Keep the salt in this new file; in the keystore's folder notes if left out.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub salt_file: Option<PathBuf>,
}

/// What is needed, beside the note, to prove it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteFile {
	/// The relationship in which it was posted.
	pub relationship: RelationshipId,
	/// The record as which it was posted.
	pub record: RecordId,
	/// The secret from which the salts of its fields are derived.
	pub salt: H256,
	/// What it looks like.
	pub template: AnswerTemplate,
	/// What the chain is committed to.
	pub commitment: Commitment,
}

pub(super) async fn run(context: &Context, args: &PostNote) -> Result<Report, Failure> {
	let PostNote { relationship, file, category, salt_file } = args;
	let note = read_note(file)?;
	let (mut salt, mut record) = (H256::zero(), H256::zero());
	OsRng.fill_bytes(salt.as_bytes_mut());
	OsRng.fill_bytes(record.as_bytes_mut());
	let template = template_of(&note, *category);
	let commitment = commit(&note, &template, &salt)?;
	let kept = NoteFile { relationship: *relationship, record, salt, template, commitment };

	let chain = context.connect().await?;
	let key = context.unlock()?;
	// Before it is sent: a commitment that nobody can prove is worth nothing.
	let path = match salt_file {
		Some(path) => path.clone(),
		None => notes_folder(context)?.join(format!("{}.json", hex::encode(record))),
	};
	let text = serde_json::to_string_pretty(&kept)
		.map_err(|error| Failure::failed("cannot_write", error))?;
	write_secret(&path, &text)?;

	let template = template_hash(&kept.template.public, kept.template.private);
	let call = PprCall::PostRecord {
		relationship: *relationship,
		record,
		commitment,
		pointer: Pointer { template, handle: Default::default() },
		category: *category,
		release: Release::Released,
	};
	let included = context.send_with(&chain, call, &key, Wait::Final).await?;
	let text = format!(
		"Posted as {}.\nKeep {} and {}: together they prove the note.",
		full(&record),
		file.display(),
		path.display()
	);
	let json = json!({
		"relationship": relationship,
		"record": record,
		"commitment": commitment,
		"template": template,
		"salt_file": path,
	});
	Ok(sent(&included, text, json))
}

/// Reads a note: a JSON object with at least one field.
pub(super) fn read_note(path: &Path) -> Result<Map<String, Value>, Failure> {
	let wrong =
		|what: &str| Failure::failed("bad_note", format!("{} must hold {what}", path.display()));
	match serde_json::from_str(&read_text(path)?) {
		Ok(Value::Object(note)) if !note.is_empty() => Ok(note),
		Ok(_) => Err(wrong("a JSON object with at least one field")),
		Err(error) => Err(wrong(&format!("JSON: {error}"))),
	}
}

/// What a note looks like: its fields by name, in the order of their bytes.
fn template_of(note: &Map<String, Value>, category: u16) -> AnswerTemplate {
	let mut fields: Vec<FieldSpec> = note
		.iter()
		.map(|(name, value)| FieldSpec { name: name.clone(), kind: kind_of(value), unit: None })
		.collect();
	fields.sort_by(|left, right| left.name.cmp(&right.name));
	let public = PublicTemplate { id: "patient-note".to_owned(), version: 1, category, fields };
	// There is no query behind a note.
	let private = part_hash(&Value::Null).unwrap_or_default();
	AnswerTemplate { public, private }
}

fn kind_of(value: &Value) -> FieldType {
	match value {
		Value::String(_) => FieldType::String,
		Value::Bool(_) => FieldType::Boolean,
		Value::Number(number) if number.is_i64() || number.is_u64() => FieldType::Integer,
		Value::Number(_) => FieldType::Number,
		Value::Null | Value::Array(_) | Value::Object(_) => FieldType::Json,
	}
}

/// The commitment to a note.
fn commit(
	note: &Map<String, Value>,
	template: &AnswerTemplate,
	salt: &H256,
) -> Result<Commitment, Failure> {
	let fields = &template.public.fields;
	let canonical: Option<Vec<Vec<u8>>> =
		fields.iter().map(|field| note.get(&field.name).and_then(canonical_json)).collect();
	let tree = canonical.and_then(|canonical| {
		let pairs = fields.iter().zip(&canonical);
		RecordTree::new(
			&salt.0,
			pairs.map(|(field, value)| (field.name.as_str(), value.as_slice())),
		)
	});
	let tree = tree.ok_or_else(|| {
		let message = "the note has too many fields, too long a name, or a number that has no \
		               canonical form";
		Failure::failed("bad_note", message)
	})?;
	Ok(tree.root())
}

/// Whether a note is the one that was posted.
pub(super) fn matches(note: &Map<String, Value>, kept: &NoteFile) -> Result<bool, Failure> {
	let template = template_of(note, kept.template.public.category);
	Ok(template == kept.template && commit(note, &template, &kept.salt)? == kept.commitment)
}

/// The folder in which salts are kept, made if it is not there.
fn notes_folder(context: &Context) -> Result<PathBuf, Failure> {
	let folder = context.keystore.folder().join("notes");
	let mut builder = std::fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(&folder).map_err(|error| {
		Failure::failed("cannot_write", format!("cannot make {}: {error}", folder.display()))
	})?;
	Ok(folder)
}

#[cfg(test)]
pub mod fixture {
	use super::*;

	/// A note, and what was kept of it.
	pub fn note() -> (Map<String, Value>, NoteFile) {
		let note = json!({ "when": "2026-01-31", "pain": 3, "woke": true, "more": null });
		let Value::Object(note) = note else { unreachable!() };
		let template = template_of(&note, 5);
		let salt = H256::repeat_byte(1);
		let commitment = commit(&note, &template, &salt).unwrap();
		let (relationship, record) = (H256::repeat_byte(2), H256::repeat_byte(3));
		(note, NoteFile { relationship, record, salt, template, commitment })
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn fields_are_in_the_order_of_their_names_and_have_the_type_of_their_values() {
		let (_, kept) = fixture::note();
		let fields = kept.template.public.fields;
		let fields: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
		assert_eq!(
			fields,
			[
				("more", FieldType::Json),
				("pain", FieldType::Integer),
				("when", FieldType::String),
				("woke", FieldType::Boolean),
			]
		);
		assert_eq!(kind_of(&json!(1.5)), FieldType::Number);
	}

	#[test]
	fn only_the_note_that_was_posted_matches() {
		let (note, kept) = fixture::note();
		assert!(matches(&note, &kept).unwrap());
		let mut changed = note.clone();
		changed.insert("pain".into(), json!(4));
		assert!(!matches(&changed, &kept).unwrap());
		let mut longer = note.clone();
		longer.insert("mood".into(), json!("good"));
		assert!(!matches(&longer, &kept).unwrap());
		let other_salt = NoteFile { salt: H256::repeat_byte(9), ..kept };
		assert!(!matches(&note, &other_salt).unwrap());
	}

	#[test]
	fn a_note_is_an_object_with_fields() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("note.json");
		for (text, good) in [(r#"{"a":1}"#, true), ("{}", false), ("[1]", false), ("no", false)] {
			std::fs::write(&path, text).unwrap();
			assert_eq!(read_note(&path).is_ok(), good, "{text}");
		}
		assert!(read_note(&folder.path().join("none.json")).is_err());
	}
}
