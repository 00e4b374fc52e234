use medrec_primitives::{Moment, H256};
use medrec_protocol::{
	signing::{verify_request, Expectations, SignatureError, Verified},
	wire::ErrorCode,
};

/// Verifies the signature of a request for this gatekeeper's authority and chain. The error is the
/// code with which the request is refused, and a message for its signer.
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
