//! Long work of the service, between acts.

pub mod intake;
pub mod sequence;
mod sign;
pub mod webhook;
pub mod work;
