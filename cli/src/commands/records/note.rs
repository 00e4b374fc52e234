//! `medrec records post-note` and `amend-note`: notes of a patient, whose content stays with the
//! patient.

use crate::{
	context::{Context, Session},
	failure::Failure,
	files::{make_private_folder, read_json, read_text, write_secret},
	output::Output,
	parse,
};
use clap::Args;
use medrec_client::chain::PprCall;
use medrec_primitives::{
	bytes32,
	commitment::{canonical_json, RecordSalt, RecordTree},
	record::{Category, Commitment, Pointer, RecordId, Release},
	relationship::RelationshipId,
};
use medrec_protocol::{
	template::{private_hash, template_hash, FieldSpec, FieldType, PublicTemplate},
	wire::AnswerTemplate,
};
use rand::{rngs::OsRng, Rng};
use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};
use std::path::{Path, PathBuf};

bytes32! {
	/// The salt of a note. It is kept in a file, unlike the salt of any other record.
	NoteSalt;
}

#[derive(Debug, Args)]
pub struct PostNote {
	/// The relationship.
	#[arg(long)]
	relationship: RelationshipId,
	/// The note: a file with a JSON object, whose keys are its fields.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// The category of the note.
	#[arg(long, value_name = "N", default_value_t, value_parser = parse::category)]
	category: Category,
	/// Write the salt to this new file; by default to the folder notes in the keystore.
	#[arg(long, value_name = "FILE")]
	salt_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AmendNote {
	/// The salt file of the present note.
	#[arg(long, value_name = "FILE")]
	note: PathBuf,
	/// The new note: a file with a JSON object, whose keys are its fields.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// Write the new salt to this new file; by default to the folder notes in the keystore.
	#[arg(long, value_name = "FILE")]
	salt_file: Option<PathBuf>,
}

/// The salt file: with the note itself, it proves the commitment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteFile {
	pub relationship: RelationshipId,
	pub record: RecordId,
	/// The salts of the fields are derived from it.
	pub salt: NoteSalt,
	pub template: AnswerTemplate,
	pub commitment: Commitment,
}

pub(super) async fn post(context: &Context, args: &PostNote) -> Result<Output, Failure> {
	let PostNote { relationship, file, category, salt_file } = args;
	let record = RecordId(OsRng.gen());
	let kept = NoteFile::new(&read_note(file)?, *category, *relationship, record)?;
	let session = context.connect().await?;
	// The salt file is written only if the key opens.
	context.key()?;
	let salt_file = kept.write(context, salt_file.as_deref(), &kept.file_name())?;
	let call = PprCall::post_record {
		relationship: *relationship,
		record,
		commitment: kept.commitment,
		pointer: kept.pointer(),
		category: *category,
		release: Release::Released,
	};
	kept.submit(&session, call, &format!("Posted as {record}."), file, &salt_file).await
}

pub(super) async fn amend(context: &Context, args: &AmendNote) -> Result<Output, Failure> {
	let AmendNote { note, file, salt_file } = args;
	let NoteFile { relationship, record, template, .. } = NoteFile::read(note)?;
	let category = template.public.category;
	let kept = NoteFile::new(&read_note(file)?, category, relationship, record)?;
	let session = context.connect().await?;
	if session.at().record(relationship, record).await?.is_none() {
		return Err(Failure::not_found("the chain has no such note"));
	}
	context.key()?;
	let salt_file = kept.write(context, salt_file.as_deref(), &kept.amendment_file_name())?;
	let call = PprCall::amend_record {
		relationship,
		record,
		commitment: kept.commitment,
		pointer: kept.pointer(),
		category,
		release: Release::Released,
	};
	kept.submit(&session, call, &format!("Amended {record}."), file, &salt_file).await
}

