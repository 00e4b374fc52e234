//! Reading receipts and proofs of the log from a gatekeeper.

use crate::{
	context::{self, Session},
	failure::{Failure, Result},
	gatekeeper::{self, Url},
	requests::Pace,
};
use medrec_client::http::{GatekeeperClient, GatekeeperError};
use medrec_primitives::{
	identity::SubjectId, merkle, relationship::RelationshipId, summary::LogRoot, H256,
};
use medrec_protocol::{
	verify::{check_consistency, VerifyError},
	wire::{
		AnchoredHead, ErrorCode, InclusionProof, LoggedReceipt, ReceiptsPage, ReceiptsQuery,
		MAX_RECEIPTS,
	},
};
use std::fmt;

/// The most receipts of one relationship that are read. A gatekeeper could send pages without end.
const MAX_LOG: usize = 1_000_000;

/// The reason why the log of a gatekeeper is not the one that is anchored.
#[derive(Debug)]
pub enum LogProblem {
	/// The gatekeeper has fewer receipts than are anchored.
	NotShown,
	/// The log differs from an anchored one.
	Rewritten(VerifyError),
}

impl fmt::Display for LogProblem {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			LogProblem::NotShown => formatter.write_str(
				"the gatekeeper does not show the log that it anchored: it has fewer receipts",
			),
			LogProblem::Rewritten(error) => {
				write!(formatter, "the gatekeeper's log is not the one that it anchored: {error}")
			},
		}
	}
}

/// The gatekeeper that keeps the log of a relationship, asked at a pace that it accepts.
pub struct Source {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Its provider.
	pub provider: SubjectId,
	client: GatekeeperClient,
	pace: Pace,
}

impl Source {
	/// Finds the gatekeeper, and opens the key in use.
	pub async fn open(
		session: &Session<'_>,
		relationship: RelationshipId,
		url: &Url,
	) -> Result<Source> {
		let (_, at) = session.finalized().await?;
		let provider = context::relationship(at, relationship).await?.provider;
		let client = gatekeeper::client(session, at, provider, url).await?;
		Ok(Source { relationship, provider, client, pace: Pace::new(session.context) })
	}

	/// The receipts from that page on.
	pub async fn receipts(&self, mut query: ReceiptsQuery) -> Result<Vec<LoggedReceipt>> {
		let mut all: Vec<LoggedReceipt> = Vec::new();
		loop {
			let page = self.pace.run(async || self.client.receipts(&query).await).await?;
			check_page(&page, query.after)?;
			all.extend(page.receipts);
			if all.len() > MAX_LOG {
				let message = format!("the gatekeeper sent more than {MAX_LOG} receipts");
				return Err(Failure::failed("malformed_answer", message));
			}
			match page.next {
				Some(next) => query.after = Some(next),
				None => return Ok(all),
			}
		}
	}

	/// Compares the gatekeeper's log with the oldest and the latest anchor: it has all receipts of the
	/// latest, and the log of the oldest is a prefix of it.
	pub async fn problem(
		&self,
		oldest: AnchoredHead,
		latest: AnchoredHead,
	) -> Result<Option<LogProblem>> {
		let checked = match oldest.size < latest.size {
			true => self.check_prefix(oldest, latest).await,
			false => self.check_last(latest).await,
		};
		problem_of(checked)
	}

	async fn check_prefix(&self, oldest: AnchoredHead, latest: AnchoredHead) -> Checked {
		let proof = async || self.client.consistency_proof(oldest.size, latest.size).await;
		let proof = self.pace.run(proof).await?.proof;
		let (earlier, later) = ((oldest.size, oldest.root), (latest.size, latest.root));
		Ok(check_consistency(earlier, later, &proof))
	}

	/// The proof of the last receipt of an anchored log, of whatever relationship it is.
	async fn check_last(&self, AnchoredHead { size, root, .. }: AnchoredHead) -> Checked {
		let Some(last) = size.checked_sub(1) else { return Ok(Ok(())) };
		let found = self.pace.run(async || self.client.inclusion_proof(last, size).await).await?;
		Ok(check_leaf((last, &found), size, root))
	}
}

/// The result of a proof, or the reason why there is none.
type Checked = Result<Result<(), VerifyError>, GatekeeperError>;

fn check_leaf(
	(position, found): (u64, &InclusionProof),
	size: u64,
	LogRoot(root): LogRoot,
) -> Result<(), VerifyError> {
	let proven = [(position, H256(found.leaf.0))];
	merkle::verify(&H256(root), size, &proven, &found.proof).map_err(VerifyError::Log)
}

fn problem_of(checked: Checked) -> Result<Option<LogProblem>> {
	match checked {
		Ok(Ok(())) => Ok(None),
		Ok(Err(error)) => Ok(Some(LogProblem::Rewritten(error))),
		Err(error) if error.code() == Some(ErrorCode::NotFound) => Ok(Some(LogProblem::NotShown)),
		Err(error) => Err(error.into()),
	}
}

