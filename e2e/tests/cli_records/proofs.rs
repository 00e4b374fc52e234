//! Saved answers and exported histories that were changed.

use super::{has, Hospital};
use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{
	text, write_private,
	Person::{GateA, PatientP, Stranger},
};
use medrec_protocol::{
	receipt::sign,
	wire::{Receipt, SignedReceipt},
};
use serde_json::Value;
use std::fs;

/// A file with a genuine answer, one with a receipt that the gatekeeper signed and did not log, and one of a
/// block that does not exist. Each is judged by itself.
pub async fn several_answers(hospital: &Hospital<'_>) -> Result<()> {
	let folder = &hospital.network.folder;
	let genuine: Value = serde_json::from_str(&fs::read_to_string(folder.join("answer.json"))?)?;
	let mut unlogged = genuine.clone();
	let signed: SignedReceipt = serde_json::from_value(genuine["receipt"].clone())?;
	ensure!(signed.receipt.sequence > 0, "it is the first receipt");
	let receipt = sign(Receipt { sequence: 0, ..signed.receipt }, &GateA.key()?);
	unlogged["receipt"] = serde_json::to_value(receipt)?;
	let mut far = genuine.clone();
	far["answer"]["decided_at"]["number"] = u32::MAX.into();
	let answers = Value::from(vec![genuine, unlogged, far]);
	write_private(&folder.join("several.json"), &answers.to_string())?;

	let failed = hospital.terminal.try_as(Stranger, "records verify several.json").await?;
	ensure!(failed.code() == "receipt_not_in_log", "{failed:?}");
	let results = &failed.printed()["verifications"];
	ensure!(results[0]["verification"]["verified"] == true, "{results}");
	ensure!(results[1]["verification"]["verified"] == false, "{results}");
	ensure!(results[1]["verification"]["log"]["state"] == "missing", "{results}");
	ensure!(results[2]["verification"].is_null(), "{results}");
	has(&text(&results[2], "problem")?, &["is not final for this node"])
}

/// An exported history verifies, and no field or block of it can be replaced.
pub async fn history(hospital: &Hospital<'_>) -> Result<()> {
	let folder = &hospital.network.folder;
	let read = |name: &str| -> Result<Value> {
		Ok(serde_json::from_str(&fs::read_to_string(folder.join(name))?)?)
	};
	hospital.run(PatientP, "summary history export --out earlier.json").await?;
	hospital.run(PatientP, "ppr set-research-consent --none --wait final").await?;
	hospital.run(PatientP, "summary history export --out history.json").await?;
	let (earlier, history) = (read("earlier.json")?, read("history.json")?);
	let verified = hospital.run(Stranger, "summary history verify history.json").await?;
	let activity = verified["activity"].as_array().context("no entries")?;
	ensure!(Some(activity.len()) == history["entries"].as_array().map(Vec::len), "{verified}");
	has(&verified["activity"].to_string(), &["gave a permission", "gave a denial"])?;
	has(&text(&verified, "node")?, &["ws://"])?;
	ensure!(verified["exported_at_verified"] == true, "{verified}");

	let forged = |change: &dyn Fn(&mut Value)| {
		let mut forged = history.clone();
		change(&mut forged);
		forged
	};
	for (forged, found) in [
		(
			forged(&|file| file["entries"][0]["text"] = "forced".into()),
			"is not an exported history",
		),
		(forged(&|file| file["entries"][0]["at"] = 7.into()), "an entry was changed"),
		(forged(&|file| file["remark"] = "annulled".into()), "is not an exported history"),
		(forged(&|file| file["block"]["number"] = 1.into()), "another block of this number"),
		(forged(&|file| file["block"] = earlier["block"].clone()), "another number of entries"),
		(forged(&|file| file["block"]["number"] = u32::MAX.into()), "not final for this node"),
	] {
		write_private(&folder.join("forged-history.json"), &forged.to_string())?;
		let verify = "summary history verify forged-history.json";
		let failed = hospital.terminal.try_as(Stranger, verify).await?.success();
		let message = failed.err().with_context(|| format!("{found}: it verifies"))?.to_string();
		has(&message, &[found])?;
		let is_verdict = found != "is not an exported history";
		ensure!(message.contains("exit status Some(4)") == is_verdict, "{message}");
	}
	Ok(())
}
