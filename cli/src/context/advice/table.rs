//! The next steps after errors of the chain.

/// The next step after an error of the chain.
pub struct Advice {
	/// The error, as `Ppr.NotFound`.
	pub error: &'static str,
	/// The arguments of the call that it is about. The message names the first that the call has, and the
	/// [`SIGNER`] if it is among them.
	pub about: &'static [&'static str],
	/// What to do.
	pub next: &'static str,
}

const fn advice(error: &'static str, about: &'static [&'static str], next: &'static str) -> Advice {
	Advice { error, about, next }
}

/// Other words than the documentation of an error, which is that of another project or missing.
pub const WORDS: [(&str, &str); 7] = [
	("BadOrigin", "the account that signs may not do this"),
	("Council.NotMember", "only a provider may propose, vote or close in the council"),
	("Council.DuplicateProposal", "the same motion is open already"),
	("Council.ProposalMissing", "there is no such open motion"),
	("Council.DuplicateVote", "your vote is the same as before"),
	("Council.TooEarly", "the voting has not ended, and the votes do not decide it yet"),
	("Council.TooManyProposals", "the council has as many open motions as it can have"),
];

/// Stands for the account that signs the call.
pub const SIGNER: &str = "signer";

/// The names of the argument of a call that is a motion.
const MOTION: &[&str] = &["proposal", "proposal_hash"];

/// The next steps after the errors that a user of this command can meet.
pub const ADVICE: [Advice; 50] = [
	advice(
		"Registrar.NotFound",
		&["subject", "identifier"],
		"medrec registrar show NAME looks up a subject, and medrec registrar resolve-identifier \
		 IDENTIFIER an identifier",
	),
	advice(
		"Registrar.NotAuthorized",
		&[SIGNER, "subject", "identifier"],
		"a provider enrols subjects and changes those that it enrolled, and an organisation changes \
		 its own profile; act with its key (--key)",
	),
	advice(
		"Registrar.AccountTaken",
		&["account", "new_account"],
		"an account controls one subject; medrec registrar show ADDRESS tells whose it is, and medrec \
		 keys create NAME makes another key",
	),
	advice(
		"Registrar.AccountSpent",
		&["account", "new_account"],
		"an account serves once; medrec keys create NAME makes another key",
	),
	advice(
		"Registrar.AccountInUse",
		&["subject", "new_account"],
		"try again when what the account takes part in has ended; medrec council list shows motions",
	),
	advice(
		"Registrar.InvalidName",
		&["name"],
		"a name has at most 64 small letters, digits, dots and dashes, and begins and ends with a \
		 letter or a digit",
	),
	advice(
		"Registrar.NameTaken",
		&["name"],
		"choose another name; medrec registrar resolve NAME tells who has this one",
	),
	advice(
		"Registrar.InvalidRole",
		&["role"],
		"providers enrol patients, clinicians and devices; the council admits organisations with \
		 medrec registrar admit-provider and admit-researcher",
	),
	advice(
		"Registrar.IdentifierTaken",
		&["identifier"],
		"medrec registrar resolve-identifier IDENTIFIER tells to whom it is bound",
	),
	advice(
		"Registrar.TooManyIdentifiers",
		&["subject"],
		"unbind one that is not used with medrec registrar unbind-identifier",
	),
	advice(
		"Registrar.InvalidProfile",
		&[],
		"a gatekeeper, peers and a finality key are for providers, a mining key is for researchers",
	),
	advice(
		"Registrar.InvalidGatekeeper",
		&["device"],
		"the gatekeeper's device is enrolled by the same provider: medrec registrar enroll --role \
		 device",
	),
	advice("Registrar.KeyTaken", &[], "each organisation has keys of its own; make another one"),
	advice(
		"Registrar.TooManyProviders",
		&["name"],
		"a provider that has left can be retired with medrec registrar set-status",
	),
	advice(
		"Registrar.TooManyMiners",
		&["name"],
		"a miner that has left can be retired with medrec registrar set-status",
	),
	advice("Registrar.LastProvider", &["subject"], "admit another provider first"),
	advice("Registrar.LastMiner", &["subject"], "admit another researcher with a mining key first"),
	advice(
		"Registrar.Retired",
		&["subject"],
		"a retired subject never returns; enrol or admit a new one with another account",
	),
	advice(
		"Registrar.StatusUnchanged",
		&["subject", "status"],
		"nothing is left to do; medrec registrar show NAME tells the status",
	),
	advice(
		"Ppr.NotFound",
		&["grant", "grantee", "relationship"],
		"medrec summary show lists your relationships, and medrec ppr show their grants",
	),
	advice(
		"Ppr.NotAuthorized",
		&[SIGNER, "relationship", "patient"],
		"a provider proposes and withdraws, and a patient accepts, declines, permits and denies; medrec \
		 summary show tells your part; act with the key of the party (--key)",
	),
	advice(
		"Ppr.AlreadyExists",
		&["patient", "record"],
		"medrec summary show lists your relationships, also proposed ones",
	),
	advice(
		"Ppr.NotProposed",
		&["relationship"],
		"medrec summary show tells its state; medrec ppr terminate ends an active one, and after an \
		 end the provider can propose a new one",
	),
	advice(
		"Ppr.NotActive",
		&["relationship"],
		"medrec summary show tells its state; the patient accepts one that is proposed, and the \
		 provider can propose a new one after an end",
	),
	advice(
		"Ppr.PatientNotFound",
		&["patient"],
		"give the subject of an active patient; a provider enrols one with medrec registrar enroll \
		 --role patient",
	),
	advice("Ppr.RecordNotFound", &["record"], "medrec records list lists the records"),
	advice(
		"Ppr.GranteeNotFound",
		&["grantee"],
		"give an active subject, by its name, ID or account; medrec registrar show NAME looks it up",
	),
	advice(
		"Ppr.GranteeIsParty",
		&["grantee"],
		"the patient reads without a permission, and the provider has the records in its own \
		 database; nothing is left to do",
	),
	advice("Ppr.EmptyPurposes", &[], "name a purpose with --purpose"),
	advice("Ppr.EmptyScope", &[], "name what the grant covers: a record, a category, or all"),
	advice(
		"Ppr.EmptyPeriod",
		&["expires_at"],
		"choose an end that is later than now and than the beginning, with --for or --until",
	),
	advice(
		"Ppr.TooManyNotes",
		&["relationship"],
		"amend an earlier note with medrec records amend-note",
	),
	advice(
		"Ppr.TooManyGrants",
		&["grantee", "relationship"],
		"revoke grants that have ended or are not needed; medrec ppr show lists them",
	),
	advice(
		"Summary.NotFound",
		&["relationship"],
		"medrec summary show lists your relationships",
	),
	advice(
		"MiningBounty.NotAuthorized",
		&[SIGNER, "dataset"],
		"act with the key of the provider whose dataset it is (--key); medrec bounties datasets \
		 lists datasets",
	),
	advice("MiningBounty.NotFound", &["bounty"], "medrec bounties list lists bounties"),
	advice(
		"MiningBounty.InvalidRules",
		&["dataset"],
		"give a template, a budget and a period, and groups that are large enough",
	),
	advice("MiningBounty.NotOpen", &["bounty"], "medrec bounties show BOUNTY tells its state"),
	advice(
		"MiningBounty.NotExpired",
		&["bounty"],
		"medrec bounties show BOUNTY tells when it expires",
	),
	advice("Council.DuplicateProposal", &[], "vote on it; medrec council list shows it"),
	advice("Council.ProposalMissing", MOTION, "medrec council list lists open motions"),
	advice("Council.WrongIndex", MOTION, "medrec council list lists open motions"),
	advice(
		"Council.DuplicateVote",
		MOTION,
		"it counts already; the other vote replaces it",
	),
	advice(
		"Council.TooEarly",
		MOTION,
		"wait for more votes, or for the end of the voting; medrec council list shows both",
	),
	advice(
		"Council.TooManyProposals",
		&[],
		"close motions that are decided, with medrec council close",
	),
	advice("Council.NotMember", &[SIGNER], "the council consists of the admitted providers"),
	advice(
		"Council.WrongProposalWeight",
		MOTION,
		"the motion is too heavy to be made; propose a smaller one",
	),
	advice("Council.WrongProposalLength", MOTION, "medrec council list lists open motions"),
	advice("BadOrigin", &[SIGNER], "act with a key that has the right (--key)"),
	advice("CallFiltered", &[], "this chain does not allow the call"),
];
