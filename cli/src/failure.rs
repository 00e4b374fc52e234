//! Failures of commands: an exit status, a code for scripts and a message for people.

mod wording;

use crate::{
	output::{Output, Report},
	page::Page,
};
use medrec_client::{
	chain::{DispatchFailure, Error as ChainError, PoolRejection},
	check::CheckError,
	http::GatekeeperError,
	keys::{KeyFileError, Keystore, KeystoreError, SecretError},
};
use medrec_protocol::{verify::VerifyError, wire::SignedReceipt};
use serde::Serialize;
use std::{
	borrow::Cow,
	error::Error,
	fmt::{self, Display},
	iter::successors,
};
pub use wording::unreadable;
use wording::{unreachable_gatekeeper, unreachable_node, unreadable_secret, without_numbers};

/// The result of a command, or of a part of it.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The exit status of a failed command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
	/// Any other failure.
	Failed = 1,
	/// The command line is wrong.
	Usage = 2,
	/// A gatekeeper refused, the pool rejected, or the call failed.
	Refused = 3,
	/// The answer does not verify.
	Unverified = 4,
	/// A node or a gatekeeper is unreachable.
	Unreachable = 5,
}

/// A failure of a command.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = FailureDetails)]
pub struct Failure {
	#[serde(skip)]
	pub exit: Exit,
	/// A stable code. A refusal by a gatekeeper or the chain (`Pallet.Error`) has their code.
	#[schema(value_type = String)]
	pub code: Cow<'static, str>,
	/// What happened and what to do, for people.
	pub message: String,
	/// The receipt of a refused request, if the provider's gatekeeper signed one.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub receipt: Option<Box<SignedReceipt>>,
	/// Output that is printed in spite of the failure.
	#[serde(skip)]
	pub output: Option<Output>,
}

impl Failure {
	/// A failure with any exit status. White space in the message is folded, and the numbers of errors of
	/// the operating system are left out.
	pub fn new(exit: Exit, code: impl Into<Cow<'static, str>>, message: impl Display) -> Failure {
		let message = Vec::from_iter(message.to_string().split_whitespace()).join(" ");
		let message = without_numbers(&message);
		Failure { exit, code: code.into(), message, receipt: None, output: None }
	}

	/// A failure with the exit status 1.
	pub fn failed(code: &'static str, message: impl Display) -> Failure {
		Failure::new(Exit::Failed, code, message)
	}

	/// A failure with the exit status 2.
	pub fn usage(code: &'static str, message: impl Display) -> Failure {
		Failure::new(Exit::Usage, code, message)
	}

	/// A failure with the exit status 4.
	pub fn unverified(code: &'static str, message: impl Display) -> Failure {
		Failure::new(Exit::Unverified, code, message)
	}

	/// The chain has no such entry.
	pub fn not_found(message: impl Display) -> Failure {
		Failure::failed("not_found", message)
	}
}

/// What a command that fails prints to the standard error.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct FailureReport {
	/// What happened.
	pub error: Failure,
}

impl Report for FailureReport {
	fn page(&self) -> Page {
		Page::of(format!("error: {}", self.error))
	}
}

/// Turns a missing entry of the chain into a failure.
pub trait OrNotFound<T> {
	/// The entry, or a failure with this message.
	fn or_not_found(self, message: impl Display) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
	fn or_not_found(self, message: impl Display) -> Result<T> {
		self.ok_or_else(|| Failure::not_found(message))
	}
}

impl Display for Failure {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.exit {
			// The code comes from a gatekeeper or the chain and names the reason.
			Exit::Refused => write!(formatter, "refused ({}): {}", self.code, self.message),
			_ => formatter.write_str(&self.message),
		}
	}
}

/// What was read of the state of a block; none if the node answers with an error, as it does where it has
/// discarded that state.
pub fn if_kept<T>(read: std::result::Result<T, ChainError>) -> Result<Option<T>> {
	match read {
		Ok(value) => Ok(Some(value)),
		Err(ChainError::Rpc(_)) => Ok(None),
		Err(error) => Err(error.into()),
	}
}

