use super::{Bytes, Error, State};
use medrec_primitives::H256;

impl State {
	/// The genesis of the chain that the database belongs to; none before a chain was followed.
	pub async fn genesis(&self) -> Result<Option<H256>, Error> {
		let stored: Option<Bytes<H256>> =
			sqlx::query_scalar("SELECT genesis FROM chain").fetch_optional(&self.readers).await?;
		Ok(stored.map(|Bytes(genesis)| genesis))
	}

	/// Saves the genesis of the chain, unless one is saved.
	pub async fn save_genesis(&self, genesis: &H256) -> Result<(), Error> {
		sqlx::query("INSERT INTO chain (one, genesis) VALUES (1, ?1) ON CONFLICT DO NOTHING")
			.bind(genesis.as_bytes())
			.execute(&self.writer)
			.await?;
		Ok(())
	}
}
