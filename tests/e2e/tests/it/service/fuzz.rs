//! schemathesis over the service's own OpenAPI document, as nobody, as a client and as a person: no
//! server error, no answer that the document does not know.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::house::{Engine, House};
use super::http::Caller;
use super::town::Town;

#[test]
fn no_server_error_and_no_undocumented_answer() {
    let engine = *Engine::wanted().first().expect("an engine");
    if let Err(error) = fuzz(engine) {
        panic!("{error:?}");
    }
}

fn fuzz(engine: Engine) -> Result<()> {
    let house = House::open("fuzz", engine)?;
    let town = Town::build(&house, "anlanh", None)?;
    let clerk: &Caller = town.person("vanthu");
    let bearer = vec![format!("Authorization: Bearer {}", town.client_token)];
    let session = vec![
        format!("Cookie: {}", clerk.cookie.as_deref().context("cookie")?),
        format!("X-CSRF-Token: {}", clerk.csrf.as_deref().context("csrf")?),
    ];
    for (who, headers) in [("client", bearer), ("person", session), ("nobody", vec![])] {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = Command::new(root.join("var/service-venv/bin/schemathesis"));
        command
            .arg("run")
            .arg(format!("http://{}/api/v1/openapi.json", house.staff))
            .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"])
            .args(["--max-examples", &examples(), "--seed", "4", "--workers", "2"])
            .args(["--exclude-path", "/api/v1/logout", "--exclude-path", "/api/v1/password"])
            .args(["--exclude-path", "/api/v1/login"])
            .env("SCHEMATHESIS_HOOKS", root.join("tests/judges/py/schemathesis_hooks.py"))
            .current_dir(&house.dir);
        for header in &headers {
            command.args(["--header", header]);
        }
        let done = command.output().context("make setup: PyPI schemathesis in var/service-venv")?;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        std::fs::write(house.path(&format!("schemathesis-{who}.txt")), &said)?;
        let end: Vec<&str> = said.lines().rev().take(60).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        assert!(
            done.status.success(),
            "as {who}: {}\n{}",
            end.join("\n"),
            String::from_utf8_lossy(&done.stderr)
        );
        println!("schemathesis as {who}: {}", said.lines().last().unwrap_or_default());
    }
    Ok(())
}

fn examples() -> String {
    std::env::var("ANTIN_FUZZ_EXAMPLES").unwrap_or_else(|_| "15".to_owned())
}
