//! Acts and jobs.

pub mod acts;
pub mod backup;
pub mod children;
pub mod desk;
pub mod draft;
pub mod entry;
pub mod health;
pub mod jobs;
pub mod log;
pub mod verify;

pub use signer::client::Client as SignerClient;
