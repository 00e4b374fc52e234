//! TLS on the public listener.

use crate::config::{read_private, ConfigError, TlsConfig};
use rustls::pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The acceptor with the certificate and key of `config`.
pub fn acceptor(config: &TlsConfig) -> Result<TlsAcceptor, ConfigError> {
	let unusable = |problem: String| {
		let remedy = "name a file with the certificate chain in PEM, the server's own first";
		ConfigError::file("tls.certificate_file", &config.certificate_file, problem, remedy)
	};
	let certificates = CertificateDer::pem_file_iter(&config.certificate_file)
		.and_then(Iterator::collect::<Result<Vec<_>, _>>)
		.map_err(|error| unusable(format!("cannot be read ({error})")))?;
	let key = read_private("tls.key_file", &config.key_file)?;
	let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(|_| {
		let remedy = "name the key of the certificate in `tls.certificate_file`";
		let problem = "does not hold a private key in PEM";
		ConfigError::file("tls.key_file", &config.key_file, problem, remedy)
	})?;
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let mut server = rustls::ServerConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()
		.and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
		.map_err(|error| unusable(format!("cannot be used ({error})")))?;
	server.alpn_protocols = vec![b"http/1.1".to_vec()];
	Ok(TlsAcceptor::from(Arc::new(server)))
}
