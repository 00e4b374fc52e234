//! Errors in the command line, with tips that lead to the right words.

use clap::{
	builder::StyledStr,
	error::{ContextKind, ContextValue, ErrorKind},
	Command, Error,
};

/// Other words for commands, and the commands.
const COMMANDS: [(&str, &[&str]); 11] = [
	("accesses", &["summary accesses"]),
	("allow", &["ppr grant"]),
	("approve", &["council vote"]),
	("delete", &["keys remove", "names remove"]),
	("end", &["ppr terminate"]),
	("grants", &["ppr show"]),
	("list", &["ppr show", "summary show"]),
	("register", &["registrar enroll"]),
	("share", &["ppr grant"]),
	("who", &["registrar show"]),
	("whoami", &["registrar show"]),
];

/// A value without an option that is not expected. In a tip, the word stands for the value.
const VALUE: &str = "VALUE";

/// Such a value that is an ID, or begins as one.
const ID_VALUE: &str = "0x VALUE";

/// An argument that is missing.
const MISSING: &str = "MISSING";

const SEED_TIP: &str =
	"a seed phrase is read from a file, or from the standard input with --seed-file -";

const IMPORT_TIP: &str =
	"medrec keys import NAME --seed-file FILE makes a key from a seed phrase that you have";

const PARTY_TIP: &str = "name the other party with --to VALUE";

/// What helps with an argument of a command: the words of the command, or none for a wrong value of any
/// command; a part of the usage of the argument; and the tip. A tip with an option that was given is not
/// shown.
const TIPS: [(&str, &str, &str); 28] = [
	("", "--record", "medrec records list shows the IDs of records"),
	("", "--grant", "medrec ppr show shows the IDs of grants"),
	("", "--dataset", "medrec bounties datasets shows the IDs of datasets"),
	("", "BOUNTY", "medrec bounties list shows the IDs of bounties"),
	("", "MOTION", "medrec council list shows the IDs of motions"),
	("", "IDENTIFIER", "medrec registrar identifier computes the identifier of a local ID"),
	("", "--template", "medrec-gatekeeper check-config lists the hashes of templates"),
	("", "--encryption-key", "medrec keys encryption shows the encryption key of a key"),
	("", "--public", "medrec keys encryption shows the encryption key of a key"),
	("", "--peer", "medrec chain address prints that of your node at its end"),
	("keys create", "--seed", IMPORT_TIP),
	("keys create", VALUE, IMPORT_TIP),
	("keys import", VALUE, SEED_TIP),
	(
		"keys passwd",
		VALUE,
		"a new password is typed at the terminal, or given with --new-password-file",
	),
	("ppr set-research-consent", "--all", "name each category with --category"),
	("keys find", VALUE, SEED_TIP),
	("registrar enroll", VALUE, "name the account with --account VALUE"),
	("ppr grant", VALUE, PARTY_TIP),
	("ppr deny", VALUE, PARTY_TIP),
	("ppr deny", "--purpose", "a denial counts for every purpose; leave it out"),
	("ppr revoke", "0x", "name the permission or denial with --grant VALUE"),
	("ppr revoke", VALUE, "medrec ppr revoke-all --to VALUE revokes all permissions of VALUE"),
	("ppr revoke-all", VALUE, PARTY_TIP),
	(
		"ppr revoke-all",
		MISSING,
		"medrec ppr show lists who has permissions; revoke those of each of them with --to NAME",
	),
	("query", "0x", "name the record with --record VALUE"),
	("query", VALUE, "search with --find VALUE"),
	("summary show", VALUE, "name the subject with --subject VALUE"),
	("summary activity", VALUE, "name the subject with --subject VALUE"),
];

