//! Who saw what.

use super::{records::Case, Stage};
use crate::{cast::Who, step_log::StepLog, network::until};
use anyhow::{ensure, Context, Result};

pub(super) async fn tell(stage: &mut Stage, case: &Case, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("12", "P reads who saw what, proven against the anchored log", async {
			accesses(stage, case).await
		})
		.await
}

async fn accesses(stage: &Stage, case: &Case) -> Result<String> {
	let relationship = format!("{:?}", case.relationship);
	let accesses = until("every receipt being anchored", || async {
		let said = stage
			.terminal
			.run_as(Who::PatientP, &["summary", "accesses", "--relationship", &relationship])
			.await?;
		let accesses = said["accesses"].as_array().context("there are accesses")?.clone();
		let proven = accesses.iter().all(|access| access["proven"] == true);
		Ok((proven && !accesses.is_empty()).then_some(accesses))
	})
	.await?;
	let clinician = format!("{:?}", case.clinician);
	let of_clinician = |decision: &str| {
		accesses
			.iter()
			.filter(|access| {
				access["receipt"]["receipt"]["requester"] == *clinician
					&& access["receipt"]["receipt"]["decision"] == *decision
			})
			.count()
	};
	let (served, revoked) = (of_clinician("permit"), of_clinician("access_revoked"));
	ensure!(served > 0, "what the clinician saw is missing");
	ensure!(revoked > 0, "what the clinician was refused is missing");
	Ok(format!(
		"{} receipts, all in the anchored log; the clinician was served {served} times",
		accesses.len()
	))
}
