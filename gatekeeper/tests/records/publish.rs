use crate::support::{block, patient, relationship, Provider, LAB};
use medrec_gatekeeper::records::{
	record_id, state::Watch, Error, Planned, Post, Progress, Template, Templates,
};
use medrec_primitives::record::{Category, Release};
use std::{collections::BTreeSet, sync::Arc};

const ANN: &str = "
	INSERT INTO labs (id, patient, code, value, changed) VALUES
		(1, 'ann', 'a', 1, 1), (2, 'bob', 'b', 2, 2), (3, 'ann', 'c', 3, 3), (4, 'eve', 'd', 4, 4);
";

fn versions(planned: &Planned) -> Vec<u32> {
	planned.posts.iter().map(|post| post.id.version).collect()
}

/// The first versions that are due.
async fn due(provider: &Provider, limit: u32) -> Vec<Post> {
	let due = provider.state.due_posts(0, limit).await.unwrap();
	due.into_iter().map(|(_, post)| post).collect()
}

#[tokio::test]
async fn rows_from_before_are_posted_when_a_relationship_becomes_active() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	provider.link("bob", 2).await;
	assert_eq!(provider.plan(&[]).await.posts, []);
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [1; 2]);
	assert!(planned.posts.iter().all(|post| post.id.relationship == relationship(1)));
	assert_eq!(versions(&provider.plan(&[1, 2]).await), [1]);
}

#[tokio::test]
async fn a_post_says_nothing_of_the_row() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let posts = provider.plan(&[1]).await.posts;
	let first = &posts[0];
	assert_eq!(first.id.record, record_id(&provider.secret, "lab", b"1"));
	assert_eq!(first.posting.pointer.template, provider.template.hash());
	let posting = &first.posting;
	assert_eq!((posting.category, posting.release), (Category(7), Release::Released));
	let handles: BTreeSet<_> =
		posts.iter().map(|post| post.posting.pointer.handle.clone()).collect();
	assert_eq!(handles.len(), 2);
	assert!(handles.iter().all(|handle| handle.len() == 16));
}

#[tokio::test]
async fn the_same_row_is_planned_once_over_restarts() {
	let mut provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let planned = provider.plan(&[1]).await.posts;
	assert_eq!(provider.plan(&[1]).await.posts, []);
	provider.restart().await;
	assert_eq!(provider.plan(&[1]).await.posts, []);
	assert_eq!(due(&provider, 10).await, planned);
	// Reading everything again changes nothing either.
	provider.state_sql("DELETE FROM cursors").await.unwrap();
	assert_eq!(provider.plan(&[1]).await.posts, []);
	assert_eq!(due(&provider, 10).await, planned);
	assert_eq!(due(&provider, 1).await, planned[..1]);
}

#[tokio::test]
async fn new_and_changed_rows_are_posted_as_they_come() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let first = provider.plan(&[1]).await.posts;
	provider
		.sql(
			"INSERT INTO labs (id, patient, code, value, changed) VALUES (9, 'ann', 'z', 1, 5);
			UPDATE labs SET value = 30, changed = 6 WHERE id = 3;",
		)
		.await;
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [1, 2]);
	let (before, after) = (&first[1], &planned.posts[1]);
	assert_eq!(before.id.record, after.id.record);
	let (before, after) = (&before.posting, &after.posting);
	assert_eq!(before.pointer, after.pointer);
	assert_ne!(before.commitment, after.commitment);
}

#[tokio::test]
async fn a_row_that_is_announced_with_the_same_content_needs_no_post() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	provider.plan(&[1]).await;
	provider.sql("UPDATE labs SET changed = 7 WHERE id = 1").await;
	assert_eq!(provider.plan(&[1]).await.posts, []);
	let record = record_id(&provider.secret, "lab", b"1");
	let kept = provider.state.latest(&relationship(1), &record).await.unwrap().unwrap();
	assert_eq!((kept.post.id.version, kept.row_changed.to_text().as_ref()), (1, "7"));
}

