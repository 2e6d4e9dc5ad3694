//! The store against SQLite and PostgreSQL: every test runs on both.
//!
//! The PostgreSQL server is one of this binary's own (`lab::postgres`), each test has a database of
//! its own; SQLite's files lie in a temporary folder. Nothing here comes from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acts;
mod chain;
mod crash;
mod documents;
mod dumped;
mod jobs;
mod objects;
mod refusals;
mod throughput;
mod together;
mod world;

/// Each function becomes two tests: `NAME::sqlite` and `NAME::postgresql`.
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run($world: World) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(World::sqlite().await).await
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgresql() {
                run(World::postgresql().await).await
            }
        }
    )*};
}
pub(crate) use both;
