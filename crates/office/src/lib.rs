//! Acts and jobs.

pub mod backup;
pub mod acts;
pub mod children;
pub mod desk;
pub mod entry;
pub mod health;
pub mod draft;
pub mod jobs;
pub mod log;
pub mod verify;

pub use signer::client::Client as SignerClient;
