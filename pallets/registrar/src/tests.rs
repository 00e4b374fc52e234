//! One module per call, and the properties that hold for all calls.

mod admit;
mod bind_identifier;
mod enroll;
mod genesis;
mod lookup;
mod properties;
mod quota;
mod rotate_account;
mod set_encryption_key;
mod set_profile;
mod set_status;
mod try_state;
mod unbind_identifier;
mod weights;
