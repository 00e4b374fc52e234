use super::{reads::prefix, runtime::Runtime, At, DispatchFailure, Error};
use medrec_primitives::{
	bounty::{BountyId, DatasetId},
	identity::{Identifier, SubjectId},
	record::RecordId,
	relationship::{GrantId, RelationshipId},
};
use parity_scale_codec::{Decode, DecodeAll};
use subxt::{
	error::DispatchError,
	events::Phase,
	ext::scale_decode::visitor::{decode_with_visitor, IgnoreVisitor},
};

/// The pallets whose events name changes of the state.
pub(super) const PALLETS: [&str; 4] = ["Registrar", "Ppr", "Summary", "MiningBounty"];

/// A part of the state that a block changed, according to an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum StateChange {
	/// A subject: its role, account, status, name, profile or key.
	Subject(SubjectId),
	/// An identifier: it was bound to a subject, or unbound.
	Identifier(Identifier),
	/// A relationship. If it ended, its grants ended with it.
	Relationship(RelationshipId),
	/// A record.
	Record(RelationshipId, RecordId),
	/// A permission or denial.
	Grant(RelationshipId, GrantId),
	/// A subject's summary or history.
	Summary(SubjectId),
	/// The anchors of a provider's access log.
	Anchors(SubjectId),
	/// A dataset.
	Dataset(DatasetId),
	/// A bounty.
	Bounty(BountyId),
}

/// A field of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventField {
	/// Its name.
	pub name: String,
	/// Its value in SCALE.
	pub bytes: Vec<u8>,
}

/// An event that a pallet deposited in a block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainEvent {
	/// The pallet that deposited it, as the runtime names it.
	pub pallet: String,
	/// Its name in that pallet.
	pub name: String,
	/// The position of the transaction that caused it; none at the start and the end of the block.
	pub extrinsic: Option<u32>,
	/// Its fields, in the order of the metadata.
	pub fields: Vec<EventField>,
}

impl ChainEvent {
	/// Whether it is this event of this pallet.
	pub fn is(&self, pallet: &str, name: &str) -> bool {
		self.pallet == pallet && self.name == name
	}

	/// The value of a field; none if the field is missing or has another type.
	pub fn get<V: Decode>(&self, name: &str) -> Option<V> {
		let field = self.fields.iter().find(|field| field.name == name)?;
		V::decode_all(&mut &*field.bytes).ok()
	}

	/// The identifier in a field, which may be optional.
	fn id<V: Decode>(&self, name: &str) -> Option<V> {
		self.get(name).or_else(|| self.get::<Option<V>>(name).flatten())
	}

	/// The parts of the state that changed, according to the event.
	pub fn changes(&self) -> Vec<StateChange> {
		use StateChange as Change;
		let relationship = self.id("relationship");
		let changes = match self.pallet.as_str() {
			"Registrar" => vec![
				self.id("subject").map(Change::Subject),
				self.id("identifier").map(Change::Identifier),
			],
			"Ppr" => vec![
				relationship.map(Change::Relationship),
				relationship.zip(self.id("record")).map(|(of, id)| Change::Record(of, id)),
				relationship.zip(self.id("grant")).map(|(of, id)| Change::Grant(of, id)),
			],
			"Summary" => vec![
				self.id("subject").map(Change::Summary),
				self.id("provider").filter(|_| self.name == "Anchored").map(Change::Anchors),
			],
			"MiningBounty" => {
				vec![self.id("dataset").map(Change::Dataset), self.id("bounty").map(Change::Bounty)]
			},
			_ => Vec::new(),
		};
		changes.into_iter().flatten().collect()
	}
}

impl At<'_> {
	/// The events of the block.
	pub async fn events(&self) -> Result<Vec<ChainEvent>, Error> {
		let bytes = self.raw(&prefix("System", "Events")).await?.unwrap_or_default();
		let runtime = self.chain.runtime_at(self.block).await?;
		read(&runtime, bytes)
	}

	/// The names of a `DispatchError` that an event of the block holds in SCALE.
	pub async fn explain(&self, error: &[u8]) -> Result<DispatchFailure, Error> {
		let runtime = self.chain.runtime_at(self.block).await?;
		Ok(explain(&runtime, error))
	}
}

fn read(runtime: &Runtime, bytes: Vec<u8>) -> Result<Vec<ChainEvent>, Error> {
	let unreadable = || Error::Malformed("an event");
	let metadata = runtime.metadata();
	let events = runtime.client.events().from_bytes(bytes);
	let mut read = Vec::new();
	for event in events.iter() {
		let event = event.map_err(|_| unreadable())?;
		let variant = metadata
			.pallet_by_event_index(event.pallet_index())
			.and_then(|pallet| pallet.event_variant_by_index(event.event_index()))
			.ok_or_else(unreadable)?;
		let mut rest = event.field_bytes();
		let mut fields = Vec::with_capacity(variant.fields.len());
		for field in &variant.fields {
			let before = rest;
			decode_with_visitor(&mut rest, field.ty.id, metadata.types(), IgnoreVisitor::new())
				.map_err(|_| unreadable())?;
			let len = before.len().saturating_sub(rest.len());
			fields.push(EventField {
				name: field.name.clone().unwrap_or_default(),
				bytes: before.iter().take(len).copied().collect(),
			});
		}
		read.push(ChainEvent {
			pallet: event.pallet_name().to_owned(),
			name: event.event_name().to_owned(),
			extrinsic: match event.phase() {
				Phase::ApplyExtrinsic(index) => Some(index),
				_ => None,
			},
			fields,
		});
	}
	Ok(read)
}

/// The failure of the transaction with these events, if it failed.
pub(super) fn failure(runtime: &Runtime, events: &[ChainEvent]) -> Option<DispatchFailure> {
	let failed = events.iter().find(|event| event.is("System", "ExtrinsicFailed"))?;
	let error = failed.fields.iter().find(|field| field.name == "dispatch_error");
	Some(explain(runtime, error.map(|field| field.bytes.as_slice()).unwrap_or_default()))
}

/// A `DispatchError` in SCALE, by its names in the metadata.
pub(super) fn explain(runtime: &Runtime, error: &[u8]) -> DispatchFailure {
	let failure = |name: &str, docs: &str| DispatchFailure {
		pallet: None,
		name: name.to_owned(),
		docs: docs.to_owned(),
	};
	let unknown = || failure("Unknown", "the node does not name the error");
	match DispatchError::decode_from(error, runtime.metadata()) {
		Ok(DispatchError::Module(error)) => error.details().map_or_else(
			|_| unknown(),
			|details| DispatchFailure {
				pallet: Some(details.pallet.name().to_owned()),
				..failure(&details.variant.name, details.variant.docs.join(" ").trim())
			},
		),
		Ok(DispatchError::BadOrigin) => {
			failure("BadOrigin", "the account has no right to make this call")
		},
		Ok(other) => failure(&format!("{other:?}"), &other.to_string()),
		Err(_) => unknown(),
	}
}
