use crate::{mock::*, Error, Event, FormerAccounts};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	identity::{Role, Status},
	summary::ActivityKind,
	Signature,
};
use parity_scale_codec::Encode;
use sp_core::{ecdsa, ed25519, Pair};
use sp_runtime::{
	traits::{BadOrigin, IdentifyAccount},
	MultiSigner,
};

#[test]
fn a_subject_moves_to_an_account_that_consents() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		events();
		notes();
		let before = Registrar::subject(&patient).unwrap();
		assert_ok!(Registrar::rotate_account(signed(PATIENT), account(10), proof(PATIENT, 10)));
		assert_eq!(id(10), patient);
		assert_eq!(Registrar::subject_of(&account(PATIENT)), None);
		let after = Registrar::subject(&patient).unwrap();
		assert_eq!(after.account, account(10));
		assert_eq!((after.sponsor, after.role), (before.sponsor, before.role));
		assert!(FormerAccounts::<Test>::contains_key(account(PATIENT)));
		assert!(!System::account_exists(&account(PATIENT)));
		assert_eq!(System::providers(&account(10)), 1);
		assert_eq!(notes(), vec![(patient, Some(patient), ActivityKind::AccountRotated)]);
		assert!(Notices::get().is_empty());
		assert_eq!(
			events(),
			vec![Event::AccountRotated {
				subject: patient,
				from: account(PATIENT),
				to: account(10),
			}]
		);
	});
}

#[test]
fn the_new_account_of_a_provider_is_notified() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::rotate_account(signed(ALPHA), account(10), proof(ALPHA, 10)));
		let notice = vec![(account(10), Some(key(ALPHA))), (account(BETA), None)];
		assert_eq!(Notices::get(), vec![notice]);
		assert_ok!(Registrar::enroll(signed(10), account(11), Role::Patient, None, None));
	});
}

#[test]
fn the_message_binds_genesis_subject_and_account() {
	ExtBuilder::default().build_and_execute(|| {
		let message = Registrar::rotation_message(&id(ALPHA), &account(ALPHA));
		let (genesis, subject) = (System::block_hash(0), id(ALPHA));
		let expected = [
			b"medrec-rotate".as_slice(),
			genesis.as_bytes(),
			subject.as_bytes(),
			&account(ALPHA).encode(),
		];
		assert_eq!(message, expected.concat());
	});
}

#[test]
fn signatures_of_every_scheme_are_accepted_plain_and_wrapped() {
	ExtBuilder::default().build_and_execute(|| {
		let ed25519 = ed25519::Pair::from_seed(&key(50));
		let ecdsa = ecdsa::Pair::from_seed(&key(51));
		type Sign = Box<dyn Fn(&[u8]) -> Signature>;
		let signers: [(MultiSigner, Sign); 3] = [
			(pair(52).public().into(), Box::new(|message| pair(52).sign(message).into())),
			(ed25519.public().into(), Box::new(move |message| ed25519.sign(message).into())),
			(ecdsa.public().into(), Box::new(move |message| ecdsa.sign(message).into())),
		];
		for (number, (signer, sign)) in (10..).zip(signers) {
			let clinician = enroll(ALPHA, number, Role::Clinician);
			let message = Registrar::rotation_message(&clinician, &account(number));
			let wrapped = [b"<Bytes>".as_slice(), &message, b"</Bytes>"].concat();
			let new_account = signer.into_account();
			for bad in [&message[1..], &wrapped[1..], &wrapped[7..]] {
				assert_noop!(
					Registrar::rotate_account(signed(number), new_account.clone(), sign(bad)),
					Error::<Test>::InvalidProof
				);
			}
			let good = if number == 10 { message } else { wrapped };
			assert_ok!(Registrar::rotate_account(signed(number), new_account.clone(), sign(&good)));
			assert_eq!(Registrar::subject_of(&new_account), Some(clinician));
		}
	});
}

#[test]
fn the_proof_of_another_rotation_is_invalid() {
	ExtBuilder::default().build_and_execute(|| {
		let proofs = [
			proof(BETA, 10),
			proof(ALPHA, 11),
			pair(10).sign(&Registrar::rotation_message(&id(ALPHA), &account(10))).into(),
		];
		for proof in proofs {
			assert_noop!(
				Registrar::rotate_account(signed(ALPHA), account(10), proof),
				Error::<Test>::InvalidProof
			);
		}
	});
}

#[test]
fn the_new_account_must_be_free_and_never_bound_before() {
	ExtBuilder::default().build_and_execute(|| {
		for taken in [ALPHA, BETA] {
			assert_noop!(
				Registrar::rotate_account(signed(ALPHA), account(taken), proof(ALPHA, taken)),
				Error::<Test>::AccountTaken
			);
		}
		assert_ok!(Registrar::rotate_account(signed(ALPHA), account(10), proof(ALPHA, 10)));
		assert_noop!(
			Registrar::rotate_account(signed(10), account(ALPHA), proof(10, ALPHA)),
			Error::<Test>::AccountSpent
		);
	});
}

#[test]
fn only_active_subjects_rotate() {
	ExtBuilder::default().build_and_execute(|| {
		set_status(council(), id(BETA), Status::Suspended);
		for by in [signed(BETA), signed(STRANGER), council()] {
			assert_noop!(Registrar::rotate_account(by, account(10), proof(ALPHA, 10)), BadOrigin);
		}
	});
}

#[test]
fn an_account_in_use_is_not_released() {
	ExtBuilder::default().build_and_execute(|| {
		System::inc_consumers(&account(BETA)).unwrap();
		assert_noop!(
			Registrar::rotate_account(signed(BETA), account(10), proof(BETA, 10)),
			Error::<Test>::AccountInUse
		);
		System::dec_consumers(&account(BETA));
		assert_ok!(Registrar::rotate_account(signed(BETA), account(10), proof(BETA, 10)));
	});
}
