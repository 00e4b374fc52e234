//! Every error code has a test that provokes it.

use medrec_protocol::wire::ErrorCode;

const TESTS: &[&str] = &[
	include_str!("access.rs"),
	include_str!("bounties.rs"),
	include_str!("integrity.rs"),
	include_str!("limits.rs"),
	include_str!("operations.rs"),
	include_str!("sealed.rs"),
	include_str!("signatures.rs"),
];

#[test]
fn every_code_is_provoked() {
	for code in ErrorCode::ALL {
		let provoked = format!("refused(ErrorCode::{code:?})");
		let found = TESTS.iter().any(|test| test.contains(&provoked));
		assert!(found, "no test provokes {code}");
	}
}
