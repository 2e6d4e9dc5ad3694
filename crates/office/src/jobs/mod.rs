//! Long work of the service, between acts.

pub mod sequence;
pub mod webhook;
