//! The chain as the gatekeeper reads it ([`View`]) and writes to it ([`Writer`]).
//!
//! [`View`] keeps in memory the part of the chain's state that concerns this gatekeeper, at the best
//! and at the final block, and follows both. A query therefore needs no request to the node. The sender
//! of transactions waits until they are included or final. No other module names
//! the client of the chain.

mod chain_state;
#[cfg(test)]
mod fixtures;
mod follow;
mod genesis;
mod lookup;
mod node;
mod pending;
mod poster;
mod reader;
mod registration;
mod source;
mod view;
mod writer;

pub use chain_state::{ChainState, Update};
pub use genesis::{Genesis, OtherChain};
pub use lookup::{read_final, read_heads, Heads, LookupError};
pub use medrec_client::chain::Until;
pub use node::{connect, open, Node};
pub use poster::Poster;
pub use reader::{
	AccessContext, Anchored, BountyFacts, Fresh, Head, RelationshipFacts, RequesterFacts, Snapshot,
	Stale, Status,
};
pub use registration::{Enrolment, NotEnrolled, Registration, Sponsor};
pub use source::{Block, HeadHashes, Source, SourceError, Touched};
pub use view::View;
pub use writer::{Write, WriteError, Writer};
