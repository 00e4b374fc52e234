//! The story, step by step.

mod access;
mod bounties;
mod organisations;
mod records;
mod requests;
mod resilience;
mod tasks;

use crate::{step_log::StepLog, Options};
use anyhow::Result;
use medrec_client::chain::Chain;
use medrec_e2e::network::{Gatekeeper, Network, Node, Publication, Target, Terminal};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};

/// The processes of the story.
pub struct Demo<'a> {
	/// Hospital A's gatekeeper.
	pub gatekeeper: Gatekeeper<'a>,
	/// A terminal with the keys of all people, connected with hospital A's node.
	pub terminal: Terminal<'a>,
	/// A client of hospital A's node.
	pub chain: Chain,
	/// Hospital A's node, which votes.
	pub node_a: Node,
	/// Hospital B's node, which votes.
	pub node_b: Node,
	/// The first researcher's node, which mines.
	pub node_r1: Node,
	/// The second researcher's node, which mines.
	pub node_r2: Node,
	/// The folder for their files.
	pub network: &'a Network,
}

/// The enrolled parties of the story.
pub struct Parties {
	/// The patient's ID in hospital A's database.
	pub local_id: String,
	/// The patient P.
	pub patient: SubjectId,
	/// A clinician of hospital B.
	pub clinician: SubjectId,
}

/// The parties of the story, and the record that it is about.
pub struct Scenario {
	/// The patient and the clinician.
	pub parties: Parties,
	/// The relationship of P with hospital A.
	pub relationship: RelationshipId,
	/// A laboratory result of P, and another record, which stays as it is.
	pub publication: Publication,
}

impl Scenario {
	/// The record, as a query names it.
	pub fn target(&self) -> Target {
		(self.relationship, self.publication.record)
	}

	/// The other record.
	pub fn other_target(&self) -> Target {
		(self.relationship, self.publication.other_record)
	}
}

/// Tells the story. Then, unless this is a smoke test, the network stays up until the future is
/// dropped.
pub async fn tell(network: &Network, options: &Options, log: &mut StepLog) -> Result<()> {
	println!("The story of one record. All files are in {}\n", network.folder.display());

	let title = "Two hospitals' and two researchers' nodes start";
	let mut demo = log.step(0, title, organisations::start(network)).await?;

	let title = "A and R1 exist at genesis; B and R2 join, and B votes";
	log.step(1, title, organisations::join(&demo)).await?;

	let title = "A enrols P under a keyed identifier, and resolves it";
	let import = options.import.as_deref();
	let parties = log.step(2, title, records::enroll(&demo, import)).await?;

	let title = "A proposes, P accepts, and A's gatekeeper starts";
	let relate = records::relate(&mut demo, &parties);
	let relationship = log.step(3, title, relate).await?;

	let title = "A new result comes to the chain, and P is notified";
	let scenario = log.step(4, title, records::publish(&demo, parties, relationship)).await?;

	let title = "P reads and verifies the record, and a note of P's own";
	log.step(5, title, access::read(&demo, &scenario)).await?;

	let title = "A clinician of B asks, and is refused";
	log.step(6, title, access::ask_without_grant(&demo, &scenario)).await?;

	let title = "P grants two fields for treatment for a day";
	log.step(7, title, access::grant(&demo, &scenario)).await?;

	let title = "P revokes, and the next query is refused";
	log.step(8, title, access::revoke(&demo, &scenario)).await?;

	let title = "Forged and captured requests are refused";
	log.step(9, title, requests::attack(&demo, &scenario)).await?;

	let title = "A tampered row is not served, and P sees an alarm";
	log.step(10, title, records::tamper(&demo, &scenario)).await?;

	let title = "An update carries a bounty, and its miner collects the answer";
	let volunteers = log.step(11, title, bounties::earn(&mut demo, &scenario)).await?;

	let title = "P reads who saw what, proven against the anchored log";
	log.step(12, title, access::read_log(&demo, &scenario)).await?;

	let title = "A stranger's transaction and block are refused";
	log.step(13, title, organisations::intrude(&demo, &scenario)).await?;

	let title = "A's node and gatekeeper are killed, and lose nothing";
	log.step(14, title, resilience::crash(&mut demo, &scenario)).await?;

	let title = "The network is left for the five tasks of a newcomer";
	let newcomer = log.step(15, title, tasks::prepare(&demo, &volunteers)).await?;

	if !options.smoke {
		log.close();
		tasks::explain(&demo, &newcomer, options.keep_dir.is_some());
		std::future::pending().await
	}
	Ok(())
}
