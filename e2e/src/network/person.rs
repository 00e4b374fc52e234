use anyhow::{Context, Result};
use medrec_protocol::keys::{Key, Scheme, MEDREC_PREFIX};

/// Somebody with a key. Everybody can derive these keys from their paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Person {
	/// Hospital A's operator.
	ProviderA,
	/// Hospital B's operator.
	ProviderB,
	/// The first researcher.
	ResearcherOne,
	/// The second researcher.
	ResearcherTwo,
	/// Hospital A's gatekeeper.
	GateA,
	/// A patient of hospital A.
	PatientP,
	/// A clinician of hospital B.
	ClinicianB,
	/// Somebody whom nobody enrolled.
	Stranger,
}

impl Person {
	/// All of them.
	pub const ALL: [Person; 8] = [
		Person::ProviderA,
		Person::ProviderB,
		Person::ResearcherOne,
		Person::ResearcherTwo,
		Person::GateA,
		Person::PatientP,
		Person::ClinicianB,
		Person::Stranger,
	];

	/// The secret URI of the key, as `//ProviderA`.
	pub fn uri(self) -> String {
		format!("//{self:?}")
	}

	/// The name in the keystore; of an organisation's operator, also the `--dev-identity` of its node.
	pub fn name(self) -> &'static str {
		match self {
			Person::ProviderA => "provider-a",
			Person::ProviderB => "provider-b",
			Person::ResearcherOne => "researcher-1",
			Person::ResearcherTwo => "researcher-2",
			Person::GateA => "gate-a",
			Person::PatientP => "patient-p",
			Person::ClinicianB => "clinician-b",
			Person::Stranger => "stranger",
		}
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