#[tokio::test]
async fn rows_that_were_passed_over_come_when_the_relationship_is_active_again() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	assert_eq!(provider.plan(&[1]).await.posts.len(), 2);
	provider
		.sql("INSERT INTO labs (id, patient, code, value, changed) VALUES (9, 'ann', 'z', 1, 9)")
		.await;
	assert_eq!(provider.plan(&[]).await.posts, []);
	assert_eq!(versions(&provider.plan(&[1]).await), [1]);
}

#[tokio::test]
async fn versions_of_a_record_are_due_one_after_another() {
	let provider = Provider::new().await;
	provider.sql("INSERT INTO labs (id, patient, code, changed) VALUES (1, 'ann', 'a', 1)").await;
	provider.link("ann", 1).await;
	let first = provider.plan(&[1]).await.posts;
	provider.sql("UPDATE labs SET code = 'b', changed = 2").await;
	let second = provider.plan(&[1]).await.posts;
	assert_eq!(due(&provider, 10).await, first);
	provider.mark(&first[0], Progress::InBlock(block(1))).await;
	assert_eq!(due(&provider, 10).await, second);
	assert_eq!(provider.state.unfinished().await.unwrap().len(), 1);
	// The block was retracted.
	provider.mark(&first[0], Progress::Planned).await;
	assert_eq!(due(&provider, 10).await, first);
	provider.mark(&first[0], Progress::Final(block(2))).await;
	provider.mark(&second[0], Progress::Final(block(2))).await;
	provider.mark(&second[0], Progress::Planned).await;
	assert_eq!(due(&provider, 10).await, []);
	assert_eq!(provider.state.unfinished().await.unwrap(), []);
	let kept = provider.state.kept(&second[0].id).await.unwrap();
	assert_eq!(kept.progress, Progress::Final(block(2)));
	assert_eq!(provider.state.records_of(&relationship(1)).await.unwrap().len(), 2);
	let mut third = second[0].id;
	third.version = 3;
	let unknown = provider.state.mark_posted(&third, Progress::Planned).await.unwrap_err();
	assert!(matches!(unknown, Error::UnknownRecord { version: 3, .. }));
}

#[tokio::test]
async fn a_new_version_of_the_template_amends_every_record() {
	let mut provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	provider.plan(&[1]).await;
	provider.templates = catalogue(&[LAB, &second()]);
	let hash = provider.templates.named("lab").unwrap().hash();
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [2; 2]);
	assert!(planned.posts.iter().all(|post| post.posting.pointer.template == hash));
	assert_eq!(provider.plan(&[1]).await.posts, []);
}

/// A second version of the template, with one more field.
fn second() -> String {
	LAB.replace("version = 1", "version = 2")
		.replace(
			"{ name = \"code\"",
			"{ name = \"kind\", type = \"string\" },\n\t{ name = \"code\"",
		)
		.replace("SELECT code", "SELECT kind, code")
}

fn catalogue(texts: &[&str]) -> Arc<Templates> {
	let templates = texts.iter().map(|text| Template::parse(text).unwrap());
	Arc::new(Templates::new(templates).unwrap())
}

#[tokio::test]
async fn a_change_that_was_not_announced_is_not_amended_when_all_is_read_again() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	assert_eq!(provider.plan(&[1]).await.posts.len(), 2);
	provider
		.sql(
			"UPDATE labs SET value = 30 WHERE id = 3;
			INSERT INTO labs (id, patient, code, value, changed) VALUES (9, 'ann', 'z', 1, 9);",
		)
		.await;
	// The new row is skipped, so the backfill begins again.
	assert_eq!(provider.plan(&[]).await.posts, []);
	assert_eq!(versions(&provider.plan(&[1]).await), [1]);
	provider.sql("UPDATE labs SET changed = 10 WHERE id = 3").await;
	assert_eq!(versions(&provider.plan(&[1]).await), [2]);
}

