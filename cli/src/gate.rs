//! The way to a provider's gatekeeper.

use crate::{failure::Failure, party::not_found};
use medrec_client::{chain::{At, Chain, Head}, http::{GatekeeperClient, Identity}};
use medrec_protocol::keys::Key;
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};
use std::time::Duration;

/// How long to wait until the node here has seen what a gatekeeper's node has.
const CATCH_UP: Duration = Duration::from_secs(60);

/// The provider of a relationship.
pub async fn provider_of(at: &At<'_>, relationship: RelationshipId) -> Result<SubjectId, Failure> {
	let found = at.relationship(relationship).await?;
	let found = found.ok_or_else(|| not_found("the chain has no such relationship"))?;
	Ok(found.provider)
}

/// The address of a provider's gatekeeper: as was said, or else as its profile says.
pub async fn address(
	at: &At<'_>,
	provider: SubjectId,
	said: Option<&str>,
) -> Result<String, Failure> {
	if let Some(url) = said {
		return Ok(url.to_owned());
	}
	let profile = at.profile(provider).await?;
	let gatekeeper = profile.and_then(|profile| profile.gatekeeper).ok_or_else(|| {
		let message = "the provider's profile names no gatekeeper; ask the provider for its \
		               address and give it with --gatekeeper";
		Failure::failed("no_gatekeeper", message)
	})?;
	String::from_utf8(gatekeeper.url.into_inner())
		.map_err(|_| Failure::failed("invalid_url", "the profile's address is no text"))
}

/// A client of a gatekeeper that asks in the name of `key`.
pub fn client(chain: &Chain, url: &str, key: Key) -> Result<GatekeeperClient, Failure> {
	Ok(GatekeeperClient::new(url, chain.genesis_hash(), Identity::Wallet(key))?)
}

/// Waits until a block of this number is final for the node here, and gives the final head.
pub async fn until_final(chain: &Chain, number: u32) -> Result<Head, Failure> {
	let wait = async {
		loop {
			let head = chain.finalized().await?;
			if head.number >= number {
				return Ok(head);
			}
			tokio::time::sleep(Duration::from_millis(250)).await;
		}
	};
	tokio::time::timeout(CATCH_UP, wait).await.unwrap_or_else(|_| {
		let message = format!(
			"the answer was decided at block {number}, which is not final for this node; wait \
			 until it has caught up, and try again"
		);
		Err(Failure::unverified("not_final", message))
	})
}
