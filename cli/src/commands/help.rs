//! `medrec help`: all about a command, or the options of all commands.

use crate::{
	context::Globals,
	failure::{Failure, Result},
	output::{Output, Report},
	page::Page,
	schema::Documented,
};
use clap::Args;
use serde::Serialize;

/// What the command prints with `--json`.
pub const OUTPUTS: &[Documented] = &[Documented::of::<Help>("help")];

/// The word for the page of the global options.
const OPTIONS: &str = "options";

const ABOUT_OPTIONS: &str =
	"These options stand before or after any command. Those with [env: NAME] are also read from the \
	 environment.";

const EXIT_STATUS: &str =
	"Exit status: 0 success, 1 failure, 2 wrong usage, 3 refused by a gatekeeper or the chain, 4 the \
	 answer does not verify, 5 unreachable.";

#[derive(Debug, Args)]
pub struct HelpArgs {
	/// The words of a command, as keys create, or options.
	#[arg(value_name = "COMMAND")]
	words: Vec<String>,
}

/// A page of help.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Help {
	/// The text of the page.
	help: String,
}

impl Report for Help {
	fn page(&self) -> Page {
		Page::default().verbatim(&self.help)
	}
}

/// Runs the command. `program` is the definition of the command line.
pub fn run(mut program: clap::Command, args: &HelpArgs) -> Result<Output> {
	let help = match args.words.as_slice() {
		[word] if word == OPTIONS => options(),
		[] => program.render_help().to_string(),
		words => {
			let mut command = &mut program;
			for word in words {
				command = command.find_subcommand_mut(word).ok_or_else(|| {
					let message = format!(
						"there is no command {}; medrec --help lists the commands",
						words.join(" ")
					);
					Failure::usage("unknown_command", message)
				})?;
			}
			command.render_long_help().to_string()
		},
	};
	Ok(Output::of(&Help { help: help.trim_end().to_owned() }))
}

fn options() -> String {
	let options = clap::Command::new(OPTIONS).disable_help_flag(true).about(ABOUT_OPTIONS);
	let options = <Globals as Args>::augment_args(options).max_term_width(100);
	let options = options.help_template("{about}\n\n{options}\n\n{after-help}");
	options.after_help(EXIT_STATUS).render_help().to_string()
}
