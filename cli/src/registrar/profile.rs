//! `medrec registrar set-profile`.

use crate::{
	cli::Wait,
	context::{sent, Context},
	failure::Failure,
	party::{not_found, Party},
	report::Report,
	values::{self, Peer},
	view,
};
use clap::{ArgGroup, Args, ValueHint};
use medrec_client::chain::RegistrarCall;
use medrec_primitives::{
	identity::{is_valid_name, Gatekeeper, Name, Profile, SubjectId},
	H256,
};
use serde_json::json;

/// `registrar set-profile`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args([
	"gatekeeper_url", "gatekeeper_device", "no_gatekeeper", "peers", "no_peers", "mining_key",
	"no_mining_key", "finality_key", "no_finality_key",
]))]
pub struct SetProfile {
	/// Where your gatekeeper is reached, as https://gate.example.org.
	#[arg(long, value_name = "URL", value_parser = values::gatekeeper_url,
		value_hint = ValueHint::Url)]
	pub gatekeeper_url: Option<String>,
	/// The device whose key your gatekeeper holds.
	#[arg(long, value_name = "SUBJECT|ADDRESS")]
	pub gatekeeper_device: Option<Party>,
	/// Have no gatekeeper any more.
	#[arg(long, conflicts_with_all = ["gatekeeper_url", "gatekeeper_device"])]
	pub no_gatekeeper: bool,
	/// The libp2p identities of your nodes, all of them.
	#[arg(long = "peer", value_name = "PEER", value_parser = values::peer, num_args = 1..)]
	pub peers: Vec<Peer>,
	/// Name no nodes any more.
	#[arg(long, conflicts_with = "peers")]
	pub no_peers: bool,
	/// The Ed25519 public key that signs your seals.
	#[arg(long, value_name = "KEY", value_parser = values::hash)]
	pub mining_key: Option<H256>,
	/// Mine no more.
	#[arg(long, conflicts_with = "mining_key")]
	pub no_mining_key: bool,
	/// Your vote on finality: an Ed25519 public key.
	#[arg(long, value_name = "KEY", value_parser = values::hash)]
	pub finality_key: Option<H256>,
	/// Vote on finality no more.
	#[arg(long, conflicts_with = "finality_key")]
	pub no_finality_key: bool,
}

pub(super) async fn run(context: &Context, args: SetProfile) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let me = context.me(&at).await?;
	let present = at.profile(me).await?;
	let present = present.ok_or_else(|| not_found("your subject is not an organisation"))?;
	let device = match &args.gatekeeper_device {
		Some(device) => Some(device.resolve(&at).await?),
		None => None,
	};
	let profile = change(present, args, device)?;
	let json = json!({ "subject": me, "profile": view::profile_json(&profile) });
	let included = context.send(&chain, RegistrarCall::SetProfile { profile }, Wait::Final).await?;
	Ok(sent(&included, "The profile is set.", json))
}

/// The profile with what is said changed, and all else as it is.
fn change(
	mut profile: Profile,
	args: SetProfile,
	device: Option<SubjectId>,
) -> Result<Profile, Failure> {
	if args.no_gatekeeper {
		profile.gatekeeper = None;
	} else if args.gatekeeper_url.is_some() || device.is_some() {
		let (old_url, old_device) = match profile.gatekeeper {
			Some(Gatekeeper { url, device }) => (Some(url), Some(device)),
			None => (None, None),
		};
		let url = match args.gatekeeper_url {
			Some(url) => Some(url.into_bytes().try_into().map_err(|_| {
				Failure::usage("usage", "the gatekeeper's address is longer than 256 bytes")
			})?),
			None => old_url,
		};
		let (Some(url), Some(device)) = (url, device.or(old_device)) else {
			let message = "a gatekeeper has an address and a device: give both --gatekeeper-url \
			               and --gatekeeper-device";
			return Err(Failure::usage("usage", message));
		};
		profile.gatekeeper = Some(Gatekeeper { url, device });
	}
	if args.no_peers || !args.peers.is_empty() {
		set_peers(&mut profile, args.peers)?;
	}
	if args.no_mining_key || args.mining_key.is_some() {
		profile.mining_key = args.mining_key.map(|key| key.0);
	}
	if args.no_finality_key || args.finality_key.is_some() {
		profile.finality_key = args.finality_key.map(|key| key.0);
	}
	Ok(profile)
}

