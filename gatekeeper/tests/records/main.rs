//! Templates, sources, the gatekeeper's own database, publishing and serving.

mod example;
mod publish;
mod serve;
mod source;
mod state;
mod support;
mod template;
mod wrapper;
