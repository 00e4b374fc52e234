//! `medrec registrar admit-provider` and `admit-researcher`: motions of the council.

use super::profile::{name_of, set_peers};
use crate::{
	context::Context,
	council,
	failure::Failure,
	report::Report,
	values::{self, Peer},
};
use clap::Args;
use medrec_client::chain::RegistrarCall;
use medrec_primitives::{identity::Profile, AccountId, H256};

/// `registrar admit-provider`.
#[derive(Debug, Args)]
pub struct AdmitProvider {
	#[command(flatten)]
	pub organisation: Organisation,
	/// Its vote on finality: an Ed25519 public key. Without one it does not vote.
	#[arg(long, value_name = "KEY", value_parser = values::hash)]
	pub finality_key: Option<H256>,
}

/// `registrar admit-researcher`.
#[derive(Debug, Args)]
pub struct AdmitResearcher {
	#[command(flatten)]
	pub organisation: Organisation,
	/// The Ed25519 public key that signs its seals. Without one it does not mine.
	#[arg(long, value_name = "KEY", value_parser = values::hash)]
	pub mining_key: Option<H256>,
}

/// A new organisation.
#[derive(Debug, Args)]
pub struct Organisation {
	/// The account that controls it.
	#[arg(long, value_name = "ADDRESS", value_parser = values::account)]
	pub account: AccountId,
	/// Its name: up to 64 letters a-z, digits, dots and dashes.
	#[arg(long, value_name = "NAME")]
	pub name: String,
	/// The libp2p identities of its nodes.
	#[arg(long = "peer", value_name = "PEER", value_parser = values::peer, num_args = 1..)]
	pub peers: Vec<Peer>,
}

pub(super) async fn provider(context: &Context, args: AdmitProvider) -> Result<Report, Failure> {
	let Organisation { account, name, peers } = args.organisation;
	let finality_key = args.finality_key.map(|key| key.0);
	let mut profile = Profile { finality_key, ..Profile::default() };
	set_peers(&mut profile, peers)?;
	let call = RegistrarCall::AdmitProvider { account, name: name_of(&name)?, profile };
	council::propose(context, call.into()).await
}

pub(super) async fn researcher(
	context: &Context,
	args: AdmitResearcher,
) -> Result<Report, Failure> {
	let Organisation { account, name, peers } = args.organisation;
	let mining_key = args.mining_key.map(|key| key.0);
	let mut profile = Profile { mining_key, ..Profile::default() };
	set_peers(&mut profile, peers)?;
	let call = RegistrarCall::AdmitResearcher { account, name: name_of(&name)?, profile };
	council::propose(context, call.into()).await
}
