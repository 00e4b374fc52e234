//! The accept loop. It is our own since `axum::serve` installs no timer, without which a head that
//! never ends holds its connection for ever.

use crate::config::Limits;
use axum::{body::Body, http::Request, Router};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
	rt::{TokioIo, TokioTimer},
	server::graceful::GracefulShutdown,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
	io::{AsyncRead, AsyncWrite},
	net::{TcpListener, TcpStream},
	sync::{watch, Semaphore},
	time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// The address that a connection comes from, of an IPv6 one the network that one party has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Peer(pub IpAddr);

/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// How long to wait before accepting again after the system had no more to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a listener serves, and within which limits.
#[derive(Clone)]
pub struct Server {
	/// The routes.
	pub router: Router,
	/// TLS, if it is spoken.
	pub tls: Option<TlsAcceptor>,
	/// The limits.
	pub limits: Limits,
}

/// Serves connections on `listener` until `stop` becomes true; then takes no more, and returns when
/// all requests are answered, or after [`Limits::stop_timeout`].
pub async fn serve(listener: TcpListener, server: Server, mut stop: watch::Receiver<bool>) {
	let slots = Arc::new(Semaphore::new(server.limits.connections));
	let graceful = GracefulShutdown::new();
	let server = Arc::new(server);
	loop {
		// A slot is taken first, so that connections beyond the bound wait in the system's queue.
		let accepted = tokio::select! {
			_ = stop.wait_for(|stop| *stop) => break,
			accepted = accept(&listener, &slots) => accepted,
		};
		let Some((stream, peer, slot)) = accepted else { continue };
		let server = server.clone();
		let watcher = graceful.watcher();
		tokio::spawn(async move {
			let _slot = slot;
			let limit = server.limits.header_timeout();
			match &server.tls {
				None => connection(stream, peer, &server, watcher).await,
				Some(tls) => {
					if let Ok(Ok(stream)) = timeout(limit, tls.accept(stream)).await {
						connection(stream, peer, &server, watcher).await;
					}
				},
			}
		});
	}
	drop(listener);
	let _ = timeout(server.limits.stop_timeout(), graceful.shutdown()).await;
}

type Accepted = (TcpStream, Peer, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<Accepted> {
	let slot = slots.clone().acquire_owned().await.ok()?;
	match listener.accept().await {
		Ok((stream, address)) => {
			let _ = stream.set_nodelay(true);
			Some((stream, Peer(network(address.ip())), slot))
		},
		Err(error) => {
			tracing::warn!(target: "medrec::http", %error, "a connection was not accepted");
			tokio::time::sleep(ACCEPT_PAUSE).await;
			None
		},
	}
}

/// One party has a whole /64 of IPv6 addresses, and is limited as one.
fn network(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V4(address) => IpAddr::V4(address),
		IpAddr::V6(address) => {
			let [a, b, c, d, ..] = address.segments();
			IpAddr::from([a, b, c, d, 0, 0, 0, 0])
		},
	}
}

async fn connection<S>(
	stream: S,
	peer: Peer,
	server: &Server,
	watcher: hyper_util::server::graceful::Watcher,
) where
	S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
	let router = server.router.clone();
	let service = service_fn(move |request: Request<Incoming>| {
		let mut request = request.map(Body::new);
		request.extensions_mut().insert(peer);
		router.clone().oneshot(request)
	});
	let connection = http1::Builder::new()
		.timer(TokioTimer::new())
		.header_read_timeout(server.limits.header_timeout())
		.max_buf_size(MAX_HEAD)
		.serve_connection(TokioIo::new(stream), service);
	// What goes wrong here is between the peer and the network.
	let _ = watcher.watch(connection).await;
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_ipv6_network_counts_as_one_peer() {
		let peer = |text: &str| network(text.parse().unwrap());
		assert_eq!(peer("2001:db8:1:2:3::4"), peer("2001:db8:1:2:ffff::1"));
		assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
		assert_eq!(peer("::ffff:192.0.2.7"), peer("192.0.2.7"));
		assert_ne!(peer("192.0.2.7"), peer("192.0.2.8"));
	}
}
