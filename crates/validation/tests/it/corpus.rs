//! Real signed Vietnamese documents. They are not part of the project: ANTIN_CORPUS names a folder that holds
//! vn-signed/ with expected.tsv, ANTIN_ANCHORS one with the certificates they chain to.

use crate::*;
use std::collections::BTreeMap;
use validation::Integrity;

#[test]
fn real_files_are_judged_as_expected() {
    let (Ok(corpus), Ok(anchors)) = (std::env::var("ANTIN_CORPUS"), std::env::var("ANTIN_ANCHORS"))
    else {
        eprintln!("real files: ANTIN_CORPUS and ANTIN_ANCHORS are not set, nothing was tested");
        return;
    };
    let folder = Path::new(&corpus).join("vn-signed");
    let (trust, evidence, names) = known(Path::new(&anchors));
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in table.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let [file, count, integrity, digest, sub_filter, anchor, verdict, ..] = columns[..] else {
            panic!("{line}")
        };
        let facts = read(&std::fs::read(folder.join(file)).unwrap());
        let report = validation::judge(&facts, &evidence, &trust, &Policy::default(), at());
        if std::env::var_os("ANTIN_SHOW").is_some() {
            eprintln!("{}\n", report.to_text(file));
        }
        let signatures = &report.signatures;
        let found = signatures.first().map(|first| {
            let integrity = if first.integrity == Integrity::Intact { "intact" } else { "broken" };
            let anchor = first
                .anchor
                .as_ref()
                .and_then(|sha256| names.get(sha256))
                .map_or("-", String::as_str);
            let digest = first.algorithms.digest.clone().unwrap_or("-".into());
            let verdict = match (first.indication, first.sub_indication) {
                (Indication::TotalFailed, _) => "TOTAL_FAILED",
                (_, Some(SubIndication::TryLater)) => "INDETERMINATE (no status evidence)",
                (_, Some(SubIndication::CryptoConstraintsFailure)) => {
                    "INDETERMINATE (crypto constraints)"
                }
                _ => "?",
            };
            (integrity, digest, anchor.to_owned(), verdict)
        });
        let sub_filters: Vec<_> =
            facts.pdf.signatures.iter().map(|s| s.sub_filter.as_str()).collect();
        let fits = found.as_ref().is_some_and(
            |(found_integrity, found_digest, found_anchor, found_verdict)| {
                *found_integrity == integrity
                    && (digest == "-" || found_digest == digest)
                    && (anchor == "-" || found_anchor == anchor)
                    && *found_verdict == verdict
            },
        );
        if !fits
            || signatures.len().to_string() != count
            || sub_filters.first() != Some(&sub_filter)
        {
            wrong.push(format!("{line}\n  {found:?}\n{}", report.to_text(file)));
        }
        assert!(report.total_passed().is_none());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Self-signed ones are anchors, the others help paths; names by fingerprint.
fn known(folder: &Path) -> (TrustStore, Evidence, BTreeMap<String, String>) {
    let (mut trust, mut evidence, mut names) =
        (TrustStore::default(), Evidence::default(), BTreeMap::new());
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "pem")) {
        for certificate in Certificate::from_pem(&std::fs::read(&file).unwrap()).unwrap() {
            let hex: String =
                certificate.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
            names.insert(hex, file.file_name().unwrap().to_string_lossy().into_owned());
            if certificate.is_self_signed() {
                trust.add(certificate);
            } else {
                evidence.certificates.push(certificate);
            }
        }
    }
    (trust, evidence, names)
}