impl From<ChainError> for Failure {
	fn from(error: ChainError) -> Failure {
		let (exit, code) = match &error {
			ChainError::Unreachable { url, reason } => {
				let message = unreachable_node(url, reason);
				return Failure::new(Exit::Unreachable, "node_unreachable", message);
			},
			ChainError::Timeout(_) => {
				let message = format!("{error}; try again, or choose another node with --node");
				return Failure::new(Exit::Unreachable, "node_timeout", message);
			},
			ChainError::Rpc(_) => (Exit::Failed, "node_refused"),
			ChainError::Incompatible(difference) => {
				let message = format!(
					"the node does not run a MedRec chain of this program's version ({difference}); \
					 choose another node with --node, or use the medrec of its version"
				);
				return Failure::failed("incompatible_chain", message);
			},
			ChainError::Malformed(_) => (Exit::Failed, "malformed_answer"),
			ChainError::BlockNotFound(_) => (Exit::Failed, "block_not_found"),
			ChainError::Unbuildable(_) => (Exit::Failed, "unbuildable"),
			ChainError::NotIncluded => (Exit::Failed, "not_included"),
			ChainError::NotFinal(_) => (Exit::Failed, "not_final"),
			ChainError::Rejected(rejection) => (Exit::Refused, rejection_code(rejection)),
			ChainError::Failed(failure) => {
				let code = failure_code(failure);
				let docs = if failure.docs.is_empty() { "the call failed" } else { &failure.docs };
				return Failure::new(Exit::Refused, code, docs);
			},
		};
		Failure::new(exit, code, error)
	}
}

/// The code of a failed call, as `Ppr.NotFound`.
pub fn failure_code(failure: &DispatchFailure) -> String {
	match &failure.pallet {
		Some(pallet) => format!("{pallet}.{}", failure.name),
		None => failure.name.clone(),
	}
}

fn rejection_code(rejection: &PoolRejection) -> &'static str {
	match rejection {
		PoolRejection::NotRegistered => "not_registered",
		PoolRejection::NotActive => "not_active",
		PoolRejection::QuotaExhausted => "quota_exhausted",
		PoolRejection::NotInCouncil => "not_in_council",
		PoolRejection::PoolFull => "pool_full",
		PoolRejection::Invalid(_) => "invalid_transaction",
	}
}

impl From<GatekeeperError> for Failure {
	fn from(error: GatekeeperError) -> Failure {
		let (exit, code) = match &error {
			GatekeeperError::Refused { body, .. } => {
				return Failure::new(Exit::Refused, body.code.as_str(), &body.message);
			},
			GatekeeperError::InvalidUrl(_) => (Exit::Failed, "invalid_url"),
			GatekeeperError::Transport(cause) => {
				let Some(url) = cause.url() else { return Failure::failed("failed", error) };
				let causes = successors(Some(cause as &dyn Error), |cause| (*cause).source());
				let reason = causes.last().map(ToString::to_string).unwrap_or_default();
				let message = unreachable_gatekeeper(&url.origin().ascii_serialization(), &reason);
				return Failure::new(Exit::Unreachable, "gatekeeper_unreachable", message);
			},
			GatekeeperError::Malformed { .. } => {
				let message = format!("{error}; compare the URL and the port");
				return Failure::new(Exit::Unreachable, "gatekeeper_unreachable", message);
			},
			GatekeeperError::Unsignable(_) => (Exit::Failed, "unsignable"),
			GatekeeperError::TooLarge => (Exit::Failed, "malformed_answer"),
			GatekeeperError::Sealed => {
				let message =
					"the answer is sealed to your registered encryption key, which is not in \
				               this keystore; use the keystore that holds it, or register another key \
				               with medrec keys encryption and medrec registrar set-encryption-key";
				return Failure::failed("sealed", message);
			},
			GatekeeperError::CannotOpen(_) => (Exit::Unverified, "cannot_open"),
			GatekeeperError::WrongCommitment => (Exit::Unverified, "wrong_commitment"),
		};
		Failure::new(exit, code, error)
	}
}

impl From<VerifyError> for Failure {
	fn from(error: VerifyError) -> Failure {
		let message = match error {
			VerifyError::Proof(_) => {
				let what = "the answer was changed, or is not what the provider put on the chain";
				format!("{what}; do not rely on it, and ask the provider for the record again")
			},
			_ => format!("{error}; do not rely on this answer"),
		};
		Failure::unverified("verification_failed", message)
	}
}

impl From<CheckError> for Failure {
	fn from(error: CheckError) -> Failure {
		let code = match error {
			CheckError::Verify(error) => return error.into(),
			CheckError::Chain(error) => return error.into(),
			CheckError::Gatekeeper(error) => return error.into(),
			CheckError::NotFinal => "not_final",
			CheckError::RecordNotFound => "record_not_found",
			CheckError::NoGatekeeper => "no_gatekeeper",
		};
		Failure::unverified(code, error)
	}
}

