//! `antin child read`: the limited process that meets strangers' bytes. Started by the service only.

use std::process::ExitCode;

use office::children::{ChildLimits, read_as_child};

use crate::cli::Child;

pub(crate) fn run(command: &Child) -> ExitCode {
    let Child::Read { cpu_seconds, memory_bytes, document_bytes } = command;
    let limits = ChildLimits {
        cpu_seconds: *cpu_seconds,
        memory_bytes: *memory_bytes,
        document_bytes: *document_bytes,
        ..ChildLimits::default()
    };
    match read_as_child(&limits) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads it: the parent sees the exit.
        Err(_) => ExitCode::from(2),
    }
}
