//! The comparison of what commands print with what a document says.

/// The first part of `expected` that `printed` does not have, if there is one.
///
/// The words of each line must be there, one after another, and the lines in their order. Spaces and
/// breaks of lines between the words make no difference, and punctuation after them neither. `…` in
/// place of words stands for any words, and within a word for any letters.
pub fn missing(expected: &str, printed: &str) -> Option<String> {
	let printed: Vec<&str> = printed.split_whitespace().collect();
	let mut rest = printed.as_slice();
	for line in expected.lines() {
		let words: Vec<&str> = line.split_whitespace().collect();
		for run in words.split(|word| *word == "…").filter(|run| !run.is_empty()) {
			let is_run =
				|words: &[&str]| run.iter().zip(words).all(|(one, other)| fits(one, other));
			match rest.windows(run.len()).position(is_run) {
				Some(start) => rest = rest.get(start + run.len()..).unwrap_or_default(),
				None => return Some(run.join(" ")),
			}
		}
	}
	None
}

/// Whether a word is as expected.
fn fits(expected: &str, word: &str) -> bool {
	let [expected, word] = [expected, word].map(|text| text.trim_end_matches([',', '.', ':', ';']));
	let mut parts = expected.split('…');
	let Some(mut rest) = parts.next().and_then(|first| word.strip_prefix(first)) else {
		return false;
	};
	let mut last = None;
	for part in parts {
		if let Some(middle) = last.replace(part) {
			match rest.find(middle) {
				Some(start) => rest = rest.get(start + middle.len()..).unwrap_or_default(),
				None => return false,
			}
		}
	}
	match last {
		Some(last) => rest.ends_with(last),
		None => rest.is_empty(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const PRINTED: &str =
		"hospital-a   active  2 unread\nGlucose  109.1 mg/dL\nblock 0x12ab (12), now.\n";

	#[test]
	fn words_are_found_whatever_is_between_them() {
		for expected in [
			"",
			"hospital-a active",
			"hospital-a\nGlucose 109.1",
			"unread Glucose",
			"hospital-a … Glucose … (12)",
			"block 0x… (…)",
			"…-… active",
			"… active …",
			"(12) now",
		] {
			assert_eq!(missing(expected, PRINTED), None, "{expected}");
		}
	}

	#[test]
	fn what_is_not_there_or_in_another_order_is_missing() {
		for (expected, first) in [
			("hospital-b", "hospital-b"),
			("hospital-a unread", "hospital-a unread"),
			("Glucose\nhospital-a", "hospital-a"),
			("Glucose … active", "active"),
			("Gluc", "Gluc"),
			("0x…c", "0x…c"),
			("b…l…k (12)", "b…l…k (12)"),
			("(12) (12)", "(12) (12)"),
			("(12) more", "(12) more"),
		] {
			assert_eq!(missing(expected, PRINTED).as_deref(), Some(first), "{expected}");
		}
	}
}
