//! What the chain holds of the gatekeeper's account, and whether that is enough to serve.

use medrec_primitives::{
	identity::{Gatekeeper, Role, Status, Subject, SubjectId},
	AccountId,
};

/// The subject of an account, with the organisation that enrolled it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Registration {
	/// The subject that the account controls.
	pub device: Option<(SubjectId, Subject<AccountId>)>,
	/// The provider that enrolled that subject.
	pub provider: Option<Sponsor>,
}

/// The provider that enrolled a device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sponsor {
	/// Its subject.
	pub id: SubjectId,
	/// Its status.
	pub status: Status,
	/// Its name in the registry.
	pub name: Option<String>,
	/// The gatekeeper in its profile.
	pub gatekeeper: Option<Gatekeeper>,
}

/// A gatekeeper that acts for a provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Enrolment {
	/// Its own active subject.
	pub device: SubjectId,
	/// The active provider whose profile names it.
	pub provider: SubjectId,
	/// The name of that provider.
	pub name: Option<String>,
}

/// The reason why an account is not the gatekeeper of a provider. The text is a whole clause.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotEnrolled {
	/// The account controls no subject.
	#[error("the gatekeeper's account is not enrolled on the chain")]
	Unknown,
	/// The subject is not a device.
	#[error("the gatekeeper's account belongs to a subject that is not a device")]
	NotADevice,
	/// The subject is suspended or retired.
	#[error("the gatekeeper's own subject is not active")]
	DeviceNotActive(SubjectId),
	/// The provider is suspended or retired.
	#[error("the provider that enrolled the gatekeeper is not active")]
	ProviderNotActive,
	/// The profile of the provider names no gatekeeper, or another one.
	#[error("the provider's profile does not name this gatekeeper")]
	NotNamed(SubjectId),
	/// The best block holds another enrolment than the final one.
	#[error("the gatekeeper's enrolment is not final yet")]
	NotFinal,
}

impl NotEnrolled {
	/// What to do about it, as an imperative. `address` is that of the gatekeeper's account, and `url`
	/// the one under which clients reach it.
	pub fn remedy(&self, address: &str, url: &str) -> String {
		match self {
			NotEnrolled::Unknown => format!(
				"enrol it with the provider's key: medrec registrar enroll --role device --account {address}"
			),
			NotEnrolled::NotADevice => "create another key for the gatekeeper, name it in \
				`device.key_file`, and enrol it as a device"
				.to_owned(),
			NotEnrolled::DeviceNotActive(device) => format!(
				"activate it with the provider's key: medrec registrar set-status {device} active; if it \
				 is retired, enrol another key"
			),
			NotEnrolled::ProviderNotActive => {
				"ask the council of providers, which alone can activate a provider".to_owned()
			},
			NotEnrolled::NotNamed(device) => format!(
				"name it with the provider's key: medrec registrar set-profile --gatekeeper-url {url} \
				 --gatekeeper-device {device}"
			),
			NotEnrolled::NotFinal => "wait until the block is final".to_owned(),
		}
	}
}

impl Registration {
	/// The enrolment that follows from it: an active device of an active provider whose profile names
	/// that device.
	pub fn enrolment(&self) -> Result<Enrolment, NotEnrolled> {
		let (device, subject) = self.device.as_ref().ok_or(NotEnrolled::Unknown)?;
		let sponsor = self.provider.as_ref().filter(|_| subject.role == Role::Device);
		let sponsor = sponsor.ok_or(NotEnrolled::NotADevice)?;
		if !subject.is_active() {
			return Err(NotEnrolled::DeviceNotActive(*device));
		}
		if sponsor.status != Status::Active {
			return Err(NotEnrolled::ProviderNotActive);
		}
		let named = sponsor.gatekeeper.as_ref().map(|gatekeeper| gatekeeper.device);
		if named != Some(*device) {
			return Err(NotEnrolled::NotNamed(*device));
		}
		Ok(Enrolment { device: *device, provider: sponsor.id, name: sponsor.name.clone() })
	}

	/// The enrolment at the final block, if it is the same at the best one, whose reason against it
	/// comes first.
	pub fn common(best: &Registration, finalized: &Registration) -> Result<Enrolment, NotEnrolled> {
		let at_best = best.enrolment()?;
		let final_too = finalized.enrolment().is_ok_and(|finalized| finalized == at_best);
		final_too.then_some(at_best).ok_or(NotEnrolled::NotFinal)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::fixtures::{id, registration};

	#[test]
	fn each_condition_of_an_enrolment_has_its_own_reason() {
		let good = || registration(id(3), id(2));
		assert_eq!(good().enrolment().unwrap().provider, id(2));
		assert_eq!(Registration::default().enrolment(), Err(NotEnrolled::Unknown));
		let reason = |change: fn(&mut Subject<AccountId>, &mut Sponsor)| {
			let mut registration = good();
			let (Some((_, device)), Some(sponsor)) =
				(&mut registration.device, &mut registration.provider)
			else {
				panic!("both are there")
			};
			change(device, sponsor);
			registration.enrolment().unwrap_err()
		};
		assert_eq!(reason(|device, _| device.role = Role::Clinician), NotEnrolled::NotADevice);
		assert_eq!(
			reason(|device, _| device.status = Status::Suspended),
			NotEnrolled::DeviceNotActive(id(3))
		);
		assert_eq!(
			reason(|_, sponsor| sponsor.status = Status::Retired),
			NotEnrolled::ProviderNotActive
		);
		assert_eq!(reason(|_, sponsor| sponsor.gatekeeper = None), NotEnrolled::NotNamed(id(3)));
		assert_eq!(
			reason(|_, sponsor| sponsor.gatekeeper.as_mut().unwrap().device = id(4)),
			NotEnrolled::NotNamed(id(3))
		);
		// An organisation has no sponsor.
		let organisation = Registration { provider: None, ..good() };
		assert_eq!(organisation.enrolment(), Err(NotEnrolled::NotADevice));
	}

	#[test]
	fn an_enrolment_counts_once_it_is_final_and_ends_at_the_best_block() {
		let (good, none) = (registration(id(3), id(2)), Registration::default());
		assert!(Registration::common(&good, &good).is_ok());
		assert_eq!(Registration::common(&good, &none), Err(NotEnrolled::NotFinal));
		assert_eq!(Registration::common(&none, &good), Err(NotEnrolled::Unknown));
	}

	#[test]
	fn every_reason_says_what_to_do() {
		let remedy = |reason: NotEnrolled| reason.remedy("ojT1", "https://gate.example");
		assert!(remedy(NotEnrolled::Unknown).contains("--role device --account ojT1"));
		let named = remedy(NotEnrolled::NotNamed(id(3)));
		assert!(named.contains("--gatekeeper-url https://gate.example --gatekeeper-device 0x0303"));
		let suspended = remedy(NotEnrolled::DeviceNotActive(id(3)));
		assert!(suspended.contains("set-status 0x0303"));
	}
}
