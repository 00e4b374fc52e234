use super::{signed, State};
use crate::records::Error;
use medrec_primitives::Moment;

/// For how much longer than it was valid a nonce is kept, in milliseconds: clocks may be set back.
const KEEP: Moment = 10 * 60 * 1000;

impl State {
	/// Remembers that a key used a nonce, until after `expires`. False if it had used it before, in
	/// which case the request is a replay and nothing may be done for it.
	pub async fn insert_nonce(
		&self,
		keyid: &str,
		nonce: &str,
		expires: Moment,
	) -> Result<bool, Error> {
		let done = sqlx::query(
			"INSERT INTO nonces (keyid, nonce, expires) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
		)
		.bind(keyid)
		.bind(nonce)
		.bind(signed(expires))
		.execute(&self.writer)
		.await?;
		Ok(done.rows_affected() == 1)
	}

	/// Forgets nonces that expired ten minutes or more before `now`. Returns how many.
	pub async fn purge_nonces(&self, now: Moment) -> Result<u64, Error> {
		let done = sqlx::query("DELETE FROM nonces WHERE expires < ?1")
			.bind(signed(now.saturating_sub(KEEP)))
			.execute(&self.writer)
			.await?;
		Ok(done.rows_affected())
	}
}
