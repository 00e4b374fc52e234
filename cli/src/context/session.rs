//! A connection to the node: reads with names, and transactions.

use super::{advice, waiting, Context, Wait};
use crate::{
	directory::{AddressBook, Directory},
	failure::{Failure, OrNotFound, Result},
	finality::not_final,
	output::Report,
	page::Page,
	parse::{Party, RelationshipRef},
	resolve::{Resolver, WITH_RECORDS},
};
use medrec_client::chain::{
	At, BlockHeader, Chain, Error as ChainError, Included, RuntimeCall, Until,
};
use medrec_primitives::{
	identity::{Subject, SubjectId},
	relationship::{Relationship, RelationshipId},
	summary::EntryState,
	AccountId, BlockNumber, H256,
};
use medrec_protocol::wire::BlockRef;
use parity_scale_codec::Decode;
use serde::Serialize;
use std::ops::Deref;

/// A connection to the node.
pub struct Session<'a> {
	pub context: &'a Context,
	pub chain: Chain,
	/// The best block at the time of the connection.
	pub best: BlockHeader,
	/// The user's names and keys.
	pub book: AddressBook,
}

impl Session<'_> {
	/// The state at the best block.
	pub fn at(&self) -> At<'_> {
		self.chain.at(self.best.hash)
	}

	/// The final block, and the state at it.
	pub async fn finalized(&self) -> Result<(BlockRef, At<'_>)> {
		let head = self.chain.finalized().await?;
		Ok((head.into(), self.chain.at(head.hash)))
	}

	/// Waits until the node has caught up with blocks that other nodes have finalised, as far as they are
	/// within reach. Returns the final block.
	pub async fn catch_up(
		&self,
		blocks: impl IntoIterator<Item = BlockNumber>,
	) -> Result<BlockHeader> {
		waiting::catch_up(self.context, &self.chain, blocks).await
	}

	/// The same for one block, which must be final then.
	pub async fn catch_up_with(&self, number: BlockNumber) -> Result<BlockHeader> {
		let head = self.catch_up([number]).await?;
		match number <= head.number {
			true => Ok(head),
			false => Err(not_final(number)),
		}
	}

	/// The subject of the key in use, at the best block.
	pub async fn me(&self) -> Result<SubjectId> {
		self.context.me(self.at()).await
	}

	/// The subject that a party stands for, at the best block.
	pub async fn resolve(&self, party: &Party) -> Result<SubjectId> {
		self.resolver().await?.party(party).await
	}

	/// A subject that was named, or that of the key in use.
	pub async fn resolve_or_me(&self, at: At<'_>, party: Option<&Party>) -> Result<SubjectId> {
		match party {
			Some(party) => self.resolver_at(at).await?.party(party).await,
			None => self.context.me(at).await,
		}
	}

	/// The subject of the key in use at a block, if there is a key and a subject.
	pub async fn me_if_any(&self, at: At<'_>) -> Result<Option<SubjectId>> {
		match self.context.key_name().and_then(|name| self.context.account_of(&name)) {
			Ok(account) => Ok(at.subject_of(&account).await?),
			Err(_) => Ok(None),
		}
	}

	/// Finds what references mean, at the best block.
	pub async fn resolver(&self) -> Result<Resolver<'_>> {
		self.resolver_at(self.at()).await
	}

	/// The same at another block.
	async fn resolver_at<'b>(&'b self, at: At<'b>) -> Result<Resolver<'b>> {
		Ok(Resolver { at, book: &self.book, me: self.context.me(at).await })
	}

	/// The relationship that is meant, at the best block (see [`Resolver::relationship`]).
	pub async fn relationship(
		&self,
		reference: Option<&RelationshipRef>,
		states: &[EntryState],
	) -> Result<RelationshipId> {
		self.resolver().await?.relationship(reference, states).await
	}

	/// The relationship that is meant, or without a reference all of the user's that have records, the
	/// last changed one last.
	pub async fn with_records(
		&self,
		reference: Option<&RelationshipRef>,
	) -> Result<Vec<RelationshipId>> {
		if reference.is_some() {
			return Ok(vec![self.relationship(reference, &WITH_RECORDS).await?]);
		}
		let mut mine = self.at().relationships_of(self.me().await?).await?;
		mine.retain(|(_, entry)| WITH_RECORDS.contains(&entry.state));
		mine.sort_by_key(|(id, entry)| (entry.last, *id));
		Ok(mine.into_iter().map(|(id, _)| id).collect())
	}

	/// The names of subjects at the best block. The subject of the key in use is called `you`.
	pub async fn directory(&self) -> Result<Directory<'_>> {
		self.directory_at(self.best.hash).await
	}

	/// The same at another block.
	pub async fn directory_at(&self, block: H256) -> Result<Directory<'_>> {
		let at = self.chain.at(block);
		Ok(Directory::new(&self.book, at, self.me_if_any(at).await?))
	}

	/// Signs a call with the key in use, submits it, and waits as long as `--wait` says, by default
	/// until the call counts. A dry run precedes it: what the chain would refuse is not sent.
	pub async fn submit(&self, call: impl Into<RuntimeCall>) -> Result<Sent> {
		let call = call.into();
		let default = Wait::default_for(call.kind().is_protective());
		self.submit_with(call, default).await
	}

	/// The same with another default.
	pub async fn submit_with(&self, call: impl Into<RuntimeCall>, default: Wait) -> Result<Sent> {
		let (call, key) = (call.into(), self.context.key()?);
		let names = (&self.chain, &self.book);
		// Another error means that the node could not tell.
		if let Err(error @ (ChainError::Rejected(_) | ChainError::Failed(_))) =
			self.chain.dry_run(&call, key).await
		{
			return Err(advice::explain(names, &call, key, error, false).await);
		}
		let until = match self.context.globals.wait.unwrap_or(default) {
			Wait::Best => Until::InBlock,
			Wait::Final => Until::Final,
		};
		let included = waiting::submit(self.context, names, &call, key, until).await?;
		Ok(Sent { included, takes_away: default == Wait::Best })
	}
}

