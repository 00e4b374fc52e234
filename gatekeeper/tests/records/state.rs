use crate::support::{block, patient, relationship, Provider};
use medrec_gatekeeper::records::{
	identifier, record_id,
	state::{Link, NewReceipt, QuestionHash, Watch},
	Error, Progress, RecordVersion, Secret, State, Taken,
};
use medrec_primitives::{
	bounty::BountyId, commitment::hmac_sha3, identity::SubjectId, merkle, record::RecordId,
	summary::LogRoot, H256,
};
use medrec_protocol::wire::{AnchoredHead, ErrorCode};
use std::{cmp::Ordering, collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path};

#[tokio::test]
async fn patients_are_found_by_relationship_and_by_subject() {
	let provider = Provider::new().await;
	let state = &provider.state;
	let ann = patient("ann", 1);
	state.link_patient(&ann, None).await.unwrap();
	assert_eq!(state.patient_of(&relationship(1)).await.unwrap(), None);
	state.link_patient(&ann, Some(&relationship(1))).await.unwrap();
	assert_eq!(state.patient_by_subject(&SubjectId::repeat_byte(9)).await.unwrap(), None);
	// A second relationship after the first ended.
	state.link_patient(&ann, Some(&relationship(3))).await.unwrap();
	for number in [1, 3] {
		assert_eq!(state.patient_of(&relationship(number)).await.unwrap(), Some(ann.clone()));
	}
	assert_eq!(state.patient_by_subject(&ann.subject).await.unwrap(), Some(ann.clone()));
	let relationships = vec![relationship(1), relationship(3)];
	let link = Link { patient: ann.clone(), relationships };
	assert_eq!(state.links().await.unwrap(), std::slice::from_ref(&link));
	let linked = [(relationship(1), ann.clone()), (relationship(3), ann.clone())];
	assert_eq!(state.linked().await.unwrap(), linked.into());
	assert!(matches!(state.unlink_patient("bob").await, Err(Error::UnknownPatient)));
	let bob = patient("bob", 2);
	state.link_patient(&bob, None).await.unwrap();
	let (third, fourth) = (relationship(3), relationship(4));
	let linked = state.link_relationship(&third, &bob.subject).await.unwrap();
	assert_eq!(linked, Some(ann.clone()), "it stays linked");
	assert_eq!(state.unlink_patient("ann").await.unwrap(), link);
	assert_eq!(state.link_relationship(&fourth, &ann.subject).await.unwrap(), None);
	let left = Link { patient: bob, relationships: Vec::new() };
	assert_eq!(state.links().await.unwrap(), [left]);
	assert_eq!(state.patient_of(&relationship(1)).await.unwrap(), None);
	assert_eq!(state.patient_by_subject(&ann.subject).await.unwrap(), None);
}

#[tokio::test]
async fn a_link_is_never_moved_to_another() {
	let provider = Provider::new().await;
	let state = &provider.state;
	let ann = patient("ann", 1);
	state.link_patient(&ann, Some(&relationship(1))).await.unwrap();
	state.link_patient(&ann, Some(&relationship(1))).await.unwrap();
	let mut other_subject = ann.clone();
	other_subject.subject = SubjectId::repeat_byte(8);
	let mut same_subject = patient("bob", 2);
	same_subject.subject = ann.subject;
	for (patient, relation, expected) in [
		(other_subject, None, Taken::Patient(ann.subject)),
		(same_subject, None, Taken::Subject(ann.subject)),
		(patient("bob", 2), Some(relationship(1)), Taken::Relationship(relationship(1))),
	] {
		let error = state.link_patient(&patient, relation.as_ref()).await.unwrap_err();
		assert!(matches!(error, Error::AlreadyLinked(taken) if taken == expected), "{error}");
		assert!(error.to_string().contains("medrec-gatekeeper"), "{error}");
	}
	let relationships = vec![relationship(1)];
	assert_eq!(state.links().await.unwrap(), [Link { patient: ann, relationships }]);
}

