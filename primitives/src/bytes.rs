//! Newtypes over 32 bytes.
//!
//! Identifiers, keys, hashes and commitments are 32 bytes each. [`bytes32!`](crate::bytes32) declares
//! a type for each kind, so that the compiler keeps them apart. All have the same forms: 32 bytes in
//! SCALE, a name of their own in the metadata, and `0x` with 64 hexadecimal digits as text, in JSON
//! and in OpenAPI.

use alloc::{format, string::String};
use serde::de::Error;

/// The error for text that is not `0x` followed by 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected 0x followed by 64 hexadecimal digits")]
pub struct InvalidHex;

/// `0x` and 64 lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8; 32]) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// Decodes the text of [`to_hex`]. Upper-case digits are accepted, and `0x` may be missing.
pub fn from_hex(text: &str) -> Result<[u8; 32], InvalidHex> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
		.map_err(|_| InvalidHex)?;
	Ok(bytes)
}

/// Declares newtypes over 32 bytes.
///
/// ```
/// medrec_primitives::bytes32! {
///     /// The key of a sensor.
///     SensorKey;
/// }
/// let key = SensorKey([7; 32]);
/// assert_eq!(key.to_string().parse(), Ok(key));
/// ```
#[macro_export]
macro_rules! bytes32 {
	($($(#[$attribute:meta])* $name:ident;)+) => {$(
		$(#[$attribute])*
		#[derive(Clone, Copy, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
		#[derive($crate::bytes::Encode, $crate::bytes::Decode, $crate::bytes::DecodeWithMemTracking)]
		#[derive($crate::bytes::MaxEncodedLen, $crate::bytes::TypeInfo)]
		#[derive($crate::bytes::Serialize, $crate::bytes::Deserialize)]
		#[codec(crate = $crate::bytes::codec)]
		#[scale_info(crate = $crate::bytes::scale_info)]
		#[serde(crate = "medrec_primitives::bytes::serde", transparent)]
		pub struct $name(#[serde(with = "medrec_primitives::bytes")] pub [u8; 32]);

		impl $name {
			/// The value of 32 times `byte`, for tests and examples.
			pub const fn repeat_byte(byte: u8) -> Self {
				Self([byte; 32])
			}

			/// The value that ends with `number` in big endian, for tests and examples.
			pub fn from_low_u64_be(number: u64) -> Self {
				let mut bytes = [0; 32];
				for (to, from) in bytes.iter_mut().skip(24).zip(number.to_be_bytes()) {
					*to = from;
				}
				Self(bytes)
			}

			/// The 32 bytes as a slice.
			pub const fn as_bytes(&self) -> &[u8] {
				&self.0
			}
		}

		impl AsRef<[u8]> for $name {
			fn as_ref(&self) -> &[u8] {
				&self.0
			}
		}

		impl From<[u8; 32]> for $name {
			fn from(bytes: [u8; 32]) -> Self {
				Self(bytes)
			}
		}

		impl core::fmt::Display for $name {
			fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
				formatter.write_str(&$crate::bytes::to_hex(&self.0))
			}
		}

		impl core::fmt::Debug for $name {
			fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
				core::fmt::Display::fmt(self, formatter)
			}
		}

		impl core::str::FromStr for $name {
			type Err = $crate::bytes::InvalidHex;

			fn from_str(text: &str) -> Result<Self, Self::Err> {
				$crate::bytes::from_hex(text).map(Self)
			}
		}

		$crate::bytes32_schema!($name);
	)+};
}

/// Implements the OpenAPI schema of a newtype: a string with a pattern.
#[cfg(feature = "openapi")]
#[doc(hidden)]
#[macro_export]
macro_rules! bytes32_schema {
	($name:ident) => {
		impl $crate::bytes::utoipa::PartialSchema for $name {
			fn schema(
			) -> $crate::bytes::utoipa::openapi::RefOr<$crate::bytes::utoipa::openapi::Schema> {
				$crate::bytes::utoipa::openapi::ObjectBuilder::new()
					.schema_type($crate::bytes::utoipa::openapi::schema::Type::String)
					.pattern(Some("^0x[0-9a-f]{64}$"))
					.into()
			}
		}

		impl $crate::bytes::utoipa::ToSchema for $name {}
	};
}

/// Implements nothing: the schema needs the feature `openapi`.
#[cfg(not(feature = "openapi"))]
#[doc(hidden)]
#[macro_export]
macro_rules! bytes32_schema {
	($name:ident) => {};
}

// The macro names these paths, so that a crate that calls it needs no dependencies of its own.
#[cfg(feature = "openapi")]
#[doc(hidden)]
pub use utoipa;
#[doc(hidden)]
pub use {
	codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen},
	parity_scale_codec as codec,
	scale_info::{self, TypeInfo},
	serde::{self, Deserialize, Deserializer, Serialize, Serializer},
};

#[doc(hidden)]
pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
	serializer.serialize_str(&to_hex(bytes))
}

#[doc(hidden)]
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
	from_hex(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::DecodeAll;

	bytes32! {
		/// A newtype for the tests.
		Value;
	}

	const TEXT: &str = "0x00000000000000000000000000000000000000000000000000000000000000ff";

	#[test]
	fn a_value_has_one_form_in_text_json_and_scale() {
		let value = Value::from_low_u64_be(255);
		assert_eq!(value.to_string(), TEXT);
		assert_eq!(format!("{value:?}"), TEXT);
		assert_eq!(TEXT.parse(), Ok(value));
		assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{TEXT}\""));
		assert_eq!(serde_json::from_str::<Value>(&format!("\"{TEXT}\"")).unwrap(), value);
		assert_eq!(value.encode(), value.as_bytes());
		assert_eq!(Value::repeat_byte(7), Value::from([7; 32]));
		assert_eq!(Value::decode_all(&mut &value.encode()[..]), Ok(value));
	}

	#[test]
	fn the_metadata_has_the_name_of_the_type() {
		assert_eq!(Value::type_info().path.ident(), Some("Value"));
	}

	#[test]
	fn text_that_is_not_32_bytes_in_hex_is_an_error() {
		for text in ["", "0x", "0x00", &TEXT[..65], &format!("{TEXT}0"), &TEXT.replace('f', "g")] {
			assert_eq!(text.parse::<Value>(), Err(InvalidHex), "{text}");
		}
	}
}
