//! Acts and jobs over both engines: each test runs on SQLite and on PostgreSQL (`lab::postgres`).
//!
//! The signer here is one of this binary's own that speaks the protocol and appends made-up tails:
//! what is tried is what the service does with its answers. The real one is tried in its own crate
//! and in `tests/e2e`.

mod activation;
mod administration;
mod life;
mod signer;
mod together;
mod trouble;
mod world;

/// Each function becomes two tests: `NAME::sqlite` and `NAME::postgresql`.
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
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
