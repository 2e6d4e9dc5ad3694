//! Acts, jobs and the log on real databases and folders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acts;
mod backup;
mod draft;
mod log_files;
mod sequence;
