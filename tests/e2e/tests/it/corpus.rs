//! Real signed Vietnamese documents, as their table of expectations says. They belong to others and
//! are not part of the project: `ANTIN_CORPUS` names the folder that holds `vn-signed/`,
//! `ANTIN_ANCHORS` the one with the certificates they chain to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use e2e::Desk;
use serde_json::Value;

use crate::show;

#[test]
fn real_vietnamese_files_are_judged_as_expected() {
    let (Ok(corpus), Ok(anchors)) = (std::env::var("ANTIN_CORPUS"), std::env::var("ANTIN_ANCHORS"))
    else {
        println!(
            "real Vietnamese files: NOT LOOKED AT, ANTIN_CORPUS and ANTIN_ANCHORS name no folders"
        );
        return;
    };
    let desk = Desk::new().unwrap();
    let folder = Path::new(&corpus).join("vn-signed");
    let names = by_fingerprint(Path::new(&anchors));
    let expectations = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut lines = expectations.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut rows = vec![show::row(["file", "integrity", "anchor", "verdict"])];
    let mut reasons = String::new();
    let mut wrong = vec![];
    for line in lines {
        let expected: BTreeMap<&str, &str> =
            columns.iter().copied().zip(line.split('\t')).collect();
        let file = expected["file"];
        let (report, exit) =
            desk.verified(&folder.join(file), &["--offline", "--trust", &anchors]).unwrap();
        let found = Found::of(&report, &names);
        rows.push(show::row([file, &found.integrity, &found.anchor, &found.verdict()]));
        reasons += &format!("{file}\n");
        reasons.extend(found.why.iter().map(|why| format!("  {why}\n")));
        let wanted = [
            ("signatures", expected["signatures"], found.signatures.as_str()),
            ("integrity", expected["integrity"], &found.integrity),
            ("digest", expected["digest"], &found.digest),
            ("anchor", expected["anchor"], &found.anchor),
            ("verdict_offline", expected["verdict_offline"], &found.verdict()),
        ];
        for (what, wanted, found) in wanted {
            if wanted != "-" && wanted != found {
                wrong.push(format!("{file}: {what} is {found}, not {wanted}"));
            }
        }
        // None of them has its status proven offline: none may pass, each with a reason in words.
        if exit != 1 || found.why.is_empty() {
            wrong.push(format!("{file}: exit {exit}, why: {:?}", found.why));
        }
    }
    show::table("real Vietnamese files, by antin verify --offline", &rows);
    println!("\n{reasons}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct Found {
    signatures: String,
    integrity: String,
    digest: String,
    anchor: String,
    indication: String,
    sub_indication: String,
    why: Vec<String>,
}

impl Found {
    fn of(report: &Value, names: &BTreeMap<String, String>) -> Found {
        let signatures = report["signatures"].as_array().cloned().unwrap_or_default();
        let first = signatures.first().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let anchor = text(&first["anchor"]);
        Found {
            signatures: signatures.len().to_string(),
            integrity: text(&first["integrity"]),
            digest: text(&first["algorithms"]["digest"]),
            anchor: names.get(&anchor).cloned().unwrap_or(anchor),
            indication: text(&report["conclusion"]),
            sub_indication: text(&first["sub_indication"]),
            why: why(report, &first),
        }
    }

    /// As the table of expectations says it.
    fn verdict(&self) -> String {
        let reason = match self.sub_indication.as_str() {
            "TRY_LATER" => " (no status evidence)",
            "CRYPTO_CONSTRAINTS_FAILURE" | "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" => {
                " (crypto constraints)"
            }
            _ if self.indication == "TOTAL_FAILED" => "",
            other => return format!("{} ({other})", self.indication),
        };
        format!("{}{reason}", self.indication)
    }
}

/// Why it does not pass, in words: each check that failed or could not be decided, once.
fn why(report: &Value, signature: &Value) -> Vec<String> {
    let of = |value: &Value| value["checks"].as_array().cloned().unwrap_or_default();
    let mut seen = BTreeSet::new();
    let open = |c: &Value| matches!(c["result"].as_str(), Some("failed" | "inconclusive"));
    let checks = of(signature).into_iter().chain(of(report)).filter(open);
    checks
        .filter(|c| seen.insert(c["id"].to_string()))
        .filter_map(|c| Some(format!("{}: {}", c["id"].as_str()?, c["text_vi"].as_str()?)))
        .collect()
}

fn by_fingerprint(folder: &Path) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "pem") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for certificate in pki::Certificate::from_pem(&std::fs::read(&path).unwrap()).unwrap() {
            let hex = certificate.sha256().iter().map(|b| format!("{b:02x}")).collect();
            names.insert(hex, name.clone());
        }
    }
    names
}
