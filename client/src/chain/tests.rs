mod calls;
mod compatibility;
mod events;
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

/// The types of the values that the methods of [`super::At`] read, by how they are read.
pub(super) mod values {
	use scale_info::{meta_type, MetaType, TypeInfo};
	use std::marker::PhantomData;

	pub fn option<V: TypeInfo + 'static>(_: PhantomData<Option<V>>) -> MetaType {
		meta_type::<V>()
	}

	pub fn default<V: TypeInfo + 'static>(_: PhantomData<V>) -> MetaType {
		meta_type::<V>()
	}

	pub fn required<V: TypeInfo + 'static>(_: PhantomData<V>) -> MetaType {
		meta_type::<V>()
	}

	pub fn entries<K, V: TypeInfo + 'static>(_: PhantomData<Vec<(K, V)>>) -> MetaType {
		meta_type::<V>()
	}

	pub fn numbered<V: TypeInfo + 'static>(_: PhantomData<Vec<(u64, V)>>) -> MetaType {
		meta_type::<V>()
	}
}
