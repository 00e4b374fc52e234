//! The guides are followed as a reader would follow them, and the README keeps to its size.

use medrec_e2e::{
	guide::{follow, Guide, Isolation, Session},
	network::Network,
};
use std::{
	collections::BTreeSet,
	fs,
	path::{Path, PathBuf},
};

/// The guide for the polkadot-js Apps page, whose steps a test of its own runs in a browser's stead.
const APPS: &str = "polkadot-js.md";

/// The most words of the README.
const README_WORDS: usize = 700;

fn root() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

fn guide(name: &str) -> Guide {
	Guide::read(&root().join("docs/guides").join(name)).unwrap()
}

/// All guides with commands.
fn guides() -> Vec<Guide> {
	let folder = fs::read_dir(root().join("docs/guides")).unwrap();
	let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
	names.filter(|name| name != APPS).map(|name| guide(&name)).collect()
}

/// Follows a guide, after those that it continues.
async fn follows(name: &str) {
	let network = Network::temporary().unwrap();
	let isolation = Isolation::strictest().await.unwrap();
	let session = Session::new(&network.folder, &network.programs, isolation).unwrap();
	let guides = guide(name).with_those_before().unwrap();
	if let Err(error) = follow(&session, &guides).await {
		panic!("{error:#}");
	}
	// A guide can be followed again: all that it made was in its own folder, which its end removes.
	let left = fs::read_dir(session.home()).unwrap().map(|entry| entry.unwrap().file_name());
	assert_eq!(Vec::from_iter(left), [".cache"], "{name} leaves files behind");
}

#[tokio::test]
async fn hospital_patient_and_auditor_succeed_by_their_guides() {
	follows("auditor.md").await;
}

#[tokio::test]
async fn a_researcher_succeeds_by_the_guide() {
	follows("researcher.md").await;
}

#[tokio::test]
async fn a_network_is_made_by_its_guide() {
	follows("network.md").await;
}

#[test]
fn every_guide_is_followed() {
	let followed: BTreeSet<PathBuf> = ["auditor.md", "researcher.md", "network.md"]
		.into_iter()
		.flat_map(|name| guide(name).with_those_before().unwrap())
		.map(|guide| guide.path)
		.collect();
	let all: BTreeSet<PathBuf> = guides().into_iter().map(|guide| guide.path).collect();
	assert_eq!(followed, all);
}

#[test]
fn no_id_is_copied_and_no_time_is_guessed() {
	for guide in guides() {
		assert!(!guide.blocks.is_empty(), "{} has no commands", guide.path.display());
		for block in guide.blocks {
			let place = format!("{}:{}", guide.path.display(), block.line);
			let words = block.commands.split(|letter: char| !letter.is_alphanumeric());
			for word in words {
				let is_hex = word.starts_with("0x") && word.len() > 2;
				assert!(!is_hex && word != "sleep", "{place}: {word}");
			}
		}
	}
}

/// The targets of the links in a Markdown text.
fn links(text: &str) -> impl Iterator<Item = &str> {
	text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

/// The name that a heading has in links to it.
fn anchor(heading: &str) -> String {
	let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
	words.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
}

#[test]
fn links_of_the_documents_lead_somewhere() {
	let mut documents: Vec<PathBuf> = guides().into_iter().map(|guide| guide.path).collect();
	documents.push(root().join("README.md"));
	for document in documents {
		let text = fs::read_to_string(&document).unwrap();
		for link in links(&text).filter(|link| !link.contains("://")) {
			let (file, heading) = link.split_once('#').unwrap_or((link, ""));
			let target = match file {
				"" => document.clone(),
				file => document.with_file_name(file),
			};
			let place = format!("{}: {link}", document.display());
			assert!(target.exists(), "{place}");
			if !heading.is_empty() {
				let text = fs::read_to_string(&target).unwrap();
				let mut headings = text.lines().filter(|line| line.starts_with('#')).map(anchor);
				assert!(headings.any(|other| other == heading), "{place}");
			}
		}
	}
}

#[test]
fn the_readme_is_short() {
	let words = fs::read_to_string(root().join("README.md")).unwrap().split_whitespace().count();
	assert!(words <= README_WORDS, "README.md has {words} words; at most {README_WORDS}");
}
