//! What the program itself says of its files, each asked anew from its bytes.

use serde_json::Value;

use crate::kinds::{Sign, Step};
use crate::made::{Signed, made};
use crate::show;

#[test]
fn every_kind_of_signed_file_passes_and_begins_with_what_was_there_before() {
    let made = made();
    let mut rows = vec![show::row(["file", "signatures", "levels", "later changes"])];
    let mut wrong = vec![];
    for signed in &made.files {
        let (report, exit) = made.desk.verified(signed.last(), &[]).unwrap();
        let mut said = begins_with_the_one_before(signed);
        said.extend(problems(signed, &report));
        if exit != 0 {
            said.push(format!("exit {exit}"));
        }
        let levels: Vec<&str> = signed.chain.signatures().iter().map(|s| s.level).collect();
        rows.push(show::row([
            &signed.chain.name,
            &levels.len().to_string(),
            &levels.join(","),
            word(&report, "later_changes"),
        ]));
        wrong.extend(said.into_iter().map(|w| format!("{}: {w}", signed.chain.name)));
    }
    show::table("our files, by antin verify", &rows);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands in the files, kind by kind: nobody may believe a table of names alone.
#[test]
fn the_kinds_are_what_their_names_say() {
    let made = made();
    let has = |name: &str, wanted: &[&[u8]]| {
        let signed = made.files.iter().find(|s| s.chain.name == name);
        let bytes = std::fs::read(signed.unwrap_or_else(|| panic!("no {name}")).last()).unwrap();
        for words in wanted {
            let found = bytes.windows(words.len()).any(|w| w == *words);
            assert!(found, "{name} does not say {}", String::from_utf8_lossy(words));
        }
    };
    has("three-ho-kinh-doanh", &[b"/ETSI.CAdES.detached", b"\nxref\n"]);
    has("three-ho-kinh-doanh-xref-stream", &[b"/ETSI.CAdES.detached", b"/XRef"]);
    has("certified-2-quyet-dinh", &[b"/DocMDP", b"/TransformParams"]);
    has("two-officials", &[b"/Reason", b"/Location"]);
}

fn begins_with_the_one_before(signed: &Signed) -> Vec<String> {
    let bytes: Vec<Vec<u8>> = signed.files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    let changed =
        |pair: &[Vec<u8>]| !(pair[1].len() > pair[0].len() && pair[1].starts_with(&pair[0]));
    let broken: Vec<usize> = (1..bytes.len()).filter(|i| changed(&bytes[i - 1..=*i])).collect();
    broken.into_iter().map(|i| format!("step {i} did not only append")).collect()
}

fn problems(signed: &Signed, report: &Value) -> Vec<String> {
    let mut wrong = vec![];
    let mut want = |holds: bool, words: String| {
        if !holds {
            wrong.push(words);
        }
    };
    want(report["conclusion"] == "TOTAL_PASSED", format!("conclusion {}", report["conclusion"]));
    let sha256 = hex(&std::fs::read(signed.last()).unwrap());
    want(report["sha256"] == sha256.as_str(), "a report about another file".to_owned());
    want(is_quiet(report), format!("later changes {}", report["later_changes"]));
    let expected = signed.chain.signatures();
    let found = report["signatures"].as_array().cloned().unwrap_or_default();
    want(found.len() == expected.len(), format!("{} signatures", found.len()));
    for sign in &expected {
        let field = sign.field;
        let Some(signature) = found.iter().find(|s| s["field"] == field) else {
            want(false, format!("{field} is not in the report"));
            continue;
        };
        for (key, wanted) in [
            ("indication", "TOTAL_PASSED"),
            ("integrity", "intact"),
            ("kind", "signature"),
            ("level", if sign.level == "T" { "PAdES-BASELINE-T" } else { "PAdES-BASELINE-B" }),
        ] {
            want(signature[key] == wanted, format!("{field} {key} {}", signature[key]));
        }
        want(is_quiet(signature), format!("{field} later changes {}", signature["later_changes"]));
        want(signature["anchor"].is_string(), format!("{field} names no anchor"));
        let algorithms = signature["algorithms"].to_string();
        want(algorithms_agree(sign, &algorithms), format!("{field} {algorithms}"));
    }
    if signed.chain.steps.len() > 2 && expected.iter().any(|s| s.field == "Seal") {
        let seal = found.iter().find(|s| s["field"] == "Seal");
        let covers = seal.map(|s| s["covers"].to_string()).unwrap_or_default();
        want(covers.contains("Official"), format!("Seal covers {covers}, not the official's"));
    }
    wrong
}

fn is_quiet(said: &Value) -> bool {
    said["later_changes"] == "none" || said["later_changes"] == "permitted"
}

/// The report names what the step asked for.
fn algorithms_agree(sign: &Sign, said: &str) -> bool {
    let said = said.to_lowercase().replace(['-', '#'], "");
    let asked = |flag: &str| sign.words.windows(2).find(|w| w[0] == flag).map(|w| w[1].clone());
    let digest = asked("--digest").unwrap_or("sha256".to_owned());
    let is_ec = sign.key == Some("official-p256");
    let scheme =
        if is_ec { "ecdsa".to_owned() } else { asked("--padding").unwrap_or("pss".to_owned()) };
    said.contains(&digest) && said.contains(&scheme)
}

fn word<'a>(report: &'a Value, key: &str) -> &'a str {
    report[key].as_str().unwrap_or("?")
}

fn hex(bytes: &[u8]) -> String {
    let digest = pki::DigestAlgorithm::Sha256.digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn fields_are_made_before_a_certifying_signature() {
    let made = made();
    for signed in made.files.iter().filter(|s| s.chain.name.starts_with("certified-2")) {
        assert!(matches!(signed.chain.steps.first(), Some(Step::Fields(_))));
        // The fields stand in the file that was certified, and no later revision brings another.
        let fields =
            made.desk.run(["fields", &signed.files[1].display().to_string(), "--json"]).unwrap();
        let listed = fields.json().unwrap();
        assert_eq!(listed["empty"].as_array().unwrap().len(), 3, "{listed}");
        assert_eq!(listed["signed"].as_array().unwrap().len(), 0, "{listed}");
    }
}
