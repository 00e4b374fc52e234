//! The purposes of requests, in words.

use crate::text::and;
use medrec_primitives::relationship::Purpose;

/// The word for a purpose on the command line, and the words in texts.
fn names(purpose: Purpose) -> (&'static str, &'static str) {
	match purpose {
		Purpose::Treat => ("treatment", "treatment"),
		Purpose::Etreat => ("emergency-treatment", "emergency treatment"),
		Purpose::Btg => ("break-the-glass", "break-the-glass access"),
		Purpose::Hpaymt => ("payment", "payment"),
		Purpose::Hoperat => ("operations", "healthcare operations"),
		Purpose::Hresch => ("research", "research"),
		Purpose::Patrqt => ("own-request", "the patient's own request"),
		Purpose::Famrqt => ("family-request", "a request of the family"),
	}
}

/// The words for a purpose in texts.
pub fn words(purpose: Purpose) -> &'static str {
	names(purpose).1
}

/// The word for a purpose on the command line.
fn option(purpose: Purpose) -> &'static str {
	names(purpose).0
}

/// Purposes in words, as `treatment and payment`. A denial has none: it counts for all.
pub fn list<'a>(purposes: impl IntoIterator<Item = &'a Purpose>) -> String {
	let purposes = Vec::from_iter(purposes.into_iter().map(|purpose| words(*purpose)));
	match purposes.is_empty() {
		true => "every purpose".to_owned(),
		false => and(purposes),
	}
}

/// A purpose by its word or by its HL7 code, in upper or lower case.
pub fn parse(text: &str) -> Result<Purpose, String> {
	let named = || Purpose::ALL.into_iter().find(|one| text.eq_ignore_ascii_case(option(*one)));
	Purpose::from_code(text).or_else(named).ok_or_else(|| {
		let known = Purpose::ALL.map(|one| format!("{} ({})", option(one), one.code()));
		format!("expected one of {}", known.join(", "))
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_purpose_is_given_by_its_word_or_its_code() {
		for purpose in Purpose::ALL {
			assert_eq!(parse(option(purpose)), Ok(purpose));
			assert_eq!(parse(&purpose.code().to_lowercase()), Ok(purpose));
		}
		assert_eq!(parse("Treatment"), Ok(Purpose::Treat));
		let error = parse("marketing").unwrap_err();
		assert!(error.contains("treatment (TREAT), emergency-treatment (ETREAT)"), "{error}");
	}

	#[test]
	fn purposes_are_listed_in_words() {
		assert_eq!(list(&[Purpose::Treat, Purpose::Hpaymt]), "treatment and payment");
		assert_eq!(list(&[]), "every purpose");
	}
}
