//! The service is put together, started and stopped.

use crate::{
	app::{self, App, BountyOffer, Parts},
	chain::{ChainReader, Writer},
	config::{read_secret32, Config, ConfigError},
	http::{self, Server},
	log::Log,
	metrics,
	records::{
		template::{Scheme as TemplateScheme, Signer},
		Ehr, Error as RecordsError, Planner, Secret, State, Templates,
	},
};
use medrec_protocol::keys::{Key, Scheme};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};

/// How long the last anchor may take when the service stops.
const LAST_ANCHOR: Duration = Duration::from_secs(30);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
	/// The configuration is wrong.
	#[error(transparent)]
	Config(#[from] ConfigError),
	/// A database or a template cannot be used.
	#[error(transparent)]
	Records(#[from] RecordsError),
	/// An address cannot be listened on.
	#[error("`{key}`: {address} cannot be listened on ({source}): choose another, or port 0")]
	Listen {
		/// The key of the configuration.
		key: &'static str,
		/// The address.
		address: SocketAddr,
		/// Why not.
		source: io::Error,
	},
}

/// The databases and templates that a configuration names.
pub struct Stores {
	/// The gatekeeper's own database.
	pub state: State,
	/// The provider's database.
	pub ehr: Ehr,
	/// The templates, all signed by the device's key.
	pub templates: Arc<Templates>,
	/// The secret of identifiers and record IDs.
	pub secret: Secret,
}

impl Stores {
	/// Opens them. The gatekeeper's own database is made if there is none.
	pub async fn open(config: &Config, key: &Key) -> Result<Stores, StartError> {
		let secret = read_secret32("identifier_secret_file", &config.identifier_secret_file)?;
		Ok(Stores {
			templates: Arc::new(Templates::load(&config.templates, &signer(key))?),
			ehr: Ehr::open(config.ehr.path()).await?,
			state: State::open(config.state.path()).await?,
			secret: Secret::new(*secret),
		})
	}
}

/// Who signs templates: the device.
pub fn signer(key: &Key) -> Signer {
	let scheme = match key.scheme() {
		Scheme::Sr25519 => TemplateScheme::Sr25519,
		Scheme::Ed25519 => TemplateScheme::Ed25519,
	};
	Signer { scheme, public: key.public() }
}

/// A service that is running.
pub struct Running {
	/// Where clients are listened for.
	pub address: SocketAddr,
	/// Where metrics are given.
	pub private_address: Option<SocketAddr>,
	app: Arc<App>,
	state: State,
	stop: watch::Sender<bool>,
	servers: Vec<JoinHandle<()>>,
	work: JoinHandle<()>,
}

/// Starts the service. The chain is asked and told through `facts` and `writer`; receipts are signed
/// with `key`.
pub async fn start(
	config: &Config,
	key: &Key,
	facts: Arc<dyn ChainReader>,
	writer: Arc<dyn Writer>,
) -> Result<Running, StartError> {
	let Stores { state, ehr, templates, secret } = Stores::open(config, key).await?;
	let bounty = match &config.publish.bounty {
		Some(bounty) => Some(BountyOffer::new(bounty, &templates)?),
		None => None,
	};
	let tls = match &config.tls {
		Some(tls) => Some(http::acceptor(tls)?),
		None => None,
	};
	let listener = listen("listen", config.listen).await?;
	let private = match config.private_listen {
		Some(address) => {
			metrics::install();
			Some(listen("private_listen", address).await?)
		},
		None => None,
	};
	let app = Arc::new(App::new(Parts {
		authority: config.authority.clone(),
		limits: config.limits.clone(),
		chain: config.chain.clone(),
		publish: config.publish.clone(),
		bounty,
		origins: config.origins.clone(),
		datasets: config.datasets.clone(),
		facts,
		writer,
		log: Log::open(state.clone(), key.clone()).await?,
		planner: Planner::new(state.clone(), ehr.clone(), templates.clone(), secret),
		state: state.clone(),
		ehr,
		templates,
	}));

	let (stop, stopped) = watch::channel(false);
	let (listener, address) = listener;
	let limits = &config.limits;
	let public = Server { router: http::router(app.clone()), tls, limits: limits.clone() };
	let mut servers = vec![tokio::spawn(http::serve(listener, public, stopped.clone()))];
	let mut private_address = None;
	if let Some((listener, address)) = private {
		let router = http::private_router(app.clone());
		let server = Server { router, tls: None, limits: limits.clone() };
		servers.push(tokio::spawn(http::serve(listener, server, stopped.clone())));
		private_address = Some(address);
	}
	let work = tokio::spawn(app.clone().work(config.anchor_interval(), stopped));
	Ok(Running { address, private_address, app, state, stop, servers, work })
}

async fn listen(
	key: &'static str,
	address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
	let fault = |source| StartError::Listen { key, address, source };
	let listener = TcpListener::bind(address).await.map_err(fault)?;
	let address = listener.local_addr().map_err(fault)?;
	Ok((listener, address))
}

impl Running {
	/// Stops the service: takes no more requests, finishes those that are being answered, anchors
	/// the log, and closes the databases.
	pub async fn stop(self) {
		let _ = self.stop.send(true);
		for server in self.servers {
			let _ = server.await;
		}
		// What is being told to the chain is in the database, and told again after the next start.
		self.work.abort();
		let _ = self.work.await;
		if timeout(LAST_ANCHOR, app::anchor_now(&self.app)).await.is_err() {
			tracing::warn!(target: "medrec::log", "the last receipts are not anchored yet");
		}
		self.state.close().await;
	}
}
