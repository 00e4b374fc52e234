use medrec_protocol::{signing::{Expectations, SignatureError, Verified, verify_request}, wire::ErrorCode};
use medrec_primitives::{Moment, H256};

/// Checks the signature of a request against this gatekeeper's authority and chain. The error is
/// the code of the refusal, with words for whoever signed.
pub fn verify(
	parts: &http::request::Parts,
	body: &[u8],
	authority: &str,
	genesis: &H256,
	now: Moment,
) -> Result<Verified, (ErrorCode, String)> {
	let expected = Expectations { authority, genesis, now };
	verify_request(parts, body, &expected)
		.map_err(|error: SignatureError| (error.code(), error.to_string()))
}
