use crate::support::{block, patient, relationship, Provider, LAB};
use medrec_gatekeeper::records::{Error, Post, Progress, Templates};
use medrec_primitives::{
	commitment::{verify, ShownField},
	record::{Commitment, RecordId, TemplateHash},
};
use medrec_protocol::wire::ErrorCode;
use serde_json::json;
use std::sync::Arc;

async fn posted() -> (Provider, Post) {
	posted_with(LAB).await
}

async fn posted_with(template: &str) -> (Provider, Post) {
	let provider = Provider::with(template).await;
	provider.sql("INSERT INTO labs VALUES (1, 'ann', 'blood', 'a', 1.5, 1)").await;
	provider.link("ann", 1).await;
	let post = provider.plan(&[1]).await.posts.remove(0);
	provider.mark(&post, Progress::Final(block(1))).await;
	(provider, post)
}

#[tokio::test]
async fn a_served_record_proves_any_of_its_fields() {
	let (provider, post) = posted().await;
	let served = provider.serve(&post).await.unwrap();
	assert_eq!(served.fields, [json!("a"), json!(1.5)]);
	assert_eq!(served.template.hash(), provider.template.hash());
	for number in 0..2u16 {
		let at = usize::from(number);
		let canonical = served.template.canonical(&served.fields).unwrap();
		let shown = ShownField {
			number,
			name: &served.template.public().fields[at].name,
			salt: served.salts[at],
			canonical: &canonical[at],
		};
		let proof = served.tree.prove(&[number]).unwrap();
		verify(&post.posting.commitment, 2, &[shown], &proof).unwrap();
	}
}

#[tokio::test]
async fn a_row_that_was_changed_without_announcement_is_not_served() {
	let (provider, post) = posted().await;
	provider.sql("UPDATE labs SET value = 2.5").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::IntegrityMismatch(_)));
	assert!(error.is_alarming());
	assert_eq!(error.code(), ErrorCode::IntegrityMismatch);
	// The next round of the planner does not amend it.
	assert_eq!(provider.plan(&[1]).await.posts, []);
	assert!(provider.serve(&post).await.unwrap_err().is_alarming());
	provider.sql("UPDATE labs SET value = 1.5").await;
	provider.serve(&post).await.unwrap();
}

#[tokio::test]
async fn a_row_that_was_announced_with_the_same_content_is_still_checked() {
	let (provider, post) = posted().await;
	provider.sql("UPDATE labs SET changed = 2").await;
	provider.serve(&post).await.unwrap();
	provider.plan(&[1]).await;
	provider.sql("UPDATE labs SET value = 2.5").await;
	assert!(provider.serve(&post).await.unwrap_err().is_alarming());
}

#[tokio::test]
async fn a_row_that_was_changed_and_announced_waits_for_its_amendment() {
	let (provider, post) = posted().await;
	provider.sql("UPDATE labs SET value = 2.5, changed = 2").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::AmendmentPending(_)));
	assert!(!error.is_alarming());
	assert_eq!(error.code(), ErrorCode::ChainStale);
	let amended = provider.plan(&[1]).await.posts.remove(0);
	assert!(matches!(provider.serve(&post).await, Err(Error::AmendmentPending(_))));
	assert_eq!(provider.serve(&amended).await.unwrap().fields, [json!("a"), json!(2.5)]);
}

#[tokio::test]
async fn a_row_that_was_changed_without_announcement_to_another_type_is_alarming() {
	for change in [
		"UPDATE labs SET value = 'much'",
		"UPDATE labs SET value = x'00'",
		"UPDATE labs SET code = x'00'",
		"UPDATE labs SET code = CAST(x'ff' AS TEXT)",
		"UPDATE labs SET changed = 'now'",
		"UPDATE labs SET changed = NULL",
	] {
		let (provider, post) = posted().await;
		provider.sql(change).await;
		let error = provider.serve(&post).await.unwrap_err();
		assert!(matches!(error, Error::IntegrityMismatch(_)), "{change}: {error}");
		assert!(error.is_alarming());
		assert_eq!(error.code(), ErrorCode::IntegrityMismatch);
	}
}

#[tokio::test]
async fn a_row_whose_handle_occurs_twice_is_alarming() {
	let text = LAB
		.replace("patient, id, changed FROM", "patient, code AS id, changed FROM")
		.replace("\"id\", type = \"integer\"", "\"id\", type = \"text\"");
	let (provider, post) = posted_with(&text).await;
	provider.serve(&post).await.unwrap();
	provider.sql("INSERT INTO labs VALUES (2, 'ann', 'blood', 'a', 9, 1)").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::IntegrityMismatch(_)), "{error}");
}

