//! `antin child read` and `antin child prepare`: the limited processes that meet strangers' bytes.
//! Started by the service only.

use std::process::ExitCode;

use office::children::{ChildLimits, prepare_as_child, read_as_child};

use crate::cli::Child;

pub(crate) fn run(command: &Child) -> ExitCode {
    let (Child::Read(bounds) | Child::Prepare(bounds)) = command;
    let limits = ChildLimits {
        cpu_seconds: bounds.cpu_seconds,
        memory_bytes: bounds.memory_bytes,
        document_bytes: bounds.document_bytes,
        ..ChildLimits::default()
    };
    let done = match command {
        Child::Read(_) => read_as_child(&limits),
        Child::Prepare(_) => prepare_as_child(&limits),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads it: the parent sees the exit.
        Err(_) => ExitCode::from(2),
    }
}
