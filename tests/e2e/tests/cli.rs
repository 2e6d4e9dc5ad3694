//! The command line as its contract says it: words, exit numbers, files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use anyhow::Result;
use e2e::{Desk, Done};
use serde_json::Value;

/// Conclusion and exit number as one thing to compare.
fn ended((report, exit): (Value, i32)) -> (String, i32) {
    (report["conclusion"].as_str().unwrap_or("?").to_owned(), exit)
}

fn code(done: &Done) -> Result<(i32, String)> {
    Ok((done.exit, done.json()?["code"].as_str().unwrap_or("?").to_owned()))
}

const PASSED: (&str, i32) = ("TOTAL_PASSED", 0);
const UNDECIDED: (&str, i32) = ("INDETERMINATE", 1);

fn pair(wanted: (&str, i32)) -> (String, i32) {
    (wanted.0.to_owned(), wanted.1)
}

#[test]
fn signed_at_level_t_verified_and_judged_again_from_kept_evidence() -> Result<()> {
    let desk = Desk::new()?;
    let (base, out) = (desk.document("in.pdf")?, desk.path("out.pdf"));
    let kept = desk.path("kept.json").display().to_string();
    let more = ["--level", "t", "--field", "Lanh dao", "--evidence-out", &kept];
    let said = desk.signed(&base, &out, "official", &more)?;
    assert_eq!(said["outcome"], "signed");
    assert_eq!(said["code"], "signed");
    assert_eq!(said["field"], "Lanh dao");
    assert_eq!(said["level"], "PAdES-BASELINE-T");
    let (before, after) = (std::fs::read(&base)?, std::fs::read(&out)?);
    assert!(after.starts_with(&before) && after.len() > before.len());

    let (report, exit) = desk.verified(&out, &[])?;
    assert_eq!(exit, 0, "{report:#}");
    assert_eq!(report["schema"], "antin.report/1");
    assert_eq!(report["conclusion"], "TOTAL_PASSED");
    assert_eq!(report["later_changes"], "none");
    assert_eq!(report["sha256"], said["sha256"]);
    assert_eq!(report["file"], out.display().to_string());
    assert_eq!(report["signatures"][0]["level"], "PAdES-BASELINE-T");
    assert_eq!(report["signatures"][0]["hierarchy"], "other");

    // Offline, without and with what was kept.
    let (report, exit) = desk.verified(&out, &["--offline"])?;
    assert!(!report["missing"].as_array().unwrap().is_empty());
    assert_eq!(ended((report, exit)), pair(UNDECIDED));
    assert_eq!(ended(desk.verified(&out, &["--offline", "--evidence", &kept])?), pair(PASSED));
    Ok(())
}

#[test]
fn three_signatures_look_as_a_result_does() -> Result<()> {
    let desk = Desk::new()?;
    let made = lab::documents::household_business("2026-01-05T02:30:00Z".parse()?)?;
    let base = desk.write("in.pdf", &made.pdf)?;
    let official = desk.write("o.png", &lab::documents::pictures::signature_official()?)?;
    let seal = desk.write("s.png", &lab::documents::pictures::seal()?)?;
    let (official, seal) = (official.display().to_string(), seal.display().to_string());
    let between = format!("between:{}|{}", made.layout.between.0, made.layout.between.1);
    let (one, two, three) = (desk.path("1.pdf"), desk.path("2.pdf"), desk.path("3.pdf"));
    let shown = ["--appearance", "official", "--image", &official, "--place", &between];
    desk.signed(&base, &one, "official", &shown)?;
    let shown = ["--appearance", "number-date", "--text", "01|05|01"];
    desk.signed(&one, &two, "seal", &shown)?;
    let shown = ["--appearance", "seal", "--image", &seal, "--place", &between];
    desk.signed(&two, &three, "seal", &shown)?;
    let (report, exit) = desk.verified(&three, &[])?;
    assert_eq!(report["signatures"].as_array().unwrap().len(), 3);
    assert_eq!(report["later_changes"], "permitted");
    assert_eq!(ended((report, exit)), pair(PASSED));
    Ok(())
}

