//! Somebody, as people name them.

use crate::{failure::Failure, values};
use medrec_client::chain::At;
use medrec_protocol::keys::parse_address;
use medrec_primitives::{
	identity::{is_valid_name, SubjectId},
	AccountId,
};
use std::str::FromStr;

/// Somebody: a subject, the account that controls one, or the name of an organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Party {
	Subject(SubjectId),
	Account(AccountId),
	Name(String),
}

impl FromStr for Party {
	type Err = String;

	fn from_str(text: &str) -> Result<Party, String> {
		if text.starts_with("0x") {
			return values::hash(text).map(Party::Subject);
		}
		if let Ok(account) = parse_address(text) {
			return Ok(Party::Account(account));
		}
		match is_valid_name(text.as_bytes()) {
			true => Ok(Party::Name(text.to_owned())),
			false => Err("it must be a subject (0x and 64 digits), an organisation's name, or an \
			              address"
				.to_owned()),
		}
	}
}

impl Party {
	/// Which subject that is.
	pub async fn resolve(&self, at: &At<'_>) -> Result<SubjectId, Failure> {
		let found = match self {
			Party::Subject(subject) => return Ok(*subject),
			Party::Account(account) => at.subject_of(account).await?,
			Party::Name(name) => at.resolve(name).await?,
		};
		found.ok_or_else(|| match self {
			Party::Name(name) => not_found(format!("there is no organisation called {name}")),
			_ => not_found("that account controls no subject"),
		})
	}
}

/// That the chain does not have what was asked for.
pub fn not_found(message: impl std::fmt::Display) -> Failure {
	Failure::failed("not_found", message)
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::H256;

	#[test]
	fn subjects_accounts_and_names_are_told_apart() {
		let subject = format!("{:?}", H256::repeat_byte(3));
		assert_eq!(subject.parse(), Ok(Party::Subject(H256::repeat_byte(3))));
		let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		assert!(matches!(address.parse(), Ok(Party::Account(_))));
		assert_eq!("hospital-b".parse(), Ok(Party::Name("hospital-b".into())));
		for bad in ["0x12", "Hospital B", "", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"] {
			assert!(bad.parse::<Party>().is_err(), "{bad}");
		}
	}
}
