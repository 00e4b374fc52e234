//! `sign-templates`.

use super::{load, print_result};
use crate::{cli::SignTemplates, records::template};
use anyhow::bail;
use serde_json::json;

/// Checks and signs the templates.
pub(super) fn sign(arguments: &SignTemplates, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(&arguments.config)?;
	if arguments.built_in {
		template::built_in::install(&config.templates)?;
	}
	let signed = template::sign_templates(&config.templates, &key)?;
	if signed.is_empty() {
		let folder = config.templates.display();
		bail!(
			"{folder} holds no file *.toml, so there is nothing to sign; put templates there, or add \
			 --built-in for those of the example schema"
		);
	}
	let lines: Vec<_> = signed
		.iter()
		.map(|signed| format!("{} version {}\n  {}", signed.id, signed.version, signed.hash))
		.collect();
	print_result(json, &json!({ "signed": signed }), lines.join("\n"))
}
