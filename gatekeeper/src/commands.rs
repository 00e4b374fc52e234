//! What each command does.

use crate::{
	cli::{
		Cli, Command, Identifier, ImportFhir, LinkPatient, Run, Seed, SignTemplates, WithConfig,
	},
	config::{read_device, read_secret32, Config, ConfigError},
	import,
	records::{self, state::Patient, template, Secret, State},
	startup::{self, signer, StartError},
};
use anyhow::Context;
use medrec_client::keys::read_secret;
use medrec_protocol::keys::{GENERIC_PREFIX, Key};
use serde::Serialize;
use serde_json::json;
use std::{
	fmt::Display,
	io::{ErrorKind, IsTerminal, Write},
	path::Path,
	process::ExitCode,
};

/// The command failed.
const FAILED: u8 = 1;

/// The configuration is wrong. (2 is what the parser of the command line exits with.)
const WRONG_CONFIG: u8 = 3;

/// The command was done in part.
const IN_PART: u8 = 4;

/// Does what the command line says.
pub fn main(cli: Cli) -> ExitCode {
	let serving = matches!(cli.command, Command::Run(_));
	init_logs(cli.json, if serving { "info" } else { "warn" });
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
	let done = match runtime {
		Ok(runtime) => runtime.block_on(dispatch(cli.command, cli.json)),
		Err(error) => Err(error.into()),
	};
	done.unwrap_or_else(|error| {
		let text = explain(&error);
		match cli.json {
			true => eprintln!("{}", json!({ "error": text })),
			false => eprintln!("error: {text}"),
		}
		ExitCode::from(if is_config(&error) { WRONG_CONFIG } else { FAILED })
	})
}

/// The error with its causes, each said once.
fn explain(error: &anyhow::Error) -> String {
	let mut text = String::new();
	for cause in error.chain() {
		let cause = cause.to_string();
		if text.is_empty() {
			text = cause;
		} else if !text.contains(&cause) {
			text = format!("{text}: {cause}");
		}
	}
	text.trim_end().to_owned()
}

/// Whether the cause is one that a change of the configuration, or of a file that it names, cures.
fn is_config(error: &anyhow::Error) -> bool {
	error.chain().any(|cause| {
		let start = match cause.downcast_ref::<StartError>() {
			Some(StartError::Config(_) | StartError::Listen { .. }) => true,
			Some(StartError::Records(error)) => is_file(error),
			None => false,
		};
		let file = cause.downcast_ref::<records::Error>().is_some_and(is_file);
		start || file || cause.is::<ConfigError>()
	})
}

/// Whether a database, a template or a secret cannot be used as it is.
fn is_file(error: &records::Error) -> bool {
	matches!(
		error,
		records::Error::Open { .. }
			| records::Error::Exposed { .. }
			| records::Error::Migrate { .. }
			| records::Error::Template { .. }
			| records::Error::TemplatesFolder { .. }
			| records::Error::Secret { .. }
	)
}

fn init_logs(json: bool, level: &str) {
	use tracing_subscriber::{fmt, EnvFilter};
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
	let logs = fmt()
		.with_env_filter(filter)
		.with_ansi(std::io::stderr().is_terminal())
		.with_writer(std::io::stderr);
	let _ = match json {
		true => logs.json().try_init(),
		false => logs.try_init(),
	};
}

async fn dispatch(command: Command, json: bool) -> anyhow::Result<ExitCode> {
	match command {
		Command::Run(arguments) => run(&arguments, json).await,
		Command::CheckConfig(arguments) => check_config(&arguments, json).await,
		Command::ImportFhir(arguments) => import_fhir(arguments, json).await,
		Command::Seed(arguments) => seed(&arguments, json).await,
		Command::SignTemplates(arguments) => sign_templates(&arguments, json),
		Command::LinkPatient(arguments) => link_patient(&arguments, json).await,
		Command::Identifier(arguments) => identifier(&arguments, json),
		Command::Openapi => {
			print(crate::http::document().to_pretty_json()?)?;
			Ok(ExitCode::SUCCESS)
		},
	}
}

/// Says what was done: `value` for programs, `text` for people.
fn say(json: bool, value: &impl Serialize, text: impl Display) -> anyhow::Result<()> {
	match json {
		true => print(serde_json::to_string(value)?),
		false => print(text),
	}
}

/// Prints a line. That nobody reads it any more is no error.
fn print(line: impl Display) -> anyhow::Result<()> {
	let mut out = std::io::stdout().lock();
	let printed = writeln!(out, "{line}").and_then(|()| out.flush());
	match printed {
		Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
		_ => Ok(()),
	}
}

fn load(arguments: &WithConfig) -> Result<(Config, Key), ConfigError> {
	let config = Config::load(&arguments.config)?;
	let key = read_device(&config.device)?;
	Ok((config, key))
}

async fn run(arguments: &Run, json: bool) -> anyhow::Result<ExitCode> {
	let (config, key) = load(&arguments.config)?;
	let stop = stop_signal()?;
	let chain = crate::chain::open(&config.node, &key, config.chain.genesis);
	let running = startup::start(&config, &key, chain.facts(), chain.writer()).await?;
	write_address(arguments.address_file.as_deref(), Some(running.address))?;
	write_address(arguments.private_address_file.as_deref(), running.private_address)?;
	let private = running.private_address.map(|address| address.to_string());
	let scheme = if config.tls.is_some() { "https" } else { "http" };
	say(
		json,
		&json!({ "listening": running.address.to_string(), "private": private }),
		format_args!("listening on {scheme}://{}", running.address),
	)?;
	stop.await;
	tracing::info!(target: "medrec", "stopping");
	running.stop().await;
	chain.close().await;
	Ok(ExitCode::SUCCESS)
}

