//! Connections to the gatekeepers of providers.

use crate::{
	context::Session,
	directory::YOU,
	failure::{Failure, Result},
	parse,
};
use clap::Args;
use medrec_client::{chain::At, http::GatekeeperClient};
use medrec_primitives::identity::SubjectId;
use medrec_protocol::signing::RequestSigner;

/// The gatekeeper to use.
#[derive(Clone, Debug, Default, Args)]
pub struct Url {
	/// The URL of the gatekeeper; by default that in the provider's profile.
	#[arg(long = "gatekeeper", value_name = "URL", value_parser = parse::gatekeeper_url,
		hide_short_help = true)]
	url: Option<String>,
}

/// A client of a provider's gatekeeper that signs with the key in use.
pub async fn client(
	session: &Session<'_>,
	at: At<'_>,
	provider: SubjectId,
	url: &Url,
) -> Result<GatekeeperClient> {
	let signer = RequestSigner::Wallet(session.context.key()?.clone());
	client_as(session, at, provider, url, signer).await
}

/// The same with another signer.
pub async fn client_as(
	session: &Session<'_>,
	at: At<'_>,
	provider: SubjectId,
	url: &Url,
	signer: RequestSigner,
) -> Result<GatekeeperClient> {
	let url = match &url.url {
		Some(url) => url.clone(),
		None => url_of(at, provider).await?,
	};
	Ok(GatekeeperClient::new(&url, session.chain.genesis_hash(), signer)?)
}

/// The gatekeeper of the provider with this name, within a sentence.
pub fn of(provider: &str) -> String {
	match provider {
		YOU => "your gatekeeper".to_owned(),
		name => format!("the gatekeeper of {name}"),
	}
}

async fn url_of(at: At<'_>, provider: SubjectId) -> Result<String> {
	let profile = at.profile(provider).await?;
	let gatekeeper = profile.and_then(|profile| profile.gatekeeper).ok_or_else(|| {
		let message = "the provider's profile names no gatekeeper; ask the provider for its URL \
		               and give it with --gatekeeper";
		Failure::failed("no_gatekeeper", message)
	})?;
	String::from_utf8(gatekeeper.url.into_inner())
		.map_err(|_| Failure::failed("invalid_url", "the URL in the profile is not UTF-8"))
}
