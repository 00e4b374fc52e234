//! Documents whose commands are run as a reader would run them, so that they stay true.
//!
//! In Markdown, a fenced block of `sh` is run. Every command of it must succeed. A block of `text`
//! after it is what the reader should see: see [`missing`]. More words after `sh`:
//! - `fails`: the last command must fail;
//! - `soon`: the block is repeated until its last command ends as it should;
//! - `elsewhere`: the block is not run, since its commands belong to another machine or folder.
//!
//! A document that needs what another one left behind has the line `<!-- continues: other.md -->`.

mod expected;
mod markdown;
mod session;

pub use expected::missing;
pub use session::{End, Isolation, Session, Step};

use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};

/// A document with commands.
#[derive(Clone, Debug)]
pub struct Guide {
	/// The file.
	pub path: PathBuf,
	/// The name of the document in the same folder that the reader has followed before.
	pub continues: Option<String>,
	/// What is run, in order.
	pub blocks: Vec<Block>,
}

/// Commands that are run together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block {
	/// The number of the first line of the commands.
	pub line: usize,
	/// The commands.
	pub commands: String,
	/// How they end.
	pub end: End,
	/// What the reader should see.
	pub expected: String,
}

impl Guide {
	/// Reads a document.
	///
	/// # Errors
	///
	/// If it has a block that cannot be run or compared as it says.
	pub fn read(path: &Path) -> Result<Guide> {
		let text = std::fs::read_to_string(path)
			.with_context(|| format!("cannot read {}", path.display()))?;
		let (continues, blocks) =
			markdown::parse(&text).with_context(|| path.display().to_string())?;
		Ok(Guide { path: path.into(), continues, blocks })
	}

	/// This document after those that it continues, the first one first.
	pub fn with_those_before(self) -> Result<Vec<Guide>> {
		let mut all = vec![self];
		while let Some(before) = all.first().and_then(|first| first.continues.clone()) {
			let path = all.first().map(|first| first.path.with_file_name(&before));
			let path = path.context("no document")?;
			if all.iter().any(|one| one.path == path) {
				bail!("{} continues itself", path.display());
			}
			all.insert(0, Guide::read(&path)?);
		}
		Ok(all)
	}

	/// Its blocks as the steps of a session.
	fn steps(&self) -> impl Iterator<Item = (Step, &Block)> {
		let name = self.path.file_name().unwrap_or_default().to_string_lossy();
		self.blocks.iter().map(move |block| {
			let Block { line, commands, end, .. } = block;
			let place = format!("{name}:{line}");
			(Step { place, commands: commands.clone(), end: *end }, block)
		})
	}
}

/// Follows documents in one session, and compares what is printed with what they say.
///
/// # Errors
///
/// At the first command that does not end as the document says, or the first text that is missing.
pub async fn follow(session: &Session, guides: &[Guide]) -> Result<()> {
	let (steps, blocks): (Vec<Step>, Vec<&Block>) = guides.iter().flat_map(Guide::steps).unzip();
	let printed = session.run(&steps).await?;
	for ((step, block), printed) in steps.iter().zip(blocks).zip(printed) {
		if let Some(missing) = missing(&block.expected, &printed) {
			bail!("{}: expected {missing:?}, and these commands printed\n{printed}", step.place);
		}
	}
	Ok(())
}
