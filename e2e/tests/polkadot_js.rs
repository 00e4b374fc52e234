//! The guide for the polkadot-js Apps page, run by the program in `e2e/polkadot-js`.

use anyhow::{bail, ensure, Context, Result};
use medrec_e2e::network::{argument, succeed, write_private, Network, Node};
use medrec_primitives::merkle::sha3;
use std::{
	env,
	fs::{self, File},
	io::ErrorKind,
	os::unix::fs::symlink,
	path::{Path, PathBuf},
	process::Stdio,
	time::Duration,
};
use tokio::{process::Command, time::timeout};

/// The longest wait for npm, and for the program. Only a failure takes so long.
const LIMIT: Duration = Duration::from_secs(1_800);

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_the_guide_works_as_the_apps_page_sends_it() -> Result<()> {
	let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("polkadot-js");
	let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/polkadot-js.md");
	let network = Network::temporary()?;
	let program = network.folder.join("polkadot-js");
	copy_program(&source, &program)?;
	// Node.js looks for packages beside the program.
	symlink(packages(&source).await?.join("node_modules"), program.join("node_modules"))?;

	let password = network.folder.join("password");
	write_private(&password, "openly weak")?;
	let keystore = network.folder.join("keys");
	let mut create = network.command("medrec");
	create
		.args(["keys", "create", "patient", "--keystore", argument(&keystore)?])
		.args(["--password-file", argument(&password)?]);
	succeed(create, "").await?;

	let node = Node::start(&network, "node", "--dev").await?;
	let mut command = Command::new("node");
	command.arg(program.join("guide.mjs")).arg(node.url()).args([
		guide,
		keystore.join("patient.json"),
		password,
	]);
	run(command, &network.folder.join("guide.log")).await
}

/// Copies the modules of the program into a new folder.
fn copy_program(source: &Path, target: &Path) -> Result<()> {
	fs::create_dir(target)?;
	for entry in fs::read_dir(source)? {
		let path = entry?.path();
		if let (Some("mjs"), Some(name)) =
			(path.extension().and_then(|extension| extension.to_str()), path.file_name())
		{
			fs::copy(&path, target.join(name))?;
		}
	}
	Ok(())
}

/// A folder with the packages of the program. It is outside of the checkout, and made once for each
/// version of `package-lock.json`.
async fn packages(source: &Path) -> Result<PathBuf> {
	let lock = fs::read(source.join("package-lock.json"))?;
	let cache = match env::var_os("XDG_CACHE_HOME") {
		Some(folder) => PathBuf::from(folder),
		None => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cache"),
	};
	let cache = cache.join("medrec/polkadot-js");
	let folder = cache.join(hex::encode(sha3(&[&lock])));
	if folder.is_dir() {
		return Ok(folder);
	}

	fs::create_dir_all(&cache)?;
	let new = tempfile::tempdir_in(&cache)?;
	for file in ["package.json", "package-lock.json"] {
		fs::copy(source.join(file), new.path().join(file))?;
	}
	let mut npm = Command::new("npm");
	npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(new.path());
	run(npm, &new.path().join("npm.log")).await?;
	// The folder appears whole. An error means that another test was faster.
	let renamed = fs::rename(new.path(), &folder);
	ensure!(folder.is_dir(), "cannot make {}: {renamed:?}", folder.display());
	Ok(folder)
}

/// Runs a program of Node.js to its end. An error contains what the program printed.
async fn run(mut command: Command, log: &Path) -> Result<()> {
	let name = command.as_std().get_program().to_string_lossy().into_owned();
	let output = File::create(log)?;
	command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).kill_on_drop(true);
	let mut child = match command.spawn() {
		Err(error) if error.kind() == ErrorKind::NotFound => bail!(
			"{name} is not installed. This test takes Node.js 18 or newer with npm; on Debian or \
			 Ubuntu, run: apt-get install nodejs npm"
		),
		child => child.with_context(|| format!("cannot start {name}"))?,
	};
	let ended = timeout(LIMIT, child.wait()).await;
	let printed = fs::read_to_string(log)?;
	match ended {
		Ok(status) => {
			let status = status?;
			ensure!(status.success(), "{name} ended with {status}:\n{printed}");
		},
		Err(_) => bail!("{name} did not end within {LIMIT:?}:\n{printed}"),
	}
	Ok(())
}