fn write_address(path: Option<&Path>, address: Option<std::net::SocketAddr>) -> anyhow::Result<()> {
	let (Some(path), Some(address)) = (path, address) else { return Ok(()) };
	// Whoever waits for the file must never find half an address in it.
	let partial = path.with_extension("partial");
	std::fs::write(&partial, format!("{address}\n"))
		.and_then(|()| std::fs::rename(&partial, path))
		.with_context(|| format!("{} cannot be written", path.display()))
}

/// Completes when the process is told to stop.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl std::future::Future<Output = ()>> {
	use tokio::signal::unix::{signal, SignalKind};
	let mut terminate = signal(SignalKind::terminate())?;
	let mut interrupt = signal(SignalKind::interrupt())?;
	Ok(async move {
		tokio::select! {
			_ = terminate.recv() => {},
			_ = interrupt.recv() => {},
		}
	})
}

/// Completes when the process is told to stop.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl std::future::Future<Output = ()>> {
	Ok(async {
		let _ = tokio::signal::ctrl_c().await;
	})
}

async fn check_config(arguments: &WithConfig, json: bool) -> anyhow::Result<ExitCode> {
	let (config, key) = load(arguments)?;
	let signer = signer(&key);
	let templates = records::Templates::load(&config.templates, &signer)?;
	read_secret32("identifier_secret_file", &config.identifier_secret_file)?;
	State::check_rights(config.state.path())?;
	let ehr = records::Ehr::open(config.ehr.path()).await?;
	for template in templates.current() {
		ehr.check(template).await?;
	}
	if let Some(bounty) = &config.publish.bounty {
		crate::app::BountyOffer::new(bounty, &templates)?;
	}
	if let Some(tls) = &config.tls {
		crate::http::acceptor(tls)?;
	}
	let device = key.address(GENERIC_PREFIX);
	let known: Vec<_> = templates
		.all()
		.map(|template| {
			let public = template.public();
			json!({ "id": public.id, "version": public.version, "hash": template.hash() })
		})
		.collect();
	let count = known.len();
	say(
		json,
		&json!({ "ok": true, "device": device, "templates": known }),
		format_args!("the configuration is good: device {device}, {count} templates"),
	)?;
	Ok(ExitCode::SUCCESS)
}

async fn import_fhir(arguments: ImportFhir, json: bool) -> anyhow::Result<ExitCode> {
	let ImportFhir { source, database } = arguments;
	let options = import::fhir::Options { source, database, progress: !json };
	let report = import::fhir::import(&options).await?;
	say(json, &report, &report)?;
	Ok(if report.succeeded() { ExitCode::SUCCESS } else { ExitCode::from(IN_PART) })
}

async fn seed(arguments: &Seed, json: bool) -> anyhow::Result<ExitCode> {
	let Seed { database, patients, seed } = arguments;
	let seeded = import::synthetic::seed(database, *patients, *seed).await?;
	let text = format!("{}\n{}", seeded.report, seeded.patients.join("\n"));
	say(json, &seeded, text)?;
	Ok(ExitCode::SUCCESS)
}

fn sign_templates(arguments: &SignTemplates, json: bool) -> anyhow::Result<ExitCode> {
	let (config, key) = load(&arguments.config)?;
	if arguments.built_in {
		template::built_in::install(&config.templates)?;
	}
	let signed =
		template::sign_templates(&config.templates, &signer(&key), |message| key.sign(message))?;
	let lines: Vec<_> = signed
		.iter()
		.map(|signed| format!("{} version {}: {:?}", signed.id, signed.version, signed.hash))
		.collect();
	say(json, &json!({ "signed": signed }), lines.join("\n"))?;
	Ok(ExitCode::SUCCESS)
}

fn secret(config: &Config) -> Result<Secret, ConfigError> {
	let secret = read_secret32("identifier_secret_file", &config.identifier_secret_file)?;
	Ok(Secret::new(*secret))
}

/// A patient's ID. On the command line, other users of the machine could read it.
fn local_id(file: &Path) -> anyhow::Result<String> {
	Ok(read_secret(file).context("the patient's ID cannot be read")?.expose().to_owned())
}

async fn link_patient(arguments: &LinkPatient, json: bool) -> anyhow::Result<ExitCode> {
	let config = Config::load(&arguments.config.config)?;
	let LinkPatient { local_id_file, subject, relationship, namespace, .. } = arguments;
	let local_id = local_id(local_id_file)?;
	let identifier = records::identifier(&secret(&config)?, namespace, &local_id);
	let patient = Patient { local_id, subject: *subject, identifier };
	let state = State::open(config.state.path()).await?;
	state.link_patient(&patient, relationship.as_ref()).await?;
	state.close().await;
	say(
		json,
		&json!({ "subject": subject, "relationship": relationship, "identifier": identifier }),
		format_args!("linked; the chain knows this patient by the identifier {identifier:?}"),
	)?;
	Ok(ExitCode::SUCCESS)
}

fn identifier(arguments: &Identifier, json: bool) -> anyhow::Result<ExitCode> {
	let config = Config::load(&arguments.config.config)?;
	let Identifier { local_id_file, namespace, .. } = arguments;
	let identifier = records::identifier(&secret(&config)?, namespace, &local_id(local_id_file)?);
	say(json, &json!({ "identifier": identifier }), format_args!("{identifier:?}"))?;
	Ok(ExitCode::SUCCESS)
}
