//! The picture of a terminal in the README. `UPDATE_PICTURE=1` writes it; otherwise it is compared with
//! what the commands in it print.

use anstream::adapter::strip_str;
use anstyle_svg::{Palette, Term};
use medrec_e2e::guide::{missing, Step};
use std::{env, fs, path::Path};

/// What the picture shows of each task's last command.
const SHOWN: [Shown; 5] = [
	Shown { task: "1-find", from: "", lines: 3 },
	Shown { task: "2-show", from: "", lines: 2 },
	Shown { task: "3-who-read-it", from: "", lines: 5 },
	Shown { task: "4-take-it-back", from: "", lines: 5 },
	Shown { task: "5-prove", from: "Verified", lines: 3 },
];

/// A part of what a task prints.
#[derive(Clone, Copy)]
struct Shown {
	task: &'static str,
	/// How the first shown line begins.
	from: &'static str,
	/// The most shown lines.
	lines: usize,
}

/// The most lines of the picture.
const HEIGHT: usize = 34;

/// The colours of the ground and of plain text.
const GROUND: (u8, u8, u8) = (0x0d, 0x11, 0x17);
const TEXT: (u8, u8, u8) = (0xe6, 0xed, 0xf3);

/// Black, red, green, yellow, blue, magenta, cyan and white, and each of them bright.
const PALETTE: [(u8, u8, u8); 16] = [
	(0x48, 0x4f, 0x58),
	(0xff, 0x7b, 0x72),
	(0x3f, 0xb9, 0x50),
	(0xd2, 0x99, 0x22),
	(0x58, 0xa6, 0xff),
	(0xbc, 0x8c, 0xff),
	(0x39, 0xc5, 0xcf),
	(0xb1, 0xba, 0xc4),
	(0x8b, 0x94, 0x9e),
	(0xff, 0xa1, 0x98),
	(0x56, 0xd3, 0x64),
	(0xe3, 0xb3, 0x41),
	(0x79, 0xc0, 0xff),
	(0xd2, 0xa8, 0xff),
	(0x56, 0xd4, 0xdd),
	(0xff, 0xff, 0xff),
];

/// The units of relative times, and the words around them.
const TIME: [&str; 8] = ["s", "min", "h", "d", "y", "ago", "in", "now"];

/// Writes the picture, or checks that its words are among those that the steps print.
pub fn check(picture: &Path, steps: &[Step], printed: &[String]) {
	let of_tasks = SHOWN.map(|shown| {
		let at = steps.iter().position(|step| step.place == shown.task).expect("each task is run");
		(shown, steps[at].commands.as_str(), printed[at].as_str())
	});
	if env::var_os("UPDATE_PICTURE").is_some() {
		let screens = of_tasks.map(|(shown, command, printed)| screen(shown, command, printed));
		fs::write(picture, drawn(&screens.join("\n"))).unwrap();
	}
	let svg = fs::read_to_string(picture).unwrap();
	let (drawn, height) = (text_of(&svg), svg.matches("<tspan x=").count());
	assert!(height <= HEIGHT, "the picture has {height} lines; at most {HEIGHT}");
	let printed =
		of_tasks.map(|(_, command, printed)| format!("$ {command}\n{}\n", strip_str(printed)));
	let difference = missing(&lasting(&drawn), &printed.concat());
	assert_eq!(
		difference,
		None,
		"{} shows what is not printed any more; run this test with UPDATE_PICTURE=1",
		picture.display()
	);
}

/// A terminal with this text.
fn drawn(text: &str) -> String {
	let palette = Palette(PALETTE.map(Into::into));
	let term = Term::new().bg_color(GROUND.into()).fg_color(TEXT.into()).palette(palette);
	term.render_svg(text.trim_end())
}

/// A command as it looks on a terminal, with a part of its output. `…` stands for the other lines.
fn screen(Shown { task, from, lines }: Shown, command: &str, printed: &str) -> String {
	let all = Vec::from_iter(printed.trim_end().lines().map(visible));
	let begins = |line: &&str| strip_str(line).to_string().starts_with(from);
	let Some(start) = all.iter().position(begins) else {
		panic!("{task} printed no line that begins with {from}:\n{printed}");
	};
	let (before, rest) = all.split_at(start);
	let (part, after) = rest.split_at(lines.min(rest.len()));
	let cut = |lines: &[&str]| if lines.is_empty() { "" } else { "…\n" };
	let (before, part, after) = (cut(before), part.join("\n"), cut(after));
	let command = command.trim_end();
	format!("\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m\n{before}{part}\n{after}")
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
	let shown = |from, lines, printed: &str| {
		strip_str(&screen(Shown { task: "a", from, lines }, "medrec\n", printed)).to_string()
	};
	let printed = "\x1b[1mone\x1b[0m\ntwo\nthree\n";
	for (from, lines, expected) in [
		("", 3, "one\ntwo\nthree\n"),
		("", 2, "one\ntwo\n…\n"),
		("one", 1, "one\n…\n"),
		("t", 1, "…\ntwo\n…\n"),
		("three", 9, "…\nthree\n"),
	] {
		let drawn = shown(from, lines, printed);
		assert_eq!(drawn, format!("$ medrec\n{expected}"));
		// A picture without the rest of the lines matches what was printed.
		assert_eq!(missing(&lasting(&drawn), "$ medrec\none\ntwo\nthree\n"), None);
	}
}

#[test]
fn each_colour_is_legible() {
	let luminance = |(red, green, blue)| {
		let linear = |part: u8| (f64::from(part) / 255.0).powf(2.2);
		0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
	};
	let ground = luminance(GROUND);
	// The first one is black, for grounds.
	for color in PALETTE.into_iter().skip(1).chain([TEXT]) {
		let contrast = (luminance(color) + 0.05) / (ground + 0.05);
		assert!(contrast >= 4.5, "{color:?} has a contrast of {contrast:.1}");
	}
	let svg = drawn("\x1b[31mred\x1b[0m plain");
	for color in ["#FF7B72", "#E6EDF3", "#0D1117"] {
		assert!(svg.contains(color), "{color} is not in {svg}");
	}
}
