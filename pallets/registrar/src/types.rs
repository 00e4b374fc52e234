//! What the registrar stores, and speaks of, beside the shared words.

use medrec_primitives::Moment;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// How much of its quotas a subject has used in a window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Usage {
	/// When the window began.
	pub window_start: Moment,
	/// How many ordinary calls were made in it.
	pub ordinary: u32,
	/// How many protective calls were made in it.
	pub protective: u32,
}

/// Against which quota a call counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuotaClass {
	/// That of ordinary calls.
	Ordinary,
	/// That of calls by which one protects oneself or others: revoking, refusing, suspending.
	Protective,
}

/// Why an account may not send a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AdmissionError {
	/// It controls no subject.
	Unknown,
	/// Its subject is suspended.
	NotActive,
	/// Its subject has made as many calls in this window as it may.
	QuotaExhausted,
}

/// On whose word a status is set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Authority<AccountId> {
	/// The council's.
	Council,
	/// That of the subject that this account controls.
	Account(AccountId),
}