#[tokio::test]
async fn a_change_that_was_not_announced_is_not_amended_by_a_new_version_of_the_template() {
	let mut provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let posts = provider.plan(&[1]).await.posts;
	provider.sql("UPDATE labs SET value = 30 WHERE id = 3").await;
	provider.templates = catalogue(&[LAB, &second()]);
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [2]);
	assert_eq!(planned.posts[0].id.record, posts[0].id.record);
	let changed = posts[1].id.record;
	assert!(matches!(
		planned.skipped.as_slice(),
		[Error::NotAmended { reason, .. }]
			if matches!(**reason, Error::IntegrityMismatch(record) if record == changed)
	));
	let text = planned.skipped[0].to_string();
	let template = provider.template.id();
	assert!(text.contains(&format!("the template {template}: the row of a record")), "{text}");
	let kept = provider.state.latest(&relationship(1), &changed).await.unwrap().unwrap();
	assert_eq!(kept.post, posts[1]);
	// It is amended when it is announced.
	provider.sql("UPDATE labs SET changed = 8 WHERE id = 3").await;
	assert_eq!(versions(&provider.plan(&[1]).await), [2]);
}

#[tokio::test]
async fn an_announced_change_is_amended_by_a_new_version_of_the_template() {
	let mut provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	provider.plan(&[1]).await;
	provider.sql("UPDATE labs SET value = 30, changed = 7 WHERE id = 3").await;
	provider.templates = catalogue(&[LAB, &second()]);
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [2; 2]);
	assert!(planned.skipped.is_empty());
}

#[tokio::test]
async fn what_cannot_be_checked_by_the_earlier_template_must_be_announced() {
	let mut provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	provider.plan(&[1]).await;
	let lost = provider.template.hash();
	provider.sql("UPDATE labs SET changed = 7 WHERE id = 3").await;
	provider.templates = catalogue(&[&second()]);
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [2]);
	assert!(matches!(
		planned.skipped.as_slice(),
		[Error::NotAmended { reason, .. }]
			if matches!(**reason, Error::UnknownTemplate(hash) if hash == lost)
	));
}

#[tokio::test]
async fn a_template_that_fails_delays_no_other() {
	let mut provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	// Its ID comes before that of the other.
	let gone = LAB.replace("id = \"lab\"", "id = \"absent\"").replace("FROM labs", "FROM absent");
	provider.templates = catalogue(&[LAB, &gone]);
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [1; 2]);
	let failed: Vec<_> = planned.failed.iter().collect();
	assert!(matches!(
		failed.as_slice(),
		[(id, Error::Query { template, .. })] if *id == "absent" && template == "absent"
	));
	provider.sql("ALTER TABLE labs RENAME TO absent").await;
	let planned = provider.plan(&[1]).await;
	assert_eq!(versions(&planned), [1; 2]);
	assert_eq!(planned.failed.keys().collect::<Vec<_>>(), ["lab"]);
}

#[tokio::test]
async fn versions_that_are_due_are_read_in_windows() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	provider.link("bob", 2).await;
	let planned = provider.plan(&[1, 2]).await.posts;
	let mut found = Vec::new();
	let mut after = 0;
	for count in [2, 1, 0] {
		let window = provider.state.due_posts(after, 2).await.unwrap();
		assert_eq!(window.len(), count);
		after = window.last().map_or(after, |(place, _)| *place);
		found.extend(window.into_iter().map(|(_, post)| post));
	}
	assert_eq!(found.len(), planned.len());
	assert_eq!(found, due(&provider, 10).await);
}

#[tokio::test]
async fn a_withheld_template_posts_withheld_records() {
	let text = LAB.replace("row_limit = 3", "row_limit = 3\nrelease = \"withheld\"");
	let provider = Provider::with(&text).await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let posts = provider.plan(&[1]).await.posts;
	assert!(posts.iter().all(|post| post.posting.release == Release::Withheld));
	assert_eq!(due(&provider, 9).await, posts);
}

