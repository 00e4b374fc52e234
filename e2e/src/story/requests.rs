//! What a gatekeeper refuses, and what it does not serve.

use super::{
	ehr,
	records::{words, Case},
	Stage,
};
use crate::{
	cast::Who,
	step_log::StepLog,
	network::{local_client, until},
};
use anyhow::{ensure, Result};
use http::{request::Parts, HeaderValue, Method, Request};
use medrec_client::http::now;
use medrec_protocol::{keys::Key, signing::{RequestSigner, SignOptions, sign}, wire::QueryRequest};
use medrec_primitives::{relationship::Purpose, Moment, H256};
use serde_json::Value;

pub(super) async fn tell(stage: &mut Stage, case: &Case, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("9", "Replayed, expired, altered, misdirected and unsigned requests", async {
			attacks(stage, case).await
		})
		.await?;
	step_log
		.step("10", "A row changed behind the gatekeeper's back is not served", async {
			tampering(stage, case).await
		})
		.await
}

/// A request of the patient's, as it goes over the wire.
struct Wire {
	parts: Parts,
	body: Vec<u8>,
}

/// How a request is signed.
struct Signing<'a> {
	key: &'a Key,
	genesis: &'a H256,
	authority: &'a str,
	at: Moment,
}

impl Wire {
	fn new(stage: &Stage, case: &Case) -> Result<Wire> {
		let query = QueryRequest {
			relationship: case.relationship,
			record: case.spare_record,
			fields: None,
			purpose: Purpose::Patrqt,
		};
		let uri = format!("{}/v1/query", stage.gatekeeper.url());
		let request = Request::builder()
			.method(Method::POST)
			.uri(uri)
			.header("content-type", "application/json")
			.body(())?;
		Ok(Wire { parts: request.into_parts().0, body: serde_json::to_vec(&query)? })
	}

	fn signed(mut self, signing: &Signing) -> Result<Wire> {
		let options = SignOptions::new(signing.authority, signing.genesis, signing.at);
		sign(&mut self.parts, &self.body, RequestSigner::Wallet(signing.key), &options)?;
		Ok(self)
	}

	/// Sends it, and returns the status and the code of the refusal.
	async fn send(&self) -> Result<(u16, String)> {
		let request =
			reqwest::Request::try_from(Request::from_parts(self.parts.clone(), self.body.clone()))?;
		let response = local_client()?.execute(request).await?;
		let status = response.status().as_u16();
		let body: Value = response.json().await?;
		Ok((status, body["error"]["code"].as_str().unwrap_or("none").to_owned()))
	}
}

async fn attacks(stage: &Stage, case: &Case) -> Result<String> {
	let key = Who::PatientP.key()?;
	let genesis = stage.chain.genesis_hash();
	let authority = stage.gatekeeper.authority();
	let good = || Signing { key: &key, genesis: &genesis, authority: &authority, at: now() };
	let wire = || Wire::new(stage, case);
	let mut seen = Vec::new();
	let mut refused = |what: &str, got: (u16, String), code: &str| {
		ensure!(
			got == (401, code.to_owned()),
			"a request that is {what} should be refused with 401 {code}; it got {got:?}"
		);
		seen.push(code.to_owned());
		Ok(())
	};

	let once = wire()?.signed(&good())?;
	let first = once.send().await?;
	ensure!(first.0 == 200, "a good request should be answered; it got {first:?}");
	refused("replayed", once.send().await?, "request_replayed")?;

	let old = Signing { at: now().saturating_sub(10 * 60_000), ..good() };
	refused("expired", wire()?.signed(&old)?.send().await?, "signature_expired")?;

	let mut altered = wire()?.signed(&good())?;
	altered.body = serde_json::to_vec(&QueryRequest {
		relationship: case.relationship,
		record: case.record,
		fields: None,
		purpose: Purpose::Patrqt,
	})?;
	refused("altered", altered.send().await?, "digest_mismatch")?;

	let mut elsewhere = wire()?.signed(&good())?;
	elsewhere.parts.uri = format!("{}/v1/query?more=1", stage.gatekeeper.url()).parse()?;
	refused("sent elsewhere", elsewhere.send().await?, "signature_invalid")?;

	let other = Signing { authority: "gate.hospital-b.example", ..good() };
	let mut caught = wire()?.signed(&other)?;
	// Whoever passes a captured request on passes on whom it was for.
	caught.parts.headers.insert("host", HeaderValue::from_static("gate.hospital-b.example"));
	refused("for another gatekeeper", caught.send().await?, "wrong_authority")?;

	refused("unsigned", wire()?.send().await?, "signature_missing")?;

	let stranger = Who::Stranger.key()?;
	let unknown = Signing { key: &stranger, ..good() };
	refused("a stranger's", wire()?.signed(&unknown)?.send().await?, "unknown_key")?;
	Ok(seen.join(", "))
}

async fn tampering(stage: &Stage, case: &Case) -> Result<String> {
	ehr::tamper(&stage.gatekeeper.ehr(), &case.row).await?;
	let query = case.query();
	stage
		.terminal
		.try_as(Who::PatientP, &words(&query, &[]))
		.await?
		.refused("integrity_mismatch")?;
	let relationship = format!("{:?}", case.relationship);
	until("the alarm reaching P", || async {
		let said =
			stage.terminal.run_as(Who::PatientP, &["summary", "activity"]).await?.to_string();
		Ok((said.contains("integrity-alarm") && said.contains(&relationship)).then_some(()))
	})
	.await?;
	Ok("integrity_mismatch, and the alarm is in P's history on chain".into())
}
