//! Reading receipts.

use super::{ApiError, App, SignedRequest};
use crate::records::state::StoredReceipt;
use medrec_protocol::wire::{ErrorCode, LoggedReceipt, ReceiptsPage, ReceiptsQuery, MAX_RECEIPTS};

impl App {
	/// A page of the receipts of a relationship: all for its patient, their own for other requesters. A
	/// requester without receipts does not learn whether the relationship exists.
	/// The error in a malformed `query` is returned after the requester is identified.
	pub async fn receipts(
		&self,
		request: SignedRequest,
		query: Result<ReceiptsQuery, ApiError>,
	) -> Result<ReceiptsPage, ApiError> {
		let who = self.identify_active(&request).await?;
		let ReceiptsQuery { relationship, after, since, size } = query?;
		let subject = who.requester.subject;
		let context = self.services.chain.context(&subject, &relationship);
		let known = context.ok_or(ErrorCode::ChainStale)?.finalized.relationship;
		let is_patient = known.is_some_and(|facts| facts.relationship.patient == subject);
		let only = (!is_patient).then_some(&subject);
		let state = &self.services.state;
		let range = (after, since);
		let mut found = state.receipts_of(&relationship, only, range, MAX_RECEIPTS + 1).await?;
		if found.is_empty() && after.is_none() && !is_patient {
			let any = state.receipts_of(&relationship, only, (None, None), 1).await?;
			if any.is_empty() {
				return Err(ErrorCode::NotFound.into());
			}
		}
		let more = found.len() > MAX_RECEIPTS as usize;
		found.truncate(MAX_RECEIPTS as usize);
		let next = found.last().filter(|_| more).map(|last| last.sequence);
		self.services.log.catch_up().await?;
		let receipts = found.iter().map(|stored| self.logged(stored, size));
		Ok(ReceiptsPage { receipts: receipts.collect::<Result<_, _>>()?, next })
	}

	/// A receipt, with its proof if it is among the first `size` of the log.
	fn logged(&self, stored: &StoredReceipt, size: Option<u64>) -> Result<LoggedReceipt, ApiError> {
		let signed = serde_json::from_str(&stored.canonical).map_err(|_| ErrorCode::Internal)?;
		let proof = match size {
			Some(size) if stored.sequence < size => Some(self.prove(stored.sequence, size)?.1),
			_ => None,
		};
		Ok(LoggedReceipt { signed, proof })
	}
}
