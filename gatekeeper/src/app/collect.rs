//! The owner of a bounty collects what it earned.

use super::{App, ApiError, SignedRequest};
use medrec_protocol::wire::{Aggregate, CollectResponse, ErrorCode};
use medrec_primitives::bounty::{BountyId, BountyState};

impl App {
	/// The aggregate of a bounty, once its commitment is final. Only the owner learns that there is
	/// such a bounty. An `id` that could not be read is refused when it is known who asks.
	pub async fn collect(
		&self,
		request: SignedRequest,
		id: Result<BountyId, ApiError>,
	) -> Result<CollectResponse, ApiError> {
		let who = self.identify_active(&request).await?;
		let id = id?;
		let facts = self.parts.facts.bounty(&id).ok_or(ErrorCode::NotFound)?;
		let theirs = facts.bounty.owner == who.requester.subject;
		let ours = facts.bounty.provider == who.fresh.provider;
		if !theirs || !ours {
			return Err(ErrorCode::NotFound.into());
		}
		match facts.bounty.state {
			BountyState::Open => {
				self.wake.notify_waiters();
				Err(ErrorCode::BountyNotReady.into())
			},
			BountyState::Defaulted => Err(ApiError::with(
				ErrorCode::NotFound,
				"the deadline of this bounty passed without an answer",
			)),
			BountyState::Answered { commitment, .. } => {
				let answer = self.parts.state.answer(&id).await?;
				let answer = answer.filter(|answer| answer.commitment == commitment);
				let Some(answer) = answer else {
					tracing::error!(
						target: "medrec::bounties",
						bounty = ?id,
						"the answer that is committed to is not in the database here"
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