#[tokio::test]
async fn the_database_belongs_to_the_first_chain() {
	let provider = Provider::new().await;
	let state = &provider.state;
	assert_eq!(state.genesis().await.unwrap(), None);
	state.save_genesis(&H256::repeat_byte(1)).await.unwrap();
	state.save_genesis(&H256::repeat_byte(2)).await.unwrap();
	assert_eq!(state.genesis().await.unwrap(), Some(H256::repeat_byte(1)));
}

#[tokio::test]
async fn an_inspected_database_is_neither_created_nor_changed() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("state.sqlite");
	assert!(matches!(State::inspect(&path).await, Err(Error::Open { .. })));
	assert!(matches!(State::open_existing(&path).await, Err(Error::Open { .. })));
	assert!(!path.exists());

	let state = State::open(&path).await.unwrap();
	state.link_patient(&patient("ann", 1), None).await.unwrap();
	let inspected = State::inspect(&path).await.unwrap();
	assert_eq!(inspected.links().await.unwrap().len(), 1);
	assert!(inspected.save_genesis(&H256::repeat_byte(1)).await.is_err());
	assert!(inspected.link_patient(&patient("bob", 2), None).await.is_err());
}

#[tokio::test]
async fn the_version_of_a_database_is_compared_with_that_of_the_program() {
	let provider = Provider::new().await;
	assert_eq!(provider.state.schema().await.unwrap(), Ordering::Equal);
	let newer = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, \
	             checksum, execution_time FROM _sqlx_migrations LIMIT 1";
	provider.state_sql(newer).await.unwrap();
	assert_eq!(provider.state.schema().await.unwrap(), Ordering::Greater);
	provider.state_sql("DELETE FROM _sqlx_migrations WHERE version > 1").await.unwrap();
	assert_eq!(provider.state.schema().await.unwrap(), Ordering::Less);
}

#[tokio::test]
async fn planned_versions_of_linked_relationships_are_counted() {
	let provider = Provider::new().await;
	let state = &provider.state;
	provider.link("ann", 1).await;
	provider
		.sql("INSERT INTO labs (patient, code, value, changed) VALUES ('ann', 'a', 1, 1), ('ann', 'b', 2, 2)")
		.await;
	assert_eq!(state.count_planned().await.unwrap(), 0);
	let planned = provider.plan(&[1]).await;
	assert_eq!(state.count_planned().await.unwrap(), 2);
	provider.mark(&planned.posts[0], Progress::InBlock(block(1))).await;
	assert_eq!(state.count_planned().await.unwrap(), 1);
	state.unlink_patient("ann").await.unwrap();
	assert_eq!(state.count_planned().await.unwrap(), 0);
}

#[tokio::test]
async fn a_nonce_is_taken_once_over_restarts_and_gatekeepers() {
	let mut provider = Provider::new().await;
	let insert = |state: State, key: &'static str, nonce: &'static str| async move {
		state.insert_nonce(key, nonce, 1_000_000).await.unwrap()
	};
	assert!(insert(provider.state.clone(), "key", "one").await);
	assert!(!insert(provider.state.clone(), "key", "one").await);
	assert!(insert(provider.state.clone(), "key", "two").await);
	assert!(insert(provider.state.clone(), "other", "one").await);
	let beside = State::open(&provider.state_path()).await.unwrap();
	assert!(!insert(beside, "key", "two").await);
	provider.restart().await;
	assert!(!insert(provider.state.clone(), "key", "one").await);
	// A nonce is kept for ten minutes after it expires.
	assert_eq!(provider.state.purge_nonces(1_000_001).await.unwrap(), 0);
	assert!(!insert(provider.state.clone(), "key", "one").await);
	assert_eq!(provider.state.purge_nonces(2_000_000).await.unwrap(), 3);
	assert!(insert(provider.state.clone(), "key", "one").await);
}

