//! The arguments of a call by their names in the metadata, for messages.

use super::{bindings, RuntimeCall};
use parity_scale_codec::Encode;
use subxt::ext::scale_value::{scale::decode_as_type, Composite, Value, ValueDef};

impl RuntimeCall {
	/// The arguments of this call that have a short text, each with its name: an ID, a key or a hash
	/// as `0x` and digits, a name as it is, a number, the word of a variant. The arguments of calls in
	/// this one are left out; [`RuntimeCall::visit`] finds those.
	pub fn arguments(&self) -> Vec<(String, String)> {
		let metadata = bindings::metadata();
		let call = metadata.outer_enums().call_enum_ty();
		let value = decode_as_type(&mut &*self.encode(), call, metadata.types());
		// A pallet, in it a call, in it the arguments.
		let Ok(ValueDef::Variant(pallet)) = value.map(|value| value.value) else {
			return Vec::new();
		};
		let arguments = pallet.values.into_values().next().map(|call| call.value);
		let Some(ValueDef::Variant(call)) = arguments else { return Vec::new() };
		let Composite::Named(arguments) = call.values else { return Vec::new() };
		arguments.into_iter().filter_map(|(name, value)| Some((name, text(&value)?))).collect()
	}
}

/// The names of the errors of a pallet, as in [`super::DispatchFailure`].
pub fn error_names(pallet: &str) -> Vec<&'static str> {
	let pallet = bindings::metadata().pallet_by_name(pallet);
	let errors = pallet.and_then(|pallet| pallet.error_variants()).unwrap_or_default();
	errors.iter().map(|error| error.name.as_str()).collect()
}

/// A short text for a value, if it has one.
fn text(value: &Value<u32>) -> Option<String> {
	let fields = match &value.value {
		ValueDef::Primitive(primitive) => {
			return value.as_u128().map(|number| number.to_string()).or_else(|| {
				use subxt::ext::scale_value::Primitive;
				match primitive {
					Primitive::String(text) => Some(text.clone()),
					Primitive::Bool(value) => Some(value.to_string()),
					_ => None,
				}
			});
		},
		ValueDef::Variant(variant) if variant.values.is_empty() => {
			return (variant.name != "None").then(|| variant.name.clone());
		},
		ValueDef::Variant(variant) => &variant.values,
		ValueDef::Composite(composite) => composite,
		ValueDef::BitSequence(_) => return None,
	};
	let fields = Vec::from_iter(fields.values());
	if let [only] = fields.as_slice() {
		return text(only);
	}
	let byte = |value: &&Value<u32>| u8::try_from(value.as_u128()?).ok();
	let bytes: Vec<u8> = fields.iter().map(byte).collect::<Option<_>>()?;
	let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic());
	match bytes.len() {
		32 | 64 => Some(format!("0x{}", hex::encode(bytes))),
		_ if is_text && !bytes.is_empty() => String::from_utf8(bytes).ok(),
		_ => None,
	}
}
