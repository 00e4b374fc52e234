//! `medrec registrar show`.

use crate::{
	context::Context,
	directory::Directory,
	failure::Failure,
	party::{not_found, Party},
	report::{facts, full, list, when, Report},
	view,
};
use medrec_primitives::{identity::Profile, Moment};

pub(super) async fn run(context: &Context, who: Option<Party>) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let id = match who {
		Some(who) => who.resolve(&at).await?,
		None => context.me(&at).await?,
	};
	let subject = at.subject(id).await?.ok_or_else(|| not_found("there is no such subject"))?;
	let name = at.name_of(id).await?;
	let profile = at.profile(id).await?;

	let mut rows = vec![
		("subject", full(&id)),
		("role", view::role(subject.role).to_owned()),
		("status", view::status(subject.status).to_owned()),
		("account", view::account(&subject.account)),
		("registered", registered(subject.registered_at)),
	];
	if let Some(name) = &name {
		rows.insert(1, ("name", name.clone()));
	}
	if let Some(sponsor) = subject.sponsor {
		let label = Directory::new(at, None).label(sponsor).await?;
		rows.push(("sponsor", label));
	}
	let key = subject.encryption_key.map_or_else(|| "none".to_owned(), view::hex);
	rows.push(("encryption key", key));
	if let Some(profile) = &profile {
		rows.extend(profile_rows(profile));
	}
	let text = facts(rows.into_iter().map(|(name, value)| (name.to_owned(), value)));
	let json = view::subject_json(id, &subject, name.as_deref(), profile.as_ref());
	Ok(Report::new(text, json))
}

/// When a subject was registered. Those of the first block were there before there was time.
fn registered(at: Moment) -> String {
	match at {
		0 => "with the first block".to_owned(),
		at => when(at),
	}
}

fn profile_rows(profile: &Profile) -> Vec<(&'static str, String)> {
	let mut rows = Vec::new();
	if let Some(gatekeeper) = &profile.gatekeeper {
		rows.push(("gatekeeper", String::from_utf8_lossy(&gatekeeper.url).into_owned()));
		rows.push(("its device", full(&gatekeeper.device)));
	}
	if !profile.peers.is_empty() {
		let peers = profile.peers.iter().map(|peer| bs58::encode(peer).into_string());
		rows.push(("nodes", list(peers)));
	}
	rows.extend(profile.mining_key.map(|key| ("mining key", view::hex(key))));
	rows.extend(profile.finality_key.map(|key| ("finality key", view::hex(key))));
	rows
}
