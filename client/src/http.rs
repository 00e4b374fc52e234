//! A client of gatekeepers.

use ::http::{
	header::{CONTENT_TYPE, RETRY_AFTER},
	HeaderMap, HeaderValue, Method, Request,
};
use medrec_primitives::{bounty::BountyId, relationship::RelationshipId, H256};
use medrec_protocol::{
	catalogue::{Catalogue, Posted},
	keys::SealingKey,
	seal::{self, SealError},
	signing::{self, RequestSigner, SignOptions, Unsignable},
	wire::{
		path_catalogue, path_collect, Answer, CatalogueResponse, CollectResponse, ConsistencyProof,
		ErrorBody, ErrorCode, ErrorEnvelope, InclusionProof, LogHead, QueryRequest, QueryResponse,
		ReceiptsPage, ReceiptsQuery, RequestHash, SignedReceipt, PATH_LOG_HEAD, PATH_LOG_PROOF,
		PATH_LOG_RECEIPTS, PATH_QUERY,
	},
};
use reqwest::{redirect, Url};
use serde::{de::DeserializeOwned, Serialize};
use std::{net::IpAddr, time::Duration};

/// The time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The largest accepted answer, in bytes.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// An error of a request to a gatekeeper.
#[derive(Debug, thiserror::Error)]
pub enum GatekeeperError {
	/// The address is not the URL of a gatekeeper.
	#[error("{0:?} is not the address of a gatekeeper; it must begin with https:// or http://")]
	InvalidUrl(String),
	/// The gatekeeper could not be reached.
	#[error("cannot reach the gatekeeper: {}", root_cause(.0))]
	Transport(#[from] reqwest::Error),
	/// The request could not be signed.
	#[error(transparent)]
	Unsignable(#[from] Unsignable),
	/// The gatekeeper refused the request.
	#[error("the gatekeeper refused the request ({}): {}", .body.code, .body.message)]
	Refused {
		/// The error.
		body: Box<ErrorBody>,
		/// The time after which the request may succeed, if the gatekeeper states one. A repeated request is
		/// signed anew.
		retry_after: Option<Duration>,
	},
	/// The answer does not have the documented shape.
	#[error("what listens at {url} does not answer as a gatekeeper does (status {status})")]
	Malformed {
		/// The URL, without a path.
		url: String,
		/// The status of the answer.
		status: u16,
	},
	/// The answer exceeds the size limit.
	#[error("the gatekeeper's answer is too large")]
	TooLarge,
	/// The answer is sealed, and the client has no sealing key.
	#[error("the answer is sealed to this subject's encryption key, which was not given")]
	Sealed,
	/// The sealed answer does not open.
	#[error(transparent)]
	CannotOpen(#[from] SealError),
	/// The aggregate has another commitment than the answer states.
	#[error("the aggregate does not match its commitment")]
	WrongCommitment,
}

impl GatekeeperError {
	/// The code of the refusal; none for other errors.
	pub fn code(&self) -> Option<ErrorCode> {
		match self {
			GatekeeperError::Refused { body, .. } => Some(body.code),
			_ => None,
		}
	}

	/// The time after which the refused request may succeed, if the gatekeeper states one: of an exceeded
	/// rate limit, a stale view of the chain, an unavailable database or an answer that is not ready.
	pub fn retry_after(&self) -> Option<Duration> {
		match self {
			GatekeeperError::Refused { retry_after, .. } => *retry_after,
			_ => None,
		}
	}
}

/// The text of the innermost cause: the others say only that a request failed.
fn root_cause(error: &reqwest::Error) -> String {
	let mut cause: &dyn std::error::Error = error;
	while let Some(source) = cause.source() {
		cause = source;
	}
	cause.to_string()
}

/// A gatekeeper's answer to a query, not yet verified (see [`crate::check`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
	/// The record, or the permitted part of it.
	pub answer: Answer,
	/// The receipt of the request.
	pub receipt: SignedReceipt,
	/// The hash of the signed request, which the receipt must name.
	pub request_hash: RequestHash,
	/// Whether the answer was sealed.
	pub sealed: bool,
}

/// A client of one gatekeeper, with one signer.
#[derive(Clone, Debug)]
pub struct GatekeeperClient {
	base: Url,
	authority: String,
	genesis: H256,
	signer: RequestSigner,
	sealing: Option<SealingKey>,
	http: reqwest::Client,
}

impl GatekeeperClient {
	/// A client of the gatekeeper at `base`, as in the profile of its provider, for the chain with this
	/// genesis hash. It uses the proxy in the environment (as `https_proxy`), unless the gatekeeper is on
	/// this machine.
	pub fn new(
		base: &str,
		genesis: H256,
		signer: RequestSigner,
	) -> Result<GatekeeperClient, GatekeeperError> {
		let invalid = || GatekeeperError::InvalidUrl(base.to_owned());
		let url = Url::parse(base).map_err(|_| invalid())?;
		if !matches!(url.scheme(), "http" | "https") || url.query().is_some() {
			return Err(invalid());
		}
		let host = url.host_str().ok_or_else(invalid)?;
		let authority = match url.port() {
			Some(port) => format!("{host}:{port}"),
			None => host.to_owned(),
		};
		// An error means that the process has a provider already.
		let _ = rustls::crypto::ring::default_provider().install_default();
		let mut http = reqwest::Client::builder()
			.timeout(TIMEOUT)
			// A signature is valid for one authority only.
			.redirect(redirect::Policy::none());
		if is_local(host) {
			http = http.no_proxy();
		}
		let http = http.build()?;
		Ok(GatekeeperClient { base: url, authority, genesis, signer, sealing: None, http })
	}

	/// The same, with the key that opens sealed answers.
	pub fn with_sealing_key(mut self, key: SealingKey) -> GatekeeperClient {
		self.sealing = Some(key);
		self
	}

	/// The same, signing for another authority than that of the address: for a gatekeeper behind a proxy
	/// or a tunnel.
	pub fn with_authority(mut self, authority: &str) -> GatekeeperClient {
		self.authority = authority.to_ascii_lowercase();
		self
	}

	/// Queries a record and opens the answer.
	pub async fn query(&self, query: &QueryRequest) -> Result<Reply, GatekeeperError> {
		let (response, request_hash): (QueryResponse, RequestHash) =
			self.signed(Method::POST, PATH_QUERY, Some(query)).await?;
		let (response, sealed) = match response {
			QueryResponse::Sealed { sealed } => {
				let key = self.sealing.as_ref().ok_or(GatekeeperError::Sealed)?;
				let plain = seal::open(key, request_hash, &sealed)?;
				let plain = serde_json::from_slice(&plain);
				(plain.map_err(|_| malformed(&self.base, 200))?, true)
			},
			plain => (plain, false),
		};
		match response {
			QueryResponse::Plain { answer, receipt } => {
				Ok(Reply { answer: *answer, receipt, request_hash, sealed })
			},
			QueryResponse::Sealed { .. } => Err(malformed(&self.base, 200)),
		}
	}

	/// The catalogue of a relationship: the entries that verify, by what the provider has `posted` in it. The
	/// request leaves no receipt.
	pub async fn catalogue(
		&self,
		relationship: RelationshipId,
		posted: &Posted,
	) -> Result<Catalogue, GatekeeperError> {
		let (response, _): (CatalogueResponse, RequestHash) =
			self.signed(Method::GET, &path_catalogue(relationship), None::<&()>).await?;
		Ok(Catalogue::verify(response, posted))
	}

	/// A page of the signer's receipts in a relationship; for its patient, of all receipts in it. With
	/// [`ReceiptsQuery::size`], each receipt that a log of this size holds comes with its proof (see
	/// [`medrec_protocol::verify::check_inclusion`]).
	pub async fn receipts(&self, query: &ReceiptsQuery) -> Result<ReceiptsPage, GatekeeperError> {
		let mut path = format!("{PATH_LOG_RECEIPTS}?relationship={}", query.relationship);
		for (name, value) in [("after", query.after), ("since", query.since), ("size", query.size)]
		{
			if let Some(value) = value {
				path.push_str(&format!("&{name}={value}"));
			}
		}
		Ok(self.signed(Method::GET, &path, None::<&()>).await?.0)
	}

	/// The head of the access log.
	pub async fn log_head(&self) -> Result<LogHead, GatekeeperError> {
		self.get(PATH_LOG_HEAD).await
	}

	/// The proof that a receipt is in the log of `size` receipts (see
	/// [`medrec_protocol::verify::check_inclusion`]).
	pub async fn inclusion_proof(
		&self,
		sequence: u64,
		size: u64,
	) -> Result<InclusionProof, GatekeeperError> {
		self.get(&format!("{PATH_LOG_PROOF}?sequence={sequence}&size={size}")).await
	}

	/// The proof that the log of `from` receipts is a prefix of the log of `to` (see
	/// [`medrec_protocol::verify::check_consistency`]).
	pub async fn consistency_proof(
		&self,
		from: u64,
		to: u64,
	) -> Result<ConsistencyProof, GatekeeperError> {
		self.get(&format!("{PATH_LOG_PROOF}?from={from}&to={to}")).await
	}

	/// Collects the aggregate of a bounty of the signer. The caller compares its commitment with the
	/// chain.
	pub async fn collect(&self, bounty: BountyId) -> Result<CollectResponse, GatekeeperError> {
		let (response, _): (CollectResponse, RequestHash) =
			self.signed(Method::POST, &path_collect(bounty), None::<&()>).await?;
		match response.aggregate.commitment() == Some(response.commitment) {
			true => Ok(response),
			false => Err(GatekeeperError::WrongCommitment),
		}
	}

	async fn get<R: DeserializeOwned>(&self, path: &str) -> Result<R, GatekeeperError> {
		let response = self.http.get(self.url(path)?).send().await?;
		read(response).await
	}

	async fn signed<R: DeserializeOwned>(
		&self,
		method: Method,
		path: &str,
		body: Option<&impl Serialize>,
	) -> Result<(R, RequestHash), GatekeeperError> {
		let url = self.url(path)?;
		let invalid = || GatekeeperError::InvalidUrl(url.to_string());
		let body = match body {
			Some(body) => serde_json::to_vec(body).map_err(|_| invalid())?,
			None => Vec::new(),
		};
		let request = Request::builder().method(method).uri(url.as_str()).body(());
		let (mut parts, ()) = request.map_err(|_| invalid())?.into_parts();
		if !body.is_empty() {
			parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
		}
		let options = SignOptions::new(&self.authority, &self.genesis, crate::now());
		let hash = signing::sign(&mut parts, &body, &self.signer, &options)?;
		let request = reqwest::Request::try_from(Request::from_parts(parts, body))?;
		Ok((read(self.http.execute(request).await?).await?, hash))
	}

	/// The URL of an absolute path under the base address.
	fn url(&self, path: &str) -> Result<Url, GatekeeperError> {
		let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
		Url::parse(&text).map_err(|_| GatekeeperError::InvalidUrl(text))
	}
}

/// Whether the host of a URL is this machine.
fn is_local(host: &str) -> bool {
	let host = host.strip_suffix('.').unwrap_or(host);
	let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
	match address.parse::<IpAddr>() {
		Ok(address) => address.to_canonical().is_loopback(),
		Err(_) => host == "localhost" || host.ends_with(".localhost"),
	}
}

async fn read<R: DeserializeOwned>(mut response: reqwest::Response) -> Result<R, GatekeeperError> {
	let (status, url) = (response.status(), response.url().clone());
	let retry_after = retry_after(response.headers());
	let mut body = Vec::new();
	while let Some(chunk) = response.chunk().await? {
		if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
			return Err(GatekeeperError::TooLarge);
		}
		body.extend_from_slice(&chunk);
	}
	let malformed = |_| malformed(&url, status.as_u16());
	if status.is_success() {
		return serde_json::from_slice(&body).map_err(malformed);
	}
	let envelope: ErrorEnvelope = serde_json::from_slice(&body).map_err(malformed)?;
	Err(GatekeeperError::Refused { body: Box::new(envelope.error), retry_after })
}

fn malformed(url: &Url, status: u16) -> GatekeeperError {
	GatekeeperError::Malformed { url: url.origin().ascii_serialization(), status }
}

/// The seconds in `Retry-After`; none if the header is missing or holds a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
	headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn this_machine_is_reached_without_a_proxy() {
		for (url, local) in [
			("http://127.0.0.1:8080", true),
			("http://127.1.2.3", true),
			("http://[::1]:8080", true),
			("http://[::ffff:127.0.0.1]", true),
			("http://LOCALHOST:8080", true),
			("http://gate.localhost.", true),
			("http://10.0.0.1", false),
			("http://[2001:db8::1]", false),
			("https://gate.example.org", false),
			("https://localhost.example.org", false),
			("https://127.0.0.1.example.org", false),
		] {
			let url = Url::parse(url).unwrap();
			assert_eq!(is_local(url.host_str().unwrap()), local, "{url}");
		}
	}
}
