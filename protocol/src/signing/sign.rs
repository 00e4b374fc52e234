use super::{
	base::{request_base, serialize},
	content_digest, wrap, BaseError, KeyId, SessionSigner, COVERED, SESSION_REQUEST_LIFETIME,
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

/// The signer of requests.
#[derive(Clone, Debug)]
pub enum RequestSigner {
	/// The key of a wallet, which signs in the `<Bytes>` frame.
	Wallet(Key),
	/// The key of a session, which signs without a frame.
	Session(SessionSigner),
}

impl RequestSigner {
	/// The account for which it signs.
	pub fn account(&self) -> AccountId {
		match self {
			RequestSigner::Wallet(key) => key.account(),
			RequestSigner::Session(session) => session.session().account.clone(),
		}
	}
}

/// The gatekeeper, the chain and the time of a signature.
#[derive(Clone, Copy, Debug)]
pub struct SignOptions<'a> {
	/// The authority of the gatekeeper, as `gate.example.org` or `127.0.0.1:8080`.
	pub authority: &'a str,
	/// The genesis hash of the chain.
	pub genesis: &'a H256,
	/// The current time, in Unix milliseconds.
	pub now: Moment,
	/// The lifetime of the signature, in seconds.
	pub lifetime: u64,
}

impl<'a> SignOptions<'a> {
	/// Options with a lifetime of one minute, for a request that is sent at once.
	pub fn new(authority: &'a str, genesis: &'a H256, now: Moment) -> SignOptions<'a> {
		SignOptions { authority, genesis, now, lifetime: SESSION_REQUEST_LIFETIME }
	}
}

/// The reason why a request cannot be signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unsignable {
	/// The time exceeds the range of structured fields (RFC 9651).
	#[error("the time is out of range for a signature")]
	Time,
	/// The delegation of the session is not a header value.
	#[error("the delegation of the session is not a header value")]
	Session,
	/// The signature base cannot be computed.
	#[error(transparent)]
	Base(#[from] BaseError),
}

/// A request without its signature, for wallets in another process.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedRequest {
	input: InnerList,
	base: String,
}

impl PreparedRequest {
	/// The signature base, which a session signs and a wallet's `signRaw` takes.
	pub fn base(&self) -> &str {
		&self.base
	}

	/// The signature base in its frame, which the key of a wallet signs.
	pub fn wrapped(&self) -> Vec<u8> {
		wrap(self.base.as_bytes())
	}

	/// Adds the signature to the request and returns the hash of the signed request.
	pub fn finish(self, parts: &mut Parts, signature: &[u8; 64]) -> RequestHash {
		let input = format!("{SIGNATURE_LABEL}={}", serialize(&self.input));
		let value = format!("{SIGNATURE_LABEL}=:{}:", STANDARD.encode(signature));
		let ascii = |text: String| HeaderValue::try_from(text).expect("SFV is ASCII; qed");
		parts.headers.insert("signature-input", ascii(input));
		parts.headers.insert("signature", ascii(value));
		request_hash(self.base.as_bytes(), signature)
	}
}

/// Prepares a request for the signature of the key with this account: sets its `Content-Digest` and
/// chooses a nonce. `session` is whether the key is a session's.
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
	let base = request_base(parts, &options.authority.to_ascii_lowercase(), &input)?;
	Ok(PreparedRequest { input, base })
}

/// Signs a request and returns its hash. Sets the headers `Content-Digest`, `Signature-Input` and
/// `Signature`, and `Medrec-Session` for a session.
pub fn sign(
	parts: &mut Parts,
	body: &[u8],
	signer: &RequestSigner,
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
