//! Transactions of the gatekeeper.

use super::{node::NodeConnection, Until, Write, WriteError, Writer};
use crate::records::{Post, RecordVersion};
use async_trait::async_trait;
use medrec_client::chain::{
	Error, MiningBountyCall, PoolRejection, PprCall, RuntimeCall, SubmitOptions, SummaryCall,
};
use medrec_primitives::record::Posting;
use medrec_protocol::{keys::Key, wire::BlockRef};
use std::{sync::Arc, time::Duration};

/// The longest wait for inclusion.
const INCLUSION: Duration = Duration::from_secs(180);

/// The longest wait for finality.
const FINALITY: Duration = Duration::from_secs(600);

/// Sends transactions that are signed with the gatekeeper's own key.
pub struct Poster {
	pub(super) connection: Arc<NodeConnection>,
	pub(super) key: Key,
}

#[async_trait]
impl Writer for Poster {
	async fn write(&self, write: Write, until: Until) -> Result<BlockRef, WriteError> {
		let call = call(write)?;
		let timeout = match until {
			Until::InBlock => INCLUSION,
			Until::Final => FINALITY,
		};
		let options = SubmitOptions { until, timeout };
		let chain = self.connection.chain().await.map_err(outcome)?;
		let included = chain.submit(&call, &self.key, options).await.map_err(outcome)?;
		Ok(included.block.into())
	}
}

fn call(write: Write) -> Result<RuntimeCall, WriteError> {
	Ok(match write {
		Write::Records(posts, offer) => {
			let mut calls: Vec<_> = posts.into_iter().map(post).collect();
			let call = match calls.len() {
				0 => return Err(WriteError::Failed("the batch is empty".into())),
				1 => calls.remove(0),
				_ => RuntimeCall::batch_all(calls),
			};
			match offer {
				None => call,
				Some(offer) => call.with_bounty(offer),
			}
		},
		Write::Anchor { root, first, count } => {
			SummaryCall::anchor_access_log { root, first, count }.into()
		},
		Write::Alarm { relationship, record } => {
			SummaryCall::raise_alarm { relationship, record }.into()
		},
		Write::Answer { bounty, commitment } => {
			MiningBountyCall::commit_answer { bounty, commitment }.into()
		},
	})
}

fn post(Post { id, posting }: Post) -> RuntimeCall {
	let RecordVersion { relationship, record, version } = id;
	let Posting { commitment, pointer, category, release } = posting;
	match version {
		1 => PprCall::post_record { relationship, record, commitment, pointer, category, release },
		_ => PprCall::amend_record { relationship, record, commitment, pointer, category, release },
	}
	.into()
}

/// Whether an error is final, or the transaction may be sent again.
fn outcome(error: Error) -> WriteError {
	match &error {
		Error::Failed(_) | Error::Unbuildable(_) | Error::Rejected(PoolRejection::Invalid(_)) => {
			WriteError::Failed(error.to_string())
		},
		// All others may pass.
		_ => WriteError::NotIncluded(error.to_string()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{
		record::{Category, Commitment, Pointer, RecordId, Release, TemplateHash},
		relationship::RelationshipId,
	};

	fn record(version: u32) -> Post {
		let id = RecordVersion {
			relationship: RelationshipId([1; 32]),
			record: RecordId([2; 32]),
			version,
		};
		let posting = Posting {
			commitment: Commitment([3; 32]),
			pointer: Pointer { template: TemplateHash([4; 32]), handle: Default::default() },
			category: Category(5),
			release: Release::Released,
		};
		Post { id, posting }
	}

	#[test]
	fn one_version_is_sent_as_it_is_and_several_as_a_batch() {
		let one = call(Write::Records(vec![record(1)], None)).unwrap();
		assert!(matches!(
			one,
			RuntimeCall::Ppr(PprCall::post_record { category: Category(5), .. })
		));
		let two = call(Write::Records(vec![record(1), record(2)], None)).unwrap();
		let mut names = Vec::new();
		two.visit(&mut |call| {
			names.push(match call {
				RuntimeCall::Ppr(PprCall::post_record { .. }) => "post",
				RuntimeCall::Ppr(PprCall::amend_record { .. }) => "amend",
				_ => "batch",
			});
		});
		assert_eq!(names, ["batch", "post", "amend"]);
		assert!(call(Write::Records(vec![], None)).is_err());
	}

	#[test]
	fn errors_that_may_pass_are_told_from_those_that_are_final() {
		let invalid = Error::Rejected(PoolRejection::Invalid("too large".into()));
		assert!(matches!(outcome(invalid), WriteError::Failed(_)));
		for error in [Error::Rejected(PoolRejection::QuotaExhausted), Error::NotIncluded] {
			assert!(matches!(outcome(error), WriteError::NotIncluded(_)));
		}
	}
}
