//! Requests that a gatekeeper refuses before it looks at the record.

use super::{Demo, Scenario};
use crate::step_log::{passed, Step};
use anyhow::{ensure, Result};
use http::{HeaderValue, Request};
use medrec_client::now;
use medrec_e2e::network::{local_client, Person};
use medrec_primitives::{relationship::Purpose, Moment};
use medrec_protocol::{
	signing::{sign, RequestSigner, SignOptions},
	wire::{QueryRequest, PATH_QUERY},
};
use serde_json::Value;

/// The authority of a gatekeeper elsewhere.
const ELSEWHERE: &str = "gate.hospital-b.example";

/// A request of P, for another record of P, and not signed.
fn unsigned(demo: &Demo<'_>, scenario: &Scenario) -> Result<Request<Vec<u8>>> {
	let query = QueryRequest {
		relationship: scenario.relationship,
		record: scenario.publication.other_record,
		fields: None,
		purpose: Purpose::Patrqt,
	};
	let request = Request::post(format!("{}{PATH_QUERY}", demo.gatekeeper.url()))
		.header("content-type", "application/json")
		.body(serde_json::to_vec(&query)?)?;
	Ok(request)
}

/// The same request, signed by P for a gatekeeper at a time.
fn signed(
	demo: &Demo<'_>,
	scenario: &Scenario,
	authority: &str,
	at: Moment,
) -> Result<Request<Vec<u8>>> {
	let (mut parts, body) = unsigned(demo, scenario)?.into_parts();
	let (key, genesis) = (Person::PatientP.key()?, demo.chain.genesis_hash());
	let options = SignOptions::new(authority, &genesis, at);
	sign(&mut parts, &body, &RequestSigner::Wallet(key), &options)?;
	Ok(Request::from_parts(parts, body))
}

/// Sends a request; returns the status and the code of the error.
async fn send(request: Request<Vec<u8>>) -> Result<(u16, String)> {
	let response = local_client()?.execute(request.try_into()?).await?;
	let status = response.status().as_u16();
	let body: Value = response.json().await?;
	Ok((status, body["error"]["code"].as_str().unwrap_or_default().to_owned()))
}

/// Sends a good request, and then five requests that an attacker could make from it.
pub async fn attack(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let here = demo.gatekeeper.authority();
	let good = signed(demo, scenario, &here, now())?;
	let (status, code) = send(good.clone()).await?;
	ensure!(status == 200, "a good request got {status} {code}");

	let mut altered = signed(demo, scenario, &here, now())?;
	altered.body_mut().push(b' ');
	let old = now().saturating_sub(10 * 60 * 1000);
	let mut redirected = signed(demo, scenario, ELSEWHERE, now())?;
	redirected.headers_mut().insert("host", HeaderValue::from_static(ELSEWHERE));

	let mut codes = Vec::new();
	for (request, expected) in [
		(good, "request_replayed"),
		(signed(demo, scenario, &here, old)?, "signature_expired"),
		(altered, "digest_mismatch"),
		(redirected, "wrong_authority"),
		(unsigned(demo, scenario)?, "signature_missing"),
	] {
		let (status, code) = send(request).await?;
		ensure!((status, &*code) == (401, expected), "{status} {code} in place of {expected}");
		codes.push(code);
	}
	passed(codes.join(", "))
}
