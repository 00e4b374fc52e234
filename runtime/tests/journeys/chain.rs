//! A chain in memory, with the preset of a development network.

use medrec_primitives::{
	identity::{Profile, Role, SubjectId},
	record::{Pointer, RecordId, Release},
	relationship::{Grantee, Purpose, RelationshipId, Scope},
	AccountId, Moment, H256,
};
use medrec_runtime::{
	genesis, Executive, Header, Registrar, Runtime, RuntimeCall, System, TxExtension,
	UncheckedExtrinsic,
};
use parity_scale_codec::Encode;
use sp_core::{sr25519, Pair};
use sp_runtime::{
	generic::{Digest, DigestItem, Era, SignedPayload},
	traits::{Header as _, IdentifyAccount, Verify},
	transaction_validity::{TransactionSource, TransactionValidity, TransactionValidityError},
	DispatchError, MultiSignature,
};

/// When the chain begins.
pub const START: Moment = 1_700_000_000_000;

/// A chain whose current block is open.
pub struct Chain {
	time: Moment,
}

/// The key of the account with this development path, as `"ProviderA"`.
pub fn key(name: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(&format!("//{name}"), None).expect("the path is well formed")
}

/// Its account.
pub fn account(name: &str) -> AccountId {
	<MultiSignature as Verify>::Signer::from(key(name).public()).into_account()
}

/// The subject that it controls.
pub fn subject(name: &str) -> SubjectId {
	Registrar::subject_of(&account(name)).expect("the account is bound")
}

/// Runs `story` on a new chain with one block open, and closes the last one at the end.
pub fn on_a_chain(story: impl FnOnce(&mut Chain)) {
	let json = genesis::preset(&genesis::LOCAL.into()).expect("the preset is there");
	let mut externalities = sp_io::TestExternalities::default();
	externalities.execute_with(|| {
		genesis::build(json).expect("the preset builds");
		let mut chain = Chain { time: START };
		chain.open(subject("ResearcherOne"));
		story(&mut chain);
		chain.close();
	});
}

