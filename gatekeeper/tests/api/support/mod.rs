//! Shared by the tests of the service.

mod chain;
mod gate;
mod request;

pub use chain::{ScriptedChain, World};
pub use gate::{
	eventually, linked_patient, private, subject_id as subject, Builder, Gate, AUTHORITY, CONFIG,
	DOCTOR, PATIENT, PROVIDER, RESEARCHER,
};
pub use request::Ask;

use medrec_protocol::keys::{Key, Scheme};

/// An identifier of 32 times this byte.
pub fn id<T: From<[u8; 32]>>(byte: u8) -> T {
	[byte; 32].into()
}

/// The key of this name.
pub fn key(name: &str) -> Key {
	Key::from_uri(&format!("//{name}"), Scheme::Sr25519).expect("a path is a secret URI; qed")
}
