//! What a refused transaction means, and what to do next.

mod table;

use crate::{
	directory::{address_of, AddressBook, Directory},
	failure::{failure_code, Exit, Failure, Result},
	parse::account,
	text::when,
};
use medrec_client::chain::{
	Chain, DispatchFailure, Error as ChainError, PoolRejection, RuntimeCall,
};
use medrec_primitives::{identity::SubjectId, AccountId};
use medrec_protocol::keys::Key;
use std::collections::BTreeSet;
use table::{Advice, ADVICE, SIGNER, WORDS};

/// The advice on an error.
fn advice_on(error: &str) -> Option<&'static Advice> {
	ADVICE.iter().find(|advice| advice.error == error)
}

/// The failure of a transaction that the pool rejects or whose call fails. Other errors are as they
/// are. `sent` says whether the transaction was sent.
pub async fn explain(
	(chain, book): (&Chain, &AddressBook),
	call: &RuntimeCall,
	key: &Key,
	error: ChainError,
	sent: bool,
) -> Failure {
	let (what, next) = match &error {
		ChainError::Failed(failure) => failed((chain, book), call, key, failure).await,
		ChainError::Rejected(rejection) => rejected(rejection, &key.account()),
		_ => return error.into(),
	};
	let unsent = if sent { "" } else { "nothing was sent" };
	let parts = [what.as_str(), unsent, next.as_str()].into_iter().filter(|part| !part.is_empty());
	Failure::new(Exit::Refused, Failure::from(error).code, Vec::from_iter(parts).join("; "))
}

/// What is wrong with a call, and what to do.
async fn failed(
	names: (&Chain, &AddressBook),
	call: &RuntimeCall,
	key: &Key,
	failure: &DispatchFailure,
) -> (String, String) {
	let what = sentence(failure);
	let Some(advice) = advice_on(&failure_code(failure)) else { return (what, String::new()) };
	let mut about = Vec::from_iter(signer(advice, &key.account()));
	let pallet = failure.pallet.as_deref();
	if let Some((name, value)) = pallet.and_then(|pallet| argument(call, pallet, advice.about)) {
		// A name that cannot be read is no reason to keep the failure back.
		about.push(describe(names, key, &name, &value).await.unwrap_or(value));
	}
	let what = match about.is_empty() {
		true => what,
		false => format!("{what} ({})", about.join("; ")),
	};
	(what, advice.next.to_owned())
}

/// The account that signs, if an error is about it.
fn signer(advice: &Advice, account: &AccountId) -> Option<String> {
	advice.about.contains(&SIGNER).then(|| format!("address {}", address_of(account)))
}

/// The documentation of an error, or other words for it, as the beginning of a sentence.
fn sentence(failure: &DispatchFailure) -> String {
	let code = failure_code(failure);
	if let Some((_, words)) = WORDS.iter().find(|(error, _)| *error == code) {
		return (*words).to_owned();
	}
	let docs = failure.docs.trim().trim_end_matches('.');
	let mut letters = docs.chars();
	match letters.next() {
		Some(first) => format!("{}{}", first.to_lowercase(), letters.as_str()),
		None => "the call failed".to_owned(),
	}
}

/// The first of these arguments that the calls of the pallet have, with its value. Calls that differ
/// in it, as those of a batch, have none.
fn argument(call: &RuntimeCall, pallet: &str, names: &[&str]) -> Option<(String, String)> {
	let mut arguments = BTreeSet::new();
	call.visit(&mut |call| {
		if call.pallet() == pallet {
			arguments.extend(call.arguments());
		}
	});
	names.iter().find_map(|name| {
		let mut values = arguments.iter().filter(|(found, _)| found == name);
		match (values.next(), values.next()) {
			(Some(only), None) => Some(only.clone()),
			_ => None,
		}
	})
}

/// An argument with its name, as `grantee hospital-b, 0x…`.
async fn describe(
	(chain, book): (&Chain, &AddressBook),
	key: &Key,
	name: &str,
	value: &str,
) -> Result<String> {
	let label = match name {
		"proposal" | "proposal_hash" => "motion".to_owned(),
		name => name.replace('_', " "),
	};
	let known = match name {
		"subject" | "patient" | "grantee" | "device" => match value.parse::<SubjectId>() {
			Ok(subject) => {
				let at = chain.at(chain.best().await?.hash);
				let me = at.subject_of(&key.account()).await?;
				Some(Directory::new(book, at, me).name(subject).await?)
			},
			Err(_) => None,
		},
		"account" | "new_account" => account(value).ok().map(|account| address_of(&account)),
		"expires_at" => value.parse().ok().map(when),
		_ => None,
	};
	let is_id = value.starts_with("0x") && !name.ends_with("account");
	Ok(match known {
		Some(known) if !is_id || known.contains(value) => format!("{label} {known}"),
		Some(known) => format!("{label} {known}, {value}"),
		None => format!("{label} {value}"),
	})
}

