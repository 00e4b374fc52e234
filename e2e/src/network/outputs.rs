//! Checks of what `medrec --json` prints against `cli/outputs.json`.

use anyhow::{anyhow, Context, Result};
use boon::{Compiler, Schemas};
use serde_json::{Map, Value};

/// The documented schemas.
const OUTPUTS: &str = include_str!("../../../cli/outputs.json");

/// The name under which a schema is compiled. Nothing is fetched from it.
const NAME: &str = "https://medrec.invalid/output.json";

/// Checks what a command printed to the standard output. `line` is its command line without the name of
/// the program.
pub fn check_output(line: &str, printed: &Value) -> Result<()> {
	let outputs = outputs()?;
	let commands = outputs["commands"].as_object().context("outputs.json has no commands")?;
	let is_of = |command: &str| {
		let rest = line.strip_prefix(command);
		rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
	};
	let found = commands.iter().find(|(command, _)| is_of(command));
	let (_, schema) = found.with_context(|| format!("outputs.json has no command of {line}"))?;
	check(&outputs, schema, printed).with_context(|| format!("medrec {line} printed {printed}"))
}

/// Checks what a command that failed printed to the standard error.
pub fn check_error(printed: &Value) -> Result<()> {
	let outputs = outputs()?;
	check(&outputs, &outputs["error"], printed).with_context(|| printed.to_string())
}

fn outputs() -> Result<Value> {
	serde_json::from_str(OUTPUTS).context("outputs.json is no JSON")
}

/// Checks a value against a schema that refers to the definitions of `outputs`. A member that the schema
/// does not name is an error.
fn check(outputs: &Value, schema: &Value, printed: &Value) -> Result<()> {
	let mut schema: Map<String, Value> = schema.as_object().context("no schema")?.clone();
	schema.insert("$schema".into(), outputs["$schema"].clone());
	schema.insert("$defs".into(), outputs["$defs"].clone());
	schema.insert("unevaluatedProperties".into(), false.into());
	let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
	compiler.add_resource(NAME, schema.into()).map_err(|error| anyhow!("{error:#}"))?;
	let index = compiler.compile(NAME, &mut schemas).map_err(|error| anyhow!("{error:#}"))?;
	schemas.validate(printed, index).map_err(|error| anyhow!("{error:#}"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn an_output_has_the_documented_members_and_no_others() {
		let address = json!({ "address": "5G" });
		check_output("keys address me", &address).unwrap();
		assert!(check_output("keys address", &json!({})).is_err());
		assert!(check_output("keys address", &json!({ "address": 5 })).is_err());
		assert!(check_output("keys address", &json!({ "address": "5G", "more": 1 })).is_err());
		assert!(check_output("keys addresses", &address).is_err());
	}

	#[test]
	fn an_error_has_a_code_and_a_message() {
		check_error(&json!({ "error": { "code": "a", "message": "b" } })).unwrap();
		assert!(check_error(&json!({ "error": { "code": "a" } })).is_err());
		assert!(check_error(&json!("a")).is_err());
	}
}
