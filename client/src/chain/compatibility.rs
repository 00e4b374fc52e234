//! Whether a chain speaks as this crate does.

use super::{
	reads::{AnchorHead, PowParameters, Votes},
	RuntimeCall,
};
use medrec_primitives::{
	access::Decision,
	bounty::{Bounty, BountyId, BountyStanding, Dataset},
	identity::{MiningKey, Name, Profile, Subject, SubjectId},
	record::RecordPointer,
	relationship::{Grant, Relationship, RelationshipId},
	summary::{ActivityEntry, ActivityHead, Entry, LogAnchor},
	work::Difficulty,
	AccountId, Moment,
};
use scale_info::{
	form::PortableForm, meta_type, Field, MetaType, PortableRegistry, Registry, TypeDef,
};
use std::collections::BTreeSet;
use subxt::metadata::Metadata;

/// Where a chain differs from what this crate was built for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{at}: {what}")]
pub struct Incompatibility {
	/// In which call, storage item or function, and where in its type.
	pub at: String,
	/// What differs.
	pub what: String,
}

/// The storage items that are read, and what is read from them.
fn storage() -> Vec<(&'static str, &'static str, MetaType)> {
	vec![
		("Timestamp", "Now", meta_type::<Moment>()),
		("Registrar", "Subjects", meta_type::<Subject<AccountId>>()),
		("Registrar", "SubjectOf", meta_type::<SubjectId>()),
		("Registrar", "NameOf", meta_type::<Name>()),
		("Registrar", "Profiles", meta_type::<Profile>()),
		("Ppr", "Relationships", meta_type::<Relationship>()),
		("Ppr", "Pairs", meta_type::<RelationshipId>()),
		("Ppr", "Records", meta_type::<RecordPointer>()),
		("Ppr", "Grants", meta_type::<Grant>()),
		("Summary", "Entries", meta_type::<Entry>()),
		("Summary", "Activity", meta_type::<ActivityEntry>()),
		("Summary", "ActivityHeads", meta_type::<ActivityHead>()),
		("Summary", "Anchors", meta_type::<LogAnchor>()),
		("Summary", "AnchorHeads", meta_type::<AnchorHead>()),
		("MiningBounty", "Datasets", meta_type::<Dataset>()),
		("MiningBounty", "Bounties", meta_type::<Bounty>()),
		("MiningBounty", "Standings", meta_type::<BountyStanding>()),
		("Pow", "CurrentDifficulty", meta_type::<Difficulty>()),
		("Pow", "Parameters", meta_type::<PowParameters>()),
		("Council", "ProposalOf", meta_type::<RuntimeCall>()),
		("Council", "Voting", meta_type::<Votes>()),
	]
}

/// The functions of the runtime that are called, and what they return.
fn functions() -> Vec<(&'static str, &'static str, MetaType)> {
	vec![
		("MedrecApi", "resolve", meta_type::<Option<SubjectId>>()),
		("MedrecApi", "resolve_identifier", meta_type::<Option<SubjectId>>()),
		("MedrecApi", "check_access", meta_type::<Decision>()),
		("MedrecApi", "relationships_of", meta_type::<Vec<(RelationshipId, Entry)>>()),
		("MedrecApi", "pending_for", meta_type::<u32>()),
		("MedrecApi", "bounties_of", meta_type::<Vec<(BountyId, Bounty)>>()),
		("MedrecApi", "miners", meta_type::<Vec<(SubjectId, MiningKey)>>()),
		("MedrecApi", "eligible", meta_type::<Option<Moment>>()),
		("AccountNonceApi", "account_nonce", meta_type::<u32>()),
	]
}

