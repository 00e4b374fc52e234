use super::{
	base::request_base, check_digest, wrap, KeyId, Session, SessionError, SignatureError,
	CLOCK_TOLERANCE, COVERED, NONCE_BYTES, SESSION_REQUEST_LIFETIME, WALLET_LIFETIME,
};
use crate::{
	keys,
	receipt::request_hash,
	wire::{RequestHash, SESSION_HEADER, SIGNATURE_LABEL, SIGNATURE_TAG},
};
use ::http::{request::Parts, HeaderMap};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use medrec_primitives::{AccountId, Moment, H256};
use sfv::{BareItem, Dictionary, InnerList, Item, ListEntry, Parser};

/// The longest accepted `Signature-Input`, `Signature` or `Medrec-Session`, in bytes.
const MAX_HEADER: usize = 8192;

/// The gatekeeper, the chain and the time that a signature must match.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a> {
	/// The configured authority of the gatekeeper. The `Host` of the request is not trusted.
	pub authority: &'a str,
	/// The genesis hash of the chain that it follows.
	pub genesis: &'a H256,
	/// The current time, in Unix milliseconds.
	pub now: Moment,
}

/// A request with a valid signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
	/// The account that made the request. Only the chain shows whether a subject owns it.
	pub account: AccountId,
	/// The nonce, which must not have been seen with this `keyid` before.
	pub nonce: String,
	/// The `keyid` of the signature, as received.
	pub keyid: String,
	/// When the signature expires, in Unix milliseconds. The nonce must be kept until then.
	pub expires: Moment,
	/// The hash of the signed request, for its receipt.
	pub request_hash: RequestHash,
	/// The session that signed it; none if the wallet did.
	pub session: Option<Session>,
}

/// Verifies the signature of a request: coverage, key, times, digest and authority. The caller checks
/// that the nonce is new and that the account is the account of an active subject.
pub fn verify_request(
	parts: &Parts,
	body: &[u8],
	expected: &Expectations<'_>,
) -> Result<Verified, SignatureError> {
	let (input, signature) = read_signature(&parts.headers)?;
	check_covered(&input)?;
	let parameters = Parameters::read(&input)?;
	let key_id: KeyId = parameters.keyid.parse()?;
	if !key_id.is_on(expected.genesis) {
		return Err(SignatureError::WrongChain);
	}
	let session = read_session(&parts.headers, &parameters, expected)?;
	if session.as_ref().is_some_and(|session| AccountId::from(session.key.0) != *key_id.account()) {
		return Err(SessionError::WrongKey.into());
	}
	let lifetime = match session {
		Some(_) => SESSION_REQUEST_LIFETIME,
		None => WALLET_LIFETIME,
	};
	parameters.check_times(expected.now, lifetime)?;
	check_digest(&parts.headers, body)?;

	let authority = expected.authority.to_ascii_lowercase();
	let valid_base = |authority: &str| {
		let base = request_base(parts, authority, &input)?;
		let valid = match &session {
			Some(session) => keys::verify_ed25519(&session.key.0, base.as_bytes(), &signature),
			None => keys::verify(key_id.account(), &wrap(base.as_bytes()), &signature).is_some(),
		};
		Ok::<_, SignatureError>(valid.then_some(base))
	};
	let Some(base) = valid_base(&authority)? else {
		// For the error only: whether the signature is valid for the authority that the request names.
		return Err(match claimed_authority(parts) {
			Some(claimed) if claimed != authority && valid_base(&claimed)?.is_some() => {
				SignatureError::WrongAuthority(authority)
			},
			_ => SignatureError::Invalid,
		});
	};
	Ok(Verified {
		account: match &session {
			Some(session) => session.account.clone(),
			None => key_id.account().clone(),
		},
		nonce: parameters.nonce,
		keyid: parameters.keyid,
		expires: parameters.expires.saturating_mul(1000),
		request_hash: request_hash(base.as_bytes(), &signature),
		session,
	})
}

fn check_covered(input: &InnerList) -> Result<(), SignatureError> {
	let covered = |name: &str| {
		input.items.iter().any(|item| {
			let found = item.bare_item.as_string();
			item.params.is_empty() && found.is_some_and(|text| text.as_str() == name)
		})
	};
	match COVERED.into_iter().find(|name| !covered(name)) {
		Some(missing) => Err(SignatureError::NotCovered(missing)),
		None => Ok(()),
	}
}

