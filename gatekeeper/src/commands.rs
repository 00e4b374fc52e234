//! The commands.

mod alarms;
pub mod check_config;
mod output;
mod patients;
mod run;
mod templates;

use crate::{
	app::LinkError,
	chain::LookupError,
	cli::{Alarms, Cli, Command, Patients, WithConfig},
	config::{read_device, Config, ConfigError},
	http,
	records::{self, State},
};
use clap::{error::ErrorKind, Parser};
use medrec_protocol::keys::Key;
use output::{print, print_error, print_result, Failure};
use std::{
	ffi::OsString,
	io::{self, IsTerminal},
	process::ExitCode,
};

/// The exit status of a wrong command line. A failure has 1.
const WRONG_USAGE: u8 = 2;

/// The exit status of a wrong configuration.
const WRONG_CONFIG: u8 = 3;

/// The exit status if the node could not be asked.
const UNREACHABLE: u8 = 5;

/// Runs the command that `arguments` name, of which the first is the program.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
	let json = arguments.iter().any(|argument| argument == "--json");
	match Cli::try_parse_from(arguments) {
		Ok(cli) => execute(cli),
		// Help and version are no errors.
		Err(error) if !error.use_stderr() => error.exit(),
		Err(error) => {
			match json {
				true => Failure { error: usage(&error) }.print(json),
				false => print_error(error.render().to_string().trim_end()),
			}
			ExitCode::from(WRONG_USAGE)
		},
	}
}

/// The message of a wrong command line, in one line.
fn usage(error: &clap::Error) -> String {
	if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
		return "a command is missing; `medrec-gatekeeper --help` lists them".to_owned();
	}
	let text = error.render().to_string();
	let message = text.lines().take_while(|line| !line.starts_with("Usage:"));
	let message = message.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
	message.trim_start_matches("error: ").to_owned()
}

fn execute(cli: Cli) -> ExitCode {
	let serving = matches!(cli.command, Command::Run(_));
	init_logs(cli.json, if serving { "info" } else { "warn" });
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
	let done = match runtime {
		Ok(runtime) => runtime.block_on(dispatch(cli.command, cli.json)),
		Err(error) => Err(error.into()),
	};
	done.unwrap_or_else(|error| {
		Failure { error: explain(&error) }.print(cli.json);
		exit_of(&error)
	})
}

/// The error with its causes, each once.
fn explain(error: &anyhow::Error) -> String {
	let add = |text: String, cause: String| match text.contains(&cause) {
		true => text,
		false => format!("{text}: {cause}"),
	};
	let causes = error.chain().map(ToString::to_string).reduce(add);
	causes.unwrap_or_default().trim_end().to_owned()
}

fn exit_of(error: &anyhow::Error) -> ExitCode {
	match error.downcast_ref() {
		Some(LinkError::Chain(LookupError::Source(_))) => ExitCode::from(UNREACHABLE),
		_ if is_config(error) => ExitCode::from(WRONG_CONFIG),
		_ => ExitCode::FAILURE,
	}
}

/// Whether the configuration, or a file that it names, must be changed.
fn is_config(error: &anyhow::Error) -> bool {
	error.chain().any(|cause| {
		cause.is::<ConfigError>() || cause.downcast_ref::<records::Error>().is_some_and(is_file)
	})
}

/// Whether the file of a database or a template cannot be used.
fn is_file(error: &records::Error) -> bool {
	matches!(
		error,
		records::Error::Open { .. }
			| records::Error::Exposed { .. }
			| records::Error::Migrate { .. }
			| records::Error::Template { .. }
			| records::Error::TemplatesFolder { .. }
	)
}

fn init_logs(json: bool, level: &str) {
	use tracing_subscriber::{fmt, EnvFilter};
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
	let logs =
		fmt().with_env_filter(filter).with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
	let _ = match json {
		true => logs.json().try_init(),
		false => logs.try_init(),
	};
}

async fn dispatch(command: Command, json: bool) -> anyhow::Result<ExitCode> {
	match command {
		Command::Run(arguments) => run::run(&arguments, json).await?,
		Command::CheckConfig(arguments) => {
			return check_config::check_config(&arguments, json).await
		},
		Command::SignTemplates(arguments) => templates::sign(&arguments, json)?,
		Command::LinkPatient(arguments) => patients::link(&arguments, json).await?,
		Command::UnlinkPatient(arguments) => patients::unlink(&arguments, json).await?,
		Command::Patients(Patients::List { config, show_local_ids }) => {
			patients::list(&config, show_local_ids, json).await?;
		},
		Command::Alarms(Alarms::List(config)) => alarms::list(&config, json).await?,
		Command::Identifier(arguments) => patients::identifier(&arguments, json)?,
		Command::Openapi => print(http::document().to_pretty_json()?)?,
	}
	Ok(ExitCode::SUCCESS)
}

/// Opens the gatekeeper's database, which must exist: a new one would have nothing to show.
async fn open_state(config: &Config) -> anyhow::Result<State> {
	let path = config.state.path();
	if !path.exists() {
		let remedy = "check the path; `run` and `link-patient` create the database";
		return Err(ConfigError::file("state", path, "does not exist", remedy).into());
	}
	Ok(State::open_existing(path).await?)
}

fn load(arguments: &WithConfig) -> Result<(Config, Key), ConfigError> {
	let config = Config::load(&arguments.config)?;
	let key = read_device(&config.device)?;
	Ok((config, key))
}