impl From<KeystoreError> for Failure {
	fn from(error: KeystoreError) -> Failure {
		match &error {
			KeystoreError::InvalidName => Failure::usage("invalid_name", error),
			KeystoreError::NotFound { name, folder } => {
				let keys = Keystore::new(folder).list().unwrap_or_default().into_iter();
				let mut names = keys.map(|key| key.name);
				let message = match names.find(|other| other.eq_ignore_ascii_case(name)) {
					Some(similar) => format!("{error}; did you mean {similar}?"),
					None => format!("{error}; medrec keys list lists the keys"),
				};
				Failure::failed("key_not_found", message)
			},
			KeystoreError::AlreadyExists { .. } => {
				Failure::failed("key_exists", format!("{error}; choose another name"))
			},
			KeystoreError::Io { .. } => {
				let message = format!("{error}; the folder of keys is given with --keystore");
				Failure::failed("cannot_read", message)
			},
			KeystoreError::KeyFile { source, .. } => unopened(source, &error),
		}
	}
}

impl From<KeyFileError> for Failure {
	fn from(error: KeyFileError) -> Failure {
		unopened(&error, &error)
	}
}

/// The failure of a key file that does not open, with this message.
fn unopened(error: &KeyFileError, message: &dyn Display) -> Failure {
	match error {
		KeyFileError::WrongPassword => {
			let message = format!(
				"{message}; try again, or restore the key from its seed phrase under another name with \
				 medrec keys import"
			);
			Failure::failed("wrong_password", message)
		},
		KeyFileError::Malformed => {
			let message = format!(
				"{message}; give a file that medrec keys export or a wallet of polkadot-js wrote"
			);
			Failure::failed("bad_key_file", message)
		},
		_ => Failure::failed("bad_key_file", message),
	}
}

impl From<SecretError> for Failure {
	fn from(error: SecretError) -> Failure {
		let code = match &error {
			SecretError::Unreadable { path, source } => {
				return Failure::failed("cannot_read", unreadable_secret(path, source));
			},
			SecretError::Exposed { .. } => "exposed_secret",
			SecretError::Empty { .. } => "empty_secret",
			SecretError::Key { .. } => "bad_secret",
			SecretError::KeyFile { source, .. } => return unopened(source, &error),
			SecretError::PasswordMissing { .. } => "no_password",
		};
		Failure::failed(code, error)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_protocol::wire::{ErrorBody, ErrorCode};
	use serde_json::json;

	fn exit_and_code(failure: impl Into<Failure>) -> (u8, String) {
		let failure = failure.into();
		(failure.exit as u8, failure.code.into_owned())
	}

	#[test]
	fn each_kind_of_failure_has_its_exit_status() {
		let unreachable = ChainError::Unreachable { url: "ws://a".into(), reason: "b".into() };
		assert_eq!(exit_and_code(unreachable), (5, "node_unreachable".into()));
		let rejected = ChainError::Rejected(PoolRejection::NotRegistered);
		assert_eq!(exit_and_code(rejected), (3, "not_registered".into()));
		let failed = ChainError::Failed(DispatchFailure {
			pallet: Some("Ppr".into()),
			name: "NotActive".into(),
			docs: "It is not active.".into(),
		});
		assert_eq!(exit_and_code(failed), (3, "Ppr.NotActive".into()));
		assert_eq!(exit_and_code(ChainError::NotIncluded), (1, "not_included".into()));

		let body = ErrorBody {
			code: ErrorCode::NotPermitted,
			message: "ask the patient".into(),
			receipt: None,
		};
		let refused = GatekeeperError::Refused { body: Box::new(body), retry_after: None };
		assert_eq!(exit_and_code(refused), (3, "not_permitted".into()));
		assert_eq!(exit_and_code(GatekeeperError::WrongCommitment).0, 4);

		let unverified = (4, "verification_failed".to_owned());
		assert_eq!(exit_and_code(VerifyError::WrongCommitment), unverified);
		assert_eq!(exit_and_code(CheckError::Verify(VerifyError::NoFields)), unverified);
		assert_eq!(exit_and_code(CheckError::NotFinal).0, 4);
		assert_eq!(exit_and_code(KeyFileError::WrongPassword), (1, "wrong_password".into()));
		assert_eq!(exit_and_code(KeystoreError::InvalidName).0, 2);
	}

	#[test]
	fn messages_are_one_line_and_refusals_tell_their_code() {
		let failure = Failure::new(Exit::Refused, "not_permitted", "one\n\ttwo");
		assert_eq!(failure.to_string(), "refused (not_permitted): one two");
		let json = json!({"error": {"code": "not_permitted", "message": "one two"}});
		assert_eq!(json!(FailureReport { error: failure }), json);
	}
}
