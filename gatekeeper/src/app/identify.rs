//! Who asks.

use super::{clock, App, ApiError};
use crate::{
	authz,
	chain::{Fresh, Requester, Stale},
	records,
};
use medrec_protocol::wire::ErrorCode;
use medrec_primitives::{Moment, H256};
use std::net::IpAddr;

/// A request with its whole body.
#[derive(Debug)]
pub struct SignedRequest {
	/// Its head.
	pub parts: http::request::Parts,
	/// Its body.
	pub body: Vec<u8>,
	/// Where it came from.
	pub peer: Option<IpAddr>,
}

/// A request of which it is known who made it, and that it is not a replay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identified {
	/// Who asks. They need not be active.
	pub requester: Requester,
	/// The hash of the signed request.
	pub request: H256,
	/// When it was checked.
	pub now: Moment,
	/// The view of the chain by which it was.
	pub fresh: Fresh,
}

impl App {
	/// Signature, replay, subject; in this order, and with the view of the chain fit to tell.
	pub(super) async fn identify(&self, request: &SignedRequest) -> Result<Identified, ApiError> {
		let fresh = self.fresh()?;
		let now = clock::now();
		let SignedRequest { parts, body, peer } = request;
		let verified = authz::verify(parts, body, &self.parts.authority, &fresh.genesis, now)
			.map_err(|(code, message)| ApiError::with(code, message))?;
		if !self.accounts.take(verified.account.clone()) {
			return Err(ErrorCode::RateLimited.into());
		}
		let state = &self.parts.state;
		if !state.insert_nonce(&verified.keyid, &verified.nonce, verified.expires).await? {
			return Err(ErrorCode::RequestReplayed.into());
		}
		let requester =
			self.parts.facts.requester(&verified.account).ok_or(ErrorCode::UnknownKey)?;
		// Whoever is known is limited by their account, and not by the network they share.
		if let Some(peer) = peer {
			self.peers.give_back(peer);
		}
		Ok(Identified { requester, request: verified.request_hash, now, fresh })
	}

	/// [`App::identify`], and the requester may act.
	pub(super) async fn identify_active(
		&self,
		request: &SignedRequest,
	) -> Result<Identified, ApiError> {
		let who = self.identify(request).await?;
		match who.requester.active {
			true => Ok(who),
			false => Err(ErrorCode::RequesterNotActive.into()),
		}
	}
}

impl SignedRequest {
	/// Refuses a body that is not said to be JSON.
	pub(super) fn require_json(&self) -> Result<(), ApiError> {
		let kind = self.parts.headers.get(http::header::CONTENT_TYPE);
		let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
		let essence = kind.split(';').next().unwrap_or_default().trim();
		match essence.eq_ignore_ascii_case("application/json") {
			true => Ok(()),
			false => Err(ErrorCode::UnsupportedMediaType.into()),
		}
	}
}

impl From<Stale> for ApiError {
	fn from(stale: Stale) -> ApiError {
		ApiError::with(ErrorCode::ChainStale, format!("{stale}; ask again later"))
	}
}

impl From<records::Error> for ApiError {
	fn from(error: records::Error) -> ApiError {
		let code = error.code();
		if code == ErrorCode::Internal {
			// Texts of these errors hold no value of any row.
			tracing::error!(target: "medrec::records", %error, "a request failed");
		}
		match error {
			records::Error::AmendmentPending(_) => ApiError::with(
				ErrorCode::ChainStale,
				"a newer version of this record is on its way to the chain; ask again later",
			),
			_ => code.into(),
		}
	}
}
