mod calls;
mod compatibility;
mod dry_run;
mod events;
mod finality;
mod node;
mod reads;
mod streams;
mod submit;

use super::{bindings, connection::Connection, runtime::Runtime, Chain};
use medrec_primitives::H256;
use node::Node;
use subxt::metadata::Metadata;

const GENESIS: H256 = H256([1; 32]);

fn metadata() -> Metadata {
	Metadata::decode_from(bindings::METADATA).unwrap()
}

fn runtime() -> Runtime {
	Runtime::new(GENESIS, 1, 1, metadata()).unwrap()
}

async fn chain(node: &Node) -> Chain {
	Chain::over(Connection::over(node.client())).await.unwrap()
}

/// The types that the methods of [`super::At`] read, by how they are read: the part of the key that is
/// decoded, if any, and the value.
pub(super) mod values {
	use scale_info::{meta_type, MetaType, TypeInfo};
	use std::marker::PhantomData;

	type Types = (Option<MetaType>, MetaType);

	pub fn option<V: TypeInfo + 'static>(_: PhantomData<Option<V>>) -> Types {
		(None, meta_type::<V>())
	}

	pub fn default<V: TypeInfo + 'static>(_: PhantomData<V>) -> Types {
		(None, meta_type::<V>())
	}

	pub fn required<V: TypeInfo + 'static>(_: PhantomData<V>) -> Types {
		(None, meta_type::<V>())
	}

	pub fn entries<K: TypeInfo + 'static, V: TypeInfo + 'static>(
		_: PhantomData<Vec<(K, V)>>,
	) -> Types {
		(Some(meta_type::<K>()), meta_type::<V>())
	}

	pub fn numbered<V: TypeInfo + 'static>(entries: PhantomData<Vec<(u64, V)>>) -> Types {
		self::entries(entries)
	}
}
