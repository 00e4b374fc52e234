//! The unit tests, one file for each property.

mod author;
mod difficulty;
mod eligible;
mod genesis;
mod model;
mod spacing;
mod try_state;
