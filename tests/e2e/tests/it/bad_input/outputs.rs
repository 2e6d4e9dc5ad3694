//! Places where the result cannot be, and documents that change under our hands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::Case;
use super::attempt::{Bench, finish};

pub(super) const CASES: &[Case] = &[
    ("input changes meanwhile", changed),
    ("output folder missing", missing),
    ("output is a folder", folder),
    ("output read-only", read_only),
    ("disk full", full),
    ("output is the input", same),
    ("evidence cannot be written", evidence),
];

fn missing(bench: &mut Bench) -> Result<()> {
    let (input, output) = (bench.document.clone(), bench.desk.path("khong-co/da-ky.pdf"));
    let attempt = bench.sign_file("output folder missing", &input, &output).asks(0, 0);
    attempt.fails("output_failed", "khong-co/da-ky.pdf", "khong-co/da-ky.pdf")
}

fn folder(bench: &mut Bench) -> Result<()> {
    let (input, output) = (bench.document.clone(), bench.desk.path("ra"));
    let attempt = bench.sign_file("output is a folder", &input, &output).asks(0, 0);
    attempt.fails("output_failed", "đó là thư mục", "it is a folder")
}

/// Root may write anywhere but on what is mounted read-only.
fn read_only(bench: &mut Bench) -> Result<()> {
    let mounted = Mounted::tmpfs(bench.desk.path("chi-doc"), "ro,size=64k")?;
    let (input, output) = (bench.document.clone(), mounted.0.join("da-ky.pdf"));
    let attempt = bench.sign_file("output folder read-only", &input, &output).asks(0, 0);
    attempt.fails("output_failed", "nơi này chỉ cho đọc", "this place is read-only")
}

/// There is room for the name, not for the bytes.
fn full(bench: &mut Bench) -> Result<()> {
    let mounted = Mounted::tmpfs(bench.desk.path("day"), "size=16k")?;
    let (input, output) = (bench.document.clone(), mounted.0.join("da-ky.pdf"));
    let attempt = bench.sign_file("disk full", &input, &output).asks(1, 1);
    attempt.fails("output_failed", "ổ đĩa đã đầy", "the disk is full")?;
    ensure!(fs::read_dir(&mounted.0)?.count() == 0, "something is left on the full disk");

    let input = bench.document.clone();
    let fields = bench.antin("disk full, antin fields", ["fields"]).word(&input);
    fields.option("-o", &output).option("--add", "A,1,10,10,50,20").fails(
        "output_failed",
        "ổ đĩa đã đầy",
        "the disk is full",
    )
}

fn same(bench: &mut Bench) -> Result<()> {
    let input = bench.document.clone();
    let attempt = bench.sign_file("output is the input", &input, &input).asks(0, 0);
    attempt.fails("usage", "chính tệp đầu vào", "the input itself")?;
    let link = bench.desk.path("lien-ket.pdf");
    std::os::unix::fs::symlink(&input, &link)?;
    let attempt = bench.sign_file("output is a link to the input", &input, &link).asks(0, 0);
    attempt.fails("usage", "chính tệp đầu vào", "the input itself")
}

/// What was signed is not what would be written: nothing is.
fn changed(bench: &mut Bench) -> Result<()> {
    let name = "input changes while the token signs";
    bench.control.set("sign=slow:1500")?;
    let mut words = bench.sign(name).all_words();
    words.push("--json".into());
    let child = bench.command(&words)?.spawn()?;
    let began = Instant::now();
    while bench.control.signatures() == 0 {
        ensure!(began.elapsed().as_secs() < 20, "the token was never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut bytes = fs::read(&bench.document)?;
    bytes.extend_from_slice(b"\n% sau khi trinh\n");
    fs::write(&bench.document, bytes)?;
    let done = finish(child, Duration::from_secs(20))?;
    let json = done.json()?;
    ensure!(done.exit == 1 && json["code"] == "document_changed", "{json}");
    ensure!(fs::read_dir(bench.desk.path("ra"))?.count() == 0, "something was written");
    let sentence = json["text_vi"].as_str().unwrap_or_default().to_owned();
    ensure!(sentence.contains("Không ghi tệp nào"), "{json}");
    bench.row(name, &done, "document_changed", &sentence);
    Ok(())
}

/// Asked for both and able to do one: neither is left.
fn evidence(bench: &mut Bench) -> Result<()> {
    let nowhere = bench.desk.path("khong-co/bang-chung.json");
    let attempt = bench.sign("evidence cannot be written").option("--evidence-out", nowhere);
    attempt.asks(0, 0).fails("output_failed", "bang-chung.json", "bang-chung.json")
}

/// A file system of its own, gone with the value.
struct Mounted(PathBuf);

impl Mounted {
    fn tmpfs(at: PathBuf, options: &str) -> Result<Mounted> {
        fs::create_dir(&at)?;
        let mount = ["-t", "tmpfs", "-o", options, "antin-test"];
        let done = Command::new("mount").args(mount).arg(&at).output()?;
        ensure!(
            done.status.success(),
            "this test needs the right to mount a tmpfs (root, CAP_SYS_ADMIN): {}",
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(Mounted(at))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = unmount(&self.0);
    }
}

fn unmount(at: &Path) -> Result<()> {
    Command::new("umount").arg(at).status().context("umount")?;
    Ok(())
}
