//! What is claimed about signed results, looked at from outside: every kind of signed file made by
//! the real program, judged by the program and by the outside judges; files of other producers; real
//! Vietnamese files; the pictures of the pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod corpus;
mod foreign;
mod judges;
mod kinds;
mod made;
mod ours;
mod pictures;
mod service;
mod show;
