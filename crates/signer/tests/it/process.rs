//! The engine's process: this test binary again, told by the environment to be one.

use std::io::Read as _;
use std::path::Path;

use signer::engine::{Config, Engine, harden};

/// Names the configuration; absent: an ordinary test run.
pub(crate) const CONFIG: &str = "ANTIN_SIGNER_TEST_CONFIG";

#[test]
fn engine_process() {
    let Some(config) = std::env::var_os(CONFIG) else { return };
    harden().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config::read(Path::new(&config)).unwrap();
    let engine = match Engine::start(config, runtime.handle().clone()) {
        Ok(engine) => engine,
        Err(why) => {
            eprintln!("NOT STARTED: {why}");
            std::process::exit(3);
        }
    };
    let (stop, stopped) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // The test holds the other end: when it is gone, so are we.
        let _ = std::io::stdin().read(&mut [0; 1]);
        let _ = stop.send(());
    });
    runtime
        .block_on(engine.serve(async {
            let _ = stopped.await;
        }))
        .unwrap();
}
