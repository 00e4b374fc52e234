//! The Rust SDK of MedRec: what clients and gatekeepers say to each other and to the chain.
//!
//! - [`wire`] and [`template`]: the words between client and gatekeeper.
//! - [`keys`]: keys and the files that keep them.
//! - [`signing`]: signed requests, made and checked.
//! - [`seal`]: answers that only the requester can open.
//! - [`receipt`]: what a gatekeeper signs of each request.
//! - [`chain`]: reads, calls and streams of the chain.
//! - [`http`]: a client of gatekeepers.
//! - [`verify`]: whether an answer is to be believed.
//!
//! Reading a record, and believing it:
//!
//! ```no_run
//! use medrec_client::{
//!     chain::Chain,
//!     http::{GatekeeperClient, Identity},
//!     keys::{Key, Scheme},
//!     verify,
//!     wire::QueryRequest,
//! };
//! use medrec_primitives::{relationship::Purpose, H256};
//!
//! # async fn example(relationship: H256, record: H256) -> Result<(), Box<dyn std::error::Error>> {
//! let chain = Chain::connect("ws://127.0.0.1:9944").await?;
//! let key = Key::from_uri("//Patient", Scheme::Sr25519)?;
//! let gatekeeper = GatekeeperClient::new(
//!     "https://gate.example.org",
//!     chain.genesis_hash(),
//!     Identity::Wallet(key.clone()),
//! )?;
//!
//! let request = QueryRequest { relationship, record, fields: None, purpose: Purpose::Patrqt };
//! let reply = gatekeeper.query(&request).await?;
//!
//! let best = chain.best().await?;
//! let me = chain.at(best.hash).subject_of(&key.account()).await?.ok_or("not registered")?;
//! let hash = reply.request_hash;
//! verify::check_on_chain(&chain, &request, hash, me, &reply.answer, &reply.receipt).await?;
//! # Ok(())
//! # }
//! ```

pub mod chain;
pub mod http;
pub mod keys;
pub mod receipt;
pub mod seal;
pub mod signing;
pub mod template;
pub mod verify;
pub mod wire;
