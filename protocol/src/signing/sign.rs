use super::{
	base::serialize, content_digest, signature_base, wrap, BaseError, KeyId, Message,
	SessionSigner, StartLine, COVERED, SESSION_REQUEST_LIFETIME,
};
use crate::{
	keys::Key,
	receipt::request_hash,
	wire::{RequestHash, SESSION_HEADER, SIGNATURE_LABEL, SIGNATURE_TAG},
};
use ::http::{request::Parts, HeaderValue};
use base64::{
	engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
	Engine,
};
use medrec_primitives::{AccountId, Moment, H256};
use rand::RngCore;
use sfv::{BareItem, InnerList, Integer, Item, Key as SfvKey, Parameters};

/// Who signs a request.
#[derive(Clone, Copy, Debug)]
pub enum RequestSigner<'a> {
	/// A wallet's key, with the frame that wallets put around.
	Wallet(&'a Key),
	/// A session.
	Session(&'a SessionSigner),
}

impl RequestSigner<'_> {
	/// In whose name it signs.
	pub fn account(&self) -> AccountId {
		match self {
			RequestSigner::Wallet(key) => key.account(),
			RequestSigner::Session(session) => session.session().account.clone(),
		}
	}
}

/// For whom, where and when a request is signed.
#[derive(Clone, Copy, Debug)]
pub struct SignOptions<'a> {
	/// The authority of the gatekeeper, as `gate.example.org` or `127.0.0.1:8080`.
	pub authority: &'a str,
	/// The genesis of the chain.
	pub genesis: &'a H256,
	/// The time.
	pub now: Moment,
	/// For how many seconds it is good.
	pub lifetime: u64,
}

impl<'a> SignOptions<'a> {
	/// Options with the lifetime that suits a request which is sent at once: a minute.
	pub fn new(authority: &'a str, genesis: &'a H256, now: Moment) -> SignOptions<'a> {
		SignOptions { authority, genesis, now, lifetime: SESSION_REQUEST_LIFETIME }
	}
}

/// Why a request cannot be signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unsignable {
	/// The time is beyond what a signature can say.
	#[error("the time is beyond what a signature can say")]
	Time,
	/// The session's delegation is no header.
	#[error("the session's delegation is not a header")]
	Session,
	/// What is covered cannot be computed.
	#[error(transparent)]
	Base(#[from] BaseError),
}

/// A request that waits for its signature, for wallets that sign elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedRequest {
	input: InnerList,
	base: String,
}

impl PreparedRequest {
	/// The signature base: what a session signs, and what is handed to a wallet's `signRaw`.
	pub fn base(&self) -> &str {
		&self.base
	}

	/// What a wallet's key signs: the base in its frame.
	pub fn wrapped(&self) -> Vec<u8> {
		wrap(self.base.as_bytes())
	}

	/// Writes the signature into the request and gives the hash of the signed request.
	pub fn finish(self, parts: &mut Parts, signature: &[u8; 64]) -> RequestHash {
		let input = format!("{SIGNATURE_LABEL}={}", serialize(&self.input));
		let value = format!("{SIGNATURE_LABEL}=:{}:", STANDARD.encode(signature));
		let ascii = |text: String| HeaderValue::try_from(text).expect("SFV is ASCII; qed");
		parts.headers.insert("signature-input", ascii(input));
		parts.headers.insert("signature", ascii(value));
		request_hash(self.base.as_bytes(), signature)
	}
}

/// Prepares a request for the signature of the key with this account: writes its `Content-Digest`
/// and chooses a nonce. `session` says whether that key is a session's.
pub fn prepare(
	parts: &mut Parts,
	body: &[u8],
	account: AccountId,
	session: bool,
	options: &SignOptions<'_>,
) -> Result<PreparedRequest, Unsignable> {
	parts.headers.insert("content-digest", content_digest(body));
	let created = options.now / 1000;
	let expires = created.saturating_add(options.lifetime);
	let integer = |seconds: u64| Integer::try_from(seconds).map_err(|_| Unsignable::Time);
	let text = |text: &str| {
		let text = sfv::String::from_string(text.to_owned());
		BareItem::String(text.expect("parameters are ASCII; qed"))
	};
	let mut nonce = [0u8; 16];
	rand::rngs::OsRng.fill_bytes(&mut nonce);

	let mut params = Parameters::new();
	let mut set = |name: &str, value: BareItem| {
		let name = SfvKey::from_string(name.to_owned()).expect("parameters have names; qed");
		params.insert(name, value);
	};
	set("created", BareItem::Integer(integer(created)?));
	set("expires", BareItem::Integer(integer(expires)?));
	set("nonce", text(&URL_SAFE_NO_PAD.encode(nonce)));
	set("keyid", text(&KeyId::new(options.genesis, account).to_string()));
	if session {
		set("alg", text("ed25519"));
	}
	set("tag", text(SIGNATURE_TAG));

	let items = COVERED.iter().map(|name| Item::new(text(name))).collect();
	let input = InnerList { items, params };
	let authority = options.authority.to_ascii_lowercase();
	let base = {
		let start = StartLine::Request {
			method: parts.method.as_str(),
			scheme: parts.uri.scheme_str().unwrap_or("https"),
			authority: &authority,
			path: path_of(&parts.uri),
			query: parts.uri.query(),
		};
		signature_base(&Message { start, headers: &parts.headers }, &input)?
	};
	Ok(PreparedRequest { input, base })
}

/// Signs a request and gives the hash of it. The headers `Content-Digest`, `Signature-Input` and
/// `Signature` are set, and `Medrec-Session` where a session signs.
pub fn sign(
	parts: &mut Parts,
	body: &[u8],
	signer: RequestSigner<'_>,
	options: &SignOptions<'_>,
) -> Result<RequestHash, Unsignable> {
	match signer {
		RequestSigner::Wallet(key) => {
			let prepared = prepare(parts, body, key.account(), false, options)?;
			let signature = key.sign(&prepared.wrapped());
			Ok(prepared.finish(parts, &signature))
		},
		RequestSigner::Session(session) => {
			let header =
				HeaderValue::try_from(session.header()).map_err(|_| Unsignable::Session)?;
			parts.headers.insert(SESSION_HEADER, header);
			let prepared = prepare(parts, body, session.account(), true, options)?;
			let signature = session.sign(prepared.base().as_bytes());
			Ok(prepared.finish(parts, &signature))
		},
	}
}

/// The path of a target; `/` if empty.
pub(super) fn path_of(uri: &::http::Uri) -> &str {
	match uri.path() {
		"" => "/",
		path => path,
	}
}
