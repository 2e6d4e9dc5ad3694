//! What `antin child read` is, for the tests of this crate: they do not build the command.

use office::children::{ChildLimits, read_as_child};

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at.checked_add(1)?)?.parse::<u64>().ok()
    };
    let usual = ChildLimits::default();
    let limits = ChildLimits {
        cpu_seconds: number("--cpu-seconds").unwrap_or(usual.cpu_seconds),
        memory_bytes: number("--memory-bytes").unwrap_or(usual.memory_bytes),
        document_bytes: number("--document-bytes").unwrap_or(usual.document_bytes),
        ..usual
    };
    match read_as_child(&limits) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::from(2),
    }
}