/// A transaction that was sent, and is in a block.
pub struct Sent {
	/// The transaction.
	pub included: Included,
	/// Whether it takes access or power away, so that it counts before its block is final.
	pub takes_away: bool,
}

impl Deref for Sent {
	type Target = Included;

	fn deref(&self) -> &Included {
		&self.included
	}
}

/// A subject that must exist.
pub async fn subject(at: At<'_>, id: SubjectId) -> Result<Subject<AccountId>> {
	at.subject(id).await?.or_not_found(format!("the chain has no subject {id}; compare the ID"))
}

/// A relationship that must exist.
pub async fn relationship(at: At<'_>, id: RelationshipId) -> Result<Relationship> {
	at.relationship(id).await?.or_not_found("the chain has no such relationship")
}

/// A report on a transaction that is in a block.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Submitted<T> {
	/// What the transaction did.
	#[serde(flatten)]
	#[schema(inline)]
	pub what: T,
	/// The hash of the transaction.
	#[schema(value_type = String)]
	pub extrinsic: H256,
	/// The block that holds it.
	pub block: BlockRef,
	/// Whether the block is final.
	#[serde(rename = "final")]
	pub is_final: bool,
	/// Whether it takes access or power away.
	#[serde(skip)]
	takes_away: bool,
}

impl<T> Submitted<T> {
	/// A report on a transaction that did this.
	pub fn new(sent: &Sent, what: T) -> Submitted<T> {
		let Sent { included: Included { extrinsic, block, is_final, .. }, takes_away } = sent;
		Submitted {
			what,
			extrinsic: *extrinsic,
			block: (*block).into(),
			is_final: *is_final,
			takes_away: *takes_away,
		}
	}

	/// The same transaction, described otherwise.
	pub fn map<U>(self, describe: impl FnOnce(T) -> U) -> Submitted<U> {
		let Submitted { what, extrinsic, block, is_final, takes_away } = self;
		Submitted { what: describe(what), extrinsic, block, is_final, takes_away }
	}
}

impl<T: Report> Report for Submitted<T> {
	fn page(&self) -> Page {
		let state = match (self.is_final, self.takes_away) {
			(true, _) => "which is final.",
			(false, true) => {
				"not final yet. It counts already: gatekeepers apply what takes access away as soon as \
				 it is in the newest block, or in the pool of their node."
			},
			(false, false) => "not final yet; medrec chain status shows which block is.",
		};
		self.what.page().line(format!("In block {}, {state}", self.block.number))
	}
}

/// The field of an event that the chain emits when a call succeeds.
pub fn from_event<V: Decode>(
	included: &Included,
	pallet: &str,
	event: &str,
	field: &str,
) -> Result<V> {
	let value = included.event(pallet, event).and_then(|event| event.get(field));
	value.ok_or_else(|| {
		let message = format!("the block has no event {pallet}.{event} with the field {field}");
		Failure::failed("malformed_answer", message)
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[derive(Serialize)]
	struct Done;

	impl Report for Done {
		fn page(&self) -> Page {
			Page::of("Done.")
		}
	}

	#[test]
	fn a_transaction_says_whether_it_counts_before_its_block_is_final() {
		let text = |is_final, takes_away| {
			let block = BlockHeader { number: 452, hash: H256::zero(), parent: H256::zero() };
			let (extrinsic, events) = (H256::zero(), Vec::new());
			let included = Included { extrinsic, index: 1, block, is_final, events };
			let page = Submitted::new(&Sent { included, takes_away }, Done).page();
			page.shows(&["Done.\nIn block 452, "])
		};
		assert!(text(true, true).ends_with("which is final."));
		assert!(text(true, false).ends_with("which is final."));
		assert!(text(false, true).contains("not final yet. It counts already: gatekeepers"));
		let later = text(false, false);
		assert!(later.contains("medrec chain status") && !later.contains("counts"), "{later}");
	}
}
