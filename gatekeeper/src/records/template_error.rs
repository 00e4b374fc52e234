use medrec_primitives::{
	record::{Category, TemplateHash},
	AccountId,
};
use medrec_protocol::template::LineError;
use std::path::PathBuf;

/// Why a template is refused.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
	/// The file cannot be read.
	#[error("it cannot be read: {0}")]
	Read(#[source] std::io::Error),
	/// The file is not TOML of the right shape.
	#[error("it is not a template file: {0}")]
	Syntax(String),
	/// The ID is not a name.
	#[error("the id {0:?} must be 1 to 64 of a-z, 0-9, '.' and '-'")]
	Id(String),
	/// The version is 0.
	#[error("the version must be 1 at first, and one more with each change")]
	Version,
	/// A title is empty, long, or of several lines.
	#[error(
		"{what} {text:?} must be one line of 1 to {most} characters, with no spaces around it"
	)]
	Text {
		/// The title.
		what: &'static str,
		/// Its text.
		text: String,
		/// The largest number of characters.
		most: usize,
	},
	/// The name of the category is not a name.
	#[error("the category_name {0:?} must be 1 to 64 of a-z, 0-9, '.' and '-'")]
	CategoryName(String),
	/// The readable line does not fit the fields.
	#[error(transparent)]
	Line(#[from] LineError),
	/// A number is 0 or too large.
	#[error("{what} must be 1 to {most}")]
	Range {
		/// The number.
		what: &'static str,
		/// The largest value.
		most: u64,
	},
	/// The name of a field or column is not one short word.
	#[error("the name {0:?} must be one word of at most 64 letters, digits and underscores")]
	Name(String),
	/// Two fields have one name.
	#[error("there are two fields {0:?}")]
	DuplicateField(String),
	/// The value of a parameter is not of its type.
	#[error("the value of the parameter {0:?} is not of its type")]
	ParameterType(String),
	/// The query cannot be parsed.
	#[error("the query cannot be parsed: {0}")]
	Sql(String),
	/// The query is not one SELECT.
	#[error("the query must be exactly one SELECT, and is {0}")]
	NotOneQuery(&'static str),
	/// A placeholder is not declared.
	#[error(
		"the placeholder :{0} must be declared under [private.source.sql.parameters]. The query must \
		 not be limited to one patient: the gatekeeper does that by the subject column"
	)]
	Undeclared(String),
	/// A placeholder has no name.
	#[error("placeholders must have names, as :category")]
	Unnamed,
	/// A parameter is declared and not used.
	#[error("the parameter {0:?} is declared and not used; remove it")]
	Unused(String),
	/// The FHIR search is not valid.
	#[error("the FHIR source is not valid: {0}")]
	Fhir(&'static str),
	/// The template is over a FHIR source.
	#[error(
		"this build has no FHIR source: only templates with [private.source.sql] can be loaded"
	)]
	NoFhirSource,
	/// There is no signature.
	#[error("{0} is missing. Sign the templates with `medrec-gatekeeper sign-templates`")]
	SignatureMissing(PathBuf),
	/// The signature file is not of the right shape.
	#[error("{path} is not a signature file: {what}")]
	SignatureSyntax {
		/// The file.
		path: PathBuf,
		/// The problem.
		what: String,
	},
	/// The signature is over another template.
	#[error(
		"it was changed after it was signed: its hash is {actual}, and {signed} was signed. \
		 Raise its version and sign it with `medrec-gatekeeper sign-templates`"
	)]
	SignatureOfOther {
		/// The hash of the file.
		actual: TemplateHash,
		/// The hash that was signed.
		signed: TemplateHash,
	},
	/// The signature is by another key than the gatekeeper's.
	#[error("it was signed by {signer} and not by this gatekeeper's key {expected}")]
	SignedByOther {
		/// The signer.
		signer: AccountId,
		/// The gatekeeper's key.
		expected: AccountId,
	},
	/// The signature is not valid.
	#[error("its signature is not valid. Sign it with `medrec-gatekeeper sign-templates`")]
	SignatureInvalid,
	/// Another template has this ID and version.
	#[error("another file has the id {id} and version {version} too. Raise the version of one")]
	Duplicate {
		/// The ID.
		id: String,
		/// The version.
		version: u32,
	},
	/// Another template gives the category another name, or the name to another category.
	#[error(
		"it names the category {category} {name:?}, and another file names the category {other} \
		 {other_name:?}. Give each category one name of its own"
	)]
	CategoryNames {
		/// The category.
		category: Category,
		/// Its name.
		name: String,
		/// The category of the other template.
		other: Category,
		/// The name there.
		other_name: String,
	},
}
