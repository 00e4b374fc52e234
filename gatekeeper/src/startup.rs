//! Start and stop of the service.

mod announce;

use crate::{
	app::{self, App, BountyOffer, Services},
	chain::{View, Write, Writer},
	config::{read_secret32, Config, ConfigError},
	http::{self, Server},
	log::Log,
	metrics,
	records::{EhrSource, Planner, Secret, SqliteSource, State, Templates},
};
use announce::Announcement;
use medrec_protocol::keys::Key;
use std::{io::ErrorKind, net::SocketAddr, sync::Arc};
use tokio::{
	net::TcpListener,
	sync::watch,
	task::{JoinHandle, JoinSet},
};

/// The databases, templates and secret that a configuration names.
pub struct Stores {
	/// The gatekeeper's own database.
	pub state: State,
	/// The provider's database.
	pub ehr: Arc<dyn EhrSource>,
	/// The templates, each signed by the device's key.
	pub templates: Arc<Templates>,
	/// The secret from which identifiers and record IDs are derived.
	pub secret: Secret,
}

impl Stores {
	/// Opens them. The gatekeeper's own database is created if it does not exist.
	pub async fn open(config: &Config, key: &Key) -> anyhow::Result<Stores> {
		Ok(Stores {
			templates: Arc::new(Templates::load(&config.templates, &key.account())?),
			ehr: Arc::new(SqliteSource::open(config.ehr.path()).await?),
			state: State::open(config.state.path()).await?,
			secret: identifier_secret(config)?,
		})
	}
}

/// Reads the secret from which identifiers and record IDs are derived.
pub fn identifier_secret(config: &Config) -> Result<Secret, ConfigError> {
	let secret = read_secret32("identifier_secret_file", &config.identifier_secret_file)?;
	Ok(Secret::new(*secret))
}

/// The finding that the catalogue has no template. The service starts all the same, since templates may
/// be signed later, and serves nothing.
pub fn without_templates(config: &Config, templates: &Templates) -> Option<ConfigError> {
	let problem = "holds no template, so that nothing is published or served";
	let remedy =
		"sign some with `medrec-gatekeeper sign-templates`, which has those of the example \
	              schema with --built-in";
	let is_empty = templates.current().next().is_none();
	is_empty.then(|| ConfigError::file("templates", &config.templates, problem, remedy))
}

/// A running service.
pub struct Running {
	/// The address of the public listener.
	pub address: SocketAddr,
	/// The address of the private listener, which has the metrics.
	pub private_address: Option<SocketAddr>,
	app: Arc<App>,
	state: State,
	stop: watch::Sender<bool>,
	servers: Vec<JoinHandle<()>>,
	background: JoinSet<()>,
}

/// Starts the service. `chain` reads the chain, `writer` sends transactions, and `key` signs receipts.
pub async fn start(
	config: &Config,
	key: &Key,
	chain: Arc<View>,
	writer: Arc<dyn Writer>,
) -> anyhow::Result<Running> {
	let Stores { state, ehr, templates, secret } = Stores::open(config, key).await?;
	for warning in config.warnings().into_iter().chain(without_templates(config, &templates)) {
		tracing::warn!(target: "medrec", "{warning}");
	}
	let bounty = config.publish.bounty.as_ref();
	let bounty = bounty.map(|bounty| BountyOffer::new(bounty, &templates)).transpose()?;
	let tls = config.tls.as_ref().map(http::acceptor).transpose()?;
	let (listener, address) = listen("listen", config.listen).await?;
	let private = match config.private_listen {
		Some(address) => {
			metrics::install(&Write::KINDS);
			Some(listen("private_listen", address).await?)
		},
		None => None,
	};
	let private_address = private.as_ref().map(|(_, address)| *address);
	let announcement = Announcement::new(config, key, (address, private_address), &templates);
	let app = Arc::new(App::new(Services {
		config: config.clone(),
		bounty,
		chain: chain.clone(),
		writer,
		log: Log::open(state.clone(), key.clone()).await?,
		planner: Planner::new(state.clone(), ehr.clone(), templates.clone(), secret),
		state: state.clone(),
		ehr,
		templates,
	}));

	let (stop, stopped) = watch::channel(false);
	let limits = config.limits.clone();
	let public = Server { router: http::router(app.clone()), tls, limits: limits.clone() };
	let mut servers = vec![tokio::spawn(http::serve(listener, public, stopped.clone()))];
	if let Some((listener, _)) = private {
		let server = Server { router: http::private_router(app.clone()), tls: None, limits };
		servers.push(tokio::spawn(http::serve(listener, server, stopped.clone())));
	}
	let mut background = JoinSet::new();
	background.spawn(app.clone().run_background(stopped));
	background.spawn(announcement.run(chain, state.clone()));
	Ok(Running { address, private_address, app, state, stop, servers, background })
}

async fn listen(key: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), ConfigError> {
	let listener = match TcpListener::bind(address).await {
		Ok(listener) => listener.local_addr().map(|address| (listener, address)),
		Err(error) => Err(error),
	};
	listener.map_err(|error| match error.kind() {
		ErrorKind::AddrInUse => ConfigError::invalid(
			key,
			format!("is {address}, where another program listens"),
			"stop that program, or give another port; port 0 selects a free one",
		),
		_ => ConfigError::invalid(
			key,
			format!("is {address}, where this machine cannot listen ({error})"),
			"give an address of this machine, as 127.0.0.1, and a port that this user may open",
		),
	})
}

impl Running {
	/// Stops the service: accepts no more requests, answers those that have arrived, anchors the log if
	/// the node answers, and closes the database.
	pub async fn stop(mut self) {
		let _ = self.stop.send(true);
		for server in self.servers {
			let _ = server.await;
		}
		// Unfinished transactions are in the database, and are sent again after the next start.
		self.background.shutdown().await;
		app::anchor_last(&self.app).await;
		self.state.close().await;
	}
}