#[test]
fn paddings_digests_and_kinds_of_keys() -> Result<()> {
    let desk = Desk::new()?;
    let base = desk.document("in.pdf")?;
    for (key, more) in [
        ("official", &["--padding", "pkcs1"][..]),
        ("official", &["--padding", "pss", "--digest", "sha512"]),
        ("official-p256", &["--digest", "sha384"]),
        ("official-rsa2048", &[]),
    ] {
        let out = desk.path("out.pdf");
        let mut words = desk.sign_words(&base, &out, "official")?;
        let at = words.iter().position(|word| word == "--key").unwrap() + 1;
        words[at] = key.to_owned();
        words.extend(more.iter().map(|word| (*word).to_owned()));
        let done = desk.run(words)?;
        assert_eq!(done.exit, 0, "{key} {more:?}: {}{}", done.stdout, done.stderr);
        assert_eq!(ended(desk.verified(&out, &[])?), pair(PASSED), "{key} {more:?}");
    }
    Ok(())
}

#[test]
fn certificates_that_may_not_sign_are_refused_before_signing() -> Result<()> {
    let desk = Desk::new()?;
    let (base, out) = (desk.document("in.pdf")?, desk.path("out.pdf"));
    for (holder, word) in [
        ("revoked", "revoked"),
        ("expired", "expired"),
        ("not-yet-valid", "not_yet_valid"),
        ("untrusted", "untrusted"),
    ] {
        let done = desk.run(desk.sign_words(&base, &out, holder)?)?;
        assert_eq!(code(&done)?, pair_code(1, word), "{}", done.stdout);
        assert!(done.json()?["text_vi"].as_str().unwrap().contains("Không ký"));
        assert!(!out.exists());
    }
    // Unknown status: refused, unless the caller accepts it, and then said.
    let mut words = desk.sign_words(&base, &out, "official")?;
    let issuing = desk.lab.certificate("issuing")?.pem_path.display().to_string();
    words.extend(["--offline".to_owned(), "--chain".to_owned(), issuing]);
    assert_eq!(code(&desk.run(&words)?)?, pair_code(1, "status_unknown"));
    words.push("--allow-unknown-status".to_owned());
    assert_eq!(code(&desk.run(&words)?)?, pair_code(0, "signed_status_unknown"));
    assert_eq!(ended(desk.verified(&out, &["--offline"])?), pair(UNDECIDED));
    // A leaf that is itself an anchor needs no status.
    let leaf = desk.lab.certificate("untrusted")?.pem_path.display().to_string();
    desk.signed(&base, &desk.path("own.pdf"), "untrusted", &["--offline", "--trust", &leaf])?;
    assert_eq!(desk.files()?, ["antin.toml", "in.pdf", "out.pdf", "own.pdf"]);
    Ok(())
}

fn pair_code(exit: i32, word: &str) -> (i32, String) {
    (exit, word.to_owned())
}

#[test]
fn fields_first_then_a_certifying_signature_then_the_others() -> Result<()> {
    let desk = Desk::new()?;
    let base = desk.document("in.pdf")?;
    let (fields, one, two) = (desk.path("f.pdf"), desk.path("1.pdf"), desk.path("2.pdf"));
    let adding = "fields in.pdf -o f.pdf --json --add Lanh-dao,1,100,60,60,25 --add";
    let done = desk.run(adding.split(' ').chain(["Con dấu,1,80,55,35,35"]))?;
    assert_eq!(code(&done)?, pair_code(0, "created"), "{}{}", done.stdout, done.stderr);
    let certifying = ["--field", "Lanh-dao", "--certify", "2", "--appearance", "official"];
    desk.signed(&fields, &one, "official", &certifying)?;
    // A new visible field would break the certification for others; the one made before does not.
    let mut words = desk.sign_words(&one, &two, "seal")?;
    let new = ["--appearance", "seal", "--page", "1", "--rect", "80,55,35,35"];
    words.extend(new.map(str::to_owned));
    let refused = desk.run(words)?;
    assert_eq!(code(&refused)?, pair_code(1, "new_visible_field_after_certification"));
    desk.signed(&one, &two, "seal", &["--field", "Con dấu", "--appearance", "seal"])?;
    assert_eq!(ended(desk.verified(&two, &[])?), pair(PASSED));
    let _ = base;
    Ok(())
}

