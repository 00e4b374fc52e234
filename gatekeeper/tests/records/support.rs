//! A provider with databases of its own, for each test.

use medrec_gatekeeper::records::{
	state::Patient, Cursor, EhrSource, Error, Planned, Planner, Post, Progress, RecordRequest,
	Secret, Served, SqliteSource, State, Template, Templates,
};
use medrec_primitives::{
	identity::{Identifier, SubjectId},
	record::RecordPointer,
	relationship::RelationshipId,
	H256,
};
use medrec_protocol::wire::BlockRef;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection, SqliteConnection};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};
use tempfile::TempDir;

/// A template over the table `labs`.
pub const LAB: &str = r#"
[public]
id = "lab"
version = 1
title = "Laboratory result"
category = 7
category_name = "chemistry"
fields = [
	{ name = "code", type = "string", title = "Code" },
	{ name = "value", type = "number", unit = "mmol/L" },
]
line = { what = ["code"], value = ["value"] }

[private]
row_limit = 3
timeout_ms = 5000

[private.source.sql]
dialect = "sqlite"
query = "SELECT code, value, patient, id, changed FROM labs WHERE kind = :kind"
subject = { column = "patient", type = "text" }
handle = { column = "id", type = "integer" }
changes = { column = "changed", type = "integer" }

[private.source.sql.parameters]
kind = { type = "text", value = "blood" }
"#;

const SCHEMA: &str = "
	CREATE TABLE labs (
		id INTEGER PRIMARY KEY, patient TEXT, kind TEXT NOT NULL DEFAULT 'blood', code TEXT, value,
		changed INTEGER
	);
";

/// A provider.
pub struct Provider {
	pub folder: TempDir,
	pub source: Arc<SqliteSource>,
	pub state: State,
	pub templates: Arc<Templates>,
	pub template: Arc<Template>,
	pub secret: Secret,
}

impl Provider {
	pub async fn new() -> Provider {
		Provider::with(LAB).await
	}

	pub async fn with(template: &str) -> Provider {
		let folder = tempfile::tempdir().unwrap();
		let mut connection = open(folder.path().join("ehr.sqlite")).await;
		sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
		connection.close().await.unwrap();
		let template = Template::parse(template).unwrap();
		let templates = Arc::new(Templates::new([template.clone()]).unwrap());
		let source = SqliteSource::open(&folder.path().join("ehr.sqlite")).await.unwrap();
		let source = Arc::new(source);
		let state = State::open(&folder.path().join("state.sqlite")).await.unwrap();
		let secret = Secret::new([7; 32]);
		Provider { folder, source, state, templates, template: Arc::new(template), secret }
	}

	pub fn ehr_path(&self) -> PathBuf {
		self.folder.path().join("ehr.sqlite")
	}

	pub fn state_path(&self) -> PathBuf {
		self.folder.path().join("state.sqlite")
	}

	/// Changes the provider's database directly, as the hospital's software would.
	pub async fn sql(&self, sql: &'static str) {
		let mut connection = open(self.ehr_path()).await;
		sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
		connection.close().await.unwrap();
	}

	/// Changes the gatekeeper's database behind its back.
	pub async fn state_sql(&self, sql: &'static str) -> Result<(), sqlx::Error> {
		let mut connection = open(self.state_path()).await;
		sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
	}

	/// The gatekeeper's database as after a restart.
	pub async fn restart(&mut self) {
		self.state.close().await;
		self.state = State::open(&self.state_path()).await.unwrap();
	}

	pub async fn link(&self, local_id: &str, number: u8) {
		self.state
			.link_patient(&patient(local_id, number), Some(&relationship(number)))
			.await
			.unwrap();
	}

	pub fn planner(&self) -> Planner {
		let Provider { state, source, templates, secret, .. } = self;
		Planner::new(state.clone(), source.clone(), templates.clone(), secret.clone())
	}

	pub async fn plan(&self, active: &[u8]) -> Planned {
		let active: BTreeSet<RelationshipId> =
			active.iter().map(|number| relationship(*number)).collect();
		self.planner().plan(&active).await.unwrap()
	}

	pub async fn mark(&self, post: &Post, progress: Progress) {
		self.state.mark_posted(&post.id, progress).await.unwrap();
	}

	/// Serves a record of ann's that the chain holds as it was posted.
	pub async fn serve(&self, post: &Post) -> Result<Served, Error> {
		self.serve_of(&patient("ann", 1).subject, post).await
	}

	/// Serves a record that the chain holds as it was posted, in a relationship of `patient`.
	pub async fn serve_of(&self, patient: &SubjectId, post: &Post) -> Result<Served, Error> {
		let Post { id, posting } = post;
		let on_chain = RecordPointer {
			author: SubjectId::default(),
			pointer: posting.pointer.clone(),
			commitment: posting.commitment,
			version: id.version,
			category: posting.category,
			release: posting.release,
			posted_at: 0,
		};
		let (relationship, record) = (&id.relationship, &id.record);
		let request = RecordRequest { relationship, patient, record, on_chain: &on_chain };
		let source: &dyn EhrSource = self.source.as_ref();
		medrec_gatekeeper::records::serve(&self.state, source, &self.templates, &request).await
	}

	pub fn start(&self) -> Cursor {
		Cursor::start(&self.template)
	}
}

async fn open(path: PathBuf) -> SqliteConnection {
	SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

pub fn patient(local_id: &str, number: u8) -> Patient {
	Patient {
		local_id: local_id.into(),
		subject: SubjectId::repeat_byte(number),
		identifier: Identifier::repeat_byte(number ^ 0xf0),
	}
}

pub fn relationship(number: u8) -> RelationshipId {
	RelationshipId([number, 0xaa].repeat(16).try_into().unwrap())
}

pub fn block(number: u32) -> BlockRef {
	BlockRef { number, hash: H256::repeat_byte(number as u8) }
}
