//! The HTTP interface: routes, limits and the form of responses. No other module names the web
//! framework.

mod cors;
mod error;
mod handlers;
mod observe;
mod openapi;
mod peer;
mod routes;
mod server;
mod signed;
mod tls;

pub use openapi::document;
pub use routes::{private_router, router};
pub use server::{serve, Server};
pub use tls::acceptor;
