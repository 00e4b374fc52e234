//! `medrec registrar set-profile`: what an organisation shows of itself.

use crate::{
	context::{Context, Submitted},
	directory::Directory,
	failure::{Failure, OrNotFound, Result},
	output::{Output, Report},
	page::{Cell, Page},
	parse::{self, AccountRef, Party, Peer},
	text::list,
};
use clap::{ArgGroup, Args};
use medrec_client::chain::RegistrarCall;
use medrec_primitives::identity::{FinalityKey, Gatekeeper, MiningKey, Profile, SubjectId};
use medrec_protocol::keys::Scheme;
use serde::Serialize;

#[derive(Debug, Args)]
#[command(override_usage = "medrec registrar set-profile [OPTIONS]")]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args([
	"gatekeeper_url", "gatekeeper_device", "no_gatekeeper", "peers", "no_peers", "mining_key",
	"no_mining_key", "finality_key", "no_finality_key",
]))]
pub struct SetProfile {
	/// The URL of your gatekeeper, as `https://gate.example.org`.
	#[arg(long, value_name = "URL", value_parser = parse::gatekeeper_url)]
	gatekeeper_url: Option<String>,
	/// The device whose key your gatekeeper holds.
	#[arg(long, value_name = "NAME|ID")]
	gatekeeper_device: Option<Party>,
	/// Remove the gatekeeper.
	#[arg(long, hide_short_help = true, conflicts_with_all = ["gatekeeper_url", "gatekeeper_device"])]
	no_gatekeeper: bool,
	/// The libp2p identities of all your nodes.
	#[arg(long = "peer", value_name = "PEER", num_args = 1..)]
	peers: Vec<Peer>,
	/// Remove the identities of your nodes.
	#[arg(long, hide_short_help = true, conflicts_with = "peers")]
	no_peers: bool,
	/// The Ed25519 key that signs your seals: a public key, or a key in the keystore.
	#[arg(long, value_name = "KEY")]
	mining_key: Option<AccountRef>,
	/// Remove the mining key, and mine no more.
	#[arg(long, hide_short_help = true, conflicts_with = "mining_key")]
	no_mining_key: bool,
	/// The Ed25519 key of your votes: a public key, or a key in the keystore.
	#[arg(long, value_name = "KEY")]
	finality_key: Option<AccountRef>,
	/// Remove the finality key, and vote no more.
	#[arg(long, hide_short_help = true, conflicts_with = "finality_key")]
	no_finality_key: bool,
}

/// The public key of an argument, which is an Ed25519 key if it is in the keystore.
pub(super) fn ed25519(context: &Context, key: Option<AccountRef>) -> Result<Option<[u8; 32]>> {
	let Some(key) = key else { return Ok(None) };
	if let AccountRef::Key(name) = &key {
		let scheme = context.keystore.get(name)?.scheme()?;
		if scheme != Some(Scheme::Ed25519) {
			let message = format!(
				"{name} is no Ed25519 key; make one with medrec keys create NAME --scheme ed25519"
			);
			return Err(Failure::usage("wrong_scheme", message));
		}
	}
	Ok(Some(context.account(&key)?.into()))
}

/// The profile of an organisation.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = Profile)]
pub struct ProfileView {
	/// The gatekeeper.
	gatekeeper: Option<GatekeeperView>,
	/// The libp2p identities of its nodes.
	peers: Vec<String>,
	/// The Ed25519 public key that signs its seals.
	mining_key: Option<MiningKey>,
	/// The Ed25519 public key of its votes on finality.
	finality_key: Option<FinalityKey>,
}

/// The gatekeeper in the profile of a provider.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = ProfileGatekeeper)]
struct GatekeeperView {
	/// Its URL.
	url: String,
	/// The device whose key it holds.
	device: SubjectId,
	/// What the device is called.
	device_name: String,
}