/// Checks that a page of receipts continues after a number, is not too long, and names its last receipt as
/// the one after which the next page continues.
fn check_page(page: &ReceiptsPage, after: Option<u64>) -> Result<()> {
	let sequences = page.receipts.iter().map(|logged| logged.signed.receipt.sequence);
	let sequences = Vec::from_iter(after.into_iter().chain(sequences));
	if !sequences.is_sorted_by(|one, other| one < other) {
		let message = "the receipts are not in the order of their sequence numbers";
		return Err(Failure::unverified("malformed_answer", message));
	}
	let is_long = page.receipts.len() > MAX_RECEIPTS as usize;
	let last = page.receipts.last().map(|logged| logged.signed.receipt.sequence);
	if is_long || page.next.is_some_and(|next| Some(next) != last) {
		let message = "the gatekeeper's pages of receipts are not as documented";
		return Err(Failure::failed("malformed_answer", message));
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{access_log::fixture, context::Notices, failure::Exit};
	use medrec_protocol::{
		keys::{Key, Scheme},
		signing::RequestSigner,
		wire::{ErrorBody, ErrorEnvelope, ReceiptHash},
	};
	use std::rc::Rc;
	use tokio::{
		io::{AsyncReadExt, AsyncWriteExt},
		net::TcpListener,
	};

	/// A gatekeeper that gives these answers, one after the other.
	async fn source(answers: Vec<String>) -> Source {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move {
			for answer in answers {
				let (mut stream, _) = listener.accept().await.unwrap();
				let mut request = Vec::new();
				while !request.ends_with(b"\r\n\r\n") {
					stream.read_buf(&mut request).await.unwrap();
				}
				stream.write_all(answer.as_bytes()).await.unwrap();
			}
		});
		let signer = RequestSigner::Wallet(Key::generate(Scheme::Sr25519).0);
		let client = GatekeeperClient::new(&url, H256::zero(), signer).unwrap();
		let (relationship, provider) = (RelationshipId::default(), SubjectId::default());
		let notices = Rc::new(Notices::new(true));
		Source { relationship, provider, client, pace: Pace::with(notices) }
	}

	fn answer(status: &str, body: &impl serde::Serialize) -> String {
		let body = serde_json::to_string(body).unwrap();
		let length = body.len();
		format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
	}

	fn refusal(status: &str, code: ErrorCode) -> String {
		let error = ErrorBody { code, message: "refused".into(), receipt: None };
		answer(status, &ErrorEnvelope { error })
	}

	#[tokio::test]
	async fn a_page_that_is_refused_for_the_moment_is_asked_for_again() {
		let signed = fixture::receipt();
		let receipts = vec![LoggedReceipt { signed, proof: None }];
		let page = ReceiptsPage { receipts: receipts.clone(), next: None };
		let refused = refusal("429 Busy\r\nRetry-After: 1", ErrorCode::RateLimited);
		let source = source(vec![refused, answer("200 OK", &page)]).await;
		let relationship = source.relationship;
		let query = ReceiptsQuery { relationship, after: None, since: None, size: None };
		assert_eq!(source.receipts(query).await.unwrap(), receipts);
	}

	#[tokio::test]
	async fn a_gatekeeper_without_the_log_that_it_anchored_is_a_problem_of_the_log() {
		let missing = || refusal("404 Not Found", ErrorCode::NotFound);
		let broken = refusal("500 Broken", ErrorCode::Internal);
		let source = source(vec![missing(), missing(), broken]).await;
		let head = |size| AnchoredHead { size, root: LogRoot([1; 32]), at: 1 };
		// With one anchor, and with several.
		for oldest in [head(9), head(3)] {
			let problem = source.problem(oldest, head(9)).await.unwrap().unwrap();
			assert!(problem.to_string().contains("does not show the log that it anchored"));
		}
		let other = source.problem(head(3), head(9)).await.unwrap_err();
		assert_eq!(other.exit, Exit::Refused);
	}

	#[test]
	fn the_last_receipt_of_an_anchored_log_is_proven_by_its_leaf() {
		let leaves = [H256([1; 32]), H256([2; 32]), H256([3; 32])];
		let root = LogRoot(merkle::root(&leaves).0);
		let proof = merkle::prove(&leaves, &[2]).unwrap();
		let found = InclusionProof { leaf: ReceiptHash(leaves[2].0), proof };
		check_leaf((2, &found), 3, root).unwrap();
		let forged = InclusionProof { leaf: ReceiptHash([4; 32]), ..found };
		let problem = problem_of(Ok(check_leaf((2, &forged), 3, root))).unwrap().unwrap();
		assert!(problem.to_string().contains("not the one that it anchored"), "{problem}");
	}

	#[test]
	fn pages_of_receipts_go_on_where_the_last_one_ended() {
		let receipt = |sequence| {
			let mut signed = fixture::receipt();
			signed.receipt.sequence = sequence;
			LoggedReceipt { signed, proof: None }
		};
		let page = |sequences: &[u64], next| ReceiptsPage {
			receipts: sequences.iter().copied().map(receipt).collect(),
			next,
		};
		for (good, after) in
			[(page(&[], None), None), (page(&[], None), Some(3)), (page(&[4, 9], Some(9)), Some(3))]
		{
			check_page(&good, after).unwrap();
		}
		let long = Vec::from_iter(0..=u64::from(MAX_RECEIPTS));
		for (bad, after) in [
			(page(&[], Some(4)), Some(3)),
			(page(&[4], Some(9)), Some(3)),
			(page(&[3], None), Some(3)),
			(page(&[5, 4], None), None),
			(page(&long, None), None),
		] {
			assert_eq!(&*check_page(&bad, after).unwrap_err().code, "malformed_answer");
		}
	}
}
