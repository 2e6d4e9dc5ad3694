//! One file a command: arguments and configuration to calls, no rules.

pub(crate) mod check_config;
pub(crate) mod fields;
pub(crate) mod log;
pub(crate) mod place;
pub(crate) mod sign;
pub(crate) mod signer;
pub(crate) mod token;
pub(crate) mod trust;
pub(crate) mod verify;