impl Chain {
	fn open(&mut self, author: SubjectId) {
		let number = System::block_number() + 1;
		let digest = Digest {
			logs: vec![DigestItem::PreRuntime(sp_consensus_pow::POW_ENGINE_ID, author.encode())],
		};
		let header = Header::new(
			number,
			H256::zero(),
			H256::zero(),
			H256::repeat_byte(number as u8),
			digest,
		);
		Executive::initialize_block(&header);
		let inherent =
			UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(pallet_timestamp::Call::set {
				now: self.time,
			}));
		Executive::apply_extrinsic(inherent)
			.expect("the inherent is valid")
			.expect("the inherent succeeds");
	}

	fn close(&mut self) {
		Executive::finalize_block();
	}

	/// Closes the block and opens the next one, a second later and by the same author.
	pub fn next_block(&mut self) {
		let author = pallet_pow::CurrentAuthor::<Runtime>::get().expect("a block has an author");
		self.next_block_by(author, 1_000);
	}

	/// Closes the block and opens the next one by `author`, `later` milliseconds later.
	pub fn next_block_by(&mut self, author: SubjectId, later: Moment) {
		self.next_block_after(author, later, || ());
	}

	/// The same, with a look at the state between the two blocks, as nodes see it.
	pub fn next_block_after(&mut self, author: SubjectId, later: Moment, look: impl FnOnce()) {
		self.close();
		look();
		self.time += later;
		self.open(author);
	}

	/// The time of the open block.
	pub fn now(&self) -> Moment {
		self.time
	}

	/// A transaction as the holder of the development key would send it.
	pub fn signed(&self, name: &str, call: RuntimeCall) -> UncheckedExtrinsic {
		let nonce = System::account_nonce(account(name));
		let extension: TxExtension = (
			medrec_runtime::extensions::AdmitSubject,
			frame_system::CheckNonZeroSender::new(),
			frame_system::CheckSpecVersion::new(),
			frame_system::CheckTxVersion::new(),
			frame_system::CheckGenesis::new(),
			frame_system::CheckMortality::from(Era::Immortal),
			frame_system::CheckNonce::from(nonce),
			frame_system::CheckWeight::new(),
		);
		let payload =
			SignedPayload::new(call.clone(), extension.clone()).expect("the payload is complete");
		let signature = payload.using_encoded(|bytes| key(name).sign(bytes));
		UncheckedExtrinsic::new_signed(
			call,
			account(name).into(),
			MultiSignature::Sr25519(signature),
			extension,
		)
	}

	/// What the transaction pool says to it.
	pub fn validate(&self, name: &str, call: impl Into<RuntimeCall>) -> TransactionValidity {
		let transaction = self.signed(name, call.into());
		Executive::validate_transaction(TransactionSource::External, transaction, H256::zero())
	}

	/// Sends a transaction into the open block: refused at the door, failed, or done.
	pub fn send(
		&self,
		name: &str,
		call: impl Into<RuntimeCall>,
	) -> Result<Result<(), DispatchError>, TransactionValidityError> {
		Executive::apply_extrinsic(self.signed(name, call.into()))
	}

	/// Sends a transaction that succeeds.
	pub fn act(&self, name: &str, call: impl Into<RuntimeCall>) {
		let call = call.into();
		self.send(name, call.clone())
			.unwrap_or_else(|tx_error| panic!("{name} is refused: {tx_error:?} for {call:?}"))
			.unwrap_or_else(|error| panic!("{name} fails: {error:?} for {call:?}"));
	}

	/// Sends a transaction that is admitted and fails.
	pub fn fails(&self, name: &str, call: impl Into<RuntimeCall>) -> DispatchError {
		self.send(name, call)
			.expect("the transaction is admitted")
			.expect_err("the transaction fails")
	}

	/// `provider` enrols the account of `name`.
	pub fn enroll(&self, provider: &str, name: &str, role: Role) -> SubjectId {
		self.act(
			provider,
			pallet_registrar::Call::enroll {
				account: account(name),
				role,
				identifier: None,
				encryption_key: None,
			},
		);
		subject(name)
	}

	/// `provider` and `patient` come to be in a relationship.
	pub fn relate(&self, provider: &str, patient: &str) -> RelationshipId {
		self.act(provider, pallet_ppr::Call::propose { patient: subject(patient) });
		let relationship = pallet_ppr::Pairs::<Runtime>::get(subject(provider), subject(patient))
			.expect("it was proposed");
		self.act(patient, pallet_ppr::Call::accept { relationship });
		relationship
	}
}

/// A call that moves that the council make `call`.
pub fn motion(threshold: u32, call: impl Into<RuntimeCall>) -> RuntimeCall {
	let proposal = Box::new(call.into());
	let length_bound = proposal.encoded_size() as u32;
	RuntimeCall::Council(pallet_collective::Call::propose { threshold, proposal, length_bound })
}

/// A call that admits a provider of this name, with this vote on finality.
pub fn provider_with_vote(name: &str, vote: u8) -> pallet_registrar::Call<Runtime> {
	pallet_registrar::Call::admit_provider {
		account: account(name),
		name: name.to_lowercase().into_bytes().try_into().expect("the name is short"),
		profile: Profile { finality_key: Some([vote; 32]), ..Default::default() },
	}
}

/// A call that posts a record.
pub fn post(relationship: RelationshipId, record: RecordId) -> pallet_ppr::Call<Runtime> {
	pallet_ppr::Call::post_record {
		relationship,
		record,
		commitment: H256::repeat_byte(7),
		pointer: Pointer { template: H256::repeat_byte(8), handle: Default::default() },
		category: 3,
		release: Release::Released,
	}
}

/// A call that grants everything for treatment, for an hour.
pub fn grant_all(
	relationship: RelationshipId,
	grantee: SubjectId,
	now: Moment,
) -> pallet_ppr::Call<Runtime> {
	pallet_ppr::Call::grant {
		relationship,
		grantee: Grantee::Subject(grantee),
		scope: Scope::All,
		purposes: [Purpose::Treat]
			.into_iter()
			.collect::<std::collections::BTreeSet<_>>()
			.try_into()
			.expect("one purpose is within the bound"),
		not_before: None,
		expires_at: Some(now + 3_600_000),
	}
}
