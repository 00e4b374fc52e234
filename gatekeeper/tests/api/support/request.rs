//! Requests to a gatekeeper, correct and incorrect ones.

use super::{
	gate::{Gate, AUTHORITY},
	key,
};
use http::{HeaderMap, Method, Request};
use medrec_client::now;
use medrec_primitives::{
	record::{FieldNumber, RecordId},
	relationship::{Purpose, RelationshipId},
	Moment, H256,
};
use medrec_protocol::{
	keys::Key,
	signing::{sign, RequestSigner, SessionSigner, SignOptions},
	wire::{
		Answer, ErrorCode, ErrorEnvelope, QueryRequest, QueryResponse, RequestHash, SignedReceipt,
		PATH_QUERY,
	},
};
use serde::de::DeserializeOwned;

pub fn http() -> reqwest::Client {
	// The client wants a provider of cryptography, also without TLS.
	let _ = rustls::crypto::ring::default_provider().install_default();
	reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

/// A change of a request after it was signed.
type Tamper<'a> = Box<dyn FnOnce(&mut Sent) + 'a>;

/// A builder of a request. All of it is signed, except the change of [`Ask::tampered`].
pub struct Ask<'a> {
	gate: &'a Gate,
	method: Method,
	path: String,
	body: Vec<u8>,
	headers: HeaderMap,
	wallet: Key,
	session: Option<SessionSigner>,
	authority: String,
	genesis: H256,
	created: Moment,
	lifetime: u64,
	tamper: Option<Tamper<'a>>,
	/// The query of a query request.
	pub asked: Option<QueryRequest>,
}

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct Sent {
	pub method: Method,
	pub path: String,
	pub headers: HeaderMap,
	pub body: Vec<u8>,
	/// Its hash, if it was not tampered with.
	pub hash: RequestHash,
}

/// A response of the gatekeeper.
#[derive(Debug)]
pub struct Reply {
	pub status: u16,
	pub headers: HeaderMap,
	pub body: Vec<u8>,
	/// The hash of the request.
	pub request: RequestHash,
}

impl<'a> Ask<'a> {
	pub fn new(gate: &'a Gate, name: &str, method: Method, path: impl Into<String>) -> Ask<'a> {
		Ask {
			gate,
			method,
			path: path.into(),
			body: Vec::new(),
			headers: HeaderMap::new(),
			wallet: key(name),
			session: None,
			authority: AUTHORITY.to_owned(),
			genesis: gate.chain.genesis(),
			created: now(),
			lifetime: 60,
			tamper: None,
			asked: None,
		}
	}

	/// A request for a record of the first patient, for treatment.
	pub fn query(gate: &'a Gate, name: &str, record: RecordId) -> Ask<'a> {
		let asked = QueryRequest {
			relationship: gate.relationship(),
			record,
			fields: None,
			purpose: Purpose::Treat,
		};
		let mut ask = Ask::new(gate, name, Method::POST, PATH_QUERY);
		ask.headers.insert("content-type", "application/json".parse().unwrap());
		ask.asked = Some(asked);
		ask
	}

	pub fn fields(mut self, fields: &[FieldNumber]) -> Self {
		self.asked.as_mut().unwrap().fields = Some(fields.to_vec());
		self
	}

	pub fn purpose(mut self, purpose: Purpose) -> Self {
		self.asked.as_mut().unwrap().purpose = purpose;
		self
	}

	pub fn relationship(mut self, relationship: RelationshipId) -> Self {
		self.asked.as_mut().unwrap().relationship = relationship;
		self
	}

	pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
		self.asked = None;
		self.body = body.into();
		self
	}

	pub fn header(mut self, name: &'static str, value: &str) -> Self {
		self.headers.insert(name, value.parse().unwrap());
		self
	}

	pub fn authority(mut self, authority: &str) -> Self {
		self.authority = authority.to_owned();
		self
	}

	pub fn genesis(mut self, genesis: H256) -> Self {
		self.genesis = genesis;
		self
	}

	pub fn created(mut self, created: Moment, lifetime: u64) -> Self {
		self.created = created;
		self.lifetime = lifetime;
		self
	}

	pub fn key(mut self, wallet: Key) -> Self {
		self.wallet = wallet;
		self
	}

	pub fn session(mut self, session: SessionSigner) -> Self {
		self.session = Some(session);
		self
	}

	/// Changes the request after it was signed.
	pub fn tampered(mut self, tamper: impl FnOnce(&mut Sent) + 'a) -> Self {
		self.tamper = Some(Box::new(tamper));
		self
	}

	/// Signs the request.
	pub fn sign(mut self) -> Sent {
		if let Some(asked) = &self.asked {
			self.body = serde_json::to_vec(asked).unwrap();
		}
		let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
		*request.headers_mut().unwrap() = self.headers;
		let (mut parts, ()) = request.body(()).unwrap().into_parts();
		let options = SignOptions {
			authority: &self.authority,
			genesis: &self.genesis,
			now: self.created,
			lifetime: self.lifetime,
		};
		let signer = match self.session {
			Some(session) => RequestSigner::Session(session),
			None => RequestSigner::Wallet(self.wallet),
		};
		let hash = sign(&mut parts, &self.body, &signer, &options).unwrap();
		let mut sent = Sent {
			method: self.method,
			path: self.path,
			headers: parts.headers,
			body: self.body,
			hash,
		};
		if let Some(tamper) = self.tamper {
			tamper(&mut sent);
		}
		sent
	}

	/// Signs the request and sends it.
	pub async fn send(self) -> Reply {
		let gate = self.gate;
		self.sign().send(gate).await
	}

	/// Signs the request and sends it; it must be refused with this code.
	pub async fn refused(self, code: ErrorCode) -> ErrorEnvelope {
		self.send().await.refused(code)
	}

	/// Signs the request and sends it; the answer must be plain.
	pub async fn answered(self) -> (Answer, SignedReceipt) {
		match self.send().await.ok() {
			QueryResponse::Plain { answer, receipt } => (*answer, receipt),
			QueryResponse::Sealed { .. } => panic!("the answer is sealed"),
		}
	}
}

impl Sent {
	pub async fn send(self, gate: &Gate) -> Reply {
		let url = format!("http://{}{}", gate.address(), self.path);
		let response = gate
			.http()
			.request(self.method, url)
			.headers(self.headers)
			.body(self.body)
			.send()
			.await
			.unwrap();
		Reply {
			status: response.status().as_u16(),
			headers: response.headers().clone(),
			body: response.bytes().await.unwrap().to_vec(),
			request: self.hash,
		}
	}
}

impl Reply {
	fn text(&self) -> String {
		String::from_utf8_lossy(&self.body).into_owned()
	}

	/// The body of a success.
	pub fn ok<T: DeserializeOwned>(&self) -> T {
		assert_eq!(self.status, 200, "{}", self.text());
		serde_json::from_slice(&self.body).unwrap()
	}

	/// The envelope of an error with this code and its status.
	pub fn refused(&self, code: ErrorCode) -> ErrorEnvelope {
		let envelope: ErrorEnvelope = serde_json::from_slice(&self.body)
			.unwrap_or_else(|_| panic!("no envelope, but {}: {}", self.status, self.text()));
		assert_eq!(envelope.error.code, code, "{}", self.text());
		assert_eq!(self.status, code.status());
		assert_eq!(self.headers["content-type"], "application/json");
		assert!(!envelope.error.message.is_empty());
		envelope
	}
}
