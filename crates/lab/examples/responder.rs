//! Sets up a lab in a folder and serves it until standard input ends:
//! `cargo run -p lab --example responder -- DIR [127.0.0.1:PORT]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use lab::responder::{Faults, start};

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let dir = PathBuf::from(args.next().context("name a folder")?);
    let address: SocketAddr = match args.next() {
        Some(text) => text.to_string_lossy().parse().context("ADDRESS:PORT")?,
        None => ([127, 0, 0, 1], 0).into(),
    };
    lab::enter(&dir)?;
    let lab = lab::Lab::set_up(&dir, Timestamp::now())?;
    let running = start(&lab, address, Faults::default())?;
    println!("{}", running.url);
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
