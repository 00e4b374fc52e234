//! The log of receipts.

use crate::support::{eventually, key, Ask, Builder, Gate, AUTHORITY, DOCTOR, PATIENT, RESEARCHER};
use http::Method;
use medrec_client::http::GatekeeperClient;
use medrec_gatekeeper::config::Limits;
use medrec_primitives::relationship::{Purpose, Scope};
use medrec_protocol::{
	receipt,
	signing::RequestSigner,
	verify,
	wire::{
		ConsistencyProof, ErrorCode, InclusionProof, LogHead, LoggedReceipt, Outcome, ReceiptsPage,
		ReceiptsQuery, MAX_RECEIPTS, PATH_LOG_HEAD, PATH_LOG_PROOF, PATH_LOG_RECEIPTS,
	},
};

fn receipts<'a>(gate: &'a Gate, name: &str, after: Option<u64>) -> Ask<'a> {
	let mut path = format!("{PATH_LOG_RECEIPTS}?relationship={}", gate.relationship());
	if let Some(after) = after {
		path.push_str(&format!("&after={after}"));
	}
	Ask::new(gate, name, Method::GET, path)
}

async fn get<T: serde::de::DeserializeOwned>(gate: &Gate, path: &str) -> T {
	Ask::new(gate, DOCTOR, Method::GET, path).send().await.ok()
}

#[tokio::test]
async fn the_patient_reads_all_receipts_and_others_their_own() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	gate.query(DOCTOR).purpose(Purpose::Hresch).refused(ErrorCode::NotPermitted).await;
	gate.query(RESEARCHER).refused(ErrorCode::NotFound).await;
	gate.query(PATIENT).answered().await;

	let page: ReceiptsPage = receipts(&gate, PATIENT, None).send().await.ok();
	let decision = |logged: &LoggedReceipt| logged.signed.receipt.decision;
	let decisions: Vec<_> = page.receipts.iter().map(decision).collect();
	assert_eq!(
		decisions,
		[
			Outcome::Permit,
			Outcome::Refused(ErrorCode::NotPermitted),
			Outcome::Refused(ErrorCode::NotFound),
			Outcome::Permit,
		]
	);
	assert_eq!(page.next, None);
	let later: ReceiptsPage = receipts(&gate, PATIENT, Some(1)).send().await.ok();
	assert_eq!(later.receipts, page.receipts[2..]);
	let own: ReceiptsPage = receipts(&gate, DOCTOR, None).send().await.ok();
	assert_eq!(own.receipts, page.receipts[..2]);

	// A requester with receipts, but none since then, receives an empty page, and not an error.
	let (client, relationship) = (client(&gate, DOCTOR), gate.relationship());
	let since = page.receipts[1].signed.receipt.at;
	for since in [since, since + 1] {
		let query = ReceiptsQuery { relationship, after: None, since: Some(since), size: None };
		let mut expected = own.receipts.clone();
		expected.retain(|logged| logged.signed.receipt.at >= since);
		assert_eq!(client.receipts(&query).await.unwrap().receipts, expected);
	}
}

#[tokio::test]
async fn long_logs_are_read_page_by_page() {
	let gate = Gate::start().await;
	for _ in 0..101 {
		gate.query(RESEARCHER).refused(ErrorCode::NotFound).await;
	}
	let page: ReceiptsPage = receipts(&gate, PATIENT, None).send().await.ok();
	assert_eq!((page.receipts.len(), page.next), (MAX_RECEIPTS as usize, Some(99)));
	let rest: ReceiptsPage = receipts(&gate, PATIENT, page.next).send().await.ok();
	assert_eq!((rest.receipts.len(), rest.next), (1, None));
}

#[tokio::test]
async fn subjects_without_receipts_read_none() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	receipts(&gate, RESEARCHER, None).refused(ErrorCode::NotFound).await;
	receipts(&gate, "Stranger", None).refused(ErrorCode::UnknownKey).await;
	Ask::new(&gate, PATIENT, Method::GET, PATH_LOG_RECEIPTS)
		.refused(ErrorCode::MalformedRequest)
		.await;
}

#[tokio::test]
async fn every_receipt_is_proven_against_the_anchored_head() {
	let gate = Builder::new().extra("anchor_interval_s = 1").start().await;
	gate.grant(Scope::All, |_| {}).await;
	let mut kept = Vec::new();
	for _ in 0..3 {
		kept.push(gate.query(DOCTOR).answered().await.1);
	}
	eventually("the log is anchored", || {
		gate.chain.world().anchored.is_some_and(|anchor| anchor.size == 3)
	})
	.await;
	let anchor = gate.chain.world().anchored.unwrap();
	for signed in &kept {
		let sequence = signed.receipt.sequence;
		let path = format!("{PATH_LOG_PROOF}?sequence={sequence}&size=3");
		let proof: InclusionProof = get(&gate, &path).await;
		assert_eq!(proof.leaf, receipt::receipt_hash(signed));
		verify::check_inclusion(signed, anchor.size, anchor.root, &proof.proof).unwrap();
	}

	gate.query(DOCTOR).answered().await;
	let started = std::time::Instant::now();
	let head = loop {
		let head: LogHead = get(&gate, PATH_LOG_HEAD).await;
		if head.anchored.is_some_and(|anchored| anchored.size == 4) {
			break head;
		}
		assert!(started.elapsed().as_secs() < 10, "the log was not anchored again");
		tokio::time::sleep(std::time::Duration::from_millis(50)).await;
	};
	assert_eq!(head.size, 4);
	assert_eq!(head.anchored.unwrap().root, head.root);
	let path = format!("{PATH_LOG_PROOF}?from=3&to=4");
	let proof: ConsistencyProof = get(&gate, &path).await;
	verify::check_consistency((3, anchor.root), (4, head.root), &proof.proof).unwrap();
}

