use super::{key_id::chain_name, wrap, CLOCK_TOLERANCE, SESSION_LIFETIME};
use crate::keys::{self, parse_address, Key, MEDREC_PREFIX};
use base64::{engine::general_purpose::STANDARD, Engine};
use ed25519_dalek::{Signer, SigningKey};
use medrec_primitives::{bytes32, AccountId, Moment, H256};
use rand::RngCore;
use time::{format_description::well_known::Rfc3339, OffsetDateTime, UtcOffset};

bytes32! {
	/// The Ed25519 public key that signs the requests of a session.
	SessionKey;
}

/// The statement of every delegation, which the owner of the wallet reads before signing.
pub const SESSION_STATEMENT: &str =
	"Let a session key ask MedRec gatekeepers for records in my name.";

const TITLE: &str = " wants you to sign in with your Polkadot account:";
const RESOURCE: &str = "medrec:session:ed25519:";

/// The longest accepted text of a delegation, in bytes.
const MAX_TEXT: usize = 2048;

/// The reason why a delegation is not valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SessionError {
	/// A request with `alg` has no delegation.
	#[error("the request has no Medrec-Session header")]
	Missing,
	/// The header is not `<base64 text>.<hex signature>`.
	#[error("Medrec-Session must be the text in base64, a dot, and the signature in hexadecimal")]
	Malformed,
	/// The text is not a delegation in the form of CAIP-122.
	#[error("the text of the session is not a delegation: {0}")]
	Text(&'static str),
	/// The delegation names another chain.
	#[error("the session is for another chain")]
	WrongChain,
	/// The delegation starts in the future.
	#[error("the session is not yet valid; check this machine's clock")]
	NotYetValid,
	/// The delegation has expired.
	#[error("the session has expired; sign in again")]
	Expired,
	/// The delegation exceeds [`SESSION_LIFETIME`].
	#[error("a session may last for an hour at most")]
	TooLong,
	/// The request was signed by another key than the session's.
	#[error("the request was signed by another key than the session's")]
	WrongKey,
	/// The delegation is not signed by the account that it names.
	#[error("the session is not signed by the account that it names")]
	Unsigned,
}

/// A delegation, by which an ephemeral Ed25519 key may sign requests for an account for a limited time.
///
/// It is a text in the form of CAIP-122 with exactly these lines, which the wallet signs by `signRaw` in
/// its `<Bytes>` frame:
///
/// ```text
/// portal.example.org wants you to sign in with your Polkadot account:
/// 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY
///
/// Let a session key ask MedRec gatekeepers for records in my name.
///
/// URI: https://portal.example.org
/// Version: 1
/// Chain ID: polkadot:91b171bb158e2d3848fa23a9f1c25182
/// Nonce: 6f1c0a58d0b44b9f
/// Issued At: 2026-01-31T12:00:00Z
/// Expiration Time: 2026-01-31T13:00:00Z
/// Resources:
/// - medrec:session:ed25519:0x<64 hexadecimal digits of the key>
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session {
	/// The domain that requested the delegation, as shown to the owner of the wallet.
	pub domain: String,
	/// The account that delegates.
	pub account: AccountId,
	/// The key to which it delegates.
	pub key: SessionKey,
	/// The CAIP-2 name of the chain.
	pub chain: String,
	/// The nonce of the text, at least 8 letters and digits.
	pub nonce: String,
	/// The start of the session, in Unix milliseconds.
	pub issued_at: Moment,
	/// The end of the session, in Unix milliseconds.
	pub expires: Moment,
}

impl Session {
	/// Verifies the value of a `Medrec-Session` header: chain, times and the signature of the wallet.
	pub fn verify(header: &str, genesis: &H256, now: Moment) -> Result<Session, SessionError> {
		let (text, signature) = header.trim().split_once('.').ok_or(SessionError::Malformed)?;
		let text = STANDARD.decode(text).map_err(|_| SessionError::Malformed)?;
		let text = String::from_utf8(text).map_err(|_| SessionError::Malformed)?;
		let mut bytes = [0u8; 64];
		let digits = signature.strip_prefix("0x").unwrap_or(signature);
		hex::decode_to_slice(digits, &mut bytes).map_err(|_| SessionError::Malformed)?;

		let session = Session::parse(&text)?;
		if session.chain != chain_name(genesis) {
			return Err(SessionError::WrongChain);
		}
		if session.issued_at > now.saturating_add(CLOCK_TOLERANCE * 1000) {
			return Err(SessionError::NotYetValid);
		}
		if session.expires <= now {
			return Err(SessionError::Expired);
		}
		let lifetime = session.expires.checked_sub(session.issued_at);
		if lifetime.is_none_or(|lifetime| lifetime > SESSION_LIFETIME * 1000) {
			return Err(SessionError::TooLong);
		}
		match keys::verify(&session.account, &wrap(text.as_bytes()), &bytes) {
			Some(_) => Ok(session),
			None => Err(SessionError::Unsigned),
		}
	}

