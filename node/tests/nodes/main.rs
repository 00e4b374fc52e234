//! The node as a process of its own, as its operators, peers and clients meet it.

mod client;
mod network;
mod running;
