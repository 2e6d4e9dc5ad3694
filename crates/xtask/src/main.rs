//! Repository tasks: `cargo xtask tidy | clauses | fixtures | bench`.
//!
//! One task, one file. Nothing here ships: the tasks hold the repository to its own rules and make
//! what is generated (clause tables, fixtures) or measured (bench).

mod bench;
mod clauses;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask TASK
  tidy      dependency direction, pure crates, banned crates, licences, file lengths, keys in the tree
  clauses   write docs/standards from validation's table of checks
  fixtures  make the golden and hostile files again
  bench     measure against the token's own rate, pyHanko, EU DSS and pdfsig";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("tidy") => tidy::run(&root()),
        Some("clauses") => clauses::run(&root()),
        Some("bench") => bench::run(&root(), arguments.get(1..).unwrap_or_default()),
        Some(task @ "fixtures") => Err(anyhow::anyhow!("{task} is not built yet")),
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace: two folders above this crate.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}
