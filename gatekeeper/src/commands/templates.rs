//! `sign-templates`.

use super::{load, output::write_lines, print_result};
use crate::{
	cli::SignTemplates,
	records::template::{self, SignedTemplate},
};
use anyhow::bail;
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// The templates that were signed.
#[derive(Serialize, ToSchema)]
pub(super) struct Signed {
	/// The templates, in the order of their files.
	signed: Vec<SignedTemplate>,
}

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
	print_result(json, &Signed { signed })
}

impl fmt::Display for Signed {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write_lines(formatter, &self.signed, "")
	}
}
