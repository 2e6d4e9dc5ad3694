//! `antin demo`: the command-line story on a lab PKI, played by the same commands that anybody can
//! type. Everything lies under one folder; nothing is asked of the network outside this machine.
//!
//! ```text
//! lab (tokens, PINs, TSA, OCSP, CRL) ─► documents, pictures ─► antin sign ×3 (×6) ─► antin verify
//!                                                                   └─► pictures of the pages, a table
//! ```
//! Nothing is believed: each result is verified by a fresh process from its file, and the base must be
//! a prefix of it.

mod check;
mod command;
mod story;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use lab::Lab;
use lab::responder::{Faults, Running, StartError};

use crate::cli::Demo;
use crate::output;

pub(crate) fn run(args: &Demo) -> ExitCode {
    match play(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("Chạy thử không thành công · the demo failed: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// What every step needs.
pub(crate) struct Stage {
    dir: PathBuf,
    config: PathBuf,
    module: PathBuf,
    lab: Lab,
    servers: Running,
}

fn play(args: &Demo) -> Result<()> {
    std::fs::create_dir_all(&args.dir).with_context(|| {
        format!("không tạo được thư mục · cannot create {}", args.dir.display())
    })?;
    let dir = std::path::absolute(&args.dir)?;
    let lab_dir = dir.join("lab");
    // SoftHSM2 finds its tokens by the environment; this starts the program again with it.
    lab::enter(&lab_dir)?;
    let stage = Stage::set_up(dir, &lab_dir)?;
    let told = story::tell(&stage)?;
    told.print(&stage);
    if args.auto {
        return Ok(());
    }
    stage.wait()
}

impl Stage {
    fn set_up(dir: PathBuf, lab_dir: &Path) -> Result<Stage> {
        heading(
            "Chuẩn bị thiết bị ký phần mềm và máy chủ thử nghiệm · software tokens and lab servers",
        );
        let module = lab::softhsm_module()?;
        let lab = Lab::set_up(lab_dir, Timestamp::now())?;
        let servers = start(&lab)?;
        let config = dir.join("antin.toml");
        let text = format!(
            "# Made by `antin demo`; the port changes with every run.\ntrust = \"lab/trust\"\n\n[hosts]\n\"{}\" = \"{}\"\n\n[tsa]\nurl = \"{}\"\n",
            lab.host(),
            servers.address,
            servers.tsa_url(),
        );
        std::fs::write(&config, text)?;
        output::line(&format!(
            "  thiết bị · tokens: {}",
            lab.holders().collect::<Vec<_>>().join(", ")
        ));
        output::line(&format!("  máy chủ · servers:  {} (TSA, OCSP, CRL)", servers.url));
        output::line(&format!(
            "  mã PIN · PINs:      {}/*.pin (0600)",
            lab_dir.join("pins").display()
        ));
        output::line(&format!("  cấu hình · config:  {}", config.display()));
        Ok(Stage { dir, config, module, lab, servers })
    }

    /// The servers stay until Ctrl-C; they are threads of this process and end with it.
    fn wait(self) -> Result<()> {
        heading("Thử tiếp · try more");
        output::line(&format!("  export ANTIN_CONFIG={}", self.config.display()));
        for (name, value) in lab::env(self.lab.dir()) {
            output::line(&format!("  export {name}={}", value.to_string_lossy()));
        }
        let program = std::env::current_exe()?;
        output::line(&format!("  alias antin={}", program.display()));
        output::line(&format!("  antin verify {}/signed/*.pdf", self.dir.display()));
        output::line(&format!(
            "  antin sign {0}/documents/quyet-dinh.pdf -o /tmp/ky.pdf --module {1} --token official --key official --pin-file {2} --level t",
            self.dir.display(),
            self.module.display(),
            self.lab.pin_file("official").display(),
        ));
        output::line(
            "\nMáy chủ thử nghiệm đang chạy. Nhấn Ctrl-C để dừng tất cả · servers are running, Ctrl-C stops everything.",
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(tokio::signal::ctrl_c())?;
        self.servers.stop();
        output::line("Đã dừng · stopped.");
        Ok(())
    }
}

/// The same port every time, so that commands copied from the last run still work; another one where
/// it is taken.
const USUAL_PORT: u16 = 8710;

fn start(lab: &Lab) -> Result<Running> {
    let usual = SocketAddr::from(([127, 0, 0, 1], USUAL_PORT));
    match lab::responder::start(lab, usual, Faults::default()) {
        Err(StartError::PortTaken(_)) => {
            output::line(&format!(
                "  cổng {USUAL_PORT} đang bận, dùng cổng khác · port {USUAL_PORT} is taken, using another one"
            ));
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            Ok(lab::responder::start(lab, any, Faults::default())?)
        }
        started => Ok(started?),
    }
}

pub(crate) fn heading(text: &str) {
    output::line(&format!("\n── {text}"));
}
