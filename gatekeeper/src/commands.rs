//! The commands.

use crate::{
	app::{check_links, link_patient, BountyOffer},
	chain, cli,
	cli::{Cli, Command, LocalPatient, Patients, WithConfig},
	config::{read_device, Config, ConfigError},
	http,
	records::{self, state::Patient, template, EhrSource, State},
	startup::{self, identifier_secret, Stores},
};
use anyhow::{bail, Context};
use medrec_client::keys::read_secret;
use medrec_protocol::keys::{Key, GENERIC_PREFIX};
use serde::Serialize;
use serde_json::json;
use std::{
	fmt::Display,
	io::{ErrorKind, IsTerminal, Write},
	path::Path,
	process::ExitCode,
};

/// The exit status of a wrong configuration. A failure has 1, a wrong command line 2.
const WRONG_CONFIG: u8 = 3;

/// Runs the command.
pub fn main(cli: Cli) -> ExitCode {
	let serving = matches!(cli.command, Command::Run(_));
	init_logs(cli.json, if serving { "info" } else { "warn" });
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
	let done = match runtime {
		Ok(runtime) => runtime.block_on(dispatch(cli.command, cli.json)),
		Err(error) => Err(error.into()),
	};
	let Err(error) = done else { return ExitCode::SUCCESS };
	let text = explain(&error);
	match cli.json {
		true => eprintln!("{}", json!({ "error": text })),
		false => eprintln!("error: {text}"),
	}
	match is_config(&error) {
		true => ExitCode::from(WRONG_CONFIG),
		false => ExitCode::FAILURE,
	}
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
	let logs = fmt()
		.with_env_filter(filter)
		.with_ansi(std::io::stderr().is_terminal())
		.with_writer(std::io::stderr);
	let _ = match json {
		true => logs.json().try_init(),
		false => logs.try_init(),
	};
}

async fn dispatch(command: Command, json: bool) -> anyhow::Result<()> {
	match command {
		Command::Run(arguments) => run(&arguments, json).await,
		Command::CheckConfig(arguments) => check_config(&arguments, json).await,
		Command::SignTemplates(arguments) => sign_templates(&arguments, json),
		Command::LinkPatient(arguments) => link(&arguments, json).await,
		Command::UnlinkPatient(arguments) => unlink(&arguments, json).await,
		Command::Patients(Patients::List { config, show_local_ids }) => {
			list_patients(&config, show_local_ids, json).await
		},
		Command::Identifier(arguments) => identifier(&arguments, json),
		Command::Openapi => print(http::document().to_pretty_json()?),
	}
}

/// Prints the result: `value` with `--json`, else `text`.
fn print_result(json: bool, value: &impl Serialize, text: impl Display) -> anyhow::Result<()> {
	match json {
		true => print(serde_json::to_string(value)?),
		false => print(text),
	}
}

/// Prints a line. A closed standard output is not an error.
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

async fn run(arguments: &cli::Run, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(&arguments.config)?;
	let stop = stop_signal()?;
	let node = chain::open(&config.node, &key, config.chain.genesis);
	let running = startup::start(&config, &key, node.view.clone(), node.poster.clone()).await?;
	write_address(arguments.address_file.as_deref(), Some(running.address))?;
	write_address(arguments.private_address_file.as_deref(), running.private_address)?;
	let private = running.private_address.map(|address| address.to_string());
	let scheme = if config.tls.is_some() { "https" } else { "http" };
	print_result(
		json,
		&json!({ "listening": running.address.to_string(), "private": private }),
		format_args!("listening on {scheme}://{}", running.address),
	)?;
	stop.await;
	tracing::info!(target: "medrec", "stopping");
	running.stop().await;
	Ok(())
}

