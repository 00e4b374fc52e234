//! The checks of what the chain holds of the gatekeeper and its patients.

use super::{Local, Report, State};
use crate::{
	app::LinkState,
	chain::{
		read_heads, ChainState, Enrolment, Genesis, Heads, LookupError, Registration, Source,
		SourceError,
	},
	config::Config,
	records::state::Link,
};
use http::Uri;
use medrec_primitives::relationship::RelationshipState;
use medrec_protocol::keys::MEDREC_PREFIX;
use std::collections::BTreeSet;

/// Asks the node of the configuration, and adds its answers to `report`.
pub async fn check_chain(source: &dyn Source, local: &Local, report: &mut Report) {
	if let Err(SourceError(error)) = ask(source, local, report).await {
		report.add("node", State::Unknown, error);
	}
}

async fn ask(source: &dyn Source, local: &Local, report: &mut Report) -> Result<(), SourceError> {
	let Local { config, key, stored } = local;
	let genesis = Genesis {
		configured: config.chain.genesis,
		stored: stored.as_ref().and_then(|stored| stored.genesis),
	};
	let heads = match read_heads(source, &config.chain, &genesis).await {
		Err(LookupError::Source(error)) => return Err(error),
		heads => report.take("node", heads, |heads| describe(config, heads)),
	};
	let (Some(heads), Some(key)) = (heads, key) else { return Ok(()) };
	let best = source.registration(&heads.best.hash, &key.account()).await?;
	let finalized = source.registration(&heads.finalized.hash, &key.account()).await?;
	let enrolment = match Registration::common(&best, &finalized) {
		Ok(enrolment) => enrolment,
		Err(reason) => {
			let remedy = reason.remedy(&key.address(MEDREC_PREFIX), &config.url());
			report.add("enrolment", State::Missing, format!("{reason}; {remedy}"));
			return Ok(());
		},
	};
	let name = enrolment.name.as_deref().unwrap_or("a provider without a name");
	report.add("enrolment", State::Ok, format!("the gatekeeper of {name}"));
	check_authority(config, &enrolment, &best, report);
	let Some(stored) = stored else { return Ok(()) };
	let mut chain = ChainState::new(enrolment.provider, heads.finalized);
	let updates = source.load(&heads.finalized.hash, &enrolment.provider).await?;
	chain.advance(heads.finalized, updates);
	check_links(&chain, &stored.links, report);
	check_relationships(&chain, &stored.links, report);
	Ok(())
}

fn describe(config: &Config, heads: &Heads) -> String {
	let Heads { genesis, best, finalized } = heads;
	let age = medrec_client::now().saturating_sub(best.time) / 1_000;
	let (node, best, finalized) = (&config.node, best.number, finalized.number);
	format!("{node}: block {best}, {age} s old; final block {finalized}; genesis {genesis:?}")
}

/// Checks that clients sign for the authority of the configuration.
fn check_authority(
	config: &Config,
	enrolment: &Enrolment,
	registration: &Registration,
	report: &mut Report,
) {
	let gatekeeper = registration.provider.as_ref().and_then(|sponsor| sponsor.gatekeeper.as_ref());
	let url = gatekeeper.map(|gatekeeper| String::from_utf8_lossy(&gatekeeper.url).into_owned());
	let url = url.unwrap_or_default();
	let authority = &config.authority;
	if authority_of(&url).as_ref() == Some(authority) {
		report.add("authority", State::Ok, format!("{authority}, as in the provider's profile"));
		return;
	}
	let (device, own) = (enrolment.device, config.url());
	report.add(
		"authority",
		State::Missing,
		format!(
			"is {authority:?}, but the provider's profile gives clients the URL {url:?}: correct \
			 `authority`, or the profile with the provider's key: medrec registrar set-profile \
			 --gatekeeper-url {own} --gatekeeper-device {device}"
		),
	);
}

/// The authority for which clients of a gatekeeper at `url` sign: its host, with the port unless that
/// is the default one.
fn authority_of(url: &str) -> Option<String> {
	let url: Uri = url.parse().ok()?;
	let default = match url.scheme_str()? {
		"https" => 443,
		"http" => 80,
		_ => return None,
	};
	let host = url.host()?.to_ascii_lowercase();
	Some(match url.port_u16().filter(|port| *port != default) {
		Some(port) => format!("{host}:{port}"),
		None => host,
	})
}

/// Checks that the links of patients match the chain.
fn check_links(chain: &ChainState, links: &[Link], report: &mut Report) {
	let is_broken = |link: &&Link| LinkState::of(chain, &link.patient) != LinkState::Valid;
	match (links.len(), links.iter().filter(is_broken).count()) {
		(0, _) => report.add(
			"patients",
			State::Warning,
			"none is linked, so that nothing is published or served; link patients with \
			 `medrec-gatekeeper link-patient`",
		),
		(linked, 0) => report.add("patients", State::Ok, format!("{linked} linked")),
		(linked, broken) => report.add(
			"patients",
			State::Warning,
			format!(
				"{linked} linked, of which {broken} do not match the chain and are not served; \
				 `medrec-gatekeeper patients list` says why"
			),
		),
	}
}

/// Checks that the patient of every active relationship is linked.
fn check_relationships(chain: &ChainState, links: &[Link], report: &mut Report) {
	let linked: BTreeSet<_> = links.iter().map(|link| link.patient.subject).collect();
	let relationships = chain.relationships().map(|(_, facts)| &facts.relationship);
	let active = relationships.filter(|found| found.state == RelationshipState::Active);
	let patients: Vec<_> = active.map(|found| found.patient).collect();
	let without = patients.iter().filter(|patient| !linked.contains(patient)).count();
	match (patients.len(), without) {
		(active, 0) => {
			report.add("relationships", State::Ok, format!("{active} active, all with a link"));
		},
		(active, without) => report.add(
			"relationships",
			State::Warning,
			format!(
				"{active} active, of which {without} have no linked patient and are not served; link \
				 the patients with `medrec-gatekeeper link-patient`"
			),
		),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_authority_of_a_url_is_what_clients_sign_for() {
		for (url, expected) in [
			("https://gate.example.org", Some("gate.example.org")),
			("https://Gate.Example.org/", Some("gate.example.org")),
			("https://gate.example.org:443", Some("gate.example.org")),
			("https://gate.example.org:8443/path", Some("gate.example.org:8443")),
			("http://127.0.0.1:80", Some("127.0.0.1")),
			("http://127.0.0.1:443", Some("127.0.0.1:443")),
			("http://[::1]:8080", Some("[::1]:8080")),
			("gate.example.org", None),
			("ftp://gate.example.org", None),
			("", None),
		] {
			assert_eq!(authority_of(url).as_deref(), expected, "{url}");
		}
	}
}
