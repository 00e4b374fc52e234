//! One file for each thing the pallet does.

mod author;
mod difficulty;
mod eligible;
mod genesis;
mod model;
mod spacing;
mod try_state;