/// Adds tips to an error of this command line, and removes those that mislead.
pub fn with_tips(
	mut error: Error,
	program: &Command,
	words: impl Iterator<Item = String>,
) -> Error {
	let words = Vec::from_iter(words);
	let path = path_of(program, words.iter().cloned());
	let mut tips = Vec::new();
	match error.kind() {
		ErrorKind::InvalidSubcommand => {
			let found = commands_for(program, &path, text(&error, ContextKind::InvalidSubcommand));
			if !found.is_empty() {
				let found = found.iter().map(|path| format!("medrec {path}"));
				tips.push(format!("see {}", Vec::from_iter(found).join(", ")));
				error.remove(ContextKind::SuggestedSubcommand);
			}
		},
		ErrorKind::UnknownArgument => {
			// The parser would take an option for a value.
			error.remove(ContextKind::Suggested);
			let argument = text(&error, ContextKind::InvalidArg).to_owned();
			let is_value = !argument.starts_with('-');
			let part = match is_value {
				true if argument.starts_with("0x") => ID_VALUE,
				true => VALUE,
				false => &argument,
			};
			let tip = tip_for(|command| command == path, part, &words);
			tips.extend(tip.map(|tip| tip.replace(VALUE, &argument)));
			if !tips.is_empty() {
				error.remove(ContextKind::SuggestedArg);
			}
			if is_value && path.starts_with("keys ") {
				// It may be a seed phrase or a password.
				error.insert(ContextKind::InvalidArg, ContextValue::String("...".to_owned()));
			}
		},
		ErrorKind::MissingRequiredArgument => {
			let tip = tip_for(|command| command == path, MISSING, &words);
			tips.extend(tip.map(ToOwned::to_owned));
		},
		ErrorKind::ValueValidation => {
			let argument = text(&error, ContextKind::InvalidArg);
			let applies = |command: &str| command.is_empty() || command == path;
			tips.extend(tip_for(applies, argument, &words).map(ToOwned::to_owned));
		},
		_ => {},
	}
	if !tips.is_empty() {
		let tips = tips.into_iter().map(StyledStr::from).collect();
		error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
	}
	error
}

/// The message of an error that clap rendered, without the usage after it.
pub fn message_of(rendered: &str) -> String {
	let end = rendered.find("\nUsage:").or_else(|| rendered.find("\nFor more information"));
	let message = end.and_then(|end| rendered.get(..end)).unwrap_or(rendered);
	message.strip_prefix("error: ").unwrap_or(message).trim().to_owned()
}

fn text(error: &Error, kind: ContextKind) -> &str {
	match error.get(kind) {
		Some(ContextValue::String(text)) => text,
		_ => "",
	}
}

/// The tip for an argument, among those of the commands that apply.
fn tip_for(
	applies: impl Fn(&str) -> bool,
	argument: &str,
	words: &[String],
) -> Option<&'static str> {
	let is_given = |tip: &str| {
		let option = tip.split(' ').find(|word| word.starts_with("--"));
		option.is_some() && words.iter().any(|word| word.split('=').next() == option)
	};
	let (_, _, tip) = TIPS.iter().find(|(command, part, tip)| {
		applies(command) && argument.contains(part) && !is_given(tip)
	})?;
	Some(tip)
}

/// The words of the command in a command line, without the program's name.
fn path_of(program: &Command, words: impl Iterator<Item = String>) -> String {
	let takes_value = |word: &str| {
		let mut options = program.get_arguments().filter(|option| option.is_global_set());
		let named = options.find(|option| word.strip_prefix("--") == option.get_long());
		named.is_some_and(|option| option.get_action().takes_values())
	};
	let (mut command, mut path) = (program, Vec::new());
	let mut words = words.skip(1);
	while let Some(word) = words.next() {
		if let Some(below) = command.find_subcommand(&word) {
			command = below;
			path.push(word);
		} else if takes_value(&word) {
			words.next();
		} else if !word.starts_with('-') {
			break;
		}
	}
	path.join(" ")
}

