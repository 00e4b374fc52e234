//! One module per call, and the properties that hold for all calls.

mod accept;
mod access;
mod amend_record;
mod decline;
mod deny;
mod grant;
mod invariants;
mod post_record;
mod propose;
mod revoke;
mod revoke_all;
mod sequences;
mod set_research_consent;
mod terminate;
mod withdraw;
