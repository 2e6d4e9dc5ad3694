//! The signer as a process of its own, over SoftHSM2 tokens and the servers of the lab.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod faults;
mod heads;
mod items;
mod pins;
mod process;
mod protocol;
mod restart;
mod throughput;
mod world;
