//! The HTTP interface: routes, limits and the form of responses. No other module names the web
//! framework.

mod collect;
mod cors;
mod error;
mod health;
mod log;
mod metrics;
mod observe;
mod openapi;
mod peer;
mod query;
mod receipts;
mod routes;
mod server;
mod signed;
mod tls;

pub use openapi::document;
pub use routes::{private_router, router, RouteEntry, Visibility, CENSUS};
pub use server::{serve, Server};
pub use tls::acceptor;