#[tokio::test]
async fn a_row_on_which_an_accepted_query_fails_is_alarming() {
	let text = LAB.replace("SELECT code,", "SELECT json_extract(code, '$.a') AS code,");
	let provider = Provider::with(&text).await;
	provider.sql("INSERT INTO labs VALUES (1, 'ann', 'blood', '{\"a\":\"b\"}', 1.5, 1)").await;
	provider.link("ann", 1).await;
	let post = provider.plan(&[1]).await.posts.remove(0);
	provider.mark(&post, Progress::Final(block(1))).await;
	provider.serve(&post).await.unwrap();
	provider.sql("UPDATE labs SET code = '{'").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::IntegrityMismatch(_)), "{error}");
	// A query that fails whatever the row holds says nothing of the row.
	provider.sql("ALTER TABLE labs RENAME COLUMN value TO measure").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::Query { .. }), "{error}");
	assert!(!error.is_alarming());
}

#[tokio::test]
async fn a_row_that_was_announced_and_cannot_be_posted_is_an_error_and_no_alarm() {
	let (provider, post) = posted().await;
	provider.sql("UPDATE labs SET value = 'much', changed = 2").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::FieldType { .. }), "{error}");
	assert!(!error.is_alarming());
	assert_eq!(error.code(), ErrorCode::Internal);
	// While an amendment is planned, the answer is that it is pending.
	let (provider, post) = posted().await;
	provider.sql("UPDATE labs SET value = 2.5, changed = 2").await;
	assert_eq!(provider.plan(&[1]).await.posts.len(), 1);
	provider.sql("UPDATE labs SET value = 'much'").await;
	assert!(matches!(provider.serve(&post).await, Err(Error::AmendmentPending(_))));
}

#[tokio::test]
async fn a_relationship_that_is_linked_to_somebody_else_is_not_served() {
	let (provider, post) = posted().await;
	let bob = patient("bob", 2).subject;
	let error = provider.serve_of(&bob, &post).await.unwrap_err();
	assert!(matches!(error, Error::OtherPatient(found) if found == relationship(1)));
	// The requester learns only that there is no such record.
	assert_eq!(error.code(), ErrorCode::NotFound);
	assert!(!error.is_alarming());
	provider.serve(&post).await.unwrap();
}

#[tokio::test]
async fn a_row_that_is_missing_is_alarming() {
	let (provider, post) = posted().await;
	provider.sql("DELETE FROM labs").await;
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::RowMissing(_)));
	assert!(error.is_alarming());
	assert_eq!(error.code(), ErrorCode::IntegrityMismatch);
}

#[tokio::test]
async fn a_row_that_became_another_patients_is_not_served() {
	let (provider, post) = posted().await;
	provider.sql("UPDATE labs SET patient = 'bob'").await;
	assert!(matches!(provider.serve(&post).await, Err(Error::RowMissing(_))));
}

#[tokio::test]
async fn what_the_chain_holds_must_be_what_was_posted() {
	let (provider, post) = posted().await;
	let mut commitment = post.clone();
	commitment.posting.commitment = Commitment([1; 32]);
	let mut template = post.clone();
	template.posting.pointer.template = TemplateHash([1; 32]);
	let mut handle = post.clone();
	handle.posting.pointer.handle = vec![1; 16].try_into().unwrap();
	for other in [commitment, template, handle] {
		assert!(matches!(provider.serve(&other).await, Err(Error::IntegrityMismatch(_))));
	}
}

#[tokio::test]
async fn records_of_others_are_unknown() {
	let (mut provider, post) = posted().await;
	let mut record = post.clone();
	record.id.record = RecordId([1; 32]);
	let mut version = post.clone();
	version.id.version = 2;
	let mut relation = post.clone();
	relation.id.relationship = relationship(2);
	for other in [record, version, relation] {
		let error = provider.serve(&other).await.unwrap_err();
		assert!(matches!(error, Error::UnknownRecord { .. }));
		assert_eq!(error.code(), ErrorCode::NotFound);
	}
	let other = LAB.replace("id = \"lab\"", "id = \"other\"");
	let other = medrec_gatekeeper::records::Template::parse(&other).unwrap();
	provider.templates = Arc::new(Templates::new([other]).unwrap());
	assert!(matches!(provider.serve(&post).await, Err(Error::UnknownTemplate(_))));
}

#[tokio::test]
async fn a_relationship_without_a_patient_is_unknown() {
	let (provider, post) = posted().await;
	provider.state_sql("DELETE FROM relationships").await.unwrap();
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::UnknownRelationship(_)));
	assert_eq!(error.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn an_erased_record_is_not_served() {
	let (provider, post) = posted().await;
	provider.state.erase(&post.id.relationship, &post.id.record).await.unwrap();
	let error = provider.serve(&post).await.unwrap_err();
	assert!(matches!(error, Error::Erased(_)));
	assert_eq!(error.code(), ErrorCode::NotFound);
}