#[test]
fn what_is_not_built_says_so_and_bad_words_are_exit_2() -> Result<()> {
    let desk = Desk::new()?;
    let (base, out) = (desk.document("in.pdf")?, desk.path("out.pdf"));
    for more in [&["--level", "lt"][..], &["--level", "lta"], &["--repair"]] {
        let mut words = desk.sign_words(&base, &out, "official")?;
        words.extend(more.iter().map(|word| (*word).to_owned()));
        assert_eq!(code(&desk.run(words)?)?, pair_code(1, "not_available"));
    }
    assert_eq!(desk.run(["inspect", "x.pdf", "--json"])?.exit, 2);
    assert_eq!(desk.run(["verify", "--no-such-flag"])?.exit, 2);
    assert_eq!(desk.run(["verify", "absent.pdf"])?.exit, 2);
    assert_eq!(desk.run(["--help"])?.exit, 0);
    assert_eq!(ended(desk.verified(&base, &[])?), ("NO_SIGNATURE".to_owned(), 1));
    Ok(())
}

#[test]
fn several_files_give_the_highest_number() -> Result<()> {
    let desk = Desk::new()?;
    let base = desk.document("in.pdf")?;
    desk.signed(&base, &desk.path("out.pdf"), "official", &[])?;
    assert_eq!(desk.run(["verify", "out.pdf", "out.pdf"])?.exit, 0);
    let done = desk.run(["verify", "out.pdf", "in.pdf", "--json"])?;
    assert_eq!((done.exit, done.stdout.lines().count()), (1, 2));
    assert_eq!(desk.run(["verify", "out.pdf", "absent.pdf", "in.pdf"])?.exit, 2);
    Ok(())
}

#[test]
fn tokens_trust_and_configuration() -> Result<()> {
    let desk = Desk::new()?;
    let module = lab::softhsm_module()?.display().to_string();
    let listed = desk.run(["token", "list", "--module", &module, "--json"])?.json()?;
    assert!(listed["tokens"].as_array().unwrap().iter().any(|t| t["label"] == "official"));
    let pin = desk.lab.pin_file("official").display().to_string();
    let words = ["token", "show", "--module", &module, "--token", "official", "--json"];
    let shown = desk.run(words.into_iter().chain(["--pin-file", &pin]))?.json()?;
    assert_eq!(shown["keys"].as_array().unwrap().len(), 3, "{shown:#}");

    let store = desk.path("store");
    let trust = |words: &[&str]| -> Result<Done> {
        Ok(desk.command()?.env("ANTIN_TRUST", &store).arg("trust").args(words).output()?.into())
    };
    let root = desk.lab.certificate("root")?.pem_path.display().to_string();
    assert_eq!(trust(&["add", &root, "--json"])?.exit, 0);
    let listed = trust(&["list", "--json"])?.json()?;
    let sha256 = listed["certificates"][0]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(listed["certificates"][0]["anchor"], true);
    assert_eq!(trust(&["remove", &sha256])?.exit, 0);
    assert_eq!(trust(&["remove", &sha256])?.exit, 1);

    assert_eq!(desk.run(["check-config", "--json"])?.json()?["anchors"], 1);
    let wrong = desk.write("wrong.toml", b"trsut = \"x\"\n")?.display().to_string();
    let done = desk.run(["--config", &wrong, "check-config"])?;
    assert_eq!(done.exit, 2);
    assert!(done.stderr.contains("trsut"), "{}", done.stderr);
    Ok(())
}
