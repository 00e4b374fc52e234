//! `run`.

use super::{load, print};
use crate::{chain, cli::Run, records::State, startup};
use anyhow::Context;
use chain::Genesis;
use serde::Serialize;
use std::{future::Future, net::SocketAddr, path::Path};
use utoipa::ToSchema;

/// Where a gatekeeper listens.
#[derive(Serialize, ToSchema)]
pub(super) struct Listening {
	/// The public address.
	#[schema(value_type = String)]
	listening: SocketAddr,
	/// The private address, which has the metrics; none if the configuration names none.
	#[schema(value_type = Option<String>)]
	private: Option<SocketAddr>,
}

/// Serves until a signal asks the process to stop.
pub(super) async fn run(arguments: &Run, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(&arguments.config)?;
	let stop = stop_signal().context("the signals to stop cannot be awaited")?;
	let state = State::open(config.state.path()).await?;
	let genesis = Genesis { configured: config.chain.genesis, stored: state.genesis().await? };
	state.close().await;
	let node = chain::open(&config.node, &key, genesis);
	let running = startup::start(&config, &key, node.view.clone(), node.poster.clone()).await?;
	write_address(arguments.address_file.as_deref(), Some(running.address))?;
	write_address(arguments.private_address_file.as_deref(), running.private_address)?;
	let (listening, private) = (running.address, running.private_address);
	// The log says it to people.
	if json {
		print(serde_json::to_string(&Listening { listening, private })?)?;
	}
	let signal = stop.await;
	tracing::info!(target: "medrec", signal, "stopping: open requests are answered, and the log is anchored");
	running.stop().await;
	tracing::info!(target: "medrec", "stopped");
	Ok(())
}

fn write_address(path: Option<&Path>, address: Option<SocketAddr>) -> anyhow::Result<()> {
	let (Some(path), Some(address)) = (path, address) else { return Ok(()) };
	// A program that waits for the file must never read half an address.
	let partial = path.with_extension("partial");
	std::fs::write(&partial, format!("{address}\n"))
		.and_then(|()| std::fs::rename(&partial, path))
		.with_context(|| {
			let path = path.display();
			format!("{path} cannot be written; name a file in a folder that this user may change")
		})
}

/// Completes with the name of the signal that stops the process.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = &'static str>> {
	use tokio::signal::unix::{signal, SignalKind};
	let mut terminate = signal(SignalKind::terminate())?;
	let mut interrupt = signal(SignalKind::interrupt())?;
	Ok(async move {
		tokio::select! {
			_ = terminate.recv() => "SIGTERM",
			_ = interrupt.recv() => "SIGINT",
		}
	})
}

/// Completes with the name of the signal that stops the process.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = &'static str>> {
	Ok(async {
		let _ = tokio::signal::ctrl_c().await;
		"Ctrl-C"
	})
}
