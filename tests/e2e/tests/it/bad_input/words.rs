//! Words that are wrong, or not built yet: on the command line and in the configuration.

use anyhow::{Result, ensure};

use super::Case;
use super::attempt::Bench;

pub(super) const CASES: &[Case] = &[
    ("flags to come", flags),
    ("commands to come", commands),
    ("wrong flags", wrong_flags),
    ("wrong places", places),
    ("configuration", configuration),
    ("trust", trust),
];

fn flags(bench: &mut Bench) -> Result<()> {
    for level in ["lt", "lta"] {
        let attempt = bench.sign(&format!("--level {level}")).option("--level", level).asks(0, 0);
        attempt.refused("not_available", "phiên bản sau", "a later version")?;
    }
    let attempt = bench.sign("--repair").word("--repair").asks(0, 0);
    attempt.refused("not_available", "phiên bản sau", "a later version")
}

fn commands(bench: &mut Bench) -> Result<()> {
    for command in ["inspect", "extend"] {
        let attempt = bench.antin(&format!("antin {command}"), [command, "ban-trinh.pdf"]);
        attempt.fails("not_available", command, "a later version")?;
    }
    Ok(())
}

/// Said by the parser of the command line, in words for people only.
fn wrong_flags(bench: &mut Bench) -> Result<()> {
    let all = [
        ("verify: --at is no time", vec!["verify", "ban-trinh.pdf", "--at", "hom-nay"]),
        ("verify: no file named", vec!["verify"]),
        ("unknown flag", vec!["verify", "ban-trinh.pdf", "--nhanh"]),
        ("unknown command", vec!["ky"]),
    ];
    for (name, words) in all {
        bench.antin(name, words).gives(2, |done| {
            ensure!(done.stderr.contains("wrong command line"), "English is missing");
            ensure!(done.stderr.contains("Dòng lệnh sai"), "Vietnamese is missing");
            Ok("usage".to_owned())
        })?;
    }
    Ok(())
}

fn places(bench: &mut Bench) -> Result<()> {
    let attempt = bench.sign("--place: text not there").option("--appearance", "official");
    let attempt = attempt.option("--place", "after:KHÔNG CÓ DÒNG NÀY");
    attempt.refused("text_not_found", "KHÔNG CÓ DÒNG NÀY", "KHÔNG CÓ DÒNG NÀY")?;
    let attempt = bench.sign("--page: no such page").option("--appearance", "official");
    let attempt = attempt.option("--page", "9").option("--rect", "20,20,60,25");
    attempt.refused("no_such_page", "trang 9", "page 9")?;
    let attempt = bench.sign("--rect: outside the page").option("--appearance", "official");
    let attempt = attempt.option("--page", "1").option("--rect", "400,20,60,25");
    attempt.refused("outside_page", "nằm ngoài trang", "outside the page")?;
    let picture = bench.document.clone();
    let attempt = bench.sign("--image: no PNG").option("--appearance", "official");
    let attempt = attempt.option("--page", "1").option("--rect", "20,20,60,25");
    attempt.option("--image", picture).refused("bad_picture", "PNG", "PNG")
}

fn configuration(bench: &mut Bench) -> Result<()> {
    let unknown = bench.desk.write("sai.toml", b"trust = \".\"\n[tsa]\nuri = \"http://x/\"\n")?;
    let attempt = bench.antin("configuration: unknown key", ["check-config"]);
    attempt.option("--config", &unknown).fails("config_wrong", "uri", "uri")?;
    let attempt = bench.sign("configuration: unknown key, antin sign").asks(0, 0);
    attempt.option("--config", &unknown).fails("config_wrong", "sai.toml", "sai.toml")?;
    let broken = bench.desk.write("hong.toml", b"[tsa\n")?;
    let attempt = bench.antin("configuration: no TOML", ["check-config"]);
    attempt.option("--config", broken).fails("config_wrong", "hong.toml", "hong.toml")?;
    let attempt = bench.antin("configuration: no such file", ["check-config"]);
    let attempt = attempt.option("--config", "khong-co.toml");
    attempt.fails("file_missing", "khong-co.toml", "khong-co.toml")?;
    let policy = bench.desk.write("chinh-sach.toml", b"policy = \"de-dai\"\n")?;
    let attempt = bench.antin("configuration: policy unknown", ["check-config"]);
    attempt.option("--config", policy).fails("config_wrong", "de-dai", "de-dai")
}

fn trust(bench: &mut Bench) -> Result<()> {
    let store = bench.desk.path("kho");
    let config = bench.desk.write("kho.toml", b"trust = \"kho\"\n")?;
    std::fs::create_dir(store)?;
    let attempt = bench.antin("trust add: no certificate", ["trust", "add", "ban-trinh.pdf"]);
    attempt.option("--config", &config).fails(
        "file_unreadable",
        "ban-trinh.pdf",
        "ban-trinh.pdf",
    )?;
    let attempt = bench.antin("trust remove: unknown", ["trust", "remove", &"0".repeat(64)]);
    attempt.option("--config", &config).refused("not_in_store", "0000", "0000")
}
