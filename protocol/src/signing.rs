//! Signed requests: HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530).
//!
//! A request to a gatekeeper covers `"@method" "@authority" "@path" "@query" "content-digest"`, with
//! the parameters `created`, `expires`, `nonce`, `keyid` and `tag="medrec-v1"`, under the label
//! `medrec`. There are two forms:
//!
//! - A **wallet** (sr25519 or ed25519) signs `<Bytes>` + signature base + `</Bytes>`, which is what
//!   `signRaw` of polkadot-js wallets produces. There is no `alg`: sr25519 is not in the registry
//!   of names, and the key decides.
//! - A **session** ([`Session`]): a wallet signs once, and an ephemeral Ed25519 key signs the
//!   requests, plainly, with `alg="ed25519"`.
//!
//! [`sign`] makes either; [`verify_request`] checks both, and is pure: replay of nonces and whether
//! the account is anybody's is for the caller to check.

mod base;
mod digest;
mod error;
mod key_id;
mod session;
mod sign;
mod verify;

pub use base::{signature_base, BaseError, Message, StartLine};
pub use digest::{check_digest, content_digest, DigestError};
pub use error::SignatureError;
pub use key_id::{KeyId, KeyIdError};
pub use session::{Session, SessionError, SessionKey, SessionSigner, SESSION_STATEMENT};
pub use sign::{prepare, sign, PreparedRequest, RequestSigner, SignOptions, Unsignable};
pub use verify::{verify_request, Expectations, Verified};

/// What every signature covers.
pub const COVERED: [&str; 5] = ["@method", "@authority", "@path", "@query", "content-digest"];

/// How far `created` may lie from now, in seconds.
pub const CLOCK_TOLERANCE: u64 = 60;

/// How long a wallet's signature may live, in seconds.
pub const WALLET_LIFETIME: u64 = 300;

/// How long a session's signature may live, in seconds.
pub const SESSION_REQUEST_LIFETIME: u64 = 60;

/// How long a session may live, in seconds.
pub const SESSION_LIFETIME: u64 = 3600;

/// How many bytes a nonce has at least, and at most.
pub const NONCE_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// The frame that wallets put around whatever `signRaw` signs, so that nothing they sign can be a
/// transaction.
pub fn wrap(message: &[u8]) -> Vec<u8> {
	[b"<Bytes>", message, b"</Bytes>"].concat()
}
