//! The built-in templates over the example schema of `medrec-ehr`.

use medrec_ehr::{
	import::{import, Options},
	synthetic,
};
use medrec_gatekeeper::records::{
	has_patient, template::built_in, Cursor, EhrSource, SqliteSource, Template, Templates,
};
use std::path::{Path, PathBuf};

/// The number of rows of each built-in template. Every row must fit its template.
async fn rows(database: &Path) -> Vec<usize> {
	let source = SqliteSource::open(database).await.unwrap();
	let mut counts = Vec::new();
	for (name, text) in built_in::FILES {
		let template = Template::parse(text).unwrap();
		source.check(&template).await.unwrap_or_else(|error| panic!("{name}: {error}"));
		let (mut at, mut more, mut count) = (Cursor::start(&template), true, 0);
		while more {
			let page = source.changed_since(&template, &at).await.unwrap();
			for row in page.rows {
				let fields = row.fields.unwrap_or_else(|error| panic!("{name}: {error}"));
				let line = template.public().read_line(|number| fields.get(usize::from(number)));
				assert!(line.day().is_some() && line.what.is_some(), "{name}: {line}");
				let canonical = template.canonical(&fields).unwrap();
				assert_eq!(canonical.len(), template.public().fields.len());
				count += 1;
			}
			(at, more) = (page.next, page.more);
		}
		counts.push(count);
	}
	counts
}

#[tokio::test]
async fn every_row_of_synthetic_patients_fits_its_template() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("ehr.sqlite");
	let seeded = synthetic::seed(&path, 4, 11, false).await.unwrap();
	assert!(rows(&path).await.iter().all(|count| *count > 0));
	let source = SqliteSource::open(&path).await.unwrap();
	let templates = built_in::FILES.iter().map(|(_, text)| Template::parse(text).unwrap());
	let templates = Templates::new(templates).unwrap();
	for template in templates.all() {
		let mut count = 0;
		for patient in &seeded.patients {
			let page = source.current(template, patient, &Cursor::start(template)).await.unwrap();
			assert!(page.rows.iter().all(|row| row.local_id.as_ref() == Some(patient)));
			count += page.rows.len();
		}
		assert!(count > 0, "{}", template.id());
	}
	for patient in &seeded.patients {
		assert!(has_patient(&source, &templates, patient).await.unwrap());
	}
	assert!(!has_patient(&source, &templates, "synthetic-11-0005").await.unwrap());
}

#[tokio::test]
async fn every_row_of_synthea_bundles_fits_its_template() {
	let data = std::env::var_os("MEDREC_TEST_DATA").map(PathBuf::from);
	let archive = data.map(|data| data.join("synthea-r4.tar.gz")).filter(|path| path.exists());
	let Some(source) = archive else {
		eprintln!("skipped: MEDREC_TEST_DATA names no folder with synthea-r4.tar.gz");
		return;
	};
	let folder = tempfile::tempdir().unwrap();
	let database = folder.path().join("ehr.sqlite");
	let options = Options { source, database: database.clone(), progress: false };
	assert!(import(&options).await.unwrap().succeeded());
	let count: usize = rows(&database).await.iter().sum();
	assert_eq!(count, 639 + 3_697 + 1_287 + 2_386 + 16_315);
}
