//! The number of calls that a subject may make per window.

use crate::*;
use frame_support::{pallet_prelude::*, traits::Time};
use medrec_primitives::identity::SubjectId;

impl<T: Config> Pallet<T> {
	/// Checks that `account` may make one more call of this class now. Returns the subject that it
	/// controls. It writes nothing.
	pub fn check_quota(
		account: &T::AccountId,
		class: QuotaClass,
	) -> Result<SubjectId, AdmissionError> {
		Self::usage_with(account, class).map(|(id, _)| id)
	}

	/// Counts one more call of `account` in this class. Returns the subject that it controls. An error
	/// changes nothing.
	pub fn charge(account: &T::AccountId, class: QuotaClass) -> Result<SubjectId, AdmissionError> {
		let (id, usage) = Self::usage_with(account, class)?;
		Usage::<T>::insert(id, usage);
		Ok(id)
	}

	/// The usage after one more call.
	fn usage_with(
		account: &T::AccountId,
		class: QuotaClass,
	) -> Result<(SubjectId, types::Usage), AdmissionError> {
		let id = SubjectOf::<T>::get(account).ok_or(AdmissionError::Unknown)?;
		let subject = Subjects::<T>::get(id).ok_or(AdmissionError::Unknown)?;
		ensure!(subject.is_active(), AdmissionError::NotActive);
		let now = T::Time::now();
		let is_open =
			|usage: &types::Usage| now < usage.window_start.saturating_add(T::QuotaWindow::get());
		let new = types::Usage { window_start: now, ..Default::default() };
		let mut usage = Usage::<T>::get(id).filter(is_open).unwrap_or(new);
		let (used, quota) = match class {
			QuotaClass::Ordinary => (&mut usage.ordinary, T::Quota::get()),
			QuotaClass::Protective => (&mut usage.protective, T::ProtectiveQuota::get()),
		};
		ensure!(*used < quota, AdmissionError::QuotaExhausted);
		*used = used.saturating_add(1);
		Ok((id, usage))
	}
}
