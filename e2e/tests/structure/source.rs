//! As much of Rust's grammar as it takes to find the paths in a file.

/// A path as it is written, with the inline modules around it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Path {
	/// The inline modules from the file's own on.
	pub within: Vec<String>,
	/// The segments; the last is `*` for a glob import.
	pub segments: Vec<String>,
	/// The name that an import gives to it; none outside of imports.
	pub alias: Option<String>,
}

/// The paths of a file outside of its tests, and the modules that are for tests only.
#[derive(Debug, Default)]
pub struct Source {
	/// All paths of two segments or more, and all imports.
	pub paths: Vec<Path>,
	/// The names of modules in files that are declared under `#[cfg(test)]`.
	pub test_modules: Vec<String>,
}

impl Source {
	/// Reads the text of a file.
	pub fn parse(text: &str) -> Source {
		let mut parser = Parser { tokens: tokens(text), ..Parser::default() };
		parser.items();
		parser.source
	}
}

/// The tokens of a text, without comments, literals and lifetimes.
fn tokens(text: &str) -> Vec<String> {
	let mut tokens = Vec::new();
	let mut rest = text;
	while let Some(first) = rest.chars().next() {
		let length = match first {
			'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
			'/' if rest.starts_with("/*") => block_comment(rest),
			'"' => string(rest, 0),
			'\'' => quote(rest),
			_ if is_name(first) => {
				let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
				let (name, after) = rest.split_at(end);
				let hashes = after.len() - after.trim_start_matches('#').len();
				let quoted = after[hashes..].starts_with('"');
				match name {
					"r" | "br" | "cr" if quoted => end + hashes + string(&after[hashes..], hashes),
					"b" | "c" if quoted && hashes == 0 => end + string(after, 0),
					_ => {
						if !first.is_ascii_digit() {
							tokens.push(name.to_owned());
						}
						end
					},
				}
			},
			_ if rest.starts_with("::") => {
				tokens.push("::".to_owned());
				2
			},
			_ => {
				if !first.is_whitespace() {
					tokens.push(first.to_string());
				}
				first.len_utf8()
			},
		};
		rest = &rest[length..];
	}
	tokens
}

fn is_name(letter: char) -> bool {
	letter.is_alphanumeric() || letter == '_'
}

/// The length of a comment that may hold others.
fn block_comment(text: &str) -> usize {
	let (mut depth, mut at) = (0, 0);
	while at < text.len() {
		let rest = &text[at..];
		match rest {
			_ if rest.starts_with("/*") => (depth, at) = (depth + 1, at + 2),
			_ if rest.starts_with("*/") => (depth, at) = (depth - 1, at + 2),
			_ => at += rest.chars().next().map_or(1, char::len_utf8),
		}
		if depth == 0 {
			break;
		}
	}
	at
}

/// The length of a string literal from its quotation mark on; of a raw one with so many hashes, if
/// there are any. A raw string without hashes is read as one with escapes.
fn string(text: &str, hashes: usize) -> usize {
	if hashes > 0 {
		let end = format!("\"{}", "#".repeat(hashes));
		return text[1..].find(&end).map_or(text.len(), |at| 1 + at + end.len());
	}
	let mut escaped = true;
	for (at, letter) in text.char_indices() {
		match letter {
			_ if escaped => escaped = false,
			'\\' => escaped = true,
			'"' => return at + 1,
			_ => {},
		}
	}
	text.len()
}

/// The length of a character literal or of a lifetime's quotation mark.
fn quote(text: &str) -> usize {
	let mut letters = text.char_indices().skip(1);
	match (letters.next(), letters.next()) {
		(Some((_, '\\')), _) => text[3..].find('\'').map_or(text.len(), |at| at + 4),
		(Some(_), Some((end, '\''))) => end + 1,
		_ => 1,
	}
}

#[derive(Default)]
struct Parser {
	tokens: Vec<String>,
	at: usize,
	/// For each open brace, the name of the inline module that it opens.
	braces: Vec<Option<String>>,
	source: Source,
}

impl Parser {
	fn token(&self, ahead: usize) -> &str {
		self.tokens.get(self.at + ahead).map_or("", String::as_str)
	}

