use super::{signed, Error, State};
use medrec_primitives::Moment;

/// How long a nonce is kept after it expires, in milliseconds: clocks may be set back.
const KEEP: Moment = 10 * 60 * 1000;

impl State {
	/// Saves that a key used a nonce, until after `expires`. False if the key used it before: the
	/// request is a replay, and nothing may be done for it.
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

	/// Deletes nonces that expired ten minutes or more before `now`. Returns their number.
	pub async fn purge_nonces(&self, now: Moment) -> Result<u64, Error> {
		let done = sqlx::query("DELETE FROM nonces WHERE expires < ?1")
			.bind(signed(now.saturating_sub(KEEP)))
			.execute(&self.writer)
			.await?;
		Ok(done.rows_affected())
	}
}
