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

/// ANTIN_SIGNED: a folder of files that other producers signed well; ANTIN_SIGNED_PKI: one with root.pem and the CRLs
/// (*.crl, DER). Every file must pass now.
#[test]
fn files_of_other_producers_pass() {
    let (Ok(folder), Ok(pki)) = (std::env::var("ANTIN_SIGNED"), std::env::var("ANTIN_SIGNED_PKI"))
    else {
        eprintln!(
            "other producers: ANTIN_SIGNED and ANTIN_SIGNED_PKI are not set, nothing was tested"
        );
        return;
    };
    let mut trust = TrustStore::default();
    let root = std::fs::read(Path::new(&pki).join("root.pem")).unwrap();
    Certificate::from_pem(&root).unwrap().into_iter().for_each(|one| trust.add(one));
    let lists = files(Path::new(&pki), "crl").into_iter().map(|file| std::fs::read(file).unwrap());
    let evidence = Evidence {
        crls: lists.map(|bytes| Crl::from_bytes(&bytes).unwrap()).collect(),
        ..Evidence::default()
    };
    for file in files(Path::new(&folder), "pdf") {
        let facts = read(&std::fs::read(&file).unwrap());
        let now = Timestamp::now();
        let report = validation::judge(&facts, &evidence, &trust, &Policy::default(), now);
        let levels: Vec<_> =
            report.signatures.iter().map(|s| s.level.clone().unwrap_or_default()).collect();
        eprintln!("{} {levels:?} {:?}", file.display(), report.conclusion);
        assert_passed(&report);
    }
}

/// ANTIN_UNSIGNED: any folder of PDFs without signatures, however damaged: none may pass, none may panic.
#[test]
fn unsigned_files_never_pass() {
    let Ok(folder) = std::env::var("ANTIN_UNSIGNED") else {
        eprintln!("unsigned files: ANTIN_UNSIGNED is not set, nothing was tested");
        return;
    };
    for file in files(Path::new(&folder), "pdf") {
        let start = std::time::Instant::now();
        let report = judge(&read(&std::fs::read(&file).unwrap()));
        assert!(report.total_passed().is_none(), "{}", file.display());
        let what = report
            .checks
            .iter()
            .filter(|line| line.result != Outcome::Passed)
            .map(|line| line.detail.clone().unwrap_or_default());
        eprintln!(
            "{} {:?} {:?} {:?}",
            file.display(),
            report.conclusion,
            start.elapsed(),
            what.collect::<Vec<_>>()
        );
    }
}

fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|own| own == end));
    files.sort();
    files
}

/// Self-signed ones are anchors, the others help paths; names by fingerprint.
fn known(folder: &Path) -> (TrustStore, Evidence, BTreeMap<String, String>) {
    let (mut trust, mut evidence, mut names) =
        (TrustStore::default(), Evidence::default(), BTreeMap::new());
    for file in files(folder, "pem") {
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