fn write_address(path: Option<&Path>, address: Option<std::net::SocketAddr>) -> anyhow::Result<()> {
	let (Some(path), Some(address)) = (path, address) else { return Ok(()) };
	// A program that waits for the file must never read half an address.
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

async fn check_config(arguments: &WithConfig, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(arguments)?;
	let templates = records::Templates::load(&config.templates, &key.account())?;
	identifier_secret(&config)?;
	State::check_rights(config.state.path())?;
	let ehr = records::SqliteSource::open(config.ehr.path()).await?;
	for template in templates.current() {
		ehr.check(template).await?;
	}
	if let Some(bounty) = &config.publish.bounty {
		BountyOffer::new(bounty, &templates)?;
	}
	if let Some(tls) = &config.tls {
		http::acceptor(tls)?;
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
	print_result(
		json,
		&json!({ "ok": true, "device": device, "templates": known }),
		format_args!("the configuration is valid: device {device}, {count} templates"),
	)
}

fn sign_templates(arguments: &cli::SignTemplates, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(&arguments.config)?;
	if arguments.built_in {
		template::built_in::install(&config.templates)?;
	}
	let signed = template::sign_templates(&config.templates, &key)?;
	let lines: Vec<_> = signed
		.iter()
		.map(|signed| format!("{} version {}: {}", signed.id, signed.version, signed.hash))
		.collect();
	print_result(json, &json!({ "signed": signed }), lines.join("\n"))
}

/// Reads a local ID from a file. Other users of the machine could read it on the command line.
fn local_id(file: &Path) -> anyhow::Result<String> {
	Ok(read_secret(file).context("cannot read the patient's ID")?.expose().to_owned())
}

async fn link(arguments: &cli::LinkPatient, json: bool) -> anyhow::Result<()> {
	let (config, key) = load(&arguments.config)?;
	let cli::LinkPatient { patient, subject, relationship, .. } = arguments;
	let local_id = local_id(&patient.local_id_file)?;
	let Stores { state, ehr, templates, secret } = Stores::open(&config, &key).await?;
	let identifier = records::identifier(&secret, &patient.namespace, &local_id);
	let patient = Patient { local_id, subject: *subject, identifier };
	let node = chain::connect(&config.node);
	let ehr = (ehr.as_ref(), &*templates);
	link_patient((&node, &config.chain), ehr, &state, &patient, relationship.as_ref()).await?;
	state.close().await;
	print_result(
		json,
		&json!({ "subject": subject, "relationship": relationship, "identifier": identifier }),
		format_args!("linked to {subject} by the identifier {identifier}"),
	)
}

async fn unlink(arguments: &cli::UnlinkPatient, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&arguments.config.config)?;
	let local_id = arguments.local_id_file.as_deref().map(local_id).transpose()?;
	let state = State::open(config.state.path()).await?;
	let links = state.links().await?;
	let link = links.into_iter().map(|link| link.patient).find(|patient| {
		local_id.as_ref() == Some(&patient.local_id) || arguments.subject == Some(patient.subject)
	});
	let Some(patient) = link else {
		let named = if local_id.is_some() { "this local ID" } else { "this subject" };
		bail!("no patient with {named} is linked; see: medrec-gatekeeper patients list");
	};
	let unlinked = state.unlink_patient(&patient.local_id).await?;
	state.close().await;
	let (subject, relationships) = (patient.subject, unlinked.relationships);
	let count = relationships.len();
	print_result(
		json,
		&json!({ "subject": subject, "relationships": relationships }),
		format_args!(
			"unlinked from {subject}; nothing of {count} relationships is served any more"
		),
	)
}

async fn list_patients(config: &WithConfig, local_ids: bool, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&config.config)?;
	let state = State::open(config.state.path()).await?;
	let node = chain::connect(&config.node);
	let patients = check_links((&node, &config.chain), &state, local_ids).await?;
	state.close().await;
	let mut lines = Vec::new();
	for patient in &patients {
		lines.push(format!("{} {}", patient.subject, patient.state));
		lines.extend(patient.local_id.iter().map(|local_id| format!("  local ID {local_id}")));
		let relationships = patient.relationships.iter();
		lines.extend(relationships.map(|relationship| format!("  relationship {relationship}")));
	}
	if lines.is_empty() {
		lines.push("no patient is linked".to_owned());
	}
	print_result(json, &json!({ "patients": patients }), lines.join("\n"))
}

fn identifier(arguments: &cli::Identifier, json: bool) -> anyhow::Result<()> {
	let config = Config::load(&arguments.config.config)?;
	let LocalPatient { local_id_file, namespace } = &arguments.patient;
	let secret = identifier_secret(&config)?;
	let identifier = records::identifier(&secret, namespace, &local_id(local_id_file)?);
	print_result(json, &json!({ "identifier": identifier }), identifier)
}
