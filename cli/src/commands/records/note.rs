//! `medrec records post-note` and `amend-note`: notes of a patient, whose content stays with the
//! patient.

use crate::{
	context::{self, Context, Session, Submitted},
	failure::{Failure, OrNotFound, Result},
	files::{make_private_folder, read_json, read_text, write_secret},
	output::{Output, Report},
	page::Page,
	parse::{self, RelationshipRef},
};
use clap::Args;
use medrec_client::chain::PprCall;
use medrec_primitives::{
	bytes32,
	commitment::{canonical_json, RecordSalt, RecordTree},
	identity::SubjectId,
	record::{Category, Commitment, Pointer, RecordId, Release, TemplateHash},
	relationship::RelationshipId,
	summary::EntryState,
};
use medrec_protocol::{
	template::{private_hash, template_hash, FieldSpec, FieldType, LineSpec, PublicTemplate},
	wire::AnswerTemplate,
};
use rand::{rngs::OsRng, Rng};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

bytes32! {
	/// The salt of a note. It is kept in a file, unlike the salt of any other record.
	NoteSalt;
}

#[derive(Debug, Args)]
pub struct PostNote {
	/// The relationship, or its provider.
	///
	/// By default the only active one.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
	#[command(flatten)]
	files: Files,
	/// The code of the category of the note.
	#[arg(long, value_name = "N", default_value_t, value_parser = parse::category)]
	category: Category,
}

#[derive(Debug, Args)]
pub struct AmendNote {
	/// The salt file of the present note.
	#[arg(long, value_name = "FILE")]
	note: PathBuf,
	#[command(flatten)]
	files: Files,
}

#[derive(Debug, Args)]
struct Files {
	/// The content: a file with a JSON object.
	///
	/// Its keys are the fields of the note.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// The new file for the salt.
	///
	/// By default it is in the folder notes of the keystore.
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

/// A note that was posted or amended.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct NoteReport {
	/// The relationship.
	relationship: RelationshipId,
	/// The provider of the relationship.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// The record of the note.
	record: RecordId,
	/// The commitment to the note.
	commitment: Commitment,
	/// The hash of its template.
	template: TemplateHash,
	/// Whether it is a new version of a note.
	amended: bool,
	/// The file with the note.
	#[schema(value_type = String)]
	file: PathBuf,
	/// The file with the salt, which proves the note together with the note itself.
	#[schema(value_type = String)]
	salt_file: PathBuf,
}

impl Report for NoteReport {
	fn page(&self) -> Page {
		let done = if self.amended { "amended in" } else { "posted as" };
		let (note, salt) = (self.file.display(), self.salt_file.display());
		Page::of(format!(
			"Your note in the relationship with {} is {done} the record {}.",
			self.provider_name, self.record
		))
		.line(format!("Keep {note} and {salt}: together they prove the note."))
		.line("The chain holds a commitment to the note, and none of its text.")
	}
}

pub(super) async fn post(context: &Context, args: &PostNote) -> Result<Output> {
	let PostNote { relationship, files, category } = args;
	let (note, record) = (read_note(&files.file)?, RecordId(OsRng.gen()));
	let session = context.connect().await?;
	let active = [EntryState::Active];
	let relationship = session.relationship(relationship.as_ref(), &active).await?;
	let kept = NoteFile::new(&note, *category, relationship, record)?;
	kept.submit(&session, files, false).await
}

pub(super) async fn amend(context: &Context, args: &AmendNote) -> Result<Output> {
	let AmendNote { note, files } = args;
	let NoteFile { relationship, record, template, .. } = NoteFile::read(note)?;
	let note = read_note(&files.file)?;
	let kept = NoteFile::new(&note, template.public.category, relationship, record)?;
	let session = context.connect().await?;
	session.at().record(relationship, record).await?.or_not_found("the chain has no such note")?;
	kept.submit(&session, files, true).await
}