impl ProfileView {
	/// The view of a profile.
	pub(super) async fn of(
		directory: &mut Directory<'_>,
		profile: &Profile,
	) -> Result<ProfileView> {
		let gatekeeper = match &profile.gatekeeper {
			Some(Gatekeeper { url, device }) => Some(GatekeeperView {
				url: String::from_utf8_lossy(url).into_owned(),
				device: *device,
				device_name: directory.name(*device).await?,
			}),
			None => None,
		};
		let peers = profile.peers.iter().map(|peer| bs58::encode(peer).into_string()).collect();
		let Profile { mining_key, finality_key, .. } = *profile;
		Ok(ProfileView { gatekeeper, peers, mining_key, finality_key })
	}
}

impl ProfileView {
	/// The parts of the profile with their names.
	pub(super) fn facts(&self) -> [(&'static str, Cell); 5] {
		let gatekeeper = self.gatekeeper.as_ref();
		let peers = (!self.peers.is_empty()).then(|| list(&self.peers, ""));
		[
			("gatekeeper", Cell::maybe(gatekeeper, |gatekeeper| Cell::word(&gatekeeper.url))),
			(
				"its device",
				Cell::maybe(gatekeeper, |gatekeeper| Cell::words(&gatekeeper.device_name)),
			),
			("nodes", Cell::maybe(peers, Cell::Words)),
			("mining key", Cell::maybe(self.mining_key, Cell::id)),
			("finality key", Cell::maybe(self.finality_key, Cell::id)),
		]
	}
}

#[cfg(test)]
impl ProfileView {
	/// A profile with nothing but a mining key.
	pub(super) fn with_mining_key(key: MiningKey) -> ProfileView {
		let (gatekeeper, peers, finality_key) = (None, Vec::new(), None);
		ProfileView { gatekeeper, peers, mining_key: Some(key), finality_key }
	}
}

/// A profile that was set.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ProfileSet {
	/// The organisation.
	subject: SubjectId,
	/// Its profile from now on.
	profile: ProfileView,
}

impl Report for ProfileSet {
	fn page(&self) -> Page {
		let facts = self.profile.facts();
		match facts.iter().all(|(_, value)| *value == Cell::None) {
			true => Page::of("The profile is set, and empty."),
			false => Page::of("The profile is set:").facts(facts),
		}
	}
}

pub(super) async fn set_profile(context: &Context, args: SetProfile) -> Result<Output> {
	let keys = Keys {
		mining: ed25519(context, args.mining_key.clone())?.map(MiningKey),
		finality: ed25519(context, args.finality_key.clone())?.map(FinalityKey),
	};
	let session = context.connect().await?;
	let subject = session.me().await?;
	let present = session.at().profile(subject).await?;
	let present = present.or_not_found(
		"your subject is not an organisation, and only those have a profile; choose another key with \
		 --key",
	)?;
	let device = match &args.gatekeeper_device {
		Some(device) => Some(session.resolve(device).await?),
		None => None,
	};
	let profile = change(present, args, device, keys)?;
	let view = ProfileView::of(&mut session.directory().await?, &profile).await?;
	let included = session.submit(RegistrarCall::set_profile { profile }).await?;
	Ok(Output::of(&Submitted::new(&included, ProfileSet { subject, profile: view })))
}

/// The keys that the arguments name.
#[derive(Clone, Copy, Debug, Default)]
struct Keys {
	mining: Option<MiningKey>,
	finality: Option<FinalityKey>,
}

/// A profile with the changes of the arguments.
fn change(
	mut profile: Profile,
	args: SetProfile,
	device: Option<SubjectId>,
	keys: Keys,
) -> Result<Profile> {
	if args.no_gatekeeper {
		profile.gatekeeper = None;
	} else if args.gatekeeper_url.is_some() || device.is_some() {
		let (old_url, old_device) =
			profile.gatekeeper.map(|Gatekeeper { url, device }| (url, device)).unzip();
		let url = match args.gatekeeper_url {
			Some(url) => Some(url.into_bytes().try_into().map_err(|_| {
				Failure::usage("usage", "the URL of the gatekeeper is longer than 256 bytes")
			})?),
			None => old_url,
		};
		let (Some(url), Some(device)) = (url, device.or(old_device)) else {
			let message = "a gatekeeper has a URL and a device; give both --gatekeeper-url and \
			               --gatekeeper-device";
			return Err(Failure::usage("usage", message));
		};
		profile.gatekeeper = Some(Gatekeeper { url, device });
	}
	if args.no_peers || !args.peers.is_empty() {
		set_peers(&mut profile, args.peers)?;
	}
	if args.no_mining_key || keys.mining.is_some() {
		profile.mining_key = keys.mining;
	}
	if args.no_finality_key || keys.finality.is_some() {
		profile.finality_key = keys.finality;
	}
	Ok(profile)
}

