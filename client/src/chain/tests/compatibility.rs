use super::metadata;
use crate::chain::{
	bindings::storage_entry,
	check_compatibility,
	compatibility::Comparison,
	reads::{storage_types, STORAGE},
	runtime_api::{function_types, FUNCTIONS},
};
use scale_info::{
	form::PortableForm, Field, MetaType, PortableRegistry, Registry, TypeDef, TypeDefPrimitive,
	Variant,
};
use subxt::metadata::{Metadata, StorageHasher};

/// The comparison with a chain in which the type of this path is changed.
fn check(path: &str, change: impl Fn(&mut TypeDef<PortableForm>)) -> Result<(), String> {
	let mut metadata = metadata();
	let found = metadata.types().types.iter().find(|ty| ty.ty.path.to_string() == path);
	let id = found.unwrap_or_else(|| panic!("no {path}")).id;
	change(&mut metadata.types_mut().types[id as usize].ty.type_def);
	check_compatibility(&metadata).map_err(|error| error.to_string())
}

fn check_variants(
	path: &str,
	edit: impl Fn(&mut Vec<Variant<PortableForm>>),
) -> Result<(), String> {
	check(path, |def| match def {
		TypeDef::Variant(variant) => edit(&mut variant.variants),
		_ => panic!("{path} is not an enum"),
	})
}

fn check_revoke(edit: impl Fn(&mut Variant<PortableForm>)) -> Result<(), String> {
	check_variants("pallet_ppr::pallet::Call", |calls| {
		edit(calls.iter_mut().find(|call| call.name == "revoke").unwrap());
	})
}

#[test]
fn an_incompatible_chain_is_refused() {
	assert_eq!(check_compatibility(&metadata()), Ok(()));
	assert_eq!(
		check_variants("pallet_ppr::pallet::Call", |calls| {
			calls.retain(|call| call.name != "revoke");
		}),
		Err("Ppr.revoke: it is missing".into())
	);
	assert_eq!(
		check_revoke(|revoke| revoke.name = "annul".into()),
		Err("Ppr.revoke: its name is \"annul\"".into())
	);
	assert_eq!(
		check_revoke(|revoke| revoke.fields.swap(0, 1)),
		Err("Ppr.revoke.relationship: its name is \"grant\"".into())
	);
	assert_eq!(
		check_revoke(|revoke| drop(revoke.fields.pop())),
		Err("Ppr.revoke: it has 1 fields".into())
	);
	let status = check_variants("medrec_primitives::identity::Status", |variants| variants.clear());
	assert!(status.unwrap_err().contains("Active: it is missing"));
	let purpose = check("medrec_primitives::relationship::Purpose", |def| {
		*def = TypeDef::Primitive(TypeDefPrimitive::U8);
	});
	assert!(purpose.unwrap_err().contains("it has the form U8"));
}

#[test]
fn a_chain_with_another_event_is_refused() {
	let check_revoked = |edit: &dyn Fn(&mut Variant<PortableForm>)| {
		check_variants("pallet_ppr::pallet::Event", |events| {
			edit(events.iter_mut().find(|event| event.name == "Revoked").unwrap());
		})
	};
	assert_eq!(
		check_revoked(&|revoked| revoked.name = "Annulled".into()),
		Err("Ppr.Revoked: its name is \"Annulled\"".into())
	);
	let renamed = check_revoked(&|revoked| revoked.fields[0].name = Some("id".into()));
	assert!(renamed.unwrap_err().ends_with("its name is \"id\""));
}

#[test]
fn a_chain_with_more_calls_is_accepted() {
	let more = check_variants("pallet_ppr::pallet::Call", |calls| {
		let mut call = calls[0].clone();
		(call.index, call.name) = (200, "another".into());
		call.fields = Vec::<Field<PortableForm>>::new();
		calls.push(call);
	});
	assert_eq!(more, Ok(()));
}

/// The name of a type of the metadata; none of a primitive, a sequence and a tuple.
fn name_of(metadata: &Metadata, id: u32) -> Option<String> {
	metadata.types().resolve(id).unwrap().path.ident()
}

/// The type inside of a `BoundedVec`, which has the same encoding.
fn unbounded(metadata: &Metadata, id: u32) -> u32 {
	match &metadata.types().resolve(id).unwrap().type_def {
		TypeDef::Composite(wrapper) if name_of(metadata, id).as_deref() == Some("BoundedVec") => {
			wrapper.fields[0].ty.id
		},
		_ => id,
	}
}

/// Checks that types of this crate are types of the metadata, in name and in shape.
fn compare(items: impl Iterator<Item = (String, MetaType, u32)>) {
	let metadata = metadata();
	for (at, ours, theirs) in items {
		let mut registry = Registry::new();
		let id = registry.register_type(&ours).id;
		let registry = PortableRegistry::from(registry);
		let our = registry.resolve(id).unwrap();
		let theirs = match our.type_def {
			TypeDef::Sequence(_) => unbounded(&metadata, theirs),
			_ => theirs,
		};
		assert_eq!(our.path.ident(), name_of(&metadata, theirs), "{at}");
		let compared = Comparison::new(&registry, metadata.types()).compare(&at, id, theirs);
		assert_eq!(compared, Ok(()));
	}
}

#[test]
fn keys_and_values_have_the_types_of_the_state() {
	compare(STORAGE.iter().zip(storage_types()).flat_map(|((pallet, item), (keys, value))| {
		let at = format!("{pallet}.{item}");
		let entry = storage_entry(pallet, item).unwrap();
		let value = (at.clone(), value, entry.value_ty());
		assert_eq!(keys.len(), entry.keys().count(), "{at}");
		let keys = keys.into_iter().zip(entry.keys());
		let keys = keys.map(move |(key, info)| (at.clone(), key, info.key_id));
		keys.chain([value])
	}));
}

#[test]
fn results_have_the_types_of_the_functions() {
	let metadata = metadata();
	compare(FUNCTIONS.iter().zip(function_types()).map(|((api, function), ours)| {
		let api = metadata.runtime_api_trait_by_name(api).unwrap();
		(function.to_string(), ours, api.method_by_name(function).unwrap().output_ty())
	}));
}

#[test]
fn keys_are_hashed_by_known_hashers() {
	for (pallet, item) in STORAGE {
		for key in storage_entry(pallet, item).unwrap().keys() {
			assert!(matches!(
				key.hasher,
				StorageHasher::Blake2_128Concat
					| StorageHasher::Twox64Concat
					| StorageHasher::Identity
			));
		}
	}
}
