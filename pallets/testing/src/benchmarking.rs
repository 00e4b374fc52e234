//! The set-up of benchmarks, from the mocks.

use crate::{
	register, register_gatekeeper, AccountId, MockAuthorship, MockRegistrar, MockRelationships,
	MockTime,
};
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::RecordId,
	relationship::RelationshipId,
	traits::BenchmarkHelper,
	Moment,
};

impl BenchmarkHelper<AccountId> for MockRegistrar {
	fn subject(account: &AccountId, role: Role) -> SubjectId {
		register(*account, role)
	}

	fn acting_provider(account: &AccountId) -> SubjectId {
		register_gatekeeper(*account)
	}

	fn miner(seed: u32) -> SubjectId {
		register(1_000_000 + u64::from(seed), Role::Researcher)
	}

	fn relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId {
		let id = RelationshipId::repeat_byte(0xbe);
		MockRelationships::insert(id, *patient, *provider);
		id
	}

	fn record(relationship: &RelationshipId) -> RecordId {
		let record = RecordId::repeat_byte(0xbe);
		MockRelationships::insert_record(*relationship, record);
		record
	}

	fn set_author(author: &SubjectId) {
		MockAuthorship::set(Some(*author));
	}

	fn set_time(now: Moment) {
		MockTime::set(now);
	}
}
