use super::{Template, TemplateError, Templates};
use crate::records::Error;
use medrec_primitives::H256;
use serde::{Deserialize, Serialize};
use sp_core::{ed25519, sr25519, Pair, H512};
use std::{
	ffi::OsString,
	path::{Path, PathBuf},
};

/// What the signed message begins with.
pub const TEMPLATE_SIGNATURE_CONTEXT: &[u8] = b"medrec-template-file";

/// How a key signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
	/// Schnorr signatures over Ristretto, in Substrate's context.
	Sr25519,
	/// Ed25519.
	Ed25519,
}

/// Who signs templates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signer {
	/// How.
	pub scheme: Scheme,
	/// The public key.
	pub public: [u8; 32],
}

impl Signer {
	/// Whether `signature` is this signer's over `message`.
	pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
		match self.scheme {
			Scheme::Sr25519 => sr25519::Pair::verify(
				&sr25519::Signature::from_raw(*signature),
				message,
				&sr25519::Public::from_raw(self.public),
			),
			Scheme::Ed25519 => ed25519::Pair::verify(
				&ed25519::Signature::from_raw(*signature),
				message,
				&ed25519::Public::from_raw(self.public),
			),
		}
	}
}

/// What is signed of a template: `"medrec-template-file" || template hash`.
pub fn signature_message(template: &H256) -> Vec<u8> {
	[TEMPLATE_SIGNATURE_CONTEXT, template.as_bytes()].concat()
}

/// Where the signature of a template file lies: beside it, with `.sig` after its name.
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
	pub template: H256,
	/// How it was signed.
	pub scheme: Scheme,
	/// The public key of who signed it.
	pub signer: H256,
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
	pub fn check(&self, template: &H256, signer: &Signer) -> Result<(), TemplateError> {
		if self.template != *template {
			return Err(TemplateError::SignatureOfOther {
				actual: *template,
				signed: self.template,
			});
		}
		if self.signer.0 != signer.public || self.scheme != signer.scheme {
			let expected = H256(signer.public);
			return Err(TemplateError::SignedByOther { signer: self.signer, expected });
		}
		match signer.verify(&signature_message(template), self.signature.as_fixed_bytes()) {
			true => Ok(()),
			false => Err(TemplateError::SignatureInvalid),
		}
	}
}

/// A template that was signed.
#[derive(Clone, Debug, Serialize)]
pub struct Signed {
	/// The file.
	pub file: PathBuf,
	/// The template's id.
	pub id: String,
	/// Its version.
	pub version: u32,
	/// Its hash.
	pub hash: H256,
}

/// Checks every template in `folder` and writes its signature file. `sign` signs a message with the
/// key of `signer`. Nothing is written if one template is not acceptable.
pub fn sign_templates(
	folder: &Path,
	signer: &Signer,
	sign: impl Fn(&[u8]) -> [u8; 64],
) -> Result<Vec<Signed>, Error> {
	let templates = Templates::files(folder)?
		.into_iter()
		.map(|file| Template::load_unsigned(&file).map(|template| (file, template)))
		.collect::<Result<Vec<_>, _>>()?;
	templates
		.into_iter()
		.map(|(file, template)| {
			let hash = template.hash();
			let content = SignatureFile {
				template: hash,
				scheme: signer.scheme,
				signer: H256(signer.public),
				signature: H512(sign(&signature_message(&hash))),
			};
			content
				.check(&hash, signer)
				.map_err(|fault| Error::Template { path: file.clone(), fault: Box::new(fault) })?;
			let text = toml::to_string(&content).map_err(|error| Error::Template {
				path: file.clone(),
				fault: Box::new(TemplateError::Syntax(error.to_string())),
			})?;
			std::fs::write(signature_path(&file), text)
				.map_err(|source| Error::TemplatesFolder { path: folder.to_owned(), source })?;
			let public = template.public();
			Ok(Signed { file, id: public.id.clone(), version: public.version, hash })
		})
		.collect()
}
