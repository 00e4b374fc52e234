use medrec_primitives::H256;
use std::path::PathBuf;

/// Why a template is not acceptable, one variant for each cause. The texts say what to do.
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
	/// There are no fields, or too many.
	#[error("it must have 1 to {most} fields")]
	FieldCount {
		/// The most it may have.
		most: usize,
	},
	/// The name of a field is not one short word.
	#[error("the field name {0:?} must be one word of at most 64 letters, digits and underscores")]
	FieldName(String),
	/// Two fields have one name.
	#[error("the field {0:?} is there twice")]
	DuplicateField(String),
	/// The query is too long.
	#[error("the query must be at most {most} bytes")]
	QueryTooLong {
		/// The most it may have.
		most: usize,
	},
	/// The row limit is 0 or too large.
	#[error("row_limit must be 1 to {most}")]
	RowLimit {
		/// The most it may be.
		most: u32,
	},
	/// The timeout is 0 or too long.
	#[error("timeout_ms must be 1 to {most}")]
	Timeout {
		/// The most it may be.
		most: u64,
	},
	/// A value is given for the subject.
	#[error("the parameter subject must have no value: it is bound from the chain")]
	SubjectValue,
	/// A parameter has no value.
	#[error("the parameter {0:?} needs a value: only subject is bound by the gatekeeper")]
	ParameterWithoutValue(String),
	/// The value of a parameter is not of its type.
	#[error("the value of the parameter {0:?} is not of its type")]
	ParameterType(String),
	/// The query cannot be parsed.
	#[error("the query cannot be parsed: {0}")]
	Sql(String),
	/// The query is not one SELECT.
	#[error("the query must be exactly one SELECT, and is {0}")]
	NotOneSelect(String),
	/// The SELECT has more than its plain parts.
	#[error("the query must be SELECT .. FROM .. [JOIN .. ON ..] WHERE ..; it also has {0}")]
	NotPlain(&'static str),
	/// The projection has a `*`.
	#[error("the query must name its columns instead of *")]
	Wildcard,
	/// The output columns are not the fields, the handle and the changed column.
	#[error("the query must give the columns {expected}, in this order, and gives {found}")]
	Columns {
		/// What it must give.
		expected: String,
		/// What it gives.
		found: String,
	},
	/// A table that no template may read.
	#[error("the query may not read {0:?}")]
	Table(String),
	/// A function that is not on the list.
	#[error("the query may not call {name}. Allowed are: {allowed}")]
	Function {
		/// The function.
		name: String,
		/// Those it may call.
		allowed: String,
	},
	/// An expression of a kind that is not on the list.
	#[error("the query may not contain {0}")]
	Expression(String),
	/// An expression is nested too deeply.
	#[error("the query is nested too deeply. Write it more simply")]
	TooDeep,
	/// A placeholder is not declared.
	#[error("the placeholder :{0} must be declared under [private.parameters]")]
	Undeclared(String),
	/// A placeholder has no name.
	#[error("placeholders must have names, as :subject")]
	Unnamed,
	/// A parameter is declared and not used.
	#[error("the parameter {0:?} is declared and not used. Take it out")]
	Unused(String),
	/// The query is not limited to one patient.
	#[error("the query must have the condition `{0} = :subject`, joined to others by AND alone")]
	SubjectMissing(String),
	/// The subject stands elsewhere in the query too.
	#[error(":subject must stand once, in the condition `{0} = :subject`")]
	SubjectElsewhere(String),
	/// There is no signature.
	#[error("{0} is missing. Sign the templates with `medrec-gatekeeper sign-templates`")]
	SignatureMissing(PathBuf),
	/// The signature file is not of the right shape.
	#[error("{path} is not a signature file: {what}")]
	SignatureSyntax {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		what: String,
	},
	/// The signature is over something else.
	#[error(
		"it was changed after it was signed: it hashes to {actual:?}, and {signed:?} was signed. \
		 Raise its version and sign it with `medrec-gatekeeper sign-templates`"
	)]
	SignatureOfOther {
		/// What the file hashes to.
		actual: H256,
		/// What was signed.
		signed: H256,
	},
	/// The signature is by another key than the gatekeeper's.
	#[error("it was signed by {signer:?} and not by this gatekeeper's key {expected:?}")]
	SignedByOther {
		/// Who signed.
		signer: H256,
		/// Who should have.
		expected: H256,
	},
	/// The signature is not one of the key.
	#[error("its signature is not valid. Sign it with `medrec-gatekeeper sign-templates`")]
	SignatureInvalid,
	/// The catalogue has another template of this id and version.
	#[error("another file has the id {id} and version {version} too. Raise the version of one")]
	Duplicate {
		/// The id.
		id: String,
		/// The version.
		version: u32,
	},
}
