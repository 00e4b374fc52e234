//! Reading receipts.

use super::{ApiError, App, SignedRequest};
use crate::records::state::StoredReceipt;
use medrec_protocol::wire::{ErrorCode, ReceiptsPage, ReceiptsQuery};

/// The maximum number of receipts of a page.
const PAGE: u32 = 100;

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
		let query = query?;
		let subject = who.requester.subject;
		let context = self.services.chain.context(&subject, &query.relationship);
		let relationship = context.ok_or(ErrorCode::ChainStale)?.finalized.relationship;
		let is_patient = relationship.is_some_and(|facts| facts.relationship.patient == subject);
		let only = (!is_patient).then_some(&subject);
		let mut found = self
			.services
			.state
			.receipts_of(&query.relationship, only, query.after, PAGE + 1)
			.await?;
		if found.is_empty() && query.after.is_none() && !is_patient {
			return Err(ErrorCode::NotFound.into());
		}
		let more = found.len() > PAGE as usize;
		found.truncate(PAGE as usize);
		let next = found.last().filter(|_| more).map(|last| last.sequence);
		let read = |stored: &StoredReceipt| serde_json::from_str(&stored.canonical);
		let receipts = found.iter().map(read).collect::<Result<_, _>>();
		Ok(ReceiptsPage { receipts: receipts.map_err(|_| ErrorCode::Internal)?, next })
	}
}
