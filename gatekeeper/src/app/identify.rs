//! Identification of requesters.

use super::{ApiError, App, Services};
use crate::{
	chain::{Fresh, RequesterFacts, Stale},
	records,
};
use medrec_client::now;
use medrec_primitives::Moment;
use medrec_protocol::{
	signing::{verify_request, Expectations},
	wire::{ErrorCode, RequestHash},
};
use std::net::IpAddr;

/// A request with its whole body.
#[derive(Debug)]
pub struct SignedRequest {
	/// The method, URI and headers.
	pub parts: http::request::Parts,
	/// The body.
	pub body: Vec<u8>,
	/// The address of the client, for rate limits.
	pub peer: Option<IpAddr>,
}

/// The requester of a signed request that is not a replay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identified {
	/// The subject that signed it, which may be suspended.
	pub requester: RequesterFacts,
	/// The hash of the signed request.
	pub request: RequestHash,
	/// The time of the check.
	pub now: Moment,
	/// The view of the chain at that time.
	pub fresh: Fresh,
}

impl App {
	/// Checks the view of the chain, the signature, the rate limit of the account, the nonce and the
	/// subject, in this order.
	pub(super) async fn identify(&self, request: &SignedRequest) -> Result<Identified, ApiError> {
		let fresh = self.fresh()?;
		let now = now();
		let SignedRequest { parts, body, peer } = request;
		let Services { config, state, chain, .. } = &self.services;
		let expected = Expectations { authority: &config.authority, genesis: &fresh.genesis, now };
		let verified = verify_request(parts, body, &expected)
			.map_err(|error| ApiError::with(error.code(), error.to_string()))?;
		if !self.accounts.take(verified.account.clone()) {
			return Err(ErrorCode::RateLimited.into());
		}
		if !state.insert_nonce(&verified.keyid, &verified.nonce, verified.expires).await? {
			return Err(ErrorCode::RequestReplayed.into());
		}
		let requester = chain.requester(&verified.account).ok_or(ErrorCode::UnknownKey)?;
		// A known subject is limited by its account, not by the network that it shares.
		if let Some(peer) = peer {
			self.peers.give_back(peer);
		}
		Ok(Identified { requester, request: verified.request_hash, now, fresh })
	}

	/// [`App::identify`] for an active requester.
	pub(super) async fn identify_active(
		&self,
		request: &SignedRequest,
	) -> Result<Identified, ApiError> {
		let who = self.identify(request).await?;
		who.requester.active.then_some(who).ok_or_else(|| ErrorCode::RequesterNotActive.into())
	}
}

impl SignedRequest {
	/// Refuses a body whose content type is not JSON.
	pub(super) fn require_json(&self) -> Result<(), ApiError> {
		let kind = self.parts.headers.get(http::header::CONTENT_TYPE);
		let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
		let essence = kind.split(';').next().unwrap_or_default().trim();
		let is_json = essence.eq_ignore_ascii_case("application/json");
		is_json.then_some(()).ok_or_else(|| ErrorCode::UnsupportedMediaType.into())
	}
}

impl From<Stale> for ApiError {
	fn from(stale: Stale) -> ApiError {
		ApiError::with(ErrorCode::ChainStale, format!("{stale}; try again later"))
	}
}

impl From<records::Error> for ApiError {
	fn from(error: records::Error) -> ApiError {
		let code = error.code();
		if code == ErrorCode::Internal {
			// The texts of these errors hold no value of a row.
			tracing::error!(target: "medrec::records", %error, "a request failed");
		}
		if let records::Error::AmendmentPending(_) = error {
			let message = "a newer version of this record is not on the chain yet; try again later";
			return ApiError::with(code, message);
		}
		code.into()
	}
}
