//! Files with keys. A [`Keystore`] is a folder of signing keys, in the format of polkadot-js, and sealing
//! keys, each encrypted with a password. [`read_secret`] and [`read_key`] read a secret from a file of
//! its own.

mod json;
mod secret;
mod store;

pub use json::{KeyFileError, KeyJson};
pub use secret::{is_exposed, read_key, read_secret, SecretError};
pub use store::{Entry, Keystore, KeystoreError};
