use super::*;
use medrec_protocol::keys::Scheme;
use std::fs;

const GOOD: &str = r#"
authority = "gate.example.org"
listen = "127.0.0.1:0"
private_listen = "127.0.0.1:0"
node = "ws://127.0.0.1:9944"
templates = "templates"
identifier_secret_file = "/etc/medrec/identifier.secret"
datasets = ["0x0101010101010101010101010101010101010101010101010101010101010101"]

[device]
key_file = "device.json"
password_file = "device.password"

[ehr]
sqlite = "ehr.sqlite"

[state]
sqlite = "state.sqlite"

[limits]
peer = { per_second = 3, burst = 4 }
trusted_proxies = ["127.0.0.1", "fd00::1"]

[publish.bounty]
dataset = "0x0101010101010101010101010101010101010101010101010101010101010101"
template = "observation"
statistic = { mean = "value" }
group_by = ["code"]
cost = 1
lifetime_s = 86400
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
	Config::parse(text, Path::new("/srv/gate"), Path::new("gatekeeper.toml"))
}

/// The error of the configuration with `from` replaced by `to`.
fn refusal(from: &str, to: &str) -> String {
	assert!(GOOD.contains(from), "{from}");
	parse(&GOOD.replace(from, to)).expect_err("it must be refused").to_string()
}

#[test]
fn relative_paths_are_relative_to_the_folder_of_the_configuration() {
	let config = parse(GOOD).unwrap();
	assert_eq!(config.templates, Path::new("/srv/gate/templates"));
	assert_eq!(config.device.key_file, Path::new("/srv/gate/device.json"));
	assert_eq!(config.ehr.path(), Path::new("/srv/gate/ehr.sqlite"));
	assert_eq!(config.identifier_secret_file, Path::new("/etc/medrec/identifier.secret"));
}

#[test]
fn missing_keys_have_defaults() {
	let config = parse(GOOD).unwrap();
	assert_eq!(config.limits.peer.burst, 4);
	assert_eq!(config.limits.trusted_proxies.len(), 2);
	assert!(Limits::default().trusted_proxies.is_empty());
	assert_eq!(config.limits.body_bytes, Limits::default().body_bytes);
	assert_eq!(config.chain.max_head_age, Duration::from_secs(120));
	assert_eq!(config.anchor_interval, Duration::from_secs(120));
	assert_eq!(config.publish.poll_interval, Duration::from_secs(5));
	assert!(config.publish.enabled);
	assert_eq!(config.datasets, Some(vec![DatasetId::repeat_byte(1)]));
	assert!(config.origins.is_empty());
	let bounty = config.publish.bounty.unwrap();
	assert_eq!(bounty.statistic, StatisticConfig::Mean("value".into()));
	assert_eq!(bounty.lifetime, Duration::from_secs(86_400));
}

#[test]
fn the_example_file_is_valid() {
	let example = include_str!("../../gatekeeper.example.toml");
	Config::parse(example, Path::new("."), Path::new("gatekeeper.example.toml")).unwrap();
}

#[test]
fn unknown_keys_are_refused_by_name() {
	assert!(refusal("[ehr]", "colour = 1\n[ehr]").contains("colour"));
	assert!(refusal("listen = \"127", "lisen = \"127").contains("lisen"));
	assert!(refusal("sqlite = \"ehr", "oracle = \"ehr").contains("oracle"));
	assert!(refusal("authority = \"gate.example.org\"", "").contains("authority"));
}

#[test]
fn invalid_values_are_refused_by_key() {
	for (from, to, key) in [
		("\"gate.example.org\"", "\"\"", "authority"),
		("\"gate.example.org\"", "\"https://gate.example.org\"", "authority"),
		("\"gate.example.org\"", "\"Gate.example.org\"", "authority"),
		("\"gate.example.org\"", "\"gate:x\"", "authority"),
		("ws://127", "http://127", "node"),
		("\"127.0.0.1:0\"", "\"127.0.0.1:80\"", "private_listen"),
		("node =", "origins = [\"portal.example\"]\nnode =", "origins"),
		("node =", "origins = [\"https://portal.example/page\"]\nnode =", "origins"),
		("\"state.sqlite\"", "\"ehr.sqlite\"", "state"),
		("burst = 4", "burst = 0", "limits.peer.burst"),
		("cost = 1", "cost = 0", "publish.bounty.cost"),
		("lifetime_s = 86400", "lifetime_s = 5", "publish.bounty.lifetime_s"),
		("[\"code\"]", "[\"a\", \"b\", \"c\"]", "publish.bounty.group_by"),
		("datasets = [\"0x01", "datasets = [\"0x02", "publish.bounty.dataset"),
		("[device]", "[publish]\nbatch = 0\n[device]", "publish.batch"),
		("[device]", "[chain]\nmax_head_age_s = 0\n[device]", "chain.max_head_age_s"),
		("node =", "anchor_interval_s = 0\nnode =", "anchor_interval_s"),
		("peer = {", "body_bytes = 1\npeer = {", "limits.body_bytes"),
	] {
		let text = refusal(from, to);
		assert!(text.contains(&format!("`{key}`")), "{key}: {text}");
	}
}

