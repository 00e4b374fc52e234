use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The type of a parameter or of a subject, handle or changed column.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScalarType {
	/// Text.
	Text,
	/// A whole number of 64 bits.
	Integer,
}

impl ScalarType {
	/// The smallest value.
	pub fn minimum(self) -> Scalar {
		match self {
			ScalarType::Text => Scalar::Text(String::new()),
			ScalarType::Integer => Scalar::Integer(i64::MIN),
		}
	}

	/// The scalar of this type that [`Scalar::to_bytes`] wrote as `bytes`; none if there is none.
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

/// A value that identifies or orders rows. Two are equal only if their bytes are.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
	/// A whole number.
	Integer(i64),
	/// Text.
	Text(String),
}

impl Scalar {
	/// The type of the value.
	pub fn kind(&self) -> ScalarType {
		match self {
			Scalar::Integer(_) => ScalarType::Integer,
			Scalar::Text(_) => ScalarType::Text,
		}
	}

	/// The text, or the decimal digits.
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
	fn scalars_are_read_back_from_their_bytes() {
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
	fn no_value_is_smaller_than_the_minimum() {
		assert!(ScalarType::Text.minimum() <= Scalar::Text("\0".into()));
		assert!(ScalarType::Integer.minimum() <= Scalar::Integer(i64::MIN));
	}
}
