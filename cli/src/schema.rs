//! The JSON schemas of outputs. Each command that prints JSON is listed with the type of its output.

use crate::output::Report;
use serde_json::{json, Map, Value};
use utoipa::{
	openapi::{schema::Schema, RefOr},
	ToSchema,
};

/// The dialect in which utoipa describes types.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The named types that a type consists of.
type Parts = Vec<(String, RefOr<Schema>)>;

/// A command, and the type of what it prints with `--json`.
#[derive(Clone, Copy)]
pub struct Documented {
	/// The words of the command, as `keys list`.
	pub command: &'static str,
	root: fn() -> RefOr<Schema>,
	parts: fn(&mut Parts),
}

impl Documented {
	/// This command prints a `T`. One that goes on, as `watch`, prints a `T` on each line.
	pub const fn of<T: Report + ToSchema>(command: &'static str) -> Documented {
		Documented { command, root: T::schema, parts: T::schemas }
	}

	/// The schema of the output, which refers to definitions.
	fn schema(&self) -> Value {
		relocated(json!((self.root)()))
	}

	/// The definitions to which the schema refers, directly or through others.
	///
	/// # Errors
	///
	/// If two types have the same name, with that name.
	fn add_definitions(&self, to: &mut Map<String, Value>) -> Result<(), String> {
		let mut parts = Parts::new();
		(self.parts)(&mut parts);
		for (name, schema) in parts {
			let schema = relocated(json!(schema));
			if to.get(&name).is_some_and(|other| *other != schema) {
				return Err(name);
			}
			to.insert(name, schema);
		}
		Ok(())
	}
}

/// A JSON schema of the output of one command, with all its definitions.
///
/// # Errors
///
/// See [`all`].
pub fn one(documented: &Documented) -> Result<Value, String> {
	let mut definitions = Map::new();
	documented.add_definitions(&mut definitions)?;
	let mut schema = documented.schema();
	if let Some(fields) = schema.as_object_mut() {
		fields.insert("$schema".to_owned(), DIALECT.into());
		fields.insert("title".to_owned(), format!("medrec {}", documented.command).into());
		if !definitions.is_empty() {
			fields.insert("$defs".to_owned(), definitions.into());
		}
	}
	Ok(schema)
}

/// The schemas of the outputs of all commands and of errors, with their definitions in common.
///
/// # Errors
///
/// If two types have the same name, with that name.
pub fn all(documented: &[Documented], error: &Documented) -> Result<Value, String> {
	let (mut commands, mut definitions) = (Map::new(), Map::new());
	error.add_definitions(&mut definitions)?;
	for one in documented {
		commands.insert(one.command.to_owned(), one.schema());
		one.add_definitions(&mut definitions)?;
	}
	Ok(json!({
		"$schema": DIALECT,
		"title": "What the commands of medrec print with --json",
		"commands": commands,
		"error": error.schema(),
		"$defs": definitions,
	}))
}

/// A schema whose references lead to `$defs`, and not to the components of an OpenAPI document. A value
/// of one of several forms may have another one of them too, if that one has fewer members.
fn relocated(schema: Value) -> Value {
	match schema {
		Value::Object(fields) => Value::Object(
			fields
				.into_iter()
				.map(|(name, value)| match (name.as_str(), &value) {
					("$ref", Value::String(target)) => {
						let target = target.replace("#/components/schemas/", "#/$defs/");
						(name, Value::String(target))
					},
					("oneOf", _) => ("anyOf".to_owned(), relocated(value)),
					_ => (name, relocated(value)),
				})
				.collect(),
		),
		Value::Array(items) => items.into_iter().map(relocated).collect(),
		other => other,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::page::Page;
	use medrec_primitives::identity::SubjectId;
	use serde::Serialize;

	#[derive(Serialize, ToSchema)]
	struct Outer {
		/// Whose it is.
		subject: SubjectId,
		/// What is in it.
		parts: Vec<Inner>,
	}

	#[derive(Serialize, ToSchema)]
	struct Inner {
		/// How many.
		count: u32,
	}

	impl Report for Outer {
		fn page(&self) -> Page {
			Page::default()
		}
	}

	/// Another type with the name of `Inner`.
	#[derive(Serialize, ToSchema)]
	#[schema(as = Inner)]
	struct Other {
		/// What it is called.
		name: String,
	}

	#[derive(Serialize, ToSchema)]
	struct Several {
		/// The parts.
		parts: Vec<Other>,
	}

	impl Report for Several {
		fn page(&self) -> Page {
			Page::default()
		}
	}

	#[test]
	fn a_schema_holds_all_definitions_to_which_it_refers() {
		let schema = one(&Documented::of::<Outer>("some thing")).unwrap();
		assert_eq!(schema["title"], "medrec some thing");
		let count = &schema["$defs"]["Inner"]["properties"]["count"];
		assert_eq!(count["description"], "How many.");
		let items = &schema["properties"]["parts"]["items"];
		assert_eq!(items["$ref"], "#/$defs/Inner");
		let subject = schema["$defs"]["SubjectId"]["pattern"].as_str().unwrap();
		assert!(subject.contains("{64}"), "{schema}");
		assert!(!schema.to_string().contains("components"), "{schema}");
	}

	#[test]
	fn all_commands_share_their_definitions() {
		let both = [Documented::of::<Outer>("a"), Documented::of::<Outer>("b c")];
		let schemas = all(&both, &both[0]).unwrap();
		assert_eq!(schemas["commands"]["a"], schemas["commands"]["b c"]);
		assert!(schemas["$defs"]["Inner"].is_object(), "{schemas}");
	}

	#[test]
	fn two_types_of_one_name_are_an_error() {
		let both = [Documented::of::<Outer>("a"), Documented::of::<Several>("b")];
		assert_eq!(all(&both, &both[0]).unwrap_err(), "Inner");
		assert!(one(&both[1]).is_ok());
	}
}
