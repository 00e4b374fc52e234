//! The benchmarks, and set-up for the benchmarks of other pallets.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use crate::*;
use alloc::{format, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{ConstU32, EnsureOrigin},
	BoundedVec,
};
use frame_system::{pallet_prelude::OriginFor, RawOrigin};
use medrec_primitives::{
	identity::{
		EncryptionKey, FinalityKey, Gatekeeper, Identifier, MiningKey, Name, Profile, Role, Status,
		SubjectId,
	},
	traits::{MAX_MINERS, MAX_PROVIDERS},
	H256,
};
use parity_scale_codec::Encode;
use sp_core::{crypto::KeyTypeId, ecdsa};
use sp_runtime::traits::{BlakeTwo256, Hash, IdentifyAccount};

/// A hash for each seed.
fn hash_of(seed: &impl Encode) -> H256 {
	BlakeTwo256::hash_of(seed)
}

/// A name of the maximum length for the organisation that `account` controls.
fn name_of<T: Config>(account: &T::AccountId) -> Name {
	let name = format!("{:x}", hash_of(account));
	Name::try_from(name.into_bytes()).expect("64 digits are a name; qed")
}

/// Registers a new active subject that `account` controls, or returns the one that it controls. The
/// sponsor, if the role has one, is the first active provider.
pub fn subject<T: Config>(account: &T::AccountId, role: Role) -> SubjectId {
	if let Some(id) = SubjectOf::<T>::get(account) {
		return id;
	}
	if role.is_organisation() {
		let name = name_of::<T>(account);
		return Pallet::<T>::admit(account.clone(), role, name, Profile::default())
			.expect("a new organisation is admitted");
	}
	let sponsor = Providers::<T>::get().first().copied();
	let sponsor = sponsor.unwrap_or_else(|| {
		subject::<T>(&frame_benchmarking::account("sponsor", 0, 0), Role::Provider)
	});
	let id = Pallet::<T>::next_id(account);
	Pallet::<T>::register(id, account, role, Some(sponsor), None);
	id
}

/// Registers a new active device that `account` controls, and names it as gatekeeper in the profile
/// of its sponsor. Returns the sponsor. An account of a device takes the most reads to look up.
pub fn acting_provider<T: Config>(account: &T::AccountId) -> SubjectId {
	let device = subject::<T>(account, Role::Device);
	let sponsor = Subjects::<T>::get(device)
		.and_then(|subject| subject.sponsor)
		.expect("the account controls a device, which has a sponsor; qed");
	Pallet::<T>::put_profile(&sponsor, large_profile(device, u32::MAX));
	sponsor
}

/// An active miner, a new one for each seed while there is room.
pub fn miner<T: Config>(seed: u32) -> SubjectId {
	let account: T::AccountId = account("miner", seed, 0);
	if let Some(id) = SubjectOf::<T>::get(&account) {
		return id;
	}
	let miners = Miners::<T>::get();
	if miners.is_full() {
		let at = usize::try_from(seed).unwrap_or(0).checked_rem(miners.len()).unwrap_or(0);
		return miners.get(at).copied().expect("a full list is not empty; qed");
	}
	let mining_key = Some(MiningKey(hash_of(&(b"mining", seed)).0));
	let profile = Profile { mining_key, ..Profile::default() };
	let name = name_of::<T>(&account);
	Pallet::<T>::admit(account, Role::Researcher, name, profile).expect("a new miner is admitted")
}

/// The account and the ID of an active provider with the largest profile, among `count` active
/// providers that all have finality keys.
fn provider_among<T: Config>(count: u32) -> (T::AccountId, SubjectId) {
	// Providers of the genesis must not add to `count`.
	Providers::<T>::kill();
	let providers: Vec<_> = (0..count.max(1))
		.map(|seed| {
			let account: T::AccountId = account("provider", seed, 0);
			let id = subject::<T>(&account, Role::Provider);
			let device = frame_benchmarking::account("device", seed, 0);
			let device = enrolled::<T>(&device, Role::Device, id);
			Pallet::<T>::put_profile(&id, large_profile(device, seed));
			(account, id)
		})
		.collect();
	providers.into_iter().next_back().expect("there is at least one; qed")
}

/// A new active subject that `sponsor` enrolled.
fn enrolled<T: Config>(account: &T::AccountId, role: Role, sponsor: SubjectId) -> SubjectId {
	let id = Pallet::<T>::next_id(account);
	Pallet::<T>::register(id, account, role, Some(sponsor), None);
	id
}

/// The largest profile of a provider.
fn large_profile(device: SubjectId, seed: u32) -> Profile {
	let url = BoundedVec::try_from(vec![b'u'; 256]).expect("within its bound; qed");
	Profile {
		gatekeeper: Some(Gatekeeper { url, device }),
		peers: peers(),
		mining_key: None,
		finality_key: Some(FinalityKey(hash_of(&(b"finality", seed)).0)),
	}
}

/// The maximum number of peer IDs of the maximum length.
fn peers() -> BoundedVec<BoundedVec<u8, ConstU32<64>>, ConstU32<8>> {
	let peer = BoundedVec::try_from(vec![1; 64]).expect("within its bound; qed");
	BoundedVec::try_from(vec![peer; 8]).expect("within its bound; qed")
}

/// The origin of the council.
fn council<T: Config>() -> Result<OriginFor<T>, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

#[benchmarks(where T::Signature: From<ecdsa::Signature>, T::Public: From<ecdsa::Public>)]
mod benchmarks {
	use super::*;