/// Checks that every call, storage item and function that this crate uses is in `metadata`, under
/// the same name and index and of the same shape. What else the chain has does not matter.
pub fn check(metadata: &Metadata) -> Result<(), Incompatibility> {
	let (storage, functions) = (storage(), functions());
	let mut registry = Registry::new();
	let call = registry.register_type(&meta_type::<RuntimeCall>()).id;
	let mut register = |of: &[(_, _, MetaType)]| -> Vec<u32> {
		of.iter().map(|(_, _, ty)| registry.register_type(ty).id).collect()
	};
	let (stored, returned) = (register(&storage), register(&functions));
	let registry = PortableRegistry::from(registry);
	let mut comparison =
		Comparison { ours: &registry, theirs: metadata.types(), equal: BTreeSet::new() };

	comparison.compare("RuntimeCall", call, metadata.outer_enums().call_enum_ty())?;
	for ((pallet, item, _), ours) in storage.iter().zip(stored) {
		let at = format!("{pallet}.{item}");
		let theirs = metadata
			.pallet_by_name(pallet)
			.and_then(|pallet| pallet.storage())
			.and_then(|storage| storage.entry_by_name(item))
			.ok_or_else(|| missing(&at))?;
		comparison.compare(&at, ours, theirs.value_ty())?;
	}
	for ((api, function, _), ours) in functions.iter().zip(returned) {
		let at = format!("{api}_{function}");
		let theirs = metadata
			.runtime_api_traits()
			.find(|found| found.name() == *api)
			.and_then(|found| found.method_by_name(function).map(|method| method.output_ty()))
			.ok_or_else(|| missing(&at))?;
		comparison.compare(&at, ours, theirs)?;
	}
	Ok(())
}

fn missing(at: &str) -> Incompatibility {
	Incompatibility { at: at.to_owned(), what: "it is not there".to_owned() }
}

/// Compares types of two registries.
struct Comparison<'a> {
	ours: &'a PortableRegistry,
	theirs: &'a PortableRegistry,
	/// Pairs that were found equal, or are being compared.
	equal: BTreeSet<(u32, u32)>,
}

impl Comparison<'_> {
	/// Whether whatever is of our type is of theirs. Theirs may have more variants.
	fn compare(&mut self, at: &str, ours: u32, theirs: u32) -> Result<(), Incompatibility> {
		if !self.equal.insert((ours, theirs)) {
			return Ok(());
		}
		let wrong = |what: &str| Incompatibility { at: at.to_owned(), what: what.to_owned() };
		let (Some(our), Some(their)) = (self.ours.resolve(ours), self.theirs.resolve(theirs))
		else {
			return Err(wrong("its type is not described"));
		};
		match (&our.type_def, &their.type_def) {
			(TypeDef::Composite(our), TypeDef::Composite(their)) => {
				self.compare_fields(at, &our.fields, &their.fields)
			},
			(TypeDef::Variant(our), TypeDef::Variant(their)) => {
				for variant in &our.variants {
					let at = format!("{at}.{}", variant.name);
					let found = their.variants.iter().find(|found| found.index == variant.index);
					let found = found.ok_or_else(|| missing(&at))?;
					if plain(&found.name) != plain(&variant.name) {
						let what = format!("it is called {} there", found.name);
						return Err(Incompatibility { at, what });
					}
					self.compare_fields(&at, &variant.fields, &found.fields)?;
				}
				Ok(())
			},
			(TypeDef::Sequence(our), TypeDef::Sequence(their)) => {
				self.compare(at, our.type_param.id, their.type_param.id)
			},
			(TypeDef::Array(our), TypeDef::Array(their)) if our.len == their.len => {
				self.compare(at, our.type_param.id, their.type_param.id)
			},
			(TypeDef::Tuple(our), TypeDef::Tuple(their))
				if our.fields.len() == their.fields.len() =>
			{
				let pairs: Vec<_> = our.fields.iter().zip(&their.fields).collect();
				pairs.into_iter().try_for_each(|(our, their)| self.compare(at, our.id, their.id))
			},
			(TypeDef::Compact(our), TypeDef::Compact(their)) => {
				self.compare(at, our.type_param.id, their.type_param.id)
			},
			(TypeDef::Primitive(our), TypeDef::Primitive(their)) if our == their => Ok(()),
			_ => Err(wrong("it is of another type there")),
		}
	}

	fn compare_fields(
		&mut self,
		at: &str,
		ours: &[Field<PortableForm>],
		theirs: &[Field<PortableForm>],
	) -> Result<(), Incompatibility> {
		if ours.len() != theirs.len() {
			let what = format!("it has {} fields there", theirs.len());
			return Err(Incompatibility { at: at.to_owned(), what });
		}
		for (our, their) in ours.iter().zip(theirs) {
			let (name, found) = (our.name.as_deref(), their.name.as_deref());
			let at = match name {
				Some(name) => format!("{at}.{name}"),
				None => at.to_owned(),
			};
			if name.map(plain) != found.map(plain) {
				let what = format!("it is called {} there", found.unwrap_or("nothing"));
				return Err(Incompatibility { at, what });
			}
			self.compare(&at, our.ty.id, their.ty.id)?;
		}
		Ok(())
	}
}

/// A name without regard to how words are joined.
fn plain(name: &str) -> String {
	name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}
