//! The checks of this machine: files, keys, databases and addresses.

use super::{CheckedTemplate, Report, State};
use crate::{
	app::BountyOffer,
	config::{read_device, Config, ConfigError},
	http,
	records::{self, state::Link, EhrSource, SqliteSource, Templates},
	startup::{self, identifier_secret},
};
use medrec_primitives::H256;
use medrec_protocol::keys::{Key, MEDREC_PREFIX};
use std::{cmp::Ordering, fs, path::Path};

/// What the checks of the chain need to know of this machine.
pub struct Local {
	/// The configuration.
	pub config: Config,
	/// The key of the gatekeeper, if it can be read.
	pub key: Option<Key>,
	/// The content of the gatekeeper's database; none if it cannot be read.
	pub stored: Option<Stored>,
}

/// What the gatekeeper's database holds.
#[derive(Default)]
pub struct Stored {
	/// The chain to which it belongs, if it belongs to one.
	pub genesis: Option<H256>,
	/// The linked patients.
	pub links: Vec<Link>,
}

/// Makes the checks that the start of the service makes, and adds them to `report`. Nothing is changed.
/// None if there is no configuration to check.
pub async fn check_local(path: &Path, report: &mut Report) -> Option<Local> {
	let config = Config::load(path);
	let config = report.take("configuration", config, |_| path.display().to_string())?;
	let key = report.take("device", read_device(&config.device), |key| {
		let file = config.device.key_file.display();
		format!("{file}, with the account {}", key.address(MEDREC_PREFIX))
	});
	report.device = key.as_ref().map(|key| key.address(MEDREC_PREFIX));
	let file = config.identifier_secret_file.display();
	report.take("identifier_secret_file", identifier_secret(&config), |_| file.to_string());
	let ehr = SqliteSource::open(config.ehr.path()).await;
	let ehr = report.take("ehr", ehr, |_| config.ehr.path().display().to_string());
	if let Some(key) = &key {
		check_templates(&config, key, ehr.as_ref(), report).await;
	}
	let stored = check_state(config.state.path(), report).await;
	check_network(&config, report);
	Some(Local { config, key, stored })
}

/// Checks that there are templates, that every one is signed, and that the provider's database accepts
/// it.
async fn check_templates(
	config: &Config,
	key: &Key,
	ehr: Option<&SqliteSource>,
	report: &mut Report,
) {
	let loaded = Templates::load(&config.templates, &key.account()).map_err(anyhow::Error::from);
	let loaded = loaded.and_then(|templates| {
		let missing = startup::without_templates(config, &templates);
		missing.map_or(Ok(templates), |missing| Err(missing.into()))
	});
	let templates = report.take("templates", loaded, |templates| {
		let count = templates.current().count();
		format!("{count} in {}, signed with the device's key", config.templates.display())
	});
	let Some(templates) = templates else { return };
	report.templates = templates
		.all()
		.map(|template| {
			let public = template.public();
			let (id, version, hash) = (public.id.clone(), public.version, template.hash());
			CheckedTemplate { id, version, hash }
		})
		.collect();
	for template in templates.current() {
		let Some(ehr) = ehr else { break };
		let version = template.public().version;
		let name = format!("template {}", template.id());
		report.take(&name, ehr.check(template).await, |()| {
			format!("version {version}, which the provider's database accepts")
		});
	}
	if let Some(bounty) = &config.publish.bounty {
		report.take("publish.bounty", BountyOffer::new(bounty, &templates), |_| {
			format!("over the template {}", bounty.template)
		});
	}
}

/// Checks the gatekeeper's database, which the first start creates.
async fn check_state(path: &Path, report: &mut Report) -> Option<Stored> {
	let shown = path.display();
	// A start that was interrupted leaves an empty file.
	if fs::metadata(path).map_or(true, |file| file.len() == 0) {
		let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
		if folder.is_none_or(Path::is_dir) {
			report.add("state", State::Ok, format!("{shown}, which the first start creates"));
			return Some(Stored::default());
		}
		let problem = "is in a folder that does not exist";
		let error = ConfigError::file("state", path, problem, "create the folder");
		report.add("state", State::Missing, error);
		return None;
	}
	let stored = report.take("state", read_state(path).await, |stored| match stored {
		Some(_) => shown.to_string(),
		None => format!("{shown}, of an earlier version, which the next start updates"),
	});
	stored.flatten()
}

/// Reads the gatekeeper's database; none if the next start updates its tables.
async fn read_state(path: &Path) -> Result<Option<Stored>, anyhow::Error> {
	let state = records::State::inspect(path).await?;
	let schema = state.schema().await.map_err(|error| {
		let problem = format!("is not a database of a gatekeeper ({error})");
		ConfigError::file("state", path, problem, "name the gatekeeper's own, or a new file")
	})?;
	let stored = match schema {
		Ordering::Less => None,
		Ordering::Equal => {
			Some(Stored { genesis: state.genesis().await?, links: state.links().await? })
		},
		Ordering::Greater => {
			let problem = "is of a later version of the gatekeeper";
			let remedy = "run that version, or restore the database from a backup";
			return Err(ConfigError::file("state", path, problem, remedy).into());
		},
	};
	state.close().await;
	Ok(stored)
}

/// Checks who can reach the listeners, and adds what else the start warns of.
fn check_network(config: &Config, report: &mut Report) {
	if let Some(tls) = &config.tls {
		report.take("tls", http::acceptor(tls), |_| tls.certificate_file.display().to_string());
	}
	let warnings = config.warnings();
	let private = config.private_listen.map(|address| address.to_string());
	let private = private.unwrap_or_else(|| "none, so that there are no metrics".to_owned());
	for (key, address) in [("listen", config.listen.to_string()), ("private_listen", private)] {
		if !warnings.iter().any(|warning| warning.key() == Some(key)) {
			report.add(key, State::Ok, address);
		}
	}
	for warning in &warnings {
		report.add(warning.key().unwrap_or_default(), State::Warning, warning);
	}
}
