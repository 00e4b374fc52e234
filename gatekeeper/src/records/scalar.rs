use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The type of a parameter, a handle or a changed column.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScalarType {
	/// Text.
	#[default]
	Text,
	/// A whole number of 64 bits.
	Integer,
}

impl ScalarType {
	/// A value that no other comes before.
	pub fn least(self) -> Scalar {
		match self {
			ScalarType::Text => Scalar::Text(String::new()),
			ScalarType::Integer => Scalar::Integer(i64::MIN),
		}
	}

	/// The scalar of this type that [`Scalar::to_bytes`] wrote as `bytes`, or the text of a local
	/// ID.
	pub fn read(self, bytes: &[u8]) -> Option<Scalar> {
		let text = std::str::from_utf8(bytes).ok()?;
		match self {
			ScalarType::Text => Some(Scalar::Text(text.to_owned())),
			ScalarType::Integer => {
				let number: i64 = text.parse().ok()?;
				(number.to_string() == text).then_some(Scalar::Integer(number))
			},
		}
	}
}

/// A value that identifies or orders rows.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
	/// A whole number.
	Integer(i64),
	/// Text.
	Text(String),
}

impl Scalar {
	/// Its type.
	pub fn kind(&self) -> ScalarType {
		match self {
			Scalar::Integer(_) => ScalarType::Integer,
			Scalar::Text(_) => ScalarType::Text,
		}
	}

	/// The text of it, or the decimal digits.
	pub fn to_text(&self) -> Cow<'_, str> {
		match self {
			Scalar::Integer(number) => Cow::Owned(number.to_string()),
			Scalar::Text(text) => Cow::Borrowed(text),
		}
	}

	/// [`Scalar::to_text`] as bytes.
	pub fn to_bytes(&self) -> Vec<u8> {
		self.to_text().into_owned().into_bytes()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn scalars_survive_their_bytes() {
		for scalar in [
			Scalar::Integer(0),
			Scalar::Integer(i64::MIN),
			Scalar::Integer(i64::MAX),
			Scalar::Text(String::new()),
			Scalar::Text("Ä 7".into()),
		] {
			assert_eq!(scalar.kind().read(&scalar.to_bytes()), Some(scalar));
		}
	}

	#[test]
	fn other_spellings_of_a_number_are_no_handles() {
		for text in ["+1", "01", "1.0", "", "eins", "9223372036854775808"] {
			assert_eq!(ScalarType::Integer.read(text.as_bytes()), None, "{text}");
		}
		assert_eq!(ScalarType::Text.read(&[0xff]), None);
	}

	#[test]
	fn nothing_comes_before_the_least() {
		assert!(ScalarType::Text.least() <= Scalar::Text("\0".into()));
		assert!(ScalarType::Integer.least() <= Scalar::Integer(i64::MIN));
	}
}
