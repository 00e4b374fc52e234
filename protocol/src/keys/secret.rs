use std::fmt;
use zeroize::Zeroizing;

/// A text that is wiped from memory on drop and never printed.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
	/// The secret of this text.
	pub fn new(text: String) -> Secret {
		Secret(Zeroizing::new(text))
	}

	/// The secret text.
	pub fn expose(&self) -> &str {
		&self.0
	}
}

impl From<String> for Secret {
	fn from(text: String) -> Secret {
		Secret::new(text)
	}
}

impl fmt::Debug for Secret {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str("Secret(..)")
	}
}
