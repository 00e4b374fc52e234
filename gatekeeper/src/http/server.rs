//! The accept loop. `axum::serve` installs no timer: without one, an incomplete head would hold its
//! connection forever.

use super::peer::Peer;
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

/// The maximum size of a request's head, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// The wait after the system could not accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The routes and limits of a listener.
#[derive(Clone)]
pub struct Server {
	/// The routes.
	pub router: Router,
	/// TLS, `None` for plain HTTP.
	pub tls: Option<TlsAcceptor>,
	/// The limits.
	pub limits: Limits,
}

/// Serves connections on `listener` until `stop` becomes true; then accepts no more, and returns when
/// all requests are answered, or after [`Limits::stop_timeout`].
pub async fn serve(listener: TcpListener, server: Server, mut stop: watch::Receiver<bool>) {
	let slots = Arc::new(Semaphore::new(server.limits.connections));
	let graceful = GracefulShutdown::new();
	let server = Arc::new(server);
	loop {
		// A slot is taken first: connections beyond the bound wait in the system's queue.
		let accepted = tokio::select! {
			_ = stop.wait_for(|stop| *stop) => break,
			accepted = accept(&listener, &slots) => accepted,
		};
		let Some((stream, address, slot)) = accepted else { continue };
		let server = server.clone();
		let watcher = graceful.watcher();
		tokio::spawn(async move {
			let _slot = slot;
			let limit = server.limits.header_timeout;
			match &server.tls {
				None => connection(stream, address, &server, watcher).await,
				Some(tls) => {
					if let Ok(Ok(stream)) = timeout(limit, tls.accept(stream)).await {
						connection(stream, address, &server, watcher).await;
					}
				},
			}
		});
	}
	drop(listener);
	let _ = timeout(server.limits.stop_timeout, graceful.shutdown()).await;
}

type Accepted = (TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<Accepted> {
	let slot = slots.clone().acquire_owned().await.ok()?;
	match listener.accept().await {
		Ok((stream, address)) => {
			let _ = stream.set_nodelay(true);
			Some((stream, address.ip(), slot))
		},
		Err(error) => {
			tracing::warn!(target: "medrec::http", %error, "a connection was not accepted");
			tokio::time::sleep(ACCEPT_PAUSE).await;
			None
		},
	}
}

async fn connection<S>(
	stream: S,
	address: IpAddr,
	server: &Server,
	watcher: hyper_util::server::graceful::Watcher,
) where
	S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
	let Server { router, limits, .. } = server;
	let service = service_fn(move |request: Request<Incoming>| {
		let mut request = request.map(Body::new);
		// A proxy forwards requests of many clients on one connection.
		let peer = Peer::of(address, request.headers(), &limits.trusted_proxies);
		request.extensions_mut().insert(peer);
		router.clone().oneshot(request)
	});
	let connection = http1::Builder::new()
		.timer(TokioTimer::new())
		.header_read_timeout(limits.header_timeout)
		.max_buf_size(MAX_HEAD)
		.serve_connection(TokioIo::new(stream), service);
	// An error here concerns this connection alone.
	let _ = watcher.watch(connection).await;
}
