//! A chain in memory, with the genesis of a development network.

use medrec_primitives::{
	identity::{FinalityKey, Profile, Role, SubjectId},
	record::{Category, Commitment, Pointer, RecordId, Release, TemplateHash},
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

/// The time of the first block.
pub const START: Moment = 1_700_000_000_000;

/// A chain with an open block.
pub struct Chain {
	time: Moment,
}

/// The key with this derivation path, as `"ProviderA"`.
pub fn key(name: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(&format!("//{name}"), None).expect("the path is valid")
}

/// The account of this key.
pub fn account(name: &str) -> AccountId {
	<MultiSignature as Verify>::Signer::from(key(name).public()).into_account()
}

/// The subject that this account controls.
pub fn subject(name: &str) -> SubjectId {
	Registrar::subject_of(&account(name)).expect("the account controls a subject")
}

/// Runs `test` on a new chain with an open block, and closes the last block after it.
pub fn on_a_chain(test: impl FnOnce(&mut Chain)) {
	let json = genesis::preset(&genesis::LOCAL.into()).expect("the preset exists");
	let mut externalities = sp_io::TestExternalities::default();
	externalities.execute_with(|| {
		genesis::build(json).expect("the preset builds");
		let mut chain = Chain { time: START };
		chain.open(subject("ResearcherOne"));
		test(&mut chain);
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

	/// Closes the block and opens the next one by the same author, a second later.
	pub fn next_block(&mut self) {
		let author = pallet_pow::CurrentAuthor::<Runtime>::get().expect("a block has an author");
		self.next_block_by(author, 1_000);
	}

	/// Closes the block and opens the next one by `author`, `later` milliseconds later.
	pub fn next_block_by(&mut self, author: SubjectId, later: Moment) {
		self.next_block_after(author, later, || ());
	}

	/// As [`Self::next_block_by`]; `inspect` reads the state between the two blocks, as nodes do.
	pub fn next_block_after(&mut self, author: SubjectId, later: Moment, inspect: impl FnOnce()) {
		self.close();
		inspect();
		self.time += later;
		self.open(author);
	}

	/// The time of the open block.
	pub fn now(&self) -> Moment {
		self.time
	}

	/// A transaction that this key signs.
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
			SignedPayload::new(call.clone(), extension.clone()).expect("the payload is valid");
		let signature = payload.using_encoded(|bytes| key(name).sign(bytes));
		UncheckedExtrinsic::new_signed(
			call,
			account(name).into(),
			MultiSignature::Sr25519(signature),
			extension,
		)
	}

	/// The validation of the transaction for the pool.
	pub fn validate(&self, name: &str, call: impl Into<RuntimeCall>) -> TransactionValidity {
		let transaction = self.signed(name, call.into());
		Executive::validate_transaction(TransactionSource::External, transaction, H256::zero())
	}

	/// Applies a transaction to the open block. The outer error rejects it, the inner one is of its call.
	pub fn send(
		&self,
		name: &str,
		call: impl Into<RuntimeCall>,
	) -> Result<Result<(), DispatchError>, TransactionValidityError> {
		Executive::apply_extrinsic(self.signed(name, call.into()))
	}

	/// Applies a transaction that succeeds.
	pub fn act(&self, name: &str, call: impl Into<RuntimeCall>) {
		let call = call.into();
		self.send(name, call.clone())
			.unwrap_or_else(|error| panic!("{name} is rejected: {error:?} for {call:?}"))
			.unwrap_or_else(|error| panic!("the call of {name} fails: {error:?} for {call:?}"));
	}

	/// Applies a transaction whose call fails.
	pub fn fails(&self, name: &str, call: impl Into<RuntimeCall>) -> DispatchError {
		self.send(name, call).expect("the transaction is admitted").expect_err("the call fails")
	}

	/// Enrols the account of `name` by `provider`.
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

	/// Proposes and accepts a relationship.
	pub fn relate(&self, provider: &str, patient: &str) -> RelationshipId {
		self.act(provider, pallet_ppr::Call::propose { patient: subject(patient) });
		let relationship = pallet_ppr::Pairs::<Runtime>::get(subject(provider), subject(patient))
			.expect("the relationship is proposed");
		self.act(patient, pallet_ppr::Call::accept { relationship });
		relationship
	}
}

/// A call that proposes `call` to the council.
pub fn motion(threshold: u32, call: impl Into<RuntimeCall>) -> RuntimeCall {
	let proposal = Box::new(call.into());
	let length_bound = proposal.encoded_size() as u32;
	RuntimeCall::Council(pallet_collective::Call::propose { threshold, proposal, length_bound })
}

/// A call that admits a provider with this name and a finality key of this byte.
pub fn admit_voter(name: &str, key: u8) -> pallet_registrar::Call<Runtime> {
	pallet_registrar::Call::admit_provider {
		account: account(name),
		name: name.to_lowercase().into_bytes().try_into().expect("the name is short"),
		profile: Profile { finality_key: Some(FinalityKey([key; 32])), ..Default::default() },
	}
}

/// A call that posts a record.
pub fn post(relationship: RelationshipId, record: RecordId) -> pallet_ppr::Call<Runtime> {
	pallet_ppr::Call::post_record {
		relationship,
		record,
		commitment: Commitment::repeat_byte(7),
		pointer: Pointer { template: TemplateHash::repeat_byte(8), handle: Default::default() },
		category: Category(3),
		release: Release::Released,
	}
}

/// A call that permits all records for treatment, for an hour.
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
