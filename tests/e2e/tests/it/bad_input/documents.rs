//! Documents that cannot be signed. Nobody's PIN is wasted on them.

use std::fs::{self, File};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Case;
use super::attempt::Bench;

pub(super) const CASES: &[Case] = &[
    ("1 GB of zeros", zeros),
    ("not a PDF", not_a_pdf),
    ("empty file", empty),
    ("truncated PDF", truncated),
    ("encrypted PDF", encrypted),
    ("no such input", absent),
];

fn zeros(bench: &mut Bench) -> Result<()> {
    let file = bench.desk.path("khong.pdf");
    sparse_gigabyte(&file)?;
    let output = bench.output.clone();
    let attempt = bench.sign_file("1 GB of zeros", &file, &output);
    attempt.asks(0, 0).within(15).refused("not_a_pdf", "không phải tệp PDF", "not a readable PDF")
}

/// A file that takes no room on the disk.
pub(super) fn sparse_gigabyte(path: &std::path::Path) -> Result<()> {
    Ok(File::create(path)?.set_len(1 << 30)?)
}

fn not_a_pdf(bench: &mut Bench) -> Result<()> {
    let letter = "Kính gửi: Ủy ban nhân dân phường An Lành\n".repeat(200);
    let file = bench.desk.write("don.pdf", letter.as_bytes())?;
    let output = bench.output.clone();
    let attempt = bench.sign_file("not a PDF", &file, &output);
    attempt.asks(0, 0).refused("not_a_pdf", "không phải tệp PDF", "not a readable PDF")?;

    let output = bench.desk.path("ra/truong.pdf");
    let fields = bench.antin("not a PDF, antin fields", ["fields"]).word(&file);
    fields.option("-o", &output).option("--add", "A,1,10,10,50,20").refused(
        "not_a_pdf",
        "không phải tệp PDF",
        "not a readable PDF",
    )
}

fn empty(bench: &mut Bench) -> Result<()> {
    let file = bench.desk.write("rong.pdf", b"")?;
    let output = bench.output.clone();
    let attempt = bench.sign_file("empty file", &file, &output);
    attempt.asks(0, 0).refused("not_a_pdf", "không phải tệp PDF", "not a readable PDF")
}

fn truncated(bench: &mut Bench) -> Result<()> {
    let whole = fs::read(&bench.document)?;
    for percent in [30, 99] {
        let part = &whole[..whole.len() * percent / 100];
        let file = bench.desk.write(&format!("cut-{percent}.pdf"), part)?;
        let output = bench.output.clone();
        let attempt = bench.sign_file(&format!("PDF cut at {percent} %"), &file, &output);
        attempt.asks(0, 0).refused("needs_repair", "Không ký", "Nothing was signed")?;
    }
    Ok(())
}

/// Made by qpdf, AES-256.
pub(super) fn encrypt(
    bench: &Bench,
    name: &str,
    user_password: &str,
) -> Result<std::path::PathBuf> {
    let file = bench.desk.path(name);
    let done = Command::new("qpdf")
        .args(["--encrypt", user_password, "chu-so-huu", "256", "--"])
        .args([&bench.document, &file])
        .output()
        .context("qpdf is wanted: apt-get install qpdf")?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Ok(file)
}

fn encrypted(bench: &mut Bench) -> Result<()> {
    let file = encrypt(bench, "mat.pdf", "mat-khau")?;
    let output = bench.output.clone();
    let attempt = bench.sign_file("encrypted, no password", &file, &output);
    attempt.asks(0, 0).fails("password_missing", "bản không mã hóa", "without encryption")?;
    // Readers open this one without asking; it is encrypted all the same.
    let open = encrypt(bench, "mo.pdf", "")?;
    let attempt = bench.sign_file("encrypted, no password to open", &open, &output);
    attempt.asks(0, 0).fails("password_missing", "bản không mã hóa", "without encryption")?;

    let password = bench.desk.write("mat-khau.txt", b"mat-khau\n")?;
    let attempt = bench.sign_file("encrypted, with password", &file, &output);
    let attempt = attempt.option("--password-file", password).asks(0, 0);
    attempt.refused("not_available", "phiên bản sau", "a later version")
}

fn absent(bench: &mut Bench) -> Result<()> {
    let (file, output) = (bench.desk.path("khong-co.pdf"), bench.output.clone());
    let attempt = bench.sign_file("no such input", &file, &output);
    attempt.asks(0, 0).fails("file_missing", "khong-co.pdf", "khong-co.pdf")?;
    let folder = bench.desk.path("ra");
    let attempt = bench.sign_file("input is a folder", &folder, &output);
    attempt.asks(0, 0).fails("file_missing", "không phải tệp thường", "not a regular file")
}