#[tokio::test]
async fn of_concurrent_requests_with_one_nonce_one_is_accepted() {
	let provider = Provider::new().await;
	let beside = State::open(&provider.state_path()).await.unwrap();
	let racers = (0..20).map(|at| {
		let state = if at % 2 == 0 { provider.state.clone() } else { beside.clone() };
		tokio::spawn(async move { state.insert_nonce("key", "nonce", 1).await.unwrap() })
	});
	let mut winners = 0;
	for racer in racers.collect::<Vec<_>>() {
		winners += usize::from(racer.await.unwrap());
	}
	assert_eq!(winners, 1);
}

fn receipt(text: String, relation: u8, requester: u8) -> NewReceipt {
	NewReceipt {
		canonical: text,
		relationship: relationship(relation),
		requester: SubjectId::repeat_byte(requester),
		at: 5,
	}
}

#[tokio::test]
async fn receipts_of_concurrent_writers_are_numbered_without_gaps() {
	let provider = Provider::new().await;
	let beside = State::open(&provider.state_path()).await.unwrap();
	let writers = (0..30u8).map(|at| {
		let state = if at % 2 == 0 { provider.state.clone() } else { beside.clone() };
		tokio::spawn(async move {
			state
				.append_receipt::<Error>(|sequence| {
					Ok(receipt(format!("{{\"sequence\":{sequence}}}"), 1, at % 3))
				})
				.await
				.unwrap()
		})
	});
	let mut stored = Vec::new();
	for writer in writers.collect::<Vec<_>>() {
		stored.push(writer.await.unwrap());
	}
	stored.sort_by_key(|receipt| receipt.sequence);
	for (receipt, sequence) in stored.iter().zip(0..) {
		assert_eq!(receipt.sequence, sequence);
		assert_eq!(receipt.canonical, format!("{{\"sequence\":{sequence}}}"));
		assert_eq!(receipt.leaf, merkle::leaf(receipt.canonical.as_bytes()));
	}
	let state = &provider.state;
	let leaves: Vec<_> = stored.iter().map(|receipt| receipt.leaf).collect();
	assert_eq!(state.leaves(0).await.unwrap(), leaves);
	assert_eq!(state.leaves(28).await.unwrap(), leaves[28..]);
}

#[tokio::test]
async fn a_receipt_that_cannot_be_made_takes_no_number() {
	let provider = Provider::new().await;
	let state = &provider.state;
	let failed = state.append_receipt(|_| Err(Error::Damaged("no key"))).await;
	assert!(matches!(failed, Err(Error::Damaged("no key"))));
	let next = state.append_receipt::<Error>(|_| Ok(receipt("{}".into(), 1, 1))).await.unwrap();
	assert_eq!(next.sequence, 0);
}

#[tokio::test]
async fn receipts_are_paged_by_relationship_and_requester() {
	let mut provider = Provider::new().await;
	assert_eq!(provider.state.leaves(0).await.unwrap(), []);
	for (at, (relation, requester)) in [(1, 1), (2, 1), (1, 2), (1, 1)].into_iter().enumerate() {
		let new = NewReceipt { at: at as u64, ..receipt(at.to_string(), relation, requester) };
		provider.state.append_receipt::<Error>(|_| Ok(new)).await.unwrap();
	}
	provider.restart().await;
	let state = &provider.state;
	let one = SubjectId::repeat_byte(1);
	for (requester, range, limit, expected) in [
		(None, (None, None), 9, vec![0, 2, 3]),
		(None, (None, None), 2, vec![0, 2]),
		(None, (Some(0), None), 9, vec![2, 3]),
		(None, (None, Some(2)), 9, vec![2, 3]),
		(None, (Some(2), Some(2)), 9, vec![3]),
		(None, (None, Some(u64::MAX)), 9, vec![]),
		(Some(&one), (None, None), 9, vec![0, 3]),
		(Some(&one), (None, Some(3)), 9, vec![3]),
		(Some(&one), (Some(3), None), 9, vec![]),
	] {
		let page = state.receipts_of(&relationship(1), requester, range, limit).await.unwrap();
		assert_eq!(page.iter().map(|receipt| receipt.sequence).collect::<Vec<_>>(), expected);
	}
}