/// Sets the identities of nodes in a profile.
pub(super) fn set_peers(profile: &mut Profile, peers: Vec<Peer>) -> Result<(), Failure> {
	let too_many = || Failure::usage("usage", "a profile names at most 8 nodes");
	profile.peers = Default::default();
	for Peer(peer) in peers {
		let peer = peer.try_into().map_err(|_| too_many())?;
		profile.peers.try_push(peer).map_err(|_| too_many())?;
	}
	Ok(())
}

/// The name of an organisation, if it may be one.
pub(super) fn name_of(text: &str) -> Result<Name, Failure> {
	let wrong = || {
		let message = "a name is 1 to 64 letters a-z, digits, dots and dashes, and begins and \
		               ends with a letter or a digit";
		Failure::usage("invalid_name", message)
	};
	match is_valid_name(text.as_bytes()) {
		true => text.as_bytes().to_vec().try_into().map_err(|_| wrong()),
		false => Err(wrong()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::cli::{Cli, Command};
	use clap::Parser;

	const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

	fn said(line: &str) -> SetProfile {
		let words = ["medrec", "registrar", "set-profile"].into_iter();
		let cli = Cli::try_parse_from(words.chain(line.split(' '))).unwrap();
		match cli.command {
			Command::Registrar(super::super::RegistrarCommand::SetProfile(args)) => args,
			other => panic!("{other:?}"),
		}
	}

	fn full() -> Profile {
		let device = Some(H256::repeat_byte(1));
		let line = format!("--gatekeeper-url https://a --peer {PEER}");
		let mut profile = change(Profile::default(), said(&line), device).unwrap();
		profile.finality_key = Some([5; 32]);
		profile
	}

	#[test]
	fn what_is_left_out_stays() {
		let changed = change(full(), said("--gatekeeper-url https://b"), None).unwrap();
		let gatekeeper = changed.gatekeeper.clone().unwrap();
		assert_eq!(gatekeeper.url.to_vec(), b"https://b");
		assert_eq!(gatekeeper.device, H256::repeat_byte(1));
		assert_eq!((changed.peers.len(), changed.finality_key), (1, Some([5; 32])));
	}

	#[test]
	fn each_part_can_be_taken_out() {
		assert_eq!(change(full(), said("--no-gatekeeper"), None).unwrap().gatekeeper, None);
		assert!(change(full(), said("--no-peers"), None).unwrap().peers.is_empty());
		let voteless = change(full(), said("--no-finality-key"), None).unwrap();
		assert_eq!(voteless.finality_key, None);
		assert!(voteless.gatekeeper.is_some());
	}

	#[test]
	fn a_gatekeeper_has_an_address_and_a_device() {
		let line = said("--gatekeeper-url https://a");
		let failure = change(Profile::default(), line, None).unwrap_err();
		assert!(failure.message.contains("--gatekeeper-device"), "{}", failure.message);
	}

	#[test]
	fn a_profile_names_a_few_nodes() {
		let peers = vec![Peer(vec![0; 38]); 9];
		assert!(set_peers(&mut Profile::default(), peers).is_err());
		assert!(set_peers(&mut Profile::default(), vec![Peer(vec![0; 65])]).is_err());
	}

	#[test]
	fn names_are_checked_before_anything_is_sent() {
		assert_eq!(name_of("hospital-b").unwrap().to_vec(), b"hospital-b");
		assert!(name_of("Hospital B").is_err());
	}
}
