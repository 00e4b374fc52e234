//! The comparison of a chain's metadata with the metadata that this crate is built for.

use super::{bindings, call, event, reads::STORAGE, runtime_api::FUNCTIONS};
use scale_info::{form::PortableForm, Field, PortableRegistry, TypeDef};
use std::collections::BTreeSet;
use subxt::metadata::{Metadata, StorageHasher};

/// A difference between a chain and the chain that this crate is built for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{at}: {what}")]
pub struct Incompatibility {
	/// The call, storage item or function, and the place in its type.
	pub at: String,
	/// The difference.
	pub what: String,
}

impl Incompatibility {
	fn new(at: &str, what: impl Into<String>) -> Incompatibility {
		Incompatibility { at: at.to_owned(), what: what.into() }
	}
}

/// A part of the metadata: a property that must be equal, and types that are compared.
type Part = (String, Vec<u32>);

fn calls(metadata: &Metadata, pallet: &str) -> Option<Part> {
	let pallet = metadata.pallet_by_name(pallet)?;
	Some((format!("index {}", pallet.call_index()), vec![pallet.call_ty_id()?]))
}

fn events(metadata: &Metadata, pallet: &str) -> Option<Part> {
	Some(("events".to_owned(), vec![metadata.pallet_by_name(pallet)?.event_ty_id()?]))
}

fn storage(metadata: &Metadata, pallet: &str, item: &str) -> Option<Part> {
	let entry = metadata.pallet_by_name(pallet)?.storage()?.entry_by_name(item)?;
	let hashers: Vec<StorageHasher> = entry.keys().map(|key| key.hasher).collect();
	let keys = entry.keys().map(|key| key.key_id);
	Some((format!("hashers {hashers:?}"), keys.chain([entry.value_ty()]).collect()))
}

fn function(metadata: &Metadata, api: &str, name: &str) -> Option<Part> {
	let function = metadata.runtime_api_trait_by_name(api)?.method_by_name(name)?;
	let inputs = function.inputs().map(|input| input.id);
	let types: Vec<u32> = inputs.chain([function.output_ty()]).collect();
	Some((format!("{} arguments", types.len().saturating_sub(1)), types))
}

/// The form of a type, and the types in it.
fn form(def: &TypeDef<PortableForm>) -> Part {
	let (form, types) = match def {
		TypeDef::Composite(_) => ("struct".to_owned(), Vec::new()),
		TypeDef::Variant(_) => ("enum".to_owned(), Vec::new()),
		TypeDef::Sequence(sequence) => ("sequence".to_owned(), vec![sequence.type_param]),
		TypeDef::Array(array) => (format!("array of {}", array.len), vec![array.type_param]),
		TypeDef::Tuple(tuple) => (format!("tuple of {}", tuple.fields.len()), tuple.fields.clone()),
		TypeDef::Primitive(primitive) => (format!("{primitive:?}"), Vec::new()),
		TypeDef::Compact(compact) => ("compact".to_owned(), vec![compact.type_param]),
		TypeDef::BitSequence(bits) => {
			("bits".to_owned(), vec![bits.bit_store_type, bits.bit_order_type])
		},
	};
	(format!("the form {form}"), types.iter().map(|inner| inner.id).collect())
}

/// Checks that every call, event, storage item and function that this crate uses is in `chain`, under
/// the same name and index and of the same shape. What else the chain has does not matter.
pub fn check(chain: &Metadata) -> Result<(), Incompatibility> {
	let ours = bindings::metadata();
	let mut comparison = Comparison::new(ours.types(), chain.types());
	// Calls contain calls. Those of other pallets do not decode.
	comparison.assume(ours.outer_enums().call_enum_ty(), chain.outer_enums().call_enum_ty());
	for pallet in call::PALLETS {
		comparison.compare_parts(pallet, calls(ours, pallet), calls(chain, pallet))?;
	}
	for pallet in event::PALLETS {
		comparison.compare_parts(pallet, events(ours, pallet), events(chain, pallet))?;
	}
	for (pallet, item) in STORAGE.iter().copied().chain([("Council", "ProposalOf")]) {
		let at = format!("{pallet}.{item}");
		comparison.compare_parts(&at, storage(ours, pallet, item), storage(chain, pallet, item))?;
	}
	for (api, name) in FUNCTIONS {
		let at = format!("{api}_{name}");
		comparison.compare_parts(&at, function(ours, api, name), function(chain, api, name))?;
	}
	Ok(())
}

