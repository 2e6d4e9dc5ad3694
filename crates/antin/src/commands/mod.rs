//! One file a command: arguments and configuration to calls, no rules.

pub(crate) mod backup;
pub(crate) mod check_config;
pub(crate) mod child;
pub(crate) mod fields;
pub(crate) mod log;
pub(crate) mod migrate;
pub(crate) mod place;
pub(crate) mod recover;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod signer;
pub(crate) mod token;
pub(crate) mod trust;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod work;