/// A rejection by the pool, and what to do.
fn rejected(rejection: &PoolRejection, account: &AccountId) -> (String, String) {
	let address = address_of(account);
	let text = match rejection {
		PoolRejection::NotRegistered => format!(
			"the key in use (address {address}) has no subject on this chain yet; a provider enrols \
			 people and devices by this address, and the council admits organisations; choose another \
			 key with --key"
		),
		PoolRejection::NotActive => format!(
			"the subject of the key in use (address {address}) is suspended or retired; the provider \
			 that enrolled it can end a suspension, and the council that of an organisation"
		),
		PoolRejection::Invalid(_) => {
			let next = "medrec chain status shows whether the node is up to date";
			return (rejection.to_string(), next.to_owned());
		},
		PoolRejection::NotInCouncil => format!(
			"the council of providers decides about organisations, and the key in use (address \
			 {address}) is not that of an active provider, which alone may propose, vote or close \
			 there; act with the key of an active provider (--key)"
		),
		PoolRejection::QuotaExhausted | PoolRejection::PoolFull => rejection.to_string(),
	};
	let (what, next) = text.split_once("; ").unwrap_or((&text, ""));
	(what.to_owned(), next.to_owned())
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_client::chain::{error_names, PprCall};

	/// Errors that a user of this command does not meet.
	const NOT_MET: [&str; 18] = [
		// The command signs the proof itself.
		"Registrar.InvalidProof",
		// Gatekeepers post records.
		"Ppr.TooManyRecords",
		"Ppr.Overflow",
		// Gatekeepers anchor logs and raise alarms.
		"Summary.NotAuthorized",
		"Summary.Gap",
		"Summary.Empty",
		"Summary.Full",
		"Summary.RecordNotFound",
		// Gatekeepers offer bounties.
		"MiningBounty.DatasetNotFound",
		"MiningBounty.TemplateNotInDataset",
		"MiningBounty.InvalidOffer",
		"MiningBounty.BudgetExhausted",
		"MiningBounty.NoAuthor",
		"MiningBounty.Nested",
		"MiningBounty.Overflow",
		// The runtime sets the members of the council.
		"Council.AlreadyInitialized",
		"Council.PrimeAccountNotMember",
		// The runtime alone kills motions.
		"Council.ProposalActive",
	];

	#[test]
	fn every_error_of_the_chain_has_a_next_step_or_is_not_met() {
		let mut known = BTreeSet::new();
		for pallet in ["Registrar", "Ppr", "Summary", "MiningBounty", "Council"] {
			let names = error_names(pallet);
			assert!(!names.is_empty(), "{pallet}");
			known.extend(names.iter().map(|name| format!("{pallet}.{name}")));
		}
		for error in &known {
			let listed = NOT_MET.contains(&error.as_str());
			assert_ne!(advice_on(error).is_some(), listed, "{error}");
		}
		let worded = WORDS.iter().map(|(error, _)| error);
		for error in ADVICE.iter().map(|advice| &advice.error).chain(worded) {
			// The others are errors of the system.
			assert!(!error.contains('.') || known.contains(*error), "{error}");
		}
	}

	#[test]
	fn next_steps_name_arguments_that_calls_have() {
		let relationship = medrec_primitives::relationship::RelationshipId::repeat_byte(3);
		let accept: RuntimeCall = PprCall::accept { relationship }.into();
		let about = advice_on("Ppr.NotFound").unwrap().about;
		let expected = Some(("relationship".to_owned(), relationship.to_string()));
		assert_eq!(argument(&accept, "Ppr", about), expected);
		assert_eq!(argument(&accept, "Registrar", about), None);
		// A batch with one relationship, and one with two.
		let batch =
			|calls: Vec<RuntimeCall>| argument(&RuntimeCall::batch_all(calls), "Ppr", about);
		assert_eq!(batch(vec![accept.clone(), accept.clone()]), expected);
		let other = PprCall::accept { relationship: Default::default() }.into();
		assert_eq!(batch(vec![accept, other]), None);
	}

	#[test]
	fn an_error_about_a_right_names_the_account_that_has_none() {
		let account = AccountId::from([7; 32]);
		let signer = |error: &str| signer(advice_on(error).unwrap(), &account);
		for error in ["Registrar.NotAuthorized", "Ppr.NotAuthorized", "BadOrigin"] {
			assert_eq!(signer(error), Some(format!("address {}", address_of(&account))), "{error}");
		}
		assert_eq!(signer("Ppr.NotFound"), None);
	}

	#[test]
	fn the_documentation_of_an_error_begins_a_sentence() {
		let failure =
			|docs: &str| DispatchFailure { pallet: None, name: "Other".into(), docs: docs.into() };
		assert_eq!(sentence(&failure("The grantee does not exist.")), "the grantee does not exist");
		assert_eq!(sentence(&failure("")), "the call failed");
		let early = DispatchFailure {
			pallet: Some("Council".into()),
			name: "TooEarly".into(),
			docs: "The close call was made too early.".into(),
		};
		assert!(sentence(&early).starts_with("the voting has not ended"));
	}

	#[test]
	fn rejections_name_the_account() {
		let account = AccountId::from([7; 32]);
		for rejection in
			[PoolRejection::NotRegistered, PoolRejection::NotActive, PoolRejection::NotInCouncil]
		{
			assert!(rejected(&rejection, &account).0.contains(&address_of(&account)));
		}
		let (invalid, next) = rejected(&PoolRejection::Invalid("no; yes".into()), &account);
		assert_eq!(invalid, "the transaction is not valid: no; yes");
		assert!(next.contains("medrec chain status"), "{next}");
		let (full, next) = rejected(&PoolRejection::PoolFull, &account);
		assert!(full.ends_with("for now") && next.starts_with("try again"), "{full}; {next}");
	}
}
