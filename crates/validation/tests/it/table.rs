//! The table of checks and the policies as data.

use std::collections::BTreeSet;
use validation::Policy;
use validation::checks::Check;

#[test]
fn every_row_is_unique_and_complete() {
    let mut ids = BTreeSet::new();
    for check in Check::ALL {
        let row = check.row();
        assert!(ids.insert(row.id), "{} twice", row.id);
        assert!(!row.clauses.is_empty());
        for text in [row.holds.0, row.holds.1, row.fails.0, row.fails.1] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", row.id);
        }
        assert_eq!(serde_json::to_value(check).unwrap(), row.id);
    }
}

#[test]
fn every_row_names_a_test_that_exists() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut source = String::new();
    for file in std::fs::read_dir(folder).unwrap() {
        source += &std::fs::read_to_string(file.unwrap().path()).unwrap();
    }
    for check in Check::ALL {
        let wanted = format!("fn {}()", check.row().test);
        assert!(source.contains(&wanted), "{}: {wanted}", check.row().id);
    }
}

#[test]
fn policies_are_versioned_files_and_refuse_unknown_keys() {
    for name in Policy::names() {
        let policy = Policy::named(name).unwrap();
        assert_eq!(&policy.name, name);
        assert_eq!(Policy::named(&policy.id()).unwrap(), policy);
    }
    assert_eq!(Policy::default().id(), "pades-baseline@1");
    assert!(Policy::named("none").is_none());
    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/pades-baseline.toml");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(Policy::from_toml(&text).is_ok());
    assert!(Policy::from_toml(&format!("skip_revocation = true\n{text}")).is_err());
}