	fn starts_with(&self, tokens: &[&str]) -> bool {
		tokens.iter().enumerate().all(|(ahead, token)| self.token(ahead) == *token)
	}

	fn items(&mut self) {
		while self.at < self.tokens.len() {
			if self.starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) {
				self.at += 7;
				self.skip_item();
			} else if self.token(0) == "use" {
				self.at += 1;
				self.import(&mut Vec::new());
			} else if self.token(0) == "mod" && self.token(2) == "{" {
				self.braces.push(Some(self.token(1).to_owned()));
				self.at += 3;
			} else if is_segment(self.token(0)) {
				self.path();
			} else {
				match self.token(0) {
					"{" => self.braces.push(None),
					"}" => drop(self.braces.pop()),
					_ => {},
				}
				self.at += 1;
			}
		}
	}

	/// Skips an item up to its semicolon or its block.
	fn skip_item(&mut self) {
		let mut depth = 0usize;
		while self.at < self.tokens.len() {
			if depth == 0 && self.token(0) == "mod" && self.token(2) == ";" {
				self.source.test_modules.push(self.token(1).to_owned());
			}
			let token = self.token(0).to_owned();
			self.at += 1;
			match &*token {
				"{" | "(" | "[" => depth += 1,
				"}" | ")" | "]" => depth = depth.saturating_sub(1),
				_ => {},
			}
			if depth == 0 && matches!(&*token, ";" | "}") {
				return;
			}
		}
	}

	fn add(&mut self, segments: Vec<String>, alias: Option<String>) {
		let within = self.braces.iter().flatten().cloned().collect();
		self.source.paths.push(Path { within, segments, alias });
	}

	/// Reads a path outside of imports.
	fn path(&mut self) {
		let mut segments = vec![self.token(0).to_owned()];
		self.at += 1;
		while self.token(0) == "::" && is_segment(self.token(1)) {
			segments.push(self.token(1).to_owned());
			self.at += 2;
		}
		if segments.len() > 1 {
			self.add(segments, None);
		}
	}

	/// Reads the tree of an import below `prefix`.
	fn import(&mut self, prefix: &mut Vec<String>) {
		let depth = prefix.len();
		loop {
			match self.token(0) {
				"::" => self.at += 1,
				"{" => {
					self.at += 1;
					while !matches!(self.token(0), "}" | "") {
						let start = self.at;
						self.import(prefix);
						if self.token(0) == "," || self.at == start {
							self.at += 1;
						}
					}
					self.at += 1;
					break;
				},
				"as" => {
					let alias = self.token(1).to_owned();
					self.add(prefix.clone(), Some(alias));
					self.at += 2;
					break;
				},
				token if is_segment(token) || token == "*" => {
					prefix.push(token.to_owned());
					self.at += 1;
					if matches!(self.token(0), "," | "}" | ";") {
						let alias = prefix.iter().rev().find(|name| *name != "self").cloned();
						self.add(prefix.clone(), alias);
						break;
					}
				},
				_ => break,
			}
		}
		prefix.truncate(depth);
	}
}

fn is_segment(token: &str) -> bool {
	token.chars().next().is_some_and(|first| is_name(first) && !first.is_ascii_digit())
}

#[test]
fn paths_are_found_and_tests_are_not() {
	let source = Source::parse(
		r##"
		//! crate::comment::path
		use crate::{a::{self, b}, c as d, e::*};
		#[cfg(test)]
		mod fixtures;
		fn f<'a>(text: &'a str) -> char { super::g::h("crate::in::text", r#"x::"y"#, '"') }
		mod inner { use super::Thing; }
		#[cfg(test)]
		mod tests { use crate::hidden::X; }
		"##,
	);
	let found: Vec<(String, Option<&str>)> =
		source.paths.iter().map(|path| (path.segments.join("::"), path.alias.as_deref())).collect();
	let expected = [
		("crate::a::self", Some("a")),
		("crate::a::b", Some("b")),
		("crate::c", Some("d")),
		("crate::e::*", Some("*")),
		("super::g::h", None),
		("super::Thing", Some("Thing")),
	];
	assert_eq!(found, expected.map(|(path, alias)| (path.to_owned(), alias)));
	assert_eq!(source.paths[5].within, ["inner"]);
	assert_eq!(source.test_modules, ["fixtures"]);
}
