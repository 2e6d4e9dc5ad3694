//! What a run shows: tables on standard output, pictures and results in a folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The folder that `make show-signed-result` names, else one under the target folder.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let shown = std::env::var_os("ANTIN_SHOW_DIR").map(PathBuf::from);
    let target = || Some(lab::testing::lab_dir().parent()?.join("show"));
    let folder = shown.or_else(target).context("no folder to show in")?.join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Rows under a heading, columns aligned.
pub(crate) fn table(heading: &str, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    println!("\n-- {heading}");
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
            .collect();
        println!("{}", cells.join("  ").trim_end());
    }
}

pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}