#[tokio::test]
async fn receipts_are_neither_changed_nor_deleted() {
	let provider = Provider::new().await;
	let state = &provider.state;
	state.append_receipt::<Error>(|_| Ok(receipt("{}".into(), 1, 1))).await.unwrap();
	for sql in ["DELETE FROM receipts", "UPDATE receipts SET canonical = '[]'"] {
		let error = provider.state_sql(sql).await.unwrap_err();
		assert!(error.to_string().contains("only appended"));
	}
}

#[tokio::test]
async fn an_answer_is_saved_once() {
	let mut provider = Provider::new().await;
	let (bounty, question) = (BountyId::repeat_byte(5), QuestionHash::repeat_byte(6));
	let other = QuestionHash::repeat_byte(7);
	assert_eq!(provider.state.answer(&bounty).await.unwrap(), None);
	let first = provider.state.save_answer(&bounty, &question, "{\"a\":1}").await.unwrap();
	assert_eq!(first.commitment.0, merkle::sha3(&[b"{\"a\":1}"]).0);
	provider.restart().await;
	let state = &provider.state;
	assert_eq!(state.save_answer(&bounty, &question, "{\"a\":2}").await.unwrap(), first);
	assert_eq!(state.save_answer(&bounty, &other, "{\"a\":3}").await.unwrap(), first);
	assert_eq!(state.repeat_answer(&bounty, &other).await.unwrap(), Some(first.clone()));
	assert_eq!(state.answer(&bounty).await.unwrap(), Some(first));
	state.mark_answer(&bounty, Progress::InBlock(block(3))).await.unwrap();
	let progress = || async { state.answer(&bounty).await.unwrap().unwrap().progress };
	assert_eq!(progress().await, Progress::InBlock(block(3)));
	state.mark_answer(&bounty, Progress::Final(block(4))).await.unwrap();
	state.mark_answer(&bounty, Progress::Planned).await.unwrap();
	assert_eq!(progress().await, Progress::Final(block(4)));
	let unknown = state.mark_answer(&BountyId::default(), Progress::Planned).await.unwrap_err();
	assert!(matches!(unknown, Error::NothingSaved(_)));
	assert_eq!(unknown.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_question_has_one_answer_whichever_bounty_asks_it() {
	let mut provider = Provider::new().await;
	let bounty = BountyId::repeat_byte;
	let question = QuestionHash::repeat_byte(0xee);
	let text = |byte, figures: &str| format!("{{\"bounty\":\"{:?}\",{figures}}}", bounty(byte));
	assert_eq!(provider.state.repeat_answer(&bounty(1), &question).await.unwrap(), None);
	let one = text(1, "\"cells\":[0.30000000000000004]");
	provider.state.save_answer(&bounty(1), &question, &one).await.unwrap();
	provider.restart().await;
	let state = &provider.state;
	// The first answer is returned, even if another one was computed since.
	let two = state.repeat_answer(&bounty(2), &question).await.unwrap().unwrap();
	let again = text(3, "\"cells\":[7]");
	let three = state.save_answer(&bounty(3), &question, &again).await.unwrap();
	for (saved, byte) in [(two, 2), (three, 3)] {
		assert_eq!(saved.canonical, text(byte, "\"cells\":[0.30000000000000004]"));
		assert_eq!(saved.commitment.0, merkle::sha3(&[saved.canonical.as_bytes()]).0);
		assert_eq!(saved.progress, Progress::Planned);
		assert_eq!(state.answer(&bounty(byte)).await.unwrap(), Some(saved));
	}
	let other = text(4, "\"cells\":[8]");
	let four = state.save_answer(&bounty(4), &QuestionHash::default(), &other).await.unwrap();
	assert_eq!(four.canonical, other);
}

#[tokio::test]
async fn answers_from_before_questions_were_marked_answer_no_other_bounty() {
	let provider = Provider::new().await;
	let (bounty, question) = (BountyId::repeat_byte(1), QuestionHash::repeat_byte(2));
	provider.state.save_answer(&bounty, &question, "{\"a\":1}").await.unwrap();
	provider.state_sql("UPDATE answers SET question = NULL").await.unwrap();
	let state = &provider.state;
	assert_eq!(state.repeat_answer(&BountyId::repeat_byte(2), &question).await.unwrap(), None);
	assert_eq!(state.answer(&bounty).await.unwrap().unwrap().canonical, "{\"a\":1}");
}

#[tokio::test]
async fn the_largest_anchored_head_is_returned() {
	let mut provider = Provider::new().await;
	assert_eq!(provider.state.anchored().await.unwrap(), None);
	let head = |size: u8, at| AnchoredHead { size: size.into(), root: LogRoot([size; 32]), at };
	for head in [head(7, 99), head(3, 98), head(7, 100)] {
		provider.state.save_anchor(&head).await.unwrap();
	}
	provider.restart().await;
	assert_eq!(provider.state.anchored().await.unwrap(), Some(head(7, 99)));
}

#[tokio::test]
async fn an_alarm_is_raised_once_for_a_version() {
	let mut provider = Provider::new().await;
	let alarm = |version| RecordVersion {
		relationship: relationship(1),
		record: RecordId::repeat_byte(2),
		version,
	};
	assert!(provider.state.note_alarm(&alarm(1)).await.unwrap());
	assert!(!provider.state.note_alarm(&alarm(1)).await.unwrap());
	provider.restart().await;
	let state = &provider.state;
	assert!(!state.note_alarm(&alarm(1)).await.unwrap());
	assert!(state.note_alarm(&alarm(2)).await.unwrap());
	state.mark_alarm(&alarm(1), Progress::InBlock(block(2))).await.unwrap();
	assert_eq!(state.due_alarms().await.unwrap(), [alarm(2)]);
	let all = [(alarm(1), Progress::InBlock(block(2))), (alarm(2), Progress::Planned)];
	assert_eq!(state.alarms().await.unwrap(), all);
	let unknown = state.mark_alarm(&alarm(3), Progress::Planned).await.unwrap_err();
	assert!(matches!(unknown, Error::NothingSaved(_)));
}

#[tokio::test]
async fn a_cursor_survives_a_restart() {
	let mut provider = Provider::new().await;
	let hash = provider.template.hash();
	let watch = Watch::Backfill(relationship(1));
	assert_eq!(provider.state.cursor(&hash, &watch).await.unwrap(), None);
	let start = provider.start();
	provider.state.plan_posts(&hash, &watch, &start, true, &[], &[]).await.unwrap();
	provider.restart().await;
	let state = &provider.state;
	assert_eq!(state.cursor(&hash, &watch).await.unwrap(), Some((start.clone(), true)));
	assert_eq!(state.backfilled(&hash).await.unwrap(), [relationship(1)].into());
	assert_eq!(state.cursor(&hash, &Watch::All).await.unwrap(), None);
	assert_eq!(state.begin_watch(&hash, &start).await.unwrap(), start);
	let mut later = start.clone();
	later.handle = medrec_gatekeeper::records::Scalar::Integer(7);
	assert_eq!(state.begin_watch(&hash, &later).await.unwrap(), start);
	// Rows that were skipped make the backfill begin again.
	let missed = [relationship(1)];
	state.plan_posts(&hash, &Watch::All, &later, false, &[], &missed).await.unwrap();
	assert_eq!(state.backfilled(&hash).await.unwrap(), [].into());
	assert_eq!(state.begin_watch(&hash, &start).await.unwrap(), later);
}

#[tokio::test]
async fn content_that_the_gatekeeper_never_writes_is_an_error() {
	let provider = Provider::new().await;
	let state = &provider.state;
	state.link_patient(&patient("ann", 1), None).await.unwrap();
	provider.state_sql("UPDATE patients SET subject = x'00'").await.unwrap();
	let error = state.links().await.unwrap_err();
	assert!(matches!(error, Error::Damaged(_)));
	assert_eq!(error.code(), ErrorCode::Internal);
}

#[tokio::test]
async fn a_closed_or_foreign_database_is_an_error() {
	let provider = Provider::new().await;
	let folder = provider.folder.path();
	assert!(matches!(State::open(folder).await, Err(Error::Open { .. })));
	provider.state.ping().await.unwrap();
	provider.state.close().await;
	assert!(matches!(provider.state.ping().await, Err(Error::Database(_))));
	// A database of the example schema is not the gatekeeper's.
	let path = folder.join("store.sqlite");
	medrec_ehr::EhrStore::open(&path).await.unwrap().close().await;
	assert!(matches!(State::open(&path).await, Err(Error::Migrate { .. })));
}

/// The files of a database with the rights to each.
fn rights(database: &Path) -> BTreeMap<String, u32> {
	let name = database.file_name().unwrap().to_str().unwrap();
	std::fs::read_dir(database.parent().unwrap())
		.unwrap()
		.map(|entry| entry.unwrap())
		.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap()))
		.filter(|(file, _)| file.starts_with(name))
		.map(|(file, metadata)| (file, metadata.permissions().mode() & 0o777))
		.collect()
}