impl NoteFile {
	/// Commits to a note with a new salt.
	fn new(
		note: &Map<String, Value>,
		category: Category,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<NoteFile, Failure> {
		let (salt, template) = (NoteSalt(OsRng.gen()), template_of(note, category));
		let commitment = commit(note, &template, &salt)?;
		Ok(NoteFile { relationship, record, salt, template, commitment })
	}

	pub(super) fn read(path: &Path) -> Result<NoteFile, Failure> {
		read_json(path, "the salt file of a note")
	}

	/// Writes a new file: at `path`, or of this name in the folder of notes. This happens before the
	/// transaction, since a commitment without its salt cannot be proven.
	fn write(
		&self,
		context: &Context,
		path: Option<&Path>,
		name: &str,
	) -> Result<PathBuf, Failure> {
		let path = match path {
			Some(path) => path.to_owned(),
			None => {
				let folder = context.keystore.folder().join("notes");
				make_private_folder(&folder)?;
				folder.join(name)
			},
		};
		let text = serde_json::to_string_pretty(self)
			.map_err(|error| Failure::failed("cannot_write", error))?;
		write_secret(&path, &text)?;
		Ok(path)
	}

	fn file_name(&self) -> String {
		format!("{}.json", digits(self.record))
	}

	/// The name depends on the commitment: a failed transaction may still be included later, so that
	/// no attempt may replace the file of another.
	fn amendment_file_name(&self) -> String {
		let commitment = digits(self.commitment);
		let start = commitment.get(..16).unwrap_or_default();
		format!("{}-{start}.json", digits(self.record))
	}

	/// The pointer of the record. A note has no handle.
	pub(super) fn pointer(&self) -> Pointer {
		let template = template_hash(&self.template.public, self.template.private);
		Pointer { template, handle: Default::default() }
	}

	async fn submit(
		&self,
		session: &Session<'_>,
		call: PprCall,
		text: &str,
		note: &Path,
		salt_file: &Path,
	) -> Result<Output, Failure> {
		let (note, salt) = (note.display(), salt_file.display());
		let text = format!("{text}\nKeep {note} and {salt}: together they prove the note.");
		let json = json!({
			"relationship": self.relationship,
			"record": self.record,
			"commitment": self.commitment,
			"template": self.pointer().template,
			"salt_file": salt_file,
		});
		session.change(call, text, json).await
	}
}

/// Hexadecimal digits without `0x`.
fn digits(id: impl ToString) -> String {
	id.to_string().trim_start_matches("0x").to_owned()
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

/// The template of a note: its fields in the byte order of their names.
fn template_of(note: &Map<String, Value>, category: Category) -> AnswerTemplate {
	let mut fields: Vec<FieldSpec> = note
		.iter()
		.map(|(name, value)| FieldSpec { name: name.clone(), kind: kind_of(value), unit: None })
		.collect();
	fields.sort_by(|left, right| left.name.cmp(&right.name));
	let public = PublicTemplate { id: "patient-note".to_owned(), version: 1, category, fields };
	// A note has no query.
	let private = private_hash(&Value::Null).unwrap_or_default();
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
	salt: &NoteSalt,
) -> Result<Commitment, Failure> {
	let fields = &template.public.fields;
	let canonical: Option<Vec<Vec<u8>>> =
		fields.iter().map(|field| note.get(&field.name).and_then(canonical_json)).collect();
	let tree = canonical.and_then(|canonical| {
		let names = fields.iter().map(|field| field.name.as_str());
		let pairs = names.zip(canonical.iter().map(Vec::as_slice));
		RecordTree::new(&RecordSalt(salt.0), pairs)
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

#[cfg(test)]
mod tests {
	use super::*;

	/// A note and its salt file.
	fn note() -> (Map<String, Value>, NoteFile) {
		let note = json!({ "when": "2026-01-31", "pain": 3, "woke": true, "more": null });
		let Value::Object(note) = note else { unreachable!() };
		let (relationship, record) = (RelationshipId::repeat_byte(2), RecordId::repeat_byte(3));
		let kept = NoteFile::new(&note, Category(5), relationship, record).unwrap();
		(note, kept)
	}

	#[test]
	fn fields_are_in_the_order_of_their_names_and_have_the_type_of_their_values() {
		let (_, kept) = note();
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
		let (note, kept) = note();
		assert!(matches(&note, &kept).unwrap());
		let mut changed = note.clone();
		changed.insert("pain".into(), json!(4));
		assert!(!matches(&changed, &kept).unwrap());
		let mut longer = note.clone();
		longer.insert("mood".into(), json!("good"));
		assert!(!matches(&longer, &kept).unwrap());
		let other_salt = NoteFile { salt: NoteSalt::repeat_byte(9), ..kept };
		assert!(!matches(&note, &other_salt).unwrap());
	}

	#[test]
	fn every_attempt_to_amend_a_note_has_a_file_of_its_own() {
		let (note, old) = note();
		let again = || NoteFile::new(&note, Category(5), old.relationship, old.record).unwrap();
		let (one, other) = (again(), again());
		assert!(matches(&note, &one).unwrap() && matches(&note, &other).unwrap());
		assert_eq!((one.record, one.relationship), (old.record, old.relationship));
		assert_ne!(one.amendment_file_name(), other.amendment_file_name());
		assert_ne!(one.amendment_file_name(), old.file_name());
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
