//! `medrec schema`: what the commands print with `--json`.

use crate::{
	failure::{Failure, FailureReport, Result},
	output::{Output, Report},
	page::Page,
	schema::{all, one, Documented},
};
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use utoipa::{
	openapi::{
		self,
		schema::{AdditionalProperties, Type},
		ObjectBuilder, RefOr,
	},
	PartialSchema, ToSchema,
};

/// What the command prints with `--json`.
pub const OUTPUTS: &[Documented] = &[Documented::of::<Schema>("schema")];

/// What a command that fails prints with `--json`, to the standard error.
pub const ERROR: Documented = Documented::of::<FailureReport>("error");

#[derive(Debug, Args)]
pub struct SchemaArgs {
	/// The words of a command, as keys list, or error for what a command that fails prints to the
	/// standard error; by default all.
	#[arg(value_name = "COMMAND")]
	words: Vec<String>,
}

/// A JSON schema.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct Schema(Value);

impl PartialSchema for Schema {
	fn schema() -> RefOr<openapi::Schema> {
		let any = AdditionalProperties::FreeForm(true);
		ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(any)).into()
	}
}

impl ToSchema for Schema {}

impl Report for Schema {
	fn page(&self) -> Page {
		Page::default().verbatim(format!("{:#}", self.0))
	}
}

/// Runs the command. `documented` are all commands.
pub fn run(documented: &[Documented], args: &SchemaArgs) -> Result<Output> {
	let words = args.words.join(" ");
	let schema = match words.as_str() {
		"" => all(documented, &ERROR),
		"error" => one(&ERROR),
		words => {
			let found = documented.iter().find(|documented| documented.command == words);
			one(found.ok_or_else(|| {
				let message = format!(
					"there is no command {words} that prints JSON; medrec --help lists the groups of \
					 commands, and medrec help GROUP their commands"
				);
				Failure::usage("unknown_command", message)
			})?)
		},
	};
	let twice = |name| Failure::failed("failed", format!("two types have the name {name}"));
	Ok(Output::of(&Schema(schema.map_err(twice)?)))
}
