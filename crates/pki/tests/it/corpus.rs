//! Third-party sets, in the folder named by ANTIN_CORPUS; without it the tests say so and pass.

use pki::path::{self, Budget, PolicyInputs};
use pki::revocation::{self, Answers, Status};
use pki::{Certificate, Crl, Hierarchy, TrustStore};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let Ok(folder) = std::env::var(variable) else {
        println!("{variable} is not set: the set {name:?} was not read");
        return None;
    };
    Some(Path::new(&folder).join(name))
}

#[test]
fn real_vietnamese_authorities_parse_and_chain() {
    let Some(folder) = folder("ANTIN_ANCHORS", "") else { return };
    let mut certificates = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|e| e == "pem") {
            certificates.extend(Certificate::from_pem(&std::fs::read(&file).unwrap()).unwrap());
        }
    }
    assert!(certificates.len() >= 18);
    let mut trust = TrustStore::default();
    certificates.iter().filter(|c| c.is_self_signed()).for_each(|c| trust.add(c.clone()));
    assert!(trust.anchors.iter().all(|a| a.hierarchy != Hierarchy::Other));
    for certificate in &certificates {
        let found = path::build(certificate, &certificates, &trust, Budget::default()).unwrap();
        println!("{}: {} path(s)", certificate.subject().text(), found.len());
        assert!(!found.is_empty(), "{}", certificate.subject().text());
        let middle = certificate.not_before();
        assert_eq!(path::check(&found[0], middle), [], "{}", certificate.subject().text());
    }
}

/// NIST PKITS. The floor is what holds today; what is missing is printed.
#[test]
fn pkits() {
    let Some(folder) = folder("ANTIN_CORPUS", "pkits") else { return };
    let table = std::fs::read_to_string(folder.join("pkits.json")).unwrap();
    let table: Vec<Value> = serde_json::from_str(&table).unwrap();
    let certificate = |file: &str| {
        Certificate::from_der(&std::fs::read(folder.join("certs").join(file)).unwrap())
    };
    let mut trust = TrustStore::default();
    trust.add(certificate("TrustAnchorRootCertificate.crt").unwrap());
    let mut right = 0;
    for row in &table {
        let list = |key: &str| -> Vec<String> {
            let items = row[key].as_array().cloned().unwrap_or_default();
            items.iter().map(|v| v.as_str().unwrap().to_string()).collect()
        };
        let mut pool = Vec::new();
        pool.extend(list("other_certs").iter().filter_map(|file| certificate(file).ok()));
        let mut crls: Vec<Crl> = Vec::new();
        for file in list("crls").iter().chain([&"TrustAnchorRootCRL.crl".to_string()]) {
            let bytes = std::fs::read(folder.join("crls").join(file)).unwrap();
            crls.extend(Crl::from_bytes(&bytes));
        }
        let flag = |key: &str| row["params"][key].as_bool().unwrap_or_default();
        let set = row["params"]["user_initial_policy_set"].as_array().cloned().unwrap_or_default();
        let inputs = PolicyInputs {
            user_initial_policy_set: set.iter().map(|v| v.as_str().unwrap().into()).collect(),
            explicit_policy: flag("initial_explicit_policy"),
            inhibit_policy_mapping: flag("initial_policy_mapping_inhibit"),
            inhibit_any_policy: flag("initial_any_policy_inhibit"),
        };
        let leaf = certificate(row["cert"].as_str().unwrap());
        let verdict = leaf
            .map_err(|e| e.to_string())
            .and_then(|leaf| judge(&leaf, &pool, &trust, &crls, &inputs));
        let expected = row["expected"] == "valid";
        match verdict.is_ok() == expected {
            true => right += 1,
            false => println!("{}: expected {}, {verdict:?}", row["name"], row["expected"]),
        }
    }
    println!("PKITS: {right} of {}", table.len());
    assert!(right >= PKITS_FLOOR, "{right} of {}", table.len());
}

/// Missing: DSA, and CRLs that are delta, indirect, partial, or signed by another key.
const PKITS_FLOOR: usize = 219;

fn judge(
    leaf: &Certificate,
    pool: &[Certificate],
    trust: &TrustStore,
    crls: &[Crl],
    inputs: &PolicyInputs,
) -> Result<(), String> {
    let at = "2020-01-01T00:00:00Z".parse().unwrap();
    let paths = path::build(leaf, pool, trust, Budget::default()).map_err(|e| e.to_string())?;
    let mut why = "no path".to_string();
    'paths: for path in paths {
        let defects = path::check_with(&path, at, inputs);
        if let Some(defect) = defects.first() {
            why = format!("{:?}", defect.kind);
            continue;
        }
        for pair in path.certificates.windows(2) {
            let answers = Answers { crls, ocsp: &[] };
            let status = revocation::status(&pair[0], &pair[1], pool, &answers, at, at);
            if !matches!(status, Status::Good { .. }) {
                why = format!("{}: {status:?}", pair[0].subject().text());
                continue 'paths;
            }
        }
        return Ok(());
    }
    Err(why)
}
