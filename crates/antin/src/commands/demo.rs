//! `antin demo`.

use std::process::ExitCode;

use crate::cli::Demo;
use crate::output;
use crate::stop::{Kind, Stop};

pub(crate) fn run(_args: &Demo) -> ExitCode {
    output::stopped(&Stop::not_available(Kind::Failed, "antin demo"), false, &[])
}