/// All values of a header field in one text, joined as in RFC 9110; none if the field is absent. An
/// error if the text is too long or not ASCII.
pub(super) fn header_text(headers: &HeaderMap, name: &str) -> Result<Option<String>, ()> {
	let values: Vec<&str> = headers
		.get_all(name)
		.iter()
		.map(|value| value.to_str())
		.collect::<Result<_, _>>()
		.map_err(|_| ())?;
	let text = values.join(", ");
	match (values.is_empty(), text.len() > MAX_HEADER) {
		(true, _) => Ok(None),
		(false, true) => Err(()),
		(false, false) => Ok(Some(text)),
	}
}

fn read_signature(headers: &HeaderMap) -> Result<(InnerList, [u8; 64]), SignatureError> {
	let member = |name: &'static str| {
		let malformed = || SignatureError::Malformed(name);
		let text = header_text(headers, name).map_err(|()| malformed())?;
		let text = text.ok_or(SignatureError::Missing)?;
		let mut members: Dictionary = Parser::new(&text).parse().map_err(|_| malformed())?;
		members.shift_remove(SIGNATURE_LABEL).ok_or(SignatureError::Missing)
	};
	let ListEntry::InnerList(input) = member("signature-input")? else {
		return Err(SignatureError::Malformed("signature-input"));
	};
	let signature = match member("signature")? {
		ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }) => {
			bytes.try_into().ok()
		},
		_ => None,
	};
	Ok((input, signature.ok_or(SignatureError::Malformed("signature"))?))
}

fn read_session(
	headers: &HeaderMap,
	parameters: &Parameters,
	expected: &Expectations<'_>,
) -> Result<Option<Session>, SignatureError> {
	let header = header_text(headers, SESSION_HEADER).map_err(|()| SessionError::Malformed)?;
	match (parameters.algorithm.as_deref(), header) {
		(None, None) => Ok(None),
		(Some("ed25519"), Some(header)) => {
			Ok(Some(Session::verify(&header, expected.genesis, expected.now)?))
		},
		(Some("ed25519"), None) => Err(SessionError::Missing.into()),
		_ => Err(SignatureError::WrongAlgorithm),
	}
}

/// The authority that the request names.
fn claimed_authority(parts: &Parts) -> Option<String> {
	let from_uri = parts.uri.authority().map(|authority| authority.as_str());
	let from_host = || parts.headers.get("host").and_then(|host| host.to_str().ok());
	from_uri.or_else(from_host).map(str::to_ascii_lowercase)
}

/// The parameters of a signature.
struct Parameters {
	created: u64,
	expires: u64,
	nonce: String,
	keyid: String,
	algorithm: Option<String>,
}

impl Parameters {
	fn read(input: &InnerList) -> Result<Parameters, SignatureError> {
		let text = |name: &'static str| match input.params.get(name) {
			None => Ok(None),
			Some(BareItem::String(text)) => Ok(Some(text.as_str().to_owned())),
			Some(_) => Err(SignatureError::Malformed(name)),
		};
		let seconds = |name: &'static str| {
			let seconds = input.params.get(name).and_then(BareItem::as_integer);
			let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
			seconds.ok_or(SignatureError::Malformed(name))
		};
		if text("tag")?.as_deref() != Some(SIGNATURE_TAG) {
			return Err(SignatureError::WrongTag);
		}
		let created = seconds("created")?;
		let expires = seconds("expires")?;
		let is_valid = |nonce: &String| {
			let bytes = URL_SAFE_NO_PAD.decode(nonce.trim_end_matches('='));
			bytes.is_ok_and(|bytes| NONCE_BYTES.contains(&bytes.len()))
		};
		let nonce = text("nonce")?.filter(is_valid).ok_or(SignatureError::BadNonce)?;
		let keyid = text("keyid")?.ok_or(SignatureError::Malformed("keyid"))?;
		let algorithm = text("alg")?;
		Ok(Parameters { created, expires, nonce, keyid, algorithm })
	}

	fn check_times(&self, now: Moment, lifetime: u64) -> Result<(), SignatureError> {
		let now = now / 1000;
		if self.created > now.saturating_add(CLOCK_TOLERANCE) {
			return Err(SignatureError::NotYetValid);
		}
		if self.expires.checked_sub(self.created).is_none_or(|length| length > lifetime) {
			return Err(SignatureError::LifetimeTooLong(lifetime));
		}
		if now > self.created.saturating_add(CLOCK_TOLERANCE) || now >= self.expires {
			return Err(SignatureError::Expired);
		}
		Ok(())
	}
}
