use anyhow::{Context, Result};
use clap::ValueEnum;
use medrec_protocol::keys::{Key, Scheme, MEDREC_PREFIX};

/// A person, an organisation or a device with a key that derives from a public path.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Person {
	/// Hospital A's operator.
	ProviderA,
	/// Hospital B's operator.
	ProviderB,
	/// The first researcher.
	#[value(name = "researcher-1")]
	ResearcherOne,
	/// The second researcher.
	#[value(name = "researcher-2")]
	ResearcherTwo,
	/// Hospital A's gatekeeper.
	GateA,
	/// A patient of hospital A.
	PatientP,
	/// A clinician of hospital B.
	ClinicianB,
	/// A person without a subject on chain.
	Stranger,
}

impl Person {
	/// The secret URI of the key, as `//ProviderA`.
	pub fn uri(self) -> String {
		format!("//{self:?}")
	}

	/// The name in the keystore, as `provider-a`; of an organisation's operator, also the
	/// `--dev-identity` of its node.
	pub fn name(self) -> String {
		let value = self.to_possible_value();
		value.map(|value| value.get_name().to_owned()).unwrap_or_default()
	}

	/// The key of the account.
	pub fn key(self) -> Result<Key> {
		development_key(&self.uri(), Scheme::Sr25519)
	}

	/// The address of the account.
	pub fn address(self) -> Result<String> {
		Ok(self.key()?.address(MEDREC_PREFIX))
	}
}

/// The key at a path below the phrase that every Substrate tool knows.
pub fn development_key(path: &str, scheme: Scheme) -> Result<Key> {
	Key::from_uri(path, scheme).with_context(|| format!("no key at {path}"))
}