/// The commands below a path that a word which is none may mean.
fn commands_for(program: &Command, path: &str, word: &str) -> Vec<String> {
	let mut found = Vec::new();
	for group in program.get_subcommands() {
		for command in group.get_subcommands().filter(|command| command.get_name() == word) {
			found.push(format!("{} {}", group.get_name(), command.get_name()));
		}
	}
	let others = COMMANDS.iter().filter(|(other, _)| *other == word);
	found.extend(others.flat_map(|(_, commands)| commands.iter().map(|one| (*one).to_owned())));
	found.retain(|command| command.starts_with(path));
	found.sort();
	found.dedup();
	found
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Arg;

	fn program() -> Command {
		let group = |name: &'static str, below: [&'static str; 2]| {
			Command::new(name).subcommands(below.map(Command::new))
		};
		Command::new("medrec")
			.arg(Arg::new("key").long("key").global(true))
			.subcommand(group("keys", ["list", "remove"]))
			.subcommand(group("ppr", ["grant", "show"]))
	}

	fn path(line: &str) -> String {
		path_of(&program(), line.split(' ').map(ToOwned::to_owned))
	}

	#[test]
	fn the_command_of_a_line_is_found_among_options_and_values() {
		assert_eq!(path("medrec keys list"), "keys list");
		assert_eq!(path("medrec --key ppr keys --json list ppr"), "keys list");
		assert_eq!(path("medrec --key"), "");
		assert_eq!(path("medrec lst keys"), "");
	}

	#[test]
	fn a_word_leads_to_the_commands_that_it_may_mean() {
		let commands = |path, word| commands_for(&program(), path, word);
		assert_eq!(commands("", "grant"), ["ppr grant"]);
		assert_eq!(commands("", "list"), ["keys list", "ppr show", "summary show"]);
		assert_eq!(commands("ppr", "list"), ["ppr show"]);
		assert_eq!(commands("keys", "delete"), ["keys remove"]);
		assert!(commands("", "fly").is_empty());
	}

	#[test]
	fn tips_name_commands_that_exist() {
		let program = crate::cli::program();
		let of_tips = TIPS.iter().map(|(command, ..)| command);
		for path in COMMANDS.iter().flat_map(|(_, commands)| *commands).chain(of_tips) {
			let mut words = path.split_whitespace();
			let found = words.try_fold(&program, |command, word| command.find_subcommand(word));
			assert!(found.is_some(), "{path}");
		}
	}

	#[test]
	fn a_tip_is_for_what_is_missing() {
		let tip = |line: &str| {
			let program = crate::cli::program();
			let words = Vec::from_iter(line.split(' ').map(ToOwned::to_owned));
			let error = program.clone().try_get_matches_from(&words).unwrap_err();
			let error = with_tips(error, &program, words.into_iter());
			message_of(&error.render().to_string())
		};
		let revoke = tip("medrec ppr revoke dr-weber");
		assert!(revoke.contains("--to dr-weber revokes all permissions of dr-weber"), "{revoke}");
		let revoke = tip("medrec ppr revoke 0x12");
		assert!(revoke.contains("with --grant 0x12") && !revoke.contains("--to"), "{revoke}");
		let revoke = tip("medrec ppr revoke-all");
		assert!(revoke.contains("tip: medrec ppr show lists who has permissions"), "{revoke}");
		assert!(tip("medrec query 0x1f2a9c4e").contains("with --record 0x1f2a9c4e"));
		assert!(tip("medrec query glucose").contains("with --find glucose"));
		// The other party is given.
		let grant = tip("medrec ppr grant --to dr-weber --all --purpose TREAT --for 1 day");
		assert!(!grant.contains("tip"), "{grant}");
		let grant = tip("medrec ppr grant --to=dr-weber --all --purpose TREAT --for 1 day");
		assert!(!grant.contains("tip"), "{grant}");
		let create = tip("medrec keys create new --seed phrase");
		assert!(create.contains("keys import") && !create.contains("--seed-out"), "{create}");
		let passwd = tip("medrec keys passwd me hunter2");
		assert!(passwd.contains("--new-password-file") && !passwd.contains("hunter2"), "{passwd}");
		assert!(tip("medrec ppr set-research-consent --all").contains("with --category"));
	}

	#[test]
	fn the_message_of_an_error_has_no_usage() {
		let error =
			crate::cli::program().try_get_matches_from(["medrec", "keys", "create"]).unwrap_err();
		let message = message_of(&error.render().to_string());
		assert!(message.starts_with("the following required arguments"), "{message}");
		assert!(message.contains("<NAME>"), "{message}");
		assert!(!message.contains("Usage"), "{message}");
	}

	#[test]
	fn what_may_be_a_seed_phrase_is_not_shown() {
		let import = Command::new("import").arg(Arg::new("name").required(true));
		let program = Command::new("medrec").subcommand(Command::new("keys").subcommand(import));
		let words = ["medrec", "keys", "import", "me", "bottom drive"];
		let error = program.clone().try_get_matches_from(words).unwrap_err();
		let error = with_tips(error, &program, words.map(ToOwned::to_owned).into_iter());
		let message = error.render().to_string();
		assert!(!message.contains("bottom") && message.contains("--seed-file"), "{message}");
	}
}