/// A comparison of types of two registries.
pub(super) struct Comparison<'a> {
	ours: &'a PortableRegistry,
	theirs: &'a PortableRegistry,
	/// Pairs that were found equal, or are being compared.
	equal: BTreeSet<(u32, u32)>,
}

impl<'a> Comparison<'a> {
	pub(super) fn new(ours: &'a PortableRegistry, theirs: &'a PortableRegistry) -> Self {
		Comparison { ours, theirs, equal: BTreeSet::new() }
	}

	/// Takes two types as equal.
	fn assume(&mut self, ours: u32, theirs: u32) -> bool {
		self.equal.insert((ours, theirs))
	}

	fn compare_parts(
		&mut self,
		at: &str,
		ours: Option<Part>,
		theirs: Option<Part>,
	) -> Result<(), Incompatibility> {
		let missing = || Incompatibility::new(at, "it is missing");
		let ((our, our_types), (their, their_types)) = ours.zip(theirs).ok_or_else(missing)?;
		if our != their {
			return Err(Incompatibility::new(at, format!("it has {their}")));
		}
		let mut types = our_types.into_iter().zip(their_types);
		types.try_for_each(|(ours, theirs)| self.compare(at, ours, theirs))
	}

	/// Whether every value of our type is one of theirs. Their enums may have more variants.
	pub(super) fn compare(
		&mut self,
		at: &str,
		ours: u32,
		theirs: u32,
	) -> Result<(), Incompatibility> {
		if !self.assume(ours, theirs) {
			return Ok(());
		}
		let (our, their) = self
			.ours
			.resolve(ours)
			.zip(self.theirs.resolve(theirs))
			.ok_or_else(|| Incompatibility::new(at, "its type is not described"))?;
		match (&our.type_def, &their.type_def) {
			(TypeDef::Composite(our), TypeDef::Composite(their)) => {
				self.compare_fields(at, &our.fields, &their.fields)
			},
			(TypeDef::Variant(our), TypeDef::Variant(their)) => {
				our.variants.iter().try_for_each(|variant| {
					let at = format!("{at}.{}", variant.name);
					let found = their.variants.iter().find(|found| found.index == variant.index);
					let found = found.ok_or_else(|| Incompatibility::new(&at, "it is missing"))?;
					same_name(&at, &variant.name, &found.name)?;
					self.compare_fields(&at, &variant.fields, &found.fields)
				})
			},
			(our, their) => self.compare_parts(at, Some(form(our)), Some(form(their))),
		}
	}

	fn compare_fields(
		&mut self,
		at: &str,
		ours: &[Field<PortableForm>],
		theirs: &[Field<PortableForm>],
	) -> Result<(), Incompatibility> {
		if ours.len() != theirs.len() {
			return Err(Incompatibility::new(at, format!("it has {} fields", theirs.len())));
		}
		ours.iter().zip(theirs).try_for_each(|(our, their)| {
			let at = match &our.name {
				Some(name) => format!("{at}.{name}"),
				None => at.to_owned(),
			};
			let name = |field: &Field<PortableForm>| field.name.clone().unwrap_or_default();
			same_name(&at, &name(our), &name(their))?;
			self.compare(&at, our.ty.id, their.ty.id)
		})
	}
}

fn same_name(at: &str, ours: &str, theirs: &str) -> Result<(), Incompatibility> {
	match ours == theirs {
		true => Ok(()),
		false => Err(Incompatibility::new(at, format!("its name is {theirs:?}"))),
	}
}
