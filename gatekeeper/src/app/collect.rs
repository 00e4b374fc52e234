//! Collecting the answer to a bounty.

use super::{ApiError, App, SignedRequest};
use medrec_primitives::bounty::{Bounty, BountyId, BountyState};
use medrec_protocol::wire::{Aggregate, CollectResponse, ErrorCode};

impl App {
	/// The aggregate of a bounty, once its commitment is final. Only the owner learns that the bounty
	/// exists. The error in a malformed `id` is returned after the requester is identified.
	pub async fn collect(
		&self,
		request: SignedRequest,
		id: Result<BountyId, ApiError>,
	) -> Result<CollectResponse, ApiError> {
		let who = self.identify_active(&request).await?;
		let id = id?;
		let bounty = self.services.chain.bounty(&id).map(|facts| facts.bounty);
		let is_theirs = |bounty: &Bounty| {
			bounty.owner == who.requester.subject && bounty.provider == who.fresh.provider
		};
		match bounty.filter(is_theirs).ok_or(ErrorCode::NotFound)?.state {
			BountyState::Open => {
				self.wake.notify_waiters();
				Err(ErrorCode::BountyNotReady.into())
			},
			BountyState::Defaulted => Err(ApiError::with(
				ErrorCode::NotFound,
				"the deadline of this bounty passed without an answer",
			)),
			BountyState::Answered { commitment, .. } => {
				let answer = self.services.state.answer(&id).await?;
				let answer = answer.filter(|answer| answer.commitment == commitment);
				let Some(answer) = answer else {
					tracing::error!(
						target: "medrec::bounties",
						bounty = ?id,
						"the committed answer is not in the gatekeeper's database"
					);
					return Err(ErrorCode::Internal.into());
				};
				let aggregate: Aggregate = serde_json::from_str(&answer.canonical)
					.map_err(|_| ApiError::from(ErrorCode::Internal))?;
				Ok(CollectResponse { aggregate, commitment })
			},
		}
	}
}
