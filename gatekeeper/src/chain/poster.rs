//! Transactions of the gatekeeper.

use super::{node::NodeConnection, RecordPost, Wait, Write, WriteError, Writer};
use async_trait::async_trait;
use medrec_client::chain::{Error, MiningBountyCall, PprCall, PoolRejection, RuntimeCall, SubmitOptions, SummaryCall, Until};
use medrec_protocol::{keys::Key, wire::BlockRef};
use std::{sync::Arc, time::Duration};

/// How long a transaction may take to be included.
const INCLUSION: Duration = Duration::from_secs(180);

/// How long it may take to be final.
const FINALITY: Duration = Duration::from_secs(600);

/// Sends transactions with the gatekeeper's own key, and sees to it that they get in, once each.
pub struct Poster {
	link: Arc<NodeConnection>,
	key: Key,
}

impl Poster {
	pub(super) fn new(link: Arc<NodeConnection>, key: Key) -> Poster {
		Poster { link, key }
	}
}

#[async_trait]
impl Writer for Poster {
	async fn write(&self, write: Write, wait: Wait) -> Result<BlockRef, WriteError> {
		let call = call(write)?;
		let options = match wait {
			Wait::Included => SubmitOptions { until: Until::InBlock, timeout: INCLUSION },
			Wait::Final => SubmitOptions::until_final(FINALITY),
		};
		let chain = self.link.chain().await.map_err(outcome)?;
		let included = chain.submit(&call, &self.key, options).await.map_err(outcome)?;
		Ok(included.block.into())
	}
}

fn call(write: Write) -> Result<RuntimeCall, WriteError> {
	Ok(match write {
		Write::Records(posts, offer) => {
			let mut calls: Vec<_> = posts.into_iter().map(post).collect();
			let call = match (calls.pop(), calls.is_empty()) {
				(None, _) => return Err(WriteError::Refused("there is nothing to post".into())),
				(Some(only), true) => only,
				(Some(last), false) => {
					calls.push(last);
					RuntimeCall::batch_all(calls)
				},
			};
			match offer {
				None => call,
				Some(offer) => call.with_bounty(offer),
			}
		},
		Write::Anchor { root, first, count } => {
			SummaryCall::AnchorAccessLog { root, first, count }.into()
		},
		Write::Alarm { relationship, record } => {
			SummaryCall::RaiseAlarm { relationship, record }.into()
		},
		Write::Answer { bounty, commitment } => {
			MiningBountyCall::CommitAnswer { bounty, commitment }.into()
		},
	})
}

fn post(post: RecordPost) -> RuntimeCall {
	let RecordPost { amends, relationship, record, commitment, pointer, category, release } = post;
	match amends {
		false => {
			PprCall::PostRecord { relationship, record, commitment, pointer, category, release }
		},
		true => {
			PprCall::AmendRecord { relationship, record, commitment, pointer, category, release }
		},
	}
	.into()
}

/// What an error means for whoever wanted to write.
fn outcome(error: Error) -> WriteError {
	match &error {
		Error::Failed(_) | Error::Unbuildable(_) | Error::Refused(PoolRejection::Invalid(_)) => {
			WriteError::Refused(error.to_string())
		},
		// These may be otherwise in a while.
		Error::Refused(
			PoolRejection::NotRegistered
			| PoolRejection::NotActive
			| PoolRejection::QuotaExhausted
			| PoolRejection::NotInCouncil
			| PoolRejection::PoolFull,
		)
		| Error::Unreachable { .. }
		| Error::Timeout(_)
		| Error::Rpc(_)
		| Error::Incompatible(_)
		| Error::Malformed(_)
		| Error::BlockNotFound(_)
		| Error::NotIncluded
		| Error::NotFinal(_) => WriteError::NotIncluded(error.to_string()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{
		record::{Pointer, Release},
		H256,
	};

	fn record(amends: bool) -> RecordPost {
		RecordPost {
			amends,
			relationship: H256::repeat_byte(1),
			record: H256::repeat_byte(2),
			commitment: H256::repeat_byte(3),
			pointer: Pointer { template: H256::repeat_byte(4), handle: Default::default() },
			category: 5,
			release: Release::Released,
		}
	}

	#[test]
	fn one_post_is_sent_alone_and_several_as_one() {
		let one = call(Write::Records(vec![record(false)], None)).unwrap();
		assert!(matches!(one, RuntimeCall::Ppr(PprCall::PostRecord { category: 5, .. })));
		let two = call(Write::Records(vec![record(false), record(true)], None)).unwrap();
		let mut names = Vec::new();
		two.visit(&mut |call| {
			names.push(match call {
				RuntimeCall::Ppr(PprCall::PostRecord { .. }) => "post",
				RuntimeCall::Ppr(PprCall::AmendRecord { .. }) => "amend",
				_ => "batch",
			});
		});
		assert_eq!(names, ["batch", "post", "amend"]);
		assert!(call(Write::Records(vec![], None)).is_err());
	}

	#[test]
	fn what_may_yet_succeed_is_told_from_what_will_not() {
		let refused = Error::Refused(PoolRejection::Invalid("too large".into()));
		assert!(matches!(outcome(refused), WriteError::Refused(_)));
		for error in [Error::Refused(PoolRejection::QuotaExhausted), Error::NotIncluded] {
			assert!(matches!(outcome(error), WriteError::NotIncluded(_)));
		}
	}
}
