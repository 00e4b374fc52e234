use super::{error::malformed, signed::Signed};
use crate::app::{ApiError, App};
use axum::{
	extract::{rejection::QueryRejection, Query, State},
	Json,
};
use medrec_primitives::relationship::RelationshipId;
use medrec_protocol::wire::{ErrorEnvelope, ReceiptsPage, ReceiptsQuery};
use std::sync::Arc;

/// Reads the receipts of a relationship, oldest first.
///
/// The patient reads all of them: who requested what, and what was served. Other requesters read
/// their own.
#[utoipa::path(
	get,
	path = "/v1/log/receipts",
	tag = "log",
	security(("signature" = [])),
	params(
		("relationship" = RelationshipId, Query, description = "The relationship"),
		("after" = Option<u64>, Query, description = "Only receipts after this sequence number"),
	),
	responses(
		(status = 200, description = "A page of receipts", body = ReceiptsPage),
		(status = "default", description = "A refusal", body = ErrorEnvelope),
	)
)]
pub(super) async fn receipts(
	State(app): State<Arc<App>>,
	query: Result<Query<ReceiptsQuery>, QueryRejection>,
	Signed(request): Signed,
) -> Result<Json<ReceiptsPage>, ApiError> {
	let query = query.map(|Query(query)| query).map_err(malformed);
	app.receipts(request, query).await.map(Json)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn parse(query: &str) -> Option<ReceiptsQuery> {
		let uri = format!("/v1/log/receipts?{query}").parse().unwrap();
		Query::try_from_uri(&uri).ok().map(|Query(query)| query)
	}

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
