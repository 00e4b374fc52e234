//! Connections to the gatekeepers of providers.

use crate::{
	context::Session,
	failure::{Failure, Result},
	finality, parse,
};
use clap::Args;
use medrec_client::{
	chain::{At, BlockHeader, Chain},
	http::GatekeeperClient,
};
use medrec_primitives::{identity::SubjectId, BlockNumber};
use medrec_protocol::signing::RequestSigner;
use std::time::Duration;

/// The longest wait until a block that the gatekeeper's node has finalised is final for this node.
const CATCH_UP: Duration = Duration::from_secs(60);

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

/// Waits until the block of a decision is final for the node, and returns the final block.
pub async fn until_final(chain: &Chain, number: BlockNumber) -> Result<BlockHeader> {
	let wait = finality::until_final(chain, number);
	tokio::time::timeout(CATCH_UP, wait).await.unwrap_or_else(|_| {
		let message = format!(
			"the answer was decided at block {number}, which is not final for this node; wait \
			 until the node is synchronised and try again"
		);
		Err(Failure::unverified("not_final", message))
	})
}