#[tokio::test]
async fn a_row_of_the_wrong_type_is_reported_and_delays_no_other() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.sql("UPDATE labs SET value = 'text' WHERE id IN (1, 4)").await;
	provider.link("ann", 1).await;
	let planned = provider.plan(&[1]).await;
	assert_eq!(planned.posts.len(), 1);
	assert!(matches!(planned.skipped.as_slice(), [Error::FieldType { .. }]));
}

#[tokio::test]
async fn a_round_reads_a_bounded_number_of_rows() {
	let provider = Provider::new().await;
	provider
		.sql(
			"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
			INSERT INTO labs SELECT i, 'ann', 'blood', 'a', i, i FROM n",
		)
		.await;
	provider.link("ann", 1).await;
	let mut sum = 0;
	let mut rounds = 0;
	loop {
		let planned = provider.plan(&[1]).await;
		assert!(planned.posts.len() <= 48);
		sum += planned.posts.len();
		rounds += 1;
		if !planned.more {
			break;
		}
	}
	assert_eq!((sum, rounds), (100, 3));
}

#[tokio::test]
async fn an_erased_record_is_never_planned_again() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let posts = provider.plan(&[1]).await.posts;
	provider.state.erase(&relationship(1), &posts[0].id.record).await.unwrap();
	assert_eq!(due(&provider, 9).await, posts[1..]);
	provider.sql("UPDATE labs SET value = 8, changed = 8 WHERE id = 1").await;
	assert_eq!(provider.plan(&[1]).await.posts, []);
	let unknown = provider.state.erase(&relationship(2), &posts[0].id.record).await.unwrap_err();
	assert!(matches!(unknown, Error::UnknownRecord { .. }));
}

#[tokio::test]
async fn what_was_planned_for_an_unlinked_patient_is_published_for_nobody_else() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let planned = provider.plan(&[1]).await.posts;
	provider.mark(&planned[0], Progress::Final(block(1))).await;
	provider.serve(&planned[0]).await.unwrap();
	provider.state.unlink_patient("ann").await.unwrap();
	assert_eq!(due(&provider, 10).await, []);
	assert!(matches!(provider.serve(&planned[0]).await, Err(Error::UnknownRelationship(_))));
	assert_eq!(provider.plan(&[1]).await.posts, []);

	// Bob is linked to the relationship: his rows are read from the start, and none of ann's is published.
	let mut bob = patient("bob", 2);
	bob.subject = patient("ann", 1).subject;
	provider.state.link_patient(&bob, Some(&relationship(1))).await.unwrap();
	let of_bob = provider.plan(&[1]).await.posts;
	assert_eq!(of_bob.len(), 1);
	assert_eq!(due(&provider, 10).await, of_bob);
	let error = provider.serve(&planned[0]).await.unwrap_err();
	assert!(matches!(error, Error::UnknownRecord { .. }) && !error.is_alarming(), "{error}");

	// Ann is linked again: publishing continues, and plans nothing twice.
	provider.state.unlink_patient("bob").await.unwrap();
	provider.link("ann", 1).await;
	assert_eq!(provider.plan(&[1]).await.posts, []);
	assert_eq!(due(&provider, 10).await, planned[1..]);
	provider.serve(&planned[0]).await.unwrap();
}

#[tokio::test]
async fn a_backfill_that_ends_after_its_patient_was_unlinked_is_not_that_of_the_next_patient() {
	let provider = Provider::new().await;
	provider.sql(ANN).await;
	provider.link("ann", 1).await;
	let Provider { state, template, .. } = &provider;
	state.unlink_patient("ann").await.unwrap();
	// A round that began before saves its position now.
	let watch = Watch::Backfill(relationship(1));
	state.plan_posts(&template.hash(), &watch, &provider.start(), true, &[], &[]).await.unwrap();
	state.link_patient(&patient("bob", 2), Some(&relationship(1))).await.unwrap();
	assert_eq!(provider.plan(&[1]).await.posts.len(), 1);
}
