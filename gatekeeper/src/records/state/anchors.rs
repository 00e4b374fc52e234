use super::{bytes, signed, unsigned, Error, State};
use medrec_protocol::wire::AnchoredHead;
use sqlx::Row;

impl State {
	/// Saves that this head of the log is anchored in a final block. Heads of one size are the same, so
	/// saving one again changes nothing.
	pub async fn save_anchor(&self, head: &AnchoredHead) -> Result<(), Error> {
		sqlx::query(
			"INSERT INTO anchors (size, root, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
		)
		.bind(signed(head.size))
		.bind(head.root.as_bytes())
		.bind(signed(head.at))
		.execute(&self.writer)
		.await?;
		Ok(())
	}

	/// The largest head of the log that is anchored in a final block.
	pub async fn anchored(&self) -> Result<Option<AnchoredHead>, Error> {
		sqlx::query("SELECT * FROM anchors ORDER BY size DESC LIMIT 1")
			.fetch_optional(&self.readers)
			.await?
			.map(|row| {
				Ok(AnchoredHead {
					size: unsigned(row.try_get("size")?)?,
					root: bytes(&row, "root")?,
					at: unsigned(row.try_get("at")?)?,
				})
			})
			.transpose()
	}
}
