//! The picture of a terminal in the README. `UPDATE_PICTURE=1` writes it; otherwise it is compared with
//! what the commands in it print.

use anstream::adapter::strip_str;
use anstyle_svg::Term;
use medrec_e2e::guide::{missing, Step};
use std::{env, fs, path::Path};

/// The tasks in the picture.
const SHOWN: [&str; 4] = ["1-find", "2-show", "3-who-read-it", "4-take-it-back"];

/// The most lines of a command's output in the picture.
const LINES: usize = 12;

/// The units of relative times, and the words around them.
const TIME: [&str; 8] = ["s", "min", "h", "d", "y", "ago", "in", "now"];

/// Writes the picture, or checks that its words are among those that the steps print.
pub fn check(picture: &Path, steps: &[Step], printed: &[String]) {
	let shown = || steps.iter().zip(printed).filter(|(step, _)| SHOWN.contains(&&*step.place));
	if env::var_os("UPDATE_PICTURE").is_some() {
		let text: String = shown().map(|(step, printed)| screen(&step.commands, printed)).collect();
		fs::write(picture, Term::new().render_svg(text.trim_end())).unwrap();
		return;
	}
	let drawn = fs::read_to_string(picture).unwrap();
	let printed: String = shown()
		.map(|(step, printed)| format!("$ {}\n{}\n", step.commands, strip_str(printed)))
		.collect();
	let difference = missing(&lasting(&text_of(&drawn)), &printed);
	assert_eq!(
		difference,
		None,
		"{} shows what is not printed any more; run this test with UPDATE_PICTURE=1",
		picture.display()
	);
}

/// A command as it looks on a terminal, with the first lines of its output. `…` stands for the others.
fn screen(command: &str, printed: &str) -> String {
	let command = command.trim_end();
	let mut lines = Vec::from_iter(printed.trim_end().lines().map(visible));
	if lines.len() > LINES {
		lines.truncate(LINES);
		lines.push("…");
	}
	let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
	format!("\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m\n{lines}\n")
}

/// What a line shows in the end, after each carriage return has begun it again.
fn visible(line: &str) -> &str {
	line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or_default()
}

/// The text in an SVG.
fn text_of(svg: &str) -> String {
	let (_, body) = svg.split_once("</style>").expect("it has styles");
	let text: String =
		body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
	[("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")]
		.iter()
		.fold(text, |text, (code, letter)| text.replace(code, letter))
}

/// A text with `…` in place of each word that differs from run to run: IDs, numbers and times.
fn lasting(text: &str) -> String {
	let differs = |word: &str| word.contains(|letter: char| letter.is_ascii_digit());
	let line = |line: &str| {
		let words =
			line.split_whitespace().map(|word| match differs(word) || TIME.contains(&word) {
				true => "…",
				false => word,
			});
		words.collect::<Vec<_>>().join(" ")
	};
	text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_what_lasts_is_compared() {
	let svg = "<svg><style>a</style><tspan>$ medrec &lt;x&gt;</tspan>\n\
	           <tspan>Glucose 5.4 mmol/L</tspan> 3 s ago</svg>";
	assert_eq!(lasting(&text_of(svg)), "$ medrec <x>\nGlucose … mmol/L … … …");
}

#[test]
fn an_output_that_is_cut_says_so() {
	let whole = "line\n".repeat(LINES);
	let shown = |printed: &str| strip_str(&screen("medrec\n", printed)).to_string();
	assert_eq!(shown(&whole), format!("$ medrec\n{whole}\n"));
	assert_eq!(shown(&format!("{whole}line\n")), format!("$ medrec\n{whole}…\n\n"));
	// A picture without the rest of the lines matches what was printed.
	let drawn = shown(&format!("{whole}line\n"));
	assert_eq!(missing(&lasting(&drawn), &format!("$ medrec\n{whole}line\n")), None);
}
