//! The Rust SDK of MedRec: access to the chain and to gatekeepers.
//!
//! - [`chain`]: reads, calls and streams of blocks.
//! - [`check`]: the verification of answers against the chain.
//! - [`http`]: a client of gatekeepers.
//! - [`keys`]: files with keys.
//!
//! Reading a record and verifying it:
//!
//! ```no_run
//! use medrec_client::{
//!     chain::Chain,
//!     check::check_on_chain,
//!     http::GatekeeperClient,
//! };
//! use medrec_primitives::{
//!     record::RecordId,
//!     relationship::{Purpose, RelationshipId},
//! };
//! use medrec_protocol::{
//!     keys::{Key, Scheme},
//!     signing::RequestSigner,
//!     wire::QueryRequest,
//! };
//!
//! # async fn example(relationship: RelationshipId, record: RecordId) -> Result<(), Box<dyn std::error::Error>> {
//! let chain = Chain::connect("ws://127.0.0.1:9944").await?;
//! let key = Key::from_uri("//Patient", Scheme::Sr25519)?;
//! let gatekeeper = GatekeeperClient::new(
//!     "https://gate.example.org",
//!     chain.genesis_hash(),
//!     RequestSigner::Wallet(key.clone()),
//! )?;
//!
//! let request = QueryRequest { relationship, record, fields: None, purpose: Purpose::Patrqt };
//! let reply = gatekeeper.query(&request).await?;
//!
//! let best = chain.best().await?;
//! let me = chain.at(best.hash).subject_of(&key.account()).await?.ok_or("not registered")?;
//! let hash = reply.request_hash;
//! check_on_chain(&chain, &request, hash, me, &reply.answer, &reply.receipt).await?;
//! # Ok(())
//! # }
//! ```

use medrec_primitives::Moment;
use std::time::SystemTime;

pub mod chain;
pub mod check;
pub mod http;
pub mod keys;

/// The time of this machine's clock, in Unix milliseconds; 0 if the clock is set before 1970.
pub fn now() -> Moment {
	let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(since.as_millis()).unwrap_or(Moment::MAX)
}
