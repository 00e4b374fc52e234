//! The blocks of a document in Markdown.

use super::{Block, End};
use anyhow::{bail, ensure, Context, Result};

/// What marks the beginning and the end of a block.
const FENCE: &str = "```";

/// What the line begins with that names the document before.
const CONTINUES: &str = "<!-- continues: ";

/// Where in a document a line is.
enum Place {
	Text,
	Commands,
	Expected,
	/// In a block that is neither run nor compared.
	Other,
}

/// Reads the name of the document that this one continues, and the blocks.
pub(super) fn parse(text: &str) -> Result<(Option<String>, Vec<Block>)> {
	let mut blocks: Vec<Block> = Vec::new();
	let mut continues = None;
	let mut place = Place::Text;
	for (line, number) in text.lines().zip(1..) {
		let fence = line.trim_start().strip_prefix(FENCE);
		place = match (place, fence) {
			(Place::Text, Some(info)) => {
				open(info, number, &mut blocks).with_context(|| format!("line {number}"))?
			},
			(Place::Text, None) => {
				let name = line.strip_prefix(CONTINUES).and_then(|rest| rest.strip_suffix(" -->"));
				continues = continues.or(name.map(str::to_owned));
				Place::Text
			},
			(_, Some("")) => Place::Text,
			(place, _) => {
				let block = blocks.last_mut();
				match (&place, block) {
					(Place::Commands, Some(block)) => {
						check(line).with_context(|| format!("line {number}"))?;
						add(&mut block.commands, line);
					},
					(Place::Expected, Some(block)) => add(&mut block.expected, line),
					_ => {},
				}
				place
			},
		};
	}
	ensure!(matches!(place, Place::Text), "the last block has no end");
	Ok((continues, blocks))
}

/// Begins a block; `info` is what follows the fence.
fn open(info: &str, number: usize, blocks: &mut Vec<Block>) -> Result<Place> {
	let mut words = info.split_whitespace();
	let language = words.next();
	if language == Some("text") {
		ensure!(!blocks.is_empty(), "no commands print this text");
		return Ok(Place::Expected);
	}
	if language != Some("sh") {
		return Ok(Place::Other);
	}
	let mut end = End::default();
	for word in words {
		match word {
			"fails" => end.fails = true,
			"soon" => end.soon = true,
			"elsewhere" => return Ok(Place::Other),
			other => bail!("expected fails, soon or elsewhere after sh, not {other}"),
		}
	}
	let (commands, expected) = (String::new(), String::new());
	blocks.push(Block { line: number + 1, commands, end, expected });
	Ok(Place::Commands)
}

/// Rejects what would hide that a command fails.
fn check(line: &str) -> Result<()> {
	for hides in ["&&", "||"] {
		ensure!(!line.contains(hides), "{hides} hides a failure; write one command on a line");
	}
	Ok(())
}

fn add(text: &mut String, line: &str) {
	text.push_str(line);
	text.push('\n');
}

#[cfg(test)]
mod tests {
	use super::*;

	const GUIDE: &str = "# Title
<!-- continues: first.md -->

```sh
one
two
```
You see:

```text
1 …
```

```toml
a = 1
```

```sh fails
three
```
```sh elsewhere
four && five
```
```sh fails soon
five
```
";

	#[test]
	fn blocks_are_run_compared_or_left_out() {
		let (continues, blocks) = parse(GUIDE).unwrap();
		assert_eq!(continues.as_deref(), Some("first.md"));
		let block = |line, commands: &str, fails, soon, expected: &str| Block {
			line,
			commands: commands.into(),
			end: End { fails, soon },
			expected: expected.into(),
		};
		let expected = [
			block(5, "one\ntwo\n", false, false, "1 …\n"),
			block(19, "three\n", true, false, ""),
			block(25, "five\n", true, true, ""),
		];
		assert_eq!(blocks, expected);
	}

	#[test]
	fn what_cannot_be_run_or_compared_is_an_error_with_its_line() {
		for (text, message) in [
			("```sh\none\n", "the last block has no end"),
			("```sh later\n```\n", "line 1: expected fails, soon or elsewhere after sh, not later"),
			("```text\n1\n```\n", "line 1: no commands print this text"),
			("```sh\none && two\n```\n", "line 2: && hides a failure; write one command on a line"),
			(
				"\n```sh\none || two\n```\n",
				"line 3: || hides a failure; write one command on a line",
			),
		] {
			let error = parse(text).unwrap_err();
			assert_eq!(format!("{error:#}"), message);
		}
	}
}
