//! `medrec keys list`, `show` and `address`.

use super::holder::{look_up, Holder};
use crate::{
	context::Context,
	directory::address_of,
	failure::Result,
	output::{Output, Report},
	page::{Cell, Page},
};
use medrec_client::keys::Entry;
use medrec_primitives::{bytes::to_hex, identity::EncryptionKey};
use medrec_protocol::keys::parse_address;
use serde::Serialize;

/// The keys in the keystore.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct KeyList {
	/// The folder of the keystore.
	folder: String,
	/// The keys, by name.
	keys: Vec<ListedKey>,
	/// Whether a node answered; without one, the subjects of the keys are not known.
	node_reachable: bool,
}

/// A key in the keystore.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct ListedKey {
	/// Its name.
	name: String,
	/// The signature scheme: sr25519 or ed25519.
	scheme: &'static str,
	/// The SS58 address of its account.
	address: String,
	/// Whether there is an encryption key of the same name.
	has_encryption_key: bool,
	#[serde(flatten)]
	holder: Holder,
}

impl Report for KeyList {
	fn page(&self) -> Page {
		let row = |key: &ListedKey| {
			let none = if self.node_reachable { Cell::words("none") } else { Cell::None };
			let subject = key.holder.words().map_or(none, Cell::Words);
			[Cell::word(&key.name), Cell::word(&key.address), subject]
		};
		let title = format!("Keys in {}", self.folder);
		let rows = self.keys.iter().map(row);
		let page = Page::default().table(title, ["name", "address", "subject"], rows);
		match (self.keys.is_empty(), self.node_reachable) {
			(true, _) => page.line("Make one with: medrec keys create NAME"),
			(false, false) => page.line("No node answered, so that subjects are not known."),
			(false, true) => page,
		}
	}
}

pub(super) async fn list(context: &Context) -> Result<Output> {
	let keystore = &context.keystore;
	let (mut keys, mut accounts) = (Vec::new(), Vec::new());
	for Entry { name, file } in keystore.list()? {
		let Ok(Some(scheme)) = file.scheme() else { continue };
		let Ok(account) = parse_address(file.address()) else { continue };
		keys.push(ListedKey {
			has_encryption_key: keystore.has_sealing(&name).unwrap_or(false),
			scheme: scheme.as_str(),
			address: address_of(&account),
			holder: Holder::default(),
			name,
		});
		accounts.push(account);
	}
	let holders = match accounts.is_empty() {
		true => None,
		false => look_up(context, &accounts).await,
	};
	let node_reachable = holders.is_some();
	for (key, holder) in keys.iter_mut().zip(holders.into_iter().flatten()) {
		key.holder = holder;
	}
	let folder = keystore.folder().display().to_string();
	Ok(Output::of(&KeyList { folder, keys, node_reachable }))
}

/// A key.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct KeyDetails {
	/// Its name.
	name: String,
	/// The signature scheme: sr25519 or ed25519.
	scheme: &'static str,
	/// The SS58 address of its account.
	address: String,
	/// Its public key, which is the account.
	public_key: String,
	/// The X25519 public key to which gatekeepers may seal answers.
	encryption_key: Option<EncryptionKey>,
	/// Whether a node answered; without one, the subject of the key is not known.
	node_reachable: bool,
	#[serde(flatten)]
	holder: Holder,
}

impl Report for KeyDetails {
	fn page(&self) -> Page {
		let subject = match (self.holder.words(), self.node_reachable) {
			(Some(words), _) => Cell::Words(words),
			(None, true) => Cell::words("none on this chain"),
			(None, false) => Cell::words("unknown: no node is reachable"),
		};
		Page::default().facts([
			("name", Cell::word(&self.name)),
			("scheme", Cell::word(self.scheme)),
			("address", Cell::word(&self.address)),
			("public key", Cell::id(&self.public_key)),
			("encryption key", Cell::maybe(self.encryption_key, Cell::id)),
			("subject", subject),
			("", Cell::maybe(self.holder.subject, Cell::id)),
		])
	}
}

pub(super) async fn show(context: &Context, name: &str) -> Result<Output> {
	let scheme = context.keystore.get(name)?.scheme()?.unwrap_or_default();
	let account = context.account_of(name)?;
	let holders = look_up(context, std::slice::from_ref(&account)).await;
	Ok(Output::of(&KeyDetails {
		name: name.to_owned(),
		scheme: scheme.as_str(),
		address: address_of(&account),
		public_key: to_hex(account.as_ref()),
		encryption_key: context.encryption_key_of(name)?,
		node_reachable: holders.is_some(),
		holder: holders.into_iter().flatten().next().unwrap_or_default(),
	}))
}

/// The address of a key.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct KeyAddress {
	/// The SS58 address of its account.
	address: String,
}

impl Report for KeyAddress {
	fn page(&self) -> Page {
		Page::of(&self.address)
	}
}

pub(super) fn address(context: &Context, name: &str) -> Result<Output> {
	Ok(Output::of(&KeyAddress { address: address_of(&context.account_of(name)?) }))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_list_of_keys_fits_the_terminal() {
		let key = |name: &str| ListedKey {
			name: name.to_owned(),
			scheme: "sr25519",
			address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY".to_owned(),
			has_encryption_key: true,
			holder: Holder::default(),
		};
		let keys = vec![key("hospital-a"), key("me")];
		let list = KeyList { folder: "/keys".into(), keys, node_reachable: true };
		let text = list.page().shows(&["hospital-a"]);
		assert_eq!(text.lines().count(), 4, "{text}");
		let unknown = KeyList { node_reachable: false, ..list };
		unknown.page().shows(&["No node answered"]);
		let empty = KeyList { keys: Vec::new(), ..unknown };
		empty.page().shows(&["medrec keys create"]);
	}
}