#[test]
fn a_bounty_over_any_dataset_is_valid_if_all_are_answered() {
	let line = format!("datasets = [\"0x{}\"]", "01".repeat(32));
	assert!(GOOD.contains(&line));
	assert_eq!(parse(&GOOD.replace(&line, "")).unwrap().datasets, None);
}

#[test]
fn proxies_are_named_by_their_addresses() {
	assert!(refusal("\"127.0.0.1\", \"fd00::1\"", "\"proxy.example\"").contains("trusted_proxies"));
}

#[test]
fn addresses_that_others_reach_are_warned_of() {
	let warned = |listen: &str, private: &str, more: &str| {
		let text = GOOD
			.replace("private_listen = \"127.0.0.1:0\"", &format!("private_listen = \"{private}\""))
			.replace("\nlisten = \"127.0.0.1:0\"", &format!("\nlisten = \"{listen}\""))
			.replace("trusted_proxies = [\"127.0.0.1\", \"fd00::1\"]", "")
			.replace("[device]", &format!("{more}\n[device]"));
		let warnings = parse(&text).unwrap().warnings();
		let keys: Vec<_> =
			warnings.iter().map(|warning| warning.key().unwrap().to_owned()).collect();
		keys.join(" ")
	};
	let tls = "tls = { certificate_file = \"c\", key_file = \"k\" }";
	for (listen, private, more, expected) in [
		("127.0.0.1:1", "127.0.0.1:2", "", ""),
		("[::1]:1", "[::1]:2", "", ""),
		("0.0.0.0:1", "10.1.2.3:2", "", "listen"),
		("192.0.2.1:1", "192.168.0.1:2", "", "listen"),
		("0.0.0.0:1", "127.0.0.1:2", tls, ""),
		("127.0.0.1:1", "0.0.0.0:2", "", "private_listen"),
		("127.0.0.1:1", "[::]:2", "", "private_listen"),
		("127.0.0.1:1", "[fd00::1]:2", "", ""),
		("192.0.2.1:1", "198.51.100.1:2", "", "listen private_listen"),
	] {
		assert_eq!(warned(listen, private, more), expected, "{listen} {private} {more}");
	}
	// Behind a proxy, which terminates TLS.
	let text = GOOD.replace("\nlisten = \"127.0.0.1:0\"", "\nlisten = \"0.0.0.0:1\"");
	assert!(parse(&text).unwrap().warnings().is_empty());
}

#[test]
fn the_url_has_the_scheme_that_clients_use() {
	assert_eq!(parse(GOOD).unwrap().url(), "https://gate.example.org");
	let plain = GOOD.replace("trusted_proxies = [\"127.0.0.1\", \"fd00::1\"]", "");
	assert_eq!(parse(&plain).unwrap().url(), "http://gate.example.org");
}

#[test]
fn a_missing_configuration_says_how_to_give_one() {
	let error = Config::load(Path::new("/nonexistent/gatekeeper.toml")).unwrap_err();
	assert!(error.to_string().contains("--config"));
}

#[cfg(unix)]
fn write(path: &Path, text: &str, mode: u32) {
	use std::os::unix::fs::PermissionsExt;
	fs::write(path, text).unwrap();
	fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn secrets_that_others_can_read_are_refused() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("secret");
	for mode in [0o640, 0o604, 0o644] {
		write(&path, &"ab".repeat(32), mode);
		let error = read_secret32("identifier_secret_file", &path).unwrap_err().to_string();
		assert!(error.contains("`identifier_secret_file`") && error.contains("chmod 600"));
	}
	write(&path, &format!("0x{}\n", "ab".repeat(32)), 0o600);
	assert_eq!(*read_secret32("identifier_secret_file", &path).unwrap(), [0xab; 32]);
}

#[cfg(unix)]
#[test]
fn secrets_of_another_length_are_refused() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("secret");
	write(&path, &"ab".repeat(31), 0o600);
	assert!(read_secret32("identifier_secret_file", &path).is_err());
	let missing = folder.path().join("missing");
	let error = read_secret32("identifier_secret_file", &missing).unwrap_err().to_string();
	assert!(error.contains("`identifier_secret_file`") && error.contains("missing"));
}

#[cfg(unix)]
#[test]
fn the_device_key_is_read_from_a_phrase() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("device");
	let mut device = parse(GOOD).unwrap().device;
	device.key_file = path.clone();
	device.password_file = None;
	write(&path, "//Device\n", 0o600);
	let sr25519 = read_device(&device).unwrap();
	device.scheme = Scheme::Ed25519;
	assert_ne!(read_device(&device).unwrap().account(), sr25519.account());
	write(&path, "horse", 0o600);
	let error = read_device(&device).unwrap_err().to_string();
	assert!(error.contains("`device.key_file`") && !error.contains("horse"));
}
