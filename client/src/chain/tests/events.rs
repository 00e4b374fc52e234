use super::{chain, node::Node};
use crate::chain::{ChainEvent, StateChange};
use medrec_primitives::{
	relationship::{Grantee, RelationshipId},
	summary::{ActivityKind, EntryRole},
	H256,
};
use parity_scale_codec::Encode;

pub const A: [u8; 32] = [0xaa; 32];
pub const B: [u8; 32] = [0xbb; 32];
pub const C: [u8; 32] = [0xcc; 32];

/// An event of a transaction.
pub fn during(extrinsic: u32, pallet: u8, variant: u8, fields: impl Encode) -> Vec<u8> {
	let topics: Vec<H256> = Vec::new();
	[(0u8, extrinsic).encode(), vec![pallet, variant], fields.encode(), topics.encode()].concat()
}

/// All events of a block.
pub fn all(events: &[Vec<u8>]) -> Vec<u8> {
	let count = parity_scale_codec::Compact(events.len() as u32).encode();
	[count, events.concat()].concat()
}

/// The event that a transaction failed with an error of a pallet.
pub fn failed(extrinsic: u32, pallet: u8, error: u8) -> Vec<u8> {
	during(extrinsic, 0, 1, ((3u8, pallet, [error, 0, 0, 0]), [0u8; 4]))
}

#[tokio::test]
async fn events_name_the_changed_state() {
	let node = Node::new();
	let chain = chain(&node).await;
	let head = node.mine_with(all(&[
		during(1, 11, 0, (A, B, C)),
		during(1, 11, 5, (A, B, C, 1u32)),
		during(2, 11, 9, (A, B, Grantee::Subject(C.into()), C)),
		during(2, 12, 0, (A, 7u64, ActivityKind::RecordPosted(B.into()), Some(C))),
		during(3, 12, 2, (A, B, 0u64, 3u32, 3u64)),
		during(3, 13, 1, (A, B, C, B)),
		during(4, 10, 7, (A, medrec_primitives::identity::Status::Suspended)),
		during(5, 0, 0, [0u8; 4]),
	]));
	let events = chain.at(head.hash).events().await.unwrap();
	let read: Vec<_> = events
		.iter()
		.map(|event| (event.pallet.as_str(), event.name.as_str(), event.extrinsic, event.changes()))
		.collect();
	assert_eq!(
		read,
		[
			("Ppr", "Proposed", Some(1), vec![StateChange::Relationship(A.into())]),
			(
				"Ppr",
				"RecordPosted",
				Some(1),
				vec![StateChange::Relationship(A.into()), StateChange::Record(A.into(), B.into())]
			),
			(
				"Ppr",
				"Revoked",
				Some(2),
				vec![StateChange::Relationship(A.into()), StateChange::Grant(A.into(), B.into())]
			),
			("Summary", "Noted", Some(2), vec![StateChange::Summary(A.into())]),
			("Summary", "Anchored", Some(3), vec![StateChange::Anchors(A.into())]),
			(
				"MiningBounty",
				"Offered",
				Some(3),
				vec![StateChange::Dataset(B.into()), StateChange::Bounty(A.into())]
			),
			("Registrar", "StatusSet", Some(4), vec![StateChange::Subject(A.into())]),
			("System", "ExtrinsicSuccess", Some(5), vec![]),
		]
	);
	assert_eq!(events[3].get::<u64>("number"), Some(7));
	assert_eq!(events[3].get::<Option<RelationshipId>>("relationship"), Some(Some(C.into())));
	assert_eq!(events[3].get::<EntryRole>("number"), None);
	assert_eq!(events[3].get::<u64>("nothing"), None);
}

#[tokio::test]
async fn a_block_without_events_has_none() {
	let node = Node::new();
	let chain = chain(&node).await;
	let events: Vec<ChainEvent> = chain.at(node.mine().hash).events().await.unwrap();
	assert_eq!(events, []);
	assert_eq!(chain.at(node.mine_with(vec![]).hash).events().await.unwrap(), []);
	assert!(chain.at(node.mine_with(vec![4, 0]).hash).events().await.is_err());
}
