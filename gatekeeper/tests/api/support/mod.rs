//! What the tests of the service share.

mod chain;
mod facts;
mod gate;
mod request;

pub use chain::{ScriptedChain, World};
pub use facts::Wavering;
pub use gate::{
	eventually, subject_id as subject, Builder, Gate, DOCTOR, PATIENT, PROVIDER, RESEARCHER,
};
pub use request::Ask;

use medrec_protocol::keys::{Key, Scheme};
use medrec_primitives::H256;

/// A hash that is easily told from others.
pub fn id(byte: u8) -> H256 {
	H256::repeat_byte(byte)
}

/// The key of somebody in the tests.
pub fn key(name: &str) -> Key {
	Key::from_uri(&format!("//{name}"), Scheme::Sr25519).expect("a path is a secret URI; qed")
}
