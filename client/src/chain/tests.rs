mod calls;
mod events;
mod node;
mod reads;
mod streams;
mod submit;

use super::{connection::Connection, runtime::Runtime, Chain};
use medrec_primitives::H256;
use node::Node;
use subxt::metadata::Metadata;

const METADATA: &[u8] = include_bytes!("../../metadata.scale");
const GENESIS: H256 = H256([1; 32]);

fn metadata() -> Metadata {
	Metadata::decode_from(METADATA).unwrap()
}

fn runtime() -> Runtime {
	Runtime::new(GENESIS, 1, 1, metadata()).unwrap()
}

async fn chain(node: &Node) -> Chain {
	Chain::over(Connection::over(node.client())).await.unwrap()
}
