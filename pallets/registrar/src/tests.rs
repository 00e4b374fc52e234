//! One file per verb; and what holds whatever is called.

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
