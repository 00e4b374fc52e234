//! Templates, the provider's database, the gatekeeper's own database, publishing and serving.

mod ehr;
mod publish;
mod serve;
mod state;
mod store;
mod support;
mod template;