/// Replaces the identities of nodes in a profile.
pub(super) fn set_peers(profile: &mut Profile, peers: Vec<Peer>) -> Result<()> {
	let too_many = || Failure::usage("usage", "a profile names at most 8 nodes");
	profile.peers = Default::default();
	for Peer(peer) in peers {
		let peer = peer.try_into().map_err(|_| too_many())?;
		profile.peers.try_push(peer).map_err(|_| too_many())?;
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::{Command, FromArgMatches};

	const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

	/// The changes of a command line that names no keys.
	fn change(profile: Profile, args: SetProfile, device: Option<SubjectId>) -> Result<Profile> {
		super::change(profile, args, device, Keys::default())
	}

	fn parsed(line: &str) -> SetProfile {
		let command = SetProfile::augment_args(Command::new("set-profile").no_binary_name(true));
		SetProfile::from_arg_matches(&command.get_matches_from(line.split(' '))).unwrap()
	}

	fn full() -> Profile {
		let device = Some(SubjectId::repeat_byte(1));
		let line = format!("--gatekeeper-url https://a --peer {PEER}");
		let mut profile = change(Profile::default(), parsed(&line), device).unwrap();
		profile.finality_key = Some(FinalityKey([5; 32]));
		profile
	}

	#[test]
	fn the_rest_of_a_profile_stays() {
		let changed = change(full(), parsed("--gatekeeper-url https://b"), None).unwrap();
		let gatekeeper = changed.gatekeeper.clone().unwrap();
		assert_eq!(gatekeeper.url.to_vec(), b"https://b");
		assert_eq!(gatekeeper.device, SubjectId::repeat_byte(1));
		assert_eq!(changed.peers.len(), 1);
		assert_eq!(changed.finality_key, Some(FinalityKey([5; 32])));
	}

	#[test]
	fn each_part_can_be_removed() {
		assert_eq!(change(full(), parsed("--no-gatekeeper"), None).unwrap().gatekeeper, None);
		assert!(change(full(), parsed("--no-peers"), None).unwrap().peers.is_empty());
		let voteless = change(full(), parsed("--no-finality-key"), None).unwrap();
		assert_eq!(voteless.finality_key, None);
		assert!(voteless.gatekeeper.is_some());
	}

	#[test]
	fn a_gatekeeper_has_a_url_and_a_device() {
		let line = parsed("--gatekeeper-url https://a");
		let failure = change(Profile::default(), line, None).unwrap_err();
		assert!(failure.message.contains("--gatekeeper-device"), "{}", failure.message);
	}

	#[test]
	fn a_profile_that_was_set_is_shown() {
		let profile = ProfileView {
			gatekeeper: None,
			peers: vec![PEER.to_owned()],
			mining_key: None,
			finality_key: None,
		};
		let empty = ProfileView { peers: Vec::new(), ..profile.clone() };
		let text = |profile| {
			let set = ProfileSet { subject: SubjectId::repeat_byte(1), profile };
			set.page().shows(&["The profile is set"])
		};
		assert_eq!(text(profile), format!("The profile is set:\nnodes  {PEER}"));
		assert_eq!(text(empty), "The profile is set, and empty.");
	}

	#[test]
	fn a_profile_names_at_most_eight_nodes() {
		let peers = vec![Peer(vec![0; 38]); 9];
		assert!(set_peers(&mut Profile::default(), peers).is_err());
		assert!(set_peers(&mut Profile::default(), vec![Peer(vec![0; 65])]).is_err());
	}
}
