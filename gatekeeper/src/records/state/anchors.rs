use super::{bytes, signed, Error, State};
use medrec_protocol::wire::AnchoredHead;
use sqlx::{sqlite::SqliteRow, Row};

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
		let read = |row: SqliteRow| {
			let (size, root, at) = (row.try_get("size")?, bytes(&row, "root")?, row.try_get("at")?);
			Ok(AnchoredHead { size, root, at })
		};
		Ok(sqlx::query("SELECT * FROM anchors ORDER BY size DESC LIMIT 1")
			.try_map(read)
			.fetch_optional(&self.readers)
			.await?)
	}
}
