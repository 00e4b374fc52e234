//! The chain as the gatekeeper needs it: what it says ([`ChainReader`]) and what it is told ([`Writer`]).
//!
//! [`View`] holds in memory what the chain says at its best and at its final block, follows both,
//! and so asks nothing of the node while a record is being asked for. [`Poster`] sends transactions
//! and sees to it that they become final. This is the only module that names the chain's client;
//! the others know the two traits.

mod reader;
#[cfg(test)]
mod fixtures;
mod follow;
mod chain_state;
mod node;
mod pending;
mod poster;
mod source;
mod view;
mod writer;

pub use facts::{
	Anchored, BountyFacts, AccessContext, ChainReader, Fresh, Head, RelationshipFacts, Requester, Snapshot, Stale,
	Status,
};
pub use mirror::{ChainState, Update};
pub use node::{open, Node};
pub use pending::{PendingCalls, Protective};
pub use poster::Poster;
pub use source::{Block, Ends, Enrolment, Source, SourceError, Touched};
pub use view::View;
pub use writer::{RecordPost, Wait, Write, WriteError, Writer};