fn set_rights(path: &Path, mode: u32) {
	std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_new_database_is_readable_by_its_owner_alone() {
	let provider = Provider::new().await;
	provider.link("ann", 1).await;
	let rights = rights(&provider.state_path());
	assert!(rights.len() > 1, "{rights:?} holds the log of writes too");
	assert!(rights.values().all(|mode| *mode == 0o600), "{rights:?}");
}

#[tokio::test]
async fn a_database_that_others_may_use_is_refused() {
	let provider = Provider::new().await;
	provider.state.close().await;
	let path = provider.state_path();
	for mode in [0o640, 0o620, 0o604, 0o644, 0o666] {
		set_rights(&path, mode);
		let error = State::open(&path).await.unwrap_err();
		assert!(matches!(error, Error::Exposed { .. }), "{mode:o}: {error}");
		assert!(
			error.to_string().contains("chmod 600") && error.to_string().contains("state.sqlite")
		);
		assert!(matches!(State::check_rights(&path), Err(Error::Exposed { .. })));
	}
	set_rights(&path, 0o600);
	// A log of writes that other users may read is refused as well.
	let log = provider.folder.path().join("state.sqlite-wal");
	std::fs::write(&log, "").unwrap();
	set_rights(&log, 0o644);
	let error = State::open(&path).await.unwrap_err();
	assert!(error.to_string().contains("state.sqlite-wal"), "{error}");
	set_rights(&log, 0o600);
	State::open(&path).await.unwrap().close().await;
	State::check_rights(&provider.folder.path().join("missing")).unwrap();
}

#[test]
fn identifiers_are_keyed_hashes_of_local_ids() {
	let secret = Secret::new([7; 32]);
	let expected = hmac_sha3(&[7; 32], &[b"mrn\x00ann"]);
	assert_eq!(identifier(&secret, "mrn", "ann").0, expected.0);
	assert_ne!(identifier(&Secret::new([8; 32]), "mrn", "ann").0, expected.0);
	let expected = hmac_sha3(&[7; 32], &[b"record\x00lab\x0012"]);
	assert_eq!(record_id(&secret, "lab", b"12").0, expected.0);
	assert_eq!(format!("{secret:?}"), "Secret(..)");
}
