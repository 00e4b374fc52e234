//! Signed requests: HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530).
//!
//! The signature of a request to a gatekeeper has the label `medrec`, covers `"@method" "@authority"
//! "@path" "@query" "content-digest"`, and has the parameters `created`, `expires`, `nonce`, `keyid` and
//! `tag="medrec-v1"`. It takes one of two forms:
//!
//! - A **wallet** (sr25519 or ed25519) signs `<Bytes>` + signature base + `</Bytes>`, as `signRaw` of
//!   polkadot-js wallets does. `alg` is absent: sr25519 is not a registered algorithm, and the key
//!   determines the scheme.
//! - A **session** ([`Session`]): a wallet signs a delegation once, and an ephemeral Ed25519 key signs
//!   the requests without a frame, with `alg="ed25519"`.
//!
//! [`sign()`] makes both forms, and [`verify_request`] verifies both. Verification is pure: the caller
//! checks that a nonce is new and that the account is the account of a subject.

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

/// The components that every signature covers.
pub const COVERED: [&str; 5] = ["@method", "@authority", "@path", "@query", "content-digest"];

/// The largest accepted difference between `created` and the current time, in seconds.
pub const CLOCK_TOLERANCE: u64 = 60;

/// The longest lifetime of a wallet's signature, in seconds.
pub const WALLET_LIFETIME: u64 = 300;

/// The longest lifetime of a session's signature, in seconds.
pub const SESSION_REQUEST_LIFETIME: u64 = 60;

/// The longest lifetime of a session, in seconds.
pub const SESSION_LIFETIME: u64 = 3600;

/// The accepted lengths of a nonce, in bytes.
pub const NONCE_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// `message` in the frame of `signRaw`, which keeps wallets from signing a transaction by it.
pub fn wrap(message: &[u8]) -> Vec<u8> {
	[b"<Bytes>", message, b"</Bytes>"].concat()
}
