//! Reading receipts.

use super::{ApiError, App, SignedRequest};
use crate::records::state::StoredReceipt;
use medrec_protocol::wire::{ErrorCode, ReceiptsPage, ReceiptsQuery, SignedReceipt};

/// The maximum number of receipts of a page.
const PAGE: u32 = 100;

impl App {
	/// A page of the receipts of a relationship: all for its patient, their own for other requesters. A
	/// requester without receipts does not learn whether the relationship exists.
	pub async fn receipts(&self, request: SignedRequest) -> Result<ReceiptsPage, ApiError> {
		let who = self.identify_active(&request).await?;
		let query = parse(request.parts.uri.query().unwrap_or_default())
			.ok_or(ErrorCode::MalformedRequest)?;
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
		let receipts = found.iter().map(read).collect::<Option<_>>();
		Ok(ReceiptsPage { receipts: receipts.ok_or(ErrorCode::Internal)?, next })
	}
}

fn read(stored: &StoredReceipt) -> Option<SignedReceipt> {
	serde_json::from_str(&stored.canonical).ok()
}

/// Parses `relationship=0x..&after=N`. Neither value needs percent-encoding.
fn parse(query: &str) -> Option<ReceiptsQuery> {
	let (mut relationship, mut after) = (None, None);
	for pair in query.split('&').filter(|pair| !pair.is_empty()) {
		let (name, value) = pair.split_once('=')?;
		let twice = match name {
			"relationship" => relationship.replace(value.parse().ok()?).is_some(),
			"after" => after.replace(value.parse().ok()?).is_some(),
			_ => return None,
		};
		if twice {
			return None;
		}
	}
	Some(ReceiptsQuery { relationship: relationship?, after })
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::relationship::RelationshipId;

	#[test]
	fn unknown_repeated_and_malformed_parameters_are_refused() {
		let relationship = RelationshipId::repeat_byte(7);
		let good = format!("relationship={relationship}");
		assert_eq!(parse(&good), Some(ReceiptsQuery { relationship, after: None }));
		assert_eq!(parse(&format!("after=9&{good}")).unwrap().after, Some(9));
		for bad in [
			String::new(),
			"after=1".to_owned(),
			"relationship=0x12".to_owned(),
			format!("{good}&{good}"),
			format!("{good}&after=-1"),
			format!("{good}&subject=0"),
			format!("{good}&after"),
		] {
			assert_eq!(parse(&bad), None, "{bad}");
		}
	}
}