	/// `p` is the number of active providers after the call.
	#[benchmark]
	fn admit_provider(p: Linear<1, { MAX_PROVIDERS }>) -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		match p.saturating_sub(1) {
			0 => Providers::<T>::kill(),
			others => {
				provider_among::<T>(others);
			},
		}
		let account: T::AccountId = account("admitted", 0, 0);
		let name = name_of::<T>(&account);
		let finality_key = Some(FinalityKey(hash_of(b"admitted").0));
		let profile = Profile { peers: peers(), finality_key, ..Profile::default() };

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, account.clone(), name, profile);

		assert!(SubjectOf::<T>::contains_key(account));
		assert_eq!(Providers::<T>::decode_len(), Some(p as usize));
		Ok(())
	}

	/// `m` is the number of active miners after the call.
	#[benchmark]
	fn admit_researcher(m: Linear<1, { MAX_MINERS }>) -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		Miners::<T>::kill();
		for seed in 1..m {
			miner::<T>(seed);
		}
		let account: T::AccountId = account("admitted", 0, 0);
		let name = name_of::<T>(&account);
		let mining_key = Some(MiningKey(hash_of(b"admitted").0));
		let profile = Profile { peers: peers(), mining_key, ..Profile::default() };

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, account.clone(), name, profile);

		assert!(SubjectOf::<T>::contains_key(account));
		assert_eq!(Miners::<T>::decode_len(), Some(m as usize));
		Ok(())
	}

	#[benchmark]
	fn enroll() {
		let (caller, _) = provider_among::<T>(1);
		let account: T::AccountId = account("enrolled", 0, 0);
		let identifier = Identifier::repeat_byte(1);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(caller),
			account.clone(),
			Role::Patient,
			Some(identifier),
			Some(EncryptionKey([1; 32])),
		);

		assert_eq!(Identifiers::<T>::get(identifier), SubjectOf::<T>::get(account));
	}

	#[benchmark]
	fn bind_identifier() {
		let (caller, sponsor) = provider_among::<T>(1);
		let id = enrolled::<T>(&account("enrolled", 0, 0), Role::Patient, sponsor);
		let identifier = Identifier::repeat_byte(1);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), id, identifier);

		assert_eq!(Identifiers::<T>::get(identifier), Some(id));
	}

	#[benchmark]
	fn unbind_identifier() {
		let (caller, sponsor) = provider_among::<T>(1);
		let id = enrolled::<T>(&account("enrolled", 0, 0), Role::Patient, sponsor);
		let identifier = Identifier::repeat_byte(1);
		Identifiers::<T>::insert(identifier, id);
		IdentifierCount::<T>::insert(id, 1);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), identifier);

		assert!(!Identifiers::<T>::contains_key(identifier));
	}

	/// `p` is the number of active providers.
	#[benchmark]
	fn set_profile(p: Linear<1, { MAX_PROVIDERS }>) {
		let (caller, id) = provider_among::<T>(p);
		let device = enrolled::<T>(&account("gatekeeper", 0, 0), Role::Device, id);
		let profile = large_profile(device, u32::MAX);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), profile.clone());

		assert_eq!(Profiles::<T>::get(id), Some(profile));
	}

	#[benchmark]
	fn set_encryption_key() {
		let caller: T::AccountId = account("gatekeeper", 0, 0);
		acting_provider::<T>(&caller);
		let id = subject::<T>(&caller, Role::Device);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), Some(EncryptionKey([1; 32])));

		assert_eq!(
			Subjects::<T>::get(id).and_then(|subject| subject.encryption_key),
			Some(EncryptionKey([1; 32]))
		);
	}

	/// `p` is the number of active providers. The proof takes the longest time to verify: by ECDSA and
	/// wrapped as wallets do, so that it is verified twice.
	#[benchmark]
	fn rotate_account(p: Linear<1, { MAX_PROVIDERS }>) {
		let (caller, id) = provider_among::<T>(p);
		let key_type = KeyTypeId(*b"rota");
		let key = sp_io::crypto::ecdsa_generate(key_type, None);
		let message = Pallet::<T>::rotation_message(&id, &caller);
		let message = [b"<Bytes>".as_slice(), &message, b"</Bytes>"].concat();
		let proof = sp_io::crypto::ecdsa_sign(key_type, &key, &message)
			.expect("the key was just generated; qed");
		let new_account = T::Public::from(key).into_account();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), new_account.clone(), proof.into());

		assert_eq!(SubjectOf::<T>::get(new_account), Some(id));
		assert!(FormerAccounts::<T>::contains_key(caller));
	}

	/// `p` is the number of active providers before one of them retires, the change of status that
	/// writes the most.
	#[benchmark]
	fn set_status(p: Linear<2, { MAX_PROVIDERS }>) {
		let (caller, id) = provider_among::<T>(p);
		Pallet::<T>::charge(&caller, QuotaClass::Ordinary).expect("the quota is not used");

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), id, Status::Retired);

		assert!(!Profiles::<T>::contains_key(id));
		assert_eq!(FinalityKeys::<T>::iter_values().filter(|holder| *holder == id).count(), 0);
		assert!(Names::<T>::iter_values().any(|holder| holder == id));
	}

	/// The charge by a transaction extension.
	#[benchmark]
	fn charge() {
		let (caller, id) = provider_among::<T>(1);

		#[block]
		{
			Pallet::<T>::charge(&caller, QuotaClass::Ordinary).expect("the quota is not used");
		}

		assert!(Usage::<T>::contains_key(id));
	}

	impl_benchmark_test_suite!(
		Pallet,
		mock::BuildAndExecute::build(mock::ExtBuilder::default()),
		mock::Test,
	);
}
