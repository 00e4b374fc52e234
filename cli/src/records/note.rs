//! `medrec records post-note` and `amend-note`: notes of the patient's own, which never leave them.

use crate::{
	cli::Wait,
	context::{read_text, sent, Context},
	failure::Failure,
	keys::write_secret,
	party::not_found,
	report::{full, Report},
	values,
};
use clap::{Args, ValueHint};
use medrec_client::chain::PprCall;
use medrec_protocol::{template::{FieldSpec, FieldType, PublicTemplate, part_hash, template_hash}, wire::AnswerTemplate};
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

/// `records amend-note`.
#[derive(Debug, Args)]
pub struct AmendNote {
	/// The salt file of the note as it is now.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub note: PathBuf,
	/// The note as it shall be: a file with a JSON object, whose keys are its fields.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub file: PathBuf,
	/// Keep the new salt in this new file; in the keystore's folder notes if left out.
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

pub(super) async fn post(context: &Context, args: &PostNote) -> Result<Report, Failure> {
	let PostNote { relationship, file, category, salt_file } = args;
	let kept = keep(&read_note(file)?, *category, *relationship, random())?;
	let chain = context.connect().await?;
	let key = context.unlock()?;
	let path = write(context, &kept, salt_file.as_deref(), &file_name(&kept))?;
	let call = PprCall::PostRecord {
		relationship: *relationship,
		record: kept.record,
		commitment: kept.commitment,
		pointer: pointer(&kept),
		category: *category,
		release: Release::Released,
	};
	let included = context.send_with(&chain, call, &key, Wait::Final).await?;
	Ok(sent(&included, told("Posted as", &kept, file, &path), json_of(&kept, &path)))
}

pub(super) async fn amend(context: &Context, args: &AmendNote) -> Result<Report, Failure> {
	let AmendNote { note, file, salt_file } = args;
	let old = read_kept(note)?;
	let (relationship, category) = (old.relationship, old.template.public.category);
	let kept = keep(&read_note(file)?, category, relationship, old.record)?;
	let chain = context.connect().await?;
	let best = chain.best().await?;
	if chain.at(best.hash).record(relationship, old.record).await?.is_none() {
		return Err(not_found("the chain has no such note"));
	}
	let key = context.unlock()?;
	let path = write(context, &kept, salt_file.as_deref(), &file_name_of_amendment(&kept))?;
	let call = PprCall::AmendRecord {
		relationship,
		record: kept.record,
		commitment: kept.commitment,
		pointer: pointer(&kept),
		category,
		release: Release::Released,
	};
	let included = context.send_with(&chain, call, &key, Wait::Final).await?;
	Ok(sent(&included, told("Amended", &kept, file, &path), json_of(&kept, &path)))
}

fn random() -> H256 {
	let mut hash = H256::zero();
	OsRng.fill_bytes(hash.as_bytes_mut());
	hash
}

/// Commits to a note with a new salt.
fn keep(
	note: &Map<String, Value>,
	category: u16,
	relationship: RelationshipId,
	record: RecordId,
) -> Result<NoteFile, Failure> {
	let (salt, template) = (random(), template_of(note, category));
	let commitment = commit(note, &template, &salt)?;
	Ok(NoteFile { relationship, record, salt, template, commitment })
}

fn file_name(kept: &NoteFile) -> String {
	format!("{}.json", hex::encode(kept.record))
}

/// Each try to amend a note has a file of its own: of one that failed, it may not be known whether it
/// gets in yet.
fn file_name_of_amendment(kept: &NoteFile) -> String {
	let commitment = hex::encode(kept.commitment.as_bytes().get(..8).unwrap_or_default());
	format!("{}-{commitment}.json", hex::encode(kept.record))
}

/// Writes what is needed to prove a note to a new file: at `path`, or of this name in the folder for
/// them. It is done before anything is sent: a commitment that nobody can prove is worth nothing.
fn write(
	context: &Context,
	kept: &NoteFile,
	path: Option<&Path>,
	name: &str,
) -> Result<PathBuf, Failure> {
	let path = match path {
		Some(path) => path.to_owned(),
		None => notes_folder(context)?.join(name),
	};
	let text = serde_json::to_string_pretty(kept)
		.map_err(|error| Failure::failed("cannot_write", error))?;
	write_secret(&path, &text)?;
	Ok(path)
}

fn pointer(kept: &NoteFile) -> Pointer {
	let template = template_hash(&kept.template.public, kept.template.private);
	Pointer { template, handle: Default::default() }
}

fn told(what: &str, kept: &NoteFile, note: &Path, salt: &Path) -> String {
	format!(
		"{what} {}.\nKeep {} and {}: together they prove the note.",
		full(&kept.record),
		note.display(),
		salt.display()
	)
}

fn json_of(kept: &NoteFile, salt: &Path) -> Value {
	json!({
		"relationship": kept.relationship,
		"record": kept.record,
		"commitment": kept.commitment,
		"template": pointer(kept).template,
		"salt_file": salt,
	})
}

/// Reads what was kept of a note.
pub(super) fn read_kept(path: &Path) -> Result<NoteFile, Failure> {
	serde_json::from_str(&read_text(path)?).map_err(|error| {
		let message = format!("{} is no salt file of a note: {error}", path.display());
		Failure::failed("bad_file", message)
	})
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
	fn every_try_to_amend_a_note_has_a_file_of_its_own() {
		let (note, old) = fixture::note();
		let again = || keep(&note, 5, old.relationship, old.record).unwrap();
		let (one, other) = (again(), again());
		assert!(matches(&note, &one).unwrap() && matches(&note, &other).unwrap());
		assert_eq!((one.record, one.relationship), (old.record, old.relationship));
		assert_ne!(file_name_of_amendment(&one), file_name_of_amendment(&other));
		assert_ne!(file_name_of_amendment(&one), file_name(&old));
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
