//! How many calls a subject may make in a stretch of time.

use crate::{
	types::{self, Lane, Refusal},
	Config, Pallet, SubjectOf, Subjects, Usage,
};
use frame_support::{ensure, traits::Get};
use medrec_primitives::{identity::SubjectId, traits::Clock};

impl<T: Config> Pallet<T> {
	/// Whether `account` may make one more call in this lane now; the subject that it controls.
	/// Nothing is counted.
	pub fn check_quota(account: &T::AccountId, lane: Lane) -> Result<SubjectId, Refusal> {
		Self::usage_with(account, lane).map(|(id, _)| id)
	}

	/// Counts one more call of `account` in this lane; the subject that it controls. What is refused
	/// is not counted.
	pub fn charge(account: &T::AccountId, lane: Lane) -> Result<SubjectId, Refusal> {
		let (id, usage) = Self::usage_with(account, lane)?;
		Usage::<T>::insert(id, usage);
		Ok(id)
	}

	/// What the usage is after one more call.
	fn usage_with(
		account: &T::AccountId,
		lane: Lane,
	) -> Result<(SubjectId, types::Usage), Refusal> {
		let id = SubjectOf::<T>::get(account).ok_or(Refusal::Unknown)?;
		let subject = Subjects::<T>::get(id).ok_or(Refusal::Unknown)?;
		ensure!(subject.is_active(), Refusal::NotActive);
		let now = T::Clock::now();
		let is_open =
			|usage: &types::Usage| now < usage.window_start.saturating_add(T::QuotaWindow::get());
		let mut usage = Usage::<T>::get(id).filter(is_open).unwrap_or(types::Usage {
			window_start: now,
			ordinary: 0,
			protective: 0,
		});
		let (used, quota) = match lane {
			Lane::Ordinary => (&mut usage.ordinary, T::Quota::get()),
			Lane::Protective => (&mut usage.protective, T::ProtectiveQuota::get()),
		};
		ensure!(*used < quota, Refusal::QuotaExhausted);
		*used = used.saturating_add(1);
		Ok((id, usage))
	}
}