	/// Parses the text of a delegation. Any deviation from the lines above is an error.
	pub fn parse(text: &str) -> Result<Session, SessionError> {
		if text.len() > MAX_TEXT {
			return Err(SessionError::Text("it is too long"));
		}
		let mut lines = Lines(text.split('\n'));
		let title = lines.field("")?;
		let domain = title.strip_suffix(TITLE).filter(|domain| is_domain(domain));
		let domain = domain.ok_or(SessionError::Text("its first line"))?.to_owned();
		let account = parse_address(lines.field("")?)
			.map_err(|_| SessionError::Text("the account's address"))?;
		if [lines.next()?, lines.next()?, lines.next()?] != ["", SESSION_STATEMENT, ""] {
			return Err(SessionError::Text("its statement"));
		}
		lines.field("URI: ")?;
		if lines.field("Version: ")? != "1" {
			return Err(SessionError::Text("Version: "));
		}
		let chain = lines.field("Chain ID: ")?.to_owned();
		let nonce = lines.field("Nonce: ")?.to_owned();
		if nonce.len() < 8 || !nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
			return Err(SessionError::Text("Nonce: "));
		}
		let issued_at = lines.moment("Issued At: ")?;
		let expires = lines.moment("Expiration Time: ")?;
		if lines.next()? != "Resources:" {
			return Err(SessionError::Text("Resources:"));
		}
		let key = lines
			.field("- ")?
			.strip_prefix(RESOURCE)
			.filter(|key| key.starts_with("0x"))
			.and_then(|key| key.parse().ok())
			.ok_or(SessionError::Text("the session's key"))?;
		if lines.next().is_ok() {
			return Err(SessionError::Text("it has more lines"));
		}
		Ok(Session { domain, account, key, chain, nonce, issued_at, expires })
	}

	/// The text that the wallet signs. Times are truncated to seconds.
	pub fn to_text(&self) -> String {
		let Session { domain, chain, nonce, .. } = self;
		let account = keys::address(&self.account, MEDREC_PREFIX);
		let (issued_at, expires) = (rfc3339(self.issued_at), rfc3339(self.expires));
		let key = self.key;
		format!(
			"{domain}{TITLE}\n{account}\n\n{SESSION_STATEMENT}\n\nURI: https://{domain}\n\
			 Version: 1\nChain ID: {chain}\nNonce: {nonce}\nIssued At: {issued_at}\n\
			 Expiration Time: {expires}\nResources:\n- {RESOURCE}{key}"
		)
	}
}

/// The remaining lines of a text.
struct Lines<'a>(std::str::Split<'a, char>);

impl<'a> Lines<'a> {
	fn next(&mut self) -> Result<&'a str, SessionError> {
		self.0.next().ok_or(SessionError::Text("it has too few lines"))
	}

	/// The non-empty rest of the next line after `name`.
	fn field(&mut self, name: &'static str) -> Result<&'a str, SessionError> {
		self.next()?
			.strip_prefix(name)
			.filter(|value| !value.is_empty() && value.trim() == *value)
			.ok_or(SessionError::Text(name))
	}

	fn moment(&mut self, name: &'static str) -> Result<Moment, SessionError> {
		moment(self.field(name)?).ok_or(SessionError::Text(name))
	}
}

fn is_domain(domain: &str) -> bool {
	let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
	!domain.is_empty() && domain.bytes().all(plain)
}

fn moment(text: &str) -> Option<Moment> {
	let nanoseconds = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
	Moment::try_from(nanoseconds / 1_000_000).ok()
}

fn rfc3339(moment: Moment) -> String {
	i64::try_from(moment / 1000)
		.ok()
		.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
		.and_then(|time| time.to_offset(UtcOffset::UTC).format(&Rfc3339).ok())
		.unwrap_or_default()
}

/// The secret key of a session with its delegation, which signs requests without the wallet.
#[derive(Clone, Debug)]
pub struct SessionSigner {
	key: Box<SigningKey>,
	header: String,
	session: Box<Session>,
}

impl SessionSigner {
	/// A new session of `wallet` on the chain with this genesis hash, from `now` for `seconds`, at most an
	/// hour. `domain` is the party that requests it, for people.
	pub fn delegate(
		wallet: &Key,
		domain: &str,
		genesis: &H256,
		now: Moment,
		seconds: u64,
	) -> Result<SessionSigner, SessionError> {
		if !is_domain(domain) {
			return Err(SessionError::Text("its first line"));
		}
		let mut secret = zeroize::Zeroizing::new([0u8; 32]);
		let mut nonce = [0u8; 16];
		rand::rngs::OsRng.fill_bytes(&mut *secret);
		rand::rngs::OsRng.fill_bytes(&mut nonce);
		let key = SigningKey::from_bytes(&secret);
		let issued_at = now / 1000 * 1000;
		let session = Session {
			domain: domain.to_owned(),
			account: wallet.account(),
			key: SessionKey(key.verifying_key().to_bytes()),
			chain: chain_name(genesis),
			nonce: hex::encode(nonce),
			issued_at,
			expires: issued_at.saturating_add(seconds.min(SESSION_LIFETIME).saturating_mul(1000)),
		};
		let text = session.to_text();
		let signature = hex::encode(wallet.sign(&wrap(text.as_bytes())));
		let header = format!("{}.{signature}", STANDARD.encode(text));
		Ok(SessionSigner { key: Box::new(key), header, session: Box::new(session) })
	}

	/// The delegation of the session.
	pub fn session(&self) -> &Session {
		&self.session
	}

	/// The value of the `Medrec-Session` header.
	pub fn header(&self) -> &str {
		&self.header
	}

	/// The public key as an account, as `keyid` names it.
	pub fn account(&self) -> AccountId {
		AccountId::from(self.session.key.0)
	}

	/// Signs a signature base, without a frame.
	pub fn sign(&self, base: &[u8]) -> [u8; 64] {
		self.key.sign(base).to_bytes()
	}
}