fn client(gate: &Gate, name: &str) -> GatekeeperClient {
	let signer = RequestSigner::Wallet(key(name));
	GatekeeperClient::new(&format!("http://{}", gate.address()), gate.chain.genesis(), signer)
		.unwrap()
		.with_authority(AUTHORITY)
}

#[tokio::test]
async fn every_page_is_read_and_proven_within_the_default_limits() {
	let gate = Builder::new()
		.limits(|limits| *limits = Limits::default())
		.extra("anchor_interval_s = 1")
		.start()
		.await;
	gate.grant(Scope::All, |_| {}).await;
	for _ in 0..60 {
		gate.query(DOCTOR).answered().await;
		gate.query(RESEARCHER).refused(ErrorCode::NotFound).await;
	}
	eventually("the log is anchored", || {
		gate.chain.world().anchored.is_some_and(|anchor| anchor.size == 120)
	})
	.await;
	let anchor = gate.chain.world().anchored.unwrap();
	// This one is not covered by the anchor.
	gate.query(DOCTOR).answered().await;

	let (client, relationship) = (client(&gate, PATIENT), gate.relationship());
	let (mut proven, mut after, mut pages) = (0, None, 0);
	loop {
		let query = ReceiptsQuery { relationship, after, since: None, size: Some(anchor.size) };
		let page = client.receipts(&query).await.unwrap();
		pages += 1;
		for LoggedReceipt { signed, proof } in page.receipts {
			match proof {
				Some(proof) => {
					assert_eq!(signed.receipt.sequence, proven);
					verify::check_inclusion(&signed, anchor.size, anchor.root, &proof).unwrap();
					proven += 1;
				},
				None => assert_eq!(signed.receipt.sequence, 120),
			}
		}
		match page.next {
			Some(next) => after = Some(next),
			None => break,
		}
	}
	assert_eq!((proven, pages), (120, 2));
}

#[tokio::test]
async fn a_page_has_proofs_only_in_a_log_that_exists() {
	let gate = Gate::start().await;
	for _ in 0..3 {
		gate.query(DOCTOR).answered().await;
	}
	let of_size = |name, size: &str| {
		let path = format!("{PATH_LOG_RECEIPTS}?relationship={}&size={size}", gate.relationship());
		Ask::new(&gate, name, Method::GET, path)
	};
	for (size, covered) in [("0", 0), ("2", 2), ("3", 3)] {
		let page: ReceiptsPage = of_size(PATIENT, size).send().await.ok();
		let proofs = page.receipts.iter().filter(|logged| logged.proof.is_some());
		assert_eq!((page.receipts.len(), proofs.count()), (3, covered), "{size}");
	}
	let refused = of_size(PATIENT, "4").refused(ErrorCode::NotFound).await;
	assert_eq!(refused.error.message, "the log has fewer receipts");
	of_size(PATIENT, "all").refused(ErrorCode::MalformedRequest).await;
	// Who has no receipt learns nothing by a size either.
	let stranger = of_size(RESEARCHER, "4").refused(ErrorCode::NotFound).await;
	assert_ne!(stranger.error.message, refused.error.message);
}

#[tokio::test]
async fn the_log_continues_after_a_restart() {
	let mut gate = Gate::start().await;
	let (_, first) = gate.query(DOCTOR).answered().await;
	gate.restart().await;
	let (_, second) = gate.query(DOCTOR).answered().await;
	assert_eq!((first.receipt.sequence, second.receipt.sequence), (0, 1));
	let head: LogHead = get(&gate, PATH_LOG_HEAD).await;
	let anchored = head.anchored.expect("the stop anchored it");
	assert_eq!(anchored.size, 1);
	let proof: ConsistencyProof = get(&gate, &format!("{PATH_LOG_PROOF}?from=1&to=2")).await;
	let (old, new) = ((1, anchored.root), (2, head.root));
	verify::check_consistency(old, new, &proof.proof).unwrap();
}

#[tokio::test]
async fn impossible_proofs_are_refused() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	for query in ["sequence=1&size=1", "sequence=0&size=2", "from=0&to=1", "from=1&to=2"] {
		Ask::new(&gate, DOCTOR, Method::GET, format!("{PATH_LOG_PROOF}?{query}"))
			.refused(ErrorCode::NotFound)
			.await;
	}
	for query in ["", "sequence=0", "sequence=0&size=1&from=1&to=1", "sequence=x&size=1", "a=1"] {
		Ask::new(&gate, DOCTOR, Method::GET, format!("{PATH_LOG_PROOF}?{query}"))
			.refused(ErrorCode::MalformedRequest)
			.await;
	}
}

#[tokio::test]
async fn a_restored_log_is_not_anchored_over_the_newer_one() {
	let mut gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	gate.stop().await;
	let (state, backup) = (gate.path("state.sqlite"), gate.path("backup"));
	std::fs::copy(&state, &backup).unwrap();
	gate.start_again().await;
	for _ in 0..2 {
		gate.query(DOCTOR).answered().await;
	}
	gate.stop().await;
	let anchored = gate.chain.world().anchored;
	assert_eq!(anchored.unwrap().size, 3);
	std::fs::copy(&backup, &state).unwrap();
	gate.start_again().await;
	for _ in 0..4 {
		gate.query(DOCTOR).answered().await;
	}
	gate.stop().await;
	assert_eq!(gate.chain.world().anchored, anchored);
}
