//! TLS of the public listener.

use crate::support::{Builder, Gate};
use medrec_gatekeeper::{
	config::{Config, TlsConfig},
	http::acceptor,
};
use std::{
	net::SocketAddr,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	time::Duration,
};
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

const HOST: &str = "gate.test.example";

/// A self-signed certificate of [`HOST`], valid from 2000 to 2500, its key, and an unrelated key.
const CERTIFICATE: &str = include_str!("tls/cert.pem");
const KEY: &str = include_str!("tls/key.pem");
const OTHER_KEY: &str = include_str!("tls/other.pem");

async fn gate() -> Gate {
	let mut builder = Builder::new()
		.limits(|limits| limits.header_timeout = Duration::from_secs(1))
		.extra("tls = { certificate_file = \"cert.pem\", key_file = \"key.pem\" }");
	builder.files = vec![("cert.pem", CERTIFICATE.to_owned()), ("key.pem", KEY.to_owned())];
	builder.start().await
}

#[tokio::test]
async fn clients_that_trust_the_certificate_are_served() {
	let gate = gate().await;
	let address = SocketAddr::new(gate.address().ip(), 0);
	let trusting = |builder: reqwest::ClientBuilder| {
		builder.no_proxy().resolve(HOST, address).build().unwrap()
	};
	let root = reqwest::Certificate::from_pem(CERTIFICATE.as_bytes()).unwrap();
	let url = format!("https://{HOST}:{}/healthz", gate.address().port());
	let client = trusting(reqwest::Client::builder().add_root_certificate(root));
	assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
	assert!(trusting(reqwest::Client::builder()).get(&url).send().await.is_err());
	// Plain HTTP is not served.
	let plain = url.replace("https", "http");
	assert!(client.get(plain).send().await.is_err());
}

#[tokio::test]
async fn a_missing_handshake_times_out() {
	let gate = gate().await;
	let mut stream = TcpStream::connect(gate.address()).await.unwrap();
	let mut answer = Vec::new();
	let closed = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
	assert!(closed.is_ok());
	assert!(answer.is_empty());
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
	let path = folder.join(name);
	std::fs::write(&path, text).unwrap();
	std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
	path
}

#[test]
fn unusable_files_are_named_by_their_key() {
	let folder = tempfile::tempdir().unwrap();
	let error_of = |certificate: &str, key: &str| {
		let config = TlsConfig {
			certificate_file: write(folder.path(), "cert.pem", certificate),
			key_file: write(folder.path(), "key.pem", key),
		};
		acceptor(&config).err().map(|error| error.to_string())
	};
	assert_eq!(error_of(CERTIFICATE, KEY), None);
	assert!(error_of("", KEY).unwrap().contains("`tls.certificate_file`"));
	assert!(error_of("no certificate", KEY).unwrap().contains("`tls.certificate_file`"));
	assert!(error_of(CERTIFICATE, "no key").unwrap().contains("`tls.key_file`"));
	assert!(error_of(CERTIFICATE, OTHER_KEY).unwrap().contains("`tls.certificate_file`"));
	let exposed = TlsConfig {
		certificate_file: write(folder.path(), "cert.pem", CERTIFICATE),
		key_file: write(folder.path(), "key.pem", KEY),
	};
	let mode = std::fs::Permissions::from_mode(0o644);
	std::fs::set_permissions(&exposed.key_file, mode).unwrap();
	assert!(acceptor(&exposed).err().unwrap().to_string().contains("`tls.key_file`"));
}

#[test]
fn an_unfinished_section_is_refused() {
	let text = "tls = { certificate_file = \"cert.pem\" }";
	let error = Config::parse(text, Path::new("."), Path::new("gatekeeper.toml")).unwrap_err();
	assert!(error.to_string().contains("key_file"));
}
