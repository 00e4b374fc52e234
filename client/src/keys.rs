//! Files that keep keys: signing keys in the format of polkadot-js, sealing keys beside them, each
//! opened by a password alone ([`Keystore`]); and secrets in files of their own ([`read_secret`]).

mod json;
mod secret;
mod store;

pub use json::{KeyFileError, KeyJson};
pub use secret::{is_exposed, read_key, read_secret, SecretError};
pub use store::{Entry, Keystore, KeystoreError};