impl NoteFile {
	/// Commits to a note with a new salt.
	fn new(
		note: &Map<String, Value>,
		category: Category,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<NoteFile> {
		let (salt, template) = (NoteSalt(OsRng.gen()), template_of(note, category));
		let commitment = commit(note, &template, &salt)?;
		Ok(NoteFile { relationship, record, salt, template, commitment })
	}

	pub(super) fn read(path: &Path) -> Result<NoteFile> {
		let what = "the salt file of a note; give the file of --salt-file, or one in the folder \
		            notes of the keystore";
		read_json(path, what)
	}

	/// Writes a new salt file, and submits the note as a new record or as an amendment. The file is
	/// first, since a commitment without its salt cannot be proven.
	async fn submit(self, session: &Session<'_>, files: &Files, amends: bool) -> Result<Output> {
		use PprCall::{amend_record, post_record};
		// The file is written only if the key opens.
		session.context.key()?;
		let salt_file = self.write(session.context, files, amends)?;
		let (pointer, category) = (self.pointer(), self.template.public.category);
		let NoteFile { relationship, record, commitment, .. } = self;
		let (template, release) = (pointer.template, Release::Released);
		let call = match amends {
			false => post_record { relationship, record, commitment, pointer, category, release },
			true => amend_record { relationship, record, commitment, pointer, category, release },
		};
		let provider = context::relationship(session.at(), relationship).await?.provider;
		let provider_name = session.directory().await?.name(provider).await?;
		let included = session.submit(call).await?;
		let report = NoteReport {
			relationship,
			provider,
			provider_name,
			record,
			commitment,
			template,
			amended: amends,
			file: files.file.clone(),
			salt_file,
		};
		Ok(Output::of(&Submitted::new(&included, report)))
	}

	/// Writes the salt file, by default to the folder of notes.
	fn write(&self, context: &Context, files: &Files, amends: bool) -> Result<PathBuf> {
		let path = match &files.salt_file {
			Some(path) => path.clone(),
			None => {
				let folder = context.keystore.folder().join("notes");
				make_private_folder(&folder)?;
				folder.join(self.file_name(amends))
			},
		};
		let text = serde_json::to_string_pretty(self)
			.map_err(|error| Failure::failed("cannot_write", error))?;
		write_secret(&path, &text)?;
		Ok(path)
	}

	/// The name of the file. That of an amendment depends on the commitment: a failed transaction may
	/// still be included later, so that no attempt may replace the file of another.
	fn file_name(&self, amends: bool) -> String {
		let (record, commitment) = (hex::encode(self.record), hex::encode(self.commitment));
		match amends {
			false => format!("{record}.json"),
			true => format!("{record}-{commitment:.16}.json"),
		}
	}

	/// The pointer of the record. A note has no handle.
	pub(super) fn pointer(&self) -> Pointer {
		let template = template_hash(&self.template.public, self.template.private);
		Pointer { template, handle: Default::default() }
	}
}

/// Reads a note: a JSON object with at least one field.
pub(super) fn read_note(path: &Path) -> Result<Map<String, Value>> {
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
		.map(|(name, value)| FieldSpec {
			name: name.clone(),
			kind: kind_of(value),
			title: None,
			unit: None,
		})
		.collect();
	fields.sort_by(|left, right| left.name.cmp(&right.name));
	let public = PublicTemplate {
		id: "patient-note".to_owned(),
		version: 1,
		title: "Note of the patient".to_owned(),
		category,
		category_name: "note".to_owned(),
		fields,
		line: LineSpec::default(),
	};
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
) -> Result<Commitment> {
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
pub(super) fn matches(note: &Map<String, Value>, kept: &NoteFile) -> Result<bool> {
	let template = template_of(note, kept.template.public.category);
	Ok(template == kept.template && commit(note, &template, &kept.salt)? == kept.commitment)
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

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
		assert_ne!(one.file_name(true), other.file_name(true));
		assert_ne!(one.file_name(true), old.file_name(false));
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
