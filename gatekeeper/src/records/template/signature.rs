use super::{Template, Templates};
use crate::records::{error::Error, template_error::TemplateError};
use medrec_primitives::{record::TemplateHash, AccountId};
use medrec_protocol::keys::{self, Key};
use serde::{Deserialize, Serialize};
use sp_core::H512;
use std::{
	ffi::OsString,
	fmt,
	path::{Path, PathBuf},
};
use utoipa::ToSchema;

/// The prefix of the signed message.
pub const TEMPLATE_SIGNATURE_CONTEXT: &[u8] = b"medrec-template-file";

/// The message that is signed: `"medrec-template-file" || template hash`.
pub fn signature_message(template: &TemplateHash) -> Vec<u8> {
	[TEMPLATE_SIGNATURE_CONTEXT, template.as_bytes()].concat()
}

/// The path of the signature of a template file: its own with `.sig` appended.
pub fn signature_path(template: &Path) -> PathBuf {
	let mut path = OsString::from(template);
	path.push(".sig");
	path.into()
}

/// A signature file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureFile {
	/// The hash of the template.
	pub template: TemplateHash,
	/// The account of the key that signed, as an SS58 address.
	pub signer: AccountId,
	/// The signature over [`signature_message`].
	pub signature: H512,
}

impl SignatureFile {
	/// Reads the signature of the template file at `template`.
	pub fn read(template: &Path) -> Result<SignatureFile, TemplateError> {
		let path = signature_path(template);
		if !path.exists() {
			return Err(TemplateError::SignatureMissing(path));
		}
		let text = std::fs::read_to_string(&path).map_err(TemplateError::Read)?;
		toml::from_str(&text)
			.map_err(|error| TemplateError::SignatureSyntax { path, what: error.to_string() })
	}

	/// Checks that this is the signature of `signer` over the template of this hash.
	pub fn check(&self, template: &TemplateHash, signer: &AccountId) -> Result<(), TemplateError> {
		if self.template != *template {
			return Err(TemplateError::SignatureOfOther {
				actual: *template,
				signed: self.template,
			});
		}
		if self.signer != *signer {
			let (signer, expected) = (self.signer.clone(), signer.clone());
			return Err(TemplateError::SignedByOther { signer, expected });
		}
		keys::verify(signer, &signature_message(template), self.signature.as_fixed_bytes())
			.map(drop)
			.ok_or(TemplateError::SignatureInvalid)
	}
}

/// A template that was signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignedTemplate {
	/// The file.
	#[schema(value_type = String)]
	pub file: PathBuf,
	/// The template's ID.
	pub id: String,
	/// Its version.
	pub version: u32,
	/// Its hash.
	pub hash: TemplateHash,
}

impl fmt::Display for SignedTemplate {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let SignedTemplate { id, version, hash, .. } = self;
		write!(formatter, "{id} version {version}\n  {hash}")
	}
}

/// Validates every template in `folder` and writes a signature file for each. Nothing is written if
/// one template is refused.
pub fn sign_templates(folder: &Path, key: &Key) -> Result<Vec<SignedTemplate>, Error> {
	let templates = Templates::files(folder)?
		.into_iter()
		.map(|file| Template::load_unsigned(&file).map(|template| (file, template)))
		.collect::<Result<Vec<_>, _>>()?;
	let mut catalogue = Templates::default();
	for (file, template) in &templates {
		catalogue.insert(template.clone()).map_err(|fault| Error::template(file, fault))?;
	}
	templates
		.into_iter()
		.map(|(file, template)| {
			let hash = template.hash();
			let content = SignatureFile {
				template: hash,
				signer: key.account(),
				signature: H512(key.sign(&signature_message(&hash))),
			};
			let text = toml::to_string(&content)
				.expect("texts and byte strings can be written as TOML; qed");
			std::fs::write(signature_path(&file), text)
				.map_err(|source| Error::TemplatesFolder { path: folder.to_owned(), source })?;
			let (id, version) = (template.id().to_owned(), template.public().version);
			Ok(SignedTemplate { file, id, version, hash })
		})
		.collect()
}
