//! Checks of what programs print with `--json` against their documented schemas.

use anyhow::{anyhow, Context, Result};
use boon::{Compiler, Schemas};
use serde_json::{Map, Value};

/// The programs with the documented schemas of their outputs.
const OUTPUTS: [(&str, &str); 3] = [
	("medrec", include_str!("../../../cli/outputs.json")),
	("medrec-gatekeeper", include_str!("../../../gatekeeper/outputs.json")),
	("medrec-ehr", include_str!("../../../tools/ehr/outputs.json")),
];

/// The name under which a schema is compiled. Nothing is fetched from it.
const NAME: &str = "https://medrec.invalid/output.json";

/// Checks what a command of a program printed to the standard output. `line` is its command line without
/// the name of the program.
pub fn check_output(program: &str, line: &str, printed: &Value) -> Result<()> {
	let outputs = outputs(program)?;
	let commands = outputs["commands"].as_object().context("outputs.json has no commands")?;
	let is_of = |command: &str| {
		let rest = line.strip_prefix(command);
		rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
	};
	let found = commands.iter().find(|(command, _)| is_of(command));
	let (_, schema) = found.with_context(|| format!("outputs.json has no command of {line}"))?;
	check(&outputs, schema, printed).with_context(|| format!("{program} {line} printed {printed}"))
}

/// Checks what a command of a program that failed printed to the standard error.
pub fn check_error(program: &str, printed: &Value) -> Result<()> {
	let outputs = outputs(program)?;
	check(&outputs, &outputs["error"], printed).with_context(|| printed.to_string())
}

fn outputs(program: &str) -> Result<Value> {
	let found = OUTPUTS.iter().find(|(name, _)| *name == program);
	let (_, text) =
		found.with_context(|| format!("the outputs of {program} are not documented"))?;
	serde_json::from_str(text).context("outputs.json is no JSON")
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
		let check = |line: &str, printed: &Value| check_output("medrec", line, printed);
		check("keys address me", &address).unwrap();
		assert!(check("keys address", &json!({})).is_err());
		assert!(check("keys address", &json!({ "address": 5 })).is_err());
		assert!(check("keys address", &json!({ "address": "5G", "more": 1 })).is_err());
		assert!(check("keys addresses", &address).is_err());
		assert!(check_output("medrec-gatekeeper", "keys address", &address).is_err());
		assert!(check_output("medrec-node", "keys address", &address).is_err());
	}

	#[test]
	fn an_error_has_a_code_and_a_message() {
		let error = json!({ "error": { "code": "a", "message": "b" } });
		check_error("medrec", &error).unwrap();
		assert!(check_error("medrec", &json!({ "error": { "code": "a" } })).is_err());
		assert!(check_error("medrec", &json!("a")).is_err());
		assert!(check_error("medrec-gatekeeper", &error).is_err());
		check_error("medrec-gatekeeper", &json!({ "error": "a" })).unwrap();
	}
}
