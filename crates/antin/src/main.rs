//! `antin`: arguments and configuration to calls. No rule of signing or verifying lives here.

mod cli;
mod commands;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod files;
mod net;
mod output;
mod service;
mod stop;
mod trust;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use cli::{Cli, Command};
use config::Config;
use stop::{Kind, Stop};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let config = || Config::load(cli.config.as_deref());
    match &cli.command {
        Command::Sign(args) => commands::sign::run(args, config()),
        Command::Fields(args) => commands::fields::run(args, config()),
        Command::Verify(args) => commands::verify::run(args, config()),
        Command::Token(command) => commands::token::run(command),
        Command::Trust(command) => commands::trust::run(command, config()),
        Command::Log(command) => commands::log::run(command, config()),
        Command::Backup(args) => commands::backup::backup(args, config()),
        Command::Restore(args) => commands::backup::restore(args, config()),
        Command::Signer(args) => commands::signer::run(args, cli.config.as_deref()),
        Command::Serve(args) => commands::serve::run(args, config()),
        Command::Work(args) => commands::work::run(args, config()),
        Command::Migrate(args) => commands::migrate::run(args, config()),
        Command::User(command) => commands::user::run(command, config()),
        Command::Child(command) => commands::child::run(command),
        Command::CheckConfig(args) => commands::check_config::run(args, config()),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(args),
        later => commands_to_come(later),
    }
}

/// Wrong words on the command line: exit 2; help and version: exit 0.
fn usage(error: &clap::Error) -> ExitCode {
    let wants_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // A closed pipe while printing help is nobody's problem.
    let _ = error.print();
    if wants_help {
        return ExitCode::SUCCESS;
    }
    output::note("Dòng lệnh sai; xem antin --help · wrong command line; see antin --help  [usage]");
    ExitCode::from(2)
}

fn commands_to_come(command: &Command) -> ExitCode {
    let (name, rest) = match command {
        Command::Inspect(later) => ("antin inspect", later),
        Command::Extend(later) => ("antin extend", later),
        _ => return ExitCode::from(2),
    };
    let json = rest.rest.iter().any(|word| word == "--json");
    output::stopped(&Stop::not_available(Kind::Failed, name), json, &[])
}
