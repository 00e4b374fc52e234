use ::http::{request::Parts, HeaderMap};
use sfv::{BareItem, FieldType, InnerList, Item, ListEntry};

/// The start line of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StartLine<'a> {
	/// The start line of a request.
	Request {
		/// The method, as `POST`.
		method: &'a str,
		/// The scheme of the target, as `https`.
		scheme: &'a str,
		/// The authority of the target, in lower case and without the scheme's default port.
		authority: &'a str,
		/// The absolute path, `/` if empty.
		path: &'a str,
		/// The query without its question mark; none if the target has none.
		query: Option<&'a str>,
	},
	/// The start line of a response.
	Response {
		/// The status code.
		status: u16,
	},
}

/// The parts of a message that a signature can cover.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
	/// The start line.
	pub start: StartLine<'a>,
	/// The header fields.
	pub headers: &'a HeaderMap,
}

/// The reason why a signature base cannot be computed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BaseError {
	/// A component is not a string, is unknown, belongs to another kind of message, or has unsupported
	/// parameters.
	#[error("the component {0} is not supported")]
	Unsupported(String),
	/// A covered component is not in the message, or not unique.
	#[error("the component {0} is covered, but the message lacks it")]
	Missing(String),
	/// A component is covered twice.
	#[error("the component {0} is covered twice")]
	Duplicate(String),
	/// The value of a field is not ASCII.
	#[error("the field {0} is not ASCII")]
	NotAscii(String),
}

/// The signature base (RFC 9421, section 2.5) of `message` for the components in `input`, the member of
/// `Signature-Input` with its parameters in the received order.
pub fn signature_base(message: &Message<'_>, input: &InnerList) -> Result<String, BaseError> {
	let mut base = String::new();
	let mut seen = Vec::with_capacity(input.items.len());
	for item in &input.items {
		let identifier = item.serialize();
		if seen.contains(&identifier) {
			return Err(BaseError::Duplicate(identifier));
		}
		let value = component(message, item, &identifier)?;
		base.push_str(&identifier);
		base.push_str(": ");
		base.push_str(&value);
		base.push('\n');
		seen.push(identifier);
	}
	base.push_str("\"@signature-params\": ");
	base.push_str(&serialize(input));
	Ok(base)
}

/// An inner list in canonical form, with its members and parameters in their order.
pub(super) fn serialize(list: &InnerList) -> String {
	vec![ListEntry::InnerList(list.clone())]
		.serialize()
		.expect("a list with a member has a canonical form; qed")
}

/// The signature base of a request to this authority.
pub(super) fn request_base(
	parts: &Parts,
	authority: &str,
	input: &InnerList,
) -> Result<String, BaseError> {
	let path = match parts.uri.path() {
		"" => "/",
		path => path,
	};
	let start = StartLine::Request {
		method: parts.method.as_str(),
		scheme: parts.uri.scheme_str().unwrap_or("https"),
		authority,
		path,
		query: parts.uri.query(),
	};
	signature_base(&Message { start, headers: &parts.headers }, input)
}

fn component(message: &Message<'_>, item: &Item, identifier: &str) -> Result<String, BaseError> {
	let unsupported = || BaseError::Unsupported(identifier.to_owned());
	let BareItem::String(name) = &item.bare_item else { return Err(unsupported()) };
	let name = name.as_str();

	if name == "@query-param" {
		let Some(BareItem::String(parameter)) = item.params.get("name") else {
			return Err(unsupported());
		};
		let StartLine::Request { query, .. } = message.start else { return Err(unsupported()) };
		if item.params.len() != 1 {
			return Err(unsupported());
		}
		return query_parameter(query.unwrap_or_default(), parameter.as_str())
			.ok_or_else(|| BaseError::Missing(identifier.to_owned()));
	}
	if !item.params.is_empty() {
		return Err(unsupported());
	}
	if name.starts_with('@') {
		derived(&message.start, name).ok_or_else(unsupported)
	} else if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
		Err(unsupported())
	} else {
		field(message.headers, name, identifier)
	}
}

fn derived(start: &StartLine<'_>, name: &str) -> Option<String> {
	match *start {
		StartLine::Request { method, scheme, authority, path, query } => {
			let target = || match query {
				Some(query) => format!("{path}?{query}"),
				None => path.to_owned(),
			};
			Some(match name {
				"@method" => method.to_owned(),
				"@scheme" => scheme.to_owned(),
				"@authority" => authority.to_owned(),
				"@path" => path.to_owned(),
				"@query" => format!("?{}", query.unwrap_or_default()),
				"@request-target" => target(),
				"@target-uri" => format!("{scheme}://{authority}{}", target()),
				_ => return None,
			})
		},
		StartLine::Response { status } => (name == "@status").then(|| status.to_string()),
	}
}

/// The value of a query parameter that occurs once. Encoded values (with percent or plus signs) are not
/// supported.
fn query_parameter(query: &str, name: &str) -> Option<String> {
	let plain = |text: &str| !text.contains(['%', '+']);
	let mut values = query
		.split('&')
		.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
		.filter(|(key, _)| *key == name);
	match (values.next(), values.next()) {
		(Some((key, value)), None) if plain(key) && plain(value) => Some(value.to_owned()),
		_ => None,
	}
}

fn field(headers: &HeaderMap, name: &str, identifier: &str) -> Result<String, BaseError> {
	let mut values = Vec::new();
	for value in headers.get_all(name) {
		let value = value.to_str().map_err(|_| BaseError::NotAscii(identifier.to_owned()))?.trim();
		values.push(value);
	}
	if values.is_empty() {
		return Err(BaseError::Missing(identifier.to_owned()));
	}
	Ok(values.join(", "))
}
